"""What changed between two workflows, item by item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import fields, frozen

from servicedesk.workflow.definition import Workflow

__all__ = ["Change", "changes"]

_PARTS = ("states", "fields", "marks", "promises", "rights")
_WHOLE = (
    "roles",
    "outcomes",
    "marks_from",
    "supervision",
    "must_answer",
    "supervised",
    "lease",
    "urging",
    "follow_ups",
    "propagations",
    "open_children",
    "labels",
)


@frozen
class Change:
    """One difference: what became of which part, and where it was changed, which of its attributes."""

    what: Literal["added", "removed", "changed"]
    path: str
    attributes: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = f": {', '.join(self.attributes)}" if self.attributes else ""
        return f"{self.path} {self.what}{told}"


def changes(old: Workflow, new: Workflow) -> tuple[Change, ...]:
    """Return every difference: by part, in the order of the old workflow, then what is new."""
    return tuple(_changes(old, new))


def _changes(old: Workflow, new: Workflow) -> Iterator[Change]:
    for part in _PARTS:
        yield from _between(part, _named(getattr(old, part)), _named(getattr(new, part)))
    yield from _between("steps", _steps(old), _steps(new))
    for name in _WHOLE:
        if getattr(old, name) != getattr(new, name):
            yield Change("changed", name)


def _named(values: tuple[Any, ...]) -> dict[object, Any]:
    return {getattr(value, "name", None) or getattr(value, "before", None) or str(value): value for value in values}


def _steps(flow: Workflow) -> dict[object, Any]:
    """Return steps by name; the second candidate of a name is ``name#2``."""
    found: dict[object, Any] = {}
    counts: dict[str, int] = {}
    for step in flow.steps:
        counts[step.name] = number = counts.get(step.name, 0) + 1
        found[step.name if number == 1 else f"{step.name}#{number}"] = step
    return found


def _between(part: str, old: Mapping[object, Any], new: Mapping[object, Any]) -> Iterator[Change]:
    for name, value in old.items():
        path = f"{part}[{name!r}]"
        if name not in new:
            yield Change("removed", path)
        elif new[name] != value:
            yield Change("changed", path, _differing(value, new[name]))
    yield from (Change("added", f"{part}[{name!r}]") for name in new if name not in old)


def _differing(old: Any, new: Any) -> tuple[str, ...]:
    names = (attribute.name for attribute in fields(type(old)))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))
