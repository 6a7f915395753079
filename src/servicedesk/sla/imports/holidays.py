"""Holidays and make-up days from an object of the package ``holidays``."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.sla.calendars.entries import Entries, Entry
from servicedesk.sla.imports.arguments import check_date, check_range, makeup_hours

__all__ = ["from_holidays"]

_HALF_DAY = "half_day"


def from_holidays(
    obj: Mapping[dt.date, str],
    first: dt.date,
    last: dt.date,
    *,
    known_until: dt.date | None = None,
    makeup: str | None = None,
) -> Entries:
    """Read the dates of a ``holidays`` object from ``first`` to ``last``, both inclusive (SLA-33).

    Holidays become holidays, weekend days worked instead (调休) become make-up days that count only where the calendar
    has no weekly hours. Dates that are only in the category ``half_day`` have no hours in the package: they become
    tentative special days, which the host completes with ``entry.confirmed("09:00-12:00")``. The source is
    ``"holidays CN"``, names are in the language of the object (without one the package asks the environment). The
    object itself stays as it was.

    Args:
        obj: what ``holidays.country_holidays("CN")`` and its like return.
        first: first date to read, and the first one known.
        last: last date to read.
        known_until: last date whose exceptions are published, from ``first`` to ``last``; entries end there. Countries
            that move working days require it, because for years not announced yet the package gives the holidays
            without the make-up days, and does not say so. For others it is ``last``.
        makeup: the hours of make-up days, as for `from_notices` (SLA-32).

    Raises:
        DefinitionInvalid: ``known_until`` is missing or outside the range, years the package has no data for,
            ``makeup`` without hours, or a sum of holiday objects (it forgets the make-up days of its parts).
        TypeError: ``obj`` is no object of the package, a date no date.
        ValueError: ``last`` lies before ``first``.
    """
    check_range(first, last)
    if not isinstance(obj, dict) or not hasattr(obj, "weekend_workdays"):
        raise TypeError(f"obj must be an object of the package holidays, not {type(obj).__name__} {obj!r:.80}")
    problems: list[Problem] = []
    source = _source(obj, problems)
    until = _until(obj, first, last, known_until, problems)
    hours = makeup_hours(makeup, problems)
    if problems:
        raise DefinitionInvalid(problems, "holidays")
    entries = _read(obj, first, until, hours, source)
    return Entries(
        tuple(sorted(entries, key=lambda entry: (entry.date, entry.kind))), known_from=first, known_until=until
    )


def _source(obj: Any, problems: list[Problem]) -> str:
    if hasattr(obj, "holidays"):
        message = (
            "a sum of tables forgets their make-up days; read each part, and give the entries of all to the calendar"
        )
        problems.append(Problem("obj", message))
        return ""
    entity = getattr(obj, "country", None) or getattr(obj, "market", None) or ""
    subdivision = getattr(obj, "subdiv", None)
    return f"holidays {entity}-{subdivision}" if subdivision else f"holidays {entity}".rstrip()


def _until(obj: Any, first: dt.date, last: dt.date, known_until: dt.date | None, problems: list[Problem]) -> dt.date:
    if known_until is not None:
        check_date(known_until, "known_until")
        if not first <= known_until <= last:
            problems.append(Problem("known_until", f"{known_until} lies outside what is read, {first} to {last}"))
    elif obj.weekend_workdays or getattr(obj, "has_substituted_holidays", False):
        wanted = (
            "pass the last date whose make-up days are published; beyond it the package gives holidays without them"
        )
        problems.append(Problem("known_until", wanted))
    until = known_until or last
    for name, date in (("first", first), ("known_until" if known_until else "last", until)):
        if not obj.start_year <= date.year <= obj.end_year:
            message = f"{date} lies outside {obj.start_year} to {obj.end_year}, the years the package has data for"
            problems.append(Problem(name, message))
    return until


def _read(obj: Any, first: dt.date, until: dt.date, makeup: str, source: str) -> Iterator[Entry]:
    table = _filled(obj, first, until)
    half_days = _half_days(obj, first, until)
    for date, name in dict.items(table):
        if not first <= date <= until:
            continue
        if date in half_days:
            yield Entry(date, "special", name=name, source=source, status="tentative")
        else:
            yield Entry(date, "holiday", name=name, source=source)
    for date in table.weekend_workdays:
        if first <= date <= until:
            yield Entry(date, "special", makeup, name="make-up day", source=source)


def _filled(obj: Any, first: dt.date, until: dt.date, categories: set[str] | None = None) -> Any:
    """Return a copy with every year of the range filled, of other categories if they are given."""
    table = copy.deepcopy(obj)
    if categories:
        table.years = set()
        table.categories = categories
    table.expand = True
    for year in range(first.year, until.year + 1):
        dt.date(year, 1, 1) in table  # noqa: B015  # the package fills a year when it is asked about it
    return table


def _half_days(obj: Any, first: dt.date, until: dt.date) -> set[dt.date]:
    """Return the dates that no other category of the object makes a holiday."""
    if _HALF_DAY not in obj.categories:
        return set()
    half = set(_filled(obj, first, until, {_HALF_DAY}))
    others = obj.categories - {_HALF_DAY}
    return half - set(_filled(obj, first, until, others)) if others else half
