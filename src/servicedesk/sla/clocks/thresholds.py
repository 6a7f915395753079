"""Thresholds of a goal: warnings before it, the breach, escalations after it, each a target of elapsed time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.instants import MICROSECOND, duration_text, to_duration

__all__ = [
    "BREACH",
    "Escalation",
    "Threshold",
    "ladder",
    "read_escalations",
    "read_fractions",
    "read_spans",
    "thresholds",
]

BREACH = "breach"
"""The name of the threshold that every goal has."""

_ZERO = timedelta(0)
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")
_RATIO = re.compile(r"[0-9]+/[0-9]+")


def _after(value: timedelta | str) -> timedelta:
    return to_duration(value, days=False, argument="after")


@frozen(repr=False)
class Escalation:
    """Tell ``to`` once the goal has been used up for ``after``, measured in working time (SLA-62).

    >>> Escalation("90min", "group_leader")
    Escalation('1h30min', 'group_leader')
    """

    after: timedelta = field(converter=_after)
    to: str

    def __attrs_post_init__(self) -> None:
        if type(self.to) is not str or not self.to:
            problem = Problem("escalation.to", f"{self.to!r} is nobody to tell; write for instance 'group_leader'")
            raise DefinitionInvalid((problem,), "escalation")

    def __repr__(self) -> str:
        return f"Escalation({duration_text(self.after)!r}, {self.to!r})"


@frozen(kw_only=True)
class Threshold:
    """One rung of the ladder: it is reached at ``part`` of the goal plus ``offset_us`` (SLA-62).

    Attributes:
        name: canonical, whatever the spelling: ``"50%"``, ``"1h before"``, ``"breach"``, ``"4h after"``; where several
            are told at once ``"4h after (head)"``.
        part: of the goal; 1 except for warnings at a fraction.
        offset_us: working time added, in microseconds; negative for warnings before the goal.
        to: whom an escalation tells, else empty.
    """

    name: str
    part: Fraction = Fraction(1)
    offset_us: int = 0
    to: str = ""

    def target(self, goal: int) -> int:
        """Return the elapsed microseconds at which it is reached, rounded up, for a goal in microseconds."""
        part = self.part
        return -(-goal * part.numerator // part.denominator) + self.offset_us


def thresholds(
    fractions: Iterable[Fraction], before: Iterable[timedelta], breach_offset: int, escalations: Iterable[Escalation]
) -> tuple[Threshold, ...]:
    """Return the thresholds of a goal; the breach comes ``breach_offset`` microseconds after the goal (SLA-55)."""
    steps = tuple(escalations)
    told_at_once = Counter(each.after for each in steps)
    return (
        *(Threshold(name=_fraction_name(part), part=part) for part in fractions),
        *(Threshold(name=f"{duration_text(span)} before", offset_us=-(span // MICROSECOND)) for span in before),
        Threshold(name=BREACH, offset_us=breach_offset),
        *(
            Threshold(
                name=f"{duration_text(each.after)} after" + (f" ({each.to})" if told_at_once[each.after] > 1 else ""),
                offset_us=each.after // MICROSECOND,
                to=each.to,
            )
            for each in steps
        ),
    )


def ladder(found: Iterable[Threshold], goal: int) -> tuple[tuple[int, Threshold], ...]:
    """Return targets and thresholds in the order in which they are reached, by target, then name (SLA-63)."""
    return tuple(sorted(((each.target(goal), each) for each in found), key=lambda rung: (rung[0], rung[1].name)))


def _fraction_name(part: Fraction) -> str:
    percent = part * 100
    return f"{percent}%" if percent.denominator == 1 else str(part)


def read_fractions(values: Any, path: str) -> tuple[tuple[Fraction, ...], list[Problem]]:
    """Read the parts of a goal at which to warn, rising; return them and what is wrong."""
    return _read(values, path, _read_fraction, _check_fraction, rising=True)


def read_spans(values: Any, path: str, within: timedelta | None) -> tuple[tuple[timedelta, ...], list[Problem]]:
    """Read how long before the goal to warn, falling; each less than the goal, where that is a duration."""

    def check(span: timedelta) -> str:
        text = duration_text(span)
        if span <= _ZERO:
            return f"{text!r} lies not before the goal; write a positive duration like '1h'"
        if within is not None and span >= within:
            return f"{text!r} is the whole goal of {duration_text(within)!r} or more; warn later"
        return ""

    return _read(values, path, lambda value: to_duration(value, days=False, argument=""), check, rising=False)


def read_escalations(values: Any) -> tuple[tuple[Escalation, ...], list[Problem]]:
    """Read a ladder of escalations, each after the goal, rising; several persons may be told at once."""
    example = "Escalation('1h', 'group_leader')"
    if isinstance(values, str) or not isinstance(values, Iterable):
        return (), [Problem("escalations", f"{values!r} is no list; write a tuple like ({example},)")]
    steps = tuple(values)
    wrong = [place for place, each in enumerate(steps) if not isinstance(each, Escalation)]
    if wrong:
        return (), [Problem(f"escalations[{at}]", f"{steps[at]!r} is no escalation; write {example}") for at in wrong]
    return steps, [*_escalation_problems(steps)]


def _escalation_problems(steps: tuple[Escalation, ...]) -> Iterator[Problem]:
    for number, each in enumerate(steps):
        if each.after <= _ZERO:
            yield Problem(f"escalations[{number}].after", f"{duration_text(each.after)!r} lies not after the goal")
        if each in steps[:number]:
            message = f"{duration_text(each.after)!r} to {each.to!r} stands there twice; name each once"
            yield Problem(f"escalations[{number}]", message)
        if number and each.after < steps[number - 1].after:
            yield _late(f"escalations[{number}]", duration_text(each.after), duration_text(steps[number - 1].after))


def _read(
    values: Any, path: str, read: Callable[[Any], Any], check: Callable[[Any], str], *, rising: bool
) -> tuple[tuple[Any, ...], list[Problem]]:
    """Read a ladder; the order in which it is written is the order in which it fires."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        return (), [Problem(path, f"{values!r} is no list; write a tuple like ('50%',)")]
    found, problems = [], []
    for number, value in enumerate(values):
        try:
            found.append(read(value))
            fault = check(found[-1])
        except DefinitionInvalid as error:
            fault = error.problems[0].message
        except TypeError as error:
            fault = str(error).strip()
        if fault:
            problems.append(Problem(f"{path}[{number}]", fault))
    return tuple(found), problems or list(_order_problems(found, path, rising=rising))


def _order_problems(values: Sequence[Any], path: str, *, rising: bool) -> Iterator[Problem]:
    for number, (first, second) in enumerate(pairwise(values), start=1):
        if first == second:
            yield Problem(f"{path}[{number}]", f"{_shown(second)!r} stands there twice; name each once")
        elif (first < second) != rising:
            yield _late(f"{path}[{number}]", _shown(second), _shown(first))


def _late(path: str, later: str, before: str) -> Problem:
    why = "write them in the order in which they are reached"
    return Problem(path, f"{later!r} is reached before {before!r}; {why}")


def _shown(value: Fraction | timedelta) -> str:
    return _fraction_name(value) if isinstance(value, Fraction) else duration_text(value)


def _read_fraction(value: Any) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value)):
        return Fraction(match[1]) / 100
    if isinstance(value, str) and _RATIO.fullmatch(value):
        try:
            return Fraction(value)
        except ZeroDivisionError:
            pass
    raise DefinitionInvalid((Problem("", f"{value!r} is no exact fraction; write '50%', '4/5' or a Fraction"),), "goal")


def _check_fraction(part: Fraction) -> str:
    return (
        "" if 0 < part < 1 else f"{_fraction_name(part)!r} lies not between 0 and 1; the breach itself is always told"
    )
