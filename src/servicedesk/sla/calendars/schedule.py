"""What one calendar is made of: weekly hours, seasons and dated exceptions, laid over each other in a stated order."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.instants import to_zone
from servicedesk.sla.calendars.bounds import common, cut, minus, union, united
from servicedesk.sla.calendars.entries import Entry
from servicedesk.sla.calendars.pieces import labelled
from servicedesk.sla.calendars.rule import Piece, Reach
from servicedesk.sla.calendars.walltime import (
    DAY,
    Window,
    boundaries,
    dated,
    instants_of,
    steady_offsets,
    wall_instant,
)
from servicedesk.sla.calendars.weekly import WeeklyHours

__all__ = ["Schedule", "Season"]

_FULL_DAY = ((0, DAY),)


@frozen(repr=False)
class Season:
    """Weekly hours of a part of each year (夏季作息), from one month and day to another, both inclusive (SLA-12).

    Where the first lies after the last, the season goes over the turn of the year.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    hours: WeeklyHours

    def covers(self, day: int) -> bool:
        """Whether a date, given as ``date.toordinal()``, lies in it."""
        date = dt.date.fromordinal(day)
        here = (date.month, date.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last

    def overlaps(self, other: Season) -> bool:
        """Whether there is a date in both: one of them begins inside the other."""
        starts = (self.covers(_leap_day(other.first)), other.covers(_leap_day(self.first)))
        return any(starts)

    @property
    def range(self) -> str:
        """Both ends as text: ``06-01..09-30``."""
        return "..".join(f"{month:02}-{day:02}" for month, day in (self.first, self.last))

    @property
    def text(self) -> str:
        """Its hours as text."""
        return str(self.hours) if self.hours.opens else "closed"


def _leap_day(month_day: tuple[int, int]) -> int:
    return dt.date(2000, *month_day).toordinal()


@frozen(repr=False)
class Schedule:
    """Layers, later wins: weekly < seasons < holidays < special < breaks (subtracted) < extra (added) (SLA-12).

    A window belongs to the date it starts on, so a night shift runs into a holiday (SLA-14); ``cut_at_midnight``
    ends it at 00:00 instead. It answers for every date, known or not: coverage is the calendar's affair.

    Raises:
        DefinitionInvalid: make-up hours that no pattern gives, seasons that overlap, or no working time at all.
    """

    hours: WeeklyHours
    zone: str
    seasons: tuple[Season, ...] = field(default=(), kw_only=True)
    entries: tuple[Entry, ...] = field(default=(), kw_only=True)
    known_from: dt.date | None = field(default=None, kw_only=True)
    known_until: dt.date | None = field(default=None, kw_only=True)
    cut_at_midnight: bool = field(default=False, kw_only=True)
    tz: dt.tzinfo = field(init=False, eq=False)
    _ruled: Mapping[int, tuple[Window, ...]] = field(init=False, eq=False)
    _breaks: Mapping[int, tuple[Window, ...]] = field(init=False, eq=False)
    _extra: Mapping[int, tuple[Window, ...]] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        problems: list[Problem] = [*self._season_problems(), *self._coverage_problems()]
        ruled: dict[int, tuple[Window, ...]] = {}
        tables: dict[str, dict[int, tuple[Window, ...]]] = {"break": {}, "extra": {}}
        for entry in self.entries:
            day = entry.date.toordinal()
            if not self.counts(entry):
                continue
            if entry.kind in tables:
                tables[entry.kind][day] = (*tables[entry.kind].get(day, ()), *entry.reading.windows)
            else:
                ruled[day] = self._special(day, entry, problems)
        if not (problems or self.hours.opens or any(season.hours.opens for season in self.seasons)):
            problems += _never_opens(ruled, tables["extra"])
        if problems:
            raise DefinitionInvalid(problems, "calendar")
        hidden = {"tz": to_zone(self.zone), "_ruled": ruled, "_breaks": tables["break"], "_extra": tables["extra"]}
        for name, value in hidden.items():
            object.__setattr__(self, name, value)

    def _season_problems(self) -> Iterator[Problem]:
        for place, season in enumerate(self.seasons):
            for other in self.seasons[:place]:
                if season.overlaps(other):
                    yield Problem(
                        f"seasons[{season.range!r}]",
                        f"it overlaps the season {other.range}; a date has one season",
                    )

    def _coverage_problems(self) -> Iterator[Problem]:
        if self.known_from and self.known_until and self.known_from > self.known_until:
            yield Problem("known_until", f"{self.known_until} lies before known_from, {self.known_from}")

    def _special(self, day: int, entry: Entry, problems: list[Problem]) -> tuple[Window, ...]:
        """Return the windows of a holiday or special day; make-up hours are of all weekdays (SLA-32)."""
        hours = entry.reading
        if hours.rule == "weekly":
            return self.pattern(day)
        if hours.rule == "as":
            return self.season(day).days[hours.weekday or 0]
        if hours.rule != "any":
            return hours.windows
        patterns = {windows for windows in self.season(day).days if windows}
        if len(patterns) == 1:
            return patterns.pop()
        several = "the working weekdays differ" if patterns else "no weekday has hours"
        problems.append(
            Problem(f"entries[{str(entry.date)!r}]", f"{entry}: {several}; name a weekday, makeup='as Mon'")
        )
        return ()

    def counts(self, entry: Entry) -> bool:
        """Whether an entry does something: confirmed, and no make-up day on a date that works anyway (SLA-30)."""
        if entry.status == "tentative":
            return False
        return not (entry.reading.makeup and self.pattern(entry.date.toordinal()))

    def season(self, day: int) -> WeeklyHours:
        """Return the weekly hours that hold on a date, given as ``date.toordinal()``."""
        for season in self.seasons:
            if season.covers(day):
                return season.hours
        return self.hours

    def pattern(self, day: int) -> tuple[Window, ...]:
        """Return the windows a date has by season and weekday alone."""
        return self.season(day).on(day) if self.seasons else self.hours.on(day)

    def on(self, day: int) -> tuple[Window, ...]:
        """Return the windows of a date before breaks and extras."""
        ruled = self._ruled.get(day)
        return self.pattern(day) if ruled is None else ruled

    @property
    def always(self) -> bool:
        """Whether it never closes."""
        return self.hours.always and not (self.seasons or self._ruled or self._breaks)

    def bounds(self, start: int, end: int) -> list[int]:
        """Return openings and closings by turns, as instants, in ``[start, end)``."""
        if self.always:
            return [start, end]
        bounds = self.base(start, end)
        if self._breaks:
            bounds = minus(bounds, dated(self._breaks, self.tz, start, end))
        if self._extra:
            bounds = union(bounds, dated(self._extra, self.tz, start, end))
        return bounds

    def base(self, start: int, end: int) -> list[int]:
        """Return the same before breaks and extras."""
        bounds = boundaries(self.on, self.tz, start, end)
        if self.cut_at_midnight:
            bounds = minus(bounds, dated(dict.fromkeys(self._holidays(), _FULL_DAY), self.tz, start, end))
        return bounds

    def _holidays(self) -> Iterator[int]:
        return (entry.date.toordinal() for entry in self.entries if entry.kind == "holiday" and self.counts(entry))

    def windows(self, day: int) -> list[int]:
        """Return the boundaries of the windows that start on a date, after every layer; shifts keep their morning."""
        bounds = united(instants_of(day, self.on(day), self.tz))
        near = {date: self._breaks[date] for date in (day - 1, day, day + 1) if date in self._breaks}
        if bounds and near:
            bounds = minus(bounds, dated(near, self.tz, bounds[0], bounds[-1]))
        if bounds and self.cut_at_midnight and day + 1 in self._holidays():
            bounds = minus(bounds, united(instants_of(day + 1, _FULL_DAY, self.tz)))
        return union(bounds, united(instants_of(day, self._extra.get(day, ()), self.tz)))

    def working_days(self, first: int, last: int) -> Iterator[int]:
        """Yield the dates from ``first`` to ``last`` on which a non-empty window starts (SLA-28)."""
        near_break = {day + step for day in self._breaks for step in (-1, 0, 1)}
        for day, offset in steady_offsets(self.tz, first, last):
            if offset is None or day in near_break:
                if self.windows(day):
                    yield day
            elif self.on(day) or day in self._extra:
                yield day

    @property
    def known(self) -> Reach:
        """The instants between which no date outside the coverage has a say (SLA-19)."""
        start = None if self.known_from is None else self._first_known(self.known_from.toordinal())
        end = None if self.known_until is None else wall_instant(self.known_until.toordinal() + 1, 0, self.tz)
        return start, end

    def _first_known(self, day: int) -> int:
        """Return when no night shift of the unknown date before can still run, by the longest one of any weekday."""
        weeks = (self.hours, *(season.hours for season in self.seasons))
        closings = (closing for week in weeks for windows in week.days for _, closing in windows)
        return wall_instant(day - 1, max(DAY, *closings, DAY), self.tz)

    @property
    def known_days(self) -> Reach:
        """The first and the last published date."""
        first, last = self.known_from, self.known_until
        return None if first is None else first.toordinal(), None if last is None else last.toordinal()

    @property
    def limits(self) -> tuple[Reach, Reach]:
        """The same two: a schedule has no parts."""
        return self.known, self.known_days

    @property
    def extent(self) -> Reach:
        """The instants outside which it never opens; ``None`` where the week goes on for ever."""
        if self.hours.opens or any(season.hours.opens for season in self.seasons):
            return None, None
        dates = chain(self._extra, (day for day, windows in self._ruled.items() if windows))
        bounds = [bound for day in dates for bound in self.windows(day)]
        return (min(bounds), max(bounds)) if bounds else (0, 0)

    @property
    def summary(self) -> str:
        """What a calendar's repr says beside the weekly hours."""
        counts = Counter(entry.kind for entry in self.entries)
        said = [f"{len(self.seasons)} seasons"] if self.seasons else []
        said += [f"{count} {kind} entr{'y' if count == 1 else 'ies'}" for kind, count in counts.items()]
        said += [f"{key}={str(day)!r}" for key in ("known_from", "known_until") if (day := getattr(self, key))]
        return "".join(f", {word}" for word in said)

    def __str__(self) -> str:
        return str(self.hours) if self.hours.opens else "closed"

    def pieces(self, start: int, end: int) -> Iterator[Piece]:
        """Yield ``[start, end)`` piece by piece, each with the entry that made it so (SLA-80)."""
        return labelled(self.bounds(start, end), self._marks(start, end), start, end)

    def _marks(self, start: int, end: int) -> Iterator[Piece]:
        """Yield the stretches that entries and unknown dates have a say in."""
        first, last = self.known
        if first is not None and start < first:
            yield Piece(start, min(first, end), "assumed")
        if last is not None and last < end:
            yield Piece(max(last, start), end, "assumed")
        near = [entry for entry in self.entries if self.counts(entry) and self._touches(entry, start, end)]
        base = self.base(start, end) if near else []
        for entry in near:
            for opening, closing in self._said(entry, base, start, end):
                yield Piece(opening, closing, entry.kind, entry.name, entry.source)

    def _touches(self, entry: Entry, start: int, end: int) -> bool:
        first = wall_instant(entry.date.toordinal(), 0, self.tz)
        return start - 2 * DAY - DAY < first < end

    def _said(self, entry: Entry, base: list[int], start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where an entry makes a difference: a break inside hours, an extra outside, a closed day as a whole."""
        day = entry.date.toordinal()
        windows = entry.reading.windows or self._ruled.get(day)
        bounds = cut(united(instants_of(day, windows or _FULL_DAY, self.tz)), start, end)
        first, last = (bounds[0], bounds[-1]) if bounds else (start, start)
        base = cut(base, first, last)
        if not windows:  # closed as a whole, but for the shift that runs into it
            bounds = minus(bounds, base)
        elif entry.kind in {"break", "special"}:  # a holiday may have cut the special day's night
            bounds = common(bounds, base)
        elif entry.kind == "extra":
            bounds = minus(bounds, minus(base, dated(self._breaks, self.tz, first, last)))
        return zip(bounds[::2], bounds[1::2], strict=True)


def _never_opens(ruled: Mapping[int, tuple[Window, ...]], extra: Mapping[int, tuple[Window, ...]]) -> list[Problem]:
    if any(ruled.values()) or extra:
        return []
    return [Problem("weekly", "it never opens; write hours like 'Mon-Fri 09:00-17:00'")]
