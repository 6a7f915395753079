"""Facts of a ticket's own life: how it began, how it moved, who is responsible, what it came under (EV-8)."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import define, field, frozen, setters

from servicedesk.frozenmap import EMPTY, FrozenMap, freeze

__all__ = [
    "NoteAdded",
    "OfTicket",
    "TicketAccepted",
    "TicketAssigned",
    "TicketClassified",
    "TicketImported",
    "TicketMigrated",
    "TicketMoved",
    "TimerLapsed",
]


class OfTicket:
    """A fact of a ticket's own stream: the stream's id is the ticket's."""

    __slots__ = ()
    ticket: str

    @property
    def stream(self) -> str:
        """The stream this fact belongs to."""
        return self.ticket


@frozen(kw_only=True)
class _Beginning(OfTicket):
    """What is known of a ticket when its stream begins.

    ``repeated`` tells how many rows of an imported activity log the fact stands for (IMP-3).
    """

    ticket: str
    at: int
    actor: str
    workflow: str
    workflow_version: int
    state: str
    category: str
    accepted: int | None = None
    line: int | None = None
    service: str | None = None
    channel: str | None = None
    caller: str | None = None
    symptom: str | None = None
    priority: str | None = None
    domain: str | None = None
    region: str | None = None
    branch: str | None = None
    callback_urgency: str | None = None
    group: str | None = None
    assignee: str | None = None
    outcome: str | None = None
    contact: str | None = None
    recording_ref: str | None = None
    follows: str | None = None
    caused_by: str | None = None
    parent: str | None = None
    lead: bool = False
    fields: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze)
    timers: tuple[tuple[Any, ...], ...] = ()
    key: str | None = None
    repeated: int = 1


@frozen(kw_only=True)
class TicketAccepted(_Beginning):
    """A demand became a ticket 受理, in a state where a ticket may begin.

    ``accepted`` is the instant the customer was heard, where that was before ``at``, the instant of recording.
    ``contact`` and ``recording_ref`` lead to what was said; ``follows`` is the ticket it takes up again, ``caused_by``
    the one that gave rise to it, ``parent`` the one it is a part of, as its ``lead`` part or not.
    """

    kind: ClassVar[str] = "ticket.accepted"


@frozen(kw_only=True)
class TicketImported(_Beginning):
    """A foreign log was met in the middle of a ticket's life (IMP-4): what came before is not known.

    ``accepted`` is the instant of acceptance where the log tells it, else ``None``.
    """

    kind: ClassVar[str] = "ticket.imported"


@define(kw_only=True, weakref_slot=False, on_setattr=setters.NO_OP)
class MovedDraft(OfTicket):
    """A move while it is written down; `TicketMoved` is the same layout, frozen.

    Whoever decides fills in a bare draft and turns it into the fact by its class alone: a frozen constructor with
    twenty keywords would cost as much as the decision.
    """

    ticket: str
    at: int
    actor: str
    step: str | None
    source: str
    target: str
    category: str
    entered: int
    round: int = 1
    line: int | None = None
    reason: str | None = None
    outcome: str | None = None
    fields: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze)
    marks: tuple[str, ...] = ()
    counters: FrozenMap[str, int] = field(default=EMPTY, converter=freeze)
    timers: tuple[tuple[Any, ...], ...] = ()
    four_eyes: bool = False
    deviation: bool = False
    key: str | None = None
    repeated: int = 1


@frozen(kw_only=True, weakref_slot=False)
class TicketMoved(MovedDraft):
    """A step was taken. ``category``, ``line``, ``entered`` and ``round`` are the values after the move.

    So are ``marks``, all it holds, sorted, ``counters``, and ``timers``, pairs of a step and its due instant.
    ``fields`` holds what the step set (``None``: cleared). ``step`` is ``None`` where an imported log tells only the
    states; ``four_eyes``: a later step may ask for another person than this actor (DEC-8); ``deviation`` marks a move
    that the workflow does not allow but history holds (IMP-6). ``repeated`` tells how many rows of an imported activity
    log it stands for (IMP-3).
    """

    kind: ClassVar[str] = "ticket.moved"


@frozen(kw_only=True)
class TimerLapsed(OfTicket):
    """A timer fell due and its step was refused: it is told once, and the timer runs no more (TM-3).

    ``due`` is when it was due, ``codes`` and ``told`` say why not, ``timers`` are those that still run.
    """

    kind: ClassVar[str] = "ticket.timer_lapsed"
    ticket: str
    at: int
    step: str
    due: int
    codes: tuple[str, ...]
    told: str
    timers: tuple[tuple[Any, ...], ...] = ()
    key: str | None = None


@frozen(kw_only=True)
class TicketAssigned(OfTicket):
    """Responsibility was given to a group, a person, or both; the values are those after it, ``None`` is nobody."""

    kind: ClassVar[str] = "ticket.assigned"
    ticket: str
    at: int
    actor: str
    group: str | None
    assignee: str | None
    line: int | None = None
    key: str | None = None


@frozen(kw_only=True)
class TicketClassified(OfTicket):
    """What lists and figures group by was set; the values are those after it, ``None`` is not known."""

    kind: ClassVar[str] = "ticket.classified"
    ticket: str
    at: int
    actor: str
    service: str | None = None
    symptom: str | None = None
    priority: str | None = None
    domain: str | None = None
    region: str | None = None
    branch: str | None = None
    callback_urgency: str | None = None
    key: str | None = None


@frozen(kw_only=True)
class NoteAdded(OfTicket):
    """Somebody wrote something down; the text itself is kept by the host, under this reference."""

    kind: ClassVar[str] = "ticket.noted"
    ticket: str
    at: int
    text_ref: str
    actor: str | None = None
    key: str | None = None


@frozen(kw_only=True)
class TicketMigrated(OfTicket):
    """The ticket came under another definition; what has no ``_before`` is the value after it (MIG-4).

    ``fields`` holds what changed: under a new name, or ``None`` where it was dropped or renamed.
    """

    kind: ClassVar[str] = "ticket.migrated"
    ticket: str
    at: int
    actor: str
    workflow: str
    workflow_version: int
    state: str
    category: str
    workflow_before: str
    workflow_version_before: int
    state_before: str
    category_before: str
    line: int | None = None
    fields: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze)
    marks: tuple[str, ...] = ()
    counters: FrozenMap[str, int] = field(default=EMPTY, converter=freeze)
    timers: tuple[tuple[Any, ...], ...] = ()
    last_active: str | None = None
    key: str | None = None
