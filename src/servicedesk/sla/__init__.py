"""How long it may take: business calendars, goals and the clocks that run on them.

Useful without the rest of the library:

>>> import pendulum
>>> office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London")
>>> friday = pendulum.datetime(2026, 3, 27, 16, tz="Europe/London")
>>> print(office.add(friday, "2h"))
2026-03-30 10:00:00+01:00
"""

from __future__ import annotations

from servicedesk.sla.calendar import Calendar
from servicedesk.sla.clock import Clock
from servicedesk.sla.facts import (
    ClockBreached,
    ClockCancelled,
    ClockFact,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
)
from servicedesk.sla.goal import Boundary, Goal
from servicedesk.sla.status import ClockStatus, PauseTime, Stage
from servicedesk.sla.timeline import Roll
from servicedesk.sla.walltime import resolve
from servicedesk.sla.weekly import WeeklyHours

__all__ = [
    "Boundary",
    "Calendar",
    "Clock",
    "ClockBreached",
    "ClockCancelled",
    "ClockFact",
    "ClockPaused",
    "ClockResumed",
    "ClockStarted",
    "ClockStatus",
    "ClockStopped",
    "Goal",
    "PauseTime",
    "Roll",
    "Stage",
    "WeeklyHours",
    "resolve",
]
