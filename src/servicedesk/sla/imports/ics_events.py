"""The events of a calendar file, checked and completed before they are expanded: no time without a zone stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from attrs import frozen

from servicedesk.errors import Problem

__all__ = ["complete_events"]

_ONCE = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID")
_LISTS = ("EXDATE", "RDATE")
_READ = frozenset({*_ONCE, *_LISTS, "RRULE"})
_LONGEST = dt.timedelta(days=3_660)  # ten years, as in the layers of a calendar: a slip of the pen, not an event
_DENSE = frozenset({"SECONDLY", "MINUTELY"})
_LAST_MOMENT = dt.time(23, 59, 59)


def complete_events(events: list[Any], zone: dt.tzinfo, problems: list[Problem]) -> None:
    """Give floating times ``zone``, write the end of each rule in UTC, and put down what cannot be read (SLA-34).

    The expander passes over what it does not understand: an unknown ``TZID`` would float, an end before the start
    would be turned round, of two events with one ``UID`` one would go. All that is a problem here.
    """
    seen: dict[tuple[str, ...], int] = {}
    for place, event in enumerate(events):
        _Event(event, f"events[{place}]", zone, problems).complete()
        key = tuple(str(event.get(name, "")) for name in ("UID", "SEQUENCE", "RECURRENCE-ID"))
        other = seen.setdefault(key, place) if key[0] else place
        if other != place and event != events[other]:
            problems.append(Problem(f"events[{place}].UID", f"{key[0]!r} is events[{other}] too; each needs its own"))


@frozen
class _Event:
    """One event, and where its problems are put down."""

    event: Any
    path: str
    zone: dt.tzinfo
    problems: list[Problem]

    def complete(self) -> None:
        before = len(self.problems)
        self._find_unreadable()
        if len(self.problems) > before:
            return
        for name, value in self._times():
            value.dt = self._placed(name, value.dt, value.params)
        if len(self.problems) == before:
            self._check_order()
            self._complete_rules()

    def _find_unreadable(self) -> None:
        for name, why in self.event.errors:
            if name is None or name in _READ:  # a line without a name may have been any of them
                self._problem(name or "line", f"it cannot be read: {why}")
        for name in _ONCE:
            if isinstance(self.event.get(name), list):
                self._problem(name, "it is given more than once")
        if "DTSTART" not in self.event:
            self._problem("DTSTART", "there is none; an event needs a start")
        if "EXRULE" in self.event:
            self._problem("EXRULE", "rules of exceptions are not read; write the dates as EXDATE")

    def _times(self) -> Iterator[tuple[str, Any]]:
        for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
            if name in self.event:
                yield name, self.event[name]
        for name in _LISTS:
            for group in _as_list(self.event.get(name)):
                for value in group.dts:
                    value.params = group.params  # where the list has its TZID
                    yield name, value

    def _placed(self, name: str, value: Any, params: Any) -> Any:
        """Return a time with its zone; a date stays one, and all dates of a list if the event has no times."""
        if isinstance(value, tuple):  # a period of RDATE: start and end, or start and length
            return tuple(self._placed(name, part, params) for part in value)
        if name in _LISTS and isinstance(value, dt.timedelta):
            return value
        if not isinstance(value, dt.date):
            self._problem(name, f"{value!r} is neither a date nor a time of a date")
        elif isinstance(value, dt.datetime):
            if name in _LISTS and not isinstance(self.event["DTSTART"].dt, dt.datetime):
                return value.date()
            return self._zoned(name, value, params.get("TZID", ""))
        return value

    def _zoned(self, name: str, value: dt.datetime, tzid: str) -> dt.datetime:
        if value.tzinfo is None and not tzid:
            return value.replace(tzinfo=self.zone)
        if not hasattr(value.tzinfo, "key"):  # what a VTIMEZONE alone defines depends on the files read before
            self._problem(name, f"TZID {tzid!r} is no zone of the IANA database; write one like 'Asia/Shanghai'")
        return value

    def _check_order(self) -> None:
        start, end = self.event["DTSTART"].dt, self._end()
        if isinstance(start, dt.datetime) != isinstance(end, dt.datetime):
            self._problem("DTEND", f"it is {end}, while DTSTART is {start}; write two dates or two times")
        elif end - start > _LONGEST:
            self._problem("DTEND", f"it ends at {end}, more than ten years after its start, {start}")
        elif end < start:
            name = "DTEND" if "DTEND" in self.event else "DURATION"
            self._problem(name, f"it ends at {end}, before it starts, {start}")

    def _end(self) -> Any:
        start = self.event["DTSTART"].dt
        if "DTEND" in self.event:
            return self.event["DTEND"].dt
        length = getattr(self.event.get("DURATION"), "dt", dt.timedelta(0))
        try:
            end = start + length
            if isinstance(start, dt.datetime) or not length % dt.timedelta(days=1):
                return end
        except (OverflowError, TypeError):
            pass  # past the year 9999, or a date where a length belongs
        self._problem("DURATION", f"{length!r} is no length of an event that starts at {start}")
        return start

    def _complete_rules(self) -> None:
        for rule in _as_list(self.event.get("RRULE")):
            frequencies = {str(frequency).upper() for frequency in _as_list(rule.get("FREQ"))}
            if not frequencies or frequencies & _DENSE:
                self._problem("RRULE", "a rule repeats HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY")
            if any(interval < 1 for interval in _as_list(rule.get("INTERVAL"))):
                self._problem("RRULE", "an INTERVAL is at least 1")
            if "UNTIL" in rule:
                rule["UNTIL"] = [self._last_start(until) for until in _as_list(rule["UNTIL"])]

    def _last_start(self, until: Any) -> Any:
        """Return the end of a rule as the expander reads it rightly: a date, or a time in UTC.

        A date on an event with times is met often, though RFC 5545 wants a time: the whole date belongs to the rule.
        """
        start = self.event["DTSTART"].dt
        if not isinstance(until, dt.date):
            self._problem("RRULE", f"UNTIL is {until!r}; write a date or a time")
            return until
        if not isinstance(start, dt.datetime):
            return dt.date(until.year, until.month, until.day)
        if not isinstance(until, dt.datetime):
            until = dt.datetime.combine(until, _LAST_MOMENT)
        if until.tzinfo is None:
            until = until.replace(tzinfo=start.tzinfo)
        try:
            return until.astimezone(dt.UTC)
        except OverflowError:  # "for ever", written as the last moment of the year 9999
            return until.replace(tzinfo=dt.UTC)

    def _problem(self, name: str, message: str) -> None:
        self.problems.append(Problem(f"{self.path}.{name}", message))


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
