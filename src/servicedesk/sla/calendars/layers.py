"""Layers of dated exceptions: read from what people write, settled where they disagree, written back as plain data."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, TypeAlias

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.sla.calendars.entries import Entry, EntryKind

__all__ = ["LAYERS", "Layer", "OnConflict", "layers_plain", "read_date", "read_layer", "settle"]

Layer: TypeAlias = Mapping[str, Any] | Iterable[str | dt.date]
"""Dates or ranges ``"2026-02-15..2026-02-23"`` with what is to be said of them: a name, hours, or a table of both."""

OnConflict: TypeAlias = Literal["error", "special", "holiday"]
"""Who wins on a date that is both a holiday and a special day (SLA-13)."""

LAYERS: Mapping[str, EntryKind] = {"holidays": "holiday", "special": "special", "breaks": "break", "extra": "extra"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # `fromisoformat` alone takes weeks, too
_KEYS = ("hours", "name", "source", "status")
_KINDS: tuple[EntryKind, ...] = tuple(LAYERS.values())


def read_date(value: object, path: str, problems: list[Problem]) -> dt.date | None:
    """Read a civil date, given as such or as text; a problem is put down if it is none."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    problems.append(Problem(path, f"{value!r} is no date; write '2026-02-14'"))
    return None


def read_layer(layer: str, given: Layer, problems: list[Problem]) -> Iterator[Entry]:
    """Yield the entries of a layer (``holidays``, ``special``, ``breaks``, ``extra``); problems are put down.

    Holidays are dates and ranges, with or without names. The others map each date or range to hours, to a table
    ``{"hours": …, "name": …, "source": …}``, or to a list of those.
    """
    kind = LAYERS[layer]
    for key, value in _items(layer, given, problems):
        path = f"{layer}[{str(key)!r}]"
        dates = _read_dates(key, path, problems)
        for part in value if isinstance(value, list | tuple) else (value,):
            told = _read_told(kind, part, path, problems)
            yield from _entries(dates, kind, told, path, problems) if told is not None else ()


def _items(layer: str, given: Layer, problems: list[Problem]) -> Iterable[tuple[Any, Any]]:
    if isinstance(given, Mapping):
        return given.items()
    if layer == "holidays" and not isinstance(given, str) and hasattr(given, "__iter__"):
        return ((key, "") for key in given)
    example = "{'2026-02-15..2026-02-23': '春节'}" if layer == "holidays" else "{'2026-02-14': '09:00-13:00'}"
    problems.append(Problem(layer, f"{given!r} is no table; write {layer} = {example}"))
    return ()


def _read_dates(key: object, path: str, problems: list[Problem]) -> list[dt.date]:
    """Read a date, or a range of dates, both ends inclusive."""
    parts = key.split("..") if isinstance(key, str) else [key]
    if len(parts) > 2:  # first and last
        problems.append(Problem(path, f"{key!r} is no range; write '2026-02-15..2026-02-23'"))
        return []
    ends = [read_date(part, path, problems) for part in parts]
    if None in ends:
        return []
    first, last = ends[0], ends[-1]
    assert first is not None and last is not None  # noqa: S101, PT018  # what mypy cannot see from the line above
    if last < first:
        problems.append(Problem(path, f"the range ends before it begins: {first} > {last}"))
    elif (last - first).days > 3_660:  # ten years: a slip of the pen, not an exception
        problems.append(Problem(path, "the range is longer than ten years; an exception is shorter"))
    else:
        return [first + dt.timedelta(days=step) for step in range((last - first).days + 1)]
    return []


def _read_told(kind: EntryKind, value: object, path: str, problems: list[Problem]) -> dict[str, str] | None:
    told = {"name" if kind == "holiday" else "hours": value} if isinstance(value, str) else value
    if not isinstance(told, Mapping):
        problems.append(Problem(path, f"{value!r} is neither text nor a table of {', '.join(_KEYS)}"))
        return None
    fine = True
    for key, text in told.items():
        if key not in _KEYS:
            problems.append(Problem(f"{path}.{key}", f"unknown key{did_you_mean(key, _KEYS)}"))
        elif not isinstance(text, str):
            problems.append(Problem(f"{path}.{key}", f"{text!r} is no text"))
        else:
            continue
        fine = False
    return dict(told) if fine else None


def _entries(
    dates: list[dt.date], kind: EntryKind, told: dict[str, Any], path: str, problems: list[Problem]
) -> Iterator[Entry]:
    for day in dates:
        try:
            yield Entry(day, kind, **told)
        except DefinitionInvalid as error:  # the same for each date of a range: say it once
            found = (problem.path.removeprefix(f"{day}.") for problem in error.problems)
            problems += [
                Problem(f"{path}.{part}", problem.message) for part, problem in zip(found, error.problems, strict=True)
            ]
            return


def settle(
    entries: Iterable[Entry], on_conflict: OnConflict, prefer: tuple[str, ...], problems: list[Problem]
) -> tuple[Entry, ...]:
    """Return the entries sorted, without doubles, and where two cannot both stand the one that was chosen.

    A date that is both holiday and special is a problem unless ``on_conflict`` says who wins (SLA-13); sources that
    disagree are one unless ``prefer`` lists a winner (SLA-35). Breaks and extras add up.
    """
    kept: list[Entry] = []
    unique = sorted(dict.fromkeys(entries), key=_order)
    for day, group in groupby(unique, key=attrgetter("date")):
        same_day = list(group)
        ruling = [entry for entry in same_day if entry.kind in _KINDS[:2] and entry.status == "confirmed"]
        winner = _winner(day, ruling, on_conflict, prefer, problems) if ruling else None
        kept += [entry for entry in same_day if entry is winner or entry not in ruling]
    return tuple(kept)


def _order(entry: Entry) -> tuple[Any, ...]:
    return (entry.date, _KINDS.index(entry.kind), entry.hours, entry.name, entry.source, entry.status)


def _winner(
    day: dt.date, ruling: list[Entry], on_conflict: OnConflict, prefer: tuple[str, ...], problems: list[Problem]
) -> Entry:
    first = ruling[0]
    others = [entry for entry in ruling if (entry.kind, entry.reading) != (first.kind, first.reading)]
    if not others:
        return min(ruling, key=lambda entry: _rank(entry, prefer))
    preferred = [entry for entry in ruling if entry.source in prefer]
    if preferred:
        return min(preferred, key=lambda entry: _rank(entry, prefer))
    of_kind = [entry for entry in ruling if entry.kind == on_conflict]
    if of_kind and all((entry.kind, entry.reading) == (of_kind[0].kind, of_kind[0].reading) for entry in of_kind):
        return of_kind[0]
    kinds = {entry.kind for entry in ruling}
    way = "on_conflict='special' or 'holiday'" if len(kinds) > 1 else "a winner, prefer=('its source',)"
    if len({entry.source for entry in ruling}) > 1:
        way = f"prefer={tuple(entry.source for entry in ruling)} in the order you trust them" + (
            f", or {way}" if len(kinds) > 1 else ""
        )
    problems.append(Problem(f"entries[{str(day)!r}]", f"{first} and {others[0]} cannot both stand; pass {way}"))
    return first


def _rank(entry: Entry, prefer: tuple[str, ...]) -> int:
    return prefer.index(entry.source) if entry.source in prefer else len(prefer)


def layers_plain(entries: Iterable[Entry]) -> dict[str, Any]:
    """Return entries as the tables that `read_layer` reads, runs of equal dates as ranges (SLA-82)."""
    tables: dict[str, Any] = {}
    for layer, kind in LAYERS.items():
        own = [entry for entry in entries if entry.kind == kind]
        by_date = {day: [_told(entry) for entry in group] for day, group in groupby(own, key=attrgetter("date"))}
        table = {_range(run): value[0] if len(value) == 1 else value for run, value in _runs(by_date)}
        if table:
            tables[layer] = table
    return tables


def _told(entry: Entry) -> str | dict[str, str]:
    told = {key: text for key in ("hours", "name", "source") if (text := getattr(entry, key))}
    if entry.status != "confirmed":
        told["status"] = entry.status
    short = "name" if entry.kind == "holiday" else "hours"
    return told.get(short, "") if told.keys() <= {short} and (told or entry.kind == "holiday") else told


def _runs(by_date: Mapping[dt.date, Any]) -> Iterator[tuple[list[dt.date], Any]]:
    """Yield runs of consecutive dates that say the same."""
    run: list[dt.date] = []
    for day, value in by_date.items():
        if run and (day - run[-1] != dt.timedelta(days=1) or value != by_date[run[0]]):
            yield run, by_date[run[0]]
            run = []
        run.append(day)
    if run:
        yield run, by_date[run[0]]


def _range(run: list[dt.date]) -> str:
    return str(run[0]) if len(run) == 1 else f"{run[0]}..{run[-1]}"
