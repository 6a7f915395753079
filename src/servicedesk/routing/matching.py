"""Who is offered what: the funnel, the choice among those it leaves, and the decision that tells both (ROU-49)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal

from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.routing.bits import bits
from servicedesk.routing.choosing import depends_on, keys_of, values
from servicedesk.routing.decision import FUNNEL, Decision
from servicedesk.routing.index import Index
from servicedesk.routing.requirements import Requirement
from servicedesk.routing.state import AgentState, WorkState

__all__ = ["candidates", "counted", "decided", "funnel", "ineligible", "meeting", "passes", "qualified"]

_FEW = 24
"""Up to so many candidates are compared with each other; of more, the first is found in the list of all."""


def qualified(index: Index, ws: WorkState, need: Requirement) -> Iterator[int]:
    """Yield who is left after each stage that asks what agents are: roster, line, group, access, skills."""
    masks = index.masks
    left = masks.everybody
    yield left
    left &= masks.lines(need)
    yield left
    left &= masks.groups(need)
    yield left
    delays = index.state.rules.delays.get(ws.work.queue)
    left &= 0 if delays is None else masks.of("sees", ws.work.queue, delays[-1])
    yield left
    yield masks.skilled(need, left) & ~masks.bits(ws.work.excluded)


def meeting(index: Index, ws: WorkState, need: Requirement) -> int:
    """Return who qualifies (ROU-6), whatever queues they see."""
    masks = index.masks
    able = masks.skilled(need, masks.lines(need) & masks.groups(need))
    return able & ~masks.bits(ws.work.excluded)


def funnel(index: Index, ws: WorkState) -> tuple[int, ...]:
    """Return who is left after each stage of `FUNNEL`, as masks."""
    stages = (*qualified(index, ws, index.need(ws)),)
    masks, queue = index.masks, ws.work.queue
    signed_in = stages[-1] & masks.of("signed_in")
    routable = signed_in & masks.of("routable")
    seeing = _seeing(index, ws, routable)
    rested = seeing & masks.of("rested") & ~masks.of("bound", queue)
    return (*stages, signed_in, routable, seeing, rested, rested & masks.of("fits", ws.work.channel))


def passes(index: Index, ws: WorkState, agent: AgentState, stage: str) -> bool:
    """Whether an agent passes one stage of the funnel, whatever the others say."""
    need, name, queue = index.need(ws), agent.agent.id, ws.work.queue
    masks = index.masks
    if stage == "capacity" and ws.id in agent.offers:
        return _fits_again(ws, agent)
    bit = masks.bits((name,))
    mask = {
        "roster": lambda: masks.everybody,
        "line": lambda: masks.lines(need),
        "group": lambda: masks.groups(need),
        "access": lambda: masks.of("sees", queue, index.state.rules.delays.get(queue, (-1,))[-1]),
        "skills": lambda: masks.skilled(need, masks.everybody) & ~masks.bits(ws.work.excluded),
        "signed_in": lambda: masks.of("signed_in"),
        "routable": lambda: masks.of("routable"),
        "not_declined": lambda: _seeing(index, ws, masks.everybody),
        "rested": lambda: masks.of("rested") & ~masks.of("bound", queue),
        "capacity": lambda: masks.of("fits", ws.work.channel),
    }[stage]()
    return bool(mask & bit)


def _fits_again(ws: WorkState, agent: AgentState) -> bool:
    """Whether work fits in place of the offer of it."""
    held = {**agent.held, ws.work.channel: agent.held[ws.work.channel] - 1}
    rest = {channel: count for channel, count in held.items() if count}
    capacity = agent.agent.capacity
    return len(agent.offers) <= capacity.open_offers and capacity.fits(ws.work.channel, rest)


def _seeing(index: Index, ws: WorkState, among: int) -> int:
    """Return who has not declined, and sees the work by now: after delays and the time of preferred agents."""
    among &= ~_refusing(index, ws)
    if ws.work.queue in index.state.rules.delays:
        among &= index.masks.of("sees", ws.work.queue, index.opened(ws))
    return among & index.masks.bits(ws.work.preferred_agents) if ws.is_alone(index.at) else among


def unseen_because(index: Index, ws: WorkState, agent: int) -> str:
    """Return why an agent who could take the work does not see it by now: ``declined``, ``delay``, ``preferred_first``.

    ``agent`` is their bit. The three are one stage of the funnel (ROU-49).
    """
    if agent & _refusing(index, ws):
        return "declined"
    queue = ws.work.queue
    behind = queue in index.state.rules.delays and not agent & index.masks.of("sees", queue, index.opened(ws))
    return "delay" if behind else "preferred_first"


def _refusing(index: Index, ws: WorkState) -> int:
    return index.masks.bits(agent for agent in ws.declined if ws.bars(agent, index.at))


def counted(stages: tuple[int, ...]) -> FrozenMap[str, int]:
    """Return how many each stage left."""
    return FrozenMap({name: mask.bit_count() for name, mask in zip(FUNNEL, stages, strict=True)})


def ineligible(index: Index, ws: WorkState, stages: tuple[int, ...]) -> str | None:
    """Return why nobody can take the work as things stand, or ``None`` where it only has to wait (ROU-50)."""
    place = next((number for number, mask in enumerate(stages) if not mask), len(stages))
    stage = FUNNEL[place] if place < len(stages) else "capacity"
    if place <= FUNNEL.index("skills"):
        later = (index.meant(need) for _, need in ws.work.steps[ws.step + 1 :])
        return None if any(list(qualified(index, ws, need))[-1] for need in later) else "nobody_has_it"
    if stage in ("signed_in", "routable"):
        return f"nobody_{stage}"
    if stage == "not_declined":
        before = stages[place - 1]
        return "all_declined" if not before & ~_refusing(index, ws) else None
    return None


def candidates(index: Index, ws: WorkState, mask: int) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield the agents of a mask in the order of choice, each with the values of the keys."""
    policy, need = index.state.rules.policy, index.need(ws)
    alone = ws.is_alone(index.at)
    if not alone and mask.bit_count() > _FEW and not depends_on(policy.choice, ws.work, need):
        places, left = index.masks.places, mask
        for *found, name in index.ready:
            if left >> places[name] & 1:
                yield tuple(found), name
        return
    keys = keys_of(policy.choice, alone=alone)
    names = (index.masks.names[place] for place in bits(mask))
    agents, profiles = index.state.agents, index.profiles
    yield from sorted((values(keys, agents[name], profiles[name].skills, ws.work, need), name) for name in names)


def decided(
    index: Index,
    ws: WorkState,
    agent: str | None,
    stages: tuple[int, ...],
    trigger: Literal["work", "agent"],
    *,
    count: bool,
) -> Decision:
    """Return the decision for an agent, or for the best where none is named yet."""
    first = list(islice(candidates(index, ws, stages[-1]), 2))
    if agent is not None and first[0][1] != agent:
        first = _around(index, ws, agent, stages[-1])
    (chosen, name), *others = first
    keys = keys_of(index.state.rules.policy.choice, alone=ws.is_alone(index.at))
    policy = index.state.base
    other = others[0] if others else None
    return Decision(
        work=ws.id,
        agent=name,
        at=index.at,
        trigger=trigger,
        step=ws.step,
        key=tuple(zip(keys, chosen, strict=True)),
        runner_up=None if other is None else other[1],
        lost_at=None if other is None else _lost_at(keys, chosen, other[0]),
        funnel=counted(stages) if count else EMPTY,
        overrides=tuple(index.state.overrides),
        policy=(policy.name, policy.version),
    )


def _around(index: Index, ws: WorkState, agent: str, mask: int) -> list[tuple[tuple[Any, ...], str]]:
    """Return an agent who looked for work themselves, and the best of the others."""
    bit = index.masks.bits((agent,))
    own = candidates(index, ws, bit)
    return [next(own), *islice(candidates(index, ws, mask & ~bit), 1)]


def _lost_at(keys: tuple[str, ...], chosen: tuple[Any, ...], other: tuple[Any, ...]) -> str:
    return next((key for key, mine, theirs in zip(keys, chosen, other, strict=True) if mine != theirs), "id")
