"""Who is let into a queue, and where the others go (ROU-31)."""

from __future__ import annotations

from attrs import evolve

from servicedesk.routing.engine import Engine
from servicedesk.routing.matching import qualified
from servicedesk.routing.queues import QueuePolicy
from servicedesk.routing.state import WorkState
from servicedesk.routing.work import Work

__all__ = ["let_in"]


def let_in(engine: Engine, work: Work) -> tuple[Work | None, str | None]:
    """Return work as its queue, or the overflow of that, takes it; or nothing, and why the first one did not."""
    rules = engine.state.rules
    queue: QueuePolicy | None = rules.queue(work.queue)
    first: str | None = None
    while queue is not None:
        placed = work if queue.name == work.queue else _moved(work, queue)
        reason = _turned_away(engine, queue, placed)
        if reason is None:
            return placed, None
        first = first or reason
        queue = None if queue.overflow_to is None else rules.queue(queue.overflow_to)
    return None, first


def _moved(work: Work, queue: QueuePolicy) -> Work:
    return evolve(work, queue=queue.name, band=work.band if work.band in queue.bands else None)


def _turned_away(engine: Engine, queue: QueuePolicy, work: Work) -> str | None:
    most = queue.max_length
    if most is not None and engine.index.waits[queue.name].waiting >= most:
        return "full"
    if queue.join_when == "always":
        return None
    there = engine.index.masks.of(queue.join_when)
    ws = WorkState(work, engine.index.at)
    needs = (engine.index.meant(need) for _, need in work.steps)
    found = any([*qualified(engine.index, ws, need)][-1] & there for need in needs)
    return None if found else f"nobody_{queue.join_when}"
