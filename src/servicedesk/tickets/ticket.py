"""The state of a ticket, and the fold that makes it from facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast, get_args

from attrs import define, fields_dict, frozen

from servicedesk.events import TicketAccepted, TicketAssigned, TicketClassified, TicketFact, TicketImported, TicketMoved
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.instants import from_us
from servicedesk.workflow import TICKET_WORDS, Category

__all__ = ["Ticket", "evolve", "is_open", "replay"]

_OPEN = frozenset(category.value for category in Category if category.is_open)
_ACTIVE = Category.ACTIVE.value
_REMEMBERED_KEYS = 4  # DEC-4


def is_open(category: str) -> bool:
    """Whether a category, as facts spell it, still waits for its solution."""
    return category in _OPEN


@define(slots=True, kw_only=True, weakref_slot=False)
class _Draft:
    """The ticket while facts are folded into it; `Ticket` is the same layout, frozen."""

    id: str
    version: int
    workflow: str
    workflow_version: int
    state: str
    category: str
    entered: int
    accepted: int
    at: int
    complete: bool
    round: int = 1
    line: int | None = None
    service: str | None = None
    channel: str | None = None
    caller: str | None = None
    symptom: str | None = None
    priority: str | None = None
    group: str | None = None
    assignee: str | None = None
    reason: str | None = None
    outcome: str | None = None
    fields: FrozenMap[str, Any] = EMPTY
    marks: tuple[str, ...] = ()
    counters: FrozenMap[str, int] = EMPTY
    timers: tuple[tuple[str, int], ...] = ()
    taken: FrozenMap[str, str] = EMPTY
    last_active: str | None = None
    keys: tuple[str, ...] = ()


@frozen(slots=True, kw_only=True, weakref_slot=False, repr=False)
class Ticket(_Draft):
    """One ticket 工单: a small frozen state without history; ``version`` is the number of facts folded into it.

    Instants (``accepted``, ``entered`` the present state, ``at`` the last fact) are integer microseconds UTC.
    ``round`` counts the closed loops: 1, and one more each time the ticket leaves resolved or closed for an open state.
    ``complete`` is false for a ticket imported in the middle of its life. ``marks`` are sorted, ``timers`` pair a step
    with its due instant, ``taken`` tells who was the last to take each step of this round, ``last_active`` the last
    active state (WF-8).
    """

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its solution."""
        return self.category in _OPEN

    @property
    def values(self) -> Mapping[str, Any]:
        """What conditions and requirements may name: the ticket's own words, then the host's fields."""
        return {name: getattr(self, name) for name in TICKET_WORDS} | self.fields

    def __repr__(self) -> str:
        return f"<Ticket {self.id} version {self.version}: {self.workflow}/{self.state} since {from_us(self.entered)}>"


_SLOTS = tuple(fields_dict(_Draft))


def evolve(ticket: Ticket | None, fact: TicketFact) -> Ticket | None:
    """Fold one fact into a ticket. Total: a fact that does not fit only raises ``version`` (EV-6).

    Without a ticket, only `TicketAccepted` and `TicketImported` begin one; any other fact leaves ``None``.
    """
    return replay((fact,), ticket)


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
    draft = _thaw(ticket)
    for fact in facts:
        draft.version += 1
        if getattr(fact, "ticket", None) != draft.id or fact.kind not in _OWN_KINDS:
            continue  # not expected here, and history is not refused: only the version counts it (EV-6)
        _APPLY.get(fact.kind, _nothing)(draft, fact)
        draft.at = max(draft.at, fact.at)
        if fact.key is not None and fact.key not in draft.keys:
            draft.keys = (*draft.keys[1 - _REMEMBERED_KEYS :], fact.key)
    return _freeze(draft)


def begin(fact: TicketAccepted | TicketImported) -> Ticket:
    """Return the ticket that a beginning begins."""
    draft = _Draft(
        id=fact.ticket,
        version=1,
        workflow=fact.workflow,
        workflow_version=fact.workflow_version,
        state=fact.state,
        category=fact.category,
        entered=fact.at,
        accepted=fact.at if fact.accepted is None else fact.accepted,
        at=fact.at,
        complete=isinstance(fact, TicketAccepted),
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
    )
    return _freeze(draft)


def _apply_moved(draft: _Draft, fact: TicketMoved) -> None:
    draft.state = fact.target
    draft.category = fact.category
    draft.entered = fact.entered
    if fact.step is not None:
        draft.taken = FrozenMap({**(draft.taken if fact.round == draft.round else EMPTY), fact.step: fact.actor})
    elif fact.round != draft.round:
        draft.taken = EMPTY
    draft.round = fact.round
    draft.line = fact.line
    draft.reason = fact.reason
    draft.outcome = fact.outcome
    draft.marks = fact.marks
    draft.counters = fact.counters
    draft.timers = fact.timers
    if fact.category == _ACTIVE:
        draft.last_active = fact.target
    if fact.fields:
        merged = {**draft.fields, **fact.fields}
        draft.fields = freeze({name: value for name, value in merged.items() if value is not None})


def _apply_assigned(draft: _Draft, fact: TicketAssigned) -> None:
    draft.group, draft.assignee, draft.line = fact.group, fact.assignee, fact.line


def _apply_classified(draft: _Draft, fact: TicketClassified) -> None:
    draft.service, draft.symptom, draft.priority = fact.service, fact.symptom, fact.priority


def _nothing(_draft: _Draft, _fact: TicketFact) -> None:
    """Notes change no state; a second beginning is not expected, and history is not refused."""


_OWN_KINDS = frozenset(cls.kind for cls in get_args(TicketFact))
_APPLY: Mapping[str, Callable[[_Draft, Any], None]] = {
    TicketMoved.kind: _apply_moved,
    TicketAssigned.kind: _apply_assigned,
    TicketClassified.kind: _apply_classified,
}


def _thaw(ticket: Ticket) -> _Draft:
    draft = _Draft.__new__(_Draft)
    for name in _SLOTS:
        setattr(draft, name, getattr(ticket, name))
    return draft


def _freeze(draft: _Draft) -> Ticket:
    """Turn the draft itself into a ticket: equal slots, so no copy is needed. The draft must not be used again."""
    draft.__class__ = Ticket
    return cast("Ticket", draft)
