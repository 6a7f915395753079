"""The forms of several values: tuples, mappings, unions, and places without a declared type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from json.encoder import encode_basestring as quoted
from types import NoneType
from typing import Any, Final

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.frozenmap import FrozenMap
from servicedesk.plain.scalars import IN_WORDS, SCALARS, Form, shown, wrong

__all__ = ["UNTYPED", "collect", "data_text", "map_form", "optional_form", "sequence_form", "union_form"]


def collect(parts: Iterable[Any], convert: Callable[[Any], Any], path: Callable[[int], str]) -> list[Any]:
    """Convert every part and return the results; the problems of all parts are raised together.

    ``path`` gives the path of the part at an index. Each part is converted once: a second look, only to name the
    problems, would double at every level of nesting.
    """
    done, problems = [], []
    for index, part in enumerate(parts):
        try:
            done.append(convert(part))
        except DefinitionInvalid as error:
            problems += [problem.under(path(index)) for problem in error.problems]
    if problems:
        raise DefinitionInvalid(problems, "value")
    return done


def sequence_form(item: Form) -> Form:
    """Return the form of a tuple of any length: a list."""

    def write(value: Any) -> str:
        if type(value) is not tuple:
            raise wrong(value, "a tuple")
        return f"[{','.join(collect(value, item.write, '[{}]'.format))}]"

    def read(value: Any, _: Any = None) -> tuple[Any, ...]:
        if type(value) is not list:
            raise wrong(value, "a list")
        return tuple(collect(value, item.read, "[{}]".format))

    return Form(write, read)


def map_form(item: Form) -> Form:
    """Return the form of a `FrozenMap` by text: a table, its keys sorted by code point (PLN-5)."""
    text = SCALARS[str].read

    def each(pairs: list[tuple[Any, Any]], convert: Callable[[Any], Any]) -> list[tuple[str, Any]]:
        return collect(pairs, lambda pair: (text(pair[0]), convert(pair[1])), lambda at: f"[{shown(pairs[at][0])}]")

    def write(value: Any) -> str:
        if type(value) is not FrozenMap:
            raise wrong(value, "a FrozenMap", "; freeze(...) makes one")
        pairs = sorted(each(list(value.items()), item.write))
        return "{" + ",".join([f"{quoted(key)}:{part}" for key, part in pairs]) + "}"

    def read(value: Any, _: Any = None) -> FrozenMap[str, Any]:
        if not isinstance(value, dict):
            raise wrong(value, "a table")
        return FrozenMap(each(list(value.items()), item.read))

    return Form(write, read)


def optional_form(item: Form) -> Form:
    """Return the form of ``X | None``: that of X, or null."""
    write, read = item
    return Form(
        lambda value: "null" if value is None else write(value),
        lambda value, _=None: None if value is None else read(value),
    )


# --- places without a type --------------------------------------------------------------------------------------------

_LEVELS: Final = 32
_EXACT: Final = "allowed: text, whole numbers, true, false, null, fractions, durations, tuples and FrozenMaps of these"
_INSTEAD: Final[dict[type, str]] = {
    float: "a float is not exact: use a Fraction, or a whole number of a smaller unit",
    list: "a list may change later: use a tuple",
    dict: "a dict may change later: use freeze(...)",
    datetime: "an instant stands here as whole microseconds: use to_us(...)",
}


def _inexact(value: Any) -> DefinitionInvalid:
    return wrong(value, "an exact value", f"; {_INSTEAD.get(type(value), _EXACT)}")


def _too_deep(_value: Any, _: Any = None) -> Any:
    raise DefinitionInvalid((Problem("", f"nested more than {_LEVELS} levels deep"),), "value")


def _untyped_form(inner: Form) -> Form:
    """Return the form of any exact value, the items of a container having the form ``inner``."""
    items, table = sequence_form(inner), map_form(inner)
    marks = {"fraction": SCALARS[Fraction].read, "span": SCALARS[timedelta].read, "map": table.read}

    def write_map(value: Any) -> str:
        text = table.write(value)
        return f'{{"map":{text}}}' if len(value) == 1 and not marks.keys().isdisjoint(value) else text

    writers: dict[type, Callable[[Any], str]] = {cls: SCALARS[cls].write for cls in (str, int, bool, NoneType)}
    writers[Fraction] = lambda value: f'{{"fraction":{SCALARS[Fraction].write(value)}}}'
    writers[timedelta] = lambda value: f'{{"span":{SCALARS[timedelta].write(value)}}}'
    writers |= {tuple: items.write, FrozenMap: write_map}

    def write(value: Any) -> str:
        writer = writers.get(type(value))
        if writer is None:
            raise _inexact(value)
        return writer(value)

    def read_table(value: dict[Any, Any]) -> Any:
        marked = marks.get(next(iter(value))) if len(value) == 1 else None
        return marked(*value.values()) if marked else table.read(value)

    readers: dict[type, Callable[[Any], Any]] = {cls: SCALARS[cls].read for cls in (str, int, bool, NoneType)}
    readers |= {list: items.read, dict: read_table}

    def read(value: Any, _: Any = None) -> Any:
        reader = readers.get(type(value))
        if reader is None:
            raise _inexact(value)
        return reader(value)

    return Form(write, read)


def _untyped() -> Form:
    form = Form(_too_deep, _too_deep)
    for _ in range(_LEVELS):
        form = _untyped_form(form)
    return form


UNTYPED: Final = _untyped()
"""Any exact value, told apart by its plain form: ``{"fraction": "3/50"}``, ``{"span": "15min"}`` (PLN-1).

A mapping that would be taken for one of these, because its only key is ``fraction``, ``span`` or ``map``, is written
inside ``{"map": ...}``, so that every value comes back as what it was.
"""


def data_text(data: Any) -> str:
    """Return the canonical text of plain data, which a class made of itself by ``__plain__``."""
    if type(data) is list:
        return "[" + ",".join([data_text(item) for item in data]) + "]"
    if type(data) is dict:
        return "{" + ",".join([f"{data_text(key)}:{data_text(data[key])}" for key in sorted(data)]) + "}"
    if type(data) not in (str, int, bool, NoneType):
        raise wrong(data, "plain data", "; allowed: dict, list, str, int, bool, None")
    return SCALARS[type(data)].write(data)


def union_form(members: tuple[type, ...]) -> Form:
    """Return the form of a union of single exact values (``int | Fraction | str``): the untyped one, held to these."""
    wanted = " or ".join(IN_WORDS[member] for member in members)

    def checked(value: Any) -> Any:
        if type(value) not in members:
            raise wrong(value, wanted)
        return value

    return Form(lambda value: UNTYPED.write(checked(value)), lambda value, _=None: checked(UNTYPED.read(value)))
