"""Working time: when a desk is open, how much of it lies between two instants, and where a goal is used up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any, get_args

import pendulum
from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, NoWorkingTime, Problem
from servicedesk.instants import MICROSECOND, Span, Zone, duration_text, from_us, to_duration, to_us, to_zone, zone_name
from servicedesk.sla.timeline import UNCOMPILED, Roll, Timeline
from servicedesk.sla.walltime import DAY, boundaries
from servicedesk.sla.weekly import WeeklyHours

__all__ = ["Calendar"]

_YEAR = 366 * DAY
_HORIZON = 73_049 * DAY  # 200 Gregorian years: no search goes further (SLA-26)
_FIRST = -62_135_596_800_000_000  # 0001-01-01T00:00Z
_LAST = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z
_SIGN_TRAP = re.compile(r"Etc/GMT([+-])(\d{1,2})")


@frozen(repr=False)
class Calendar:
    """Weekly working hours in a zone of their own, which timestamps never change (SLA-16).

    Values compare, hash and pickle by what defines them; the compiled timeline behind the answers is built on the
    first question, a year to either side of it, and at least doubles when a question reaches further. That takes
    about half a millisecond a year, so a far date used as "never" is dear: leave such a question out.

    >>> office = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai")
    >>> monday = pendulum.datetime(2026, 3, 2, 16, tz="Asia/Shanghai")
    >>> print(office.add(monday, "4h"))
    2026-03-03 10:30:00+08:00
    """

    hours: WeeklyHours
    zone: str = field(kw_only=True, converter=zone_name)
    name: str = field(default="", kw_only=True)
    version: str = field(default="", kw_only=True)
    _tz: tzinfo = field(init=False, eq=False)
    _line: Timeline = field(init=False, eq=False, default=UNCOMPILED)

    def __attrs_post_init__(self) -> None:
        if not self.hours.opens:
            raise DefinitionInvalid((Problem("calendar.weekly", "it never opens; give some hours"),), "calendar")
        object.__setattr__(self, "_tz", to_zone(self.zone))

    @classmethod
    def weekly(cls, text: str, *, zone: Zone, name: str = "", version: str = "") -> Calendar:
        """Build a calendar from weekly text (the grammar: `WeeklyHours`).

        Args:
            text: clauses like ``"Mon-Fri 08:30-12:00, 14:00-18:00; Sat 22:00-06:00"`` (SLA-15).
            zone: an IANA key, ``"UTC"``, ``"+08:00"``, or a zone object with a key.
            name: what messages and facts call it.
            version: free text; a changed calendar is a new version (SLA-20).

        Raises:
            DefinitionInvalid: all problems of text and zone at once; also a calendar that never opens (SLA-17).
        """
        problems = (*_problems_of(WeeklyHours.parse, text), *_problems_of(zone_name, zone))
        if problems:
            raise DefinitionInvalid(problems, "calendar")
        return cls(WeeklyHours.parse(text), zone=zone, name=name, version=version)

    @classmethod
    def always(cls, zone: Zone = "UTC", *, name: str = "24x7", version: str = "") -> Calendar:
        """Build the calendar that never closes (SLA-17); the zone serves display only."""
        return cls.weekly("daily 00:00-24:00", zone=zone, name=name, version=version)

    def problems(self) -> tuple[Problem, ...]:
        """List warnings about a calendar that works but may not mean what its author thinks (SLA-16, SLA-83)."""
        match = _SIGN_TRAP.fullmatch(self.zone)
        if match is None:
            return ()
        real, wanted = (f"{sign}{match[2]:0>2}:00" for sign in ("-+" if match[1] == "+" else "+-"))
        message = (
            f"{self.zone!r} is UTC{real}, its sign is turned round; write {real!r}, or {wanted!r} if that was meant"
        )
        return (Problem("calendar.zone", message, code="zone_sign", severity="warning"),)

    # Queries on datetimes. Any aware datetime goes in; what comes out stands in the calendar's zone (SLA-27).

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from ``start`` to ``end``, negative where ``end`` is the earlier (SLA-21).

        >>> night = Calendar.weekly("daily 22:00-06:00", zone="Europe/London")
        >>> evening = pendulum.datetime(2026, 3, 28, 12, tz="Europe/London")
        >>> night.elapsed(evening, evening.add(days=1))  # the clocks went forward
        datetime.timedelta(seconds=25200)
        """
        return timedelta(microseconds=self.elapsed_us(to_us(start, "start"), to_us(end, "end")))

    def add(self, start: datetime, worked: timedelta | str, roll: Roll = "close") -> pendulum.DateTime:
        """Return the instant at which ``worked`` is used up, counted from ``start`` (SLA-22).

        That is the earliest such instant: work that ends with the day ends **at closing**. ``roll="open"`` gives the
        latest: the next opening.

        Raises:
            ValueError: ``worked`` is negative; use `subtract`.
            NoWorkingTime: not within 200 years.
        """
        return self.local(self.add_us(to_us(start, "start"), _work_us(worked), roll))

    def subtract(self, end: datetime, worked: timedelta | str, roll: Roll = "open") -> pendulum.DateTime:
        """Return the instant from which ``worked`` is used up at ``end`` (SLA-23).

        That is the latest such instant: an opening stays one. ``roll="close"`` gives the earliest: the closing before.

        Raises:
            ValueError: ``worked`` is negative; use `add`.
            NoWorkingTime: not within the 200 years before.
        """
        return self.local(self.subtract_us(to_us(end, "end"), _work_us(worked), roll))

    def is_open(self, at: datetime) -> bool:
        """Whether ``at`` lies inside a window; an opening does, a closing does not (SLA-11)."""
        return self.is_open_us(to_us(at))

    def next_open(self, at: datetime) -> pendulum.DateTime:
        """Return the first open instant at or after ``at``: ``at`` itself while open (SLA-24)."""
        return self.local(self.next_open_us(to_us(at)))

    def next_close(self, at: datetime) -> pendulum.DateTime:
        """Return the end of the window open at ``at``, else of the next one; always later than ``at`` (SLA-24)."""
        return self.local(self.next_close_us(to_us(at)))

    def previous_close(self, at: datetime) -> pendulum.DateTime:
        """Return the last instant up to ``at`` with working time just before it: ``at`` itself while open (SLA-24)."""
        return self.local(self.previous_close_us(to_us(at)))

    def previous_open(self, at: datetime) -> pendulum.DateTime:
        """Return the start of the window open at ``at``, else of the latest before it (SLA-24)."""
        return self.local(self.previous_open_us(to_us(at)))

    def spans(self, start: datetime, end: datetime) -> tuple[Span, ...]:
        """Return the open spans inside ``[start, end)``, joined where they touch (SLA-25).

        Raises:
            ValueError: ``start`` is later than ``end``.
        """
        flat = self.spans_us(to_us(start, "start"), to_us(end, "end"))
        return tuple(Span(opening, closing) for opening, closing in flat)

    def local(self, us: int) -> pendulum.DateTime:
        """Return an instant in microseconds as a datetime in the calendar's zone."""
        return from_us(us, self._tz)

    # The same on integers: microseconds since the epoch in, microseconds out. This is the hot path (budgets: §8).

    def elapsed_us(self, start: int, end: int) -> int:
        """Return `elapsed` on integers."""
        try:
            return self._line.elapsed(start, end)
        except IndexError:
            return self._reach(min(start, end), max(start, end)).elapsed(start, end)

    def add_us(self, start: int, worked: int, roll: Roll = "close") -> int:
        """Return `add` on integers."""
        if worked > 0:
            return self._travel(start, worked, roll)
        if worked < 0:
            raise ValueError(f"worked = {_text(worked)} is negative; to go back from {self.local(start)}, use subtract")
        return start if roll == "close" else self._travel(start, 0, roll)

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
            return bool(self._reach(at, at).place(at) & 1)

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
        return self._search(lambda line: line.previous_open(at), at, -_HORIZON, "opening")

    def spans_us(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Return `spans` on integers, as pairs."""
        if start > end:
            raise ValueError(f"spans need start <= end, not {self.local(start)} > {self.local(end)}; elapsed is signed")
        flat = self._reach(start, end).spans(start, end)
        return tuple(zip(flat[::2], flat[1::2], strict=True))

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
        line = self._reach(origin, origin)
        limit = min(max(origin + reach, _FIRST), _LAST)
        while True:
            try:
                found = query(line)
            except IndexError:
                if line.start <= limit < line.end:
                    break
                line = self._reach(line.start, line.end) if reach > 0 else self._reach(line.start - 1, line.end - 1)
            else:
                if abs(found - origin) > _HORIZON:
                    break
                return found
        raise NoWorkingTime(self.label, from_us(origin), amount, from_us(limit))

    def _reach(self, first: int, last: int) -> Timeline:
        """Return a timeline that holds both instants: the present one, or one that is at least doubled."""
        line = self._line
        start, end = line.start, line.end
        if start <= first and last < end:
            return line
        if first < _FIRST or last > _LAST:
            outside = first if first < _FIRST else last
            raise OverflowError(f"calendar {self.label!r}: {outside} µs lies outside the years 1 to 9999")
        if start == end or first > end + _HORIZON or last < start - _HORIZON:  # the first, or farther than any search
            start, end = first - _YEAR, last + _YEAR
        width = end - start
        if first < start:
            start = min(first - _YEAR, start - width)
        if last >= end:
            end = max(last + _YEAR, end + width)
        return self._compile(max(start, _FIRST), min(end, _LAST + 1))

    def _compile(self, start: int, end: int) -> Timeline:
        bounds = [start, end] if self.hours.always else boundaries(self.hours.on, self._tz, start, end)
        line = Timeline.compile(bounds, start, end)
        object.__setattr__(self, "_line", line)  # one assignment: other threads see the old line or the new one
        return line

    @property
    def label(self) -> str:
        """Name and version as messages print them; the hours where it has no name."""
        return f"{self.name} {self.version}".strip() or str(self)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle what defines the calendar, not what was compiled from it."""
        return {"hours": self.hours, "zone": self.zone, "name": self.name, "version": self.version}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for key, value in (*state.items(), ("_tz", to_zone(state["zone"])), ("_line", UNCOMPILED)):
            object.__setattr__(self, key, value)

    def __str__(self) -> str:
        return str(self.hours)

    def __repr__(self) -> str:
        named = "".join(f", {key}={value!r}" for key in ("name", "version") if (value := getattr(self, key)))
        return f"Calendar.weekly({str(self)!r}, zone={self.zone!r}{named})"


def _problems_of(build: Callable[[Any], object], value: object) -> tuple[Problem, ...]:
    try:
        build(value)
    except DefinitionInvalid as error:
        return tuple(problem.under("calendar") for problem in error.problems)
    return ()


def _work_us(worked: timedelta | str) -> int:
    return to_duration(worked, days=False, argument="worked") // MICROSECOND


def _text(worked: int) -> str:
    return duration_text(timedelta(microseconds=worked))
