"""The numbers a desk is judged by: definitions as data, folded from facts into scorecards, exact and with reasons."""

from __future__ import annotations

from servicedesk.metrics import library
from servicedesk.metrics.journey import Journey
from servicedesk.metrics.journeys import journeys
from servicedesk.metrics.kpi import Kpi
from servicedesk.metrics.lines import Line
from servicedesk.metrics.periods import Period
from servicedesk.metrics.ratios import Ratio, nearest_rank
from servicedesk.metrics.scorecard import Scorecard, scorecard
from servicedesk.metrics.targets import Target

__all__ = [
    "Journey",
    "Kpi",
    "Line",
    "Period",
    "Ratio",
    "Scorecard",
    "Target",
    "journeys",
    "library",
    "nearest_rank",
    "scorecard",
]
