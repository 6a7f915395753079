"""Calendars made of calendars: both open, one of them open, open without the other, open for a while (SLA-18).

Exact across zones, because everything happens on instants. A combination keeps its parts.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import frozen

from servicedesk.sla.calendars.bounds import common, cut, minus, union
from servicedesk.sla.calendars.pieces import paired
from servicedesk.sla.calendars.rule import Piece, Reach
from servicedesk.sla.calendars.walltime import DAY, day_at, instants_of, utc_midnight

if TYPE_CHECKING:
    from servicedesk.sla.calendars.calendar import Calendar

__all__ = ["Combination", "During", "Operator"]

Operator: TypeAlias = Literal["&", "|", "-"]

_WORK: Mapping[Operator, Callable[[list[int], list[int]], list[int]]] = {"&": common, "|": union, "-": minus}


@frozen(repr=False)
class Combination:
    """Two calendars and what is done with them; dates and display follow the left one."""

    operator: Operator
    left: Calendar
    right: Calendar

    @property
    def zone(self) -> str:
        """The zone of the left calendar."""
        return self.left.zone

    @property
    def always(self) -> bool:
        """Whether it surely never closes."""
        return self.operator == "|" and (self.left.rule.always or self.right.rule.always)

    def bounds(self, start: int, end: int) -> list[int]:
        """Return openings and closings by turns, as instants, in ``[start, end)``."""
        return _WORK[self.operator](self.left.rule.bounds(start, end), self.right.rule.bounds(start, end))

    def windows(self, day: int) -> list[int]:
        """Return the boundaries of the windows that start on a date of the left calendar's zone."""
        left = self.left.rule.windows(day)
        if self.operator == "|":
            return union(left, self._right_windows(day))
        if not left:
            return []
        return _WORK[self.operator](left, self.right.rule.bounds(left[0], left[-1]))

    def _right_windows(self, day: int) -> list[int]:
        """Return the windows of the right calendar that open on a date of the left one's zone."""
        ((midnight, next_midnight),) = instants_of(day, ((0, DAY),), self.left.rule.tz)
        found: list[int] = []
        for near in range(day - 2, day + 3):
            bounds = self.right.rule.windows(near)
            for place in range(0, len(bounds), 2):
                if midnight <= bounds[place] < next_midnight:
                    found = union(found, bounds[place : place + 2])
        return found

    @property
    def tz(self) -> dt.tzinfo:
        """The zone of the left calendar, as an object."""
        return self.left.rule.tz

    def working_days(self, first: int, last: int) -> Iterator[int]:
        """Yield the dates from ``first`` to ``last`` on which a non-empty window starts."""
        lefts = set(self.left.rule.working_days(first, last))
        opens = self.bounds(utc_midnight(first - 1), utc_midnight(last + 4))
        return (day for day in range(first, last + 1) if self._works(day, lefts, opens))

    def _works(self, day: int, lefts: set[int], opens: list[int]) -> bool:
        """Whether a date is a working one, by the left calendar's working dates where they decide it."""
        if (day in lefts) is (self.operator == "|"):
            return day in lefts
        return _any_inside(opens, utc_midnight(day - 1), utc_midnight(day + 4)) and bool(self.windows(day))

    @property
    def known(self) -> Reach:
        """The instants that both parts know."""
        return _overlap(self.left.rule.known, self.right.rule.known)

    @property
    def known_days(self) -> Reach:
        """The dates of the left calendar that both parts know whole."""
        return _overlap(self.left.rule.known_days, self._whole_days(self.right.rule.known))

    def _whole_days(self, known: Reach) -> Reach:
        """Return the dates of the left calendar's zone that lie whole between two instants."""
        start, end = known
        first = None if start is None else day_at(start - 1, self.tz)[0] + 1
        return first, None if end is None else day_at(end, self.tz)[0] - 1

    @property
    def limits(self) -> tuple[Reach, Reach]:
        """What must not be passed: the coverage of those parts that do not assume."""
        (left, left_days), (right, _) = self.left.limits, self.right.limits
        return _overlap(left, right), _overlap(left_days, self._whole_days(right))

    @property
    def extent(self) -> Reach:
        """The instants outside which it never opens."""
        left, right = self.left.rule.extent, self.right.rule.extent
        if self.operator == "&":
            return _overlap(left, right)
        if self.operator == "-":
            return left
        return _least((left[0], right[0]), min), _least((left[1], right[1]), max)

    def pieces(self, start: int, end: int) -> Iterator[Piece]:
        """Yield ``[start, end)`` piece by piece; the part that decides names each."""
        return paired(self.left.rule.pieces(start, end), self.right.rule.pieces(start, end), self._decisive)

    def _decisive(self, left: Piece, right: Piece) -> Piece:
        if self.operator == "-":
            taken = left.counted and right.counted
            return left._replace(kind="break", name=self.right.label, source="", counted=False) if taken else left
        return right if left.counted is (self.operator == "&") and right.counted is not left.counted else left

    def __str__(self) -> str:
        return f"({self.left.label} {self.operator} {self.right.label})"


@frozen(repr=False)
class During:
    """A calendar from one instant to another, and closed outside."""

    calendar: Calendar
    start: int
    end: int

    @property
    def zone(self) -> str:
        """The zone of the calendar."""
        return self.calendar.zone

    @property
    def tz(self) -> dt.tzinfo:
        """The zone of the calendar, as an object."""
        return self.calendar.rule.tz

    always = False

    def bounds(self, start: int, end: int) -> list[int]:
        """Return openings and closings by turns, as instants, in ``[start, end)``."""
        first, last = max(start, self.start), min(end, self.end)
        return self.calendar.rule.bounds(first, last) if first < last else []

    def windows(self, day: int) -> list[int]:
        """Return the boundaries of what lies inside of the windows that start on a date."""
        return cut(self.calendar.rule.windows(day), self.start, self.end)

    def working_days(self, first: int, last: int) -> Iterator[int]:
        """Yield the dates from ``first`` to ``last`` on which a window starts of which something is left."""
        return (day for day in self.calendar.rule.working_days(first, last) if self.windows(day))

    @property
    def known(self) -> Reach:
        """What the calendar knows; outside the bounds there is nothing to know."""
        start, end = self.calendar.rule.known
        return (
            None if start is not None and start <= self.start else start,
            None if end is not None and end >= self.end else end,
        )

    @property
    def known_days(self) -> Reach:
        """The dates the calendar knows."""
        return self.calendar.rule.known_days

    @property
    def limits(self) -> tuple[Reach, Reach]:
        """What must not be passed, of what lies inside."""
        (start, end), days = self.calendar.limits
        first = None if start is not None and start <= self.start else start
        last = None if end is not None and end >= self.end else end
        return (first, last), days

    @property
    def extent(self) -> Reach:
        """The instants outside which it never opens."""
        return _overlap((self.start, self.end), self.calendar.rule.extent)

    def pieces(self, start: int, end: int) -> Iterator[Piece]:
        """Yield ``[start, end)`` piece by piece, off hours outside the bounds."""
        first, last = max(start, self.start), min(end, self.end)
        if first >= last:
            return iter((Piece(start, end, "off_hours"),))
        outside = [Piece(*stretch, "off_hours") for stretch in ((start, first), (last, end)) if stretch[0] < stretch[1]]
        before, after = outside[: start < first], outside[start < first :]
        return chain(before, self.calendar.rule.pieces(first, last), after)

    def __str__(self) -> str:
        first, last = self.calendar.local(self.start), self.calendar.local(self.end)
        return f"{self.calendar.label} from {first} to {last}"


def _any_inside(bounds: list[int], start: int, end: int) -> bool:
    place = bisect_right(bounds, start)
    return place % 2 == 1 or (place < len(bounds) and bounds[place] < end)


def _overlap(left: Reach, right: Reach) -> Reach:
    return _most((left[0], right[0]), max), _most((left[1], right[1]), min)


def _most(ends: tuple[int | None, ...], choose: Callable[[Iterable[int]], int]) -> int | None:
    given = [end for end in ends if end is not None]
    return choose(given) if given else None


def _least(ends: tuple[int | None, ...], choose: Callable[[Iterable[int]], int]) -> int | None:
    given = [end for end in ends if end is not None]
    return choose(given) if len(given) == len(ends) else None
