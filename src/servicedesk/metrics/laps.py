"""Laps: the clock of one SLA metric on one ticket, read from its facts and never computed anew."""

from __future__ import annotations

from typing import TypeAlias

from attrs import define

from servicedesk.events import ClockBreached, ClockCancelled, ClockPaused, ClockResumed, ClockStarted, ClockStopped

__all__ = ["NO_LAP", "ClockChange", "Lap", "begin_lap"]

ClockChange: TypeAlias = ClockPaused | ClockResumed | ClockStopped | ClockCancelled | ClockBreached
"""What may happen to a clock after its start."""


@define(eq=False, weakref_slot=False)
class Lap:
    """The clock of one SLA metric on one ticket, as its facts tell it (KPI-10); instants and spans are integer µs.

    A clock that starts anew begins a new lap; the last one counts. ``stop`` is the stop state of its goal.
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
        self.paused = fact.due is None and fact.breach_at is None
        if fact.due is not None:
            self.last_due = fact.due
        if fact.breach_at is not None:
            self.last_breach_at = fact.breach_at
        if type(fact) is ClockStopped:
            self.stopped, self.paused = fact.at, False
        elif type(fact) is ClockCancelled:
            self.cancelled, self.breached_before_cancel = True, fact.breached_before_cancel

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
        started=fact.at,
        stop=fact.stop,
        elapsed=fact.elapsed,
        last_due=fact.due,
        last_breach_at=fact.breach_at,
        at=fact.at,
    )


NO_LAP = Lap()
"""What is known of a clock that never started: nothing."""
