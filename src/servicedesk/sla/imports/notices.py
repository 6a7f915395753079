"""Holidays and make-up days from the yearly notices of a government, as JSON tables of dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.sla.calendars.entries import Entries, Entry
from servicedesk.sla.calendars.layers import read_date
from servicedesk.sla.imports.arguments import makeup_hours

__all__ = ["from_notices"]

_DECEMBER = 12
_LAST_SETTLED = (_DECEMBER, 28)  # 29 to 31 December may be ruled by the notice of the next year (SLA-31)


@frozen
class _Ruling:
    """What a notice says of one date."""

    date: dt.date
    off: bool = field(kw_only=True)
    name: str = field(kw_only=True)
    year: int = field(kw_only=True)
    path: str = field(kw_only=True)

    def entry(self, makeup: str) -> Entry:
        source = f"notice {self.year}"
        if self.off:
            return Entry(self.date, "holiday", name=self.name, source=source)
        return Entry(self.date, "special", makeup, name=self.name, source=source)

    def __str__(self) -> str:
        return f"{'a day off' if self.off else 'a working day'} in the notice of {self.year} ({self.path})"


def from_notices(*tables: Mapping[str, Any], makeup: str | None = None) -> Entries:
    """Read State Council style notices: days off, weekends among them, and make-up days (调休) (SLA-30 to SLA-32).

    A make-up day counts only where the calendar it is given to has no weekly hours that day; the calendar decides.
    The entries name their notice as source, ``"notice 2026"`` (SLA-35).

    The notice of a year may rule 29 to 31 December of the year before. So the entries are known from 1 January of the
    first notice until 28 December of the last; pass ``known_until`` to the calendar if you know better.

    Args:
        tables: one mapping a year, ``{"year": 2026, "days": [{"name": …, "date": "2026-01-01", "isOffDay": true}]}``,
            in any order, other keys ignored. A revised notice is a whole table and takes the place of the old one.
        makeup: the hours of make-up days, ``"as Mon"`` or ``"09:00-13:00"``; without it those that all working
            weekdays of the calendar share.

    Raises:
        DefinitionInvalid: everything wrong at once: years missing or doubled, notices without days, malformed days,
            dates of other years, dates ruled in two ways.
        TypeError: a table is no mapping, ``makeup`` no text.

    >>> days = [
    ...     {"name": "元旦", "date": "2026-01-01", "isOffDay": True},
    ...     {"name": "元旦", "date": "2026-01-04", "isOffDay": False},
    ... ]
    >>> for entry in from_notices({"year": 2026, "days": days}, makeup="as Mon"):
    ...     print(entry)
    2026-01-01 holiday: 元旦 (notice 2026)
    2026-01-04 special makeup as Mon: 元旦 (notice 2026)
    """
    problems: list[Problem] = []
    rulings = [
        ruling for place, table in enumerate(tables) for ruling in _read_table(table, f"tables[{place}]", problems)
    ]
    years = _read_years(tables, problems)
    settled = _settle(rulings, problems)
    hours = makeup_hours(makeup, problems)
    if problems:
        raise DefinitionInvalid(problems, "notices")
    return Entries(
        tuple(ruling.entry(hours) for ruling in settled),
        known_from=dt.date(years[0], 1, 1),
        known_until=dt.date(years[-1], *_LAST_SETTLED),
    )


def _read_table(table: Mapping[str, Any], path: str, problems: list[Problem]) -> Iterator[_Ruling]:
    if not isinstance(table, Mapping):
        raise TypeError(f"{path} must be a mapping with 'year' and 'days', not {type(table).__name__} {table!r:.80}")
    days = table.get("days")
    if not isinstance(days, list | tuple):
        problems.append(Problem(f"{path}.days", f"{days!r:.80} is no list of days"))
    elif not days:
        problems.append(Problem(f"{path}.days", "it is empty and covers nothing; leave out what is not published yet"))
    else:
        for place, day in enumerate(days):
            yield from _read_day(day, _year(table), f"{path}.days[{place}]", problems)


def _year(table: Mapping[str, Any]) -> int | None:
    year = table.get("year")
    return year if type(year) is int and dt.MINYEAR <= year <= dt.MAXYEAR else None


def _read_day(day: object, year: int | None, path: str, problems: list[Problem]) -> Iterator[_Ruling]:
    if not isinstance(day, Mapping):
        problems.append(Problem(path, f"{day!r:.80} is no table with 'name', 'date' and 'isOffDay'"))
        return
    name, off = day.get("name"), day.get("isOffDay")
    date = read_date(day.get("date"), f"{path}.date", problems)
    if not isinstance(name, str):
        problems.append(Problem(f"{path}.name", f"{name!r:.80} is no text"))
    if not isinstance(off, bool):
        problems.append(
            Problem(f"{path}.isOffDay", f"{off!r:.80} is neither true (a day off) nor false (a working day)")
        )
    if date is None or year is None:
        return
    if date.year != year and (date.year, date.month) != (year - 1, _DECEMBER):
        message = f"{date} is ruled by no notice of {year}: that rules {year} and the last days of {year - 1}"
        problems.append(Problem(f"{path}.date", message))
    elif isinstance(name, str) and isinstance(off, bool):
        yield _Ruling(date, off=off, name=name, year=year, path=path)


def _read_years(tables: tuple[Mapping[str, Any], ...], problems: list[Problem]) -> list[int]:
    """Return the years of the notices in order; each must be there once, and none between them may be missing."""
    seen: dict[int, int] = {}
    for place, table in enumerate(tables):
        year, path = _year(table), f"tables[{place}].year"
        if year is None:
            problems.append(Problem(path, f"{table.get('year')!r:.80} is no year; write 2026"))
        elif year in seen:
            where = f"the notice of {year} is tables[{seen[year]}] too"
            problems.append(Problem(path, f"{where}; a revised notice is a whole table: pass only that"))
        else:
            seen[year] = place
    if not tables:
        problems.append(Problem("tables", "there are none; pass the notice of at least one year"))
    for before, after in pairwise(sorted(seen)):
        if after - before > 1:
            span = f"{before + 1}" if after - before == 2 else f"{before + 1} to {after - 1}"
            problems.append(Problem("tables", f"the notice of {span} is missing between {before} and {after}; load it"))
    return sorted(seen)


def _settle(rulings: list[_Ruling], problems: list[Problem]) -> list[_Ruling]:
    """Return one ruling a date, sorted; the earlier notice is named where two agree."""
    settled: dict[dt.date, _Ruling] = {}
    for ruling in sorted(rulings, key=lambda ruling: (ruling.date, ruling.year)):
        first = settled.setdefault(ruling.date, ruling)
        if ruling.off != first.off:
            problems.append(Problem(f"{ruling.path}.isOffDay", f"{ruling.date} is {ruling}, but {first}; correct one"))
    return list(settled.values())
