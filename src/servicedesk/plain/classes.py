"""The form of every declared type: the ladder that finds it, and attrs classes field by field through cattrs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from operator import attrgetter
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Union, get_args, get_origin

import attrs

from servicedesk.conditions import Condition
from servicedesk.errors import DefinitionInvalid, Problem, ServiceDeskError, did_you_mean
from servicedesk.frozenmap import FrozenMap
from servicedesk.plain.containers import UNTYPED, data_text, map_form, optional_form, sequence_form, union_form
from servicedesk.plain.scalars import CONDITION, INSTANT, SCALARS, Form, choice_form, enum_form, noun, one, wrong

if TYPE_CHECKING:
    from cattrs.errors import ClassValidationError

__all__ = ["Forms"]


class _Row(NamedTuple):
    """One field of a class, ready to be written."""

    prefix: str
    name: str
    default: Any
    default_type: type
    write: Callable[[Any], str]


class Forms:
    """Find the form of a declared type, building each once.

    ``strict`` is for definitions: unknown keys, and what a value's own ``problems()`` calls an error, are problems;
    instants are allowed. Without it, for facts, unknown keys are ignored (PLN-3, PLN-4).
    """

    def __init__(self, *, strict: bool) -> None:
        from cattrs import Converter  # noqa: PLC0415  # the import budget: 0.1 s that only readers of plain data pay

        self._strict = strict
        self._built: dict[Any, Form] = {}
        self._converter = Converter()

    def of(self, declared: Any) -> Form:
        """Return the form of a type.

        Raises:
            TypeError: values of that type have no exact plain form; the message names class and field.
        """
        if declared not in self._built:
            self._built[declared] = self._find(declared)
        return self._built[declared]

    def _find(self, declared: Any) -> Form:
        if declared in SCALARS:
            return SCALARS[declared]
        if declared in (Any, object):
            return UNTYPED
        origin, args = get_origin(declared), get_args(declared)
        if origin is Literal:
            return choice_form({plain: plain for plain in args}, "allowed here")
        if origin in (Union, UnionType):
            return self._union(args)
        if declared is tuple:
            return sequence_form(UNTYPED)
        if origin is tuple and args[1:] == (...,):
            return sequence_form(self.of(args[0]))
        if declared is FrozenMap:
            return map_form(UNTYPED)
        if origin in (FrozenMap, Mapping) and args[0] is str:
            return map_form(self.of(args[1]))
        return self._named(declared)

    def _union(self, args: tuple[Any, ...]) -> Form:
        members = tuple(member for member in args if member is not NoneType)
        if len(members) == 1:
            return optional_form(self.of(members[0]))
        if SCALARS.keys() >= set(args):
            return union_form(args)
        raise TypeError(f"a union of {len(members)} types has no plain form unless all are single exact values")

    def _named(self, cls: Any) -> Form:
        if hasattr(cls, "__from_plain__"):
            return _own_form(cls)
        if isinstance(cls, type) and issubclass(cls, Condition):
            return CONDITION
        if isinstance(cls, type) and issubclass(cls, Enum):
            return enum_form(cls)
        if isinstance(cls, type) and issubclass(cls, datetime) and self._strict:
            return INSTANT
        if attrs.has(cls):
            return self.attrs_form(cls)
        raise TypeError(f"{getattr(cls, '__name__', cls)} has no exact plain form")

    def attrs_form(self, cls: type, *, tag: str = "") -> Form:
        """Return the form of an attrs class: a table of its fields by alias, without those that have their default.

        ``tag`` names a class attribute that is written like a field (the ``kind`` of a fact).
        """
        fields = tuple(field for field in attrs.fields(attrs.resolve_types(cls)) if field.init)
        rows = {field.alias or field.name: self._row(cls, field) for field in fields}
        if tag:
            rows[tag] = _Row(f'"{tag}":', tag, attrs.NOTHING, NoneType, SCALARS[str].write)
        return Form(_writer(cls, [rows[key] for key in sorted(rows)]), self._reader(cls, fields))

    def _row(self, cls: type, field: attrs.Attribute[Any]) -> _Row:
        try:
            form = self.of(field.type)
        except TypeError as error:
            raise TypeError(f"{cls.__name__}.{field.name}: {error}") from error
        default: Any = field.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # typed as a function, it is a class
            default = attrs.NOTHING if default.takes_self else default.factory()
        return _Row(f'"{field.alias}":', field.name, default, type(default), form.write)

    def _reader(self, cls: type, fields: tuple[attrs.Attribute[Any], ...]) -> Callable[..., Any]:
        from cattrs.errors import ClassValidationError  # noqa: PLC0415  # the import budget
        from cattrs.gen import make_dict_structure_fn, override  # noqa: PLC0415  # the import budget

        # Every field gets our reader: cattrs by itself would convert (4.7 to 4, true to 1, 5 to "5").
        readers: dict[str, Any] = {field.name: override(struct_hook=self.of(field.type).read) for field in fields}
        structure: Callable[[Any, Any], Any] = make_dict_structure_fn(
            cls,
            self._converter,
            _cattrs_use_alias=True,
            _cattrs_forbid_extra_keys=self._strict,
            _cattrs_detailed_validation=True,
            **readers,
        )
        aliases = {field.name: field.alias or field.name for field in fields}

        def read(data: Any, _: Any = None) -> Any:
            if not isinstance(data, dict):
                raise wrong(data, "a table")
            try:
                return structure(data, cls)
            except ClassValidationError as error:
                problems = tuple(_problems(error, data, aliases))
            raise DefinitionInvalid(problems, noun(cls))

        return _without_problems(read) if self._strict and hasattr(cls, "problems") else read


def _writer(cls: type, rows: list[_Row]) -> Callable[[Any], str]:
    names = [row.name for row in rows]
    steps = [(row.prefix, row.default, row.default_type, row.write) for row in rows]
    values_of: Callable[[Any], tuple[Any, ...]] = (
        attrgetter(*names) if len(names) > 1 else lambda value: tuple(getattr(value, name) for name in names)
    )

    def write(value: Any) -> str:
        if type(value) is not cls:
            raise wrong(value, one(cls))
        parts: list[str] = []
        problems: list[Problem] = []
        for item, (prefix, default, default_type, write_field) in zip(values_of(value), steps, strict=True):
            if item is default or (type(item) is default_type and item == default):
                continue
            try:
                parts.append(prefix + write_field(item))
            except DefinitionInvalid as error:
                problems += [problem.under(prefix[1:-2]) for problem in error.problems]
        if problems:
            raise DefinitionInvalid(problems, noun(cls))
        return "{" + ",".join(parts) + "}"

    return write


def _problems(error: ClassValidationError, data: dict[Any, Any], aliases: Mapping[str, str]) -> Iterator[Problem]:
    """Write what cattrs found as problems, in the order of the fields; never a class name or Python's own words."""
    noted, others = error.group_exceptions()
    names = list(aliases)
    for fault, note in sorted(noted, key=lambda pair: names.index(pair[1].name)):
        key = aliases[note.name]
        found = _told(fault) if key in data else (Problem("", "missing"),)
        yield from (problem.under(key) for problem in found)
    for fault in others:
        yield from _unknown_keys(fault.extra_fields, aliases) if hasattr(fault, "extra_fields") else _told(fault)


def _unknown_keys(keys: set[Any], aliases: Mapping[str, str]) -> Iterator[Problem]:
    for key in sorted(map(str, keys)):
        yield Problem(key, f"unknown key{did_you_mean(key, aliases.values())}")


def _told(fault: Exception) -> tuple[Problem, ...]:
    """Return what a reader or a constructor says of its input; any other exception is a bug and goes on."""
    if isinstance(fault, DefinitionInvalid):
        return fault.problems
    if isinstance(fault, ValueError | TypeError | ServiceDeskError):
        return (Problem("", str(fault)),)
    raise fault


def _own_form(cls: Any) -> Form:
    """Return the form that a class gives itself by ``__plain__`` and ``__from_plain__``."""

    def write(value: Any) -> str:
        if not isinstance(value, cls):
            raise wrong(value, one(cls))
        return data_text(value.__plain__())

    def read(data: Any, _: Any = None) -> Any:
        try:
            return cls.__from_plain__(data)
        except (ValueError, TypeError, ServiceDeskError) as error:
            raise DefinitionInvalid(_told(error), noun(cls)) from error

    return Form(write, read)


def _without_problems(read: Callable[..., Any]) -> Callable[..., Any]:
    def checked(data: Any, _: Any = None) -> Any:
        value = read(data)
        found = tuple(value.problems())
        if any(problem.severity == "error" for problem in found):
            raise DefinitionInvalid(found, noun(type(value)))
        return value

    return checked
