"""From what people write to a schedule: every layer read, all problems listed at once (SLA-83)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, get_args

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.instants import Zone, zone_name
from servicedesk.sla.calendars.entries import Entries, Entry
from servicedesk.sla.calendars.layers import Layer, OnConflict, read_date, read_layer, settle
from servicedesk.sla.calendars.schedule import Schedule, Season
from servicedesk.sla.calendars.weekly import WeeklyHours

__all__ = ["build_schedule"]

T = TypeVar("T")
_RANGE = re.compile(r"([0-9]{2})-([0-9]{2})\.\.([0-9]{2})-([0-9]{2})")
_NO_HOURS = WeeklyHours(((),) * 7)


def build_schedule(
    weekly: str,
    zone: Zone,
    *,
    seasons: Mapping[str, str],
    layers: Mapping[str, Layer],
    entries: Entries | Iterable[Entry],
    known_from: dt.date | str | None,
    known_until: dt.date | str | None,
    on_conflict: OnConflict,
    prefer: Iterable[str],
    cut_at_midnight: bool,
    problems: Iterable[Problem] = (),
) -> Schedule:
    """Build the layers of a calendar; ``problems`` are those found before.

    Raises:
        DefinitionInvalid: every problem of every layer.
    """
    problems = list(problems)
    hours = _tried(problems, _weekly, weekly) or _NO_HOURS
    key = _tried(problems, zone_name, zone) or "UTC"
    read_seasons = _read_seasons(seasons, problems)
    own = [entry for layer, given in layers.items() for entry in read_layer(layer, given, problems)]
    imported = _imported(entries, problems)
    if on_conflict not in get_args(OnConflict):
        problems.append(Problem("on_conflict", f"{on_conflict!r} is none of {', '.join(get_args(OnConflict))}"))
    settled = settle([*own, *imported], on_conflict, tuple(prefer), problems)
    first = _bound("known_from", known_from, imported, problems)
    last = _bound("known_until", known_until, imported, problems)
    try:
        built: Schedule | None = Schedule(
            hours,
            key,
            seasons=read_seasons,
            entries=settled,
            known_from=first,
            known_until=last,
            cut_at_midnight=cut_at_midnight,
        )
    except DefinitionInvalid as error:
        built = None
        if not problems or any(problem.path != "weekly" for problem in error.problems):
            problems += error.problems
    if built is None or problems:
        raise DefinitionInvalid(problems, "calendar")
    return built


def _weekly(text: str) -> WeeklyHours:
    return _NO_HOURS if str(text).strip() == "closed" else WeeklyHours.parse(text)


def _tried(problems: list[Problem], build: Callable[[Any], T], value: object, path: str = "") -> T | None:
    try:
        return build(value)
    except DefinitionInvalid as error:
        problems += [Problem(path or problem.path, problem.message) for problem in error.problems]
    return None


def _read_seasons(seasons: Mapping[str, object], problems: list[Problem]) -> tuple[Season, ...]:
    if not isinstance(seasons, Mapping):
        wrong = f"{seasons!r} is no table; write seasons = {{'06-01..09-30': 'Mon-Fri 08:00-12:00'}}"
        problems.append(Problem("seasons", wrong))
        return ()
    found: list[Season] = []
    for key, text in seasons.items():
        path = f"seasons[{str(key)!r}]"
        ends = _season_ends(key)
        hours = _tried(problems, _weekly, text, path) if isinstance(text, str) else None
        if not isinstance(text, str):
            problems.append(Problem(path, f"{text!r} is no weekly text like 'Mon-Fri 08:00-12:00'"))
        if ends is None:
            problems.append(Problem(path, f"{key!r} is no part of a year; write '06-01..09-30'"))
        elif hours is not None:
            found.append(Season(ends[0], ends[1], hours))
    return tuple(sorted(found, key=lambda season: season.first))


def _season_ends(key: object) -> tuple[tuple[int, int], tuple[int, int]] | None:
    match = _RANGE.fullmatch(key) if isinstance(key, str) else None
    if match is None:
        return None
    try:
        first, last = (dt.date(2000, int(match[at]), int(match[at + 1])) for at in (1, 3))
    except ValueError:
        return None
    return (first.month, first.day), (last.month, last.day)


def _imported(entries: Any, problems: list[Problem]) -> Entries:
    if isinstance(entries, Entries):
        return entries
    given = tuple(entries) if isinstance(entries, Iterable) and not isinstance(entries, str | Mapping) else (entries,)
    wrong = [place for place, entry in enumerate(given) if not isinstance(entry, Entry)]
    problems += [Problem(f"entries[{place}]", f"{given[place]!r} is no Entry; see from_notices") for place in wrong]
    return Entries(tuple(entry for entry in given if isinstance(entry, Entry)))


def _bound(name: str, given: object, imported: Entries, problems: list[Problem]) -> dt.date | None:
    bound: dt.date | None = getattr(imported, name)
    return bound if given is None else read_date(given, name, problems)
