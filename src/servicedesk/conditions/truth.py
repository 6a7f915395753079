"""How a condition is decided: small functions ``values -> True, False or None``, built once and nested (COND-4).

They know names, operators and literals but no nodes: the tree puts them together. Joints look at every
part even when the answer is clear already: a fault in the values is found whatever the order of the parts.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from servicedesk.conditions.literals import Family, Operator, Plain, check_order, described, plain_of

__all__ = [
    "Truth",
    "Values",
    "all_of",
    "any_of",
    "compared",
    "compared_fields",
    "known",
    "member",
    "negation",
]

Values: TypeAlias = Mapping[str, object]
"""What a condition is asked about: values by field name. Missing and ``None`` are unknown."""

Truth: TypeAlias = Callable[[Any], bool | None]
"""A compiled condition: values in, Kleene's three-valued truth out."""

_RELATIONS: dict[Operator, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# Values of exactly this type are compared as they are; all others go through `plain_of`. No instant is compared as it
# is: two datetimes of one zone compare by wall clock, which is wrong where the clock is set back.
_READY: dict[Family, type | None] = {"flag": bool, "number": int, "text": str, "span": timedelta, "instant": None}


def all_of(parts: Iterable[Truth]) -> Truth:
    """Build Kleene's "and": false if any part is false, else unknown if any is unknown."""
    parts = tuple(parts)

    def truth(values: Any) -> bool | None:
        result: bool | None = True
        for part in parts:
            found = part(values)
            if found is not True and result is not False:
                result = found
        return result

    return truth


def any_of(parts: Iterable[Truth]) -> Truth:
    """Build Kleene's "or": true if any part is true, else unknown if any is unknown."""
    parts = tuple(parts)

    def truth(values: Any) -> bool | None:
        result: bool | None = False
        for part in parts:
            found = part(values)
            if found is not False and result is not True:
                result = found
        return result

    return truth


def negation(part: Truth) -> Truth:
    """Build Kleene's "not": unknown stays unknown."""

    def truth(values: Any) -> bool | None:
        found = part(values)
        return None if found is None else not found

    return truth


def known(name: str) -> Truth:
    """Build the question whether ``name`` has a value; never unknown itself."""
    return lambda values: values.get(name) is not None


def compared(name: str, symbol: Operator, literal: Plain, clause: str) -> Truth:
    """Build the comparison of a field with a literal; ``clause`` is its text, for errors."""
    family, plain = plain_of(literal, clause, name)
    ready, relation = _READY[family], _RELATIONS[symbol]

    def truth(values: Any) -> bool | None:
        value = values.get(name)
        if type(value) is ready:
            return relation(value, plain)
        if value is None:
            return None
        return relation(_like(value, family, clause, name), plain)

    return truth


def member(name: str, literals: Iterable[Plain], clause: str) -> Truth:
    """Build the question whether a field's value is one of ``literals``, which are of one family."""
    pairs = [plain_of(literal, clause, name) for literal in literals]
    family, members = pairs[0][0], frozenset(plain for _, plain in pairs)
    ready = _READY[family]

    def truth(values: Any) -> bool | None:
        value = values.get(name)
        if type(value) is ready:
            return value in members
        if value is None:
            return None
        return _like(value, family, clause, name) in members

    return truth


def _like(value: object, family: Family, clause: str, name: str) -> Any:
    found, plain = plain_of(value, clause, name)
    if found != family:
        raise TypeError(f"{clause}: the value of {name} is {described(found, value)}, the literal a {family}")
    return plain


def compared_fields(name: str, symbol: Operator, other: str, clause: str) -> Truth:
    """Build the comparison of two fields: unknown if either is; both must be of one family that has this operator."""
    relation = _RELATIONS[symbol]

    def truth(values: Any) -> bool | None:
        sides = tuple((key, values.get(key)) for key in (name, other))
        found = [(*plain_of(value, clause, key), key) for key, value in sides if value is not None]
        for family, _, _ in found:
            check_order(symbol, family, clause)
        if len(found) < 2:
            return None
        (family, left, _), (against, right, _) = found
        if family != against:
            told = ", ".join(f"{key} is {described(kind, values[key])}" for kind, _, key in found)
            raise TypeError(f"{clause}: {told}; only values of one family compare")
        return relation(left, right)

    return truth
