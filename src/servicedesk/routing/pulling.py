"""Work that agents take themselves, and work that a supervisor gives: what stands in the way (ROU-32, ROU-46)."""

from __future__ import annotations

from servicedesk.routing.decision import FUNNEL
from servicedesk.routing.index import Index
from servicedesk.routing.matching import funnel, passes
from servicedesk.routing.refusing import refused
from servicedesk.routing.state import AgentState, WorkState

__all__ = ["available", "in_the_way", "overtaken"]

_HANDS = ("rested", "capacity")


def available(index: Index, agent: AgentState) -> list[str]:
    """Return what an agent can take now out of queues that let them, in the order they see it."""
    found = []
    bit = index.masks.bits((agent.agent.id,))
    for queue in index.state.rules.queues.values():
        if queue.mode == "push":
            continue
        for name in index.waits.get(queue.name, ()):
            ws = index.state.works[name]
            if ws.place == "waiting" and not ws.held and index.state.places(ws.work) and funnel(index, ws)[-1] & bit:
                found.append(ws)
    return [ws.id for ws in sorted(found, key=lambda ws: _seen(index, ws, agent))]


def _seen(index: Index, ws: WorkState, agent: AgentState) -> tuple[object, ...]:
    """Return the place of visible work in an agent's order (ROU-23)."""
    rank = index.profiles[agent.agent.id].rank(ws.work.queue, index.at - ws.entered)
    return index.seen_at(ws, rank or 0)  # visible work has a rank


def overtaken(index: Index, ws: WorkState, agent: AgentState, attempt: str) -> int:
    """Return how much work an agent passes over who takes this one.

    Raises:
        Refused: ``not_pull``, ``not_waiting``, ``not_visible``, ``over_capacity``, ``not_first``.
    """
    queue = index.state.rules.queues.get(ws.work.queue)
    if ws.place != "waiting":
        raise refused(attempt, "not_waiting", available(index, agent), work=ws.id, place=ws.place)
    if queue is None or queue.mode == "push":
        pull = [known.name for known in index.state.rules.queues.values() if known.mode != "push"]
        raise refused(attempt, "not_pull", pull, queue=ws.work.queue)
    if ws.held:
        raise refused(attempt, "not_visible", available(index, agent), stage="held", overrides=ws.held)
    _require(index, ws, agent, attempt)
    seen = available(index, agent)
    place = seen.index(ws.id)
    if place and not queue.cherry_pick:
        raise refused(attempt, "not_first", seen[:1], first=seen[0])
    return place


def _require(index: Index, ws: WorkState, agent: AgentState, attempt: str) -> None:
    bit = index.masks.bits((agent.agent.id,))
    stage = next((stage for stage, mask in zip(FUNNEL, funnel(index, ws), strict=True) if not mask & bit), None)
    if stage is not None:
        code = "over_capacity" if stage in _HANDS else "not_visible"
        raise refused(attempt, code, available(index, agent), stage=stage)


def in_the_way(index: Index, ws: WorkState, agent: AgentState, attempt: str, *, force: bool) -> tuple[str, ...]:
    """Return the stages that a supervisor's assignment overrides; without force, there must be none.

    Raises:
        Refused: ``not_signed_in``, ``not_visible``, ``over_capacity``.
    """
    if not agent.signed_in:
        raise refused(attempt, "not_signed_in", (), agent=agent.agent.id, presence=agent.presence)
    held = ("held",) if ws.held else ()
    failed = (*held, *(stage for stage in FUNNEL if not passes(index, ws, agent, stage)))
    if failed and not force:
        raise refused(attempt, "over_capacity" if failed[0] in _HANDS else "not_visible", ("force",), stage=failed[0])
    return failed
