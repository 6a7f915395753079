"""Claims 锁定: one agent locks a ticket for a while; a lease that runs out by itself (CL-1 to CL-3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from servicedesk.errors import Refused
from servicedesk.events import ClaimReleased, ClaimRenewed, TicketClaimed
from servicedesk.instants import from_us
from servicedesk.tickets.attempt import Answer, Attempt, Decider
from servicedesk.tickets.commands import Claim, Release, Renew, Steal
from servicedesk.tickets.ticket import Ticket
from servicedesk.workflow import Actor, CompiledWorkflow

__all__ = ["CLAIMS", "released", "taken"]


def released(ticket: Ticket, at: int, actor: Actor, because: str) -> tuple[ClaimReleased, ...]:
    """Return the end of a claim, if there is one."""
    claim = ticket.beside.claim
    if claim is None:
        return ()
    return (ClaimReleased(ticket=ticket.id, at=at, actor=actor.id, agent=claim.agent, because=because),)


def taken(ticket: Ticket, flow: CompiledWorkflow, actor: Actor, at: int) -> tuple[TicketClaimed | ClaimRenewed, ...]:
    """Return the claim that a step takes for its actor (CL-2)."""
    until = at + flow.definition.lease.span // timedelta(microseconds=1)
    claim = ticket.beside.claim
    if claim is not None and claim.agent == actor.id:
        return (ClaimRenewed(ticket=ticket.id, at=at, actor=actor.id, agent=actor.id, until=until),)
    lost = None if claim is None else claim.agent
    return (TicketClaimed(ticket=ticket.id, at=at, actor=actor.id, agent=actor.id, until=until, taken_from=lost),)


def _until(attempt: Attempt) -> int:
    span: timedelta = attempt.command.span or attempt.flow.definition.lease.span
    return attempt.at + span // timedelta(microseconds=1)


def _blocked(attempt: Attempt) -> Refused | None:
    """Return why this actor can hold no claim now, whoever holds it."""
    command, ticket = attempt.command, attempt.ticket
    if command.actor.kind != "person":
        return attempt.refused("forbidden", kind=command.actor.kind)
    return None if ticket.is_open else attempt.refused("not_open", state=ticket.state)


def _held_by_other(attempt: Attempt) -> Refused | None:
    claim = attempt.ticket.beside.claim
    if claim is None or claim.agent == attempt.command.actor.id:
        return None
    until = from_us(claim.until).isoformat()
    return attempt.refused("claimed_by_other", holder=claim.agent, until=until)


def _claim(attempt: Attempt) -> Answer:
    if no := _blocked(attempt) or _held_by_other(attempt):
        return no
    if attempt.ticket.beside.claim is not None:
        return _renewed(attempt)
    agent = attempt.command.actor.id
    return (TicketClaimed(**attempt.signed, agent=agent, until=_until(attempt)),), ()


def _renew(attempt: Attempt) -> Answer:
    if no := _blocked(attempt) or _held_by_other(attempt):
        return no
    return attempt.refused("not_claimed") if attempt.ticket.beside.claim is None else _renewed(attempt)


def _renewed(attempt: Attempt) -> Answer:
    return (ClaimRenewed(**attempt.signed, agent=attempt.command.actor.id, until=_until(attempt)),), ()


def _release(attempt: Attempt) -> Answer:
    if no := _held_by_other(attempt):
        return no
    claim = attempt.ticket.beside.claim
    if claim is None:
        return attempt.refused("not_claimed")
    return (ClaimReleased(**attempt.signed, agent=claim.agent, because="released"),), ()


def _steal(attempt: Attempt) -> Answer:
    command, ticket = attempt.command, attempt.ticket
    if no := _blocked(attempt):
        return no
    roles = attempt.flow.definition.lease.steal_by
    if command.actor.roles.isdisjoint(roles):
        return attempt.refused("forbidden", roles=roles)
    claim = ticket.beside.claim
    lost = None if claim is None else claim.agent
    if lost == command.actor.id:
        return _renewed(attempt)
    until = _until(attempt)
    fact = TicketClaimed(**attempt.signed, agent=command.actor.id, until=until, taken_from=lost, reason=command.reason)
    return (fact,), ()


CLAIMS: Mapping[type, Decider] = {Claim: _claim, Renew: _renew, Release: _release, Steal: _steal}
"""Command -> how it is decided."""
