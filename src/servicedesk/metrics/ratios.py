"""Exact ratios: two counts kept apart, and the one place where a figure is rounded, its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import field, frozen

from servicedesk.instants import duration_text

if TYPE_CHECKING:
    from servicedesk.metrics.targets import Target

__all__ = ["Number", "Ratio", "Rounding", "Unit", "check_rank", "exact", "nearest_rank", "share_of", "value_text"]

Number: TypeAlias = int | Fraction
"""An exact number; floats never get in."""

Unit: TypeAlias = Literal["percent", "number", "span"]
"""How a figure is printed; a span is counted in microseconds."""

Rounding: TypeAlias = Literal["half_even", "half_up"]
"""What becomes of a tie: to the even neighbour (GB/T 8170-2008), or away from zero."""


def exact(value: Number) -> Number:
    """Return ``value`` as int where it is whole, else as Fraction; refuse everything that is not exact (KPI-1).

    Raises:
        TypeError: a float, a bool, a Decimal, a text.
    """
    if type(value) is int:
        return value
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else value
    raise TypeError(f"an exact figure is made of int or Fraction, not of {type(value).__name__} {value!r}")


def _not_negative(_ratio: Ratio, _attribute: object, denominator: Number) -> None:
    if denominator < 0:
        raise ValueError(f"a denominator is 0 or more, not {denominator}")


@frozen(repr=False)
class Ratio:
    """Two exact numbers kept apart, so that ratios of disjoint subjects add up (KPI-1).

    Equality compares both parts; there is no order, compare ``.value``. ``Ratio(0, 0)`` changes no sum. A numerator
    may be negative or exceed the denominator.

    Raises:
        TypeError: a part is neither int nor Fraction.
        ValueError: a negative denominator.

    >>> Ratio(2, 4) + Ratio(90, 100)
    Ratio(92, 104)
    >>> print(Ratio(23432, 23466))
    23,432 / 23,466 = 99.86 %
    """

    numerator: Number = field(converter=exact)
    denominator: Number = field(converter=exact, validator=_not_negative)

    @property
    def value(self) -> Fraction | None:
        """The quotient; ``None`` where the denominator is 0, never 0 % and never 100 %."""
        return Fraction(self.numerator) / self.denominator if self.denominator else None

    def __add__(self, other: Ratio) -> Ratio:
        """Add both parts: sums over sums, never a mean of percentages."""
        if not isinstance(other, Ratio):
            return NotImplemented
        return Ratio(self.numerator + other.numerator, self.denominator + other.denominator)

    def text(
        self,
        unit: Unit = "percent",
        *,
        target: Target | None = None,
        digits: int | None = None,
        rounding: Rounding = "half_even",
    ) -> str:
        """Return both counts and the rounded value, which never contradicts the verdict on ``target`` (KPI-2).

        >>> from servicedesk.metrics.targets import Target
        >>> Ratio(1999, 20000).text(target=Target("<", "10 %"))
        '1,999 / 20,000 = 9.995 %'
        """
        counts = f"{_count_text(self.numerator)} / {_count_text(self.denominator)}"
        if self.value is None:
            return f"{counts} = no data"
        return f"{counts} = {value_text(self.value, unit, target=target, digits=digits, rounding=rounding)}"

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Ratio({self.numerator!r}, {self.denominator!r})"


def check_rank(p: Number | str) -> Fraction:
    """Return a percentile's share as Fraction in (0, 1]; ``"90 %"`` is read as nine tenths.

    Raises:
        TypeError: a float or another type.
        ValueError: 0 or less, more than 1, unreadable text.

    >>> check_rank("90 %")
    Fraction(9, 10)
    """
    share = share_of(p) if isinstance(p, str) else Fraction(exact(p))
    if not 0 < share <= 1:
        raise ValueError(f"a percentile is more than 0 and at most 1 (or 100 %), not {p}")
    return share


def share_of(text: str) -> Fraction:
    """Return the Fraction of a text: ``"10 %"``, ``"99.98%"``, ``"3/50"``, ``"0.06"``.

    Raises:
        ValueError: anything else.
    """
    number, percent, rest = text.partition("%")
    if rest:
        raise ValueError(f"{text!r} is no figure; write '10 %', '3/50' or '0.06'")
    try:
        return Fraction(number.strip()) / (100 if percent else 1)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{text!r} is no figure; write '10 %', '3/50' or '0.06'") from None


def nearest_rank(values: Mapping[Number, int], p: Number | str) -> Number | None:
    """Return the smallest value with at least the share ``p`` of all values at or below it (KPI-12).

    ``values`` counts how often each value was observed, so that two samples merge by adding counters; the answer is
    always an observed value, ``None`` if there is none.

    Raises:
        TypeError, ValueError: a rank outside (0, 1], see `check_rank`.

    >>> nearest_rank({5: 1, 15: 2, 40: 1}, "50 %")
    15
    """
    share, seen = check_rank(p), 0
    wanted = share * sum(values.values())
    for value in sorted(values):
        seen += values[value]
        if values[value] and seen >= wanted:
            return value
    return None


def value_text(
    value: Number,
    unit: Unit,
    *,
    target: Target | None = None,
    digits: int | None = None,
    rounding: Rounding = "half_even",
) -> str:
    """Return an exact value as rounded text, with as many digits as its verdict needs (KPI-2).

    Two digits after the point (a span, counted in microseconds: whole seconds; a whole number: none) unless ``digits``
    says otherwise. Where the rounded value would be judged otherwise than the exact one, digits are added until it is
    not; where no digits are enough (exactly one third against a target of one third), the exact fraction is printed.

    >>> value_text(Fraction(1, 8), "percent"), value_text(Fraction(37, 8), "number"), value_text(5_400_000_000, "span")
    ('12.50 %', '4.62', '1h30min')
    """
    exact(value)  # no float gets in
    for places in _places(value, unit, target, digits):
        scale = _SCALES[unit] * 10**places
        rounded = _ROUND[rounding](value * scale)
        if target is None or target.holds(rounded / scale) is target.holds(value):
            return _TEXTS[unit](rounded, places)
    return f"{value}us" if unit == "span" else str(value)


def _places(value: Number, unit: Unit, target: Target | None, digits: int | None) -> range:
    """Return the numbers of digits to try."""
    if digits is None:
        digits = 0 if unit == "span" or (type(value) is int and unit == "number") else 2
    if unit == "span":
        return range(min(digits, 6), 7)  # microseconds are the finest
    return range(digits, digits + _enough(value, target))


def _half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2)) if value >= 0 else ceil(value - Fraction(1, 2))


_ROUND: Mapping[Rounding, Callable[[Fraction], int]] = {"half_even": round, "half_up": _half_up}
# What an exact value is multiplied by for its text; a span is shown in seconds.
_SCALES: Mapping[Unit, Fraction] = {"percent": Fraction(100), "number": Fraction(1), "span": Fraction(1, 1_000_000)}


def _enough(value: Number, target: Target | None) -> int:
    """Return a number of digits after which further ones cannot change a verdict.

    Two different fractions lie at least 1 / (product of denominators) apart, and a decimal that ends does so within
    as many digits as its denominator has bits.
    """
    limit = 1 if target is None else target.amount.denominator
    return (value.denominator * limit).bit_length() + 10


def _count_text(part: Number) -> str:
    return f"{part:,}" if isinstance(part, int) else str(part)


def _decimal_text(scaled: int, digits: int) -> str:
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled), 10**digits)
    return f"{sign}{whole:,}.{rest:0{digits}}" if digits else f"{sign}{whole:,}"


def _span_text(scaled: int, digits: int) -> str:
    return duration_text(timedelta(microseconds=scaled * 10 ** (6 - digits)))


_TEXTS: Mapping[Unit, Callable[[int, int], str]] = {
    "percent": lambda scaled, digits: f"{_decimal_text(scaled, digits)} %",
    "number": _decimal_text,
    "span": _span_text,
}
