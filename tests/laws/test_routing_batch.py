"""Laws of the best plan for a backlog: no assignment is better (L17), whatever the order of what is given (L9)."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.backlogs import NOW, Backlog, backlogs, best, fits, hands, served_order, worth
from servicedesk.routing import batch, coverage


def told(one: Backlog, plan: batch.Plan) -> list[tuple[int, int]]:
    """The pairs of a plan as places: of the work in the order of service, of the hand among all hands."""
    order, left = [work.id for work in served_order(one)], hands(one)
    names = [name for _, _, name in left]
    pairs, taken = [], dict[str, int]()
    for work, agent in plan.assignments:
        places = [place for place, name in enumerate(names) if name == agent]
        turn = taken.get(agent, 0)
        assert turn < len(places), "more than fits into these hands"
        taken[agent] = turn + 1
        pairs.append((order.index(work), places[turn]))
    return pairs


@given(backlogs())
def test_l17_no_assignment_is_better(one: Backlog) -> None:
    """ROU-54, L17: most works, then least cost key by key, then the first works, then the first hands; brute force."""
    plan = batch.assign(one.policy, one.works, one.agents, **one.given)
    works, seats = {work.id: work for work in one.works}, {agent.id: agent for agent in one.agents}
    for work, agent in plan.assignments:
        assert fits(one, works[work], seats[agent])
    order = [work.id for work in served_order(one)]
    served = [work for work, _ in plan.assignments]
    assert served == [work for work in order if work in served]
    assert [*plan.unmatched] == [work for work in order if work not in served]
    assert worth(one, told(one, plan)) == best(one)
    event(f"{min(len(served), 3)} served, {min(len(plan.unmatched), 2)} left")
    event("hands to spare" if len(hands(one)) > len(served) else "all hands full")
    event("somebody has two" if len({agent for _, agent in plan.assignments}) < len(served) else "nobody has two")
    assert (plan.shortfall is None) == (not plan.unmatched)
    if plan.shortfall:
        assert plan.shortfall.missing == len(plan.unmatched) == plan.shortfall.demand - plan.shortfall.agents


@given(backlogs(), st.data())
def test_l9_equal_sets_give_equal_plans(one: Backlog, data: st.DataObject) -> None:
    """ROU-54, L9: works, agents and mappings in any order."""
    works, agents = data.draw(st.permutations(one.works)), data.draw(st.permutations(one.agents))
    turned = {name: dict(reversed(given.items())) for name, given in one.given.items() if name != "at"}
    first = batch.assign(one.policy, one.works, one.agents, **one.given)
    other = batch.assign(one.policy, works, agents, at=NOW, **turned)
    event(f"{min(len(first.assignments), 3)} served")
    assert first == other
    assert hash(first) == hash(other)
    assert str(first) == str(other)


@given(backlogs(), st.data())
def test_a_hosts_own_cost_is_counted_instead(one: Backlog, data: st.DataObject) -> None:
    """ROU-54: any integers, negative ones too, by work and agent; asked only for pairs that qualify."""
    costs = {(w.id, a.id): data.draw(st.integers(-3, 3)) for w in one.works for a in one.agents}
    asked: list[tuple[Any, Any]] = []

    def cost(work: Any, agent: Any) -> int:
        asked.append((work, agent))
        return costs[work.id, agent.id]

    plan = batch.assign(one.policy, one.works, one.agents, cost=cost, **one.given)
    assert all(fits(one, work, agent) for work, agent in asked)
    free = [agent for _, _, agent in hands(one)]
    able = {(w.id, a.id) for w in one.works for a in one.agents if fits(one, w, a)}
    states = {0: (0, 0)}
    for work in one.works:
        after = dict(states)
        for used, (count, total) in states.items():
            for place, name in enumerate(free):
                if not used >> place & 1 and (work.id, name) in able:
                    key = used | 1 << place
                    value = (count - 1, total + costs[work.id, name])
                    after[key] = min(after.get(key, value), value)
        states = after
    event(f"{min(len(plan.assignments), 3)} served")
    assert (-len(plan.assignments), sum(costs[pair] for pair in plan.assignments)) == min(states.values())


@given(backlogs())
def test_l18_parts_planned_alone_are_the_whole_plan(one: Backlog) -> None:
    """ROU-55, L18: the same works served by the same hands; of a sticky phase a part knows its own agents alone."""
    works = [evolve(work, preferred_for=0) for work in one.works]
    plan = batch.assign(one.policy, works, one.agents, **one.given)
    parts = coverage.partitions(one.policy, one.agents)
    served, busy = [], []
    for part in parts:
        mine = [work for work in works if work.queue in part.queues]
        given_ = {"at": NOW, "entered": {work.id: at for work in mine if (at := one.entered.get(work.id)) is not None}}
        for name, values in (("free", one.free), ("idle", one.idle)):
            given_[name] = {agent: value for agent, value in values.items() if agent in part.agents}
        alone = batch.assign(one.policy, mine, [a for a in one.agents if a.id in part.agents], **given_)
        served += [work for work, _ in alone.assignments]
        busy += [agent for _, agent in alone.assignments]
    event(f"{min(len(parts), 3)} parts, {'some' if served else 'nothing'} served")
    assert sorted(served) == sorted(work for work, _ in plan.assignments)
    assert sorted(busy) == sorted(agent for _, agent in plan.assignments)
