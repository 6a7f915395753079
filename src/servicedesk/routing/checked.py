"""What a value may hold, checked when it is built: a slip is told at once, with what would have been right.

Only the type of a value is checked here; whether it makes sense is told by ``problems()``, everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from servicedesk.frozenmap import FrozenMap, freeze

__all__ = ["each_is", "is_a", "mapping", "require"]


def require(where: str, value: object, cls: type, example: str) -> None:
    """Refuse what is not of a class.

    Raises:
        TypeError: naming where it stands, what would be right, and what was found.
    """
    if not isinstance(value, cls):
        article = "an" if cls.__name__[0] in "AEIOU" else "a"
        found = f"{type(value).__name__} {value!r}"
        raise TypeError(f"{where} is {article} {cls.__name__}, such as {example}, not {found}")


def is_a(cls: type, example: str, *, or_none: bool = False) -> Callable[[Any, Any, Any], None]:
    """Return an attrs validator: one value of a class."""

    def check(owner: Any, attribute: Any, value: Any) -> None:
        if value is not None or not or_none:
            require(f"{type(owner).__name__}.{attribute.name}", value, cls, example)

    return check


def each_is(cls: type, example: str) -> Callable[[Any, Any, Any], None]:
    """Return an attrs validator: every one of several values is of a class."""

    def check(owner: Any, attribute: Any, values: Any) -> None:
        for index, value in enumerate(values):
            require(f"{type(owner).__name__}.{attribute.name}[{index}]", value, cls, example)

    return check


def mapping(where: str, values: Any, example: str) -> FrozenMap[str, Any]:
    """Return a mapping, frozen.

    Raises:
        TypeError: it is none.
    """
    require(where, values, Mapping, example)
    return freeze(values)
