"""Every fact that can happen in a service desk: one page, a closed union, grouped by stream.

A fact is a frozen value in the past tense. It names its subject first, then ``at``, the instant as integer
microseconds UTC, then plain values *after* the change, so that folding needs no workflow, calendar or clock (EV-1,
EV-3). Its ``kind`` is frozen for ever; a class may be renamed, a kind never (EV-2). New fields get defaults, a changed
meaning gets a new kind (EV-5). Persons and texts appear by reference only (EV-7).

Facts that a calculator itself returns are declared in its own ``facts.py`` and gathered here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from attrs import field, frozen

from servicedesk.emergency.facts import Sample, SampleLate, SignalBack, SignalLost, TierRecommended, WatchFact
from servicedesk.errors import UnknownKind
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.sla.facts import (
    ClockAttachedLate,
    ClockBreached,
    ClockCancelled,
    ClockCrossed,
    ClockFact,
    ClockPaused,
    ClockReopened,
    ClockReset,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    ClockStopped,
    ClockWithdrawn,
)

if TYPE_CHECKING:
    from servicedesk.plain import FactCodec

__all__ = [
    "FACTS",
    "ClockAttachedLate",
    "ClockBreached",
    "ClockCancelled",
    "ClockCrossed",
    "ClockFact",
    "ClockPaused",
    "ClockReopened",
    "ClockReset",
    "ClockResumed",
    "ClockRetargeted",
    "ClockStarted",
    "ClockStopped",
    "ClockWithdrawn",
    "Fact",
    "NoteAdded",
    "Sample",
    "SampleLate",
    "SignalBack",
    "SignalLost",
    "TicketAccepted",
    "TicketAssigned",
    "TicketClassified",
    "TicketFact",
    "TicketImported",
    "TicketMoved",
    "TierRecommended",
    "WatchFact",
    "codec",
    "from_json",
    "private_paths",
    "to_json",
]


class _OfTicket:
    """A fact of a ticket's own stream: the stream's id is the ticket's."""

    __slots__ = ()
    ticket: str

    @property
    def stream(self) -> str:
        """The stream this fact belongs to."""
        return self.ticket


@frozen(kw_only=True)
class _Beginning(_OfTicket):
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
    group: str | None = None
    assignee: str | None = None
    outcome: str | None = None
    fields: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze)
    timers: tuple[tuple[Any, ...], ...] = ()
    key: str | None = None
    repeated: int = 1


@frozen(kw_only=True)
class TicketAccepted(_Beginning):
    """A demand became a ticket 受理, in a state where a ticket may begin.

    ``accepted`` is the instant the customer was heard, where that was before ``at``, the instant of recording.
    """

    kind: ClassVar[str] = "ticket.accepted"


@frozen(kw_only=True)
class TicketImported(_Beginning):
    """A foreign log was met in the middle of a ticket's life (IMP-4): what came before is not known.

    ``accepted`` is the instant of acceptance where the log tells it, else ``None``.
    """

    kind: ClassVar[str] = "ticket.imported"


@frozen(kw_only=True)
class TicketMoved(_OfTicket):
    """A step was taken. ``category``, ``line``, ``entered`` and ``round`` are the values after the move.

    So are ``marks``, all it holds, sorted, ``counters``, and ``timers``, pairs of a step and its due instant.
    ``fields`` holds what the step set (``None``: cleared). ``step`` is ``None`` where an imported log tells only the
    states; ``deviation`` marks a move that the workflow does not allow but history holds (IMP-6). ``repeated`` tells
    how many rows of an imported activity log it stands for (IMP-3).
    """

    kind: ClassVar[str] = "ticket.moved"
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
    deviation: bool = False
    key: str | None = None
    repeated: int = 1


@frozen(kw_only=True)
class TicketAssigned(_OfTicket):
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
class TicketClassified(_OfTicket):
    """What lists and figures group by was set; the values are those after it, ``None`` is not known."""

    kind: ClassVar[str] = "ticket.classified"
    ticket: str
    at: int
    actor: str
    service: str | None = None
    symptom: str | None = None
    priority: str | None = None
    key: str | None = None


@frozen(kw_only=True)
class NoteAdded(_OfTicket):
    """Somebody wrote something down; the text itself is kept by the host, under this reference."""

    kind: ClassVar[str] = "ticket.noted"
    ticket: str
    at: int
    text_ref: str
    actor: str | None = None
    key: str | None = None


TicketFact: TypeAlias = TicketAccepted | TicketImported | TicketMoved | TicketAssigned | TicketClassified | NoteAdded
"""Every fact of a ticket's own stream."""

Fact: TypeAlias = TicketFact | ClockFact | Sample | WatchFact
"""Every fact there is."""

_CLASSES: tuple[type[Fact], ...] = (
    *(TicketAccepted, TicketImported, TicketMoved, TicketAssigned, TicketClassified, NoteAdded),
    *(ClockStarted, ClockPaused, ClockResumed, ClockStopped, ClockCancelled, ClockBreached),
    *(ClockReset, ClockReopened, ClockRetargeted, ClockCrossed, ClockAttachedLate, ClockWithdrawn),
    *(Sample, SampleLate, SignalLost, SignalBack, TierRecommended),
)

FACTS: FrozenMap[str, type[Fact]] = FrozenMap({cls.kind: cls for cls in _CLASSES})
"""The closed union: every kind and its class."""

_PRIVATE: FrozenMap[str, tuple[str, ...]] = FrozenMap(
    {
        "ticket.accepted": ("caller", "fields"),
        "ticket.imported": ("caller", "fields"),
        "ticket.moved": ("fields",),
        "ticket.noted": ("text_ref",),
    }
)


def private_paths(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind that may lead to a person, so that an adapter can protect them (EV-7).

    Raises:
        UnknownKind: a kind that is not on this page; "nothing to protect" would be a dangerous answer.

    >>> private_paths("ticket.noted")
    ('text_ref',)
    """
    if kind not in FACTS:
        raise UnknownKind(kind, "private_paths", FACTS)
    return _PRIVATE.get(kind, ())


@cache
def codec() -> FactCodec:
    """Return the one codec of all facts; built at first use, because it loads cattrs."""
    from servicedesk.plain import FactCodec  # noqa: PLC0415  # the import budget

    return FactCodec(_CLASSES)


def to_json(fact: Fact) -> str:
    """Return the canonical text of a fact: equal facts have equal text (PLN-5).

    >>> to_json(NoteAdded(ticket="T-7", at=1772416800000000, text_ref="话务/1"))
    '{"at":1772416800000000,"kind":"ticket.noted","text_ref":"话务/1","ticket":"T-7"}'
    """
    return codec().encode(fact)


def from_json(text: str, *, stream: str = "", version: int = 0) -> Fact:
    """Return the fact of a stored text; ``stream`` and ``version`` only name it in errors.

    Fields that this library does not know yet are ignored, so readers may be older than writers (PLN-4).

    Raises:
        UnknownKind: a kind that is not on this page.
        StoreDamaged: no JSON, a missing field, a value of another type.
    """
    fact: Fact = codec().decode(text, stream=stream, version=version)
    return fact
