"""Work that comes, changes and goes: the verbs before anybody has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, fields

from servicedesk.instants import Instant, instant_us
from servicedesk.routing import refusing
from servicedesk.routing.engine import Engine
from servicedesk.routing.facts import OfferRevoked, WorkAmended, WorkEnqueued, WorkTurnedAway, WorkWithdrawn
from servicedesk.routing.joining import let_in
from servicedesk.routing.refusing import known_work, refused
from servicedesk.routing.state import WorkState
from servicedesk.routing.work import Work

__all__ = ["amend", "checked", "enqueue", "let_go", "revoke", "reworked", "taken_in", "unassigned", "withdraw"]

_WORK = tuple(part.name for part in fields(Work) if part.name != "id")


def enqueue(engine: Engine, now: int, work: Work, entered: Instant | None) -> None:
    """Let work into its queue, or into the one that takes its overflow (ROU-31)."""
    since = now if entered is None else instant_us(entered, "entered")
    checked(engine, work, since, now)
    taken_in(engine, work, since)


def checked(engine: Engine, work: Work, since: int, now: int) -> None:
    """Refuse work that cannot be let in."""
    attempt = f"enqueue {work.id}"
    refusing.check_work(engine.state, work, attempt)
    refusing.check_entry(engine.state, work, since, now, attempt)


def taken_in(engine: Engine, work: Work, since: int) -> None:
    """Let checked work in, or turn it away."""
    placed, reason = let_in(engine, work)
    if placed is None:
        engine.emit(WorkTurnedAway, work=work.id, queue=work.queue, reason=reason)
        return
    origin = None if placed.queue == work.queue else work.queue
    engine.emit(WorkEnqueued, work=placed, entered=since, overflow_from=origin)
    engine.follow((work.id,), ())


def amend(engine: Engine, _now: int, work: str, changes: Mapping[str, Any]) -> None:
    """Change waiting or offered work; its place in time stays (ROU-9)."""
    attempt = f"amend {work}"
    ws = unassigned(engine, work, attempt)
    changed = reworked(engine, ws, changes, attempt)
    freed = _offer_of_amended(engine, ws, changed)
    engine.emit(WorkAmended, work=changed)
    engine.follow((work,), freed)


def _offer_of_amended(engine: Engine, ws: WorkState, changed: Work) -> tuple[str, ...]:
    """Take back an offer that no longer fits what the work becomes; return its agent."""
    if ws.place != "offered" or ws.agent is None:
        return ()
    before = ws.work
    other = (before.requirement, before.relaxation) != (changed.requirement, changed.relaxation)
    same_room = (before.queue, before.channel) == (changed.queue, changed.channel)
    step = engine.step(WorkState(changed, ws.entered)) if other else ws.step
    if same_room and engine.may_keep(engine.state.agents[ws.agent], changed, step):
        return ()
    return revoke(engine, ws, "amended")


def reworked(engine: Engine, ws: WorkState, changes: Mapping[str, Any], attempt: str) -> Work:
    """Return the value that work becomes, checked."""
    refusing.unknown_fields(Work, changes, _WORK)
    changed = evolve(ws.work, **changes)
    refusing.check_work(engine.state, changed, attempt)
    return changed


def unassigned(engine: Engine, work: str, attempt: str) -> WorkState:
    """Return work that nobody has yet.

    Raises:
        Refused: ``unknown_work``, ``not_waiting``.
    """
    ws = known_work(engine.state, work, attempt)
    if not ws.is_unassigned:
        raise refused(attempt, "not_waiting", ("complete", "transfer"), work=work, place=ws.place, agent=ws.agent)
    return ws


def withdraw(engine: Engine, _now: int, work: str, reason: str) -> None:
    """Let waiting or offered work go."""
    freed = let_go(engine, unassigned(engine, work, f"withdraw {work}"), reason)
    engine.follow((), freed)


def let_go(engine: Engine, ws: WorkState, reason: str) -> tuple[str, ...]:
    """Let work go; return the agent it was offered to."""
    freed = revoke(engine, ws, "withdrawn")
    wait = engine.index.at - ws.entered
    engine.emit(WorkWithdrawn, work=ws.id, queue=ws.work.queue, reason=reason, wait=wait)
    return freed


def revoke(engine: Engine, ws: WorkState, because: str) -> tuple[str, ...]:
    """Take an open offer back, if there is one; return its agent."""
    if ws.place != "offered" or ws.agent is None:
        return ()
    name = ws.agent
    engine.emit(OfferRevoked, work=ws.id, agent=name, because=because)
    return (name,)
