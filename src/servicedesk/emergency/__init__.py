"""Emergency response 应急: signals of the desk, conditions that must hold, tiers that rise and fall.

Three steps: a `Plan` says what is watched and when each `Tier` is called for; a `Watch` takes `Sample`s and gives
facts; `library` holds plans ready made.
"""

from __future__ import annotations

from servicedesk.emergency import library
from servicedesk.emergency.explain import Explanation, Finding, Status
from servicedesk.emergency.facts import (
    NORMAL,
    Reason,
    Sample,
    SampleLate,
    SignalBack,
    SignalLost,
    TierRecommended,
    Value,
    WatchFact,
)
from servicedesk.emergency.plan import Plan, Signal, Tier
from servicedesk.emergency.watch import Watch

__all__ = [
    "NORMAL",
    "Explanation",
    "Finding",
    "Plan",
    "Reason",
    "Sample",
    "SampleLate",
    "Signal",
    "SignalBack",
    "SignalLost",
    "Status",
    "Tier",
    "TierRecommended",
    "Value",
    "Watch",
    "WatchFact",
    "library",
]
