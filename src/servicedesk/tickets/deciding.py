"""From a command to facts or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen

from servicedesk import workflow
from servicedesk.catalogue import Definitions
from servicedesk.errors import Refusal, Refused, UnknownKind
from servicedesk.events import NoteAdded, TicketAccepted, TicketAssigned, TicketClassified, TicketFact, TicketMoved
from servicedesk.instants import Instant, from_us, instant_us
from servicedesk.tickets.commands import Accept, Assign, Classify, Command, Note, Perform
from servicedesk.tickets.ticket import Ticket, begin, fold
from servicedesk.workflow import Actor, Move, Offer, State

__all__ = ["Accepted", "available", "decide"]


@frozen
class Accepted:
    """The answer "yes": the facts to append, and the ticket as it will be. No facts: the command was done before."""

    facts: tuple[TicketFact, ...]
    ticket: Ticket


def decide(ticket: Ticket | None, command: Command, *, definitions: Definitions, at: Instant) -> Accepted | Refused:
    """Decide a command on a ticket (``None``: it does not exist yet). Pure: nothing is stored, nothing is changed.

    The ladder (DEC-2): repeated key → exists or not → stale version → time reversed → the command's own rules.

    Raises:
        NaiveDatetimeError: ``at`` has no zone.
        ValueError: the command is for another ticket.
        TypeError: a value has another type than a condition of the workflow compares it with.
        UnknownKind: the workflow, its version, or the ticket's state is not among the definitions.
    """
    now = instant_us(at)
    if ticket is None:
        if not isinstance(command, Accept):
            return _refused(command, "not_accepted", possible=("accept",))
        if command.expected_version not in (None, 0):
            return _refused(command, "stale_version", expected=command.expected_version, actual=0)
        return _accept(command, definitions, now)
    if command.ticket != ticket.id:
        raise ValueError(f"a command for {command.ticket!r} was given with the ticket {ticket.id!r}")
    if command.key is not None and command.key in ticket.keys:
        return Accepted((), ticket)
    if isinstance(command, Accept):
        return _refused(command, "already_accepted", since=from_us(ticket.accepted).isoformat())
    if command.expected_version not in (None, ticket.version):
        return _refused(command, "stale_version", expected=command.expected_version, actual=ticket.version)
    if now < ticket.at:
        return _refused(command, "time_went_back", at=from_us(now).isoformat(), last=from_us(ticket.at).isoformat())
    facts = _DECIDERS[type(command)](ticket, command, definitions, now)
    return facts if isinstance(facts, Refused) else Accepted(facts, fold(facts, ticket))


def available(
    ticket: Ticket, *, actor: Actor, definitions: Definitions, at: Instant | None = None
) -> tuple[Offer, ...]:
    """Return the steps open to this actor now, each with what it still needs (DEC-9).

    ``at`` is the instant asked about: that of the ticket's last fact where none is given.
    """
    now = ticket.at if at is None else instant_us(at)
    return _workflow_of(ticket, definitions).available(ticket, actor=actor, at=now)


def _refused(command: Command, code: str, *, possible: Iterable[str] = (), **details: Any) -> Refused:
    attempt = f"{type(command).__name__.lower()} {command.ticket}"
    return Refused((Refusal(code, details),), possible, attempt=attempt)


def _workflow_of(ticket: Ticket, definitions: Definitions) -> workflow.CompiledWorkflow:
    where = f"ticket {ticket.id}"
    flow = definitions.workflow(ticket.workflow, ticket.workflow_version, where=where)
    if flow.definition.state(ticket.state) is None:
        raise UnknownKind(ticket.state, where, (state.name for state in flow.definition.states))
    return flow


def _accept(command: Accept, definitions: Definitions, now: int) -> Accepted | Refused:
    flow = definitions.newest(command.kind, where=f"accept {command.ticket}")
    if wrong := flow.check_data(command.fields):
        return Refused(wrong, attempt=f"accept {command.ticket}")
    state = _born_state(flow, command.state)
    if state is None:
        born = tuple(place.name for place in flow.born)
        return _refused(command, "not_possible", possible=born, state=command.state)
    fact = TicketAccepted(
        ticket=command.ticket,
        at=now,
        actor=command.actor.id,
        workflow=flow.definition.name,
        workflow_version=flow.definition.version,
        state=state.name,
        category=state.category.value,
        line=state.line,
        service=command.service,
        channel=command.channel,
        caller=command.caller,
        symptom=command.symptom,
        priority=command.priority,
        group=command.group,
        assignee=command.assignee,
        fields=command.fields,
        timers=flow.entry_timers(state, now, command.fields),
        key=command.key,
    )
    ticket = begin(fact)
    missing = flow.entry_refusals(state, command.actor, ticket.values)
    return Refused(missing, attempt=f"accept {command.ticket}") if missing else Accepted((fact,), ticket)


def _born_state(flow: workflow.CompiledWorkflow, name: str | None) -> State | None:
    return flow.born[0] if name is None else next((state for state in flow.born if state.name == name), None)


def _perform(ticket: Ticket, command: Perform, definitions: Definitions, now: int) -> tuple[TicketFact, ...] | Refused:
    flow = _workflow_of(ticket, definitions)
    answer = flow.decide(ticket, command.step, actor=command.actor, at=now, data=command.data, reason=command.reason)
    return answer if isinstance(answer, Refused) else (_moved(ticket, command, answer.move, now),)


def _moved(ticket: Ticket, command: Perform, move: Move, now: int) -> TicketMoved:
    return TicketMoved(
        ticket=ticket.id,
        at=now,
        actor=command.actor.id,
        step=move.step,
        source=move.source,
        target=move.target.name,
        category=move.target.category.value,
        entered=move.entered,
        round=move.round,
        line=move.line,
        reason=move.reason,
        outcome=move.outcome,
        fields=move.data,
        marks=move.marks,
        counters=move.counters,
        timers=move.timers,
        key=command.key,
    )


def _assign(ticket: Ticket, command: Assign, _: Definitions, now: int) -> tuple[TicketFact, ...] | Refused:
    if not ticket.is_open:
        return _refused(command, "not_open", state=ticket.state)
    line = ticket.line if command.line is None else command.line
    if (command.group, command.assignee, line) == (ticket.group, ticket.assignee, ticket.line):
        return ()
    return (
        TicketAssigned(
            ticket=ticket.id,
            at=now,
            actor=command.actor.id,
            group=command.group,
            assignee=command.assignee,
            line=line,
            key=command.key,
        ),
    )


def _classify(ticket: Ticket, command: Classify, _: Definitions, now: int) -> tuple[TicketFact, ...]:
    names = ("service", "symptom", "priority")
    before = {name: getattr(ticket, name) for name in names}
    given = {name: getattr(command, name) for name in names}
    after = {name: before[name] if given[name] is None else given[name] for name in names}
    if after == before:
        return ()
    return (TicketClassified(ticket=ticket.id, at=now, actor=command.actor.id, key=command.key, **after),)


def _note(ticket: Ticket, command: Note, _: Definitions, now: int) -> tuple[TicketFact, ...]:
    fact = NoteAdded(ticket=ticket.id, at=now, actor=command.actor.id, text_ref=command.text_ref, key=command.key)
    return (fact,)


_DECIDERS: Mapping[type, Callable[..., tuple[TicketFact, ...] | Refused]] = {
    Perform: _perform,
    Assign: _assign,
    Classify: _classify,
    Note: _note,
}
