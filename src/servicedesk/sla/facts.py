"""What happened to a clock: its changes, and the crossings that time alone brought about (SLA §3.7, EV-9).

Every fact carries the values *after* it, so that figures are read from the log and need no calendar (KPI-10).
Instants and durations are integer microseconds. All facts of a ticket's clocks share one stream.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from attrs import frozen

__all__ = [
    "ClockBreached",
    "ClockCancelled",
    "ClockFact",
    "ClockPaused",
    "ClockResumed",
    "ClockStarted",
    "ClockStopped",
]


@frozen(kw_only=True)
class _Recorded:
    """What every fact of a clock says.

    Attributes:
        ticket: the ticket's id.
        at: when it happened.
        metric: what the clock measures; a ticket has one clock a metric.
        elapsed: working time used, at ``at``.
        due: when the goal is used up; ``None`` while paused (SLA-58).
        breach_at: when the promise is broken, or was; ``None`` while paused and not yet broken.
        met: whether the promise was kept; only a stop judges (SLA-66).
    """

    ticket: str
    at: int
    metric: str
    elapsed: int
    due: int | None = None
    breach_at: int | None = None
    met: bool | None = None

    @property
    def stream(self) -> str:
        """The stream it belongs to: one for all clocks of a ticket."""
        return f"clocks/{self.ticket}"


@frozen(kw_only=True)
class ClockStarted(_Recorded):
    """A clock began to run, under this promise: goal in microseconds, boundary, stop state, calendar and version."""

    kind: ClassVar[str] = "clock.started"
    goal: int
    boundary: str = "inclusive"
    stop: str | None = None
    calendar: str = ""
    calendar_version: str = ""


@frozen(kw_only=True)
class ClockPaused(_Recorded):
    """A reason to pause came up; ``held`` lists all that hold after it (SLA-57)."""

    kind: ClassVar[str] = "clock.paused"
    reason: str
    held: tuple[str, ...] = ()


@frozen(kw_only=True)
class ClockResumed(_Recorded):
    """A reason to pause went away; the clock runs again iff ``held`` is empty (SLA-57)."""

    kind: ClassVar[str] = "clock.resumed"
    reason: str
    held: tuple[str, ...] = ()


@frozen(kw_only=True)
class ClockStopped(_Recorded):
    """The work was done; ``met`` is the verdict (SLA-66)."""

    kind: ClassVar[str] = "clock.stopped"


@frozen(kw_only=True)
class ClockCancelled(_Recorded):
    """The clock no longer applies. There is no verdict, but a breach before it stays on record (SLA-66)."""

    kind: ClassVar[str] = "clock.cancelled"
    breached_before_cancel: bool = False


@frozen(kw_only=True)
class ClockBreached(_Recorded):
    """The promise was broken, at this very instant, whenever it was noticed (SLA-63)."""

    kind: ClassVar[str] = "clock.breached"


ClockFact: TypeAlias = ClockStarted | ClockPaused | ClockResumed | ClockStopped | ClockCancelled | ClockBreached
"""Every fact of a clock."""
