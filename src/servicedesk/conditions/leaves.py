"""The leaves of a condition: a field compared with a literal or another field, one of a set, or known at all."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NoReturn, TypeAlias

from attrs import field, frozen

from servicedesk.conditions.literals import Operator, Plain, check_name, check_operator, literal_of, literals_of
from servicedesk.conditions.tree import Condition
from servicedesk.conditions.truth import Truth, compared, compared_fields, known, member

__all__ = ["Comparison", "Field", "Known", "Membership", "Operand"]


def _named(_node: object, _attribute: object, name: str) -> None:
    check_name(name)


@frozen(eq=False)
class Field:
    """Name a value to compare with a literal or another field; the comparison is a `Condition` (COND-1).

    As ``==`` builds a condition, a field itself has neither equality nor hash nor truth: use its ``name`` as key.

    >>> from fractions import Fraction
    >>> Field("loss") >= Fraction(6, 100), Field("answered") < Field("due")
    (Condition.parse('loss >= 6%'), Condition.parse('answered < due'))
    """

    name: str = field(validator=_named)

    def __eq__(self, other: Operand) -> Comparison:  # type: ignore[override]  # a comparison as data, not a bool
        return Comparison(self.name, "==", other)

    def __ne__(self, other: Operand) -> Comparison:  # type: ignore[override]  # a comparison as data, not a bool
        return Comparison(self.name, "!=", other)

    def __lt__(self, other: Operand) -> Comparison:
        return Comparison(self.name, "<", other)

    def __le__(self, other: Operand) -> Comparison:
        return Comparison(self.name, "<=", other)

    def __gt__(self, other: Operand) -> Comparison:
        return Comparison(self.name, ">", other)

    def __ge__(self, other: Operand) -> Comparison:
        return Comparison(self.name, ">=", other)

    __hash__ = None  # type: ignore[assignment]  # two equal keys could not be told apart: == is taken

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a field has no truth value of its own: write Field({self.name!r}) == True or .is_known")

    def is_in(self, *literals: Plain) -> Membership:
        """Return the condition that the value is one of ``literals``, which are of one family.

        >>> Field("kind").is_in("fault", "alarm")
        Condition.parse('kind in {"fault", "alarm"}')
        """
        return Membership(self.name, literals)

    @property
    def is_known(self) -> Known:
        """The condition that there is a value at all; it is never unknown itself."""
        return Known(self.name)


Operand: TypeAlias = Plain | Field
"""What a field is compared with."""


def _key(literal: Operand) -> Hashable:
    # True == 1 in Python, but not here (COND-3); and a Field has no equality of its own.
    return (type(literal), literal.name if isinstance(literal, Field) else literal)


def _keys(literals: tuple[Plain, ...]) -> Hashable:
    return tuple(_key(literal) for literal in literals)


@frozen(repr=False)
class Comparison(Condition):
    """A field compared with a literal or another field; unknown while a field is (COND-1 to 4).

    The literal is kept exact and plain: a whole `Fraction` as int, a `Decimal` as Fraction, an instant in UTC.

    Raises:
        TypeError: a float, ``None`` or another type that is no literal; an order of flags or texts.
        NaiveDatetimeError: a datetime without a zone.
        OverflowError: an instant before year 1 or after year 9999 in UTC.
    """

    name: str = field(validator=_named)
    operator: Operator
    literal: Operand = field(eq=_key)

    def __attrs_post_init__(self) -> None:
        check_operator(self.operator)
        if not isinstance(self.literal, Field):
            _, literal = literal_of(self.literal, self.operator, self.name)
            object.__setattr__(self, "literal", literal)

    def decided(self) -> Truth:
        """Compile the comparison."""
        if isinstance(self.literal, Field):
            return compared_fields(self.name, self.operator, self.literal.name, str(self))
        return compared(self.name, self.operator, self.literal, str(self))

    @property
    def fields(self) -> frozenset[str]:
        """The field, or both."""
        return frozenset((self.name, self.literal.name) if isinstance(self.literal, Field) else (self.name,))


@frozen(repr=False)
class Membership(Condition):
    """A field whose value is one of several literals of one family; unknown while the field is (COND-1 to 4).

    The order of the literals is kept, repetitions are not.

    Raises:
        TypeError: what is no literal (see `Comparison`), or literals of two families.
        DefinitionInvalid: no literal at all.
    """

    name: str = field(validator=_named)
    literals: tuple[Plain, ...] = field(eq=_keys)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "literals", literals_of(self.literals, self.name))

    def decided(self) -> Truth:
        """Compile the comparison with every member."""
        return member(self.name, self.literals, str(self))

    @property
    def fields(self) -> frozenset[str]:
        """The one field."""
        return frozenset((self.name,))


@frozen(repr=False)
class Known(Condition):
    """The question whether a field has a value; true or false, never unknown (COND-1)."""

    name: str = field(validator=_named)

    def decided(self) -> Truth:
        """Compile the question."""
        return known(self.name)

    @property
    def fields(self) -> frozenset[str]:
        """The one field."""
        return frozenset((self.name,))
