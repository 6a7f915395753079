"""Service-desk domain logic: tickets, SLA clocks on business calendars, surge response, and the numbers.

The public page, by room. Values go in, values come out; the host owns storage, web, telephony and the clock.
"""

# ruff: noqa: I001  # the order below is the order of the house, not of the alphabet

# Words
from servicedesk.errors import (
    CalendarCoverageError,
    Conflict,
    DefinitionInvalid,
    NaiveDatetimeError,
    NoSteadyState,
    NoWorkingTime,
    Problem,
    Refusal,
    Refused,
    SchemaMismatch,
    ServiceDeskError,
    StoreDamaged,
    StoreError,
    Unavailable,
    UnknownKind,
    Unsupported,
)
from servicedesk.instants import Span, from_us, to_us
from servicedesk.conditions import Condition, Field

# workflow/: what may happen to a ticket
from servicedesk.workflow import Actor, Category, CompiledWorkflow, State, Step, Workflow

# sla/: how long it may take
from servicedesk.sla import Calendar, Clock, ClockStatus, Goal

# routing/: who takes it
from servicedesk.routing import (
    Agent,
    Capacity,
    ChoicePolicy,
    Decision,
    NoEligibleAgent,
    Presence,
    QueuePolicy,
    Relaxation,
    Requirement,
    Router,
    RoutingPolicy,
    Skill,
    SkillGraph,
    Work,
)

# emergency/: what happens when it is too much
from servicedesk.emergency import Plan, Sample, Signal, Tier, Watch

# What is declared, what can happen
from servicedesk import events
from servicedesk.catalogue import Definitions

# Streams
from servicedesk import tickets
from servicedesk.tickets import Ticket

# Readers and keepers of facts
from servicedesk import importing, metrics
from servicedesk.metrics import Kpi, Period, Ratio, Scorecard, Target, scorecard
from servicedesk.ports import ANY_VERSION, Append, Commit, EventLog
from servicedesk.stores import MemoryLog, SqliteLog

__version__ = "0.1.0"

__all__ = [
    "ANY_VERSION",
    "Actor",
    "Agent",
    "Append",
    "Calendar",
    "CalendarCoverageError",
    "Capacity",
    "Category",
    "ChoicePolicy",
    "Clock",
    "ClockStatus",
    "Commit",
    "CompiledWorkflow",
    "Condition",
    "Conflict",
    "Decision",
    "DefinitionInvalid",
    "Definitions",
    "EventLog",
    "Field",
    "Goal",
    "Kpi",
    "MemoryLog",
    "NaiveDatetimeError",
    "NoEligibleAgent",
    "NoSteadyState",
    "NoWorkingTime",
    "Period",
    "Plan",
    "Presence",
    "Problem",
    "QueuePolicy",
    "Ratio",
    "Refusal",
    "Refused",
    "Relaxation",
    "Requirement",
    "Router",
    "RoutingPolicy",
    "Sample",
    "SchemaMismatch",
    "Scorecard",
    "ServiceDeskError",
    "Signal",
    "Skill",
    "SkillGraph",
    "Span",
    "SqliteLog",
    "State",
    "Step",
    "StoreDamaged",
    "StoreError",
    "Target",
    "Ticket",
    "Tier",
    "Unavailable",
    "UnknownKind",
    "Unsupported",
    "Watch",
    "Work",
    "Workflow",
    "events",
    "from_us",
    "importing",
    "metrics",
    "scorecard",
    "tickets",
    "to_us",
]
