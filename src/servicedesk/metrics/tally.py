"""Tallies: journeys counted once for all figures.

A journey becomes one small tuple, its fate in each cohort and the fields that any condition names; journeys with equal
tuples are one group. The conditions are asked once a group, so the cost hardly grows with the number of figures
(specs §8). Only means and percentiles keep the values of their subjects beside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias

from attrs import define, frozen

from servicedesk.conditions import Condition
from servicedesk.frozenmap import FrozenMap
from servicedesk.instants import from_us
from servicedesk.metrics.cohorts import COUNTED, REASONS, Fate, beside, cohort_key, fate_in, final_at
from servicedesk.metrics.fields import FieldReader, field_reader
from servicedesk.metrics.journey import Journey
from servicedesk.metrics.kpi import Kpi
from servicedesk.metrics.lines import Line
from servicedesk.metrics.periods import Period

__all__ = ["figures"]

_Read: TypeAlias = Callable[[Journey], int | None]
_Sampled: TypeAlias = tuple[object, str]
"""A cohort and the value that some figure of it needs."""


def figures(kpis: Sequence[Kpi], journeys: Collection[Journey], period: Period, as_of: int) -> tuple[Line, ...]:
    """Return one line a KPI, in their order. The definitions are valid, the journeys were folded up to ``as_of``."""
    return _Tally(kpis, journeys, period, as_of).lines()


@define(eq=False)
class _Group:
    """Journeys of equal fates and fields: how many, and the values that figures need beside."""

    fates: dict[object, str | None]
    values: dict[str, Any]
    samples: dict[_Sampled, list[int | None]]
    takes: tuple[tuple[_Read, Callable[[int | None], None]], ...]
    count: int = 0


@frozen(eq=False)
class _Tally:
    """What one card looks at."""

    kpis: Sequence[Kpi]
    journeys: Collection[Journey]
    period: Period
    as_of: int

    @property
    def end(self) -> int:
        """The last instant that a state can be known of."""
        return min(self.period.end_us, self.as_of)

    def lines(self) -> tuple[Line, ...]:
        """Group the journeys, then evaluate every figure on the groups."""
        groups = self.groups()
        judged = any(kpi.judges for kpi in self.kpis)
        unsettled = [journey for journey in self.journeys if journey.unsettled(self.as_of)] if judged else []
        return tuple(self.line(kpi, groups, unsettled) for kpi in self.kpis)

    def groups(self) -> Collection[_Group]:
        """Put every journey that is in any cohort into its group. This is the hot loop: nothing else is per journey."""
        fates: dict[object, Fate] = {cohort_key(kpi): fate_in(kpi, self.period, self.as_of) for kpi in self.kpis}
        metrics = dict.fromkeys(metric for kpi in self.kpis for metric in kpi.metrics)
        reader = FieldReader((name for kpi in self.kpis for name in kpi.fields), metrics)
        sampled = [kpi for kpi in self.kpis if _is_sampled(kpi)]
        reads: dict[_Sampled, _Read] = {(cohort_key(kpi), kpi.value or ""): self.value_reader(kpi) for kpi in sampled}
        decide, row_of = tuple(fates.values()), reader.row
        groups: dict[tuple[Any, ...], _Group] = {}
        for journey in self.journeys:
            fate = tuple([of(journey) for of in decide])
            if not any(fate):
                continue
            key = (fate, row_of(journey))
            group = groups.get(key)
            if group is None:
                group = groups[key] = _group(dict(zip(fates, fate, strict=True)), reader.values(key[1]), reads)
            group.count += 1
            for read, take in group.takes:
                take(read(journey))
        return groups.values()

    def value_reader(self, kpi: Kpi) -> _Read:
        """Return the function that takes a figure's value out of a journey."""
        if kpi.value is not None:
            return field_reader(kpi.value, kpi.metrics)
        start, end = self.period.start_us, self.end
        return lambda journey: journey.open_time(start, end)

    def line(self, kpi: Kpi, groups: Collection[_Group], unsettled: Collection[Journey]) -> Line:
        """Evaluate one figure."""
        cohort = cohort_key(kpi)
        excluded: Counter[str] = Counter()
        counted = []
        for group in groups:
            reason = group.fates[cohort]
            if reason is COUNTED and _holds(kpi.among, group):
                counted.append(group)
            elif reason is not None:
                excluded["not_among" if reason is COUNTED else reason] += group.count
        parts = self.parts(kpi, counted)
        excluded["not_among"] += sum(group.count for group in counted) - parts["counted"]
        fate = fate_in(kpi, self.period, self.as_of)
        final = final_at(kpi, self.period, unsettled, fate)
        return Line(
            kpi=kpi,
            excluded=FrozenMap({reason: excluded[reason] for reason in REASONS if excluded[reason]}),
            beside=FrozenMap(beside(kpi, unsettled, fate)),
            final_at=None if final is None else from_us(final, self.period.zone),
            **parts,
        )

    def parts(self, kpi: Kpi, groups: Collection[_Group]) -> dict[str, Any]:
        """Return what the measure makes of the groups that count; a subject without a value is not looked at."""
        if not _is_sampled(kpi):
            counted = sum(group.count for group in groups)
            if kpi.measure != "share":
                return {"counted": counted}
            hits = sum(group.count for group in groups if _holds(kpi.counts, group))
            return {"counted": counted, "numerator": hits, "denominator": counted}
        sampled = (cohort_key(kpi), kpi.value or "")
        values = [value for group in groups for value in group.samples[sampled] if value is not None]
        if kpi.measure == "percentile":
            return {"counted": len(values), "values": FrozenMap(sorted(Counter(values).items()))}
        time = max(0, self.end - self.period.start_us)
        denominator = len(values) if kpi.measure == "mean" else time
        return {"counted": len(values), "numerator": sum(values), "denominator": denominator}


def _group(fates: dict[object, str | None], values: dict[str, Any], reads: dict[_Sampled, _Read]) -> _Group:
    samples: dict[_Sampled, list[int | None]] = {key: [] for key in reads if fates[key[0]] is COUNTED}
    takes = tuple((reads[key], sample.append) for key, sample in samples.items())
    return _Group(fates=fates, values=values, samples=samples, takes=takes)


def _is_sampled(kpi: Kpi) -> bool:
    return kpi.measure in ("mean", "percentile", "level_average")


def _holds(condition: Condition | None, group: _Group) -> bool:
    return condition is None or condition.holds(group.values)
