"""Working time on integers: the hot path of every calendar, on a timeline that grows where questions reach."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date, timedelta, tzinfo
from typing import Any, Literal, TypeAlias, get_args

import pendulum
from attrs import evolve, field, fields, frozen

from servicedesk.errors import CalendarCoverageError, NoWorkingTime
from servicedesk.instants import duration_text, from_us
from servicedesk.sla.calendars.rule import Reach, Rule
from servicedesk.sla.calendars.timeline import UNCOMPILED, Roll, Timeline
from servicedesk.sla.calendars.walltime import DAY, day_at, wall_instant

__all__ = ["Beyond", "WorkingTime"]

_YEAR = 366 * DAY
_HORIZON = 73_049 * DAY  # 200 Gregorian years: no search goes further (SLA-26)
_HORIZON_DAYS = 73_049
_YEAR_DAYS = 366
_FIRST = -62_135_596_800_000_000  # 0001-01-01T00:00Z
_LAST = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z
_LAST_DAY = date.max.toordinal()

Beyond: TypeAlias = Literal["raise", "assume"]
"""What to do about a date outside the coverage: refuse to answer, or go by the pattern without exceptions (SLA-19)."""


@frozen(repr=False)
class WorkingTime:
    """Queries in microseconds since the epoch, and dates as ``date.toordinal``; `Calendar` adds datetimes and names.

    What was compiled, a year to either side of the first question and doubled as needed, is no part of the value.
    """

    rule: Rule
    name: str = field(default="", kw_only=True)
    version: str = field(default="", kw_only=True)
    beyond: Beyond = field(default="raise", kw_only=True)
    _tz: tzinfo = field(init=False, eq=False)
    _limits: tuple[int, int] = field(init=False, eq=False)
    _line: Timeline = field(init=False, eq=False)
    _days: tuple[int, int, list[int]] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        first, last = self.limits[0]
        hidden = {
            "_tz": self.rule.tz,
            "_limits": (_FIRST if first is None else max(first, _FIRST), _LAST + 1 if last is None else last),
            "_line": UNCOMPILED,
            "_days": (1, 0, []),
        }
        for name, value in hidden.items():
            object.__setattr__(self, name, value)

    def elapsed_us(self, start: int, end: int) -> int:
        """Return `elapsed` on integers."""
        try:
            return self._line.elapsed(start, end)
        except IndexError:
            return self.timeline(min(start, end), max(start, end)).elapsed(start, end)

    def add_us(self, start: int, worked: int, roll: Roll = "close") -> int:
        """Return `add` on integers."""
        if worked > 0:
            return self._travel(start, worked, roll)
        if worked < 0:
            raise ValueError(f"worked = {_text(worked)} is negative; to go back from {self.local(start)}, use subtract")
        return start if roll == "close" else self._travel(start, 0, roll)

    def land_us(self, start: int, worked: int) -> tuple[int, int]:
        """Return `add` of ``worked > 0`` and of a microsecond more: due and breach of a promise in one look-up."""
        try:
            first, after = self._line.land(start, worked)
            if after - start <= _HORIZON:
                return first, after
        except IndexError:
            pass
        return self.add_us(start, worked), self.add_us(start, worked + 1)

    def subtract_us(self, end: int, worked: int, roll: Roll = "open") -> int:
        """Return `subtract` on integers."""
        if worked > 0:
            return self._travel(end, -worked, roll)
        if worked < 0:
            raise ValueError(f"worked = {_text(worked)} is negative; to go on from {self.local(end)}, use add")
        return end if roll == "open" else self._travel(end, 0, roll)

    def is_open_us(self, at: int) -> bool:
        """Return `is_open` on integers."""
        try:
            return bool(self._line.place(at) & 1)
        except IndexError:
            return bool(self.timeline(at, at + 1).place(at) & 1)

    def next_open_us(self, at: int) -> int:
        """Return `next_open` on integers."""
        return self._travel(at, 0, "open")

    def next_close_us(self, at: int) -> int:
        """Return `next_close` on integers."""
        return self._search(lambda line: line.next_close(at), at, _HORIZON, "closing")

    def previous_close_us(self, at: int) -> int:
        """Return `previous_close` on integers."""
        return self._travel(at, 0, "close")

    def previous_open_us(self, at: int) -> int:
        """Return `previous_open` on integers."""
        self.timeline(at, at + 1)  # whether it is open at that instant must be known
        return self._search(lambda line: line.previous_open(at), at, -_HORIZON, "opening")

    def spans_us(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Return `spans` on integers, as pairs."""
        if start > end:
            raise ValueError(f"spans need start <= end, not {self.local(start)} > {self.local(end)}; elapsed is signed")
        flat = self.timeline(start, end).spans(start, end)
        return tuple(zip(flat[::2], flat[1::2], strict=True))

    def local(self, us: int) -> pendulum.DateTime:
        """Return an instant in microseconds as a datetime in the calendar's zone."""
        return from_us(us, self._tz)

    def _shown(self, us: int) -> pendulum.DateTime:
        """Return an instant for a message: in UTC where the calendar's zone has no date for it any more."""
        try:
            return self.local(us)
        except OverflowError:
            return from_us(us)

    def _travel(self, origin: int, worked: int, roll: Roll) -> int:
        """Move by signed work and land on the earliest or latest instant that fits."""
        try:
            found = self._line.travel(origin, worked, roll)
            if abs(found - origin) <= _HORIZON:
                return found
        except (IndexError, KeyError):
            pass  # outside what is compiled, or no such roll
        if roll not in get_args(Roll):
            raise ValueError(f"roll is 'close' or 'open', not {roll!r}")
        reach = _HORIZON if worked > 0 or (worked == 0 and roll == "open") else -_HORIZON
        amount = _text(abs(worked)) if worked else "opening" if roll == "open" else "closing"
        return self._search(lambda line: line.travel(origin, worked, roll), origin, reach, amount)

    def _search(self, query: Callable[[Timeline], int], origin: int, reach: int, amount: str) -> int:
        """Ask ever wider timelines, up to ``reach`` from ``origin``; a wide one changes nothing (SLA-26)."""
        line = self.timeline(origin, origin)
        limit = self._limit(origin, reach)
        while True:
            try:
                found = query(line)
            except IndexError:
                if limit < line.end if reach > 0 else line.start <= limit:
                    break
                line = self.timeline(line.start, line.end + 1) if reach > 0 else self.timeline(line.start - 1, line.end)
            else:
                if abs(found - origin) > _HORIZON:
                    break
                return found
        raise NoWorkingTime(self.label, self._shown(origin), amount, self._shown(limit))

    def _limit(self, origin: int, reach: int) -> int:
        """Return where a search ends: at the horizon, or where the calendar itself ends (SLA-26)."""
        begins, ends = self.rule.extent
        if reach > 0:
            return min(origin + reach, _LAST, _LAST if ends is None else max(ends, _FIRST))
        return max(origin + reach, _FIRST, _FIRST if begins is None else min(begins, _LAST))

    def timeline(self, first: int, last: int) -> Timeline:
        """Return a timeline from ``first`` to ``last`` or more: the present one, or one that is at least doubled."""
        line = self._line
        start, end = line.start, line.end
        if start <= first and last <= end:
            return line
        if first < _FIRST or last > _LAST + 1:
            outside = first if first < _FIRST else last
            raise OverflowError(f"calendar {self.label!r}: {outside} µs lies outside the years 1 to 9999")
        lowest, highest = self._limits
        if first < lowest or last > highest:
            raise self._unknown(self._first_outside(*self.limits, first, last))
        if start == end or first > end + _HORIZON or last < start - _HORIZON:  # the first, or farther than any search
            start, end = first - _YEAR, last + _YEAR
        width = end - start
        if first < start:
            start = min(first - _YEAR, start - width)
        if last > end:
            end = max(last + _YEAR, end + width)
        return self._compile(max(start, lowest), min(end, highest))

    def _compile(self, start: int, end: int) -> Timeline:
        line = Timeline.compile(self.rule.bounds(start, end), start, end)
        object.__setattr__(self, "_line", line)  # one assignment: other threads see the old line or the new one
        return line

    def first_unknown_us(self, start: int, end: int) -> date | None:
        """Return the first date nobody has published that an answer about ``[start, end)`` uses, if there is one."""
        return self._first_outside(self.rule.known, self.rule.known_days, start, end)

    def _first_outside(self, reach: Reach, days: Reach, start: int, end: int) -> date | None:
        first, last = reach
        if first is not None and start < first:
            day, _ = day_at(start, self._tz)
            return date.fromordinal(day if days[0] is None else min(day, days[0] - 1))
        if last is not None and end > last:
            return date.fromordinal(day_at(max(start, last), self._tz)[0])
        return None

    def _unknown(self, day: date | None) -> CalendarCoverageError:
        known_from, known_until = (None if day is None else date.fromordinal(day) for day in self.limits[1])
        return CalendarCoverageError(self.label, day or date.min, known_until, known_from)

    @property
    def limits(self) -> tuple[Reach, Reach]:
        """The instants and the dates outside which it does not answer (SLA-19)."""
        return ((None, None), (None, None)) if self.beyond == "assume" else self.rule.limits

    def assuming(self) -> Any:
        """Return the calendar that goes by the pattern where this one's coverage ends; itself, if it has no end."""
        if self.beyond == "assume" or self.rule.known == (None, None):
            return self
        return evolve(self, beyond="assume")

    def day_us(self, at: int) -> int:
        """Return the civil date of an instant, in the calendar's zone."""
        return day_at(at, self._tz)[0]

    def wall_us(self, day: int, wall: int) -> int:
        """Return the instant of a wall time on a date, in microseconds after midnight (SLA-10)."""
        return wall_instant(day, wall, self._tz)

    def last_close_us(self, day: int) -> int:
        """Return the last closing of the windows that start on a working day."""
        self._days_to(day, day)
        bounds = self.rule.windows(day)
        if not bounds:
            raise ValueError(f"{date.fromordinal(day)} is no working day of {self.label!r}; see next_open")
        return bounds[-1]

    def is_working_day(self, day: int) -> bool:
        """Whether a non-empty window starts on a date."""
        _, _, days = self._days_to(day, day)
        place = bisect_left(days, day)
        return place < len(days) and days[place] == day

    def working_day(self, day: int, n: int) -> int:
        """Return the n-th working day after a date, which itself never counts; before it for a negative ``n``."""
        if n == 0:
            raise ValueError("the n-th working day needs n != 0; see is_working_day")
        limit = self._last_day(day, n)
        near = min(max(day + (1 if n > 0 else -1), 1), _LAST_DAY)  # the date itself need not be known
        first, last, days = self._days_to(near, near)
        while True:
            place = bisect_right(days, day) + n - 1 if n > 0 else bisect_left(days, day) + n
            if 0 <= place < len(days):
                if (days[place] > limit) if n > 0 else (days[place] < limit):
                    break
                return days[place]
            if last >= limit if n > 0 else first <= limit:
                break
            first, last, days = self._days_to(first, last + 1) if n > 0 else self._days_to(first - 1, last)
        looked = self._shown(self.wall_us(limit, 0))
        amount = f"{abs(n)} working day{'s' * (abs(n) != 1)}"
        raise NoWorkingTime(self.label, self._shown(self.wall_us(day, 0)), amount, looked)

    def _last_day(self, day: int, n: int) -> int:
        """Return the date where a search ends: 200 years on, or where the calendar itself ends (SLA-26)."""
        begins, ends = self.rule.extent
        if n > 0:
            return min(day + _HORIZON_DAYS, _LAST_DAY if ends is None else self.day_us(min(max(ends, _FIRST), _LAST)))
        # Breaks may leave a window no more than its morning: it starts, for dates, the day before.
        return max(day - _HORIZON_DAYS, 1 if begins is None else self.day_us(min(max(begins, _FIRST), _LAST)) - 2, 1)

    def _days_to(self, first: int, last: int) -> tuple[int, int, list[int]]:
        """Return the working days of at least these dates, after the reach of what is known, which at least doubles."""
        start, end, days = self._days
        if start <= first and last <= end:
            return start, end, days
        lowest, highest = self.limits[1]
        lowest, highest = max(lowest or 1, 1), min(highest or _LAST_DAY, _LAST_DAY)
        if first < lowest or last > highest:
            raise self._unknown(date.fromordinal(first if first < lowest else last if first <= highest else first))
        width = end - start
        if width < 0 or first > end + _HORIZON_DAYS or last < start - _HORIZON_DAYS:  # none yet, or far from any search
            start, end = first - _YEAR_DAYS, last + _YEAR_DAYS
        elif first < start:
            start = min(first - _YEAR_DAYS, start - width)
        if last > end:
            end = max(last + _YEAR_DAYS, end + width)
        start, end = max(start, lowest), min(end, highest)
        found = start, end, list(self.rule.working_days(start, end))
        object.__setattr__(self, "_days", found)  # one assignment: other threads see the old days or the new ones
        return found

    @property
    def label(self) -> str:
        """Name and version as messages print them; what it is made of where it has no name."""
        return f"{self.name} {self.version}".strip() or str(self.rule)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle what defines the calendar, not what was compiled from it."""
        return {one.name: getattr(self, one.name) for one in fields(type(self)) if one.init}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for key, value in state.items():
            object.__setattr__(self, key, value)
        self.__attrs_post_init__()


def _text(worked: int) -> str:
    return duration_text(timedelta(microseconds=worked))
