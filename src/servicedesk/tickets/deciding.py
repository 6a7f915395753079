"""From a command to facts or a refusal: one ladder, visible here (DEC-2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from attrs import define, frozen

from servicedesk.catalogue import Definitions
from servicedesk.errors import Refused
from servicedesk.events import TicketFact
from servicedesk.frozenmap import EMPTY
from servicedesk.instants import Instant, from_us, instant_us
from servicedesk.tickets.attempt import Attempt, Decider, refused, workflow_of
from servicedesk.tickets.claims import CLAIMS
from servicedesk.tickets.command import BaseCommand
from servicedesk.tickets.commands import Accept, Command, Perform, Unmerge
from servicedesk.tickets.course import Course
from servicedesk.tickets.folding import fold
from servicedesk.tickets.life import LIFE, accept
from servicedesk.tickets.moves import follow_up, moved
from servicedesk.tickets.relations import BOOKKEEPING, RELATIONS, misplaced, survivor
from servicedesk.tickets.supervision import SUPERVISION
from servicedesk.tickets.ticket import Ticket
from servicedesk.workflow import Actor, CompiledWorkflow, Offer

__all__ = ["Accepted", "advance", "available", "decide"]

_DECIDERS: Mapping[type, Decider] = {**LIFE, **CLAIMS, **SUPERVISION, **RELATIONS}
_new = object.__new__


@define(slots=True, weakref_slot=False)
class _AcceptedDraft:
    """An answer while it is made; `Accepted` is the same layout, frozen by its class alone: a third of the cost."""

    facts: tuple[TicketFact, ...]
    ticket: Ticket
    spawns: tuple[Command, ...] = ()


@frozen(slots=True, weakref_slot=False)
class Accepted(_AcceptedDraft):
    """The answer "yes": the facts to append, the ticket as it will be, and commands for other tickets.

    No facts and no spawns: the command was done before, or changes nothing.
    """


def decide(
    ticket: Ticket | None,
    command: Command,
    *,
    definitions: Definitions,
    at: Instant,
    others: Mapping[str, Ticket | None] = EMPTY,
) -> Accepted | Refused:
    """Decide a command on a ticket (``None``: it does not exist yet). Pure: nothing is stored, nothing is changed.

    The ladder (DEC-2 to DEC-5): repeated key → exists or not → unknown step → merged → what fell due by then → stale
    version → time reversed → the command's own rules → what that made due at once. The first "no" ends it, and a
    refusal keeps nothing.

    Args:
        ticket: as `replay` gave it.
        command: what is asked of it.
        definitions: what its workflow, and that of a new ticket, is looked up in.
        at: the instant of the command.
        others: the tickets that the command names and those above them, by id, ``None`` for one that does not exist;
            asked for by `Link`, `Merge`, `Split`, and an `Accept` with a parent.

    Raises:
        NaiveDatetimeError: ``at`` has no zone.
        ValueError: the command is for another ticket, or ``others`` lacks one that it names.
        TypeError: ``command`` is none, or a value has another type than a condition of the workflow compares it with.
        UnknownKind: the workflow, its version, or the ticket's state is not among the definitions.
    """
    if not isinstance(command, BaseCommand):
        raise TypeError(f"a command is a value such as Perform(ticket='T-7', actor=..., step='take'), not {command!r}")
    now = instant_us(at)
    if ticket is None:
        return _begin(command, definitions, now, others)
    if command.ticket != ticket.id:
        raise ValueError(f"a command for {command.ticket!r} was given with the ticket {ticket.id!r}")
    if command.key is not None and command.key in ticket.keys:
        return Accepted((), ticket)
    if isinstance(command, Accept):
        return _again(command, ticket, definitions, now)
    flow = workflow_of(ticket, definitions)
    if isinstance(command, Perform) and _is_straight(ticket, command, flow, now):
        return _straight(ticket, command, flow, definitions, now)
    return _climbed(Course(ticket, flow, definitions), command, now, others)


def _again(command: Accept, ticket: Ticket, definitions: Definitions, now: int) -> Refused:
    def possible() -> Iterator[str]:
        return (offer.step for offer in available(ticket, actor=command.actor, definitions=definitions, at=now))

    return refused(command, "already_accepted", possible=possible, since=from_us(ticket.accepted).isoformat())


def _climbed(course: Course, command: Command, now: int, others: Mapping[str, Ticket | None]) -> Accepted | Refused:
    """Go up the ladder from the unknown step on."""
    ticket = course.ticket
    if isinstance(command, Perform) and not course.flow.has_step(command.step):
        return _attempted(course, command, now, others)
    if isinstance(command, BOOKKEEPING):
        now = max(now, ticket.at)  # what has happened elsewhere is not refused because this clock is ahead
    elif ticket.merged_into is not None and not isinstance(command, Unmerge):
        return refused(command, "merged", possible=("unmerge",), into=survivor(ticket, others))
    if ticket.at <= now:
        course.run_due(now)
    if command.expected_version is not None and command.expected_version != course.ticket.version:
        stale = Attempt(course.ticket, course.flow, command, course.definitions, now, others)
        return stale.refused("stale_version", expected=command.expected_version, actual=course.ticket.version)
    if now < ticket.at:
        return refused(command, "time_went_back", at=from_us(now).isoformat(), last=from_us(ticket.at).isoformat())
    return _attempted(course, command, now, others)


def _is_straight(ticket: Ticket, command: Perform, flow: CompiledWorkflow, now: int) -> bool:
    """Whether every rung before the step's own rules is passed, and the step concerns nobody else."""
    if now < ticket.at or command.expected_version not in (None, ticket.version):
        return False
    beside = ticket.beside
    if beside.links or beside.merged_into is not None or command.step in flow.definition.reaching:
        return False
    due = ticket.next_due
    return due is None or now < due


def _straight(
    ticket: Ticket, command: Perform, flow: CompiledWorkflow, definitions: Definitions, now: int
) -> Accepted | Refused:
    """Decide such a step: what the ladder does without a course around it, which costs as much as the decision."""
    actor = command.actor
    answer = flow.decide(ticket, command.step, actor=actor, at=now, data=command.data, reason=command.reason)
    if isinstance(answer, Refused):
        instead = follow_up(Attempt(ticket, flow, command, definitions, now, EMPTY), answer)
        return instead if isinstance(instead, Refused) else _answered((), ticket, instead[1])
    facts = moved(ticket, answer.move, flow, actor=actor, at=now, key=command.key)
    after = fold(facts, ticket)
    due = after.next_due
    if due is not None and due <= now:
        return _finished(Course(after, flow, definitions, [*facts]), now)
    return _answered(facts, after)


def _attempted(course: Course, command: Command, now: int, others: Mapping[str, Ticket | None]) -> Accepted | Refused:
    answer = _DECIDERS[type(command)](Attempt(course.ticket, course.flow, command, course.definitions, now, others))
    if isinstance(answer, Refused):
        return answer
    course.take(answer[0], command.actor, answer[1])
    return _finished(course, now)


def _finished(course: Course, now: int) -> Accepted:
    course.run_due(now)
    return _answered(tuple(course.facts), course.ticket, tuple(course.spawns))


def _answered(facts: tuple[TicketFact, ...], ticket: Ticket, spawns: tuple[Command, ...] = ()) -> Accepted:
    answer = _new(_AcceptedDraft)
    answer.facts, answer.ticket, answer.spawns = facts, ticket, spawns
    answer.__class__ = Accepted  # equal slots: frozen without a copy
    return cast("Accepted", answer)


def _begin(
    command: Command, definitions: Definitions, now: int, others: Mapping[str, Ticket | None]
) -> Accepted | Refused:
    if not isinstance(command, Accept):
        return refused(command, "not_accepted", possible=("accept",))
    if command.expected_version not in (None, 0):
        return refused(command, "stale_version", expected=command.expected_version, actual=0)
    answer = misplaced(command, others) or accept(command, definitions, now)
    if isinstance(answer, Refused):
        return answer
    first, more = answer
    flow = definitions.workflow(first.workflow, first.workflow_version, where=first.ticket)
    course = Course.begun(first, flow, definitions, command.actor)
    course.take(more, command.actor)
    return _finished(course, now)


def advance(ticket: Ticket, *, definitions: Definitions, at: Instant) -> Accepted:
    """Do what fell due on a ticket up to an instant, each thing dated at its due (TM-2). Polling more changes nothing.

    >>> from servicedesk import Actor, Definitions
    >>> from servicedesk.tickets import Accept
    >>> from servicedesk.workflow import library
    >>> desk = Definitions([library.work_order()])
    >>> order = decide(None, Accept(ticket="W-1", actor=Actor("a7"), kind="work_order"), definitions=desk, at=0).ticket
    >>> [fact.kind for fact in advance(order, definitions=desk, at=order.next_due).facts]
    ['ticket.urged', 'ticket.supervision_raised']
    """
    course = Course(ticket, workflow_of(ticket, definitions), definitions)
    return _finished(course, instant_us(at))


def available(
    ticket: Ticket, *, actor: Actor, definitions: Definitions, at: Instant | None = None
) -> tuple[Offer, ...]:
    """Return the steps open to this actor, each with what it still needs (DEC-9): none on a merged ticket.

    ``at`` is the instant asked about, what falls due until then included: that of the last fact where none is given.
    Before the last fact nothing can be done any more.
    """
    now = ticket.at if at is None else instant_us(at)
    if now < ticket.at:
        return ()
    course = Course(ticket, workflow_of(ticket, definitions), definitions)
    course.run_due(now)
    if course.ticket.merged_into is not None:
        return ()
    return course.flow.available(course.ticket, actor=actor, at=now)
