"""Policies as plain data: calendars by name, rules in order, goals by metric (SLA-82)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.plain import from_plain, to_plain
from servicedesk.sla.calendars.calendar import Calendar
from servicedesk.sla.clocks.goal import Goal

if TYPE_CHECKING:
    from servicedesk.sla.clocks.metric import Metric
    from servicedesk.sla.policies.policy import SlaPolicy, SlaRule

__all__ = ["policy_data", "read_policy"]

_KEYS = ("name", "version", "calendars", "metrics", "rules", "carry", "on_unknown")
_RULE_KEYS = ("name", "when", "goals")


def policy_data(policy: SlaPolicy) -> dict[str, Any]:
    """Return a policy as plain data: each calendar once, by its name."""
    names = _calendar_names(policy)
    data: dict[str, Any] = {
        "name": policy.name,
        "version": policy.version,
        "calendars": {name: to_plain(calendar) for name, calendar in names},
        "metrics": {name: _without(to_plain(metric), "name") for name, metric in policy.metrics.items()},
        "rules": [
            _filled({"name": rule.name, "when": str(rule.when) if rule.when is not None else ""})
            | {"goals": {goal.metric: _goal_data(goal, names) for goal in rule.goals}}
            for rule in policy.rules
        ],
        "carry": "" if policy.carry == "keep_elapsed" else policy.carry,
        "on_unknown": "" if policy.on_unknown == "assume" else policy.on_unknown,
    }
    return _filled(data)


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value}


def _without(data: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != key}


def _calendar_names(policy: SlaPolicy) -> list[tuple[str, Calendar]]:
    """Return the calendars that goals name, each with a name no other has."""
    found: list[tuple[str, Calendar]] = []
    for calendar in (one for goal in policy.goals for one in (goal.calendar, goal.notify) if one is not None):
        if any(calendar == known for _, known in found):
            continue
        name = base = calendar.name or "calendar"
        count = 1
        while any(name == taken for taken, _ in found):
            count += 1
            name = f"{base}-{count}"
        found.append((name, calendar))
    return found


def _goal_data(goal: Goal, names: list[tuple[str, Calendar]]) -> dict[str, Any]:
    data: dict[str, Any] = _without(to_plain(goal), "metric")
    for key in ("calendar", "notify"):
        calendar = getattr(goal, key)
        if calendar is not None:
            data[key] = next(name for name, known in names if known == calendar)
    return _without(data, "calendar") if len(names) == 1 else data


def read_policy(data: Any, metric: type[Metric], rule: type[SlaRule]) -> dict[str, Any]:
    """Return the arguments of a policy from plain data.

    Raises:
        DefinitionInvalid: all problems, with paths inside the policy.
    """
    problems: list[Problem] = []
    table = _table(data, "", problems)
    problems += [Problem(str(key), f"unknown key{did_you_mean(key, _KEYS)}") for key in table if key not in _KEYS]
    problems += [Problem(key, "missing") for key in ("name", "rules") if key not in table]
    calendars = {
        name: _tried(problems, f"calendars.{name}", partial(from_plain, Calendar, part))
        for name, part in _table(table.get("calendars", {}), "calendars", problems).items()
    }
    metrics = [
        _tried(problems, f"metrics.{name}", partial(_metric, metric, name, part))
        for name, part in _table(table.get("metrics", {}), "metrics", problems).items()
    ]
    rules = table.get("rules", [])
    if not isinstance(rules, list | tuple):
        problems.append(Problem("rules", f"{rules!r} is no list of tables"))
        rules = []
    read = [_rule(part, f"rules[{place}]", calendars, rule, problems) for place, part in enumerate(rules)]
    texts: dict[str, Any] = {key: table[key] for key in ("version", "carry", "on_unknown", "name") if key in table}
    problems += [Problem(key, f"{text!r} is no text") for key, text in texts.items() if not isinstance(text, str)]
    if problems:
        raise DefinitionInvalid(problems, "policy")
    return {**texts, "rules": read, "metrics": metrics}


def _table(data: Any, path: str, problems: list[Problem]) -> dict[str, Any]:
    if isinstance(data, Mapping):
        return dict(data)
    problems.append(Problem(path, f"{data!r} is not a table"))
    return {}


def _tried(problems: list[Problem], path: str, build: Callable[[], Any]) -> Any:
    try:
        return build()
    except DefinitionInvalid as error:
        problems += [problem.under(path) for problem in error.problems]
    except TypeError as error:
        problems.append(Problem(path, str(error)))
    return None


def _rule(
    data: Any, path: str, calendars: Mapping[str, Calendar], rule: type[SlaRule], problems: list[Problem]
) -> SlaRule | None:
    table = _table(data, path, problems)
    unknown = [key for key in table if key not in _RULE_KEYS]
    problems += [Problem(f"{path}.{key}", f"unknown key{did_you_mean(key, _RULE_KEYS)}") for key in unknown]
    goals = [
        _tried(problems, f"{path}.goals.{name}", partial(_goal, name, part, calendars))
        for name, part in _table(table.get("goals", {}), f"{path}.goals", problems).items()
    ]
    options = {key: table[key] for key in ("name", "when") if key in table}
    problems += [
        Problem(f"{path}.{key}", f"{text!r} is no text") for key, text in options.items() if not isinstance(text, str)
    ]
    if None in goals:
        return None
    built: SlaRule | None = _tried(problems, f"{path}.when", lambda: rule(goals, **options))
    return built


def _metric(metric: type[Metric], name: str, data: Any) -> Metric:
    if not isinstance(data, Mapping):
        raise DefinitionInvalid((Problem("", f"{data!r} is not a table"),), "metric")
    return from_plain(metric, {**data, "name": name})


def _goal(name: str, data: Any, calendars: Mapping[str, Calendar]) -> Goal:
    if not isinstance(data, Mapping):
        raise DefinitionInvalid((Problem("", f"{data!r} is not a table"),), "goal")
    given = dict(data)
    if "calendar" not in given and len(calendars) == 1:
        given["calendar"] = next(iter(calendars))
    problems = []
    for key in ("calendar", "notify"):
        wanted = given.get(key)
        if isinstance(wanted, str):
            if wanted not in calendars:
                hint = did_you_mean(wanted, calendars)
                problems.append(Problem(key, f"no calendar {wanted!r} here{hint}; known: {', '.join(calendars)}"))
            given[key] = calendars.get(wanted)
    if problems:
        raise DefinitionInvalid(problems, "goal")
    return from_plain(Goal, {**given, "metric": name})
