"""Laws of coverage: flows are the least cut (L16), named shortfalls are real, changes agree with doing them anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx
from attrs import evolve
from hypothesis import assume, event, given
from hypothesis import strategies as st

from oracles.desks import desks, held_by, meets, room
from servicedesk.instants import Span
from servicedesk.routing import Access, Agent, Group, QueuePolicy, Requirement, Roster, RoutingPolicy, coverage

DESK = desks()


def merged(policy: RoutingPolicy, demand: Sequence[tuple[Requirement, int]]) -> list[tuple[Requirement, int]]:
    """Counts of requirements that mean the same, added."""
    counts: dict[Requirement, int] = {}
    for need, count in demand:
        meant = need.named(policy.graph)
        counts[meant] = counts.get(meant, 0) + count
    return [*counts.items()]


def supply(policy: RoutingPolicy, seats: Sequence[Agent], needs: Sequence[Requirement]) -> int:
    return sum(room(agent) for agent in seats if any(meets(policy, agent, need) for need in needs))


def flow(policy: RoutingPolicy, seats: Sequence[Agent], demand: Sequence[tuple[Requirement, int]]) -> int:
    """The flow as networkx finds it, one node for each agent."""
    graph = nx.DiGraph()
    graph.add_nodes_from(("source", "sink"))
    for agent in seats:
        graph.add_edge("source", agent.id, capacity=room(agent))
        for place, (need, _) in enumerate(demand):
            if meets(policy, agent, need):
                graph.add_edge(agent.id, place)
    for place, (_, count) in enumerate(demand):
        graph.add_edge(place, "sink", capacity=count)
    return nx.maximum_flow_value(graph, "source", "sink")


def cuts(policy: RoutingPolicy, seats: Sequence[Agent], demand: Sequence[tuple[Requirement, int]]) -> dict[int, int]:
    """For every set of requirements, as a mask, how much more it asks for than its agents give."""
    able = [sum(1 << n for n, (need, _) in enumerate(demand) if meets(policy, agent, need)) for agent in seats]
    rooms = [*zip(able, map(room, seats), strict=True)]
    asked = [count for _, count in demand]
    return {
        x: sum(count for n, count in enumerate(asked) if x >> n & 1) - sum(units for mask, units in rooms if mask & x)
        for x in range(1 << len(demand))
    }


@given(desks(12, 2))
def test_l16_the_flow_is_the_least_cut_and_the_shortfall_the_smallest_of_them(desk: Any) -> None:
    """ROU-52, L16: flow = min over X; the set named explains the shortage, and every other such set holds it."""
    policy, seats, demand = desk
    counted = merged(policy, demand)
    found, short_by = coverage.feasibility(policy, seats, demand), cuts(policy, seats, counted)
    wanted = sum(count for _, count in counted)
    assert found.demand == wanted
    assert wanted - found.flow == max(short_by.values())
    assert found.flow == flow(policy, seats, demand)
    short = found.shortfall
    if short is None:
        event("all served" if wanted else "nothing asked for")
        assert found.flow == wanted
        return
    named = sum(1 << n for n, (need, _) in enumerate(counted) if need in short.requirements)
    worst = [x for x, missing in short_by.items() if missing == wanted - found.flow]
    event("short by several" if short.missing > 1 else "short by one")
    event("the cut leaves some out" if len(short.requirements) < len(counted) else "all are in the cut")
    event("several cuts" if len(worst) > 1 else "one cut")
    event("nobody can" if short.agents == 0 else "some can")
    assert short.demand == sum(count for need, count in counted if need in short.requirements)
    assert short.agents == supply(policy, seats, short.requirements)
    assert short.missing == short.demand - short.agents == short_by[named] == wanted - found.flow
    assert all(named & x == named for x in worst)
    assert [*short.requirements] == sorted(short.requirements, key=str)
    for part in short.parts:  # each is short by itself, and they share nobody
        assert part.missing == part.demand - supply(policy, seats, part.requirements) > 0
    assert sum(part.agents for part in short.parts) == short.agents
    assert sorted((need for part in short.parts for need in part.requirements), key=str) == [*short.requirements]
    event(f"{min(len(short.parts), 3)} parts")


@given(DESK, st.data())
def test_l9_order_does_not_matter(desk: Any, data: st.DataObject) -> None:
    """ROU-51 to 53, L9: agents and demand in any order, or as a mapping of texts, give equal answers."""
    policy, seats, demand = desk
    other = data.draw(st.permutations(seats)), data.draw(st.permutations(demand))
    texts = {str(need): count for need, count in merged(policy, demand)}
    for ask in (coverage.feasibility, coverage.training, coverage.loss, coverage.report):
        first = ask(policy, seats, demand)
        assert first == ask(policy, *other) == ask(policy, seats, texts)
        assert hash(first) == hash(ask(policy, *other))
    assert coverage.partitions(policy, seats) == coverage.partitions(policy, other[0])


@given(DESK)
def test_training_is_what_the_flow_says_when_somebody_was_taught(desk: Any) -> None:
    """ROU-53: every single training that helps, its rise, and the order; from scratch, one agent after the other."""
    policy, seats, demand = desk
    base = coverage.feasibility(policy, seats, demand).flow
    graph = policy.graph
    levels = {(graph.named(s.name), s.level) for need, _ in demand for clause in need.clauses for s in clause}
    levels |= {(graph.named(rule.source.name), rule.source.level) for rule in graph.implications}
    rows = []
    for agent in seats:
        held = held_by(policy, agent.skills)
        for name, level in levels:
            if held.get(name, 0) < level:
                taught = evolve(agent, skills={**held, name: level})
                after = [taught if seat is agent else seat for seat in seats]
                if rise := flow(policy, after, demand) - base:
                    rows.append((-rise, len(held), agent.id, name, level))
    found = coverage.training(policy, seats, demand)
    event(f"{'some' if rows else 'no'} training helps")
    event("one raises it by several" if any(row[0] < -1 for row in rows) else "none raises it by several")
    assert [(one.agent, one.skill.name, one.skill.level, one.rise) for one in found] == [
        (name, skill, level, -fall) for fall, _, name, skill, level in sorted(rows)
    ]


@given(DESK)
def test_loss_is_what_the_flow_says_without_somebody(desk: Any) -> None:
    """ROU-53: N - 1 for everyone, the worst first."""
    policy, seats, demand = desk
    base = flow(policy, seats, demand)
    rows = sorted((flow(policy, [s for s in seats if s is not agent], demand) - base, agent.id) for agent in seats)
    event("somebody is missed" if rows and rows[0][0] else "nobody is missed")
    found = coverage.loss(policy, seats, demand)
    assert [(-one.fall, one.agent) for one in found] == rows


@given(DESK, st.data())
def test_free_hands_are_what_the_host_says(desk: Any, data: st.DataObject) -> None:
    """ROU-52: supply = free units; an agent with no free hand counts as absent, one with two as two of them."""
    policy, seats, demand = desk
    free = {agent.id: data.draw(st.integers(0, 2)) for agent in seats}
    twins = [evolve(agent, id=f"{agent.id}/{n}", capacity=agent.capacity) for agent in seats for n in range(2)]
    there = [twin for twin in twins if int(twin.id[-1]) < free[twin.id[:-2]]]
    once = dict.fromkeys((twin.id for twin in there), 1)
    event(f"{'some' if 0 in free.values() else 'no'} full hands")
    assert coverage.feasibility(policy, seats, demand, free=free) == coverage.feasibility(
        policy, there, demand, free=once
    )


# --- who holds it, and when -------------------------------------------------------------------------------------------


@st.composite
def rosters(draw: Any, seats: Sequence[Agent]) -> Roster | None:
    """Shifts that may touch, overlap, be empty, or be none; or no roster."""
    if not seats or draw(st.booleans()):
        return None
    ends = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(sorted)
    shifts = st.tuples(st.sampled_from([agent.id for agent in seats]), ends.map(lambda two: Span(*two)))
    return Roster(draw(st.lists(shifts, max_size=8)))


@given(DESK, st.data())
def test_the_report_is_what_a_look_at_every_instant_says(desk: Any, data: st.DataObject) -> None:
    """ROU-51: at every instant at which anybody is there, who holds it, and whether they are too few."""
    policy, seats, demand = desk
    ends = [data.draw(st.dictionaries(st.sampled_from([*seat.skills] or ["-"]), st.integers(0, 8))) for seat in seats]
    seats = [
        evolve(seat, valid_until={name: at for name, at in until.items() if name in seat.skills})
        for seat, until in zip(seats, ends, strict=True)
    ]
    roster, wanted = data.draw(rosters(seats)), data.draw(st.integers(1, 3))
    found = coverage.report(policy, seats, demand, roster, at=0, wanted=wanted)
    assert [cover.requirement for cover in found.covers] == sorted(dict(merged(policy, demand)), key=str)
    for cover in found.covers:
        seen: set[str] = set()
        few = []
        for at in range(10):
            there = {seat.id for seat in seats} if roster is None else roster.present(at)
            then = [evolve(s, skills=s.skills_at(at), valid_until={}) for s in seats if s.id in there]
            holders = sorted(s.id for s in then if meets(policy, s, cover.requirement))
            seen.update(holders)
            if (there or roster is None) and len(holders) < wanted:
                few.append((at, tuple(holders)))
        assert cover.holders == tuple(sorted(seen))
        told = [
            (at, one.holders) for one in cover.thin for at in range(one.start or 0, 10 if one.end is None else one.end)
        ]
        if not seen:
            assert cover.thin == (coverage.Stretch(None, None, ()),)
        else:
            assert told == few
        event(f"{len(cover.thin)} stretches" if len(cover.thin) < 3 else "many stretches")
        assert (cover.requirement in found.gaps) == any(not holders for _, holders in few or [(0, seen)])
        assert (cover.requirement in found.single_holders) == any(len(holders) == 1 for _, holders in few)
        assert (cover.requirement in found.below) == bool(few or not seen)


@given(DESK)
def test_table_and_graph_name_everybody_who_counts(desk: Any) -> None:
    """ROU-51: as Markdown a row for each requirement, as Mermaid an edge for each holder; quotes never break out."""
    policy, seats, demand = desk
    found = coverage.report(policy, seats, demand)
    rows = found.table().splitlines()
    assert len(rows) == 2 + len(found.covers)
    chart = found.mermaid().splitlines()
    assert sum(" --> " in line for line in chart) == sum(len(cover.holders) for cover in found.covers)
    for kind, needs in (("gap", {*found.gaps}), ("single", {*found.single_holders} - {*found.gaps})):
        event(f"{kind}: {min(len(needs), 2)}")
        marked = [line.split()[1] for line in chart if line.startswith("    class r") and line.endswith(kind)]
        assert marked == [f"r{place}" for place, cover in enumerate(found.covers) if cover.requirement in needs]
    assert all(line.count('"') in (0, 2) for line in chart)


# --- parts that do not touch ------------------------------------------------------------------------------------------

NAMES = tuple("abcdef")


@st.composite
def floors(draw: Any) -> tuple[RoutingPolicy, list[Agent]]:
    """Policies of up to six queues that few groups see, with overflow."""
    overflow = draw(st.dictionaries(st.sampled_from(NAMES[1:]), st.sampled_from(NAMES), max_size=2))
    onward = {name: to for name, to in overflow.items() if to < name}
    queues = [QueuePolicy(name=name, overflow_to=onward.get(name)) for name in NAMES]
    sees = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)
    groups = [Group(f"组{n}", map(Access, draw(sees))) for n in range(draw(st.integers(0, 4)))]
    member = st.lists(st.sampled_from([group.name for group in groups] or ["-"]), max_size=2, unique=True)
    seats = [Agent(id=f"坐席{n}", groups=draw(member) if groups else ()) for n in range(draw(st.integers(0, 4)))]
    return RoutingPolicy(name="floors", queues=queues, groups=groups), seats


@given(floors())
def test_partitions_are_the_finest_parts_that_do_not_touch(floor: Any) -> None:
    """ROU-55: every queue and agent in one part; who sees a queue is in its part; nothing else is together."""
    policy, seats = floor
    sees = {group.name: {access.queue for access in group.access} for group in policy.groups}
    links = []
    for agent in seats:
        queues = set(NAMES) if not policy.groups else {queue for name in agent.groups for queue in sees[name]}
        links.append({("agent", agent.id), *(("queue", queue) for queue in queues)})
    links += [{("queue", one.name), ("queue", one.overflow_to)} for one in policy.queues if one.overflow_to]
    parts = [{("queue", name)} for name in NAMES]
    for link in links:  # merge what a link touches, one link after the other
        touched = [part for part in parts if part & link]
        parts = [part for part in parts if not part & link] + [link.union(*touched)]
    found = coverage.partitions(policy, seats)
    event(f"{min(len(found), 4)} parts" if policy.groups else "no groups: one part")
    event("somebody sees nothing" if any(not part.queues for part in found) else "everybody sees something")
    assume(parts)
    as_sets = [
        {*(("queue", name) for name in part.queues), *(("agent", name) for name in part.agents)} for part in found
    ]
    assert sorted(map(sorted, as_sets)) == sorted(map(sorted, parts))
