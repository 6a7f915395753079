"""Targets: what a figure has to reach, judged on the exact value."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any, Literal, TypeAlias, get_args

from attrs import field, frozen

from servicedesk.conditions.literals import literal_text
from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.instants import MICROSECOND, to_duration
from servicedesk.metrics.ratios import Number, Ratio, exact, share_of

__all__ = ["Comparing", "Target", "Verdict"]

Comparing: TypeAlias = Literal["<", "<=", ">", ">=", "=="]
"""How a figure is held against its target (KPI-40)."""

Verdict: TypeAlias = Literal["met", "missed", "no_data", "too_few"]
"""What became of a target; a desk without data has neither met nor missed it."""

_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


def _operator(_target: Target, _attribute: object, value: str) -> None:
    if value not in _HOLDS:
        raise _invalid("operator", f"{value!r} is no comparison; use {' '.join(get_args(Comparing))}")


def _amount(value: Number | timedelta | str) -> Number | timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        return exact(value)
    try:
        return exact(share_of(value))
    except ValueError:
        pass
    try:
        return to_duration(value)
    except DefinitionInvalid:
        raise _invalid("value", f"{value!r} is no figure; write '10 %', '3/50', '0.06' or '30min'") from None


def _invalid(path: str, message: str) -> DefinitionInvalid:
    return DefinitionInvalid((Problem(path, message),), "target")


@frozen(repr=False)
class Target:
    """What a figure has to reach: an operator, a value, and how many subjects a verdict needs at ``least`` (KPI-40).

    The value is a whole number, a `Fraction`, a `timedelta`, or text of one of them: ``"10 %"``, ``"30min"``. The
    documented desks mix strict targets (< 10 %) and others (≥ 90 %); a float is refused, because 0.1 is not a tenth.

    Raises:
        DefinitionInvalid: an unknown operator, unreadable text.
        TypeError: a float.

    >>> Target("<", "10 %").verdict(Ratio(1999, 20000)), Target("<", "10 %").margin(Ratio(1999, 20000))
    ('met', Fraction(1, 20000))
    """

    operator: Comparing = field(validator=_operator)
    value: Number | timedelta = field(converter=_amount)
    least: int = field(default=0, kw_only=True)

    @property
    def amount(self) -> Number:
        """The value as a number; a span in microseconds."""
        return self.value // MICROSECOND if isinstance(self.value, timedelta) else self.value

    def holds(self, value: Number) -> bool:
        """Return whether an exact value reaches the target; nothing is rounded before (KPI-2)."""
        return _HOLDS[self.operator](value, self.amount)

    def verdict(self, figure: Ratio | Number | None) -> Verdict:
        """Return what a figure has come to: ``no_data`` without a value, ``too_few`` under ``least`` subjects.

        A bare number has no subjects to count: ``least`` is held against ratios only.
        """
        value = figure.value if isinstance(figure, Ratio) else figure
        if value is None:
            return "no_data"
        if isinstance(figure, Ratio) and figure.denominator < self.least:
            return "too_few"
        return "met" if self.holds(value) else "missed"

    def margin(self, figure: Ratio | Number | None) -> Number | None:
        """Return how far a figure is on the good side: above 0 is good, below is bad; ``None`` without a value.

        A figure that must be equal has a margin of 0 at best.
        """
        value = figure.value if isinstance(figure, Ratio) else figure
        if value is None:
            return None
        if self.operator == "==":
            return exact(-abs(Fraction(value) - self.amount))
        distance = Fraction(value) - self.amount
        return exact(distance if self.operator in (">", ">=") else -distance)

    def __str__(self) -> str:
        return f"{self.operator} {literal_text(self.value)}"

    def __repr__(self) -> str:
        least = f", least={self.least}" if self.least else ""
        return f"Target({self.operator!r}, {literal_text(self.value)!r}{least})"
