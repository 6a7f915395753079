"""The answer of a clock at an instant, and the time a reason has held it up."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Literal, TypeAlias

import pendulum
from attrs import field, frozen

from servicedesk.frozenmap import FrozenMap
from servicedesk.instants import duration_text
from servicedesk.sla.calendar import Calendar
from servicedesk.sla.goal import Goal

__all__ = ["ClockStatus", "PauseTime", "Stage"]

Stage: TypeAlias = Literal["running", "paused", "completed", "cancelled"]
"""Where a clock stands (SLA-60); a clock that has not started is no clock yet."""


@frozen(kw_only=True)
class PauseTime:
    """How long a pause has lasted, in working and in real time (SLA-57).

    Attributes:
        working_us: working time of the pauses that are over.
        real_us: real time of the pauses that are over.
        since_us: since when it holds now, or ``None``.
    """

    working_us: int = 0
    real_us: int = 0
    since_us: int | None = None

    @property
    def working(self) -> timedelta:
        """The working time."""
        return timedelta(microseconds=self.working_us)

    @property
    def real(self) -> timedelta:
        """The real time."""
        return timedelta(microseconds=self.real_us)

    def begin(self, at: int) -> PauseTime:
        """Return it with a pause that holds from ``at`` on; one that holds already goes on."""
        if self.since_us is not None:
            return self
        return PauseTime(working_us=self.working_us, real_us=self.real_us, since_us=at)

    def end(self, at: int, calendar: Calendar) -> PauseTime:
        """Return it with the pause that holds, if any, counted up to ``at`` and over."""
        if self.since_us is None:
            return self
        working = self.working_us + calendar.elapsed_us(self.since_us, at)
        return PauseTime(working_us=working, real_us=self.real_us + at - self.since_us)


@frozen(kw_only=True, repr=False)
class ClockStatus:
    """What a clock says at an instant (SLA-61): everything exact, nothing rounded.

    Attributes:
        goal: the promise it is judged by, with its calendar and version.
        ticket: the ticket's id.
        at_us: the instant asked about.
        stage: where the clock stands; a paused or completed clock can be breached (SLA-56).
        in_hours: whether the calendar is open; out of hours is not paused.
        breached: whether the promise is broken at ``at``, or was when the clock ended.
        met: the verdict of a stop, else ``None``.
        elapsed_us: working time used.
        real_elapsed_us: clock time since the start, up to the end.
        started_us: when it started.
        ended_us: when it was stopped or cancelled.
        due_us: when the goal is used up; ``None`` while paused.
        breach_at_us: when the promise is, or was, broken.
        held: the reasons that pause it now.
        paused: pause time altogether; reasons that overlap count once.
        pauses: pause time of each reason (SLA-57).
    """

    goal: Goal
    ticket: str
    at_us: int
    stage: Stage
    in_hours: bool
    breached: bool
    met: bool | None
    elapsed_us: int
    real_elapsed_us: int
    started_us: int
    ended_us: int | None
    due_us: int | None
    breach_at_us: int | None
    held: tuple[str, ...]
    paused: PauseTime
    pauses: FrozenMap[str, PauseTime] = field(factory=FrozenMap)

    @property
    def elapsed(self) -> timedelta:
        """Working time used."""
        return timedelta(microseconds=self.elapsed_us)

    @property
    def remaining(self) -> timedelta:
        """Working time left; negative once the goal is passed."""
        return self.goal.within - self.elapsed

    @property
    def real_elapsed(self) -> timedelta:
        """Clock time since the start, up to the end."""
        return timedelta(microseconds=self.real_elapsed_us)

    @property
    def fraction(self) -> Fraction:
        """The exact part of the goal that is used; it may pass 1."""
        return Fraction(self.elapsed_us, self.goal.within_us)

    @property
    def percent(self) -> int:
        """The part used, for display: floored, so that 99.97 % never reads 100 % (SLA-61)."""
        return self.elapsed_us * 100 // self.goal.within_us

    @property
    def at(self) -> pendulum.DateTime:
        """The instant asked about, in the calendar's zone."""
        return self.goal.calendar.local(self.at_us)

    @property
    def started(self) -> pendulum.DateTime:
        """When it started, in the calendar's zone."""
        return self.goal.calendar.local(self.started_us)

    @property
    def ended(self) -> pendulum.DateTime | None:
        """When it was stopped or cancelled, in the calendar's zone."""
        return self._local(self.ended_us)

    @property
    def due(self) -> pendulum.DateTime | None:
        """When the goal is used up, in the calendar's zone; ``None`` while paused (SLA-58)."""
        return self._local(self.due_us)

    @property
    def breach_at(self) -> pendulum.DateTime | None:
        """When the promise is, or was, broken, in the calendar's zone."""
        return self._local(self.breach_at_us)

    def _local(self, us: int | None) -> pendulum.DateTime | None:
        return None if us is None else self.goal.calendar.local(us)

    def __repr__(self) -> str:
        used = f"{duration_text(self.elapsed)} of {duration_text(self.goal.within)} used ({self.percent} %)"
        due = "" if self.due is None else f", due {self.due}"
        held = f" by {', '.join(self.held)}" if self.held else ""
        broken = ", breached" if self.breached else ""
        return f"<ClockStatus {self.goal.metric}: {self.stage}{held}, {used}{due}{broken}>"
