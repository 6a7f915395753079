"""KPIs: definitions as data. A definition says who is counted, when, and what counts, and prints all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from fractions import Fraction
from functools import cached_property
from typing import Literal, TypeAlias

from attrs import Factory, field, frozen

from servicedesk.conditions import Condition
from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.instants import duration_text, to_duration
from servicedesk.metrics.checks import problems_of
from servicedesk.metrics.fields import METRICS, NEEDS_ACCEPTANCE, clock_of, family_of
from servicedesk.metrics.ratios import Unit, check_rank, value_text
from servicedesk.metrics.targets import Target

__all__ = ["Kpi", "Measure"]

Measure: TypeAlias = Literal["share", "mean", "count", "percentile", "level", "level_average"]
"""What is made of the subjects, and how two results merge (KPI-12)."""


def _condition(value: Condition | str | None) -> Condition | None:
    return Condition.parse(value) if isinstance(value, str) else value


def _duration(value: timedelta | str | None) -> timedelta | None:
    return None if value is None else to_duration(value, argument="within")


def _rank(value: Fraction | int | str | None) -> Fraction | None:
    return None if value is None else check_rank(value)


def _names(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


def _unit(kpi: Kpi) -> Unit:
    if kpi.measure == "share":
        return "percent"
    return "span" if kpi.value is not None and family_of(kpi.value, kpi.metrics) == "span" else "number"


@frozen(repr=False)
class Kpi:
    """The definition of one figure, as data: a cohort, who of it is looked at, and what of them is counted.

    ``by`` names the event that puts a subject into the one period that contains it (KPI-4): ``accepted``,
    ``first_resolved``, ``resolved``, ``settled`` or ``closed``; of an SLA metric's clock ``resolution_due``,
    ``_started`` or ``_stopped``; or ``level``: open just before the period's end (KPI-11).

    Attributes:
        name: the English identifier; ``chinese`` the term of the field.
        among: who of the cohort is looked at; all if ``None``. A condition, or its text.
        counts: who of those counts, for a share.
        measure: ``share``; ``mean`` or ``percentile`` of ``value``; ``count``; ``level`` (a backlog) and
            ``level_average`` (its mean over the period).
        value: the field a mean or percentile is made of.
        p: which percentile, more than 0 and at most 1: ``"90 %"``.
        within: how far the figure looks ahead of each event; subjects that are not that old yet are immature (KPI-7).
        stop: the stop state of an on-time figure, part of its printed name (KPI-32). Clocks whose goal names another
            stop state are not looked at.
        clocks: SLA metrics of the host's own that the definition uses, beside the ready-made ones (SLA-48).
        better: which way is good, if any.
        unit: how the value is printed; follows from the measure.
        target: what the figure has to reach, if anything.
        rule: in words, where one name has several definitions.
        source: where the definition comes from.

    >>> from servicedesk.conditions import Field
    >>> loud = Kpi("complaints_reopened", by="first_resolved", counts=Field("reopens") > 0, better="lower")
    >>> print(loud)
    complaints_reopened v1: share of tickets by first_resolved, all → reopens > 0; lower is better; d527830c323e
    """

    name: str
    chinese: str = ""
    subject: Literal["ticket"] = field(default="ticket", kw_only=True)
    by: str = field(kw_only=True)
    among: Condition | None = field(default=None, converter=_condition, kw_only=True)
    counts: Condition | None = field(default=None, converter=_condition, kw_only=True)
    measure: Measure = field(default="share", kw_only=True)
    value: str | None = field(default=None, kw_only=True)
    p: Fraction | None = field(default=None, converter=_rank, kw_only=True)
    within: timedelta | None = field(default=None, converter=_duration, kw_only=True)
    stop: str | None = field(default=None, kw_only=True)
    clocks: tuple[str, ...] = field(default=(), converter=_names, kw_only=True)
    better: Literal["higher", "lower"] | None = field(default="higher", kw_only=True)
    unit: Unit = field(default=Factory(_unit, takes_self=True), kw_only=True)
    target: Target | None = field(default=None, kw_only=True)
    rule: str = field(default="", kw_only=True)
    version: int = field(default=1, kw_only=True)
    source: str = field(default="", kw_only=True)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The SLA metrics whose clocks may be named."""
        return (*METRICS, *self.clocks)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What is asked of each subject: ``among`` and ``counts``, where given."""
        return tuple(condition for condition in (self.among, self.counts) if condition is not None)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields that the conditions name."""
        return frozenset[str]().union(*(condition.fields for condition in self.conditions))

    @cached_property
    def judges(self) -> tuple[str, ...]:
        """The SLA metrics whose verdict is asked for: ``resolution`` where a condition names ``resolution_met``."""
        clocks = (clock_of(name, self.metrics) for name in self.fields)
        return tuple(sorted({clock[0] for clock in clocks if clock and clock[1] == "met"}))

    @cached_property
    def clock(self) -> str | None:
        """The SLA metric that the figure is about: the one it judges, else the one of its cohort or its value."""
        named = (clock_of(name, self.metrics) for name in (self.by, self.value or ""))
        return next(iter(self.judges), None) or next((clock[0] for clock in named if clock), None)

    @cached_property
    def waits_for_verdict(self) -> bool:
        """Whether a subject is immature until its promise has ended (KPI-7).

        A cohort of stopped clocks does not wait: who is in it has its verdict. Nor does a level: it is a state.
        """
        return bool(self.judges) and self.by not in ("level", f"{self.clock}_stopped")

    @cached_property
    def needs_acceptance(self) -> bool:
        """Whether tickets met in mid-life are left out as incomplete (KPI-8)."""
        return self.by == "accepted" or not NEEDS_ACCEPTANCE.isdisjoint((*self.fields, self.value))

    @property
    def title(self) -> str:
        """The printed name: version, Chinese term, and the stop state of an on-time figure (KPI-32)."""
        parts = (self.name, f"v{self.version}", self.chinese, f"({self.stop} in time)" if self.judges else "")
        return " ".join(part for part in parts if part)

    @property
    def digest(self) -> str:
        """A short stable hash of everything that decides the number; cards merge only where it agrees (KPI-13)."""
        deciding = (self.subject, self.by, self.among, self.counts, self.measure, self.value, self.p, self.within)
        text = "\n".join(str(part) for part in (*deciding, self.stop, *sorted(self.clocks)))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def problems(self) -> tuple[Problem, ...]:
        """List everything wrong with the definition, each with its path."""
        return tuple(problems_of(self))

    def require_valid(self) -> None:
        """Raise `DefinitionInvalid` with every problem, if there is any."""
        if found := self.problems():
            raise DefinitionInvalid((problem.under(self.name) for problem in found), self.name)

    def __str__(self) -> str:
        return "; ".join((f"{self.title}: {self._sets()}", *self._notes(), self.digest))

    def __repr__(self) -> str:
        return f"<Kpi {self}>"

    def _sets(self) -> str:
        looked_at = "all" if self.among is None else str(self.among)
        cohort = f"{self.subject}s by {self.by}, {looked_at}"
        if self.measure == "share":
            return f"share of {cohort} → {self.counts}"
        if self.measure == "mean":
            return f"mean of {self.value} over {cohort}"
        if self.measure == "percentile":
            return f"{value_text(self.p or 0, 'percent', digits=0)} rank of {self.value} over {cohort}"
        if self.measure == "count":
            return f"number of {cohort}"
        when = "at the end" if self.measure == "level" else "on average over the period"
        return f"{self.subject}s accepted and not settled {when}, {looked_at}"

    def _notes(self) -> Iterator[str]:
        if self.rule:
            yield f"rule: {self.rule}"
        if self.within is not None:
            yield f"final {duration_text(self.within)} after {self.by}"
        if self.waits_for_verdict:
            yield f"final after {self.clock}_breach_at"
        if self.better:
            yield f"{self.better} is better"
        if self.target:
            yield f"target {self.target}"
        if self.source:
            yield f"source: {self.source}"
