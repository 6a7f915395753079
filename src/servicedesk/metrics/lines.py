"""Lines: one figure of a scorecard, with everything it was made of."""

from __future__ import annotations

from typing import Any

import pendulum
from attrs import evolve, frozen

from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.metrics.kpi import Kpi
from servicedesk.metrics.ratios import Number, Ratio, nearest_rank, value_text
from servicedesk.metrics.targets import Verdict

__all__ = ["Line", "with_more_subjects", "with_next_period"]


@frozen(kw_only=True, repr=False)
class Line:
    """One figure with its definition, its parts and its exclusions; nothing is rounded (KPI-2, KPI-4).

    Attributes:
        kpi: the definition.
        counted: how many members were looked at and counted.
        numerator, denominator: the parts of a share, a mean, or a time average (µs of open tickets over µs).
        values: for a percentile, how often each value was observed.
        excluded: how many members were not counted, by reason (KPI-8); ``members`` is both together.
        beside: what the figure does not count and must not hide (KPI-10).
        final_at: when no immature subject will be left; ``None`` while a paused clock keeps that open (KPI-7).
    """

    kpi: Kpi
    counted: int
    numerator: Number = 0
    denominator: Number = 0
    values: FrozenMap[Number, int] = EMPTY
    excluded: FrozenMap[str, int] = EMPTY
    beside: FrozenMap[str, int] = EMPTY
    final_at: pendulum.DateTime | None = None

    @property
    def name(self) -> str:
        """The KPI's name."""
        return self.kpi.name

    @property
    def members(self) -> int:
        """How many subjects the cohort has: counted and excluded."""
        return self.counted + sum(self.excluded.values())

    @property
    def immature(self) -> int:
        """How many members are not old enough to be judged; they are on neither side (KPI-7)."""
        return self.excluded.get("immature", 0)

    @property
    def ratio(self) -> Ratio | None:
        """Numerator and denominator of a share, a mean or a time average; other measures have none."""
        is_ratio = self.kpi.measure in ("share", "mean", "level_average")
        return Ratio(self.numerator, self.denominator) if is_ratio else None

    @property
    def value(self) -> Number | None:
        """The exact result; ``None`` where there is nothing to say: 0/0, or the percentile of nobody."""
        if self.ratio is not None:
            return self.ratio.value
        if self.kpi.p is not None:
            return nearest_rank(self.values, self.kpi.p)
        return self.counted

    @property
    def verdict(self) -> Verdict | None:
        """What became of the target; ``None`` where none is set."""
        target = self.kpi.target
        if target is None:
            return None
        if self.kpi.measure == "percentile" and 0 < self.counted < target.least:
            return "too_few"
        return target.verdict(self.value if self.ratio is None else self.ratio)

    @property
    def text(self) -> str:
        """The value as text, rounded, never against its verdict (KPI-2)."""
        if self.value is None:
            return "no data"
        return value_text(self.value, self.kpi.unit, target=self.kpi.target)

    def __str__(self) -> str:
        ratio = self.ratio
        counts = "" if ratio is None or self.kpi.unit == "span" else ratio.text(self.kpi.unit, target=self.kpi.target)
        return f"{self.kpi.title}: {counts or self.text}{self._notes()}"

    def _notes(self) -> str:
        notes = [f"{count} {name}" for name, count in (*self.excluded.items(), *self.beside.items())]
        if self.verdict:
            notes.append(f"target {self.kpi.target}: {self.verdict}")
        return f" ({', '.join(notes)})" if notes else ""

    def __repr__(self) -> str:
        return f"<Line {self}>"


def with_more_subjects(a: Line, b: Line) -> Line:
    """Merge one figure of one period over disjoint subjects: parts are added, values are pooled (KPI-12).

    A time average is the sum of both: its denominator, the time, is the same.
    """
    denominator = a.denominator if a.kpi.measure == "level_average" else a.denominator + b.denominator
    return evolve(_added(a, b), denominator=denominator)


def with_next_period(a: Line, b: Line) -> Line:
    """Merge one figure of adjacent periods, ``b`` being the later: parts add, of a level the last stands (KPI-12).

    Paused clocks are a state too. In a time average ``counted`` has a ticket once for each period it was open in.
    """
    if a.kpi.measure == "level":
        return b
    return evolve(_added(a, b), beside=_summed(_without_state(a.beside), b.beside))


def _added(a: Line, b: Line) -> Line:
    return evolve(
        a,
        counted=a.counted + b.counted,
        numerator=a.numerator + b.numerator,
        denominator=a.denominator + b.denominator,
        values=_summed(a.values, b.values),
        excluded=_summed(a.excluded, b.excluded),
        beside=_summed(a.beside, b.beside),
        final_at=None if a.final_at is None or b.final_at is None else max(a.final_at, b.final_at),
    )


def _summed(a: FrozenMap[Any, int], b: FrozenMap[Any, int]) -> FrozenMap[Any, int]:
    return FrozenMap({key: a.get(key, 0) + b.get(key, 0) for key in (*a, *(key for key in b if key not in a))})


def _without_state(beside: FrozenMap[str, int]) -> FrozenMap[str, int]:
    return FrozenMap({name: count for name, count in beside.items() if name != "paused_open"})
