"""A clock, slowly: step through a walk minute by minute and count those that are open and not paused.

Written from SLA-46 and SLA-55 to SLA-60 alone. Everything happens on whole minutes except breaches, which lie a
microsecond after one where the goal may just be reached.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from oracles.minute_walk import SECOND

__all__ = ["MINUTE", "Event", "SteppedClock"]

MINUTE = 60 * SECOND
Event = tuple[int, str, str]
"""Minute (counted from the first of the walk), verb (``pause``, ``resume``), reason."""


@define
class SteppedClock:
    """Run a goal of ``within`` minutes from minute ``start`` on, ``is_open`` telling which minutes are working time."""

    is_open: Sequence[bool]
    start: int
    within: int
    boundary: str
    held: set[str] = field(factory=set)
    minute: int = field(init=False)
    elapsed: int = 0
    used_up: int | None = None
    breach: tuple[int, int] | None = None  # minute, and microseconds after it
    paused: dict[str, tuple[int, int]] = field(factory=dict)  # reason, or "any" -> working and real minutes

    def __attrs_post_init__(self) -> None:
        self.minute = self.start

    def run_to(self, minute: int) -> None:
        """Let time pass."""
        while self.minute < minute:
            self._meet_the_minute()
            self._spend_the_minute()
            self.minute += 1
        if self.elapsed >= self.within and self.used_up is None:
            self.used_up = self.minute
        if self.boundary == "strict" and self.used_up is not None and self.breach is None:
            self.breach = (self.used_up, 0)

    def _spend_the_minute(self) -> None:
        """Count it as elapsed, or for each reason that holds and once for all of them together."""
        if self.is_open[self.minute] and not self.held:
            self.elapsed += 1
        for reason in (*self.held, *(["any"] if self.held else [])):
            working, real = self.paused.get(reason, (0, 0))
            self.paused[reason] = (working + self.is_open[self.minute], real + 1)

    def _meet_the_minute(self) -> None:
        """Note what becomes true at the beginning of a minute, before it is worked through."""
        if self.elapsed >= self.within and self.used_up is None:
            self.used_up = self.minute
        if self.breach is not None or self.used_up is None or (self.held and self.boundary != "strict"):
            return
        if self.boundary == "strict":
            self.breach = (self.used_up, 0)
        elif self.boundary == "by_due":  # a microsecond of real time more, while it is not held
            self.breach = (self.minute, 1 if self.minute == self.used_up else 0)
        elif self.is_open[self.minute]:  # a microsecond of working time more
            self.breach = (self.minute, 1)

    def take(self, event: Event) -> None:
        """Run to an event and take it."""
        minute, verb, reason = event
        self.run_to(minute)
        if verb == "pause":
            self.held.add(reason)
        else:
            self.held.discard(reason)

    def due(self) -> int | None:
        """Run a copy until the goal is used up; ``None`` while held or if the walk is too short."""
        if self.held:
            return None
        ahead = SteppedClock(self.is_open, self.start, self.within, self.boundary)
        ahead.minute, ahead.elapsed, ahead.used_up = self.minute, self.elapsed, self.used_up
        while ahead.used_up is None and ahead.minute < len(self.is_open):
            ahead.run_to(ahead.minute + 1)
        return ahead.used_up
