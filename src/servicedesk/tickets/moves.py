"""What a step leaves on record: the move itself, and what it does beside the state (CB-1, CL-2, SUP-3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from servicedesk.errors import Refused
from servicedesk.events import CallbackMade, ReplySent, ReviewMade, SupervisionReleased, TicketFact, TicketMoved
from servicedesk.events.ticket_life import MovedDraft
from servicedesk.frozenmap import freeze
from servicedesk.tickets.attempt import Answer, Attempt
from servicedesk.tickets.claims import released, taken
from servicedesk.tickets.commands import Accept
from servicedesk.tickets.ticket import Ticket
from servicedesk.workflow import Actor, Category, CompiledWorkflow, Move

__all__ = ["follow_up", "moved"]

_new = object.__new__


def moved(
    ticket: Ticket, move: Move, flow: CompiledWorkflow, *, actor: Actor, at: int, key: str | None = None
) -> tuple[TicketFact, ...]:
    """Return the facts of a step that was accepted: the move first."""
    fact = _written(move, ticket.id, actor.id, at)
    fact.four_eyes = move.step in flow.definition.four_eyes
    fact.key = key
    fact.__class__ = TicketMoved  # equal slots: frozen without a copy
    told = cast("TicketMoved", fact)
    quiet, beside = move.records is None and move.lock in ("respects", "holder"), ticket.beside
    if quiet and beside.claim is None and beside.supervision is None:
        return (told,)  # nothing beside the state: nearly always
    return (told, *_recorded(ticket, move, flow, actor, at), *_beside(ticket, move, flow, actor, at))


def _written(move: Move, ticket: str, actor: str, at: int) -> MovedDraft:
    """Return what a move says of itself, slot by slot (see `MovedDraft`)."""
    target, draft = move.target, _new(MovedDraft)
    draft.ticket, draft.at, draft.actor = ticket, at, actor
    draft.step, draft.source = move.step, move.source
    draft.target, draft.category = target.name, target.stands
    draft.entered, draft.round, draft.line = move.entered, move.round, move.line
    draft.reason, draft.outcome = move.reason, move.outcome
    draft.fields, draft.counters = move.data, freeze(move.counters)
    draft.marks, draft.timers = move.marks, move.timers
    draft.deviation, draft.repeated = False, 1
    return draft


def _recorded(ticket: Ticket, move: Move, flow: CompiledWorkflow, actor: Actor, at: int) -> Iterator[TicketFact]:
    """Tell what the step put on record; what its data do not say follows from the mark it gives (CB-1)."""
    said: Mapping[str, Any] = move.record
    signed: dict[str, Any] = {"ticket": ticket.id, "at": at, "actor": actor.id}
    gives = any(step.gives for step in flow.definition.steps if step.name == move.step and step.records)
    if move.records == "callback":
        defaults = {"method": "phone", "result": "confirmed" if gives else "unreachable"}
        again = ticket.callbacks + 1 if move.round == ticket.round else 1
        yield CallbackMade(**signed, attempt=again, round=move.round, **{**defaults, **said})
    elif move.records == "review":
        yield ReviewMade(**signed, step=move.step, passed=gives, round=move.round, **said)
    elif move.records == "reply":
        yield ReplySent(**signed, **said)


def _beside(ticket: Ticket, move: Move, flow: CompiledWorkflow, actor: Actor, at: int) -> Iterator[TicketFact]:
    """Tell what becomes of the claim, and of a supervision once the ticket is closed (CL-2, SUP-3)."""
    open_ = move.target.category.is_open
    if move.lock == "takes" and open_ and actor.kind == "person":  # nobody else can hold a claim
        yield from taken(ticket, flow, actor, at)
    elif move.lock == "drops":
        yield from released(ticket, at, actor, "step")
    elif not open_ or move.line != ticket.line:
        yield from released(ticket, at, actor, "moved")
    if move.target.category is Category.CLOSED and ticket.supervision is not None:
        department = ticket.supervision.department
        yield SupervisionReleased(ticket=ticket.id, at=at, actor=actor.id, department=department, automatic=True)


_TOO_LATE = frozenset({"window_expired", "limit_reached"})
_TAKEN_ALONG = ("service", "channel", "caller", "symptom", "priority", "domain", "region", "branch")


def follow_up(attempt: Attempt, refusal: Refused) -> Answer:
    """Answer a customer who comes back too late: by a new ticket, where the workflow says so (RO-2).

    The new ticket's id is made of the old one's and of the command's key, or of the instant where there is none.
    """
    command, ticket, flow = attempt.command, attempt.ticket, attempt.flow.definition
    if command.actor.kind != "customer" or not {*refusal.codes} <= _TOO_LATE:
        return refusal
    found = (known for known in flow.follow_ups if known.step == command.step)
    chosen = next((known for known in found if known.when is None or known.when.holds(ticket.values)), None)
    if chosen is None or chosen.outside == "refuse":
        return refusal
    again = Accept(
        ticket=f"{ticket.id}/{command.key or attempt.at}",
        actor=command.actor,
        key=command.key,
        kind=ticket.workflow,
        follows=ticket.id,
        **{name: getattr(ticket, name) for name in _TAKEN_ALONG},
    )
    return (), (again,)
