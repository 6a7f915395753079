"""What a clock answers, whenever it is asked: asking changes nothing and records nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pendulum

from servicedesk.instants import Instant, duration_text, instant_us
from servicedesk.sla.calendars.explain import Segments
from servicedesk.sla.clocks.counting import Draft, first_unknown, limits, refusal, runs, said, thawed
from servicedesk.sla.clocks.explain import FindGoal, explain_clock
from servicedesk.sla.clocks.status import ClockStatus, next_crossing
from servicedesk.sla.facts import ClockFact

__all__ = ["Answers"]


class Answers(Draft):
    """The questions to a clock; its verbs are those of `Clock`."""

    __slots__ = ()

    def status(self, at: Instant) -> ClockStatus:
        """Return what the clock says at ``at``, no earlier than its last change (SLA-61).

        Raises:
            Refused: ``time_went_back``.
        """
        us = self._not_before(at, "give the status of")
        elapsed = self.elapsed_us + self.goal.counting.elapsed_us(self.at_us, us) if runs(self) else self.elapsed_us
        return ClockStatus(self, us, elapsed)  # type: ignore[arg-type]  # what answers is a Clock

    def explain(self, at: Instant, *, facts: Sequence[ClockFact] = (), goals: FindGoal | None = None) -> Segments:
        """Return why the elapsed time of the present cycle is what it is, piece by piece without a gap (SLA-80).

        Args:
            at: up to when; an ended clock is explained up to its end.
            facts: what was recorded of it, if it was dropped; without, changed promises stand in front as one sum.
            goals: finds the promise of a start or a retarget among them; without, the present calendar serves.

        Raises:
            Refused: ``time_went_back``.
        """
        now = self.at_us if self.ended else self._not_before(at, "explain")
        return explain_clock(self, now, self.status(now).elapsed_us, facts or self.changes, goals)

    def due_if_resumed(self, at: Instant) -> pendulum.DateTime | None:
        """Return when it would be due if every pause ended at ``at``; ``None`` once it has ended (SLA-58).

        Raises:
            Refused: ``time_went_back``.
        """
        us = self._not_before(at, "resume")
        if self.ended or runs(self):
            return None if self.due_us is None or self.ended else self.goal.calendar.local(self.due_us)
        draft = thawed(self)
        draft.at_us = us
        return self.goal.calendar.local(limits(draft)[0])

    @property
    def next_due_us(self) -> int | None:
        """When `advance` next has something to record; ``None`` while paused, ended, or past the last threshold."""
        found = next_crossing(self)
        return None if found is None else found[1]

    @property
    def next_due(self) -> pendulum.DateTime | None:
        """The same as a datetime in the calendar's zone."""
        us = self.next_due_us
        return None if us is None else self.goal.calendar.local(us)

    @property
    def next_name(self) -> str | None:
        """What that will be: the name of the threshold."""
        found = next_crossing(self)
        return None if found is None else found[0]

    @property
    def first_unknown(self) -> date | None:
        """The first date that due, breach, or the time so far rests on without the calendar knowing it (SLA-67)."""
        return first_unknown(self, self.at_us)

    def __repr__(self) -> str:
        used = f"{_span_text(self.elapsed_us)} of {_span_text(self.goal_us)} used at {said(self, self.at_us)}"
        due = "" if self.due_us is None else f", due {self.goal.calendar.local(self.due_us)}"
        held = f" by {', '.join(self.held)}" if self.held else ""
        whose = (f" of {self.ticket}" if self.ticket else "") + (f" by {self.team}" if self.team else "")
        return f"<Clock {self.goal.metric}{whose}: {self.stage}{held}, {used}{due}>"

    def _not_before(self, at: Instant, attempt: str) -> int:
        us = instant_us(at)
        if us < self.at_us:
            raise refusal(self, attempt, "time_went_back", at=said(self, us), last=said(self, self.at_us))
        return us


def _span_text(us: int) -> str:
    return duration_text(timedelta(microseconds=us))
