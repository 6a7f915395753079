"""Every fact that can happen in a service desk: one page, a closed union, grouped by stream.

A fact is a frozen value in the past tense. It names its subject first, then ``at``, the instant as integer
microseconds UTC, then plain values *after* the change, so that folding needs no workflow, calendar or clock (EV-1,
EV-3). Its ``kind`` is frozen for ever; a class may be renamed, a kind never (EV-2). New fields get defaults, a changed
meaning gets a new kind (EV-5). Persons and texts appear by reference only (EV-7).

A ticket's facts are declared in the three files beside this one, those that a calculator itself returns in its own
``facts.py``; all are gathered here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias, get_args

from servicedesk.emergency.facts import Sample, SampleLate, SignalBack, SignalLost, TierRecommended, WatchFact
from servicedesk.errors import UnknownKind
from servicedesk.events.ticket_beside import (
    CallbackMade,
    ClaimExpired,
    ClaimReleased,
    ClaimRenewed,
    ReplySent,
    ReviewMade,
    SupervisionAnswered,
    SupervisionRaised,
    SupervisionReleased,
    SupervisionStarted,
    TicketClaimed,
    TicketUrged,
)
from servicedesk.events.ticket_life import (
    NoteAdded,
    TicketAccepted,
    TicketAssigned,
    TicketClassified,
    TicketImported,
    TicketMigrated,
    TicketMoved,
    TimerLapsed,
)
from servicedesk.events.ticket_relations import (
    ChildAttached,
    ChildMoved,
    PropagationRefused,
    TicketAbsorbed,
    TicketLinked,
    TicketMerged,
    TicketSplit,
    TicketUnlinked,
    TicketUnmerged,
)
from servicedesk.frozenmap import FrozenMap
from servicedesk.routing.facts import (
    AgentChanged,
    AgentUnresponsive,
    NoEligibleAgent,
    OfferDeclined,
    OfferExpired,
    OfferRevoked,
    OverrideLifted,
    OverrideSet,
    PolicyAdopted,
    RouterFact,
    WorkAmended,
    WorkAssigned,
    WorkCompleted,
    WorkEnqueued,
    WorkHeld,
    WorkOffered,
    WorkPromoted,
    WorkRelaxed,
    WorkReleased,
    WorkRequeued,
    WorkTurnedAway,
    WorkWithdrawn,
    WrapUpEnded,
)
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
    "AgentChanged",
    "AgentUnresponsive",
    "CallbackMade",
    "ChildAttached",
    "ChildMoved",
    "ClaimExpired",
    "ClaimReleased",
    "ClaimRenewed",
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
    "NoEligibleAgent",
    "NoteAdded",
    "OfferDeclined",
    "OfferExpired",
    "OfferRevoked",
    "OverrideLifted",
    "OverrideSet",
    "PolicyAdopted",
    "PropagationRefused",
    "ReplySent",
    "ReviewMade",
    "RouterFact",
    "Sample",
    "SampleLate",
    "SignalBack",
    "SignalLost",
    "SupervisionAnswered",
    "SupervisionRaised",
    "SupervisionReleased",
    "SupervisionStarted",
    "TicketAbsorbed",
    "TicketAccepted",
    "TicketAssigned",
    "TicketClaimed",
    "TicketClassified",
    "TicketFact",
    "TicketImported",
    "TicketLinked",
    "TicketMerged",
    "TicketMigrated",
    "TicketMoved",
    "TicketSplit",
    "TicketUnlinked",
    "TicketUnmerged",
    "TicketUrged",
    "TierRecommended",
    "TimerLapsed",
    "WatchFact",
    "WorkAmended",
    "WorkAssigned",
    "WorkCompleted",
    "WorkEnqueued",
    "WorkHeld",
    "WorkOffered",
    "WorkPromoted",
    "WorkRelaxed",
    "WorkReleased",
    "WorkRequeued",
    "WorkTurnedAway",
    "WorkWithdrawn",
    "WrapUpEnded",
    "codec",
    "from_json",
    "private_paths",
    "to_json",
]


TicketFact: TypeAlias = (
    TicketAccepted
    | TicketImported
    | TicketMoved
    | TimerLapsed
    | TicketAssigned
    | TicketClassified
    | NoteAdded
    | TicketMigrated
    | TicketClaimed
    | ClaimRenewed
    | ClaimReleased
    | ClaimExpired
    | CallbackMade
    | ReviewMade
    | ReplySent
    | TicketUrged
    | SupervisionStarted
    | SupervisionRaised
    | SupervisionAnswered
    | SupervisionReleased
    | ChildAttached
    | ChildMoved
    | PropagationRefused
    | TicketLinked
    | TicketUnlinked
    | TicketMerged
    | TicketUnmerged
    | TicketAbsorbed
    | TicketSplit
)
"""Every fact of a ticket's own stream."""

Fact: TypeAlias = TicketFact | ClockFact | RouterFact | Sample | WatchFact
"""Every fact there is."""

_CLASSES: tuple[type[Fact], ...] = (
    *get_args(TicketFact),
    *(ClockStarted, ClockPaused, ClockResumed, ClockStopped, ClockCancelled, ClockBreached),
    *(ClockReset, ClockReopened, ClockRetargeted, ClockCrossed, ClockAttachedLate, ClockWithdrawn),
    *get_args(RouterFact),
    *(Sample, SampleLate, SignalLost, SignalBack, TierRecommended),
)

FACTS: FrozenMap[str, type[Fact]] = FrozenMap({cls.kind: cls for cls in _CLASSES})
"""The closed union: every kind and its class."""

_PRIVATE: FrozenMap[str, tuple[str, ...]] = FrozenMap(
    {
        "ticket.accepted": ("caller", "recording_ref", "fields"),
        "ticket.imported": ("caller", "recording_ref", "fields"),
        "ticket.moved": ("fields",),
        "ticket.called_back": ("opinion_ref",),
        "ticket.migrated": ("fields",),
        "ticket.noted": ("text_ref",),
        "ticket.replied": ("text_ref",),
        "ticket.reviewed": ("opinion_ref",),
        "ticket.supervision_answered": ("answer_ref",),
        "work.enqueued": ("work",),  # its data are the host's own
        "work.amended": ("work",),
        "work.requeued": ("work",),
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
