"""The fold that makes a ticket from its facts: total, without workflow, calendar or clock (EV-3, EV-6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from servicedesk.events import (
    TicketAccepted,
    TicketAssigned,
    TicketClassified,
    TicketFact,
    TicketImported,
    TicketMigrated,
    TicketMoved,
    TimerLapsed,
)
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.tickets.folding_beside import APPLY_BESIDE, with_beside
from servicedesk.tickets.ticket import Beside, Draft, Ticket, Urged, frozen_ticket, thawed
from servicedesk.workflow import Category

__all__ = ["begin", "evolve", "fold", "replay"]

_ACTIVE = Category.ACTIVE.value
_REMEMBERED_KEYS = 4  # DEC-4
_NOTHING_BESIDE = Beside()


def evolve(ticket: Ticket | None, fact: TicketFact) -> Ticket | None:
    """Fold one fact into a ticket. Total: a fact that does not fit only raises ``version`` (EV-6).

    Without a ticket, only `TicketAccepted` and `TicketImported` begin one; any other fact leaves ``None``.
    """
    return replay((fact,)) if ticket is None else fold((fact,), ticket)


def replay(facts: Iterable[TicketFact], ticket: Ticket | None = None) -> Ticket | None:
    """Fold a stream, in its order, from nothing or from a ticket that was folded up to here.

    A stream begins with `TicketAccepted` or `TicketImported`; anything before that is nothing yet.

    >>> replay([]) is None
    True
    """
    if ticket is None:
        facts = iter(facts)
        for fact in facts:
            if isinstance(fact, TicketAccepted | TicketImported):
                return fold(facts, begin(fact))
        return None
    return fold(facts, ticket)


def fold(facts: Iterable[TicketFact], ticket: Ticket) -> Ticket:
    """Fold facts into a ticket that exists."""
    draft = thawed(ticket)
    for fact in facts:
        draft.version += 1
        apply = _APPLY.get(getattr(fact, "kind", ""))
        if apply is None or fact.ticket != draft.id:
            continue  # not expected here, and history is not refused: only the version counts it (EV-6)
        apply(draft, fact)
        if fact.at > draft.at:  # noqa: PLR1730  # a call of `max` costs as much as a third of the move
            draft.at = fact.at
        if fact.key is not None and fact.key not in draft.keys:
            draft.keys = (*draft.keys[1 - _REMEMBERED_KEYS :], fact.key)
    return frozen_ticket(draft)


def begin(fact: TicketAccepted | TicketImported) -> Ticket:
    """Return the ticket that a beginning begins."""
    draft = Draft(
        id=fact.ticket,
        version=1,
        workflow=fact.workflow,
        workflow_version=fact.workflow_version,
        state=fact.state,
        category=fact.category,
        entered=fact.at,
        accepted=fact.at if fact.accepted is None else fact.accepted,
        at=fact.at,
        line=fact.line,
        service=fact.service,
        channel=fact.channel,
        caller=fact.caller,
        symptom=fact.symptom,
        priority=fact.priority,
        group=fact.group,
        assignee=fact.assignee,
        outcome=fact.outcome,
        fields=fact.fields,
        timers=fact.timers,
        last_active=fact.state if fact.category == _ACTIVE else None,
        keys=() if fact.key is None else (fact.key,),
        beside=_beside(fact),
    )
    return frozen_ticket(draft)


def _beside(fact: TicketAccepted | TicketImported) -> Beside:
    pointers = (("child_of", fact.parent), ("follows", fact.follows), ("caused_by", fact.caused_by))
    found = Beside(
        complete=isinstance(fact, TicketAccepted),
        domain=fact.domain,
        region=fact.region,
        branch=fact.branch,
        callback_urgency=fact.callback_urgency,
        links=tuple(sorted((link, other) for link, other in pointers if other is not None)),
    )
    return _NOTHING_BESIDE if found == _NOTHING_BESIDE else found


def _apply_moved(draft: Draft, fact: TicketMoved) -> None:
    draft.state = fact.target
    draft.category = fact.category
    draft.entered = fact.entered
    if fact.round != draft.round:
        _begin_round(draft, fact.round)
    if fact.four_eyes and fact.step is not None:
        with_beside(draft, taken=FrozenMap({**draft.beside.taken, fact.step: fact.actor}))
    draft.line = fact.line
    draft.reason = fact.reason
    draft.outcome = fact.outcome
    draft.marks = fact.marks
    draft.counters = fact.counters
    draft.timers = fact.timers
    if fact.category == _ACTIVE:
        draft.last_active = fact.target
    if fact.fields:
        _merge_fields(draft, fact.fields)


def _begin_round(draft: Draft, number: int) -> None:
    draft.round = number
    beside = draft.beside
    if beside is not _NOTHING_BESIDE:
        with_beside(draft, taken=EMPTY, callbacks=0, attempts=(), urged=Urged(last=beside.urged.last))


def _merge_fields(draft: Draft, fields: Mapping[str, Any]) -> None:
    if fields:
        merged = {**draft.fields, **fields}
        draft.fields = freeze({name: value for name, value in merged.items() if value is not None})


def _apply_migrated(draft: Draft, fact: TicketMigrated) -> None:
    draft.workflow, draft.workflow_version = fact.workflow, fact.workflow_version
    draft.state, draft.category, draft.line = fact.state, fact.category, fact.line
    draft.marks, draft.counters, draft.timers = fact.marks, fact.counters, fact.timers
    draft.last_active = fact.last_active
    _merge_fields(draft, fact.fields)


def _apply_lapsed(draft: Draft, fact: TimerLapsed) -> None:
    draft.timers = fact.timers


def _apply_assigned(draft: Draft, fact: TicketAssigned) -> None:
    draft.group, draft.assignee, draft.line = fact.group, fact.assignee, fact.line


def _apply_classified(draft: Draft, fact: TicketClassified) -> None:
    draft.service, draft.symptom, draft.priority = fact.service, fact.symptom, fact.priority
    after = {name: getattr(fact, name) for name in ("domain", "region", "branch", "callback_urgency")}
    if any(getattr(draft.beside, name) != value for name, value in after.items()):
        with_beside(draft, **after)


def _nothing(_draft: Draft, _fact: TicketFact) -> None:
    """Notes and replies change no state; a second beginning is not expected, and history is not refused."""


_APPLY: Mapping[str, Callable[[Draft, Any], None]] = {
    **{cls.kind: _nothing for cls in get_args(TicketFact)},
    **APPLY_BESIDE,
    TicketMoved.kind: _apply_moved,
    TicketAssigned.kind: _apply_assigned,
    TicketClassified.kind: _apply_classified,
    TicketMigrated.kind: _apply_migrated,
    TimerLapsed.kind: _apply_lapsed,
}
