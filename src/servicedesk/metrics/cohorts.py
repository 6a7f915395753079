"""Cohorts: whether a subject belongs to a figure's period, and if it does not count, why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from servicedesk.instants import MICROSECOND
from servicedesk.metrics.fields import field_reader
from servicedesk.metrics.journey import Journey
from servicedesk.metrics.kpi import Kpi
from servicedesk.metrics.laps import NO_LAP
from servicedesk.metrics.periods import Period

__all__ = ["COUNTED", "REASONS", "Fate", "beside", "cohort_key", "fate_in", "final_at"]

COUNTED = "counted"
REASONS = ("merged", "withdrawn", "invalid", "contradictory", "incomplete", "immature", "not_among")
"""Why a member does not count; the first that applies is given (KPI-8)."""

Fate: TypeAlias = Callable[[Journey], str | None]
"""What becomes of a journey in one figure: `COUNTED`, the reason why not, or ``None``: not of this cohort."""


def cohort_key(kpi: Kpi) -> tuple[object, ...]:
    """Return what two figures must share so that every journey has one fate in both."""
    averaged = kpi.measure == "level_average"
    return (kpi.by, kpi.within, kpi.clock, kpi.stop, kpi.waits_for_verdict, kpi.needs_acceptance, averaged)


def fate_in(kpi: Kpi, period: Period, as_of: int) -> Fate:
    """Return the function that tells a journey's fate in a figure (KPI-4, KPI-7, KPI-8, KPI-11)."""
    start, end = period.start_us, period.end_us
    member = _member(kpi, as_of)
    if kpi.by != "level":
        event = field_reader("begun" if kpi.by == "accepted" else kpi.by, kpi.metrics)
        return lambda journey: None if (at := event(journey)) is None or not start <= at < end else member(journey, at)
    end = min(end, as_of)
    if kpi.measure == "level":
        return lambda journey: member(journey, end) if journey.open_at(end) else None
    return lambda journey: member(journey, end) if journey.open_within(start, end) else None


def final_at(kpi: Kpi, period: Period, unsettled: Iterable[Journey], fate: Fate) -> int | None:
    """Return when no immature subject will be left, ``None`` while a paused clock keeps that open (KPI-7).

    ``unsettled`` holds at least the journeys of `Journey.unsettled`: no other one can wait for a verdict.
    """
    settled = period.end_us + (0 if kpi.within is None else kpi.within // MICROSECOND)
    if not kpi.waits_for_verdict:
        return settled
    clock = kpi.clock or ""
    waiting = [journey.laps.get(clock, NO_LAP).breach_at for journey in unsettled if fate(journey) == "immature"]
    known = [breach_at for breach_at in waiting if breach_at is not None]
    return max((settled, *known)) if len(known) == len(waiting) else None


def beside(kpi: Kpi, unsettled: Iterable[Journey], fate: Fate) -> dict[str, int]:
    """Return what an on-time figure does not count and must not hide (KPI-10).

    ``paused_open``: clocks that a pause keeps from being due. ``breached_before_cancel``: members whose clock was
    cancelled after the promise was broken.
    """
    counts = {"paused_open": 0, "breached_before_cancel": 0}
    clock = kpi.clock or ""
    for journey in unsettled if kpi.judges else ():
        lap = journey.laps.get(clock, NO_LAP)
        if lap.cancelled:
            counts["breached_before_cancel"] += lap.breached_before_cancel and fate(journey) == "not_among"
        elif lap.paused:
            counts["paused_open"] += journey.left_out is None
    return {name: count for name, count in counts.items() if count}


def _member(kpi: Kpi, as_of: int) -> Callable[[Journey, int], str]:
    """Return the function that tells a member's fate, one rung after the other."""
    latest = None if kpi.within is None else as_of - kpi.within // MICROSECOND
    waits, stop, about_clock, needs_acceptance = kpi.waits_for_verdict, kpi.stop, kpi.clock, kpi.needs_acceptance

    def member(journey: Journey, at: int) -> str:
        if (left_out := journey.left_out) is not None:
            return left_out
        if needs_acceptance and not journey.complete:
            return "incomplete"
        if latest is not None and at >= latest:
            return "immature"
        if about_clock is None:
            return COUNTED
        lap = journey.laps.get(about_clock, NO_LAP)
        if lap.started is None or lap.cancelled or (stop and lap.stop and lap.stop != stop):
            return "not_among"
        breach_at = lap.breach_at
        return "immature" if waits and (breach_at is None or breach_at > as_of) else COUNTED

    return member
