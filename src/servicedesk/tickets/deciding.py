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
from servicedesk.tickets.ticket import OWN_WORDS, Ticket, begin, fold, is_open
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


def available(ticket: Ticket, *, actor: Actor, definitions: Definitions) -> tuple[Offer, ...]:
    """Return the steps open to this actor now, each with what it still needs (DEC-9)."""
    return _workflow_of(ticket, definitions).available(ticket, actor=actor)


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
    if clash := _own_words(command.fields):
        return Refused(clash, attempt=f"accept {command.ticket}")
    flow = definitions.newest(command.kind, where=f"accept {command.ticket}")
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
        key=command.key,
    )
    ticket = begin(fact)
    missing = workflow.missing_fields(state.requires, ticket.values)
    return Refused(missing, attempt=f"accept {command.ticket}") if missing else Accepted((fact,), ticket)


def _own_words(data: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """Refuse data that would stand in for the ticket's own words, and so steer conditions (DEC-6 ``read_only``)."""
    return tuple(Refusal("read_only", {"field": name}) for name in data if name in OWN_WORDS)


def _born_state(flow: workflow.CompiledWorkflow, name: str | None) -> State | None:
    return flow.born[0] if name is None else next((state for state in flow.born if state.name == name), None)


def _perform(ticket: Ticket, command: Perform, definitions: Definitions, now: int) -> tuple[TicketFact, ...] | Refused:
    if clash := _own_words(command.data):
        return Refused(clash, attempt=f"{command.step!r} {ticket.id} from {ticket.state!r}")
    flow = _workflow_of(ticket, definitions)
    answer = flow.decide(ticket, command.step, actor=command.actor, data=command.data, reason=command.reason)
    return answer if isinstance(answer, Refused) else (_moved(ticket, command, answer.move, now),)


def _moved(ticket: Ticket, command: Perform, move: Move, now: int) -> TicketMoved:
    category = move.target.category.value
    reopened = is_open(category) and not ticket.is_open
    return TicketMoved(
        ticket=ticket.id,
        at=now,
        actor=command.actor.id,
        step=move.step,
        source=move.source,
        target=move.target.name,
        category=category,
        entered=ticket.entered if move.stays else now,
        round=ticket.round + reopened,
        line=ticket.line if move.target.line is None else move.target.line,
        reason=ticket.reason if move.stays else move.reason,
        outcome=None if reopened else move.outcome or ticket.outcome,
        fields=move.data,
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
