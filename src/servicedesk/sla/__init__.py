"""How long it may take: business calendars, goals and the clocks that run on them.

Useful without the rest of the library:

>>> import pendulum
>>> office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London")
>>> friday = pendulum.datetime(2026, 3, 27, 16, tz="Europe/London")
>>> print(office.add(friday, "2h"))
2026-03-30 10:00:00+01:00
"""

from __future__ import annotations

from servicedesk.sla.calendars.bulk import add_many, elapsed_many
from servicedesk.sla.calendars.calendar import Calendar
from servicedesk.sla.calendars.entries import Entries, Entry, EntryKind
from servicedesk.sla.calendars.explain import Segment, Segments
from servicedesk.sla.calendars.history import CalendarHistory, changed_spans
from servicedesk.sla.calendars.timeline import Roll
from servicedesk.sla.calendars.walltime import resolve
from servicedesk.sla.calendars.weekly import WeeklyHours
from servicedesk.sla.clocks.clock import Clock
from servicedesk.sla.clocks.counting import Stage
from servicedesk.sla.clocks.goal import Boundary, Goal
from servicedesk.sla.clocks.limits import Earliest, Latest, Limit, Until
from servicedesk.sla.clocks.metric import METRICS, Metric
from servicedesk.sla.clocks.pauses import Pause, PauseTime
from servicedesk.sla.clocks.results import CycleResult
from servicedesk.sla.clocks.status import ClockStatus
from servicedesk.sla.clocks.thresholds import Escalation
from servicedesk.sla.clocks.working_days import WorkingDays
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
from servicedesk.sla.imports.holidays import from_holidays
from servicedesk.sla.imports.ics import from_ics
from servicedesk.sla.imports.notices import from_notices
from servicedesk.sla.policies.ola import OlaNote, exceeds
from servicedesk.sla.policies.policy import Promise, SlaPolicy, SlaRule, Verdict
from servicedesk.sla.policies.ticket_clocks import NextDue, TicketClocks

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
