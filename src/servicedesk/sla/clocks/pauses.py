"""Pauses: a log of when which reason held a clock, and the times that follow from it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from attrs import define, frozen

from servicedesk.errors import Problem
from servicedesk.frozenmap import FrozenMap
from servicedesk.sla.calendars.calendar import Calendar

__all__ = [
    "Pause",
    "PauseTime",
    "held_us",
    "new_pause",
    "pause_times",
    "reason_problems",
    "running",
    "total_time",
    "united",
]


@define
class _Layout:
    reason: str
    since_us: int
    until_us: int | None = None


@frozen
class Pause(_Layout):
    """One reason that held a clock from ``since_us`` until ``until_us``, or still holds it (``None``).

    Instants are microseconds since the epoch; the stretch is half-open.
    """


def new_pause(reason: str, since: int, until: int | None = None) -> Pause:
    """Build a pause at half the cost: filled in before it is frozen, as replays build one for every change."""
    pause: Any = _Layout(reason, since, until)
    pause.__class__ = Pause  # equal slots, so no copy is needed
    return pause  # type: ignore[no-any-return]  # it has just become one


def reason_problems(reason: object) -> tuple[Problem, ...]:
    """Say that what should name the reason of a pause does not."""
    if isinstance(reason, str) and reason:
        return ()
    return (Problem("reason", f"{reason!r} names no reason; write for instance 'customer'"),)


@frozen(kw_only=True)
class PauseTime:
    """How long something was paused, in working and in real time (SLA-57)."""

    working_us: int = 0
    real_us: int = 0

    @property
    def working(self) -> timedelta:
        """The working time."""
        return timedelta(microseconds=self.working_us)

    @property
    def real(self) -> timedelta:
        """The real time."""
        return timedelta(microseconds=self.real_us)


def united(pauses: Iterable[Pause], start: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches of ``[start, end)`` that any of the pauses covers: sorted, apart, none empty."""
    spans: list[tuple[int, int]] = []
    for since, until in sorted((pause.since_us, end if pause.until_us is None else pause.until_us) for pause in pauses):
        first, last = max(since, start), min(until, end)
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        elif first < last:
            spans.append((first, last))
    return spans


def running(pauses: Iterable[Pause], start: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches of ``[start, end)`` that none of the pauses covers."""
    edges = [start, *(edge for span in united(pauses, start, end) for edge in span), end]
    return [(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True) if first < last]


def held_us(calendar: Calendar, pauses: Iterable[Pause], start: int, end: int) -> int:
    """Return the working time of ``[start, end)`` that pauses cover; an hour two of them cover counts once."""
    return sum(calendar.elapsed_us(first, last) for first, last in united(pauses, start, end))


def total_time(calendar: Calendar, pauses: Iterable[Pause], start: int, end: int) -> PauseTime:
    """Return the time of all pauses together; reasons that overlap do not double it (SLA-57)."""
    spans = united(pauses, start, end)
    working = sum(calendar.elapsed_us(first, last) for first, last in spans)
    return PauseTime(working_us=working, real_us=sum(last - first for first, last in spans))


def pause_times(calendar: Calendar, pauses: Iterable[Pause], start: int, end: int) -> FrozenMap[str, PauseTime]:
    """Return the time of each reason, in the order they first came up; overlaps count for each (SLA-57)."""
    by_reason: dict[str, list[Pause]] = {}
    for pause in sorted(pauses, key=lambda pause: pause.since_us):
        by_reason.setdefault(pause.reason, []).append(pause)
    return FrozenMap({reason: total_time(calendar, own, start, end) for reason, own in by_reason.items()})
