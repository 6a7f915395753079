"""Definitions as plain data: what a host keeps in TOML or JSON files."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar

from servicedesk.errors import DefinitionInvalid
from servicedesk.plain.classes import Forms
from servicedesk.plain.scalars import noun

__all__ = ["from_plain", "to_plain"]

T = TypeVar("T")


@cache
def _forms() -> Forms:
    return Forms(strict=True)


def to_plain(value: object) -> Any:
    """Return a value as ``dict list str int bool None`` only; `from_plain` gives the equal value back (PLN-1).

    Fields that have their default are left out, keys are sorted by code point. A default, once released, is
    part of the meaning of what was written, and never changes.

    Raises:
        DefinitionInvalid: a field holds what its type does not allow; all of them, with their paths.
        TypeError: the class has a field whose type has no exact plain form.

    >>> from fractions import Fraction
    >>> to_plain((Fraction(3, 50), "话务"))
    [{'fraction': '3/50'}, '话务']
    """
    return json.loads(_forms().of(type(value)).write(value))


def from_plain(cls: type[T], data: Any, path: str = "") -> T:
    """Return the value of plain data; nothing is coerced, nothing is ignored (PLN-2, PLN-3).

    Unknown keys, missing ones, wrong types, and what ``problems()`` of a value calls an error, come in one list.
    ``path`` is put before the path of each problem.

    Raises:
        DefinitionInvalid: all problems, each with path, value found, and what was allowed.
        TypeError: the class has a field whose type has no exact plain form.

    >>> from_plain(int, "four", "hours")
    Traceback (most recent call last):
    servicedesk.errors.DefinitionInvalid: int: hours: 'four' is not a whole number
    """
    try:
        value: T = _forms().of(cls).read(data)
    except DefinitionInvalid as error:
        problems = [problem.under(path) for problem in error.problems] if path else error.problems
        raise DefinitionInvalid(problems, noun(cls)) from None
    return value
