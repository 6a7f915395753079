"""What a condition compares with: five families of literals, how each is read from a value and printed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, TypeAlias, get_args

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.instants import duration_text, from_us, to_duration, to_us

__all__ = [
    "OPERATORS",
    "RESERVED",
    "Family",
    "Operator",
    "Plain",
    "check_name",
    "check_operator",
    "check_order",
    "described",
    "invalid",
    "literal_of",
    "literal_text",
    "literals_of",
    "name_text",
    "plain_of",
]

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]
"""The six comparisons; their order is the order in messages."""

OPERATORS: tuple[Operator, ...] = get_args(Operator)

Plain: TypeAlias = bool | int | Fraction | Decimal | str | timedelta | datetime
"""What may be written as a literal (COND-2)."""

Family: TypeAlias = Literal["flag", "number", "text", "span", "instant"]
"""What may be compared with what: only members of one family (COND-3)."""

_NO_LITERAL = "use bool, int, Fraction, Decimal, str, timedelta or an aware datetime"
_UNPACK = "give the literals one by one: .is_in(*literals)"
_ADVICE = {
    float: "write 6 % as Fraction(6, 100) or, in text, 6%",
    Decimal: "a number is finite",
    type(None): "use .is_known to ask whether a value is there",
    list: _UNPACK,
    tuple: _UNPACK,
    set: _UNPACK,
    frozenset: _UNPACK,
}


def plain_of(value: object, clause: str, name: str) -> tuple[Family, Any]:
    """Return the family of a value and the plain value that is compared: exact, instants as microseconds (COND-2, 3).

    ``clause`` and ``name`` say in errors which comparison of which field it is for.

    Raises:
        TypeError: the value belongs to no family: a float, ``None``, a date, a list.
        NaiveDatetimeError: a datetime without a zone.

    >>> plain_of(Decimal("0.06"), "loss > 2%", "loss")
    ('number', Fraction(3, 50))
    """
    if isinstance(value, bool):
        return "flag", value
    if isinstance(value, int):
        return "number", int(value)
    if isinstance(value, Fraction):
        return "number", value.numerator if value.denominator == 1 else value
    if isinstance(value, Decimal) and value.is_finite():
        return plain_of(Fraction(value), clause, name)
    if isinstance(value, str):
        return "text", str.__str__(value)
    if isinstance(value, timedelta):
        return "span", to_duration(value, argument=name)
    if isinstance(value, datetime):
        return "instant", to_us(value, name)
    advice = _ADVICE.get(type(value), _NO_LITERAL)
    raise TypeError(f"{clause}: {value!r} is a {type(value).__name__}; {advice}")


def literal_of(value: object, operator: str, name: str) -> tuple[Family, Plain]:
    """Return the family of a literal, and the literal as a node keeps it: exact, plain, an instant in UTC (COND-2, 3).

    Raises:
        TypeError: the value belongs to no family, or its family does not know the operator.
        NaiveDatetimeError: a datetime without a zone.
        OverflowError: an instant before year 1 or after year 9999 in UTC.
    """
    family, plain = plain_of(value, f"{name_text(name)} {operator} {value!r}", name)
    literal = from_us(plain) if family == "instant" else plain
    check_order(operator, family, f"{name_text(name)} {operator} {literal_text(literal)}")
    return family, literal


def literals_of(values: Iterable[object], name: str) -> tuple[Plain, ...]:
    """Return the literals of a set as a node keeps them: each once, in their order (COND-2, 3). Errors as above.

    Raises:
        TypeError: two families in one set.
        DefinitionInvalid: nothing in the set.
    """
    pairs = tuple(dict.fromkeys(literal_of(value, "in", name) for value in values))
    families = tuple(dict.fromkeys(family for family, _ in pairs))
    if not families:
        raise invalid("literals", f"{name_text(name)} in {{}}: nothing is in an empty set; name the literals")
    if len(families) > 1:
        members = ", ".join(literal_text(literal) for _, literal in pairs)
        raise TypeError(f"{name_text(name)} in {{{members}}}: one family only, not {' and '.join(families)}")
    return tuple(literal for _, literal in pairs)


def check_order(operator: str, family: Family, clause: str) -> None:
    """Refuse an order between flags or texts: they know only ``==``, ``!=`` and ``.is_in`` (COND-3).

    Raises:
        TypeError: naming the clause.
    """
    if family in {"flag", "text"} and operator in {"<", "<=", ">", ">="}:
        raise TypeError(f"{clause}: a {family} has no order; it knows only == != .is_in")


def check_operator(operator: str) -> None:
    """Refuse what is none of the six comparisons.

    Raises:
        DefinitionInvalid: naming all six.
    """
    if operator not in OPERATORS:
        raise invalid("operator", f"{operator!r} is no comparison; use {' '.join(OPERATORS)}")


def check_name(name: str) -> None:
    """Refuse a field name that is empty or no text.

    Raises:
        TypeError: no text.
        DefinitionInvalid: empty.
    """
    if not isinstance(name, str):
        raise TypeError(f"a field's name is a text, not {type(name).__name__} {name!r}")
    if not name:
        raise invalid("name", "a field needs a name")


def invalid(path: str, message: str) -> DefinitionInvalid:
    """Return the error for one fault of a condition."""
    return DefinitionInvalid((Problem(path, message),), "condition")


def described(family: Family, value: object) -> str:
    """Return a value with its family, for messages: ``text 'many'``."""
    return f"{family} {value!r}"


def literal_text(value: Plain) -> str:
    r"""Return the one canonical text of a literal; parsing it gives an equal literal (COND-6).

    A part of a whole with at most two decimals of a percent is printed as percent, any other ratio as ``p/q``.

    >>> [literal_text(x) for x in (True, Fraction(6, 100), Fraction(1, 3), timedelta(days=3), 'say "hi"')]
    ['true', '6%', '1/3', '72h', '"say \\"hi\\""']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value, '"')
    if isinstance(value, timedelta):
        return duration_text(to_duration(value))
    if isinstance(value, datetime):
        return f"{from_us(to_us(value)).replace(tzinfo=None).isoformat()}Z"
    return _number_text(Fraction(value))


def _number_text(value: Fraction) -> str:
    if abs(value) < 1 and value.denominator > 1 and 10_000 % value.denominator == 0:
        whole, rest = divmod(abs(value.numerator) * 10_000 // value.denominator, 100)
        decimals = f".{rest:02}".rstrip("0") if rest else ""
        return f"{'-' if value < 0 else ''}{whole}{decimals}%"
    return str(value)


# Names print bare only if every version of every reader agrees that they are names: ASCII letters, digits, and the
# two blocks of Han characters that Unicode closed long ago. All other names are put in back-quotes.
_SEGMENT = r"[A-Za-z_\u3400-\u4dbf\u4e00-\u9fff][A-Za-z0-9_\u3400-\u4dbf\u4e00-\u9fff]*"
_BARE = re.compile(rf"{_SEGMENT}(?:\.{_SEGMENT})*")
RESERVED = frozenset({"and", "or", "not", "in", "is", "true", "false", "none", "null", "known", "held"})
"""Words a name must not look like, in any case: ``urgent == True`` shall be an error, not a field called True."""


def name_text(name: str) -> str:
    """Return a field's name as it stands in text: bare, or in back-quotes where it could be misread (COND-6).

    >>> name_text("ticket.等待"), name_text("first line"), name_text("in")
    ('ticket.等待', '`first line`', '`in`')
    """
    if _BARE.fullmatch(name) and name.lower() not in RESERVED:
        return name
    return _quoted(name, "`")


# What cannot be seen, or changes how its neighbours are shown: controls, line separators, direction marks, surrogates.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def _quoted(text: str, quote: str) -> str:
    r"""Return ``text`` between quotes, with backslash, quote and invisible characters escaped.

    >>> _quoted("a\nb", '"')
    '"a\\u000ab"'
    """
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return quote + _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped) + quote
