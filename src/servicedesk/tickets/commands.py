"""What can be asked of a ticket, as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any, TypeAlias

from attrs import field, frozen
from attrs.validators import instance_of, optional

from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.workflow import Actor

__all__ = ["Accept", "Assign", "Classify", "Command", "Note", "Perform"]


def _is_text(command: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{type(command).__name__}.{attribute.name} is a text that is not empty, not {value!r}")


def _is_text_or_none(command: object, attribute: Any, value: Any) -> None:
    if value is not None:
        _is_text(command, attribute, value)


def _is_actor(command: object, _attribute: Any, value: Any) -> None:
    if not isinstance(value, Actor):
        raise TypeError(f"{type(command).__name__}.actor is an Actor('a7', roles=...), not {value!r}")


def _label() -> Any:
    return field(default=None, validator=_is_text_or_none)


_PLAIN = (str, int, bool, Fraction, timedelta, type(None))


def _plain(data: Mapping[str, Any]) -> FrozenMap[str, Any]:
    """Freeze host values, refusing what a fact cannot hold exactly (EV-4): now, not when it is stored."""
    for name, value in data.items():
        _require_plain(name, value)
    return freeze(data)


def _require_plain(name: str, value: object) -> None:
    if type(value) is tuple:
        for item in value:
            _require_plain(name, item)
    elif type(value) is FrozenMap:
        for item in value.values():
            _require_plain(name, item)
    elif type(value) not in _PLAIN:
        raise TypeError(
            f"{name} = {value!r} is a {type(value).__name__}; a fact holds text, int, bool, Fraction, timedelta, None, "
            "tuples and FrozenMaps of those, and instants as to_us(...)"
        )


@frozen(kw_only=True)
class _Command:
    """What every command carries: whose it is, on which ticket, and how a repetition is recognised."""

    ticket: str = field(validator=_is_text)
    actor: Actor = field(validator=_is_actor)
    key: str | None = field(default=None, validator=_is_text_or_none)
    expected_version: int | None = None


@frozen(kw_only=True)
class Accept(_Command):
    """Begin a ticket. ``kind`` names the workflow, ``state`` one of its born states (the first by default) (DEC-1)."""

    kind: str = field(validator=_is_text)
    state: str | None = _label()
    service: str | None = _label()
    channel: str | None = _label()
    caller: str | None = _label()
    symptom: str | None = _label()
    priority: str | None = _label()
    group: str | None = _label()
    assignee: str | None = _label()
    fields: FrozenMap[str, Any] = field(default=EMPTY, converter=_plain)


@frozen(kw_only=True)
class Perform(_Command):
    """Take a step, with the data it needs and, where the step has reasons, one of them."""

    step: str = field(validator=_is_text)
    data: FrozenMap[str, Any] = field(default=EMPTY, converter=_plain)
    reason: str | None = _label()


@frozen(kw_only=True)
class Assign(_Command):
    """Give responsibility to a group, a person, or both; what is ``None`` is nobody."""

    group: str | None = field(validator=_is_text_or_none)
    assignee: str | None = _label()
    line: int | None = field(default=None, validator=optional(instance_of(int)))


@frozen(kw_only=True)
class Classify(_Command):
    """Set what lists and figures group by; what is ``None`` stays as it is."""

    service: str | None = _label()
    symptom: str | None = _label()
    priority: str | None = _label()


@frozen(kw_only=True)
class Note(_Command):
    """Record that somebody wrote something down; the host keeps the text under ``text_ref``."""

    text_ref: str = field(validator=_is_text)


Command: TypeAlias = Accept | Perform | Assign | Classify | Note
"""Everything that can be asked of a ticket."""
