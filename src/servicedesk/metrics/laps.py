"""Laps: the clock of one SLA metric on one ticket, read from its facts and never computed anew."""

from __future__ import annotations

from typing import TypeAlias

from attrs import define

from servicedesk.events import (
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

__all__ = ["NO_LAP", "ClockChange", "Lap", "begin_lap", "lap_name", "next_lap"]

ClockChange: TypeAlias = (
    ClockPaused
    | ClockResumed
    | ClockStopped
    | ClockCancelled
    | ClockReopened
    | ClockRetargeted
    | ClockBreached
    | ClockCrossed
    | ClockAttachedLate
    | ClockWithdrawn
)
"""What may happen to a clock after its start, within a cycle."""


@define(eq=False, weakref_slot=False)
class Lap:
    """The clock of one SLA metric on one ticket, as its facts tell it (KPI-10); instants and spans are integer µs.

    A clock that starts anew, and each new cycle, begins a new lap; the last one counts. ``started`` is from when it
    counts, ``stop`` the stop state of its goal. A stop that gives no verdict is kept like a cancelling (SLA-66).
    """

    started: int | None = None
    stop: str | None = None
    stopped: int | None = None
    met: bool | None = None
    elapsed: int | None = None
    cancelled: bool = False
    breached_before_cancel: bool = False
    paused: bool = False
    last_due: int | None = None
    last_breach_at: int | None = None
    at: int = 0

    @property
    def due(self) -> int | None:
        """When it is due; ``None`` while a pause holds it off. A pause undoes no breach, and a stop ends the pause."""
        return None if self.paused else self.last_due

    @property
    def breach_at(self) -> int | None:
        """When the promise is broken, or was; ``None`` while a pause holds it off."""
        return None if self.paused else self.last_breach_at

    @property
    def wall(self) -> int | None:
        """Real time from start to stop, pauses and nights included."""
        return None if self.stopped is None or self.started is None else self.stopped - self.started

    def change(self, fact: ClockChange) -> None:
        """Take over what a fact says after itself."""
        self.at, self.elapsed, self.met = fact.at, fact.elapsed, fact.met
        self.paused = fact.due is None and fact.breach_at is None and self.stopped is None and not self.cancelled
        if fact.due is not None:
            self.last_due = fact.due
        if fact.breach_at is not None:
            self.last_breach_at = fact.breach_at
        if type(fact) is ClockStopped:
            self.stopped, self.paused = fact.at, False
            self.cancelled = fact.met is None
        elif type(fact) is ClockCancelled:
            self.cancelled, self.breached_before_cancel = True, fact.breached_before_cancel
        elif type(fact) is ClockReopened:
            self.stopped, self.cancelled, self.breached_before_cancel = None, False, False
        elif type(fact) is ClockRetargeted:
            self.stop = fact.stop
            self._take_late(fact)

    def _take_late(self, fact: ClockRetargeted) -> None:
        """Take over an end that was learned of late (SLA-68)."""
        for late in fact.late:
            if late.change == "stop":
                self.stopped, self.paused, self.cancelled = late.at, False, fact.met is None
            elif late.change == "cancel":
                self.cancelled = True
                self.breached_before_cancel = fact.breach_at is not None and fact.breach_at <= late.at

    def judge(self, as_of: int) -> None:
        """Take a clock that still runs as broken where its promise ended by ``as_of``, recorded or not (KPI-10)."""
        if self.stopped is None and not self.cancelled:
            breach_at = self.breach_at
            self.met = False if breach_at is not None and breach_at <= as_of else None

    def unsettled(self, as_of: int) -> bool:
        """Whether it was cancelled, or may still be broken after ``as_of``."""
        return self.cancelled or self.paused or self.last_breach_at is None or self.last_breach_at > as_of


def begin_lap(fact: ClockStarted) -> Lap:
    """Return the lap that a start begins."""
    return Lap(
        started=fact.at if fact.anchor is None else fact.anchor,
        stop=fact.stop,
        elapsed=fact.elapsed,
        last_due=fact.due,
        last_breach_at=fact.breach_at,
        at=fact.at,
    )


def next_lap(fact: ClockReset | ClockReopened, stop: str | None) -> Lap:
    """Return the lap of the next cycle of a clock, whose goal still ends with ``stop``."""
    return Lap(
        started=fact.at, stop=stop, elapsed=fact.elapsed, last_due=fact.due, last_breach_at=fact.breach_at, at=fact.at
    )


def lap_name(fact: ClockFact) -> str:
    """Return by what name a journey keeps a clock: its metric, and the team where it runs once a team (SLA-73)."""
    return f"{fact.metric}@{fact.team}" if fact.team else fact.metric


NO_LAP = Lap()
"""What is known of a clock that never started: nothing."""
