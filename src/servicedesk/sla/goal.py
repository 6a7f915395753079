"""A goal: how much working time a metric may use, and what exactly counts as kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, TypeAlias, get_args

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.instants import MICROSECOND, duration_text, to_duration
from servicedesk.sla.calendar import Calendar

__all__ = ["Boundary", "Goal"]

Boundary: TypeAlias = Literal["inclusive", "strict", "by_due"]
"""What keeps a goal: elapsed <= goal, elapsed < goal, or stopped no later than the due instant (SLA-46)."""

_BOUNDARIES = get_args(Boundary)


@frozen(repr=False, init=False)
class Goal:
    """A promise on working time: ``metric`` is done ``within`` a duration of ``calendar`` (SLA-40).

    A goal of four hours measures elapsed working time; "four working days" is another kind of goal, never this one.

    Args:
        metric: what is measured: ``"resolution"``, ``"first_response"`` …
        within: a `timedelta` or a text of hours, minutes, seconds (``"4h"``); text with days is refused (SLA-5).
        calendar: whose working time counts.
        boundary: ``"inclusive"`` keeps the goal at elapsed <= goal, ``"strict"`` at elapsed < goal, ``"by_due"`` when
            stopped no later than due (SLA-46: a published log has 367 cases exactly on the limit).
        stop: the state or event that ends the measuring. It is part of the promise, so ``"resolution"`` has no
            default for it (SLA-47).

    Raises:
        DefinitionInvalid: all problems at once, under ``goal``.

    >>> office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London", name="office")
    >>> Goal("resolution", within="8h", calendar=office, stop="resolved")
    Goal('resolution', within='8h', calendar='office', boundary='inclusive', stop='resolved')
    """

    metric: str
    within: timedelta = field(kw_only=True)
    calendar: Calendar = field(kw_only=True)
    boundary: Boundary = field(kw_only=True)
    stop: str | None = field(kw_only=True)
    within_us: int = field(kw_only=True, eq=False)

    def __init__(
        self,
        metric: str,
        *,
        within: timedelta | str,
        calendar: Calendar,
        boundary: Boundary = "inclusive",
        stop: str | None = None,
    ) -> None:
        if not isinstance(calendar, Calendar):
            raise TypeError(f"calendar must be a Calendar, not {type(calendar).__name__} {calendar!r}")
        problems, limit = _read_limit(within)
        problems = (*_metric_problems(metric), *problems, *_boundary_problems(boundary), *_stop_problems(metric, stop))
        if problems:
            raise DefinitionInvalid((problem.under("goal") for problem in problems), "goal")
        self.__attrs_init__(
            metric, within=limit, calendar=calendar, boundary=boundary, stop=stop, within_us=limit // MICROSECOND
        )

    def due_us(self, start: int, used: int = 0) -> int:
        """Return the first instant at which the goal is used up, running from ``start`` with ``used`` gone (SLA-55)."""
        return self.calendar.add_us(start, self.within_us - used)

    def breach_at_us(self, start: int, used: int, due: int) -> int:
        """Return the first instant at which the promise is broken (SLA-55).

        Inclusive: one microsecond of working time past the goal, so just after the *next opening* where due is a
        closing. Strict: due itself. By due: one microsecond of real time past due, but not before ``start``.
        """
        if self.boundary == "strict":
            return due
        if self.boundary == "by_due":
            return max(due + 1, start)
        return self.calendar.add_us(start, self.within_us + 1 - used)

    def __repr__(self) -> str:
        text = f"within={duration_text(self.within)!r}, calendar={self.calendar.label!r}, boundary={self.boundary!r}"
        return f"Goal({self.metric!r}, {text}, stop={self.stop!r})"


def _metric_problems(metric: str) -> tuple[Problem, ...]:
    return () if metric else (Problem("metric", "it has no name; write for instance 'resolution'"),)


def _read_limit(within: timedelta | str) -> tuple[tuple[Problem, ...], timedelta]:
    try:
        limit = to_duration(within, days=False, argument="within")
    except DefinitionInvalid as error:
        return error.problems, timedelta(0)
    if limit > timedelta(0):
        return (), limit
    return (Problem("within", f"{duration_text(limit)!r} is no goal; write a positive duration like '4h'"),), limit


def _boundary_problems(boundary: str) -> tuple[Problem, ...]:
    if boundary in _BOUNDARIES:
        return ()
    hint = did_you_mean(str(boundary), _BOUNDARIES)
    return (Problem("boundary", f"{boundary!r} is none of {', '.join(_BOUNDARIES)}{hint}"),)


def _stop_problems(metric: str, stop: str | None) -> tuple[Problem, ...]:
    if stop is not None or metric != "resolution":
        return ()
    return (Problem("stop", "a resolution has no default end; write stop='resolved' or stop='closed'"),)
