"""The answer of a clock at an instant."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pendulum
from attrs import frozen

from servicedesk.errors import NoWorkingTime
from servicedesk.frozenmap import FrozenMap
from servicedesk.instants import duration_text
from servicedesk.sla.clocks.counting import Draft, Stage, crossing_us, first_unknown, runs
from servicedesk.sla.clocks.goal import Goal
from servicedesk.sla.clocks.pauses import PauseTime, pause_times, total_time
from servicedesk.sla.clocks.thresholds import BREACH

if TYPE_CHECKING:
    from servicedesk.sla.clocks.clock import Clock

__all__ = ["ClockStatus", "next_crossing"]


def next_crossing(draft: Draft, elapsed: int | None = None, after: int | None = None) -> tuple[str, int] | None:
    """Return name and instant of a clock's next threshold, passing over those reached by ``elapsed`` and ``after``."""
    for target, each in draft.goal.ladder(draft.goal_us) if runs(draft) else ():
        if each.name in draft.passed or (elapsed is not None and each.name != BREACH and target <= elapsed):
            continue
        try:
            at = draft.breach_at_us if each.name == BREACH else crossing_us(draft, target)
        except NoWorkingTime:  # the calendar ends first: what never comes is never next
            return None
        if at is not None and (after is None or at > after):
            return each.name, at
    return None


@frozen(repr=False)
class ClockStatus:
    """What a clock says at an instant (SLA-61): everything exact, nothing rounded, told when it is asked for.

    Attributes:
        clock: the clock that was asked.
        at_us: the instant asked about.
        elapsed_us: working time used.
    """

    clock: Clock
    at_us: int
    elapsed_us: int

    @property
    def goal(self) -> Goal:
        """The promise it is judged by, with its calendar and version."""
        return self.clock.goal

    @property
    def ticket(self) -> str:
        """The ticket's id."""
        return self.clock.ticket

    @property
    def team(self) -> str:
        """Whose clock it is, where the metric runs once a team."""
        return self.clock.team

    @property
    def stage(self) -> Stage:
        """Where the clock stands; a paused or completed clock can be breached (SLA-56)."""
        return self.clock.stage

    @property
    def cycle(self) -> int:
        """Which run of the clock it is, from 1."""
        return self.clock.cycle

    @property
    def revision(self) -> int:
        """How often it was retargeted."""
        return self.clock.revision

    @property
    def versions(self) -> tuple[str, ...]:
        """What it is judged by: the calendar with its version, and the policy, version and rule where there is one."""
        return tuple(filter(None, (self.goal.calendar.label, self.clock.promised_by)))

    @property
    def in_hours(self) -> bool:
        """Whether the calendar is open; out of hours is not paused (SLA-56)."""
        return self.goal.counting.is_open_us(self.at_us)

    @property
    def breached(self) -> bool:
        """Whether the promise is broken at ``at``, or was when the clock ended (SLA-56)."""
        breach_at = self.clock.breach_at_us
        return breach_at is not None and breach_at <= self._now

    @property
    def met(self) -> bool | None:
        """The verdict of a stop, else ``None``."""
        return self.clock.met

    @property
    def elapsed(self) -> timedelta:
        """Working time used."""
        return timedelta(microseconds=self.elapsed_us)

    @property
    def remaining(self) -> timedelta:
        """Working time left; negative once the goal is passed."""
        return timedelta(microseconds=self.clock.goal_us - self.elapsed_us)

    @property
    def real_elapsed_us(self) -> int:
        """Clock time since the start, up to the end."""
        return self._now - self.clock.started_us

    @property
    def real_elapsed(self) -> timedelta:
        """Clock time since the start, up to the end."""
        return timedelta(microseconds=self.real_elapsed_us)

    @property
    def fraction(self) -> Fraction | None:
        """The exact part of the goal that is used; it may pass 1. ``None`` for a date goal that left no time."""
        return Fraction(self.elapsed_us, self.clock.goal_us) if self.clock.goal_us else None

    @property
    def percent(self) -> int | None:
        """The part used, for display: floored, so that 99.97 % never reads 100 % (SLA-61)."""
        return self.elapsed_us * 100 // self.clock.goal_us if self.clock.goal_us else None

    @property
    def at(self) -> pendulum.DateTime:
        """The instant asked about, in the calendar's zone."""
        return self.goal.calendar.local(self.at_us)

    @property
    def started_us(self) -> int:
        """From when the cycle counts."""
        return self.clock.started_us

    @property
    def started(self) -> pendulum.DateTime:
        """From when the cycle counts, in the calendar's zone."""
        return self.goal.calendar.local(self.started_us)

    @property
    def ended_us(self) -> int | None:
        """When it was stopped or cancelled."""
        return self.clock.results[-1].stopped_us if self.clock.ended else None

    @property
    def ended(self) -> pendulum.DateTime | None:
        """When it was stopped or cancelled, in the calendar's zone."""
        return self._local(self.ended_us)

    @property
    def due_us(self) -> int | None:
        """When the goal is used up; ``None`` while paused (SLA-58)."""
        return self.clock.due_us

    @property
    def due(self) -> pendulum.DateTime | None:
        """When the goal is used up, in the calendar's zone; ``None`` while paused."""
        return self._local(self.due_us)

    @property
    def due_at_start(self) -> bool:
        """Whether the goal left no time: what it names was past when the clock started (SLA-45)."""
        return self.due_us is not None and self.due_us <= self.started_us

    @property
    def breach_at_us(self) -> int | None:
        """When the promise is, or was, broken."""
        return self.clock.breach_at_us

    @property
    def breach_at(self) -> pendulum.DateTime | None:
        """When the promise is, or was, broken, in the calendar's zone."""
        return self._local(self.breach_at_us)

    @property
    def held(self) -> tuple[str, ...]:
        """The reasons that pause it now."""
        return self.clock.held

    @property
    def paused(self) -> PauseTime:
        """Pause time altogether, on the present calendar; reasons that overlap count once (SLA-57)."""
        clock = self.clock
        return total_time(clock.goal.counting, (*clock.pauses, *clock.holds), clock.started_us, self._now)

    @property
    def pauses(self) -> FrozenMap[str, PauseTime]:
        """Pause time of each reason, on the present calendar (SLA-57)."""
        clock = self.clock
        return pause_times(clock.goal.counting, (*clock.pauses, *clock.holds), clock.started_us, self._now)

    @property
    def next_threshold(self) -> tuple[str, pendulum.DateTime] | None:
        """Name and instant of the next threshold after ``at``; ``None`` while paused, ended, or past the last."""
        found = next_crossing(self.clock, self.elapsed_us, self.at_us)
        return None if found is None else (found[0], self.goal.calendar.local(found[1]))

    @property
    def first_unknown(self) -> date | None:
        """The first date that due, breach, or the time so far rests on without the calendar knowing it (SLA-67)."""
        return first_unknown(self.clock, self._now)

    @property
    def provisional(self) -> bool:
        """Whether the answer rests on dates whose holidays are not published yet (SLA-67)."""
        return self.first_unknown is not None

    @property
    def _now(self) -> int:
        """The instant that counts: an ended clock stands still."""
        ended = self.ended_us
        return self.at_us if ended is None else ended

    def _local(self, us: int | None) -> pendulum.DateTime | None:
        return None if us is None else self.goal.calendar.local(us)

    def __repr__(self) -> str:
        total = duration_text(timedelta(microseconds=self.clock.goal_us))
        share = "" if self.percent is None else f" ({self.percent} %)"
        due = "" if self.due is None else f", due {self.due}"
        held = f" by {', '.join(self.held)}" if self.held else ""
        broken = ", breached" if self.breached else ""
        used = f"{duration_text(self.elapsed)} of {total} used{share}"
        return f"<ClockStatus {self.goal.metric}: {self.stage}{held}, {used}{due}{broken}>"
