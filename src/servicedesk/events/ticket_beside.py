"""Facts that run beside a ticket's states: who holds it, who urged, who supervises, what was said (EV-8, SUP-1)."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import frozen

from servicedesk.events.ticket_life import OfTicket

__all__ = [
    "CallbackMade",
    "ClaimExpired",
    "ClaimReleased",
    "ClaimRenewed",
    "ReplySent",
    "ReviewMade",
    "SupervisionAnswered",
    "SupervisionRaised",
    "SupervisionReleased",
    "SupervisionStarted",
    "TicketClaimed",
    "TicketUrged",
]


@frozen(kw_only=True)
class TicketClaimed(OfTicket):
    """An agent took the lock 锁定: it holds in ``[at, until)`` (CL-1). ``taken_from`` lost it, for a ``reason``."""

    kind: ClassVar[str] = "ticket.claimed"
    ticket: str
    at: int
    actor: str
    agent: str
    until: int
    taken_from: str | None = None
    reason: str | None = None
    key: str | None = None


@frozen(kw_only=True)
class ClaimRenewed(OfTicket):
    """The holder asked for more time; ``until`` is the new end."""

    kind: ClassVar[str] = "ticket.claim_renewed"
    ticket: str
    at: int
    actor: str
    agent: str
    until: int
    key: str | None = None


@frozen(kw_only=True)
class ClaimReleased(OfTicket):
    """A claim ended before its time; ``because`` is ``released``, or what ended it: ``step``, ``moved``, ``assigned``.

    ``moved`` is a move to another line, or out of the open states (CL-2).
    """

    kind: ClassVar[str] = "ticket.claim_released"
    ticket: str
    at: int
    actor: str
    agent: str
    because: str
    key: str | None = None


@frozen(kw_only=True)
class ClaimExpired(OfTicket):
    """A claim came to its end; dated at that end (CL-1)."""

    kind: ClassVar[str] = "ticket.claim_expired"
    ticket: str
    at: int
    agent: str
    key: str | None = None


@frozen(kw_only=True)
class CallbackMade(OfTicket):
    """The customer was called back 回访, or somebody tried: "did it work" and "how satisfied" are two answers (CB-2).

    ``attempt`` counts the callbacks of this round. ``satisfaction`` is on the host's own scale.
    """

    kind: ClassVar[str] = "ticket.called_back"
    ticket: str
    at: int
    actor: str
    method: str
    result: str
    attempt: int
    effective: bool | None = None
    satisfaction: int | None = None
    opinion_ref: str | None = None
    round: int = 1
    key: str | None = None


@frozen(kw_only=True)
class ReviewMade(OfTicket):
    """Somebody reviewed 复核 what was done, and it ``passed`` or not."""

    kind: ClassVar[str] = "ticket.reviewed"
    ticket: str
    at: int
    actor: str
    step: str
    passed: bool
    opinion_ref: str | None = None
    round: int = 1
    key: str | None = None


@frozen(kw_only=True)
class ReplySent(OfTicket):
    """The customer was answered 答复; the text itself is kept by the host."""

    kind: ClassVar[str] = "ticket.replied"
    ticket: str
    at: int
    actor: str
    text_ref: str | None = None
    automatic: bool = False
    key: str | None = None


@frozen(kw_only=True)
class TicketUrged(OfTicket):
    """Somebody urged 催办: ``source`` is ``customer``, ``supervisor`` or ``system``.

    ``number`` counts the urges of this round; ``marks`` and ``timers`` are those after it.
    """

    kind: ClassVar[str] = "ticket.urged"
    ticket: str
    at: int
    actor: str
    source: str
    addressee: str | None
    number: int
    marks: tuple[str, ...] = ()
    timers: tuple[tuple[Any, ...], ...] = ()
    key: str | None = None


@frozen(kw_only=True)
class SupervisionStarted(OfTicket):
    """A department came under supervision 督办 and must answer by ``reply_due`` (SUP-3).

    ``last``: no level is above this one.
    """

    kind: ClassVar[str] = "ticket.supervision_started"
    ticket: str
    at: int
    actor: str
    department: str | None
    level: int
    reply_due: int
    reason: str | None = None
    last: bool = False
    key: str | None = None


@frozen(kw_only=True)
class SupervisionRaised(OfTicket):
    """Nobody answered in time, or somebody asked for it: the next level, with a limit of its own (SUP-3)."""

    kind: ClassVar[str] = "ticket.supervision_raised"
    ticket: str
    at: int
    department: str | None
    level: int
    reply_due: int
    last: bool = False
    actor: str | None = None
    key: str | None = None


@frozen(kw_only=True)
class SupervisionAnswered(OfTicket):
    """The department answered; on time for its level if ``at`` is not after ``reply_due`` (SUP-4)."""

    kind: ClassVar[str] = "ticket.supervision_answered"
    ticket: str
    at: int
    actor: str
    department: str | None
    level: int
    reply_due: int
    answer_ref: str | None = None
    key: str | None = None


@frozen(kw_only=True)
class SupervisionReleased(OfTicket):
    """The supervisor let go, or, ``automatic``, the ticket was closed (SUP-3)."""

    kind: ClassVar[str] = "ticket.supervision_released"
    ticket: str
    at: int
    actor: str
    department: str | None
    automatic: bool = False
    key: str | None = None
