"""The best plan for a backlog: as much work as can be served at once, given to those who should have it.

A router looks at one change at a time and can't take back what it gave; a plan looks at all work and all agents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import evolve, frozen

from servicedesk.errors import Problem, did_you_mean
from servicedesk.instants import Instant, instant_us
from servicedesk.routing.agents import Agent
from servicedesk.routing.bits import bits
from servicedesk.routing.buckets import Buckets, agent_problems, check, free_units, gathered, same_names
from servicedesk.routing.flows import Levels, Prices
from servicedesk.routing.kinds import Kind, choice_costs, kind_of
from servicedesk.routing.policy import RoutingPolicy
from servicedesk.routing.queues import place_of
from servicedesk.routing.requirements import Requirement
from servicedesk.routing.shortage import Shortfall, shortfall_of
from servicedesk.routing.skills import name_problems
from servicedesk.routing.spans import us
from servicedesk.routing.work import Work

__all__ = ["Cost", "Plan", "assign"]

Cost: TypeAlias = Callable[[Work, Agent], int]
"""A host's own cost of a pair, in place of the policy's choice."""


@frozen
class Plan:
    """Who gets what, and what stays.

    Attributes:
        assignments: pairs of a work and an agent, in the order in which the work is served.
        unmatched: work that nobody is left for, in that order.
        shortfall: why: the requirements that ask for too much; ``None`` where all work is assigned.
    """

    assignments: tuple[tuple[str, str], ...]
    unmatched: tuple[str, ...] = ()
    shortfall: Shortfall | None = None

    def __str__(self) -> str:
        pairs = ", ".join(f"{work} → {agent}" for work, agent in self.assignments) or "nothing"
        left = f"; left: {', '.join(self.unmatched)}; {self.shortfall}" if self.unmatched else ""
        return pairs + left


def assign(
    policy: RoutingPolicy,
    works: Iterable[Work],
    agents: Iterable[Agent],
    *,
    at: Instant,
    entered: Mapping[str, Instant] | None = None,
    free: Mapping[str, int] | None = None,
    idle: Mapping[str, Instant] | None = None,
    cost: Cost | None = None,
) -> Plan:
    """Return the best plan: most work first, then the least total cost (ROU-54).

    The cost of a pair are the keys of the policy's choice that work and profile decide: ``sticky``, ``line``,
    ``preferred``, ``fewest_skills``, ``best_skilled``. The total of the first key counts first, of equal ones that of
    the second, and so on. Among plans that cost the same, the work served first by its queue is served, by those who
    have been idle longest; nobody gets a second piece while somebody who would cost the same has none. Work goes to
    whom it could be offered at that instant: access, waits, sticky phases, steps and exclusions hold.

    Args:
        policy: graph, groups, queues and choice.
        works: what waits.
        agents: those who are routable.
        at: now.
        entered: when work entered its queue, by id; else now.
        free: how many more pieces fit into an agent's hands, by id; else how many fit into empty hands, whichever
            channels they are of.
        idle: since when an agent has been idle, by id; else since now.
        cost: an integer for a work and an agent who qualifies, in place of the choice. It is asked for every such
            pair, and nothing is gathered: for hundreds, not for thousands.

    Raises:
        DefinitionInvalid: works, agents or numbers that cannot be, or a cost that is no integer; all problems at once.

    >>> from servicedesk.routing import Agent, RoutingPolicy, Work
    >>> desk = RoutingPolicy(name="desk", queues=["q"])
    >>> seats = [Agent(id=name, skills=dict.fromkeys(held, 1)) for name, held in (("c", "BF"), ("a", "M"), ("b", "MB"))]
    >>> print(assign(desk, [Work(id=name, queue="q", requirement=name) for name in "MBF"], seats, at=0))
    B → b, F → c, M → a
    """
    backlog, seats = tuple(works), tuple(agents)
    now, ids = instant_us(at), {agent.id for agent in seats}
    since, came = _instants("idle", idle), _instants("entered", entered)
    units, wrong = free_units(seats, free, {work.channel for work in backlog} or {"voice"})
    wrong += same_names("idle", since, ids, "agent")
    check((*agent_problems(policy, seats), *_work_problems(policy, backlog, came, now), *wrong), "batch")
    named = {name for work in backlog for name in (*work.preferred_agents, *work.excluded)}
    buckets = gathered(policy.graph, seats, at=now, alone=named if cost is None else ids)
    turns = {work.id: _turn(policy, work, came.get(work.id, now), now) for work in backlog}
    order = sorted(backlog, key=lambda work: turns[work.id])
    kinds: dict[Kind, list[Work]] = {}
    meant: dict[Requirement, Requirement] = {}
    for work in order:
        kind = kind_of(policy, work, now - came.get(work.id, now), ids, meant)
        kinds.setdefault(kind if cost is None else evolve(kind, alone=work.id), []).append(work)
    masks = [kind.mask(buckets) for kind in kinds]
    if cost is None:
        base, levels = choice_costs(policy.choice.keys, buckets, [*kinds], masks, len(order))
    else:
        base, levels = [0] * len(buckets.profiles), _own_costs(cost, [*kinds.values()], masks, buckets)
    hands = _hands(buckets, units, since, now, len(order))
    prices = Prices([*map(len, hands)], [*map(len, kinds.values())], levels, base)
    return _plan(order, kinds, masks, hands, prices)


# --- what is given ----------------------------------------------------------------------------------------------------


def _instants(argument: str, given: Mapping[str, Instant] | None) -> dict[str, int]:
    return {} if given is None else {name: instant_us(value, argument) for name, value in given.items()}


def _work_problems(
    policy: RoutingPolicy, works: Sequence[Work], entered: Mapping[str, int], now: int
) -> Iterator[Problem]:
    seen: set[str] = set()
    clean: set[object] = set()
    for index, work in enumerate(works):
        path = f"works[{index}]"
        if work.id in seen:
            yield Problem(path, f"the id {work.id!r} is given twice")
        seen.add(work.id)
        kind = (work.queue, work.band, work.channel, work.requirement, work.relaxation)
        alike = (*kind, work.target, work.head_start, work.preferred_for)
        if alike in clean:
            yield from name_problems(f"{path}.id", work.id, "work")
            continue
        found = [problem.under(path) for problem in (*work.problems(policy.graph), *_place_problems(policy, work))]
        yield from found
        clean.update(() if found else (alike,))
    yield from same_names("entered", entered, seen, "work")
    late = ((name, at) for name, at in entered.items() if at > now)
    yield from (Problem(f"entered.{name}", f"entered {at - now} µs after the instant of the plan") for name, at in late)


def _place_problems(policy: RoutingPolicy, work: Work) -> Iterator[Problem]:
    queue = policy.queue(work.queue)
    if queue is None:
        near = did_you_mean(work.queue, [queue.name for queue in policy.queues])
        yield Problem("queue", f"{work.queue!r} is not a queue of this policy{near}")
    elif work.band is not None and work.band not in queue.bands:
        yield Problem("band", f"{work.band!r} is not a band of {queue.name!r}{did_you_mean(work.band, queue.bands)}")


def _turn(policy: RoutingPolicy, work: Work, entered: int, now: int) -> tuple[Any, ...]:
    """Return the place of work in the order of service: promoted first, else by band and the queue's order (ROU-23)."""
    queue = policy.queue(work.queue)
    assert queue is not None  # noqa: S101  # checked before
    if queue.promote_after is not None and now - entered >= us(queue.promote_after):
        return (0, entered, work.id)
    return (1, *place_of(queue, work, entered, now))


def _own_costs(cost: Cost, kinds: Sequence[Sequence[Work]], masks: Sequence[int], buckets: Buckets) -> list[Levels]:
    """Ask a host's cost for every pair that qualifies; every kind is one work, every profile one agent."""
    agents = [agent for [agent] in buckets.members.values()]
    wrong: list[Problem] = []
    found: list[Levels] = []
    for [work], mask in zip(kinds, masks, strict=True):
        row: dict[int, int] = {}
        for place in bits(mask):
            value = cost(work, agents[place])
            if type(value) is not int:
                wrong.append(Problem(f"cost[{work.id!r}, {agents[place].id!r}]", f"an integer, not {value!r}"))
            row[value] = row.get(value, 0) | 1 << place
        found.append([*row.items()])
    check(wrong, "batch")
    return found


# --- from numbers to names --------------------------------------------------------------------------------------------


def _hands(
    buckets: Buckets, free: Mapping[str, int], idle: Mapping[str, int], now: int, most: int
) -> list[list[tuple[int, int, str]]]:
    """Return the pieces each profile can take, the one that should go first in front.

    First the first piece of everyone, longest idle first, then the second of everyone, and so on.
    """
    found: list[list[tuple[int, int, str]]] = []
    for members in buckets.members.values():
        units: list[tuple[int, int, str]] = []
        turn, able = 0, members
        while len(units) < most and (able := [agent for agent in able if free[agent.id] > turn]):
            units += [(turn, idle.get(agent.id, now), agent.id) for agent in able]
            turn += 1
        found.append(sorted(units))
    return found


def _plan(
    order: Sequence[Work],
    kinds: Mapping[Kind, Sequence[Work]],
    masks: Sequence[int],
    hands: Sequence[Sequence[tuple[int, int, str]]],
    prices: Prices,
) -> Plan:
    """Name the works and agents of a flow, the first in order for the first in order."""
    queued = {work.id: place for place, work in enumerate(order)}
    ranked = {unit: place for place, unit in enumerate(sorted(unit for units in hands for unit in units))}
    ranks = [[ranked[unit] for unit in units] for units in hands]
    prices.prefer([[queued[work.id] for work in works] for works in kinds.values()], ranks)
    flow = prices.flow
    whole = flow.copy()
    whole.open = [*masks]
    whole.fill()  # finds nothing more to send, but what the shortage is, whatever the cost
    shortfall = shortfall_of(whole, [kind.requirement for kind in kinds], [*map(len, kinds.values())])
    place_of = {work.id: place for place, works in enumerate(kinds.values()) for work in works}
    costs = [prices.costs(place) for place in range(len(kinds))]
    used = [0] * len(hands)
    pairs: list[tuple[str, str]] = []
    left: list[str] = []
    for work in order:
        sent = flow.sent[place_of[work.id]]
        if not sent:
            left.append(work.id)
            continue
        cost = costs[place_of[work.id]]
        best = min(sent, key=lambda profile: (cost[profile], ranks[profile][used[profile]]))
        pairs.append((work.id, hands[best][used[best]][-1]))
        used[best] += 1
        flow.shift(place_of[work.id], best, -1)
    return Plan(tuple(pairs), tuple(left), shortfall)
