"""Holidays, breaks and extra hours from a calendar file in the iCalendar format (RFC 5545)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.instants import MICROSECOND, Zone, from_us, to_zone
from servicedesk.sla.calendars.entries import Entries, Entry
from servicedesk.sla.calendars.walltime import DAY, Window, resolve_us
from servicedesk.sla.calendars.weekly import windows_text
from servicedesk.sla.imports.arguments import check_range
from servicedesk.sla.imports.ics_events import complete_events

__all__ = ["from_ics"]

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # of a wall clock, which knows no zone
_EPOCH_DAY = _EPOCH.toordinal()
_MARGIN = 3  # days; no wall clock is a full day off UTC


def from_ics(
    text: str, first: dt.date, last: dt.date, *, zone: Zone, kind: Literal["break", "extra"] = "break"
) -> Entries:
    r"""Read the events of a calendar file from ``first`` to ``last``, both inclusive (SLA-34).

    All-day events become holidays, one entry a date. Events with times become breaks, or extra hours, written as
    wall times of ``zone``: a night stays one window on the date it starts on, longer events are cut at midnight, and
    of an event that starts before ``first`` the part from there on is read. Recurrences, added, excluded and moved
    dates are expanded inside the range only; each keeps the wall times of its start and end. Cancelled events are
    dropped. Tentative and transparent ones become tentative entries: many published tables of holidays mark all
    theirs transparent, so look through them, ``entry.confirmed()``. The source is ``"ICS"`` and the file's own name.

    Needs the extra: ``pip install servicedesk[ics]``.

    Args:
        text: the content of the file.
        first: first date to read, and the first one known.
        last: last date to read, and the last one known.
        zone: the calendar's zone; floating times are in it, whatever ``X-WR-TIMEZONE`` says.
        kind: what events with times become.

    Raises:
        DefinitionInvalid: text that is no calendar file, events that cannot be read, zones outside the IANA database
            (a ``VTIMEZONE`` of the file's own is not enough); all events at once, by their place in the file.
        ImportError: the extra is not installed.
        TypeError: ``text`` is no text, a date no date.
        ValueError: ``last`` lies before ``first``.

    >>> event = "SUMMARY:stocktaking\nDTSTART:20260630\nDTEND:20260702"
    >>> text = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR\n"
    >>> for entry in from_ics(text, dt.date(2026, 1, 1), dt.date(2026, 12, 31), zone="Asia/Shanghai"):
    ...     print(entry)
    2026-06-30 holiday: stocktaking (ICS)
    2026-07-01 holiday: stocktaking (ICS)
    """
    check_range(first, last)
    if not isinstance(text, str):
        raise TypeError(f"text must be the content of a calendar file, not {type(text).__name__} {text!r:.80}")
    if kind not in {"break", "extra"}:
        raise DefinitionInvalid((Problem("kind", f"{kind!r} is neither 'break' nor 'extra'"),), "ics")
    reader = _Reader(first, last, zone=to_zone(zone), kind=kind)
    calendars = _parse(text)
    problems: list[Problem] = []
    complete_events([event for calendar in calendars for event in calendar.walk("VEVENT")], reader.zone, problems)
    if problems:
        raise DefinitionInvalid(problems, "ics")
    entries = {entry: None for calendar in calendars for entry in reader.entries(calendar)}
    return Entries(tuple(sorted(entries, key=_order)), known_from=first, known_until=last, notes=tuple(reader.notes))


def _order(entry: Entry) -> tuple[Any, ...]:
    return (entry.date, entry.kind, entry.hours, entry.name, entry.source, entry.status)


def _parse(text: str) -> list[Any]:
    icalendar, _ = _packages()
    try:
        # A text of one line would be taken for the name of a file; this one never is.
        parts = icalendar.Calendar.from_ical(text.removeprefix("\ufeff") + "\r\n", multiple=True)
    except Exception as error:  # broken text makes the package raise many classes
        raise DefinitionInvalid((Problem("text", f"it is no calendar file: {error}"),), "ics") from error
    if not parts or any(part.name != "VCALENDAR" for part in parts):
        message = "it is no calendar file; that goes from BEGIN:VCALENDAR to END:VCALENDAR"
        raise DefinitionInvalid((Problem("text", message),), "ics")
    return list(parts)


def _packages() -> tuple[Any, Any]:
    try:
        import icalendar  # noqa: PLC0415  # an extra, and heavy: loaded only where a file is read
        import recurring_ical_events  # noqa: PLC0415  # the same
    except ImportError as error:
        raise ImportError("reading calendar files needs two packages: pip install servicedesk[ics]") from error
    return icalendar, recurring_ical_events


@frozen
class _Reader:
    """What is read for: a range of dates, a zone, and what events with times become; and where notes are put down."""

    first: dt.date
    last: dt.date
    zone: dt.tzinfo = field(kw_only=True)
    kind: Literal["break", "extra"] = field(kw_only=True)
    notes: list[Problem] = field(factory=list, kw_only=True)

    def entries(self, calendar: Any) -> Iterator[Entry]:
        """Yield the entries of one calendar of the file."""
        source = f"ICS {calendar.get('X-WR-CALNAME', '')}".rstrip()
        for event in self._expand(calendar):
            status = str(event.get("STATUS", "")).upper()
            if status == "CANCELLED":
                continue
            told = {"name": " ".join(str(event.get("SUMMARY", "")).split()), "source": source}
            if status == "TENTATIVE" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
                told["status"] = "tentative"
            start, end = event["DTSTART"].dt, event["DTEND"].dt
            yield from (self._hours if isinstance(start, dt.datetime) else self._holidays)(start, end, told)

    def _expand(self, calendar: Any) -> list[Any]:
        _, expander = _packages()
        calendar.pop("X-WR-TIMEZONE", None)  # the expander would repeat times in UTC by the clocks there
        first = dt.date.fromordinal(max(self.first.toordinal() - _MARGIN, 1))
        last = dt.date.fromordinal(min(self.last.toordinal() + _MARGIN, dt.date.max.toordinal()))
        start, end = dt.datetime.combine(first, dt.time()), dt.datetime.combine(last, dt.time.max)
        try:
            return list(expander.of(calendar).between(start, end))
        except Exception as error:  # rules that make no sense make the package raise many classes
            raise DefinitionInvalid((Problem("events", f"they cannot be expanded: {error}"),), "ics") from error

    def _holidays(self, start: dt.date, end: dt.date, told: dict[str, Any]) -> Iterator[Entry]:
        if start == end:
            self._note(start, told, "takes no time; DTEND is the date after the last")
        for day in range(max(start, self.first).toordinal(), min(end.toordinal(), self.last.toordinal() + 1)):
            yield Entry(dt.date.fromordinal(day), "holiday", **told)

    def _hours(self, start: dt.datetime, end: dt.datetime, told: dict[str, Any]) -> Iterator[Entry]:
        opened, closed = self._local(start), self._local(end)
        if opened.fold or closed.fold:  # wall times cannot say it, and nothing is guessed
            if opened.date() <= self.last and closed.date() >= self.first:
                day = max(opened.date(), self.first)
                self._note(day, told, f"begins or ends in an hour that {self.zone} has twice; confirm it with hours")
                yield Entry(day, self.kind, **told | {"status": "tentative"})
            return
        if start == end:
            self._note(opened.date(), told, "takes no time")
        opening = max(_wall(opened), _wall(dt.datetime.combine(self.first, dt.time())))
        for ordinal, window in _windows(opening, _wall(closed)):
            if ordinal <= self.last.toordinal():
                yield Entry(dt.date.fromordinal(ordinal), self.kind, windows_text((window,)), **told)

    def _local(self, moment: dt.datetime) -> dt.datetime:
        """Return what the clocks of the zone read; a reading of that zone itself stands, even where a gap skips it."""
        own = moment.tzinfo
        assert own is not None  # noqa: S101  # complete_events has seen to it
        if getattr(own, "key", None) == getattr(self.zone, "key", ""):
            return moment
        return from_us(resolve_us(_wall(moment), own), self.zone)

    def _note(self, date: dt.date, told: dict[str, Any], message: str) -> None:
        if self.first <= date <= self.last:
            self.notes.append(Problem(str(date), f"{told['name']!r} {message}", severity="warning"))


def _wall(reading: dt.datetime) -> int:
    return (dt.datetime.__sub__(reading.replace(tzinfo=None), _EPOCH)) // MICROSECOND


def _windows(opening: int, closing: int) -> Iterator[tuple[int, Window]]:
    """Yield date and window of each piece: a night shorter than a day stays whole, the rest is cut at midnight."""
    while opening < closing:
        midnight = opening // DAY * DAY
        night = midnight + DAY < closing < opening + DAY
        end = closing if night else min(closing, midnight + DAY)
        yield midnight // DAY + _EPOCH_DAY, (opening - midnight, end - midnight)
        opening = end
