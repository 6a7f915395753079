"""Dated exceptions of a calendar: holidays, special days, breaks and extra hours, each with its source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias, get_args

from attrs import evolve, field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.sla.calendars.walltime import Window
from servicedesk.sla.calendars.weekly import WEEKDAYS, read_windows, windows_text

__all__ = ["Entries", "Entry", "EntryKind"]

EntryKind: TypeAlias = Literal["holiday", "special", "break", "extra"]
"""What an entry does to its date, in order of precedence: later wins (SLA-12)."""

Status: TypeAlias = Literal["confirmed", "tentative"]

_HOW = "write windows like '08:30-12:00, 14:00-18:00', 'as Mon', 'weekly', 'closed' or 'makeup'"


@frozen
class Hours:
    """The hours of an entry, read: where they come from, and the windows where they are written out.

    Attributes:
        windows: hours of the date itself, in microseconds after its midnight.
        weekday: the weekday whose hours it takes, Monday 0; ``None`` for its own or for written hours.
        rule: ``"written"``, ``"as"`` (another weekday), ``"weekly"`` (its own), ``"closed"`` or ``"any"`` (what all
            working weekdays share).
        makeup: the entry counts only where the date has no weekly hours (SLA-30).
    """

    windows: tuple[Window, ...] = ()
    weekday: int | None = None
    rule: Literal["written", "as", "weekly", "closed", "any"] = "written"
    makeup: bool = False

    @classmethod
    def read(cls, text: str) -> tuple[Hours, tuple[Problem, ...]]:
        """Read hours as text; problems stand under ``hours``."""
        word, _, rest = text.strip().partition(" ")
        if word == "makeup":
            hours, problems = cls.read(rest) if rest.strip() else (cls(rule="any"), ())
            return evolve(hours, makeup=True), problems
        if word == "as":
            return cls._as(rest.strip())
        if text.strip() in {"closed", "weekly"}:
            return cls(rule="closed" if word == "closed" else "weekly"), ()
        if not text.strip():
            return cls(), (Problem("hours", f"there are none; {_HOW}"),)
        windows, problems = read_windows(text, "hours")
        if problems and text.strip()[0].isalpha():  # meant as a word, and none of ours
            problems = (Problem("hours", f"{text!r} is none of the words there are; {_HOW}"),)
        return cls(windows), problems

    @classmethod
    def _as(cls, name: str) -> tuple[Hours, tuple[Problem, ...]]:
        if name in WEEKDAYS:
            return cls(weekday=WEEKDAYS.index(name), rule="as"), ()
        hint = did_you_mean(name.title()[:3], WEEKDAYS)
        return cls(), (Problem("hours", f"'as {name}' names no weekday{hint}; write 'as Mon'"),)

    def __str__(self) -> str:
        texts = {"written": windows_text(self.windows), "any": "", "as": f"as {WEEKDAYS[self.weekday or 0]}"}
        text = texts.get(self.rule, self.rule)
        return f"makeup {text}".rstrip() if self.makeup else text


@frozen(repr=False, init=False, order=False)
class Entry:
    """One dated exception of a calendar (SLA-12).

    Args:
        date: the civil date it is about, in the calendar's zone.
        kind: ``"holiday"`` removes the windows that start on the date, ``"special"`` replaces them, ``"break"`` is
            subtracted, ``"extra"`` added.
        hours: for a special day windows, ``"as Mon"`` (that date's season), ``"weekly"``, ``"closed"``, or
            ``"makeup"`` (调休: what all working weekdays share; also ``"makeup as Mon"``, ``"makeup 09:00-13:00"``),
            which counts only where the date has no weekly hours (SLA-30); for breaks and extras windows; a holiday
            has none.
        name: what people call it, 春节.
        source: where it is written down; `Calendar.explain` says it (SLA-35).
        status: a ``"tentative"`` entry counts for nothing until its host has confirmed it, and may lack hours.

    Raises:
        DefinitionInvalid: all that is wrong with it, under its date.
        TypeError: the date is none, or hours, name or source are no text.

    >>> print(Entry(dt.date(2026, 2, 14), "special", "as Mon", name="春节", source="notice 2026"))
    2026-02-14 special as Mon: 春节 (notice 2026)
    """

    date: dt.date
    kind: EntryKind
    hours: str
    name: str = field(kw_only=True)
    source: str = field(kw_only=True)
    status: Status = field(kw_only=True)
    reading: Hours = field(kw_only=True, eq=False)

    def __init__(
        self,
        date: dt.date,
        kind: EntryKind,
        hours: str = "",
        *,
        name: str = "",
        source: str = "",
        status: Status = "confirmed",
    ) -> None:
        if isinstance(date, dt.datetime) or not isinstance(date, dt.date):
            raise TypeError(f"the date of an entry is a date, not {type(date).__name__} {date!r}")
        for argument, text in (("hours", hours), ("name", name), ("source", source)):
            if not isinstance(text, str):
                raise TypeError(f"the {argument} of an entry is a text, not {type(text).__name__} {text!r}")
        reading, problems = _read(kind, hours, status)
        if problems:
            raise DefinitionInvalid((problem.under(str(date)) for problem in problems), "entry")
        text = str(reading) if hours.strip() else ""
        self.__attrs_init__(date, kind, text, name=name, source=source, status=status, reading=reading)

    @property
    def label(self) -> str:
        """Name and source as people read them: ``春节 (notice 2026)``."""
        return f"{self.name} ({self.source})".strip() if self.source else self.name

    def confirmed(self, hours: str | None = None) -> Entry:
        """Return the entry as one that counts, with other hours if they are given."""
        own = self.hours if hours is None else hours
        return Entry(self.date, self.kind, own, name=self.name, source=self.source)

    def __str__(self) -> str:
        head = " ".join(filter(None, (str(self.date), self.kind, self.hours)))
        tail = "" if self.status == "confirmed" else f" [{self.status}]"
        return f"{head}: {self.label}{tail}" if self.label else head + tail

    def __repr__(self) -> str:
        given = [repr(self.hours)] if self.hours else []
        given += [f"{key}={value!r}" for key in ("name", "source") if (value := getattr(self, key))]
        given += [f"status={self.status!r}"] if self.status != "confirmed" else []
        return f"Entry({', '.join((repr(self.date), repr(self.kind), *given))})"


def _read(kind: str, hours: str, status: str) -> tuple[Hours, tuple[Problem, ...]]:
    if kind not in get_args(EntryKind):
        known = get_args(EntryKind)
        return Hours(), (Problem("kind", f"{kind!r} is none of {', '.join(known)}{did_you_mean(kind, known)}"),)
    if status not in get_args(Status):
        return Hours(), (Problem("status", f"{status!r} is neither 'confirmed' nor 'tentative'"),)
    if kind == "holiday":
        wrong = f"a holiday has no hours, not {hours!r}; write a special day"
        return Hours(rule="closed"), (Problem("hours", wrong),) if hours.strip() else ()
    if status == "tentative" and not hours.strip():
        return Hours(), ()
    reading, problems = Hours.read(hours)
    if not problems and kind != "special" and (reading.rule != "written" or reading.makeup):
        problems = (Problem("hours", f"{hours!r} is for special days; {kind} hours are windows like '12:00-14:00'"),)
    return reading, problems


@frozen(repr=False)
class Entries:
    """What an import brings: entries to look through, how far they reach, and notes on what was left out.

    Give it to ``Calendar.weekly(entries=…)`` as it is, filtered by `where`, or added to others with ``+``: the calendar
    takes over the coverage.

    Attributes:
        entries: sorted by date.
        known_from: first date whose exceptions they settle, or ``None``.
        known_until: last such date, or ``None`` (SLA-19, SLA-31).
        notes: what was read and led to no entry, as warnings with paths.
    """

    entries: tuple[Entry, ...]
    known_from: dt.date | None = field(default=None, kw_only=True)
    known_until: dt.date | None = field(default=None, kw_only=True)
    notes: tuple[Problem, ...] = field(default=(), kw_only=True)

    def where(self, keep: Callable[[Entry], bool]) -> Entries:
        """Return them with the entries that ``keep`` answers with true."""
        return evolve(self, entries=tuple(entry for entry in self.entries if keep(entry)))

    def __add__(self, other: Entries | Iterable[Entry]) -> Entries:
        """Return both together: they know what both know; single entries of the host's own change no coverage."""
        if not isinstance(other, Entries):
            return evolve(self, entries=(*self.entries, *other))
        bounds = ((self.known_from, other.known_from, max), (self.known_until, other.known_until, min))
        first, last = (_narrower(*bound) for bound in bounds)
        both = (*self.entries, *other.entries)
        return Entries(both, known_from=first, known_until=last, notes=(*self.notes, *other.notes))

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        notes = f", {len(self.notes)} notes" if self.notes else ""
        return f"<Entries: {len(self.entries)}, known from {self.known_from} until {self.known_until}{notes}>"


def _narrower(
    one: dt.date | None, other: dt.date | None, choose: Callable[[dt.date, dt.date], dt.date]
) -> dt.date | None:
    if one is None or other is None:
        return one or other
    return choose(one, other)
