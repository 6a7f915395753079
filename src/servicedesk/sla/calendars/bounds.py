"""Sets of time as sorted boundaries: opening, closing, opening, closing …, strictly rising, half-open.

Layers of a calendar and the algebra of calendars are both made of these few functions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

__all__ = ["common", "cut", "minus", "union", "united"]


def cut(bounds: list[int], start: int, end: int) -> list[int]:
    """Return the part inside ``[start, end)``."""
    if start >= end:
        return []
    first, last = bisect_right(bounds, start), bisect_left(bounds, end)
    head = [start] if first % 2 else []
    tail = [end] if last % 2 else []
    return head + bounds[first:last] + tail


def united(windows: Iterable[tuple[int, int]]) -> list[int]:
    """Return the boundaries of windows in any order; those that touch or overlap become one, empty ones vanish."""
    bounds: list[int] = []
    for opening, closing in sorted(windows):
        if bounds and opening <= bounds[-1]:
            bounds[-1] = max(bounds[-1], closing)
        elif opening < closing:
            bounds += (opening, closing)
    return bounds


def common(left: list[int], right: list[int]) -> list[int]:
    """Return the time inside both."""
    return _merged(left, right, (False, False, False, True))


def union(left: list[int], right: list[int]) -> list[int]:
    """Return the time inside one or both."""
    return _merged(left, right, (False, True, True, True))


def minus(left: list[int], right: list[int]) -> list[int]:
    """Return the time inside ``left`` alone."""
    return _merged(left, right, (False, False, True, False))


def _merged(left: list[int], right: list[int], keep: tuple[bool, bool, bool, bool]) -> list[int]:
    """Walk both; ``keep`` says what counts: outside both, inside right, inside left, inside both."""
    marks = sorted({*left, *right})
    lefts, rights = iter([*left, None]), iter([*right, None])
    next_left, next_right = next(lefts), next(rights)
    bounds: list[int] = []
    state, inside = 0, False
    for mark in marks:
        if mark == next_left:
            state, next_left = state ^ 2, next(lefts)
        if mark == next_right:
            state, next_right = state ^ 1, next(rights)
        if keep[state] is not inside:
            inside = not inside
            bounds.append(mark)
    return bounds
