"""What may be wrong with the definition of a KPI."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from servicedesk.conditions import Condition
from servicedesk.errors import Problem, did_you_mean
from servicedesk.frozenmap import FrozenMap
from servicedesk.metrics.fields import CLOCK_FIELDS, family_of, field_names

if TYPE_CHECKING:
    from servicedesk.metrics.kpi import Kpi

__all__ = ["cohort_names", "problems_of"]

_EVENTS = ("accepted", "first_resolved", "resolved", "settled", "closed")
_CLOCK_EVENTS = ("started", "due", "stopped")
_LEVELS = ("level", "level_average")
# What each measure is made of, beside the cohort.
_NEEDS: FrozenMap[str, tuple[str, ...]] = FrozenMap(
    share=("counts",), mean=("value",), percentile=("value", "p"), count=(), level=(), level_average=()
)
_SAMPLES: FrozenMap[str | None, Any] = FrozenMap(
    flag=True, number=0, text="", span=timedelta(0), instant=datetime(1970, 1, 1, tzinfo=UTC)
)


def cohort_names(metrics: Iterable[str]) -> tuple[str, ...]:
    """Return every event that ``by`` may name."""
    return (*_EVENTS, *(f"{metric}_{event}" for metric in metrics for event in _CLOCK_EVENTS), "level")


def problems_of(kpi: Kpi) -> Iterator[Problem]:
    """Yield everything wrong with a definition, in the order of its parts."""
    if not kpi.name.strip():
        yield Problem("name", "is empty; a figure needs a name")
    if kpi.subject != "ticket":
        yield Problem("subject", f"{kpi.subject!r} has no journeys; possible: ticket")
    yield from _cohort_problems(kpi)
    yield from _measure_problems(kpi)
    for path, condition in (("among", kpi.among), ("counts", kpi.counts)):
        if condition is not None:
            yield from _condition_problems(path, condition, kpi)
    yield from _verdict_problems(kpi)
    if kpi.within is not None and (kpi.within < timedelta(0) or kpi.by == "level"):
        yield Problem("within", "looks ahead of an event, so it is 0 or more, and a level has no event")
    yield from _target_problems(kpi)


def _cohort_problems(kpi: Kpi) -> Iterator[Problem]:
    names = cohort_names(kpi.metrics)
    if kpi.by not in names:
        hint = did_you_mean(kpi.by, names) or f"; possible: {', '.join(_EVENTS)}, <metric>_due, level"
        yield Problem("by", f"{kpi.by!r} is no event of a ticket{hint}")
    if (kpi.by == "level") != (kpi.measure in _LEVELS):
        yield Problem("by", f"'level' goes with the measures {' and '.join(_LEVELS)}, and they with it")


def _measure_problems(kpi: Kpi) -> Iterator[Problem]:
    if kpi.measure not in _NEEDS:
        hint = did_you_mean(kpi.measure, _NEEDS)
        yield Problem("measure", f"{kpi.measure!r} is no measure{hint}; possible: {', '.join(_NEEDS)}")
        return
    for part in ("counts", "value", "p"):
        given, needed = getattr(kpi, part) is not None, part in _NEEDS[kpi.measure]
        if needed and not given:
            yield Problem(part, f"is missing; a {kpi.measure} needs it")
        if given and not needed:
            yield Problem(part, f"says nothing here: a {kpi.measure} is not made of it")
    if kpi.value is not None:
        yield from _value_problems(kpi.value, kpi)


def _value_problems(value: str, kpi: Kpi) -> Iterator[Problem]:
    family = family_of(value, kpi.metrics)
    if family is None:
        yield _unknown("value", value, kpi)
    elif family not in ("number", "span"):
        yield Problem("value", f"{value!r} holds {family}s; only numbers and spans can be added or ranked")


def _unknown(path: str, name: str, kpi: Kpi) -> Problem:
    metric, _, suffix = name.rpartition("_")
    own = f"; declare a metric of your own by clocks=({metric!r},)" if suffix in CLOCK_FIELDS else ""
    hint = did_you_mean(name, field_names(kpi.metrics))
    return Problem(path, f"{name!r} is no field of a ticket's journey{hint}{own}")


def _condition_problems(path: str, condition: Condition, kpi: Kpi) -> Iterator[Problem]:
    families = {name: family_of(name, kpi.metrics) for name in sorted(condition.fields)}
    unknown = [name for name, family in families.items() if family is None]
    for name in unknown:
        yield _unknown(path, name, kpi)
    if unknown:
        return
    try:
        condition.truth({name: _SAMPLES[family] for name, family in families.items()})
    except TypeError as error:  # families mixed (COND-3), or a hold, which one snapshot cannot answer (COND-9)
        yield Problem(path, str(error))


def _verdict_problems(kpi: Kpi) -> Iterator[Problem]:
    if len(kpi.judges) > 1:
        yield Problem("counts", f"asks for the verdicts of {' and '.join(kpi.judges)}; one figure judges one clock")
    if kpi.judges and not kpi.stop:
        yield Problem(
            "stop", f"is missing: what ends {kpi.clock!r} is part of an on-time figure; write stop='resolved'"
        )
    if kpi.stop and kpi.clock is None:
        yield Problem("stop", f"{kpi.stop!r} says nothing here: the figure is about no clock")


def _target_problems(kpi: Kpi) -> Iterator[Problem]:
    target = kpi.target
    if target is None:
        return
    wrong = {"lower": (">", ">="), "higher": ("<", "<=")}.get(kpi.better or "", ())
    if target.operator in wrong:
        yield Problem("target", f"{target} rewards the wrong side: {kpi.better} is better")
    if isinstance(target.value, timedelta) != (kpi.unit == "span"):
        yield Problem("target", f"{target} is not counted as the figure is, in unit {kpi.unit!r}")
    elif kpi.measure == "share" and not 0 <= target.amount <= 1:
        yield Problem("target", f"{target} is outside 0–100 %, where every share lies")
