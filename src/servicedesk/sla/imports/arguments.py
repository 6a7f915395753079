"""What the importers share: the range they are asked for, and the hours of make-up days."""

from __future__ import annotations

import datetime as dt

from servicedesk.errors import Problem
from servicedesk.sla.calendars.entries import Hours

__all__ = ["check_date", "check_range", "makeup_hours"]


def check_date(value: object, argument: str) -> None:
    """Refuse what is no civil date.

    Raises:
        TypeError: it is a datetime (which date it falls on depends on a zone), a text, or something else.
    """
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise TypeError(f"{argument} must be a date, not {type(value).__name__} {value!r}")


def check_range(first: dt.date, last: dt.date) -> None:
    """Refuse a range of dates, both inclusive, that is none.

    Raises:
        TypeError: an end is no date.
        ValueError: it ends before it begins.
    """
    check_date(first, "first")
    check_date(last, "last")
    if first > last:
        raise ValueError(f"an import goes from first to last, both inclusive, not from {first} back to {last}")


def makeup_hours(makeup: str | None, problems: list[Problem]) -> str:
    """Return the hours of make-up entries for the argument ``makeup`` (SLA-32); what is wrong with it is put down.

    ``None`` leaves them to the calendar: what all its working weekdays share.

    Raises:
        TypeError: it is no text.
    """
    if makeup is None:
        return "makeup"
    if not isinstance(makeup, str):
        raise TypeError(f"makeup must be a text like 'as Mon' or '09:00-13:00', not {type(makeup).__name__} {makeup!r}")
    reading, found = Hours.read(makeup)
    if not found and (reading.makeup or reading.rule not in {"written", "as"}):
        found = (Problem("makeup", f"{makeup!r} gives no hours; write 'as Mon' or windows like '09:00-13:00'"),)
    problems += (Problem("makeup", problem.message) for problem in found)
    return f"makeup {reading}"
