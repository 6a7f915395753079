"""Calendar files, written from plain values; and slowly, date by date, what their rules mean (RFC 5545, SLA-34)."""

from __future__ import annotations

from calendar import timegm
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from attrs import frozen

from oracles.minute_walk import readings

__all__ = ["Rule", "ics", "instant", "recurrences"]

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def ics(*events: str, head: str = "") -> str:
    """Write a calendar file; each event, and what stands before them, is lines of text."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", *head.split("\n")]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.strip().split("\n"), "END:VEVENT"]
    return "".join(f"{line.strip()}\r\n" for line in [*lines, "END:VCALENDAR"] if line.strip())


def instant(wall: datetime, key: str, step: int) -> int:
    """Return, in seconds since the epoch, when a clock of the zone first reads ``wall`` or later (SLA-10).

    No clock has ever been 17 hours off UTC, so the scan begins where all of them read less.
    """
    wanted = timegm(wall.timetuple())
    walk = readings(key, wanted - 17 * 3_600, wanted + 17 * 3_600, step)
    return next(second for second, reading in walk if reading >= wanted)


@frozen
class Rule:
    """A recurrence from ``start`` on: each ``interval`` days, weeks (on ``weekdays``) or months (n-th weekday)."""

    start: date
    frequency: str
    interval: int
    weekdays: frozenset[int]
    count: int | None
    until: date | None

    @property
    def text(self) -> str:
        """The value of ``RRULE``; ``UNTIL`` as a date."""
        parts = [f"FREQ={self.frequency}", f"INTERVAL={self.interval}"]
        if self.frequency == "WEEKLY":
            parts.append("BYDAY=" + ",".join(WEEKDAYS[day] for day in sorted(self.weekdays)))
        if self.frequency == "MONTHLY":
            parts.append(f"BYDAY={_place(self.start)}{WEEKDAYS[self.start.weekday()]}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%d}")
        return ";".join(parts)

    def takes(self, day: date) -> bool:
        """Whether the pattern holds on a date, its end left out."""
        if self.frequency == "DAILY":
            return (day - self.start).days % self.interval == 0
        if self.frequency == "WEEKLY":
            mondays = [each - timedelta(days=each.weekday()) for each in (day, self.start)]
            return (mondays[0] - mondays[1]).days // 7 % self.interval == 0 and day.weekday() in self.weekdays
        months = (day.year - self.start.year) * 12 + day.month - self.start.month
        same = day.weekday() == self.start.weekday() and _place(day) == _place(self.start)
        return months % self.interval == 0 and same


def _place(day: date) -> int:
    """Return 2 for the second Monday of its month."""
    return (day.day + 6) // 7


def recurrences(rule: Rule, last: date) -> Iterator[date]:
    """Yield the dates of a rule up to ``last``."""
    day, found = rule.start, 0
    while day <= min(last, rule.until or last) and (rule.count is None or found < rule.count):
        if rule.takes(day):
            found += 1
            yield day
        day += timedelta(days=1)
