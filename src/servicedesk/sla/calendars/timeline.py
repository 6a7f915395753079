"""Compiled working time: sorted boundaries with prefix sums, so that every query is one look-up (the hot path).

All openings and closings of the disjoint windows lie sorted in one list; the parity of the place where an instant
falls says open or closed. ``base`` holds, for each place, the work before it (closed) or that minus the opening
(open), so the work before ``t`` is ``base[i]``, plus ``t`` while open. The look-up is narrowed by a guide: the high
bits of an instant name the few boundaries it can fall between. Nothing here iterates by day (SLA-26).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Literal, TypeAlias

from attrs import frozen

from servicedesk.sla.calendars.bounds import cut

__all__ = ["UNCOMPILED", "Roll", "Timeline"]

Roll: TypeAlias = Literal["close", "open"]
"""Where to land when the work ends with a window: at its closing, or at the next opening."""

_SIDE = {"close": bisect_left, "open": bisect_right}


@frozen(repr=False, eq=False)
class Timeline:
    """The working time in ``[start, end)``, microseconds since the epoch; immutable, replaced when it is too narrow.

    A query that would need an instant outside raises ``IndexError``: the calendar then compiles more and asks again.
    Work is counted from ``start``, so it means something only inside one timeline.
    """

    start: int
    end: int
    bounds: list[int]
    base: list[int]
    closed: list[int]
    bits: int
    guide: list[int]
    work_bits: int
    work_guide: list[int]

    @classmethod
    def compile(cls, bounds: list[int], start: int, end: int) -> Timeline:
        """Build it from boundaries that are sorted, disjoint, in pairs and inside ``[start, end)``."""
        openings, closings = bounds[::2], bounds[1::2]
        closed = list(accumulate((closing - opening for opening, closing in zip(openings, closings, strict=True))))
        base = [0] * (len(bounds) + 1)
        base[2::2] = closed
        base[1::2] = [before - opening for before, opening in zip([0, *closed], openings, strict=False)]
        bits, guide = _guide(bounds, start, end)
        work_bits, work_guide = _guide(closed, 0, closed[-1] if closed else 0)
        return cls(start, end, bounds, base, closed, bits, guide, work_bits, work_guide)

    def place(self, at: int) -> int:
        """Return how many boundaries lie at or before an instant: odd while open."""
        if not self.start <= at < self.end:  # at `end` only the work before is known: `elapsed` and `travel` take it
            raise IndexError(at)
        bucket = (at - self.start) >> self.bits
        return bisect_right(self.bounds, at, self.guide[bucket], self.guide[bucket + 1])

    def elapsed(self, start: int, end: int) -> int:
        """Return the signed working time from one instant to another (SLA-21)."""
        origin = self.start
        if not (origin <= start <= self.end and origin <= end <= self.end):
            raise IndexError(start, end)
        # Two times `place`, written out: the calls would cost as much as the look-ups.
        bounds, base, bits, guide = self.bounds, self.base, self.bits, self.guide
        bucket = (start - origin) >> bits
        first = bisect_right(bounds, start, guide[bucket], guide[bucket + 1])
        bucket = (end - origin) >> bits
        last = bisect_right(bounds, end, guide[bucket], guide[bucket + 1])
        return (base[last] + end if last & 1 else base[last]) - (base[first] + start if first & 1 else base[first])

    def travel(self, origin: int, worked: int, roll: Roll) -> int:
        """Return the instant that ``worked``, which is signed, lies away from ``origin``: the earliest or the latest.

        ``roll="close"`` asks for the earliest, ``"open"`` for the latest. This is the one function behind
        `Calendar.add`, ``subtract``, ``next_open`` and ``previous_close`` (SLA-22 to 24).
        An unknown roll is a ``KeyError``.
        """
        if not self.start <= origin <= self.end:
            raise IndexError(origin)
        guide, bucket = self.guide, (origin - self.start) >> self.bits  # `place`, written out
        place = bisect_right(self.bounds, origin, guide[bucket], guide[bucket + 1])
        work = self.base[place] + worked
        if place & 1:
            work += origin
        if work <= 0 and (work < 0 or roll == "close"):  # it lies before `start`, or may
            raise IndexError(work)
        guide, bucket = self.work_guide, work >> self.work_bits
        window = _SIDE[roll](self.closed, work, guide[bucket], guide[bucket + 1])
        return work - self.base[2 * window + 1]

    def land(self, origin: int, worked: int) -> tuple[int, int]:
        """Return the earliest instant ``worked > 0`` after ``origin``, and the earliest with a microsecond more."""
        if not self.start <= origin <= self.end:
            raise IndexError(origin)
        guide, bucket = self.guide, (origin - self.start) >> self.bits  # `place`, written out
        place = bisect_right(self.bounds, origin, guide[bucket], guide[bucket + 1])
        work = self.base[place] + worked
        if place & 1:
            work += origin
        guide, bucket = self.work_guide, work >> self.work_bits
        window = bisect_left(self.closed, work, guide[bucket], guide[bucket + 1])
        first = work - self.base[2 * window + 1]
        if first < self.bounds[2 * window + 1]:
            return first, first + 1
        return first, self.bounds[2 * window + 2] + 1  # a closing: work goes on at the next opening

    def next_close(self, at: int) -> int:
        """Return the end of the window that is open at an instant, else of the next one (SLA-24)."""
        closing = self.bounds[self.place(at) | 1]
        if closing == self.end:  # cut here, not closed
            raise IndexError(at)
        return closing

    def previous_open(self, at: int) -> int:
        """Return the start of the window that is open at an instant, else of the one before (SLA-24)."""
        place = self.place(at)
        opening = self.bounds[(place - 1) & ~1] if place else self.start
        if opening == self.start:  # cut here, not opened
            raise IndexError(at)
        return opening

    def spans(self, start: int, end: int) -> list[int]:
        """Return openings and closings by turns of the working time in ``[start, end)`` (SLA-25)."""
        if not self.start <= start <= end <= self.end:
            raise IndexError(start, end)
        return cut(self.bounds, start, end)


def _guide(points: list[int], start: int, end: int) -> tuple[int, list[int]]:
    """Return a bit count and a table: points before each multiple of that power of two, some two points a bucket."""
    bits = ((end - start) // (len(points) + 1)).bit_length() + 1
    return bits, [bisect_left(points, start + (step << bits)) for step in range(((end - start) >> bits) + 2)]


UNCOMPILED = Timeline.compile([], 0, 0)
