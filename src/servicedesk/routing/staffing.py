"""Agents who come, change and go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, fields

from servicedesk.routing import refusing
from servicedesk.routing.agents import Agent
from servicedesk.routing.checked import require
from servicedesk.routing.engine import Engine
from servicedesk.routing.facts import AgentChanged, OfferRevoked, WorkRequeued
from servicedesk.routing.refusing import known_agent, refused

__all__ = ["agent_changed", "agent_left", "change", "checked"]

_AGENT = tuple(part.name for part in fields(Agent) if part.name != "id")


def agent_changed(
    engine: Engine, _now: int, agent: Agent | str, presence: str | None, on_hand: str, changes: Mapping[str, Any]
) -> None:
    """Tell what an agent is and does now."""
    if on_hand not in ("keep", "requeue"):
        raise ValueError(f"on_hand is 'keep' or 'requeue', not {on_hand!r}")
    value, declared = checked(engine, agent, presence, changes)
    change(engine, value, declared, on_hand)


def checked(engine: Engine, agent: Agent | str, presence: str | None, changes: Mapping[str, Any]) -> tuple[Agent, str]:
    """Return the value and the presence that an agent comes to, checked."""
    refusing.unknown_fields(Agent, changes, _AGENT)
    if not isinstance(agent, str):
        require("agent", agent, Agent, "Agent(id='wang'), or the name of one who is known")
    name = agent if isinstance(agent, str) else agent.id
    known = engine.state.agents.get(name)
    value = agent if isinstance(agent, Agent) else (Agent(id=name) if known is None else known.agent)
    value = evolve(value, **changes) if changes else value
    if known is None or value != known.agent:  # who is known may sign out, whatever a later policy has done away with
        refusing.check_agent(engine.state, value)
    declared = presence or ("offline" if known is None else known.presence)
    refusing.check_presence(engine.state, value, declared, f"change {name}")
    return value, declared


def change(engine: Engine, value: Agent, presence: str, on_hand: str) -> None:
    """Change an agent, and what follows for their offers and for work that waits (ROU-14)."""
    state, name = engine.state, value.id
    affected = engine.emit_of_agent(AgentChanged, name, agent=value, presence=presence)
    affected |= engine.recheck(name)
    agent = state.agents[name]
    if on_hand == "requeue" and not agent.signed_in:
        for work in sorted(agent.hands):
            ws = state.works[work]
            engine.emit(WorkRequeued, work=ws.work, agent=name, entered=ws.entered, because="offline")
            affected.add(work)
    engine.follow(affected, (name,), staffed=True)


def agent_left(engine: Engine, _now: int, agent: str) -> None:
    """Forget an agent."""
    attempt = f"let {agent} leave"
    known = known_agent(engine.state, agent, attempt)
    if known.hands:
        raise refused(attempt, "hands_not_empty", ("complete", "transfer"), works=tuple(sorted(known.hands)))
    revoked = {*known.offers}
    for work in [*known.offers]:
        engine.emit(OfferRevoked, work=work, agent=agent, because="agent_changed")
    values = {"agent": known.agent, "presence": known.presence, "left": True}
    ended = engine.emit_of_agent(AgentChanged, agent, **values)
    engine.follow(revoked | ended, (agent,), staffed=True)
