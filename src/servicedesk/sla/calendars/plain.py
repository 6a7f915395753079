"""Calendars as plain data: what stands in a TOML or JSON file, and how a calendar is told apart by it (SLA-82)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import pendulum
from attrs import evolve

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.instants import to_us
from servicedesk.sla.calendars.combination import Combination, During, Operator
from servicedesk.sla.calendars.layers import LAYERS, layers_plain
from servicedesk.sla.calendars.schedule import Schedule
from servicedesk.sla.calendars.working_time import Beyond

if TYPE_CHECKING:
    from servicedesk.sla.calendars.calendar import Calendar

__all__ = ["fingerprint", "from_data", "to_data"]

_WORDS: Mapping[Operator, str] = {"&": "and", "|": "or", "-": "minus"}
_SIGNS: Mapping[str, Operator] = {word: sign for sign, word in _WORDS.items()}
_DEEPEST = 32  # as deep as plain data may be
_OWN = ("name", "version", "beyond")
_TEXTS = ("name", "version", "weekly", "zone", "beyond", "holiday_cuts")
_WEEKLY = (*_OWN, "weekly", "zone", "seasons", *LAYERS, "known_from", "known_until", "holiday_cuts")


def to_data(calendar: Calendar) -> dict[str, Any]:
    """Return a calendar as plain data, without what has its default."""
    own = {"name": calendar.name, "version": calendar.version}
    own |= {"beyond": "assume"} if calendar.beyond == "assume" else {}
    return {key: text for key, text in own.items() if text} | _rule_data(calendar)


def _rule_data(calendar: Calendar) -> dict[str, Any]:
    rule = calendar.rule
    if isinstance(rule, Combination):
        return {_WORDS[rule.operator]: [to_data(rule.left), to_data(rule.right)]}
    if isinstance(rule, During):
        first, last = (rule.calendar.local(at).isoformat() for at in (rule.start, rule.end))
        return {"during": {"calendar": to_data(rule.calendar), "first": first, "last": last}}
    if not isinstance(rule, Schedule):
        raise TypeError(f"{type(rule).__name__} has no plain form")
    data: dict[str, Any] = {"weekly": str(rule), "zone": rule.zone, **layers_plain(rule.entries)}
    data |= {"seasons": {season.range: season.text for season in rule.seasons}} if rule.seasons else {}
    data |= {key: str(day) for key in ("known_from", "known_until") if (day := getattr(rule, key)) is not None}
    return data | ({"holiday_cuts": "midnight"} if rule.cut_at_midnight else {})


def fingerprint(calendar: Calendar) -> str:
    """Return a hash of the canonical plain form: equal for equal calendars, on any machine (SLA-20)."""
    text = json.dumps(to_data(calendar), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def from_data(cls: type[Calendar], data: Any) -> Calendar:
    """Return the calendar of plain data; nothing is coerced, nothing ignored.

    Raises:
        DefinitionInvalid: all problems at once, with paths inside the calendar.
    """
    if not isinstance(data, Mapping):
        raise DefinitionInvalid((Problem("", f"{data!r} is no table; write weekly = … and zone = …"),), "calendar")
    if _depth(data) > _DEEPEST:
        raise DefinitionInvalid((Problem("", f"calendars stand in each other more than {_DEEPEST} deep"),), "calendar")
    word = next((word for word in (*_SIGNS, "during") if word in data), None)
    known = (*_OWN, word) if word else _WEEKLY
    problems = [*_unknown(data, known), *_untexted(data)]
    fine = {key: value for key, value in data.items() if key in known and not any(p.path == key for p in problems)}
    if word is None:
        problems += [Problem(key, "missing") for key in ("weekly", "zone") if key not in data]
        made = _tried(problems, lambda: cls.weekly(**{"text": "daily 00:00-24:00", "zone": "UTC", **_renamed(fine)}))
    else:
        read = _during if word == "during" else _combined
        made = _tried(problems, lambda: _named(read(cls, word, data[word]), fine))
    _check(problems)
    calendar: Calendar = made
    return calendar


def _depth(data: Any) -> int:
    """Return how deep calendars stand in each other, looking no deeper than is allowed."""
    depth, level = 0, [data]
    while level and depth <= _DEEPEST:
        depth += 1
        tables = [one for one in level if isinstance(one, Mapping)]
        lists = [one[word] for one in tables for word in _SIGNS if isinstance(one.get(word), list | tuple)]
        inner = [
            one["during"]["calendar"]
            for one in tables
            if isinstance(one.get("during"), Mapping) and "calendar" in one["during"]
        ]
        level = [part for parts in lists for part in parts] + inner
    return depth


def _renamed(data: dict[str, Any]) -> dict[str, Any]:
    return {"text" if key == "weekly" else key: value for key, value in data.items()}


def _named(calendar: Calendar, data: dict[str, Any]) -> Calendar:
    return evolve(calendar, **{key: data[key] for key in _OWN if key in data})


def _combined(cls: type[Calendar], word: str, parts: Any) -> Any:
    if not isinstance(parts, list | tuple) or len(parts) != 2:  # left and right
        raise DefinitionInvalid((Problem(word, f"{parts!r} is no list of two calendars"),), "calendar")
    problems: list[Problem] = []
    left, right = (_tried(problems, partial(_part, cls, part, f"{word}[{at}]")) for at, part in enumerate(parts))
    _check(problems)
    return {"and": left.__and__, "or": left.__or__, "minus": left.__sub__}[word](right)


def _during(cls: type[Calendar], _word: str, data: Any) -> Any:
    if not isinstance(data, Mapping) or {"calendar", "first", "last"} != set(data):
        raise DefinitionInvalid((Problem("during", "it needs calendar, first and last, nothing else"),), "calendar")
    problems: list[Problem] = []
    calendar = _tried(problems, lambda: _part(cls, data["calendar"], "during.calendar"))
    first, last = (_instant(data[key], f"during.{key}", problems) for key in ("first", "last"))
    if not problems and first > last:
        problems.append(Problem("during", f"first lies after last: {data['first']} > {data['last']}"))
    _check(problems)
    return cls(During(calendar, first, last))


def _part(cls: type[Calendar], data: Any, path: str) -> Calendar:
    try:
        return from_data(cls, data)
    except DefinitionInvalid as error:
        raise DefinitionInvalid((problem.under(path) for problem in error.problems), "calendar") from None


def _instant(text: Any, path: str, problems: list[Problem]) -> int:
    try:
        return to_us(pendulum.DateTime.fromisoformat(text))
    except (TypeError, ValueError, OverflowError):
        problems.append(Problem(path, f"{text!r} is no instant like '2026-03-02T10:00:00+08:00'"))
        return 0


def _tried(problems: list[Problem], build: Callable[[], Any]) -> Any:
    try:
        return build()
    except DefinitionInvalid as error:
        problems += map(_inside, error.problems)
    return None


def _check(problems: Iterable[Problem]) -> None:
    if problems:
        raise DefinitionInvalid(problems, "calendar")


def _inside(problem: Problem) -> Problem:
    return evolve(problem, path=problem.path.removeprefix("calendar."))


def _unknown(data: Mapping[str, Any], known: tuple[str, ...]) -> Iterable[Problem]:
    return [Problem(str(key), f"unknown key{did_you_mean(key, known)}") for key in data if key not in known]


def _untexted(data: Mapping[str, Any]) -> Iterable[Problem]:
    wrong = [
        Problem(key, f"{data[key]!r} is no text") for key in _TEXTS if key in data and not isinstance(data[key], str)
    ]
    if data.get("beyond", "raise") not in get_args(Beyond):
        wrong.append(Problem("beyond", f"{data['beyond']!r} is neither 'raise' nor 'assume'"))
    return wrong
