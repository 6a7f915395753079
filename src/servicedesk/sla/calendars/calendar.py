"""Working time: when a desk is open, how much of it lies between two instants, and where a goal is used up."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import pendulum
from attrs import frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.frozenmap import EMPTY
from servicedesk.instants import EPOCH, MICROSECOND, Span, Zone, to_duration, to_us
from servicedesk.plain import text_fault
from servicedesk.sla.calendars.building import build_schedule
from servicedesk.sla.calendars.combination import Combination, During
from servicedesk.sla.calendars.describe import describe
from servicedesk.sla.calendars.entries import Entries, Entry
from servicedesk.sla.calendars.explain import Segments
from servicedesk.sla.calendars.layers import Layer, OnConflict
from servicedesk.sla.calendars.plain import fingerprint, from_data, to_data
from servicedesk.sla.calendars.schedule import Schedule
from servicedesk.sla.calendars.timeline import Roll
from servicedesk.sla.calendars.walltime import day_at
from servicedesk.sla.calendars.working_time import Beyond, WorkingTime

__all__ = ["Calendar"]

_subtract = datetime.__sub__  # pendulum's own costs ten times as much
_SIGN_TRAP = re.compile(r"Etc/GMT([+-])([0-9]{1,2})")


@frozen(repr=False)
class Calendar(WorkingTime):
    """Working hours with their exceptions, in a zone of their own, which timestamps never change (SLA-16).

    Any aware datetime goes in, what comes out stands in the calendar's zone; each query has a twin on integer
    microseconds, ``elapsed_us`` for `elapsed` (SLA-27). Values compare, hash and pickle by what defines them; the
    timeline behind the answers is built on the first question, a year to either side of it, and at least doubles when
    a question reaches further. That takes about half a millisecond a year, so a far date used as "never" is dear.

    >>> office = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai")
    >>> monday = pendulum.datetime(2026, 3, 2, 16, tz="Asia/Shanghai")
    >>> print(office.add(monday, "4h"))
    2026-03-03 10:30:00+08:00
    """

    @classmethod
    def weekly(
        cls,
        text: str,
        *,
        zone: Zone,
        name: str = "",
        version: str = "",
        seasons: Mapping[str, str] = EMPTY,
        holidays: Layer = (),
        special: Layer = EMPTY,
        breaks: Layer = EMPTY,
        extra: Layer = EMPTY,
        entries: Entries | Iterable[Entry] = (),
        known_from: dt.date | str | None = None,
        known_until: dt.date | str | None = None,
        beyond: Beyond = "raise",
        on_conflict: OnConflict = "error",
        prefer: Iterable[str] = (),
        holiday_cuts: Literal["", "midnight"] = "",
    ) -> Calendar:
        """Build a calendar from weekly text and the exceptions to it; later layers win (SLA-12).

        Args:
            text: clauses like ``"Mon-Fri 08:30-12:00, 14:00-18:00; Sat 22:00-06:00"`` (SLA-15), or ``"closed"``.
            zone: an IANA key, ``"UTC"``, ``"+08:00"``, or a zone object with a key.
            name: what messages and facts call it.
            version: free text; a changed calendar is a new version (SLA-20).
            seasons: weekly text for parts of each year: ``{"06-01..09-30": "Mon-Fri 08:00-12:00, 15:00-18:30"}``.
            holidays: dates and ranges, with or without names: ``{"2026-02-15..2026-02-23": "春节"}``. They remove the
                windows that start on them; a night shift runs into one (SLA-14).
            special: dates with hours of their own (make-up days 调休, half days): ``{"2026-02-14": "as Mon"}``;
                ``"weekly"`` and ``"closed"`` are possible, and a table ``{"hours": …, "name": …}``.
            breaks: dated windows that are subtracted.
            extra: dated windows that are added.
            entries: what an import gave, `from_notices` and the like, with its coverage; or single entries.
            known_from: first date whose exceptions are published (SLA-19).
            known_until: last such date, inclusive.
            beyond: what to do about a date outside: ``"raise"``, or ``"assume"`` that it follows the pattern.
            on_conflict: who wins on a date that is both holiday and special: ``"special"`` or ``"holiday"`` (SLA-13).
            prefer: sources of entries in the order they are trusted, where they disagree (SLA-35).
            holiday_cuts: ``"midnight"`` ends a shift that runs into a holiday at 00:00.

        Raises:
            DefinitionInvalid: all problems of all layers at once; also a calendar that never opens (SLA-17).

        >>> office = Calendar.weekly(
        ...     "Mon-Fri 09:00-17:00",
        ...     zone="Asia/Shanghai",
        ...     holidays={"2026-02-15..2026-02-23": "春节"},
        ...     special={"2026-02-14": "as Mon"},
        ... )
        >>> print(office.next_open(pendulum.datetime(2026, 2, 14, 18, tz="Asia/Shanghai")))
        2026-02-24 09:00:00+08:00
        """
        modes = (
            *_texts(name=name, version=version),
            *_mode("beyond", beyond, get_args(Beyond)),
            *_mode("holiday_cuts", holiday_cuts, ("", "midnight")),
        )
        try:
            schedule = build_schedule(
                text,
                zone,
                seasons=seasons,
                layers={"holidays": holidays, "special": special, "breaks": breaks, "extra": extra},
                entries=entries,
                known_from=known_from,
                known_until=known_until,
                on_conflict=on_conflict,
                prefer=prefer,
                cut_at_midnight=holiday_cuts == "midnight",
                problems=modes,
            )
        except DefinitionInvalid as error:
            raise DefinitionInvalid((problem.under("calendar") for problem in error.problems), "calendar") from None
        return cls(schedule, name=name, version=version, beyond=beyond)

    @classmethod
    def always(cls, zone: Zone = "UTC", *, name: str = "24x7", version: str = "") -> Calendar:
        """Build the calendar that never closes (SLA-17); the zone serves display only."""
        return cls.weekly("daily 00:00-24:00", zone=zone, name=name, version=version)

    @property
    def zone(self) -> str:
        """The zone of its dates and hours."""
        return self.rule.zone

    def problems(self) -> tuple[Problem, ...]:
        """List warnings about a calendar that works but may not mean what its author thinks (SLA-16, SLA-83)."""
        rule = self.rule
        if not isinstance(rule, Schedule):
            return ()
        idle = [entry for entry in rule.entries if not rule.counts(entry)]
        return (*_zone_problems(self.zone), *map(_idle_problem, idle))

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from ``start`` to ``end``, negative where ``end`` is the earlier (SLA-21).

        >>> night = Calendar.weekly("daily 22:00-06:00", zone="Europe/London")
        >>> evening = pendulum.datetime(2026, 3, 28, 12, tz="Europe/London")
        >>> night.elapsed(evening, evening.add(days=1))  # the clocks went forward
        datetime.timedelta(seconds=25200)
        """
        try:  # `to_us` and `elapsed_us` written out: calls would cost a third of the answer
            first, last = _subtract(start, EPOCH), _subtract(end, EPOCH)
            return MICROSECOND * self._line.elapsed(
                (first.days * 86_400 + first.seconds) * 1_000_000 + first.microseconds,
                (last.days * 86_400 + last.seconds) * 1_000_000 + last.microseconds,
            )
        except (IndexError, TypeError):  # outside what is compiled, or no aware datetime: the long way says which
            return MICROSECOND * self.elapsed_us(to_us(start, "start"), to_us(end, "end"))

    def add(self, start: datetime, worked: timedelta | str, roll: Roll = "close") -> pendulum.DateTime:
        """Return the instant at which ``worked`` is used up, counted from ``start`` (SLA-22).

        That is the earliest such instant: work that ends with the day ends **at closing**. ``roll="open"`` gives the
        latest: the next opening.

        Raises:
            ValueError: ``worked`` is negative; use `subtract`.
            NoWorkingTime: not within 200 years.
            CalendarCoverageError: the answer depends on a date whose exceptions are not known.
        """
        return self.local(self.add_us(to_us(start, "start"), _work_us(worked, "subtract"), roll))

    def subtract(self, end: datetime, worked: timedelta | str, roll: Roll = "open") -> pendulum.DateTime:
        """Return the instant from which ``worked`` is used up at ``end`` (SLA-23).

        That is the latest such instant: an opening stays one. ``roll="close"`` gives the earliest: the closing before.

        Raises:
            ValueError: ``worked`` is negative; use `add`.
            NoWorkingTime: not within the 200 years before.
        """
        return self.local(self.subtract_us(to_us(end, "end"), _work_us(worked, "add"), roll))

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

    def explain(self, start: datetime, end: datetime) -> Segments:
        """Return why the working time of ``[start, end)`` is what it is, piece by piece without a gap (SLA-80).

        Raises:
            ValueError: ``start`` is later than ``end``.

        >>> office = Calendar.weekly(
        ...     "Mon-Fri 09:00-17:00", zone="Europe/London", holidays={"2026-04-03": "Good Friday"}
        ... )
        >>> noon = pendulum.datetime(2026, 4, 2, 12, tz="Europe/London")
        >>> print(office.explain(noon, noon.add(days=1)))
        Thu 2026-04-02 12:00 → Thu 2026-04-02 17:00         5h        5h  working
        Thu 2026-04-02 17:00 → Fri 2026-04-03 00:00          -        5h  off_hours
        Fri 2026-04-03 00:00 → Fri 2026-04-03 12:00          -        5h  holiday: Good Friday
        """
        return self.explain_us(to_us(start, "start"), to_us(end, "end"))

    def explain_us(self, start: int, end: int) -> Segments:
        """Return `explain` on integers."""
        if start > end:
            raise ValueError(f"explain needs start <= end, not {self.local(start)} > {self.local(end)}")
        self.elapsed_us(start, end)  # the coverage is asked as for any other answer
        return Segments.of(self.rule.pieces(start, end) if start < end else (), self.zone)

    def is_working_date(self, day: dt.date) -> bool:
        """Whether a non-empty window starts on a civil date of the calendar's zone (工作日, SLA-28)."""
        return self.is_working_day(_ordinal(day))

    def add_working_days(
        self, at: datetime, n: int, roll: Literal["in_hours"] | None = "in_hours"
    ) -> pendulum.DateTime:
        """Return the same wall time on the n-th working date after that of ``at``; for ``n < 0`` before it (SLA-28).

        Then the instant moves into hours in the direction of travel; ``roll=None`` leaves it where it is.

        >>> office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London")
        >>> print(office.add_working_days(pendulum.datetime(2026, 3, 27, 20, tz="Europe/London"), 1))
        2026-03-31 09:00:00+01:00
        """
        if roll not in {"in_hours", None}:
            raise ValueError(f"roll is 'in_hours' or None, not {roll!r}")
        day, wall = day_at(to_us(at), self._tz)
        there = self.wall_us(self.working_day(day, n) if n else day, wall)
        if roll == "in_hours":
            there = self.previous_close_us(there) if n < 0 else self.next_open_us(there)
        return self.local(there)

    def __and__(self, other: Calendar) -> Calendar:
        """The time both are open; zone and dates are the left one's (SLA-18)."""
        return self._with("&", other)

    def __or__(self, other: Calendar) -> Calendar:
        """The time one of them is open, or both."""
        return self._with("|", other)

    def __sub__(self, other: Calendar) -> Calendar:
        """The time this one is open and the other is not."""
        return self._with("-", other)

    def _with(self, operator: Literal["&", "|", "-"], other: Calendar) -> Calendar:
        if not isinstance(other, Calendar):
            return NotImplemented
        return Calendar(Combination(operator, self, other))  # each part says itself what it does beyond its coverage

    def during(self, first: dt.date, last: dt.date) -> Calendar:
        """Return the calendar from ``first`` to ``last``, closed outside (SLA-18).

        Two dates are both inclusive; two aware datetimes are a half-open span.
        """
        start, end = (_edge(self, value, name) for value, name in ((first, "first"), (last, "last")))
        if not isinstance(last, datetime):
            end = self.wall_us(last.toordinal() + 1, 0)
        if start > end:
            raise ValueError(f"during needs first <= last, not {first} > {last}")
        return Calendar(During(self, start, end))

    @property
    def fingerprint(self) -> str:
        """A hash of the definition: equal for equal calendars, on any machine (SLA-20)."""
        return fingerprint(self)

    def describe(self, first: dt.date, last: dt.date) -> str:
        """Return hours, exceptions, working dates and working time from ``first`` to ``last`` as text to check."""
        return describe(self, first, last)

    @classmethod
    def problems_of(cls, data: Any) -> tuple[Problem, ...]:
        """List what is wrong with a calendar's plain data without raising; warnings too (SLA-83)."""
        try:
            return from_data(cls, data).problems()
        except DefinitionInvalid as error:
            return tuple(problem.under("calendar") for problem in error.problems)

    def __plain__(self) -> dict[str, Any]:
        return to_data(self)

    @classmethod
    def __from_plain__(cls, data: Any) -> Calendar:
        return from_data(cls, data)

    def __str__(self) -> str:
        return str(self.rule)

    def __repr__(self) -> str:
        named = "".join(f", {key}={value!r}" for key in ("name", "version") if (value := getattr(self, key)))
        rule = self.rule
        if isinstance(rule, Schedule):
            return f"Calendar.weekly({str(rule)!r}, zone={self.zone!r}{named}{rule.summary})"
        return f"<Calendar {rule}{named}>"


def _texts(**given: object) -> Iterator[Problem]:
    for name, text in given.items():
        if not isinstance(text, str):
            yield Problem(name, f"{text!r} is no text")
        elif fault := text_fault(text):
            yield Problem(name, fault)


def _mode(name: str, value: object, known: tuple[str, ...]) -> tuple[Problem, ...]:
    if value in known:
        return ()
    words = ", ".join(repr(word) for word in known)
    return (Problem(name, f"{value!r} is none of {words}{did_you_mean(value, known)}"),)


def _zone_problems(zone: str) -> tuple[Problem, ...]:
    match = _SIGN_TRAP.fullmatch(zone)
    if match is None:
        return ()
    real, wanted = (f"{sign}{match[2]:0>2}:00" for sign in ("-+" if match[1] == "+" else "+-"))
    message = f"{zone!r} is UTC{real}, its sign is turned round; write {real!r}, or {wanted!r} if that was meant"
    return (Problem("calendar.zone", message, code="zone_sign", severity="warning"),)


def _idle_problem(entry: Entry) -> Problem:
    path = f"calendar.entries[{str(entry.date)!r}]"
    if entry.status == "tentative":
        message = f"{entry} counts for nothing until it is confirmed"
        return Problem(path, message, code="tentative", severity="warning")
    return Problem(path, f"{entry}: the date has weekly hours anyway", code="makeup_idle", severity="info")


def _ordinal(day: dt.date, name: str = "day") -> int:
    if isinstance(day, datetime) or not isinstance(day, dt.date):
        raise TypeError(f"{name} is a civil date, not {type(day).__name__} {day!r}")
    return day.toordinal()


def _edge(calendar: Calendar, value: dt.date, name: str) -> int:
    return to_us(value, name) if isinstance(value, datetime) else calendar.wall_us(_ordinal(value, name), 0)


def _work_us(worked: timedelta | str, back: str) -> int:
    if isinstance(worked, str) and worked.startswith("-"):
        raise ValueError(f"worked = {worked!r} is negative; to go the other way, use {back}")
    if type(worked) is timedelta:  # nothing to be read
        return worked // MICROSECOND
    return to_duration(worked, days=False, argument="worked") // MICROSECOND
