"""Where a scope stands: its status, and how far it is from a tier or from the end of one (EMG-28)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import field, frozen

from servicedesk.conditions import And, Comparison, Condition, Field, Held, Or
from servicedesk.conditions.literals import literal_text
from servicedesk.emergency.facts import NORMAL, Value, clock_text, spoken
from servicedesk.frozenmap import FrozenMap, freeze
from servicedesk.instants import MICROSECOND, Zone

if TYPE_CHECKING:
    from servicedesk.emergency.scope import Scope

__all__ = ["Explanation", "Finding", "Rule", "Status", "explanation_of", "status_of"]

Rule: TypeAlias = Literal["enter", "exit"]
"""Which of a tier's two rules."""


@frozen(kw_only=True)
class Status:
    """Where a scope stands after the last closed instant ``at`` (EMG-28).

    ``recommended`` is the rank the rules call for since ``since``, ``tier`` its name; ``episode`` counts the
    activations so far; ``unknown`` are the signals of the plan that are not known now.
    """

    scope: str
    at: int
    recommended: int
    tier: str
    since: int
    episode: int
    unknown: tuple[str, ...]


@frozen(kw_only=True)
class Finding:
    """One leaf or hold of a rule: its values, its result, and since when it has that result.

    Of a hold, ``since`` is the instant since which its part is true and ``due`` the instant at which it is complete if
    that stays so; ``missing`` is what is left. While the part is not true nothing runs: ``due`` and ``missing`` are
    ``None``.
    """

    condition: Condition
    values: FrozenMap[str, Value | None] = field(converter=freeze)
    result: bool | None
    since: int
    due: int | None = None
    missing: timedelta | None = None

    def text(self, zone: Zone = "UTC", *, beside: int | None = None) -> str:
        """Return the finding as a phrase; of a hold its progress."""
        if isinstance(self.condition, Held):
            return self._progress(self.condition.for_)
        tail = {True: "", False: " is false", None: " is unknown"}[self.result]
        return f"{_with_values(self.condition, self.values)}{tail} since {clock_text(self.since, zone, beside=beside)}"

    def _progress(self, length: timedelta) -> str:
        if self.result:
            return f"held {spoken(length)}"
        passed = timedelta(0) if self.missing is None else length - self.missing
        return f"{spoken(passed)} of {spoken(length)}"


@frozen(kw_only=True)
class Explanation:
    """Why a tier is called for or not, or what ends it: every leaf and hold of its rule, parts before holds (EMG-28).

    ``rule`` is ``enter`` for a tier that is not in force, ``exit`` for one that is. ``due`` is the instant at which
    the rule becomes true if all signals stay as they are, ``None`` if they must change first, or if it is true.
    """

    scope: str
    tier: str
    rule: Rule
    at: int
    result: bool | None
    due: int | None
    findings: tuple[Finding, ...]

    def text(self, zone: Zone = "UTC") -> str:
        """Return the explanation as one line, with instants as clock times of ``zone``."""
        parts = (finding.text(zone, beside=self.at) for finding in self.findings)
        return "; ".join((*parts, self._outlook(zone)))

    def _outlook(self, zone: Zone) -> str:
        verb = {"enter": "", "exit": " ends"}[self.rule]
        if self.result:
            return f"{self.tier}{verb or ' is called for'}"
        if self.due is None:
            return f"{self.tier}{verb or ' begins'} only after a change"
        return f"{self.tier}{verb} at {clock_text(self.due, zone, beside=self.at)} if it stays"


def _with_values(condition: Condition, values: FrozenMap[str, Value | None]) -> str:
    """Put values beside names: ``waiting 6 > 3``."""
    told = {name: "unknown" if value is None else literal_text(value) for name, value in values.items()}
    match condition:
        case Comparison(name, operator, literal):
            other = f"{literal.name} {told[literal.name]}" if isinstance(literal, Field) else literal_text(literal)
            return f"{name} {told[name]} {operator} {other}"
    return f"{condition} ({', '.join(f'{name} {value}' for name, value in told.items())})"


def status_of(scope: Scope, at: int) -> Status:
    """Return where a scope stands after the instant ``at``."""
    tiers = scope.compiled.plan.tiers
    return Status(
        scope=scope.name,
        at=at,
        recommended=scope.rank,
        tier=tiers[scope.rank - 1].name if scope.rank else NORMAL,
        since=scope.rank_since,
        episode=scope.episode,
        unknown=tuple(name for name, value in scope.values.items() if value is None),
    )


def explanation_of(scope: Scope, rank: int, at: int) -> Explanation:
    """Explain the rule of the tier of ``rank`` that matters now: its exit if it is in force, else its ``enter``."""
    tier = scope.compiled.plan.tiers[rank - 1]
    rule: Rule = "exit" if rank <= scope.rank else "enter"
    condition = tier.effective_exit if rule == "exit" else tier.enter
    result = _truth(scope, condition)
    return Explanation(
        scope=scope.name,
        tier=tier.name,
        rule=rule,
        at=at,
        result=result,
        due=None if result else _outlook(scope, condition),
        findings=tuple(_finding(scope, part, at) for part in dict.fromkeys(_leaves_and_holds(condition))),
    )


def _truth(scope: Scope, condition: Condition) -> bool | None:
    return scope.truths[scope.compiled.nodes[condition]]


def _since(scope: Scope, condition: Condition) -> int:
    return scope.since[scope.compiled.nodes[condition]]


def _leaves_and_holds(condition: Condition) -> Iterator[Condition]:
    for child in condition.children:
        yield from _leaves_and_holds(child)
    if isinstance(condition, Held) or not condition.children:
        yield condition


def _finding(scope: Scope, condition: Condition, at: int) -> Finding:
    values = FrozenMap({name: scope.values[name] for name in sorted(condition.fields)})
    result, since, due = _truth(scope, condition), _since(scope, condition), None
    if isinstance(condition, Held) and _truth(scope, condition.part):
        since = _since(scope, condition.part)
        due = since + condition.for_ // MICROSECOND
    missing = None if due is None else timedelta(microseconds=max(due - at, 0))
    return Finding(condition=condition, values=values, result=result, since=since, due=due, missing=missing)


def _outlook(scope: Scope, condition: Condition) -> int | None:
    """Return when a condition becomes true if all signals stay as they are, in the past if it is; else ``None``."""
    if _truth(scope, condition):
        return _since(scope, condition)
    parts = [_outlook(scope, child) for child in condition.children]
    match condition:
        case Held(_, for_) if parts[0] is not None:
            return parts[0] + for_ // MICROSECOND
        case And() if None not in parts:
            return max(part for part in parts if part is not None)
        case Or():
            return min((part for part in parts if part is not None), default=None)
    return None
