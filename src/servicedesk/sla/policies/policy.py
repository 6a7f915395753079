"""Policies: which goals a ticket has now, chosen by ordered rules (SLA-70)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, get_args

from attrs import evolve, field, frozen

from servicedesk.conditions import Condition, Explanation
from servicedesk.errors import DefinitionInvalid, Problem, UnknownKind, did_you_mean
from servicedesk.frozenmap import FrozenMap, freeze
from servicedesk.sla.clocks.clock import Carry
from servicedesk.sla.clocks.goal import Goal
from servicedesk.sla.clocks.metric import METRICS, Metric, read_when
from servicedesk.sla.facts import ClockRetargeted, ClockStarted
from servicedesk.sla.policies.plain import policy_data, read_policy

__all__ = ["Promise", "SlaPolicy", "SlaRule", "Verdict"]

OnUnknown: TypeAlias = Literal["assume", "raise"]
"""What a clock does whose due date depends on holidays not yet published: assume and say so, or refuse (SLA-67)."""


def _goals(value: Goal | Iterable[Goal]) -> tuple[Goal, ...]:
    """Sort by metric: a rule has one goal of each, so their order says nothing."""
    given = (value,) if isinstance(value, Goal) else tuple(value)
    for goal in given:
        if not isinstance(goal, Goal):
            raise TypeError(f"a rule has Goals, not {type(goal).__name__} {goal!r}")
    return tuple(sorted(given, key=lambda goal: goal.metric))


@frozen
class SlaRule:
    """Goals, and the tickets they are for: those whose values meet ``when``, or all."""

    goals: tuple[Goal, ...] = field(converter=_goals)
    when: Condition | None = field(default=None, converter=read_when, kw_only=True)
    name: str = field(default="", kw_only=True)


@frozen
class Promise:
    """A goal that applies, how its metric is measured, and the rule that chose it."""

    goal: Goal
    metric: Metric
    rule: str


@frozen
class Verdict:
    """What became of one rule for a ticket.

    Attributes:
        rule: its name, or its place.
        explanation: why its condition holds, fails or is unknown; ``None`` for a rule without one.
        chosen: the metrics whose goals it gave; an earlier rule may have given the others.
    """

    rule: str
    explanation: Explanation | None
    chosen: tuple[str, ...]

    def __str__(self) -> str:
        why = "always" if self.explanation is None else str(self.explanation).partition("\n")[0]
        return f"{self.rule}: {', '.join(self.chosen) or 'no goal'}; {why}"


@frozen(kw_only=True, init=False)
class SlaPolicy:
    """Ordered rules *when → goals*; for each metric the first rule that matches gives the goal (SLA-70).

    Args:
        name: what facts call it.
        rules: in order.
        version: a ticket is judged by the version it was accepted under (SLA-71).
        metrics: metrics of the host's own, and ready-made ones that it measures in another way.
        carry: how used time carries over when a goal changes (SLA-65).
        on_unknown: ``"raise"`` refuses a due date that unpublished holidays may move (SLA-67).

    Raises:
        DefinitionInvalid: all problems at once, under ``policy``.

    >>> from servicedesk.sla import Calendar
    >>> desk = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", name="desk")
    >>> urgent = SlaRule(Goal("resolution", within="4h", calendar=desk, stop="resolved"), when='priority == "1"')
    >>> others = SlaRule(Goal("resolution", within="16h", calendar=desk, stop="resolved"))
    >>> policy = SlaPolicy("promises", (urgent, others), version="2026")
    >>> policy.promises({"priority": "1"})["resolution"].goal.within
    datetime.timedelta(seconds=14400)
    >>> for verdict in policy.explain({"priority": "3"}):
    ...     print(verdict)
    rules[0]: no goal; false: priority == "1"
    rules[1]: resolution; always
    """

    name: str
    rules: tuple[SlaRule, ...]
    version: str
    metrics: FrozenMap[str, Metric]
    carry: Carry
    on_unknown: OnUnknown
    _table: tuple[tuple[Condition | None, tuple[Promise, ...]], ...] = field(eq=False, repr=False)

    def __init__(
        self,
        name: str,
        rules: Iterable[SlaRule],
        *,
        version: str = "",
        metrics: Iterable[Metric] = (),
        carry: Carry = "keep_elapsed",
        on_unknown: OnUnknown = "assume",
    ) -> None:
        own = freeze({metric.name: metric for metric in metrics})
        steps = tuple(rules)
        for rule in steps:
            if not isinstance(rule, SlaRule):
                raise TypeError(f"a policy has SlaRules, not {type(rule).__name__} {rule!r}")
        table = tuple((rule.when, tuple(_promises(rule, place, own))) for place, rule in enumerate(steps))
        problems = [
            *_word_problems("carry", carry, get_args(Carry)),
            *_word_problems("on_unknown", on_unknown, get_args(OnUnknown)),
            *_rule_problems(table),
            *_name_problems(table),
            *(_proportional_problems(table) if carry == "proportional" else ()),
        ]
        if problems:
            raise DefinitionInvalid((problem.under("policy") for problem in problems), "policy")
        self.__attrs_init__(
            name=name, rules=steps, version=version, metrics=own, carry=carry, on_unknown=on_unknown, table=table
        )

    def promises(self, values: Mapping[str, Any]) -> FrozenMap[str, Promise]:
        """Return the promise of each metric that applies to a ticket with these values."""
        chosen: dict[str, Promise] = {}
        for when, promises in self._table:
            if when is None or when.holds(values):
                for promise in promises:
                    chosen.setdefault(promise.metric.name, promise)
        return FrozenMap(chosen)

    def explain(self, values: Mapping[str, Any]) -> tuple[Verdict, ...]:
        """Return what became of each rule, and why: also when none of them gives a goal (SLA-70)."""
        taken: set[str] = set()
        verdicts = []
        for when, promises in self._table:
            fits = when is None or when.holds(values)
            chosen = tuple(one.metric.name for one in promises if fits and one.metric.name not in taken)
            taken.update(chosen)
            rule = promises[0].rule if promises else "a rule without goals"
            verdicts.append(Verdict(rule, None if when is None else when.explain(values), chosen))
        return tuple(verdicts)

    def promise_of(self, fact: ClockStarted | ClockRetargeted) -> Promise:
        """Return the promise that a recorded start or change of a clock was made under: a replay asks for it.

        Raises:
            UnknownKind: it was not promised by this policy and version.
        """
        for _, promises in self._table:
            for promise in promises:
                if promise.metric.name == fact.metric and self.label(promise) == fact.promised_by:
                    return promise
        known = [self.label(one) for _, promises in self._table for one in promises if one.metric.name == fact.metric]
        raise UnknownKind(fact.promised_by, f"{fact.kind}.promised_by", known)

    def promises_by(self, label: str) -> bool:
        """Whether one of its rules promises by this label."""
        return any(self.label(one) == label for _, promises in self._table for one in promises[:1])

    def label(self, promise: Promise) -> str:
        """Return policy, version and rule as facts say them."""
        return " ".join(filter(None, (self.name, self.version, promise.rule)))

    @property
    def goals(self) -> tuple[Goal, ...]:
        """Every goal, in the order of the rules."""
        return tuple(goal for rule in self.rules for goal in rule.goals)

    def problems(self) -> tuple[Problem, ...]:
        """List what works but may not mean what its author thinks: rules never reached, pauses that end at once."""
        metrics = {promise.metric.name: promise.metric for _, promises in self._table for promise in promises}
        fleeting = (
            problem.under(f"policy.metrics.{name}") for name, metric in metrics.items() for problem in metric.problems()
        )
        found = (*_unreachable(self._table), *_misspelt(self._table, self.metrics))
        return (*(problem.under("policy") for problem in found), *fleeting)

    def __plain__(self) -> dict[str, Any]:
        return policy_data(self)

    @classmethod
    def __from_plain__(cls, data: Any) -> SlaPolicy:
        given = read_policy(data, Metric, SlaRule)
        try:
            return cls(**given)
        except DefinitionInvalid as error:  # the path within the policy: who asked knows where it stands
            inside = (evolve(one, path=one.path.removeprefix("policy.")) for one in error.problems)
            raise DefinitionInvalid(inside, "policy") from None


_Table: TypeAlias = tuple[tuple[Condition | None, tuple[Promise, ...]], ...]


def _promises(rule: SlaRule, place: int, own: Mapping[str, Metric]) -> Iterator[Promise]:
    for goal in rule.goals:
        metric = own.get(goal.metric) or METRICS.get(goal.metric) or Metric(name=goal.metric)
        if goal.stop is not None:
            metric = evolve(metric, stop=read_when(goal.stop))
        if goal.pause:
            metric = evolve(metric, pause=goal.pause)
        yield Promise(goal, metric, rule.name or f"rules[{place}]")


def _word_problems(path: str, word: object, known: tuple[str, ...]) -> Iterator[Problem]:
    if word not in known:
        yield Problem(path, f"{word!r} is none of {', '.join(known)}{did_you_mean(word, known)}")


def _rule_problems(table: _Table) -> Iterator[Problem]:
    if not table:
        yield Problem("rules", "there are none; a policy without goals promises nothing")
    for place, (_, promises) in enumerate(table):
        if not promises:
            yield Problem(f"rules[{place}].goals", "there are none")
        seen: set[str] = set()
        for promise in promises:
            yield from (problem.under(f"rules[{place}].goals.{promise.goal.metric}") for problem in _faults(promise))
            if promise.goal.metric in seen:
                yield Problem(f"rules[{place}].goals.{promise.goal.metric}", "it stands there twice; a metric has one")
            seen.add(promise.goal.metric)


def _name_problems(table: _Table) -> Iterator[Problem]:
    """Yield rules that answer to a name another one has: facts could not say which promised (SLA-71)."""
    seen: dict[str, int] = {}
    for place, (_, promises) in enumerate(table):
        if promises and promises[0].rule in seen:
            yield Problem(
                f"rules[{place}].name", f"rules[{seen[promises[0].rule]}] is called {promises[0].rule!r}, too"
            )
        elif promises:
            seen[promises[0].rule] = place


def _proportional_problems(table: _Table) -> Iterator[Problem]:
    """Yield metrics whose goals a proportional carry-over cannot pass between: a date has no half (SLA-65)."""
    kinds: dict[str, set[bool]] = {}
    for _, promises in table:
        for promise in promises:
            kinds.setdefault(promise.metric.name, set()).add(promise.goal.by_date)
    for name, found in kinds.items():
        if True in found:
            yield Problem("carry", f"a date goal of {name!r} cannot be carried over in proportion; write another carry")


def _faults(promise: Promise) -> Iterator[Problem]:
    if promise.metric.stop is None and not promise.metric.per_team:
        yield Problem("stop", "nothing ends it; write for instance stop='resolved'")
    if promise.metric.pause and not promise.goal.pausable:
        ways = "on_pause='extend' for working days, 'ignore', or no pause"
        yield Problem("pause", f"a date goal cannot be paused as it stands; write {ways} (SLA-44)")


def _unreachable(table: _Table) -> Iterator[Problem]:
    """Yield the goals that an earlier rule always takes: it has no condition, or the same one."""
    for place, (when, promises) in enumerate(table):
        for promise in promises:
            earlier = [
                before
                for before, (condition, others) in enumerate(table[:place])
                if condition in (None, when) and any(one.metric.name == promise.metric.name for one in others)
            ]
            if earlier:
                path = f"rules[{place}].goals.{promise.metric.name}"
                message = f"never reached: {table[earlier[0]][1][0].rule} takes every such ticket first"
                yield Problem(path, message, code="unreachable", severity="warning")


def _misspelt(table: _Table, own: Mapping[str, Metric]) -> Iterator[Problem]:
    """Yield metrics that nobody has defined and that look like a ready-made one."""
    for place, (_, promises) in enumerate(table):
        for name in (promise.metric.name for promise in promises):
            hint = did_you_mean(name, METRICS)
            if name not in METRICS and name not in own and hint:
                path = f"rules[{place}].goals.{name}"
                yield Problem(path, f"a metric of its own{hint}", code="unknown_metric", severity="warning")
