"""The fields of a ticket's journey: what a definition may name, and how each is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from operator import attrgetter
from typing import Any

from servicedesk.conditions.literals import Family
from servicedesk.frozenmap import FrozenMap
from servicedesk.instants import from_us
from servicedesk.metrics.journey import Journey
from servicedesk.metrics.laps import NO_LAP

__all__ = [
    "CLOCK_FIELDS",
    "METRICS",
    "NEEDS_ACCEPTANCE",
    "TICKET_FIELDS",
    "FieldReader",
    "clock_of",
    "family_of",
    "field_names",
    "field_reader",
]

TICKET_FIELDS: FrozenMap[str, Family] = FrozenMap(
    {
        "kind": "text",
        "item": "text",
        "channel": "text",
        "priority": "text",
        "group": "text",
        "first_group": "text",
        "agent": "text",
        "category": "text",
        "outcome": "text",
        "line": "number",
        "highest_line": "number",
        "hops": "number",
        "person_hops": "number",
        "ping_pongs": "number",
        "reworks": "number",
        "reopens": "number",
        "waited": "flag",
        "complete": "flag",
        "has_solution": "flag",
        "accepted": "instant",
        "first_resolved": "instant",
        "resolved": "instant",
        "settled": "instant",
        "closed": "instant",
        "time_to_resolve": "span",
        "undone_after": "span",
    }
)
"""The fields of a ticket (specs §2) and the family of each (COND-3)."""

CLOCK_FIELDS: FrozenMap[str, Family] = FrozenMap(
    {
        "started": "instant",
        "due": "instant",
        "breach_at": "instant",
        "stopped": "instant",
        "met": "flag",
        "elapsed": "span",
        "wall": "span",
    }
)
"""What follows the name of an SLA metric: ``resolution_due``, ``first_response_met``."""

METRICS = (
    "agent_work",
    "first_response",
    "next_response",
    "ownership",
    "periodic_update",
    "requester_wait",
    "resolution",
)
"""The ready-made metrics (SLA-48); a definition declares a host's own by ``clocks=``."""

NEEDS_ACCEPTANCE = frozenset({"accepted", "time_to_resolve"})
"""Fields that a ticket met in mid-life does not truly have (KPI-8)."""


def clock_of(name: str, metrics: Iterable[str] = METRICS) -> tuple[str, str] | None:
    """Return the metric and the suffix of a clock field, or ``None`` if it is none.

    >>> clock_of("first_response_due"), clock_of("hops")
    (('first_response', 'due'), None)
    """
    found = ((metric, name.removeprefix(f"{metric}_")) for metric in metrics if name.startswith(f"{metric}_"))
    return next(((metric, suffix) for metric, suffix in found if suffix in CLOCK_FIELDS), None)


def family_of(name: str, metrics: Iterable[str] = METRICS) -> Family | None:
    """Return the family of a field's values, ``None`` if there is no such field."""
    clock = clock_of(name, metrics)
    return CLOCK_FIELDS[clock[1]] if clock else TICKET_FIELDS.get(name)


def field_names(metrics: Iterable[str] = METRICS) -> tuple[str, ...]:
    """Return every name a definition may use, sorted."""
    return tuple(sorted((*TICKET_FIELDS, *(f"{metric}_{suffix}" for metric in metrics for suffix in CLOCK_FIELDS))))


def field_reader(name: str, metrics: Iterable[str] = METRICS) -> Callable[[Journey], Any]:
    """Return the function that takes one field out of a journey, as the journey keeps it."""
    clock = clock_of(name, metrics)
    if clock is None:
        return attrgetter(name)
    metric, get = clock[0], attrgetter(clock[1])
    return lambda journey: get(journey.laps.get(metric, NO_LAP))


class FieldReader:
    """Takes the values of some fields out of journeys: fast as raw tuples, and for conditions as what they stand for.

    Attributes:
        names: the fields in the order of a row: the ticket's own first, then those of each clock.
    """

    def __init__(self, names: Iterable[str], metrics: Iterable[str] = METRICS) -> None:
        wanted, metrics = set(names), tuple(metrics)
        clocks = {name: clock for name in wanted if (clock := clock_of(name, metrics))}
        own = sorted(wanted - clocks.keys())
        by_metric: dict[str, list[str]] = {}
        for metric, suffix in sorted(clocks.values()):
            by_metric.setdefault(metric, []).append(suffix)
        self.names = (*own, *(f"{metric}_{suffix}" for metric, suffix in sorted(clocks.values())))
        self._own = _getter(own)
        self._clocks = tuple((metric, _getter(suffixes)) for metric, suffixes in by_metric.items())
        self._plain = tuple(_PLAIN.get(family_of(name, metrics)) for name in self.names)

    def row(self, journey: Journey) -> tuple[Any, ...]:
        """Return the values as the journey keeps them: integers, texts, flags, ``None``."""
        values = self._own(journey)
        for metric, get in self._clocks:
            values += get(journey.laps.get(metric, NO_LAP))
        return values

    def values(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """Return a row as a condition wants it: by name, instants as datetimes, spans as timedeltas (COND-2)."""
        triples = zip(self.names, row, self._plain, strict=True)
        return {name: value if plain is None or value is None else plain(value) for name, value, plain in triples}


_PLAIN: Mapping[Family | None, Callable[[int], Any]] = {
    "instant": from_us,
    "span": lambda us: timedelta(microseconds=us),
}


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if not names:
        return lambda _subject: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda subject: (get(subject),)
