"""What a goal allows: a duration of working time, or an instant that is fixed when the clock starts (SLA-40).

Neither kind ever becomes the other: four hours are measured, three working dates are looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from attrs import field, fields, frozen

from servicedesk.errors import DefinitionInvalid, Problem, Refused, did_you_mean
from servicedesk.instants import MICROSECOND, Instant, duration_text, from_us, instant_us, to_duration
from servicedesk.sla.calendars.calendar import Calendar
from servicedesk.sla.clocks.pauses import Pause
from servicedesk.sla.clocks.working_days import OnPause, WorkingDays, choice_problems

__all__ = [
    "DateLimit",
    "Earliest",
    "Latest",
    "Limit",
    "Until",
    "limit_from_plain",
    "limit_text",
    "limit_to_plain",
    "read_limit",
]

_ON_PAUSE = ("forbid", "ignore")


def _name_or_us(value: str | Instant) -> str | int:
    return value if isinstance(value, str) else instant_us(value, "until")


@frozen(repr=False)
class Until:
    """An instant: a named value of the ticket, or one that is fixed (SLA-45).

    A value that is missing is `Refused` (``field_missing``). One that is past makes the clock due at its start.

    >>> Until("appointment_at")
    Until('appointment_at')
    """

    until: str | int = field(converter=_name_or_us)
    on_pause: OnPause = field(default="forbid", kw_only=True)

    def __attrs_post_init__(self) -> None:
        problems = choice_problems("on_pause", self.on_pause, _ON_PAUSE)
        if self.until == "":
            problems += (Problem("until", "it names no value; write for instance 'appointment_at'"),)
        if problems:
            raise DefinitionInvalid((problem.under("until") for problem in problems), "until")

    @property
    def fields(self) -> tuple[str, ...]:
        """The values of a ticket it needs."""
        return (self.until,) if isinstance(self.until, str) else ()

    def due_us(
        self, _calendar: Calendar, start: int, values: Mapping[str, Any] | None = None, _pauses: Iterable[Pause] = ()
    ) -> int:
        """Return the instant, no earlier than the start.

        Raises:
            Refused: ``field_missing``.
        """
        if isinstance(self.until, int):
            return max(start, self.until)
        value = (values or {}).get(self.until)
        if value is None:
            details = {"field": self.until}
            possible = (f"give {self.until!r} in values=",)
            raise Refused.because("field_missing", possible=possible, attempt=f"run until {self!r}", details=details)
        return max(start, instant_us(value, self.until))

    def __plain__(self) -> dict[str, Any]:
        """Return the plain form: ``{"until": "appointment_at"}``, or the instant in UTC."""
        text = self.until if isinstance(self.until, str) else from_us(self.until).isoformat()
        return {"until": text, **_pause_option(self.on_pause)}

    def __repr__(self) -> str:
        text = repr(self.until) if isinstance(self.until, str) else from_us(self.until).isoformat()
        return f"Until({text}{_pause_text(self.on_pause)})"


@frozen(repr=False, init=False)
class _Choice:
    """Several limits of which one counts; pausing is said once, for all of them."""

    parts: tuple[Limit, ...]
    on_pause: OnPause = field(kw_only=True)

    def __init__(self, *parts: Limit | str, on_pause: OnPause = "forbid") -> None:
        name = type(self).__name__.lower()
        found, problems = _read_parts(parts)
        problems += choice_problems("on_pause", on_pause, _ON_PAUSE)
        if problems:
            raise DefinitionInvalid((problem.under(name) for problem in problems), name)
        self.__attrs_init__(found, on_pause=on_pause)

    @property
    def fields(self) -> tuple[str, ...]:
        """The values of a ticket its parts need."""
        return tuple(name for part in self.parts if not isinstance(part, timedelta) for name in part.fields)

    def _dues(self, calendar: Calendar, start: int, values: Mapping[str, Any] | None) -> list[int]:
        return [
            calendar.add_us(start, part // MICROSECOND)
            if isinstance(part, timedelta)
            else part.due_us(calendar, start, values)
            for part in self.parts
        ]

    def __plain__(self) -> dict[str, Any]:
        """Return the plain form: ``{"latest": ["45min", {"until": "booked_at"}]}``."""
        return {type(self).__name__.lower(): [limit_to_plain(p) for p in self.parts], **_pause_option(self.on_pause)}

    def __repr__(self) -> str:
        texts = (repr(duration_text(part)) if isinstance(part, timedelta) else repr(part) for part in self.parts)
        return f"{type(self).__name__}({', '.join(texts)}{_pause_text(self.on_pause)})"


@frozen(repr=False, init=False)
class Latest(_Choice):
    """The latest of several limits, each counted from the start.

    >>> Latest("45min", Until("booked_at"))
    Latest('45min', Until('booked_at'))
    """

    def due_us(
        self, calendar: Calendar, start: int, values: Mapping[str, Any] | None = None, _pauses: Iterable[Pause] = ()
    ) -> int:
        """Return the last of the instants its parts name."""
        return max(self._dues(calendar, start, values))


@frozen(repr=False, init=False)
class Earliest(_Choice):
    """The earliest of several limits, each counted from the start."""

    def due_us(
        self, calendar: Calendar, start: int, values: Mapping[str, Any] | None = None, _pauses: Iterable[Pause] = ()
    ) -> int:
        """Return the first of the instants its parts name."""
        return min(self._dues(calendar, start, values))


DateLimit: TypeAlias = WorkingDays | Until | Latest | Earliest
"""A limit that becomes an instant when the clock starts."""

Limit: TypeAlias = timedelta | DateLimit
"""Everything a goal can allow."""


def _pause_option(on_pause: OnPause) -> dict[str, str]:
    return {} if on_pause == "forbid" else {"on_pause": on_pause}


def _pause_text(on_pause: OnPause) -> str:
    return "" if on_pause == "forbid" else f", on_pause={on_pause!r}"


def _read_parts(parts: tuple[Any, ...]) -> tuple[tuple[Limit, ...], tuple[Problem, ...]]:
    found, problems = [], [] if parts else [Problem("", "it has no parts; give two limits or more")]
    for number, value in enumerate(parts):
        part, faults = read_limit(value)
        found.append(part)
        if getattr(part, "on_pause", "forbid") != "forbid":
            faults = (*faults, Problem("on_pause", "say it once, for the whole, not for a part"))
        problems += [problem.under(f"[{number}]") for problem in faults]
    return tuple(found), tuple(problems)


def read_limit(value: Any) -> tuple[Limit, tuple[Problem, ...]]:
    """Read a limit as a host writes it; return it with what is wrong, relative to it.

    Raises:
        TypeError: neither a duration, nor its text, nor a date limit.
    """
    if isinstance(value, WorkingDays | Until | Latest | Earliest):
        return value, ()
    try:
        limit = to_duration(value, days=False, argument="within")
    except DefinitionInvalid as error:
        return timedelta(0), tuple(Problem("", problem.message) for problem in error.problems)
    if limit > timedelta(0):
        return limit, ()
    return limit, (Problem("", f"{duration_text(limit)!r} is no goal; write a positive duration like '4h'"),)


def limit_text(limit: Limit) -> str:
    """Return a limit as messages print it: ``4h``, ``WorkingDays(3)``."""
    return duration_text(limit) if isinstance(limit, timedelta) else repr(limit)


# --- plain data (SLA-82) ----------------------------------------------------------------------------------------------


def limit_to_plain(limit: Limit) -> str | dict[str, Any]:
    """Return a limit as plain data: the text of a duration, or the table of a date limit."""
    return duration_text(limit) if isinstance(limit, timedelta) else limit.__plain__()


def limit_from_plain(data: Any) -> Limit:
    """Return the limit of plain data; unknown keys are problems.

    Raises:
        DefinitionInvalid: all problems, relative to the limit.

    >>> limit_from_plain({"latest": ["45min", {"until": "booked_at"}]})
    Latest('45min', Until('booked_at'))
    """
    if isinstance(data, str):
        limit, problems = read_limit(data)
        if problems:
            raise DefinitionInvalid(problems, "within")
        return limit
    kinds = [key for key in _BUILDERS if isinstance(data, dict) and key in data]
    if len(kinds) != 1:
        raise _wrong(f"{data!r} is no limit; write '4h' or a table with one of {', '.join(_BUILDERS)}")
    return _BUILDERS[kinds[0]](dict(data))


def _build_working_days(data: dict[str, Any]) -> Limit:
    n = data.pop("working_days")
    _no_others(data, [each.name for each in fields(WorkingDays)][1:])
    return WorkingDays(n, **data)


_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.*")


def _build_until(data: dict[str, Any]) -> Limit:
    value = data.pop("until")
    _no_others(data, ["on_pause"])
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        value = datetime.fromisoformat(value)
    if not isinstance(value, str | datetime):
        raise _wrong(f"{value!r} is neither the name of a value nor an instant", "until")
    return Until(value, **data)


def _build_choice(cls: type[Latest | Earliest]) -> Callable[[dict[str, Any]], Limit]:
    name = cls.__name__.lower()

    def build(data: dict[str, Any]) -> Limit:
        parts = data.pop(name)
        _no_others(data, ["on_pause"])
        if not isinstance(parts, list):
            raise _wrong(f"{parts!r} is not a list of limits", name)
        problems: list[Problem] = []
        found = []
        for number, part in enumerate(parts):
            try:
                found.append(limit_from_plain(part))
            except DefinitionInvalid as error:
                problems += [problem.under(f"{name}[{number}]") for problem in error.problems]
        if problems:
            raise DefinitionInvalid(problems, name)
        return cls(*found, **data)

    return build


_BUILDERS: dict[str, Callable[[dict[str, Any]], Limit]] = {
    "working_days": _build_working_days,
    "until": _build_until,
    "latest": _build_choice(Latest),
    "earliest": _build_choice(Earliest),
}


def _no_others(data: dict[str, Any], allowed: list[str]) -> None:
    problems = [Problem(str(key), f"unknown key{did_you_mean(key, allowed)}") for key in data if key not in allowed]
    if problems:
        raise DefinitionInvalid(problems, "within")


def _wrong(message: str, path: str = "") -> DefinitionInvalid:
    return DefinitionInvalid((Problem(path, message),), "within")
