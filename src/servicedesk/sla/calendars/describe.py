"""A stretch of a calendar as text, with its exceptions: what a desk manager checks before it is used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from servicedesk.instants import duration_text
from servicedesk.sla.calendars.schedule import Schedule

if TYPE_CHECKING:
    from servicedesk.sla.calendars.calendar import Calendar

__all__ = ["describe"]


def describe(calendar: Calendar, first: dt.date, last: dt.date) -> str:
    """Return hours, exceptions, working dates and working time of ``first`` to ``last``, both inclusive."""
    start, end = calendar.wall_us(first.toordinal(), 0), calendar.wall_us(last.toordinal() + 1, 0)
    worked = duration_text(dt.timedelta(microseconds=calendar.elapsed_us(start, end)))
    days = [day for day in range(first.toordinal(), last.toordinal() + 1) if calendar.is_working_day(day)]
    head = f"{calendar.label} ({calendar.zone}), {first} to {last}: {len(days)} working dates, {worked}"
    return "\n".join((head, f"  hours: {calendar}", *_exceptions(calendar, first, last)))


def _exceptions(calendar: Calendar, first: dt.date, last: dt.date) -> Iterator[str]:
    if not isinstance(calendar.rule, Schedule):
        return
    near = [entry for entry in calendar.rule.entries if first <= entry.date <= last]
    rows = [(entry.date, str(entry).removeprefix(str(entry.date)).strip()) for entry in near]
    for said, run in groupby(rows, key=lambda row: row[1]):
        dates = [day for day, _ in run]
        until = f" … {dates[-1]:%a %Y-%m-%d}" if len(dates) > 1 else ""
        yield f"  {dates[0]:%a %Y-%m-%d}{until}: {said}"
