"""Durations of the routing room: given as text, `timedelta` or integer microseconds, kept as `timedelta`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TypeAlias

from servicedesk.errors import Problem
from servicedesk.instants import MICROSECOND, duration_text, to_duration

__all__ = ["AnySpan", "one_span", "span_or_none", "span_problems", "us"]

AnySpan: TypeAlias = timedelta | str | int
"""A duration as an author may write it: ``"30s"``, a `timedelta`, or integer microseconds."""


def one_span(value: AnySpan) -> timedelta:
    """Return a duration (attrs converter)."""
    return timedelta(microseconds=value) if type(value) is int else to_duration(value)  # type: ignore[arg-type]  # bool and float are refused there


def span_or_none(value: AnySpan | None) -> timedelta | None:
    """Return a duration, or ``None`` (attrs converter)."""
    return None if value is None else one_span(value)


def span_problems(path: str, value: timedelta | None, *, zero: bool = True) -> Iterator[Problem]:
    """Yield what is wrong with a duration; ``None`` is never wrong."""
    if value is not None and (value < timedelta(0) or (not value and not zero)):
        yield Problem(path, f"{duration_text(value)} is no duration {'≥' if zero else '>'} 0")


def us(value: timedelta) -> int:
    """Return a duration as integer microseconds."""
    return value // MICROSECOND
