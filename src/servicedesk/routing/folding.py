"""How each fact of a router changes what it knows (ROU-44). Nothing here looks at a clock or decides anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from servicedesk.frozenmap import EMPTY
from servicedesk.routing.facts import (
    AgentChanged,
    AgentUnresponsive,
    NoEligibleAgent,
    OfferDeclined,
    OfferExpired,
    OfferRevoked,
    OverrideLifted,
    OverrideSet,
    PolicyAdopted,
    RouterFact,
    WorkAmended,
    WorkAssigned,
    WorkCompleted,
    WorkEnqueued,
    WorkHeld,
    WorkOffered,
    WorkPromoted,
    WorkRelaxed,
    WorkReleased,
    WorkRequeued,
    WorkTurnedAway,
    WorkWithdrawn,
    WrapUpEnded,
)
from servicedesk.routing.spans import us
from servicedesk.routing.state import AgentState, Ended, State, WorkState, WrappingUp
from servicedesk.routing.work import Work

__all__ = ["apply"]

_DAY = 86_400_000_000


def apply(state: State, fact: RouterFact) -> None:
    """Change the state by a fact."""
    _APPLY[type(fact)](state, fact)


def _enqueued(state: State, fact: WorkEnqueued) -> None:
    ws = state.works[fact.work.id] = WorkState(fact.work, fact.entered)
    _leave_alone(state, ws, _may_be_alone(state, fact.work))


def _leave_alone(state: State, ws: WorkState, alone: bool) -> None:
    ws.alone = alone
    (state.alone.add if alone else state.alone.discard)(ws.id)


def _may_be_alone(state: State, work: Work) -> bool:
    return bool(work.preferred_for) and state.preferred_are_here(work)


def _amended(state: State, fact: WorkAmended) -> None:
    ws = state.works[fact.work.id]
    _reworded(state, ws, fact.work)


def _reworded(state: State, ws: WorkState, work: Work, *, restarted: bool = False) -> None:
    """Put another value in place of work; what it relaxed to counts no more if it asks for something else."""
    before, ws.work = ws.work, work
    if restarted or (before.requirement, before.relaxation) != (work.requirement, work.relaxation):
        ws.step = 0
    if restarted or _preferring(before) != _preferring(work):
        _leave_alone(state, ws, _may_be_alone(state, work))


def _preferring(work: Work) -> tuple[object, ...]:
    return work.preferred_agents, work.preferred_for


def _turned_away(_state: State, _fact: WorkTurnedAway) -> None:
    """Work that was not let in leaves no trace."""


def _relaxed(state: State, fact: WorkRelaxed) -> None:
    state.works[fact.work].step = fact.step


def _promoted(state: State, fact: WorkPromoted) -> None:
    state.works[fact.work].promoted = True


def _held(state: State, fact: WorkHeld) -> None:
    state.works[fact.work].held = fact.overrides


def _released(state: State, fact: WorkReleased) -> None:
    state.works[fact.work].held = ()


def _offered(state: State, fact: WorkOffered) -> None:
    ws, agent = state.works[fact.work], state.agents[fact.agent]
    state.offered += 1
    ws.place, ws.agent, ws.attempt = "offered", fact.agent, fact.attempt
    agent.offers[fact.work] = fact.until
    agent.last_offer = state.offered
    agent.hold(ws.work.channel, 1)


def _unoffered(state: State, work: str) -> tuple[WorkState, AgentState]:
    """Take an offer back."""
    ws = state.works[work]
    agent = state.agents[ws.agent or ""]
    ws.place, ws.agent = "waiting", None
    del agent.offers[work]
    agent.hold(ws.work.channel, -1)
    return ws, agent


def _declined(state: State, fact: OfferDeclined) -> None:
    ws, agent = _unoffered(state, fact.work)
    ws.declined = {**ws.declined, fact.agent: fact.until}
    ws.ended = {**ws.ended, fact.agent: Ended("offer_declined", fact.at)}
    _rests(state, ws, agent, fact.at, "cool_down_declined")


def _expired(state: State, fact: OfferExpired) -> None:
    ws, agent = _unoffered(state, fact.work)
    ws.ended = {**ws.ended, fact.agent: Ended("offer_expired", fact.at)}
    agent.misses = fact.misses
    _rests(state, ws, agent, fact.at, "cool_down")


def _rests(state: State, ws: WorkState, agent: AgentState, at: int, which: str) -> None:
    queue = state.rules.queues.get(ws.work.queue)
    if queue is not None and (span := us(getattr(queue, which))):
        agent.rests_until = max(agent.rests_until, at + span)


def _revoked(state: State, fact: OfferRevoked) -> None:
    ws, _ = _unoffered(state, fact.work)
    ws.ended = {**ws.ended, fact.agent: Ended("offer_revoked", fact.at, fact.because)}


def _assigned(state: State, fact: WorkAssigned) -> None:
    ws, agent = state.works[fact.work], state.agents[fact.agent]
    if ws.place == "offered":
        _unoffered(state, fact.work)
    if fact.how == "accepted":
        agent.misses = 0
    if fact.how == "forced":
        state.offered += 1
        agent.last_offer = state.offered
    ws.place, ws.agent, ws.assigned, ws.attempt = "hand", fact.agent, fact.at, fact.attempt
    ws.declined = EMPTY
    agent.hands[fact.work] = fact.at
    agent.hold(ws.work.channel, 1)
    agent.handled += 1
    longest = max((us(limit.within) for limit in agent.agent.limits), default=0)
    oldest = fact.at - max(longest, _DAY)
    agent.assigned = [*(at for at in agent.assigned if at > oldest), fact.at]


def _let_go(state: State, ws: WorkState) -> AgentState:
    """Take work out of its agent's hands."""
    agent = state.agents[ws.agent or ""]
    del agent.hands[ws.id]
    agent.hold(ws.work.channel, -1)
    return agent


def _requeued(state: State, fact: WorkRequeued) -> None:
    ws = state.works[fact.work.id]
    _let_go(state, ws).idle_since = fact.at
    ws.place, ws.agent, ws.assigned, ws.entered = "waiting", None, None, fact.entered
    ws.promoted = ws.promoted and not fact.restarted
    _leave_alone(state, ws, ws.alone and state.preferred_are_here(ws.work))
    _reworded(state, ws, fact.work, restarted=fact.restarted)


def _withdrawn(state: State, fact: WorkWithdrawn) -> None:
    _gone(state, fact.work)


def _gone(state: State, work: str) -> None:
    del state.works[work]
    state.alone.discard(work)


def _completed(state: State, fact: WorkCompleted) -> None:
    ws = state.works[fact.work]
    agent = _let_go(state, ws)
    agent.talk += fact.took
    if not fact.wrapping_up:
        agent.idle_since = fact.at
        _gone(state, fact.work)
        return
    queue = state.rules.queues.get(ws.work.queue)
    bound = queue is not None and queue.wrap_up_blocks == "queue"
    rule = agent.agent.wrap_up or (None if queue is None else queue.wrap_up)
    mode = "timed" if rule is None else rule.mode
    agent.wrapping[fact.work] = WrappingUp(ws.work, fact.wrap_up_until, mode, bound)
    ws.place = "wrap_up"
    if not bound:
        agent.hold(ws.work.channel, 1)


def _wrapped_up(state: State, fact: WrapUpEnded) -> None:
    agent = state.agents[fact.agent]
    part = agent.wrapping.pop(fact.work)
    if not part.bound:
        agent.hold(part.work.channel, -1)
    agent.idle_since = fact.at
    _gone(state, fact.work)


def _changed(state: State, fact: AgentChanged) -> None:
    name = fact.agent.id
    if fact.left:
        for work in state.agents.pop(name).wrapping:
            _gone(state, work)
    else:
        presence = state.rules.presence(fact.presence)
        _present(state, fact, presence.routable, presence.signed_in)
    _end_of_alone(state, name)


def _present(state: State, fact: AgentChanged, routable: bool, signed_in: bool) -> None:
    agent = state.agents.get(fact.agent.id)
    if agent is None:
        state.agents[fact.agent.id] = AgentState(fact.agent, fact.presence, routable, signed_in, fact.at)
        return
    if routable and not agent.routable:
        agent.idle_since = fact.at
    if signed_in and not agent.signed_in:
        agent.handled = agent.talk = 0
    agent.agent, agent.presence, agent.routable, agent.signed_in = fact.agent, fact.presence, routable, signed_in


def _end_of_alone(state: State, agent: str) -> None:
    """End the time of preferred agents for good where none of them is signed in (ROU-12)."""
    for ws in [state.works[name] for name in state.alone]:
        if agent in ws.work.preferred_agents and ws.is_unassigned:
            _leave_alone(state, ws, state.preferred_are_here(ws.work))


def _unresponsive(state: State, fact: AgentUnresponsive) -> None:
    agent = state.agents[fact.agent]
    presence = state.rules.presence("unresponsive")
    agent.presence, agent.routable, agent.signed_in = "unresponsive", presence.routable, presence.signed_in
    agent.misses = 0
    _end_of_alone(state, fact.agent)


def _told(state: State, fact: NoEligibleAgent) -> None:
    state.works[fact.work].told += ((fact.cause, fact.step),)


def _set(state: State, fact: OverrideSet) -> None:
    state.overrides[fact.override.name] = (fact.override, fact.at)
    state.recompile()


def _lifted(state: State, fact: OverrideLifted) -> None:
    del state.overrides[fact.name]
    state.recompile()


def _adopted(state: State, fact: PolicyAdopted) -> None:
    state.base = state.policy(fact.policy, fact.version)
    state.recompile()
    for agent in state.agents.values():
        presence = state.rules.presence(agent.presence)
        agent.routable, agent.signed_in = presence.routable, presence.signed_in


_APPLY: Mapping[type, Callable[[State, Any], None]] = {
    WorkEnqueued: _enqueued,
    WorkTurnedAway: _turned_away,
    WorkAmended: _amended,
    WorkRelaxed: _relaxed,
    WorkPromoted: _promoted,
    WorkHeld: _held,
    WorkReleased: _released,
    WorkOffered: _offered,
    OfferDeclined: _declined,
    OfferExpired: _expired,
    OfferRevoked: _revoked,
    WorkAssigned: _assigned,
    WorkRequeued: _requeued,
    WorkWithdrawn: _withdrawn,
    WorkCompleted: _completed,
    WrapUpEnded: _wrapped_up,
    AgentChanged: _changed,
    AgentUnresponsive: _unresponsive,
    NoEligibleAgent: _told,
    OverrideSet: _set,
    OverrideLifted: _lifted,
    PolicyAdopted: _adopted,
}
