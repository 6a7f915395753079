"""A limit of working dates 工作日: the n-th one after the start, at closing or at a wall time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import time, timedelta
from typing import Any, Literal, TypeAlias, get_args

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.instants import MICROSECOND
from servicedesk.sla.calendars.calendar import Calendar
from servicedesk.sla.clocks.pauses import Pause, united

__all__ = ["OnPause", "WorkingDays", "choice_problems"]

OnPause: TypeAlias = Literal["forbid", "ignore", "extend"]
"""What pausing does to a date goal: it is refused, it moves nothing, or dates not run do not count (SLA-44)."""

_WALL = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
_NAMED = ("close", "same_time")
_FAR = 2**63
_Spans: TypeAlias = list[tuple[int, int]]


@frozen(repr=False)
class WorkingDays:
    """The ``n``-th working date after the start, at ``by``; the start date is day 0 and never counts (SLA-41).

    The rule is that of the Civil Code of the PRC, art. 201 and 203. ``n = 0`` is the start date itself if it works and
    ``by`` is ahead, else the next working date.

    Args:
        n: how many working dates.
        by: ``"close"``, the last closing; a wall time (``"16:00"``), which stands even outside hours (SLA-43); or
            ``"same_time"``, the wall time of the start.
        cutoff: a start at or after this wall time of a working date counts as received on the next one (SLA-42).
        off_day: ``"next_working_day"``: so does a start on any other date.
        roll: ``"close"`` moves ``by`` back to the last closing where it lies after that, ``"open"`` moves it on to the
            next opening where it lies outside hours (SLA-43).
        on_pause: see `OnPause`. With ``"extend"`` a date counts only if the clock ran until its last closing, so a
            pause outside hours moves nothing; and where a pause held the clock at ``by``, the next date's is taken.

    Raises:
        DefinitionInvalid: all problems at once.

    >>> WorkingDays(3, by="16:00")
    WorkingDays(3, by='16:00')
    """

    n: int
    by: str = field(default="close", kw_only=True)
    cutoff: str | None = field(default=None, kw_only=True)
    off_day: Literal["next_working_day"] | None = field(default=None, kw_only=True)
    roll: Literal["close", "open"] | None = field(default=None, kw_only=True)
    on_pause: OnPause = field(default="forbid", kw_only=True)

    def __attrs_post_init__(self) -> None:
        problems = (
            *_count_problems(self.n),
            *_wall_problems("by", self.by, _NAMED),
            *(() if self.cutoff is None else _wall_problems("cutoff", self.cutoff, ())),
            *choice_problems("off_day", self.off_day, (None, "next_working_day")),
            *choice_problems("roll", self.roll, (None, "close", "open")),
            *choice_problems("on_pause", self.on_pause, get_args(OnPause)),
        )
        if problems:
            raise DefinitionInvalid((problem.under("working_days") for problem in problems), "working_days")

    @property
    def fields(self) -> tuple[str, ...]:
        """The values of a ticket it needs: none."""
        return ()

    def due_us(
        self, calendar: Calendar, start: int, _values: Mapping[str, Any] | None = None, pauses: Iterable[Pause] = ()
    ) -> int:
        """Return the instant it names for a start, after pauses that all have an end.

        Raises:
            NoWorkingTime: the calendar has not that many working dates.
        """
        zero = self._received(calendar, start)
        spans = united(pauses, start, _FAR)
        if self.n == 0 and calendar.is_working_day(zero):
            due = self._by(calendar, start, zero)
            if due > start and _ran_up_to(due, spans):
                return due
        if not spans:
            return self._by(calendar, start, calendar.working_day(zero, max(self.n, 1)))
        return self._extended(calendar, start, zero, spans)

    def _extended(self, calendar: Calendar, start: int, day: int, spans: _Spans) -> int:
        """Go on date by date, and count those that were run (SLA-44).

        Of the last date nothing after ``by`` matters: what is due at 16:00 does not wait for the closing.
        """
        left = self.n
        while True:
            day = calendar.working_day(day, 1)
            due, close = self._by(calendar, start, day), calendar.last_close_us(day)
            ran = _ran_up_to(close, spans)
            if left <= 1 and (ran or due < close) and _ran_up_to(due, spans):
                return due
            left -= ran

    def _received(self, calendar: Calendar, start: int) -> int:
        """Return day 0 (SLA-41, 42)."""
        day = calendar.day_us(start)
        if not calendar.is_working_day(day):
            return day if self.off_day is None else calendar.working_day(day, 1)
        late = self.cutoff is not None and start >= calendar.wall_us(day, _past_midnight(self.cutoff))
        return calendar.working_day(day, 1) if late else day

    def _by(self, calendar: Calendar, start: int, day: int) -> int:
        """Return the promised instant of a date (SLA-41, 43)."""
        if self.by == "close":
            return calendar.last_close_us(day)
        wall = calendar.local(start).time() if self.by == "same_time" else self.by
        due = calendar.wall_us(day, _past_midnight(wall))
        if self.roll == "close":
            return min(due, calendar.last_close_us(day))
        return calendar.next_open_us(due) if self.roll == "open" else due

    def __plain__(self) -> dict[str, Any]:
        """Return the plain form, defaults left out: ``{"working_days": 7, "by": "16:00"}``."""
        options = {name: getattr(self, name) for name in _DEFAULTS}
        changed = {name: value for name, value in options.items() if value != _DEFAULTS[name]}
        return {"working_days": self.n, **changed}

    def __repr__(self) -> str:
        options = "".join(f", {name}={value!r}" for name, value in self.__plain__().items() if name != "working_days")
        return f"WorkingDays({self.n}{options})"


def _past_midnight(wall: time | str) -> int:
    """Return a wall time as microseconds after midnight."""
    at = time.fromisoformat(wall) if isinstance(wall, str) else wall
    passed = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
    return passed // MICROSECOND


_DEFAULTS = {"by": "close", "cutoff": None, "off_day": None, "roll": None, "on_pause": "forbid"}


def _ran_up_to(at: int, spans: _Spans) -> bool:
    """Whether no pause held the clock just before an instant: one that ends there did, one that begins there not."""
    return not any(since < at <= until for since, until in spans)


def _count_problems(n: object) -> tuple[Problem, ...]:
    if type(n) is int and n >= 0:
        return ()
    return (Problem("n", f"{n!r} is no number of working dates; write 0, 1, 2 …"),)


def _wall_problems(path: str, value: object, named: tuple[str, ...]) -> tuple[Problem, ...]:
    if value in named or (isinstance(value, str) and _WALL.fullmatch(value)):
        return ()
    known = "".join(f"{name!r}, " for name in named) + ("or " if named else "")
    return (Problem(path, f"{value!r} is no wall time; write {known}HH:MM like '16:00'{did_you_mean(value, named)}"),)


def choice_problems(path: str, value: object, allowed: tuple[object, ...]) -> tuple[Problem, ...]:
    """Say that a value is none of those allowed, and which one may have been meant."""
    if value in allowed:
        return ()
    names = [name for name in allowed if isinstance(name, str)]
    return (Problem(path, f"{value!r} is none of {', '.join(names)}{did_you_mean(value, names)}"),)
