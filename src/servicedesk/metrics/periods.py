"""Periods: half-open stretches of the civil calendar, in a zone of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time, timedelta
from typing import Literal, TypeAlias, get_args

import pendulum
from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.instants import Instant, Zone, from_us, instant_us, to_us, zone_name
from servicedesk.sla.calendars.walltime import resolve

__all__ = ["CalendarUnit", "Period"]

CalendarUnit: TypeAlias = Literal["day", "week", "month", "quarter", "year"]
"""What a civil calendar is cut into; weeks are ISO weeks, from Monday."""

_MIDNIGHT = time(0)


def _as_us(value: Instant) -> int:
    return instant_us(value, "Period")


@frozen(repr=False)
class Period:
    """A half-open stretch of time with a zone of its own: never the viewer's, never the log's (KPI-3).

    Built by `day`, `week`, `month`, `quarter`, `year`, or from two instants. ``starts="08:00"`` makes desk days: a
    period begins and ends when the clocks of its zone read 08:00; a wall time that a date skips is the transition
    (SLA-10), so neighbours always tile.

    Raises:
        ValueError: an end before the start.
        NaiveDatetimeError: a datetime without a zone.

    >>> march = Period.month(2026, 3, zone="Asia/Shanghai")
    >>> print(march, march.start, march.next(), march.previous())
    2026-03 2026-03-01 00:00:00+08:00 2026-04 2026-02
    """

    start_us: int = field(converter=_as_us, alias="start")
    end_us: int = field(converter=_as_us, alias="end")
    zone: str = field(converter=zone_name, kw_only=True)
    label: str = field(default="", eq=False, kw_only=True)
    _grid: _Grid | None = field(default=None, eq=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.start_us > self.end_us:
            raise ValueError(f"a period starts no later than it ends: {self.start} > {self.end}")

    @classmethod
    def day(cls, year: int, month: int, day: int, *, zone: Zone, starts: str = "00:00") -> Period:
        """Return a civil day."""
        return _Grid("day", date(year, month, day), zone_name(zone), _clock(starts)).period

    @classmethod
    def week(cls, year: int, week: int, *, zone: Zone, starts: str = "00:00") -> Period:
        """Return an ISO week, Monday to Sunday; week 1 holds the year's first Thursday.

        >>> print(Period.week(2026, 1, zone="Asia/Shanghai").start)
        2025-12-29 00:00:00+08:00
        """
        return _Grid("week", date.fromisocalendar(year, week, 1), zone_name(zone), _clock(starts)).period

    @classmethod
    def month(cls, year: int, month: int, *, zone: Zone, starts: str = "00:00") -> Period:
        """Return a civil month."""
        return _Grid("month", date(year, month, 1), zone_name(zone), _clock(starts)).period

    @classmethod
    def quarter(cls, year: int, quarter: int, *, zone: Zone, starts: str = "00:00") -> Period:
        """Return a quarter, 1 to 4, of a civil year."""
        if quarter not in range(1, 5):
            raise ValueError(f"a quarter is 1, 2, 3 or 4, not {quarter!r}")
        return _Grid("quarter", date(year, 3 * quarter - 2, 1), zone_name(zone), _clock(starts)).period

    @classmethod
    def year(cls, year: int, *, zone: Zone, starts: str = "00:00") -> Period:
        """Return a civil year."""
        return _Grid("year", date(year, 1, 1), zone_name(zone), _clock(starts)).period

    @property
    def start(self) -> pendulum.DateTime:
        """The first instant, in the period's zone."""
        return from_us(self.start_us, self.zone)

    @property
    def end(self) -> pendulum.DateTime:
        """The first instant after it, in the period's zone."""
        return from_us(self.end_us, self.zone)

    @property
    def duration(self) -> timedelta:
        """Real time from start to end: 23 or 25 hours for a day on which the clocks change."""
        return timedelta(microseconds=self.end_us - self.start_us)

    def __contains__(self, at: Instant) -> bool:
        return self.start_us <= instant_us(at) < self.end_us

    def next(self) -> Period:
        """Return the period that begins where this one ends: the next month of a month, else one of equal length."""
        return self._grid.step(1).period if self._grid else self._moved(1)

    def previous(self) -> Period:
        """Return the period that ends where this one begins."""
        return self._grid.step(-1).period if self._grid else self._moved(-1)

    def _moved(self, times: int) -> Period:
        by = times * (self.end_us - self.start_us)
        return Period(self.start_us + by, self.end_us + by, zone=self.zone)

    def split(self, unit: CalendarUnit) -> tuple[Period, ...]:
        """Return the pieces between the unit's borders; they tile the period, the outer ones may be cut short.

        >>> [str(piece) for piece in Period.quarter(2026, 1, zone="Asia/Shanghai").split("month")]
        ['2026-01', '2026-02', '2026-03']
        """
        if unit not in _UNITS:
            message = f"{unit!r} is no unit of the calendar{did_you_mean(unit, _UNITS)}; use {', '.join(_UNITS)}"
            raise DefinitionInvalid((Problem("unit", message),), "split")
        return tuple(self._pieces(unit))

    def _pieces(self, unit: CalendarUnit) -> Iterator[Period]:
        starts = self._grid.starts if self._grid else _MIDNIGHT
        # One unit early: before 08:00 the desk day of the day before still runs.
        grid = _Grid(unit, _first_of(unit, self.start.date()), self.zone, starts).step(-1)
        while grid.start_us < self.end_us:
            start, end = max(grid.start_us, self.start_us), min(grid.step(1).start_us, self.end_us)
            if start < end:
                whole = (start, end) == (grid.period.start_us, grid.period.end_us)
                yield grid.period if whole else Period(start, end, zone=self.zone, label=f"{grid.label} (part)")
            grid = grid.step(1)

    def __str__(self) -> str:
        return self.label or f"{self.start.isoformat()} … {self.end.isoformat()}"

    def __repr__(self) -> str:
        return f"Period({self}, {self.zone})"


@frozen
class _Grid:
    """One cell of a civil calendar: the date a period starts on, and how to find the cells beside it."""

    unit: CalendarUnit
    first: date
    zone: str
    starts: time

    @property
    def start_us(self) -> int:
        return to_us(resolve(self.first, self.starts, self.zone))

    @property
    def period(self) -> Period:
        return Period(self.start_us, self.step(1).start_us, zone=self.zone, label=self.label, grid=self)

    def step(self, count: int) -> _Grid:
        return _Grid(self.unit, _stepped(self.unit, self.first, count), self.zone, self.starts)

    @property
    def label(self) -> str:
        text = _LABELS[self.unit](self.first)
        return text if self.starts == _MIDNIGHT else f"{text} from {self.starts:%H:%M}"


_UNITS: tuple[CalendarUnit, ...] = get_args(CalendarUnit)
_MONTHS: Mapping[str, int] = {"month": 1, "quarter": 3, "year": 12}
_LABELS: Mapping[str, Callable[[date], str]] = {
    "day": lambda first: first.isoformat(),
    "week": lambda first: f"{first.isocalendar().year:04}-W{first.isocalendar().week:02}",
    "month": lambda first: f"{first.year:04}-{first.month:02}",
    "quarter": lambda first: f"{first.year:04}-Q{(first.month + 2) // 3}",
    "year": lambda first: f"{first.year:04}",
}


def _clock(starts: str) -> time:
    try:
        return time.fromisoformat(starts)
    except ValueError:
        problem = Problem("starts", f"{starts!r} is no wall time; write it like '08:00'")
        raise DefinitionInvalid((problem,), "period") from None


def _first_of(unit: CalendarUnit, day: date) -> date:
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _stepped(unit: CalendarUnit, first: date, count: int) -> date:
    if unit in _MONTHS:
        months = first.year * 12 + first.month - 1 + count * _MONTHS[unit]
        return date(months // 12, months % 12 + 1, 1)
    return first + count * timedelta(days=7 if unit == "week" else 1)
