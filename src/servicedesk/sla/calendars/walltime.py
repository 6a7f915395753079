"""From wall times to instants: where daylight saving, skipped dates and sub-minute offsets are dealt with.

A *wall time* here is an ``int``: the microseconds a wall clock has counted since its own 1970-01-01 00:00. One rule,
`resolve`, serves openings and closings alike, so neighbouring windows tile and no window is negative (SLA-10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

import pendulum

from servicedesk.instants import MICROSECOND, Zone, from_us, to_zone
from servicedesk.sla.calendars.bounds import cut, united

__all__ = [
    "DAY",
    "HoursOn",
    "Window",
    "boundaries",
    "dated",
    "day_at",
    "instants_of",
    "resolve",
    "resolve_us",
    "steady_offsets",
    "utc_midnight",
    "wall_instant",
]

Window: TypeAlias = tuple[int, int]
"""Opening and closing in microseconds after the midnight of the date it starts on; an overnight closing passes 24 h."""

HoursOn: TypeAlias = Callable[[int], tuple[Window, ...]]
"""The windows of a date (``date.toordinal``), sorted: what weekly hours give, and the layers that replace them."""

DAY = 86_400_000_000
_MIDNIGHT = datetime.fromordinal(1)  # of 0001-01-01; plain, because a wall clock knows no zone
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal()
_FIRST_WALL = (1 - _EPOCH_DAY) * DAY
_LAST_WALL = (_LAST_DAY + 1 - _EPOCH_DAY) * DAY - 1


def resolve(day: date, wall: time, zone: Zone) -> pendulum.DateTime:
    """Return the first instant at which the clocks of ``zone`` read ``wall`` on ``day``, or later (SLA-10).

    In a gap that is the transition, in an overlap the first occurrence, on a skipped date the transition.

    >>> print(resolve(date(2026, 3, 29), time(1, 30), "Europe/London"))
    2026-03-29 02:00:00+01:00
    """
    passed = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
    target = to_zone(zone)
    return from_us(resolve_us(utc_midnight(day.toordinal()) + passed // MICROSECOND, target), target)


def resolve_us(wall: int, zone: tzinfo) -> int:
    """Return the instant of a wall time, both in microseconds: `resolve` on integers (SLA-10)."""
    before, after = _offset_us(wall, zone, fold=0), _offset_us(wall, zone, fold=1)
    if before >= after:  # no transition, or an overlap: PEP 495 puts the first occurrence at fold 0
        return wall - before
    return _end_of_gap(wall, zone, wall - after, wall - before)


def _end_of_gap(wall: int, zone: tzinfo, early: int, late: int) -> int:
    """Bisect for the transition: ``early`` lies before it, ``late`` does not."""
    while late - early > 1:
        middle = (early + late) // 2
        if _wall_us(middle, zone) >= wall:
            late = middle
        else:
            early = middle
    return late


def boundaries(hours_on: HoursOn, zone: tzinfo, start: int, end: int) -> list[int]:
    """Return openings and closings by turns, as instants, of all windows in ``[start, end)``, united and cut to it.

    Windows that touch or overlap become one (SLA-11). The offset is asked for once a day; near a transition every
    wall time goes through `resolve_us`.
    """
    bounds: list[int] = []
    # A wall clock is never a full day off UTC, and a window ends within two days of the midnight it belongs to.
    first, last = start // DAY + _EPOCH_DAY - 2, end // DAY + _EPOCH_DAY + 1
    for day, offset in steady_offsets(zone, max(first, 1), min(last, _LAST_DAY)):
        midnight = (day - _EPOCH_DAY) * DAY
        for opening, closing in hours_on(day):
            if offset is None:
                opened, closed = resolve_us(midnight + opening, zone), resolve_us(midnight + closing, zone)
            else:
                opened, closed = midnight + opening - offset, midnight + closing - offset
            if bounds and opened <= bounds[-1]:
                bounds[-1] = max(bounds[-1], closed)
            elif opened < closed:  # else a gap swallowed it
                bounds += (opened, closed)
    return cut(bounds, start, end)


def dated(table: Mapping[int, tuple[Window, ...]], zone: tzinfo, start: int, end: int) -> list[int]:
    """Return the boundaries of the windows of single dates, united and cut to ``[start, end)``."""
    first, last = start // DAY + _EPOCH_DAY - 2, end // DAY + _EPOCH_DAY + 1
    days = (day for day in table if first <= day <= last)
    return cut(united(pair for day in days for pair in instants_of(day, table[day], zone)), start, end)


def instants_of(day: int, windows: tuple[Window, ...], zone: tzinfo) -> list[tuple[int, int]]:
    """Return the windows of a date as instants; one that a gap swallows is empty."""
    midnight = utc_midnight(day)
    return [
        (resolve_us(midnight + opening, zone), resolve_us(midnight + closing, zone)) for opening, closing in windows
    ]


def wall_instant(day: int, wall: int, zone: tzinfo) -> int:
    """Return the instant of a wall time on a date, ``wall`` in microseconds after midnight (SLA-10)."""
    return resolve_us(utc_midnight(day) + wall, zone)


def day_at(at: int, zone: tzinfo) -> tuple[int, int]:
    """Return what the wall clock reads: the date (``date.toordinal``), and microseconds after its midnight."""
    days, wall = divmod(_wall_us(at, zone), DAY)
    return days + _EPOCH_DAY, wall


def steady_offsets(zone: tzinfo, first: int, last: int) -> Iterator[tuple[int, int | None]]:
    """Yield each date with the one offset that holds from its midnight for two days, or ``None`` near a transition.

    Offsets are compared at three midnights. That is exact: in the whole time-zone database no two transitions of a
    zone lie within three days of each other.
    """
    offset_at, midnight_of = zone.utcoffset, datetime.fromordinal  # a year asks 365 times: no detours here
    known: timedelta | None = None
    offset = 0
    today, tomorrow = None, None
    for day in range(first, last + 1):
        later = offset_at(midnight_of(day + 2)) if day < _LAST_DAY - 1 else None
        if today is None or not today == tomorrow == later:
            yield day, None
        else:
            if today is not known:
                known, offset = today, _us(today)
            yield day, offset
        today, tomorrow = tomorrow, later


def utc_midnight(day: int) -> int:
    """Return the midnight of a date in UTC; that of any zone is less than a day off."""
    return (day - _EPOCH_DAY) * DAY


def _us(offset: timedelta | None) -> int:
    if offset is None:
        raise ValueError("a zone without offsets")  # none that `to_zone` lets through
    return (offset.days * 86_400 + offset.seconds) * 1_000_000


def _offset_us(wall: int, zone: tzinfo, fold: int) -> int:
    """Return what the wall clock is ahead of UTC; past the years 1 to 9999 the nearest one that has a date."""
    within = min(max(wall, _FIRST_WALL), _LAST_WALL)
    reading = _MIDNIGHT + timedelta(microseconds=within - _FIRST_WALL)
    return _us(zone.utcoffset(reading.replace(fold=fold)))


def _wall_us(instant: int, zone: tzinfo) -> int:
    """Return what the wall clock reads at an instant."""
    reading = zone.fromutc((_MIDNIGHT + timedelta(microseconds=instant - _FIRST_WALL)).replace(tzinfo=zone))
    return (reading.replace(tzinfo=None) - _MIDNIGHT) // MICROSECOND + _FIRST_WALL
