"""Commands on a ticket's own life: accept, perform, assign, classify, note, reply, migrate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servicedesk.catalogue import Definitions
from servicedesk.errors import Refused
from servicedesk.events import (
    NoteAdded,
    ReplySent,
    SupervisionStarted,
    TicketAccepted,
    TicketAssigned,
    TicketClassified,
    TicketFact,
    TicketMigrated,
)
from servicedesk.instants import from_us
from servicedesk.tickets.attempt import Answer, Attempt, Decider, refused
from servicedesk.tickets.claims import released
from servicedesk.tickets.commands import Accept, Assign, Classify, Migrate, Note, Perform, Reply
from servicedesk.tickets.folding import begin, evolve
from servicedesk.tickets.moves import follow_up, moved
from servicedesk.tickets.supervision import started
from servicedesk.workflow import CompiledWorkflow, Migrated, Move, State

__all__ = ["LIFE", "accept"]


def accept(
    command: Accept, definitions: Definitions, now: int
) -> tuple[TicketAccepted, tuple[SupervisionStarted, ...]] | Refused:
    """Decide the beginning of a ticket (DEC-1): how it began, and what it began under."""
    flow = definitions.newest(command.kind, where=f"accept {command.ticket}")
    heard = now if command.accepted is None else command.accepted
    if heard > now:
        return refused(command, "time_went_back", accepted=from_us(heard).isoformat(), at=from_us(now).isoformat())
    if wrong := flow.check_data(command.fields):
        return Refused(wrong, attempt=f"accept {command.ticket}")
    state = _born_state(flow, command.state)
    if state is None:
        born = tuple(place.name for place in flow.born)
        return refused(command, "not_possible", possible=born, state=command.state)
    fact = _accepted(command, flow, state, now)
    missing = flow.entry_refusals(state, command.actor, begin(fact).values)
    if missing:
        return Refused(missing, attempt=f"accept {command.ticket}")
    return fact, _supervised(command, flow, now) if state.category.is_open else ()


def _born_state(flow: CompiledWorkflow, name: str | None) -> State | None:
    return flow.born[0] if name is None else next((state for state in flow.born if state.name == name), None)


_COPIED = (
    *("accepted", "service", "channel", "caller", "symptom", "priority", "domain", "region", "branch"),
    *("callback_urgency", "group", "assignee", "contact", "recording_ref", "follows", "caused_by", "parent", "lead"),
    *("fields", "key"),
)


def _accepted(command: Accept, flow: CompiledWorkflow, state: State, now: int) -> TicketAccepted:
    return TicketAccepted(
        ticket=command.ticket,
        at=now,
        actor=command.actor.id,
        workflow=flow.definition.name,
        workflow_version=flow.definition.version,
        state=state.name,
        category=state.category.value,
        line=state.line,
        outcome=state.outcome,
        timers=flow.entry_timers(state, now, command.fields),
        **{name: getattr(command, name) for name in _COPIED},
    )


def _supervised(command: Accept, flow: CompiledWorkflow, now: int) -> tuple[SupervisionStarted, ...]:
    """Return the supervision a ticket begins under, where its workflow says so (LIB-5)."""
    if not flow.definition.supervised:
        return ()
    by = {"ticket": command.ticket, "at": now, "actor": command.actor.id}
    return (started(flow, by, department=command.group, reason=None, level=1),)


def _perform(attempt: Attempt) -> Answer:
    command: Perform = attempt.command
    answer = attempt.flow.decide(
        attempt.ticket, command.step, actor=command.actor, at=attempt.at, data=command.data, reason=command.reason
    )
    if isinstance(answer, Refused):
        return follow_up(attempt, answer)
    move: Move = answer.move
    return moved(attempt.ticket, move, attempt.flow, actor=command.actor, at=attempt.at, key=command.key), ()


def _assign(attempt: Attempt) -> Answer:
    ticket, command = attempt.ticket, attempt.command
    if not ticket.is_open:
        return attempt.refused("not_open", state=ticket.state)
    line = ticket.line if command.line is None else command.line
    if (command.group, command.assignee, line) == (ticket.group, ticket.assignee, ticket.line):
        return (), ()
    fact = TicketAssigned(**attempt.signed, group=command.group, assignee=command.assignee, line=line)
    elsewhere = (command.group, line) != (ticket.group, ticket.line)
    return (fact, *(released(ticket, attempt.at, command.actor, "assigned") if elsewhere else ())), ()


def _classify(attempt: Attempt) -> Answer:
    names = ("service", "symptom", "priority", "domain", "region", "branch", "callback_urgency")
    before = {name: getattr(attempt.ticket, name) for name in names}
    given = {name: getattr(attempt.command, name) for name in names}
    after = {name: before[name] if given[name] is None else given[name] for name in names}
    return ((), ()) if after == before else ((TicketClassified(**attempt.signed, **after),), ())


def _note(attempt: Attempt) -> Answer:
    return (NoteAdded(**attempt.signed, text_ref=attempt.command.text_ref),), ()


def _reply(attempt: Attempt) -> Answer:
    command: Reply = attempt.command
    return (ReplySent(**attempt.signed, text_ref=command.text_ref, automatic=command.automatic),), ()


def _migrate(attempt: Attempt) -> Answer:
    """Go hop by hop, one fact each; a state that some hop refuses stays where it is (MIG-4)."""
    command: Migrate = attempt.command
    ticket = attempt.ticket
    here = (ticket.workflow, ticket.workflow_version)
    way = attempt.definitions.way(here, command.to)
    if way is None:
        return attempt.refused("not_possible", here=here, to=command.to)
    facts: list[TicketFact] = []
    for migration in way:
        to = attempt.definitions.workflow(*migration.to, where=f"ticket {ticket.id}")
        answer = migration.apply(ticket, to)
        if isinstance(answer, Refused):
            return answer
        fact = TicketMigrated(**attempt.signed, **_migrated(ticket, answer, to))
        facts.append(fact)
        ticket = evolve(ticket, fact) or ticket
    return tuple(facts), ()


def _migrated(ticket: Any, answer: Migrated, to: CompiledWorkflow) -> dict[str, Any]:
    state = to.definition.state(answer.state)
    return {
        "workflow": answer.workflow,
        "workflow_version": answer.version,
        "state": answer.state,
        "category": answer.category,
        "workflow_before": ticket.workflow,
        "workflow_version_before": ticket.workflow_version,
        "state_before": ticket.state,
        "category_before": ticket.category,
        "line": ticket.line if state is None or state.line is None else state.line,
        "fields": answer.data,
        "marks": answer.marks,
        "counters": answer.counters,
        "timers": answer.timers,
        "last_active": answer.last_active,
    }


LIFE: Mapping[type, Decider] = {
    Perform: _perform,
    Assign: _assign,
    Classify: _classify,
    Note: _note,
    Reply: _reply,
    Migrate: _migrate,
}
"""Command -> how it is decided."""
