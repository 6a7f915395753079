"""Layers of a calendar, slowly: each minute of each date is asked what weekly hours, seasons and exceptions say of it.

Written from SLA-11 to SLA-14 and SLA-80 alone, on plain data: windows are minutes after the midnight of the date they
start on, and each layer overrules the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

from attrs import field, frozen

from oracles.minute_walk import DAY, SECOND, Hours, MinuteWalk, latest_readings

__all__ = ["LayerWalk", "Layers", "StepWalk"]

Windows = Sequence[tuple[int, int]]
EPOCH = date(1970, 1, 1)
FULL_DAY = ((0, 1440),)


@frozen
class Layers:
    """What a calendar is made of; ``special`` maps a date to ``(rule, weekday or windows)``.

    Rules are ``as``, ``weekly``, ``closed``, ``windows``, and the make-up days that count only on dates without hours:
    ``makeup``, ``makeup as``, ``makeup windows``.
    """

    weekly: Hours
    seasons: Sequence[tuple[tuple[int, int], tuple[int, int], Hours]] = ()
    holidays: frozenset[date] = frozenset()
    special: Mapping[date, tuple[str, object]] = field(factory=dict)
    breaks: Mapping[date, Sequence[Windows]] = field(factory=dict)
    extra: Mapping[date, Sequence[Windows]] = field(factory=dict)
    cut: bool = False
    conflict: str = "special"

    def week_on(self, day: date) -> Hours:
        """Return the weekly hours of the season a date lies in: the whole leap year is gone through."""
        for first, last, hours in self.seasons:
            if (day.month, day.day) in _dates_between(first, last):
                return hours
        return self.weekly

    def pattern(self, day: date) -> Windows:
        return self.week_on(day).get(day.weekday(), ())

    def ruling(self, day: date) -> str:
        """Return which layer rules a date: ``weekly``, ``holiday`` or ``special``."""
        special, holiday = day in self.special, day in self.holidays
        if special and not (holiday and self.conflict == "holiday"):
            idle = self.special[day][0].startswith("makeup") and self.pattern(day)
            return "weekly" if idle else "special"
        return "holiday" if holiday else "weekly"

    def base(self, day: date) -> Windows:
        """Return the windows of a date before breaks and extras."""
        ruling = self.ruling(day)
        if ruling == "weekly":
            return self.pattern(day)
        if ruling == "holiday":
            return ()
        rule, told = self.special[day]
        if rule.endswith("windows"):
            return told
        if rule.endswith("as"):
            return self.week_on(day).get(told, ())
        if rule == "makeup":
            return next(filter(None, self.week_on(day).values()), ())
        return self.pattern(day) if rule == "weekly" else ()

    def minutes_of(self, day: date) -> list[str]:
        """Say of each minute of a date's wall clock why it counts or not (SLA-80)."""
        before = day - timedelta(days=1)
        ruling, closed = self.ruling(day), not self.base(day)
        off = "holiday" if ruling == "holiday" else "closed special" if ruling == "special" and closed else "off_hours"
        kinds = [off] * 1440
        _write(kinds, [self.base(before)], 1440, "special" if self.ruling(before) == "special" else "working")
        if self.cut and ruling == "holiday":
            kinds = [off] * 1440
        _write(kinds, [self.base(day)], 0, "special" if ruling == "special" else "working")
        for table, kind, touches in (
            (self.breaks, "break", lambda old: old in COUNTED),
            (self.extra, "extra", lambda old: old not in COUNTED),
        ):
            marks = [""] * 1440
            _write(marks, table.get(before, ()), 1440, kind)
            _write(marks, table.get(day, ()), 0, kind)
            kinds = [mark if mark and touches(old) else old for old, mark in zip(kinds, marks, strict=True)]
        return kinds


COUNTED = {"working", "special", "extra", "assumed"}


def _write(kinds: list[str], spans: Iterable[Windows], shift: int, kind: str) -> None:
    for windows in spans:
        for start, end in windows:
            for minute in range(max(0, start - shift), min(1440, end - shift)):
                if kinds[minute] != "special":
                    kinds[minute] = kind


@lru_cache(maxsize=256)
def _dates_between(first: tuple[int, int], last: tuple[int, int]) -> frozenset[tuple[int, int]]:
    day, found = date(2000, *first), [first]
    while (day.month, day.day) != last:
        day = (day + timedelta(days=1)).replace(year=2000)
        found.append((day.month, day.day))
    return frozenset(found)


class StepWalk(MinuteWalk):
    """A walk whose steps are known to be open or not: what set operations on walks give."""

    def __init__(self, start: int, end: int, step: int, flags: Sequence[bool]) -> None:
        """Take instants in microseconds."""
        self.start, self.end, self.step = start, end, step
        self.readings = [0] * len(flags)
        self.spans = []
        for number, flag in enumerate(flags):
            if flag:
                self._add_step(start + number * step)


class LayerWalk(MinuteWalk):
    """The steps of ``[start, end)`` seconds, each with its kind."""

    def __init__(self, layers: Layers, key: str, start: int, end: int, step: int = 60) -> None:
        self.start, self.end, self.step = start * SECOND, end * SECOND, step * SECOND
        self.readings = latest_readings(key, start, end, step)
        self.spans = []
        dates = {number: layers.minutes_of(EPOCH + timedelta(days=number)) for number in self._days()}
        self.kinds = [dates[reading // DAY][reading % DAY // 60] for reading in self.readings]
        for number, kind in enumerate(self.kinds):
            if kind in COUNTED:
                self._add_step(self.start + number * self.step)

    def _days(self) -> set[int]:
        return {reading // DAY for reading in self.readings}
