"""How long it may take: business calendars, goals and the clocks that run on them.

Useful without the rest of the library:

>>> import pendulum
>>> office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London")
>>> friday = pendulum.datetime(2026, 3, 27, 16, tz="Europe/London")
>>> print(office.add(friday, "2h"))
2026-03-30 10:00:00+01:00
"""

from __future__ import annotations

from servicedesk.sla.bulk import add_many, elapsed_many
from servicedesk.sla.calendar import Calendar
from servicedesk.sla.clock import Clock
from servicedesk.sla.counting import Stage
from servicedesk.sla.entries import Entries, Entry, EntryKind
from servicedesk.sla.explain import Segment, Segments
from servicedesk.sla.facts import (
    ClockAttachedLate,
    ClockBreached,
    ClockCancelled,
    ClockCrossed,
    ClockFact,
    ClockPaused,
    ClockReopened,
    ClockReset,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    ClockStopped,
    ClockWithdrawn,
    LateChange,
)
from servicedesk.sla.goal import Boundary, Goal
from servicedesk.sla.history import CalendarHistory, changed_spans
from servicedesk.sla.holidays import from_holidays
from servicedesk.sla.ics import from_ics
from servicedesk.sla.limits import Earliest, Latest, Limit, Until
from servicedesk.sla.metric import METRICS, Metric
from servicedesk.sla.notices import from_notices
from servicedesk.sla.ola import OlaNote, exceeds
from servicedesk.sla.pauses import Pause, PauseTime
from servicedesk.sla.policy import Promise, SlaPolicy, SlaRule, Verdict
from servicedesk.sla.results import CycleResult
from servicedesk.sla.status import ClockStatus
from servicedesk.sla.thresholds import Escalation
from servicedesk.sla.ticket_clocks import NextDue, TicketClocks
from servicedesk.sla.timeline import Roll
from servicedesk.sla.walltime import resolve
from servicedesk.sla.weekly import WeeklyHours
from servicedesk.sla.working_days import WorkingDays

__all__ = [
    "METRICS",
    "Boundary",
    "Calendar",
    "CalendarHistory",
    "Clock",
    "ClockAttachedLate",
    "ClockBreached",
    "ClockCancelled",
    "ClockCrossed",
    "ClockFact",
    "ClockPaused",
    "ClockReopened",
    "ClockReset",
    "ClockResumed",
    "ClockRetargeted",
    "ClockStarted",
    "ClockStatus",
    "ClockStopped",
    "ClockWithdrawn",
    "CycleResult",
    "Earliest",
    "Entries",
    "Entry",
    "EntryKind",
    "Escalation",
    "Goal",
    "LateChange",
    "Latest",
    "Limit",
    "Metric",
    "NextDue",
    "OlaNote",
    "Pause",
    "PauseTime",
    "Promise",
    "Roll",
    "Segment",
    "Segments",
    "SlaPolicy",
    "SlaRule",
    "Stage",
    "TicketClocks",
    "Until",
    "Verdict",
    "WeeklyHours",
    "WorkingDays",
    "add_many",
    "changed_spans",
    "elapsed_many",
    "exceeds",
    "from_holidays",
    "from_ics",
    "from_notices",
    "resolve",
]
