"""Workflows as plain data, for TOML and JSON files, and back: equal forms of one value (WF-11).

A table for each value, without what has its default. Where a name could be meant as well, the word says what it is:
``{category = "active"}``, ``{group = "desk"}``, ``{return = ["a", "b"], default = "a"}``, ``{computed = "resolver",
among = [...]}``, ``{for = "seat", fields = [...]}``, ``{from = "actor"}``, ``{guard = "within", span = "7d", ...}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from attrs import NOTHING, Attribute, fields, has

from servicedesk.conditions import Condition
from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.frozenmap import FrozenMap
from servicedesk.instants import duration_text
from servicedesk.plain import from_plain, text_fault, to_plain
from servicedesk.workflow.beside import FollowUp, Lease, Propagation, Urging
from servicedesk.workflow.declared import DataField, Mark, Promise, Right
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.guards import Guard
from servicedesk.workflow.state import State, Timer
from servicedesk.workflow.step import Step
from servicedesk.workflow.words import Category, Computed, For, InGroup, Return, Setting

__all__ = ["read_workflow", "workflow_data"]

T = TypeVar("T")

_LISTS: Mapping[str, type] = {
    "states": State,
    "steps": Step,
    "fields": DataField,
    "marks": Mark,
    "promises": Promise,
    "rights": Right,
    "follow_ups": FollowUp,
    "propagations": Propagation,
}
_TABLES: Mapping[str, type] = {"lease": Lease, "urging": Urging}
_TEXTS = frozenset(
    (
        *("by", "waives", "must_change", "reasons", "needs", "gives", "voids", "counts", "roles", "outcomes"),
        *("choices", "steal_by", "child_in", "actor_roles"),
    )
)
_MIXED = frozenset(("source", "requires", "read_only_in", "guards"))
_MAPS = frozenset(("labels", "marks_from"))


# --- writing ----------------------------------------------------------------------------------------------------------


def workflow_data(flow: Workflow) -> dict[str, Any]:
    """Return a workflow as plain data."""
    return _written(flow)


def _written(value: Any) -> dict[str, Any]:
    """Write a value as a table of its attributes, those with their default left out."""
    return {
        attribute.name: _written_part(attribute.name, getattr(value, attribute.name))
        for attribute in fields(type(value))
        if attribute.init and getattr(value, attribute.name) != _default(attribute)
    }


def _written_part(name: str, value: Any) -> Any:
    if name == "sets":  # constants of any type: a span there is no text
        return {key: _plain(item) if isinstance(item, Setting) else to_plain((item,))[0] for key, item in value.items()}
    return value.value if name == "category" and isinstance(value, Category) else _plain(value)


def _default(attribute: Attribute[Any]) -> Any:
    default: Any = attribute.default
    return default.factory() if hasattr(default, "factory") else default


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    for cls, write in _WRITERS.items():
        if isinstance(value, cls):
            return write(value)
    return _written(value) if has(type(value)) else value


_WRITERS: Mapping[type, Callable[[Any], Any]] = {
    Category: lambda value: {"category": value.value},
    InGroup: lambda value: {"group": value.group},
    For: lambda value: {"for": value.role, "fields": list(value.fields)},
    Return: lambda value: {"return": list(value.among), "default": value.default},
    Computed: lambda value: {"computed": value.name, "among": list(value.among)},
    Setting: lambda value: {"from": value.value},
    Guard: lambda value: {"guard": value.name, **{name: _plain(part) for name, part in value.arguments.items()}},
    Condition: str,
    timedelta: duration_text,
}


# --- reading ----------------------------------------------------------------------------------------------------------


def read_workflow(data: Any) -> Workflow:
    """Return the workflow of plain data.

    Raises:
        DefinitionInvalid: everything that is wrong, each with its path: first with the data, then with what they say.
    """
    problems: list[Problem] = []
    flow: Workflow | None = _value(Workflow, data, "", problems)
    if flow is not None and not problems:
        problems += [problem for problem in flow.problems() if problem.severity == "error"]
    if flow is None or problems:
        raise DefinitionInvalid(problems, "workflow")
    return flow


def _value(cls: type[T], data: Any, path: str, problems: list[Problem]) -> T | None:
    """Build a value from its table; what is wrong goes to ``problems``."""
    before = len(problems)
    if not isinstance(data, Mapping):
        problems.append(Problem(path, f"{data!r} is not a table"))
        return None
    known = {attribute.name: attribute for attribute in fields(cls) if attribute.init}  # type: ignore[arg-type]  # attrs classes all
    strange = (key for key in data if key not in known)
    problems += [Problem(_at(path, key), f"unknown key{did_you_mean(key, known)}") for key in strange]
    problems += [
        Problem(_at(path, name), "missing")
        for name, attribute in known.items()
        if attribute.default is NOTHING and name not in data
    ]
    read = {name: _read(cls, name, data[name], _at(path, name), problems) for name in known if name in data}
    return None if len(problems) > before else _built(cls, read, path, problems)


def _at(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _built(cls: type[T], read: Mapping[str, Any], path: str, problems: list[Problem]) -> T | None:
    try:
        return cls(**read)
    except DefinitionInvalid as error:
        problems += [problem.under(path) for problem in error.problems]
    except (TypeError, ValueError) as error:
        problems.append(Problem(path, str(error)))
    return None


def _read(cls: type, name: str, data: Any, path: str, problems: list[Problem]) -> Any:
    if cls is Workflow and name in _LISTS:
        return [_value(_LISTS[name], item, where, problems) for where, item in _items(data, path, problems)]
    if cls is Workflow and name in _TABLES:
        return _value(_TABLES[name], data, path, problems)
    if name == "timers":
        return [_value(Timer, item, where, problems) for where, item in _items(data, path, problems)]
    if name in _TEXTS or (cls is Promise and name == "marks"):
        return [_text(item, where, problems) for where, item in _items(data, path, problems)]
    if name == "supervision":
        return [_tried(_span, item, where, problems) for where, item in _items(data, path, problems)]
    if name in _MIXED and cls is not Right:
        return [_word(item, where, problems) for where, item in _items(data, path, problems)]
    if name in _MAPS:
        return {key: _text(item, _at(path, key), problems) for key, item in _table(data, path, problems).items()}
    if name == "sets":
        return {key: _setting(item, _at(path, key), problems) for key, item in _table(data, path, problems).items()}
    return _word(data, path, problems) if cls is Step and name == "target" else _single(name, data, path, problems)


def _items(data: Any, path: str, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    if isinstance(data, list):
        yield from ((f"{path}[{index}]", item) for index, item in enumerate(data))
    else:
        problems.append(Problem(path, f"{data!r} is not a list"))


def _table(data: Any, path: str, problems: list[Problem]) -> Mapping[str, Any]:
    if isinstance(data, Mapping):
        return data
    problems.append(Problem(path, f"{data!r} is not a table"))
    return {}


def _text(data: Any, path: str, problems: list[Problem]) -> Any:
    if fault := text_fault(data):
        problems.append(Problem(path, fault))
    return data


_SINGLE: Mapping[str, type] = {
    "born": bool,
    "final": bool,
    "private": bool,
    "must_answer": bool,
    "supervised": bool,
    "supervise_after": int,
    "version": int,
    "line": int,
}


def _single(name: str, data: Any, path: str, problems: list[Problem]) -> Any:
    if name in ("after", "span", "gap"):
        return _tried(_span, data, path, problems)
    wanted = _SINGLE.get(name, str)
    return (
        _text(data, path, problems)
        if wanted is str
        else _tried(lambda part: from_plain(wanted, part), data, path, problems)
    )


def _span(data: Any) -> Any:
    return from_plain(timedelta, data)


def _tried(read: Callable[[Any], Any], data: Any, path: str, problems: list[Problem]) -> Any:
    try:
        return read(data)
    except DefinitionInvalid as error:
        problems += [problem.under(path) for problem in error.problems]
    except (TypeError, ValueError) as error:
        problems.append(Problem(path, str(error)))
    return None


_FORMS = ("category", "group", "for", "return", "computed", "guard")


def _word(data: Any, path: str, problems: list[Problem]) -> Any:
    """Read a name, or the table that says what else is meant."""
    if not isinstance(data, Mapping):
        return _text(data, path, problems)
    return _tried(_form, data, path, problems)


def _form(data: Mapping[str, Any]) -> Any:
    for key, (more, build) in _READERS.items():
        if key in data:
            extra = [name for name in data if name != key and name not in more]
            lacking = [name for name in more if name not in data]
            if extra or lacking:
                raise TypeError(
                    f"{{{key} = ...}} has {' and '.join(more) or 'nothing'} beside it, not {sorted(map(str, data))}"
                )
            return build(data)
    if "guard" in data:
        return _guard(data)
    raise TypeError(f"{dict(data)!r} is none of {', '.join(_FORMS)}")


def _names(data: Any) -> list[str]:
    return list(from_plain(tuple[str, ...], data))


_READERS: Mapping[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], Any]]] = {
    "category": ((), lambda data: Category(data["category"])),
    "for": (("fields",), lambda data: For(from_plain(str, data["for"]), *_names(data["fields"]))),
    "return": (("default",), lambda data: Return(*_names(data["return"]), default=from_plain(str, data["default"]))),
    "computed": (("among",), lambda data: Computed(from_plain(str, data["computed"]), _names(data["among"]))),
    "group": ((), lambda data: InGroup(from_plain(str, data["group"]))),
}


def _guard(data: Mapping[str, Any]) -> Guard:
    arguments = {name: _argument(value) for name, value in data.items() if name != "guard"}
    return Guard(from_plain(str, data["guard"]), arguments)


def _argument(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_argument(item) for item in value)
    if isinstance(value, Mapping):
        return _guard(value) if "guard" in value else FrozenMap({name: _argument(item) for name, item in value.items()})
    return value


def _setting(data: Any, path: str, problems: list[Problem]) -> Any:
    if isinstance(data, Mapping) and list(data) == ["from"]:
        return _tried(Setting, data["from"], path, problems)
    return _tried(lambda part: from_plain(Any, part), data, path, problems)
