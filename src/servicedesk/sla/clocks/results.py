"""The verdict of a finished cycle."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from attrs import field, frozen

from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.instants import duration_text, from_us
from servicedesk.sla.clocks.pauses import PauseTime

__all__ = ["CycleResult"]


@frozen(kw_only=True, repr=False)
class CycleResult:
    """What one cycle of a clock came to (SLA-66). It never changes, unless reopening the cycle supersedes it.

    Attributes:
        cycle: its number, from 1.
        started_us: from when it counted.
        stopped_us: when it ended.
        elapsed_us: working time used.
        goal_us: working time allowed; of a date goal, the working time up to due.
        due_us: when the goal was used up, or would have been; ``None`` if it ended paused before that.
        met: kept or broken. A reset, or an end by something else than the stop of the goal, judges only a broken
            promise; a cancelled cycle has no verdict.
        breached: whether the promise was broken; for a cancelled cycle this is what must not be hidden.
        ended_by: the stop of the goal, or what else ended it: ``"reset"``, ``"cancelled"``, ``"closed"`` …
        reason: why it was cancelled.
        paused: pause time altogether, ``pauses`` of each reason.
        boundary: how it was judged, under ``calendar`` and ``calendar_version``.
    """

    cycle: int
    started_us: int
    stopped_us: int
    elapsed_us: int
    goal_us: int
    due_us: int | None
    met: bool | None
    breached: bool
    ended_by: str
    reason: str = ""
    paused: PauseTime = field(factory=PauseTime)
    pauses: FrozenMap[str, PauseTime] = field(default=EMPTY, converter=freeze)
    boundary: str = "inclusive"
    calendar: str = ""
    calendar_version: str = ""

    @property
    def breached_before_cancel(self) -> bool:
        """Whether it was cancelled with the promise already broken: counted apart, never hidden (SLA-66)."""
        return self.breached and self.ended_by == "cancelled"

    @property
    def elapsed(self) -> timedelta:
        """Working time used."""
        return timedelta(microseconds=self.elapsed_us)

    @property
    def goal(self) -> timedelta:
        """Working time allowed."""
        return timedelta(microseconds=self.goal_us)

    @property
    def started(self) -> pendulum.DateTime:
        """From when it counted, in UTC."""
        return from_us(self.started_us)

    @property
    def stopped(self) -> pendulum.DateTime:
        """When it ended, in UTC."""
        return from_us(self.stopped_us)

    @property
    def due(self) -> pendulum.DateTime | None:
        """When the goal was used up, in UTC."""
        return None if self.due_us is None else from_us(self.due_us)

    def __repr__(self) -> str:
        verdict = {True: "met", False: "broken", None: "no verdict"}[self.met]
        used = f"{duration_text(self.elapsed)} of {duration_text(self.goal)}"
        return f"<CycleResult {self.cycle}: {verdict}, {used} used, ended by {self.ended_by}>"
