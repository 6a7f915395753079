"""The forms of single values: how each type is written as plain data, and read back without coercion.

A `Form` writes a value as canonical JSON text and reads the parsed JSON again. Both directions refuse what is not
exactly of the type (PLN-2): a float is no int, ``true`` is not 1, ``"4"`` is not 4. Every refusal is a
`DefinitionInvalid` whose problems have paths relative to the value, so that whoever holds it can put its own in front.

Text and integers are held to what every store keeps (G14): no U+0000, no lone surrogate, 64 bits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from fractions import Fraction
from json.encoder import encode_basestring as quoted
from types import NoneType
from typing import Any, Final, NamedTuple

from servicedesk.conditions import Condition
from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError, Problem, did_you_mean
from servicedesk.instants import duration_text, from_us, to_duration, to_us

__all__ = [
    "CONDITION",
    "INSTANT",
    "IN_WORDS",
    "SCALARS",
    "Form",
    "choice_form",
    "enum_form",
    "noun",
    "one",
    "shown",
    "text_fault",
    "wrong",
]


class Form(NamedTuple):
    """How one type stands in plain data: ``write`` gives canonical JSON text, ``read`` takes parsed JSON.

    ``read`` ignores a second argument: cattrs passes the declared type along.
    """

    write: Callable[[Any], str]
    read: Callable[..., Any]


def shown(value: object) -> str:
    """Return a found value as messages print it: short, and in the words of JSON.

    >>> shown("four"), shown(True), shown(None), shown([1, 2])
    ("'four'", 'true', 'null', 'a list')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        return "a list"
    if type(value) is dict:
        return "a table"
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of more than some thousand digits
        return "a number of too many digits"
    return text if len(text) <= 60 else f"{text[:59]}…"


def wrong(value: object, wanted: str, hint: str = "") -> DefinitionInvalid:
    """Return the error that a value is not what was wanted: ``'four' is not a whole number``."""
    return DefinitionInvalid((Problem("", f"{shown(value)} is not {wanted}{hint}"),), "value")


def noun(cls: Any) -> str:
    """Return the name of a type as a noun in a sentence.

    >>> noun(DefinitionInvalid)
    'definition invalid'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", getattr(cls, "__name__", "value")).lower()


def one(cls: Any) -> str:
    """Return the noun of a type with its article.

    >>> one(int), one(NaiveDatetimeError)
    ('an int', 'a naive datetime error')
    """
    name = noun(cls)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


# --- text, numbers, flags ---------------------------------------------------------------------------------------------

_INT_MIN: Final = -(2**63)
_INT_MAX: Final = 2**63 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


def text_fault(value: object) -> str:
    """Return why no store keeps this text, or an empty string (G14).

    >>> text_fault("工单-1"), text_fault("a" + chr(0)).split(" ", 1)[1]
    ('', 'holds U+0000, which not every store can keep')
    """
    if type(value) is not str:
        return f"{shown(value)} is not text"
    if value.isprintable():  # one quick look settles nearly every text: what is refused below is not printable
        return ""
    if "\0" in value:
        return f"{shown(value)} holds U+0000, which not every store can keep"
    half = _SURROGATE.search(value)
    return f"{shown(value)} holds U+{ord(half[0]):X}, half a character" if half else ""


def _read_text(value: Any, _: Any = None) -> Any:
    if (type(value) is not str or not value.isprintable()) and (fault := text_fault(value)):
        raise DefinitionInvalid((Problem("", fault),), "value")
    return value


def _write_text(value: Any) -> str:
    if type(value) is str and value.isprintable():  # the hot path of every fact, without a second call
        return quoted(value)
    return quoted(_read_text(value))


def _read_int(value: Any, _: Any = None) -> int:
    if type(value) is not int:
        raise wrong(value, "a whole number")
    if not _INT_MIN <= value <= _INT_MAX:
        raise wrong(value, "a number of 64 bits", f"; allowed: {_INT_MIN} to {_INT_MAX}")
    return value


def _write_int(value: Any) -> str:
    if type(value) is int and _INT_MIN <= value <= _INT_MAX:  # hot, too
        return repr(value)
    return repr(_read_int(value))


def _read_bool(value: Any, _: Any = None) -> bool:
    if type(value) is not bool:
        raise wrong(value, "true or false")
    return value


def _write_bool(value: Any) -> str:
    return "true" if _read_bool(value) else "false"


def _read_none(value: Any, _: Any = None) -> None:
    if value is not None:
        raise wrong(value, "null")


def _write_none(value: Any) -> str:
    _read_none(value)
    return "null"


_FRACTION = re.compile(r"-?[0-9]+(/[0-9]+)?")


def _write_fraction(value: Any) -> str:
    if type(value) is not Fraction:
        raise wrong(value, "a fraction")
    try:
        return f'"{value}"'
    except ValueError:  # more digits than Python converts
        raise wrong(value, "a fraction that can be written") from None


def _read_fraction(value: Any, _: Any = None) -> Fraction:
    if type(value) is str and _FRACTION.fullmatch(value):
        try:
            return Fraction(value)
        except (ZeroDivisionError, ValueError):  # ValueError: more digits than Python converts
            pass
    raise wrong(value, "a fraction", "; write '3/50' or '2'")


# --- time -------------------------------------------------------------------------------------------------------------


def _write_span(value: Any) -> str:
    if type(value) is not timedelta:
        raise wrong(value, "a duration")
    return f'"{duration_text(value)}"'


def _read_span(value: Any, _: Any = None) -> timedelta:
    if type(value) is str:
        try:
            return -to_duration(value[1:]) if value.startswith("-") else to_duration(value)
        except (DefinitionInvalid, OverflowError):
            pass
    raise wrong(value, "a duration", "; write '15min', '1h30m' or 'PT4H'")


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _write_instant(value: Any) -> str:
    if not isinstance(value, datetime):
        raise wrong(value, "an instant")
    try:
        us = to_us(value)
    except NaiveDatetimeError:
        raise wrong(value, "an instant", "; it has no time zone") from None
    text = value.isoformat()
    # An offset with seconds (some zones before 1937) has no RFC 3339 form: such an instant is written in UTC.
    return f'"{text if _RFC_3339.fullmatch(text) else from_us(us).isoformat()}"'


def _read_instant(value: Any, _: Any = None) -> datetime:
    try:
        found = datetime.fromisoformat(value) if type(value) is str and _RFC_3339.fullmatch(value) else value
        if isinstance(found, datetime) and found.tzinfo:  # TOML has instants of its own
            return from_us(to_us(found), found.tzinfo)
    except (ValueError, OverflowError):
        pass
    raise wrong(value, "an instant", "; write '2026-03-02T10:00:00+08:00'")


IN_WORDS: Final[dict[type, str]] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    NoneType: "null",
    Fraction: "a fraction",
    timedelta: "a duration",
}

SCALARS: Final[dict[Any, Form]] = {
    str: Form(_write_text, _read_text),
    int: Form(_write_int, _read_int),
    bool: Form(_write_bool, _read_bool),
    NoneType: Form(_write_none, _read_none),
    Fraction: Form(_write_fraction, _read_fraction),
    timedelta: Form(_write_span, _read_span),
}
"""The types of single exact values; a fact may hold no others (EV-4)."""

INSTANT: Final = Form(_write_instant, _read_instant)
"""Aware datetimes as RFC 3339, in definitions only: an instant inside a fact is an int of microseconds."""


# --- choices and conditions -------------------------------------------------------------------------------------------


def choice_form(allowed: Mapping[Any, Any], what: str) -> Form:
    """Return the form of a closed set: ``allowed`` is plain value → value, ``what`` names one of it in a sentence."""
    if not {type(plain) for plain in allowed} <= {str, int}:
        raise TypeError(f"a choice of {', '.join(map(repr, allowed))} has no exact plain form; allowed: str, int")
    names = ", ".join(str(plain) for plain in allowed)
    texts = {value: SCALARS[type(plain)].write(plain) for plain, value in allowed.items()}
    types = {type(value) for value in texts}

    def refused(value: Any) -> DefinitionInvalid:
        near = did_you_mean(value, (plain for plain in allowed if type(plain) is str)) if type(value) is str else ""
        return wrong(value, what, f"{near or ';'} allowed: {names}")

    def write(value: Any) -> str:
        if type(value) not in types or value not in texts:
            raise refused(value)
        return texts[value]

    def read(value: Any, _: Any = None) -> Any:
        if type(value) not in (str, int) or value not in allowed:
            raise refused(value)
        return allowed[value]

    return Form(write, read)


def enum_form(cls: type[Enum]) -> Form:
    """Return the form of an enumeration: its members by value."""
    return choice_form({member.value: member for member in cls}, one(cls))


def _write_condition(value: Any) -> str:
    if not isinstance(value, Condition):
        raise wrong(value, "a condition")
    return _write_text(str(value))


def _read_condition(value: Any, _: Any = None) -> Condition:
    text = _read_text(value)
    try:
        return Condition.parse(text)
    except TypeError as error:  # two families mixed: COND-3
        raise DefinitionInvalid((Problem("", str(error)),), "condition") from None


CONDITION: Final = Form(_write_condition, _read_condition)
"""Conditions as their text (COND-6)."""
