"""Working time, slowly: walk through a few days and ask the wall clock, step by step, whether the desk is open.

Written from SLA-10 and SLA-11 alone, on the standard ``zoneinfo``. An instant lies in a window iff the wall clock has
by then read the opening (or later) and has never yet read the closing (or later). So all that counts is the latest
time the wall clock has read so far: it jumps over a gap, and it stands still while an overlap is read a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

__all__ = ["SECOND", "Hours", "MinuteWalk", "latest_readings", "readings", "zone_of"]

SECOND = 1_000_000
DAY = 86_400
Hours = Mapping[int, Sequence[tuple[int, int]]]
"""Weekday (Monday 0) -> windows in minutes after its midnight; an end after 1440 lies on the next day."""


def zone_of(key: str) -> tzinfo:
    """Return the standard zone of an IANA key or of an offset like ``+05:45``."""
    if key[0] not in "+-":
        return ZoneInfo(key)
    sign = -1 if key[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(key[1:3]), minutes=int(key[4:6])))


def readings(key: str, start: int, end: int, step: int) -> Iterator[tuple[int, int]]:
    """Yield every ``step`` seconds of ``[start, end)``, and what the wall clock reads then in seconds since 1970."""
    zone, epoch = zone_of(key), datetime(1970, 1, 1, tzinfo=UTC)
    for second in range(start, end, step):
        offset = (epoch + timedelta(seconds=second)).astimezone(zone).utcoffset()
        yield second, second + offset.days * DAY + offset.seconds


@lru_cache(maxsize=64)
def latest_readings(key: str, start: int, end: int, step: int) -> list[int]:
    """Return, every ``step`` seconds of ``[start, end)``, the latest reading so far, in wall seconds since 1970.

    The walk begins more than a day earlier, so that an overlap of a whole day just before is noticed.
    """
    latest = list(accumulate((reading for _, reading in readings(key, start - 26 * 3_600, end, step)), max))
    return latest[26 * 3_600 // step :]


class MinuteWalk:
    """The open steps of ``[start, end)`` seconds since the epoch; every answer is a search through them.

    ``step`` must divide every opening and closing: 60, or less where offsets have seconds. Instants are microseconds.
    """

    def __init__(self, hours: Hours, key: str, start: int, end: int, step: int = 60) -> None:
        self.start, self.end, self.step = start * SECOND, end * SECOND, step * SECOND
        self.readings = latest_readings(key, start, end, step)
        self.spans: list[tuple[int, int]] = []
        week = {(day * 1440 + minute) % 10_080 for day in hours for span in hours[day] for minute in range(*span)}
        for number, reading in enumerate(self.readings):
            if (reading // 60 + 3 * 1440) % 10_080 in week:  # 1970-01-01 was a Thursday
                self._add_step(self.start + number * self.step)

    def _add_step(self, opening: int) -> None:
        if self.spans and self.spans[-1][1] == opening:
            self.spans[-1] = (self.spans[-1][0], opening + self.step)
        else:
            self.spans.append((opening, opening + self.step))

    def open_steps(self) -> list[bool]:
        steps = [False] * len(self.readings)
        for opening, closing in self.spans:
            for number in range((opening - self.start) // self.step, (closing - self.start) // self.step):
                steps[number] = True
        return steps

    def is_open(self, at: int) -> bool:
        return any(opening <= at < closing for opening, closing in self.spans)

    def worked(self, start: int, end: int) -> int:
        if end < start:
            return -self.worked(end, start)
        return sum(max(0, min(closing, end) - max(opening, start)) for opening, closing in self.spans)

    def within(self, start: int, end: int) -> list[tuple[int, int]]:
        cuts = [(max(opening, start), min(closing, end)) for opening, closing in self.spans]
        return [(opening, closing) for opening, closing in cuts if opening < closing]

    def instants_with_work(self, origin: int, worked: int) -> tuple[int, int] | None:
        """Return the first and the last instant ``worked`` away from ``origin``; ``None`` if they may lie outside."""
        edges = sorted({edge for span in self.spans for edge in span})
        hits: list[int] = []
        for left, right in zip([self.start, *edges], [*edges, self.end - 1], strict=True):
            low, high = self.worked(origin, left), self.worked(origin, right)
            if low <= worked <= high:  # work grows evenly, or not at all, between neighbouring edges
                hits += [left, right] if low == high else [left + worked - low]
        if not hits or min(hits) == self.start or max(hits) == self.end - 1:
            return None
        return min(hits), max(hits)

    def next_close(self, at: int) -> int | None:
        closings = [closing for _, closing in self.spans if at < closing < self.end]
        return closings[0] if closings else None

    def previous_open(self, at: int) -> int | None:
        openings = [opening for opening, _ in self.spans if self.start < opening <= at]
        return openings[-1] if openings else None

    def resolve(self, wall: int) -> int | None:
        """Return the first step at which the wall clock has read ``wall`` seconds or later, by scanning (SLA-10)."""
        for number, reading in enumerate(self.readings):
            if reading >= wall:
                return self.start + number * self.step if number else None
        return None
