"""Urging 催办 and supervision 督办: they run beside every state and touch neither steps nor clocks (SUP-1 to SUP-4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from servicedesk.events import (
    SupervisionAnswered,
    SupervisionRaised,
    SupervisionReleased,
    SupervisionStarted,
    TicketFact,
    TicketUrged,
)
from servicedesk.instants import from_us
from servicedesk.tickets.attempt import Answer, Attempt, Decider
from servicedesk.tickets.commands import AnswerSupervision, ReleaseSupervision, Supervise, Urge
from servicedesk.tickets.ticket import Supervision, Ticket
from servicedesk.workflow import CompiledWorkflow

__all__ = ["SUPERVISION", "addressee_of", "raised", "started", "too_soon_until", "urged"]

_SOURCES = {"customer": "customer", "person": "supervisor", "system": "system"}
_MICROSECOND = timedelta(microseconds=1)


# --- urging -----------------------------------------------------------------------------------------------------------


def addressee_of(ticket: Ticket) -> str | None:
    """Return whom an urge means if it does not say: the supervised department, the assignee, or the group."""
    supervised = None if ticket.supervision is None else ticket.supervision.department
    return supervised or ticket.assignee or ticket.group


def too_soon_until(ticket: Ticket, flow: CompiledWorkflow, addressee: str | None, at: int) -> int | None:
    """Return the instant before which another urge is too soon, ``None`` if it is not (SUP-2)."""
    last = ticket.urged.last.get(addressee)
    if last is None:
        return None
    free = last + flow.definition.urging.gap // _MICROSECOND
    return free if at < free else None


def urged(
    ticket: Ticket, flow: CompiledWorkflow, signed: Mapping[str, Any], said: Mapping[str, Any]
) -> tuple[TicketFact, ...]:
    """Return the facts of an urge: the third of a customer in one round starts supervision (SUP-2).

    ``said`` holds its source, its addressee and the timers after it.
    """
    definition = flow.definition
    mark = definition.marks_from.get("urge")
    fact = TicketUrged(
        **signed,
        **said,
        number=ticket.urged.number + 1,
        marks=tuple(sorted({*ticket.marks, *(() if mark is None else (mark,))})),
    )
    limit = definition.urging.supervise_after
    due = said["source"] == "customer" and 0 < limit <= ticket.urged.by_customer + 1
    if not due or ticket.supervision is not None or not definition.supervision:
        return (fact,)
    by = {name: signed[name] for name in ("ticket", "at", "actor")}
    return fact, started(flow, by, department=said["addressee"], reason="urged", level=1)


def _urge(attempt: Attempt) -> Answer:
    ticket, command = attempt.ticket, attempt.command
    if not ticket.is_open:
        return attempt.refused("not_open", state=ticket.state)
    source = command.source or _SOURCES[command.actor.kind]
    addressee = command.addressee or addressee_of(ticket)
    free = None if source == "customer" else too_soon_until(ticket, attempt.flow, addressee, attempt.at)
    if free is not None:
        return attempt.refused("too_soon", addressee=addressee, next=from_us(free).isoformat())
    said = {"source": source, "addressee": addressee, "timers": ticket.timers}
    return urged(ticket, attempt.flow, attempt.signed, said), ()


# --- supervision ------------------------------------------------------------------------------------------------------


def started(
    flow: CompiledWorkflow, signed: Mapping[str, Any], *, department: str | None, reason: str | None, level: int
) -> SupervisionStarted:
    """Return the beginning of a supervision at a level that the workflow has."""
    limits = flow.definition.supervision
    return SupervisionStarted(
        **signed,
        department=department,
        level=level,
        reason=reason,
        reply_due=signed["at"] + limits[level - 1] // _MICROSECOND,
        last=level == len(limits),
    )


def raised(before: Supervision, flow: CompiledWorkflow, signed: Mapping[str, Any]) -> SupervisionRaised:
    """Return the next level of a supervision that has one, its limit counted from now on (SUP-3)."""
    limits = flow.definition.supervision
    level = before.level + 1
    above = level <= len(limits)  # after a migration there may be fewer levels than the ticket was told
    return SupervisionRaised(
        **signed,
        department=before.department,
        level=level if above else before.level,
        reply_due=signed["at"] + limits[level - 1] // _MICROSECOND if above else before.reply_due,
        last=level >= len(limits),
    )


def _supervise(attempt: Attempt) -> Answer:
    ticket, command, flow = attempt.ticket, attempt.command, attempt.flow
    if not ticket.is_open:
        return attempt.refused("not_open", state=ticket.state)
    levels = len(flow.definition.supervision)
    if command.level > levels:
        return attempt.refused("not_possible", level=command.level, levels=levels)
    before = ticket.supervision
    if before is None or before.answered or before.department != command.department:
        fact = started(flow, attempt.signed, department=command.department, reason=command.reason, level=command.level)
        return (fact,), ()
    return ((), ()) if before.last else ((raised(before, flow, attempt.signed),), ())


def _answer(attempt: Attempt) -> Answer:
    before, command = attempt.ticket.supervision, attempt.command
    if before is None or before.answered_at is not None:
        answered = None if before is None else from_us(before.answered_at or 0).isoformat()
        return attempt.refused("not_possible", supervision=None if before is None else "answered", since=answered)
    fact = SupervisionAnswered(
        **attempt.signed,
        department=before.department,
        level=before.level,
        reply_due=before.reply_due,
        answer_ref=command.answer_ref,
    )
    return (fact,), ()


def _release(attempt: Attempt) -> Answer:
    before = attempt.ticket.supervision
    if before is None:
        return attempt.refused("not_possible", supervision=None)
    return (SupervisionReleased(**attempt.signed, department=before.department),), ()


SUPERVISION: Mapping[type, Decider] = {
    Urge: _urge,
    Supervise: _supervise,
    AnswerSupervision: _answer,
    ReleaseSupervision: _release,
}
"""Command -> how it is decided."""
