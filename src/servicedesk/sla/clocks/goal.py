"""A goal: what a metric may use up, what exactly counts as kept, and whom to warn on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any, Literal, TypeAlias, get_args

from attrs import field, frozen

from servicedesk.conditions import Condition
from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.instants import MICROSECOND, duration_text
from servicedesk.plain import from_plain, to_plain
from servicedesk.sla.calendars.calendar import Calendar
from servicedesk.sla.clocks.limits import Limit, limit_from_plain, limit_to_plain, read_limit
from servicedesk.sla.clocks.metric import When, read_pauses
from servicedesk.sla.clocks.pauses import Pause
from servicedesk.sla.clocks.thresholds import (
    Escalation,
    Threshold,
    ladder,
    read_escalations,
    read_fractions,
    read_spans,
    thresholds,
)

__all__ = ["Boundary", "Goal"]

Boundary: TypeAlias = Literal["inclusive", "strict", "by_due"]
"""What keeps a goal: elapsed <= goal, elapsed < goal, or stopped no later than the due instant (SLA-46)."""

_BOUNDARIES = get_args(Boundary)
_Ladder: TypeAlias = tuple[tuple[int, Threshold], ...]


@frozen(repr=False, init=False)
class Goal:
    """A promise: ``metric`` is done ``within`` a limit on ``calendar`` (SLA-40).

    A goal of four hours measures elapsed working time. A date goal (`WorkingDays`, `Until`, `Latest`, `Earliest`)
    becomes an instant when the clock starts. Neither ever becomes the other.

    Args:
        metric: what is measured: ``"resolution"``, ``"first_response"`` …
        within: a `timedelta` or a text of hours, minutes, seconds (``"4h"``; text with days is refused, SLA-5), or a
            date limit.
        calendar: whose working time counts.
        boundary: ``"inclusive"`` keeps the goal at elapsed <= goal, ``"strict"`` at elapsed < goal, ``"by_due"`` when
            stopped no later than due (SLA-46: a published log has 367 cases exactly on the limit). Date goals compare
            instants: stopped <= due, strict stopped < due.
        stop: the state or event that ends the measuring. It is part of the promise, so ``"resolution"`` has no
            default for it (SLA-47).
        pause: reasons and the conditions on the ticket under which they hold the clock, ``{"customer": 'state ==
            "with_customer"'}``; a policy asks them (SLA-48). Without any, the metric's own.
        warn_at: parts of the goal at which to warn, rising: ``("50%", "4/5")`` (SLA-62).
        warn_before: how long before the goal to warn, in working time, falling: ``("2h", "1h")``.
        escalations: whom to tell how long after the goal, in working time, rising. Several may be told at once.
        notify: whose hours people are told in; without it at once (SLA-64).

    Attributes:
        within_us: microseconds of a duration goal; 0 for a date goal, whose total is known once its clock has started.
        counting: the calendar that clocks count on: it answers beyond what is published (SLA-67).
        limited: whether that may be needed.
        thresholds: warnings, breach and escalations, as defined.
        fields: the values of a ticket that a date goal needs to be told (SLA-45).
        by_date: whether it becomes an instant at start.
        pausable: whether its clocks may be paused; date goals forbid it unless they say otherwise (SLA-44).
        runs_on: whether pauses move nothing.

    Raises:
        DefinitionInvalid: all problems at once, under ``goal``.

    >>> office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London", name="office")
    >>> Goal("resolution", within="8h", calendar=office, stop="resolved", warn_at=("4/5",))
    Goal('resolution', within='8h', calendar='office', boundary='inclusive', stop='resolved', warn_at=('80%',))
    """

    metric: str
    within: Limit = field(kw_only=True)
    calendar: Calendar = field(kw_only=True)
    boundary: Boundary = field(kw_only=True)
    stop: str | None = field(kw_only=True)
    pause: FrozenMap[str, Condition] = field(kw_only=True)
    warn_at: tuple[Fraction, ...] = field(kw_only=True)
    warn_before: tuple[timedelta, ...] = field(kw_only=True)
    escalations: tuple[Escalation, ...] = field(kw_only=True)
    notify: Calendar | None = field(kw_only=True)
    # What follows from the definition, worked out once.
    within_us: int = field(kw_only=True, eq=False)
    counting: Calendar = field(kw_only=True, eq=False)
    thresholds: tuple[Threshold, ...] = field(kw_only=True, eq=False)
    fields: tuple[str, ...] = field(kw_only=True, eq=False)
    by_date: bool = field(kw_only=True, eq=False)
    pausable: bool = field(kw_only=True, eq=False)
    runs_on: bool = field(kw_only=True, eq=False)
    limited: bool = field(kw_only=True, eq=False)
    _ladder: _Ladder = field(kw_only=True, eq=False)

    def __init__(
        self,
        metric: str,
        *,
        within: Limit | str,
        calendar: Calendar,
        boundary: Boundary = "inclusive",
        stop: str | None = None,
        pause: Mapping[str, When] | When = EMPTY,
        warn_at: Iterable[Fraction | str] = (),
        warn_before: Iterable[timedelta | str] = (),
        escalations: Iterable[Escalation] = (),
        notify: Calendar | None = None,
    ) -> None:
        _require_calendar("calendar", calendar)
        if notify is not None:
            _require_calendar("notify", notify)
        limit, limit_problems = read_limit(within)
        duration = limit if isinstance(limit, timedelta) else None
        fractions, fraction_problems = read_fractions(warn_at, "warn_at")
        spans, span_problems = read_spans(warn_before, "warn_before", duration)
        steps, step_problems = read_escalations(escalations)
        pauses, pause_problems = _read_pauses(pause, limit)
        problems = (
            *_metric_problems(metric),
            *(problem.under("within") for problem in limit_problems),
            *_boundary_problems(boundary),
            *_stop_problems(metric, stop),
            *pause_problems,
            *fraction_problems,
            *([] if limit_problems else span_problems),
            *step_problems,
        )
        if problems:
            raise DefinitionInvalid((problem.under("goal") for problem in problems), "goal")
        within_us = 0 if duration is None else duration // MICROSECOND
        counting = calendar.assuming()
        found = thresholds(fractions, spans, 1 if duration and boundary == "inclusive" else 0, steps)
        self.__attrs_init__(
            metric,
            within=limit,
            calendar=calendar,
            boundary=boundary,
            stop=stop,
            pause=pauses,
            warn_at=fractions,
            warn_before=spans,
            escalations=steps,
            notify=notify,
            within_us=within_us,
            counting=counting,
            thresholds=found,
            fields=() if isinstance(limit, timedelta) else limit.fields,
            by_date=duration is None,
            pausable=_pausable(limit),
            runs_on=not isinstance(limit, timedelta) and limit.on_pause != "extend",
            limited=counting is not calendar or calendar.beyond == "assume",
            ladder=ladder(found, within_us) if duration else (),
        )

    def ladder(self, total: int) -> _Ladder:
        """Return targets in microseconds elapsed and thresholds, in the order they are reached (SLA-62, 63)."""
        return self._ladder or ladder(self.thresholds, total)

    def with_limit(self, within: Limit | str) -> Goal:
        """Return the same promise with another limit, for instance a due instant set by hand (SLA-71).

        Warnings before the goal that the other limit leaves no room for are dropped.

        Raises:
            DefinitionInvalid: it is no limit.
        """
        limit, _ = read_limit(within)
        spans = [span for span in self.warn_before if not isinstance(limit, timedelta) or span < limit]
        return Goal(
            self.metric,
            within=within,
            calendar=self.calendar,
            boundary=self.boundary,
            stop=self.stop,
            warn_at=self.warn_at,
            warn_before=spans,
            escalations=self.escalations,
            notify=self.notify,
        )

    def date_us(self, start: int, values: Mapping[str, Any], pauses: Iterable[Pause] = ()) -> int:
        """Return the instant a date goal names for a start; of pauses only ``extend`` takes notice.

        Raises:
            Refused: ``field_missing`` (SLA-45).
            NoWorkingTime: the calendar has not that many working dates.
        """
        if isinstance(self.within, timedelta):
            raise TypeError(f"{self!r} is no date goal")
        return self.within.due_us(self.counting, start, values, () if self.runs_on else pauses)

    def __plain__(self) -> dict[str, Any]:
        """Return the plain form, defaults left out (SLA-82); `to_plain` asks for it."""
        table = {
            "metric": self.metric,
            "within": limit_to_plain(self.within),
            "calendar": to_plain(self.calendar),
            "boundary": None if self.boundary == "inclusive" else self.boundary,
            "stop": self.stop,
            "pause": {reason: str(condition) for reason, condition in self.pause.items()},
            **self._warnings(),
            "escalations": [{"after": duration_text(each.after), "to": each.to} for each in self.escalations],
            "notify": None if self.notify is None else to_plain(self.notify),
        }
        return {name: value for name, value in table.items() if value or name == "metric"}

    def _warnings(self) -> dict[str, list[str]]:
        names = [each.name for each in self.thresholds]
        before = [duration_text(span) for span in self.warn_before]
        return {"warn_at": names[: len(self.warn_at)], "warn_before": before}

    @classmethod
    def __from_plain__(cls, data: Any) -> Goal:
        """Build it from its plain form; unknown keys are problems (SLA-82)."""
        return _goal_from_plain(data)

    def __repr__(self) -> str:
        within = repr(duration_text(self.within)) if isinstance(self.within, timedelta) else repr(self.within)
        text = f"within={within}, calendar={self.calendar.label!r}, boundary={self.boundary!r}, stop={self.stop!r}"
        warnings = "".join(f", {name}={tuple(values)!r}" for name, values in self._warnings().items() if values)
        steps = f", escalations={self.escalations!r}" if self.escalations else ""
        notify = "" if self.notify is None else f", notify={self.notify.label!r}"
        pause = f", pause={ {reason: str(when) for reason, when in self.pause.items()}!r}" if self.pause else ""
        return f"Goal({self.metric!r}, {text}{pause}{warnings}{steps}{notify})"


def _require_calendar(name: str, value: object) -> None:
    if not isinstance(value, Calendar):
        raise TypeError(f"{name} must be a Calendar, not {type(value).__name__} {value!r}")


def _pausable(limit: Limit) -> bool:
    return isinstance(limit, timedelta) or limit.on_pause != "forbid"


def _read_pauses(
    pause: Mapping[str, When] | When, limit: Limit
) -> tuple[FrozenMap[str, Condition], tuple[Problem, ...]]:
    try:
        pauses = read_pauses(pause)
    except DefinitionInvalid as error:
        return EMPTY, tuple(problem.under("pause") for problem in error.problems)
    if not pauses or _pausable(limit):
        return pauses, ()
    ways = "on_pause='extend' for working days, 'ignore', or no pause"
    return EMPTY, (Problem("pause", f"a date goal cannot be paused as it stands; write {ways} (SLA-44)"),)


def _metric_problems(metric: object) -> tuple[Problem, ...]:
    if isinstance(metric, str) and metric:
        return ()
    return (Problem("metric", f"{metric!r} is no name; write for instance 'resolution'"),)


def _boundary_problems(boundary: str) -> tuple[Problem, ...]:
    if boundary in _BOUNDARIES:
        return ()
    hint = did_you_mean(str(boundary), _BOUNDARIES)
    return (Problem("boundary", f"{boundary!r} is none of {', '.join(_BOUNDARIES)}{hint}"),)


def _stop_problems(metric: str, stop: object) -> tuple[Problem, ...]:
    if stop is not None and not (isinstance(stop, str) and stop):
        return (Problem("stop", f"{stop!r} is no state or event; write for instance stop='resolved'"),)
    if stop is not None or metric != "resolution":
        return ()
    return (Problem("stop", "a resolution has no default end; write stop='resolved' or stop='closed'"),)


_READERS: Mapping[str, Any] = {
    "metric": lambda data: from_plain(str, data),
    "within": limit_from_plain,
    "calendar": lambda data: data if isinstance(data, Calendar) else from_plain(Calendar, data),  # a policy has it read
    "boundary": lambda data: from_plain(str, data),
    "stop": lambda data: from_plain(str, data),
    "pause": lambda data: data if isinstance(data, str) else from_plain(FrozenMap[str, str], data),
    "warn_at": lambda data: from_plain(tuple[str, ...], data),
    "warn_before": lambda data: from_plain(tuple[str, ...], data),
    "escalations": lambda data: from_plain(tuple[Escalation, ...], data),
    "notify": lambda data: data if isinstance(data, Calendar) else from_plain(Calendar, data),
}
_REQUIRED = ("metric", "within", "calendar")


def _goal_from_plain(data: Any) -> Goal:
    if not isinstance(data, dict):
        raise DefinitionInvalid((Problem("", f"{data!r} is not a table"),), "goal")
    values, problems = {}, [Problem(name, "missing") for name in _REQUIRED if name not in data]
    for name, item in data.items():
        if name not in _READERS:
            problems.append(Problem(str(name), f"unknown key{did_you_mean(name, _READERS)}"))
            continue
        try:
            values[name] = _READERS[name](item)
        except DefinitionInvalid as error:
            problems += [problem.under(name) for problem in error.problems]
    if problems:
        raise DefinitionInvalid(problems, "goal")
    try:
        return Goal(values.pop("metric"), **values)
    except DefinitionInvalid as error:
        raise DefinitionInvalid((_inside(problem) for problem in error.problems), "goal") from None


def _inside(problem: Problem) -> Problem:
    """Return a problem as seen from inside the goal: who holds it puts the path in front."""
    return Problem(problem.path.removeprefix("goal").removeprefix("."), problem.message, code=problem.code)
