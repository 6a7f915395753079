"""Small backlogs for the laws of `batch.assign`, and the best plan found by trying every assignment.

Written from the rules alone: pairs of a work and a hand, one after the other; no profiles, no kinds, no prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from attrs import evolve
from hypothesis import strategies as st

from oracles.desks import QUEUES, agents, crossing, held_by, meets, policies, requirements, room
from servicedesk.routing import (
    CHOICES,
    Access,
    Agent,
    ChoicePolicy,
    Group,
    QueuePolicy,
    Relaxation,
    Requirement,
    RoutingPolicy,
    Work,
)

__all__ = ["NOW", "Backlog", "backlogs", "best", "fits", "hands", "served_order", "worth"]

NOW = 10


class Backlog(NamedTuple):
    policy: RoutingPolicy
    works: list[Work]
    agents: list[Agent]
    entered: dict[str, int]
    free: dict[str, int]
    idle: dict[str, int]

    @property
    def given(self) -> dict[str, Any]:
        return {"at": NOW, "entered": self.entered, "free": self.free, "idle": self.idle}


ROOMS = (
    QueuePolicy(name="热线", bands=("urgent", "normal")),
    QueuePolicy(name="data", order="due", promote_after=9),
    QueuePolicy(name="mail", order="lifo", mode="pull"),
)


@st.composite
def backlogs(draw: Any) -> Backlog:
    """Up to seven works and six agents; steps, waits, sticky phases and exclusions in between."""
    anything = policies().flatmap(lambda one: st.tuples(st.just(one), agents(one, 6), st.just([])))
    policy, seats, asked = draw(st.one_of(anything, crossing(7, 1), crossing(7, 1)))
    seats = seats[:6]
    if not policy.groups and draw(st.booleans()):  # two floors that share nothing, or one person
        policy = evolve(policy, groups=[Group("甲", ["热线"]), Group("乙", [Access("data", rank=2), "mail"])])
        floors = st.sampled_from([("甲",), ("甲",), ("乙",), ("乙",), ("甲", "乙")])
        seats = [evolve(seat, groups=draw(floors)) for seat in seats]
    keys = draw(st.lists(st.sampled_from([*CHOICES]), unique=True, max_size=5) | st.just([*policy.choice.keys]))
    policy = evolve(policy, choice=ChoicePolicy(*keys), queues=ROOMS)
    needs = [need for need, _ in asked] or draw(
        st.lists(requirements(policy), min_size=draw(st.integers(0, 4)), max_size=7)
    )
    names = draw(st.permutations([f"工单{number}" for number in range(len(needs))]))
    works = [
        draw(one_work(policy, name, need, [seat.id for seat in seats])) for name, need in zip(names, needs, strict=True)
    ]
    return Backlog(
        policy,
        works,
        seats,
        {work.id: draw(st.integers(0, NOW)) for work in works if draw(st.booleans())},
        {seat.id: draw(st.integers(0, 2)) for seat in seats if draw(st.sampled_from([True, False, False]))},
        {seat.id: draw(st.integers(0, 3)) for seat in seats if draw(st.booleans())},
    )


@st.composite
def one_work(draw: Any, policy: RoutingPolicy, name: str, need: Requirement, ids: list[str]) -> Work:
    """A work that asks for something; one in three names somebody, or widens."""
    more: dict[str, Any] = {}
    if draw(st.sampled_from([True, False, False])):
        more["relaxation"] = Relaxation([(draw(st.integers(1, NOW)), need.anyone())])
    if ids and draw(st.sampled_from([True, False, False])):
        more["preferred_agents"] = draw(st.lists(st.sampled_from([*ids, "nobody"]), max_size=2, unique=True))
        more["preferred_for"] = draw(st.sampled_from([0, 0, 20]))
        more["excluded"] = draw(st.lists(st.sampled_from(ids), max_size=1))
    queue = draw(st.sampled_from(QUEUES))
    more["band"] = draw(st.sampled_from(["urgent", "normal", None])) if queue == QUEUES[0] else None
    weights = [(skill, draw(st.integers(-1, 2))) for skill, _ in need.preferred]
    return Work(id=name, queue=queue, requirement=evolve(need, preferred=weights), **more)


# --- the rules, word for word -----------------------------------------------------------------------------------------


def need_of(one: Backlog, work: Work) -> Requirement:
    wait = NOW - one.entered.get(work.id, NOW)
    return [need for after, need in work.steps if after <= wait][-1]


def fits(one: Backlog, work: Work, agent: Agent) -> bool:
    """ROU-20: who qualifies under the step in force, sees the queue by now, and may have it."""
    wait = NOW - one.entered.get(work.id, NOW)
    accesses = [access for group in one.policy.groups if group.name in agent.groups for access in group.access]
    sees = not one.policy.groups or any(a.queue == work.queue and wait >= a.delay.microseconds for a in accesses)
    there = {seat.id for seat in one.agents}
    sticky = wait < work.preferred_for.microseconds and any(name in there for name in work.preferred_agents)
    barred = agent.id in work.excluded or (sticky and agent.id not in work.preferred_agents)
    return sees and not barred and meets(one.policy, agent, need_of(one, work))


def values(one: Backlog, work: Work, agent: Agent) -> tuple[int, ...]:
    """The keys of the choice that work and agent decide, the smallest first (ROU-33)."""
    need, meant = need_of(one, work), one.policy.graph.named
    held = held_by(one.policy, agent.skills)
    named = [*work.preferred_agents]
    weights = [weight for skill, weight in need.preferred if held.get(meant(skill.name), 0) >= skill.level]
    found = {
        "sticky": named.index(agent.id) if agent.id in named else len(named),
        "line": agent.line,
        "preferred": -sum(weights),
        "fewest_skills": len(held),
        "best_skilled": -sum(held[meant(skill.name)] - skill.level for skill in need.all_of),
    }
    return tuple(found[key] for key in one.policy.choice.keys if key in found)


def served_order(one: Backlog) -> list[Work]:
    """The works in the order in which they are served: promoted, band, the queue's order, entry, id (ROU-23 to 28)."""

    def place(work: Work) -> tuple[Any, ...]:
        entered = one.entered.get(work.id, NOW)
        if work.queue == "data" and NOW - entered >= 9:
            return (0, entered, work.id)
        band = 0 if work.band == "urgent" else 1 if work.queue == "热线" else 0
        key = {"热线": (0, entered), "data": (0, 1 << 62), "mail": (0, -entered)}[work.queue]
        return (1, band, *key, entered, work.id)

    return sorted(one.works, key=place)


def hands(one: Backlog) -> list[tuple[int, int, str]]:
    """Every free hand: first the first of everyone, longest idle first, then the second."""
    return sorted(
        (turn, one.idle.get(agent.id, NOW), agent.id)
        for agent in one.agents
        for turn in range(one.free.get(agent.id, room(agent)))
    )


def worth(one: Backlog, pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """What a plan is compared by, smaller is better; pairs of a place in `served_order` and a place in `hands`."""
    order, units, seats = served_order(one), hands(one), {agent.id: agent for agent in one.agents}
    keys = sum(
        key in ("sticky", "line", "preferred", "fewest_skills", "best_skilled") for key in one.policy.choice.keys
    )
    total = [0] * (keys + 3)
    for work, hand in pairs:
        row = (-1, *values(one, order[work], seats[units[hand][2]]), -(1 << 20 >> work), -(1 << 20 >> hand))
        total = [so_far + value for so_far, value in zip(total, row, strict=True)]
    return tuple(total)


def best(one: Backlog) -> tuple[int, ...]:
    """The worth of the best plan there is, every choice tried for one work after the other."""
    order, units, seats = served_order(one), hands(one), {agent.id: agent for agent in one.agents}
    nothing = worth(one, [])

    @cache
    def rest(work: int, used: int) -> tuple[int, ...]:
        if work == len(order):
            return nothing
        found = rest(work + 1, used)
        for hand, (_, _, name) in enumerate(units):
            if not used >> hand & 1 and fits(one, order[work], seats[name]):
                pair, after = worth(one, [(work, hand)]), rest(work + 1, used | 1 << hand)
                found = min(found, tuple(a + b for a, b in zip(pair, after, strict=True)))
        return found

    return rest(0, 0)
