"""Offers answered, work in hand, work taken and given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servicedesk.routing import pulling
from servicedesk.routing.engine import Engine
from servicedesk.routing.facts import OfferDeclined, WorkCompleted, WorkRequeued, WrapUpEnded
from servicedesk.routing.queueing import revoke, reworked, unassigned
from servicedesk.routing.refusing import clock, known_agent, known_work, offered, refused
from servicedesk.routing.spans import us
from servicedesk.routing.state import WorkState

__all__ = ["accept", "assign", "complete", "decline", "ready", "take", "transfer"]


def accept(engine: Engine, _now: int, work: str, agent: str) -> None:
    """Take offered work."""
    ws = offered(engine.state, work, agent, f"accept {work} for {agent}")
    engine.assign(ws, agent, "accepted")
    engine.follow((), (agent,))


def decline(engine: Engine, now: int, work: str, agent: str, reason: str | None) -> None:
    """Say no to offered work (ROU-36)."""
    ws = offered(engine.state, work, agent, f"decline {work} for {agent}")
    queue = engine.state.rules.queues.get(ws.work.queue)
    memory = None if queue is None or queue.decline_memory is None else now + us(queue.decline_memory)
    engine.emit(OfferDeclined, work=work, agent=agent, reason=reason, until=memory)
    engine.follow((work,), (agent,))


def complete(engine: Engine, now: int, work: str) -> None:
    """End work in hand; wrap-up begins where there is one (ROU-17)."""
    ws, name = _in_hand(engine, work, f"complete {work}")
    queue = engine.state.rules.queues.get(ws.work.queue)
    rule = engine.state.agents[name].agent.wrap_up or (None if queue is None else queue.wrap_up)
    until = None if rule is None or rule.span is None else now + us(rule.span)
    took = now - (now if ws.assigned is None else ws.assigned)
    values = {"took": took, "wrapping_up": rule is not None, "wrap_up_until": until}
    engine.emit(WorkCompleted, work=work, agent=name, **values)
    engine.follow((), (name,))


def _in_hand(engine: Engine, work: str, attempt: str) -> tuple[WorkState, str]:
    ws = known_work(engine.state, work, attempt)
    if ws.place != "hand" or ws.agent is None:
        hands = () if ws.agent is None else tuple(engine.state.agents[ws.agent].hands)
        raise refused(attempt, "not_in_hand", hands, work=work, place=ws.place)
    return ws, ws.agent


def ready(engine: Engine, _now: int, agent: str, work: str | None) -> None:
    """End wrap-up by hand (ROU-17)."""
    attempt = f"make {agent} ready"
    known = known_agent(engine.state, agent, attempt)
    wanted = sorted(known.wrapping) if work is None else [name for name in known.wrapping if name == work]
    if not wanted:
        raise refused(attempt, "not_wrapping_up", known.wrapping, agent=agent)
    if mandatory := [name for name in wanted if known.wrapping[name].mode == "mandatory"]:
        until = clock(known.wrapping[mandatory[0]].until or 0)
        raise refused(attempt, "wrap_up_mandatory", (f"wait until {until}",), work=mandatory[0], until=until)
    for name in wanted:
        engine.emit(WrapUpEnded, work=name, agent=agent, early=True)
    engine.follow((), (agent,))


def take(engine: Engine, _now: int, work: str, agent: str) -> None:
    """Take waiting work out of a queue oneself (ROU-32)."""
    attempt = f"take {work} for {agent}"
    ws = known_work(engine.state, work, attempt)
    known = known_agent(engine.state, agent, attempt)
    overtook = pulling.overtaken(engine.index, ws, known, attempt)
    engine.assign(ws, agent, "taken", overtook=overtook)
    engine.follow((), (agent,))


def assign(engine: Engine, _now: int, work: str, agent: str, *, force: bool) -> None:
    """Put waiting or offered work into an agent's hands (ROU-46)."""
    attempt = f"assign {work} to {agent}"
    ws = unassigned(engine, work, attempt)
    known = known_agent(engine.state, agent, attempt)
    overrode = pulling.in_the_way(engine.index, ws, known, attempt, force=force)
    freed = revoke(engine, ws, "assigned")
    engine.assign(ws, agent, "assigned", overrode=overrode)
    engine.follow((), {*freed, agent})


def transfer(engine: Engine, now: int, work: str, changes: Mapping[str, Any], *, restart: bool) -> None:
    """Let work in hand wait again, elsewhere or for others (ROU-46)."""
    attempt = f"transfer {work}"
    ws, name = _in_hand(engine, work, attempt)
    changed = reworked(engine, ws, changes, attempt)
    values = {"entered": now if restart else ws.entered, "because": "transferred", "restarted": restart}
    engine.emit(WorkRequeued, work=changed, agent=name, **values)
    engine.follow((work,), (name,))
