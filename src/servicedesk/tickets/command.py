"""What every command carries, and how its values are checked: at once, not when a fact of them is stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen

from servicedesk.instants import instant_us, to_duration
from servicedesk.workflow import Actor

__all__ = [
    "BaseCommand",
    "instant_or_none",
    "is_count_or_none",
    "is_text",
    "is_text_or_none",
    "label",
    "span_or_none",
    "text",
]


def is_text(command: object, attribute: Any, value: Any) -> None:
    """Refuse what is no text (attrs validator)."""
    if not isinstance(value, str) or not value:
        raise TypeError(f"{type(command).__name__}.{attribute.name} is a text that is not empty, not {value!r}")


def is_text_or_none(command: object, attribute: Any, value: Any) -> None:
    """Refuse what is neither a text nor ``None`` (attrs validator)."""
    if value is not None:
        is_text(command, attribute, value)


def is_actor(command: object, _attribute: Any, value: Any) -> None:
    if not isinstance(value, Actor):
        raise TypeError(f"{type(command).__name__}.actor is an Actor('a7', roles=...), not {value!r}")


def is_count_or_none(command: object, attribute: Any, value: Any) -> None:
    """Refuse what is neither a whole number from 0 on nor ``None`` (attrs validator)."""
    if value is not None and (type(value) is not int or value < 0):
        raise TypeError(f"{type(command).__name__}.{attribute.name} is a whole number from 0 on, not {value!r}")


def text() -> Any:
    """Return a field for a text that must be given."""
    return field(validator=is_text)


def label() -> Any:
    """Return a field for a text that may be left out."""
    return field(default=None, validator=is_text_or_none)


def span_or_none(value: timedelta | str | None) -> timedelta | None:
    """Return a duration, or ``None`` for the workflow's own (attrs converter)."""
    return None if value is None else to_duration(value, argument="span")


def instant_or_none(value: int | datetime | None) -> int | None:
    """Return an instant as microseconds, or ``None`` (attrs converter)."""
    return None if value is None else instant_us(value, argument="accepted")


@frozen(kw_only=True)
class BaseCommand:
    """What every command carries: whose it is, on which ticket, and how a repetition is recognised."""

    ticket: str = field(validator=is_text)
    actor: Actor = field(validator=is_actor)
    key: str | None = field(default=None, validator=is_text_or_none)
    expected_version: int | None = field(default=None, validator=is_count_or_none)
