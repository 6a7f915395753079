"""When the timers of a state are due: computed on entry, stored in the fact (TM-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from attrs import frozen

from servicedesk.workflow.request import Request
from servicedesk.workflow.state import Timer

__all__ = ["Alarm", "WorkingTime", "alarms", "armed", "kept"]


class WorkingTime(Protocol):
    """What a timer asks of a calendar; `servicedesk.sla.Calendar` answers it."""

    def add_us(self, start: int, worked: int) -> int:
        """Return the instant by which so much working time has passed, all in microseconds."""
        ...


@frozen(eq=False)
class Alarm:
    """A `Timer` in its compiled form."""

    step: str
    after: int | None
    at_field: str | None
    calendar: WorkingTime | None

    def due(self, at: int, known: Mapping[str, Any]) -> int | None:
        """Return when it is due for a state entered ``at``, or ``None`` where its field is not known."""
        if self.at_field is not None:
            value = known.get(self.at_field)
            return value if type(value) is int else None
        span = self.after or 0
        return at + span if self.calendar is None else self.calendar.add_us(at, span)


def armed(alarms: tuple[Alarm, ...], at: int, known: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return step and due of every timer of a state that is entered ``at``."""
    pairs = ((alarm.step, alarm.due(at, known)) for alarm in alarms)
    return tuple((step, due) for step, due in pairs if due is not None)


def kept(
    alarms: tuple[Alarm, ...], running: tuple[tuple[str, int], ...], step: str, request: Request
) -> tuple[tuple[str, int], ...]:
    """Return the timers after a step that moves nothing.

    A timer of a field follows a changed field. A due timer of the very step just taken is spent. The rest stay.
    """
    left = [pair for pair in running if pair[0] != step or pair[1] > request.at]
    result: list[tuple[str, int]] = []
    for alarm in alarms:
        old = next((pair for pair in left if pair[0] == alarm.step), None)
        if old is not None:
            left.remove(old)
        if alarm.at_field is not None and alarm.at_field in request.changes:
            due = alarm.due(request.at, request.known)
            old = None if due is None else (alarm.step, due)
        if old is not None:
            result.append(old)
    return tuple(result)


def alarms(timers: tuple[Timer, ...], calendars: Mapping[str, WorkingTime]) -> tuple[Alarm, ...]:
    """Compile the timers of a state; every calendar they name is there."""
    return tuple(_alarm(timer, calendars) for timer in timers)


def _alarm(timer: Timer, calendars: Mapping[str, WorkingTime]) -> Alarm:
    after = None if timer.after is None else timer.after // timedelta(microseconds=1)
    return Alarm(timer.step, after, timer.at_field, None if timer.calendar is None else calendars[timer.calendar])
