"""Why the rules called for another tier: the conditions that decided, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from servicedesk.conditions import And, Condition, Held, Or
from servicedesk.emergency.facts import Reason
from servicedesk.emergency.rules import conjuncts
from servicedesk.frozenmap import FrozenMap

if TYPE_CHECKING:
    from servicedesk.emergency.scope import Scope

__all__ = ["All", "Clause", "Either", "Rule", "reasons_for", "rule_of"]


@frozen
class Clause:
    """A leaf or a hold as it will be told: its text, its signals, the node whose truth began ``since`` then."""

    tier: str
    text: str
    signals: tuple[str, ...]
    node: int
    held: timedelta | None


@frozen
class All:
    """Parts that are all true together."""

    parts: tuple[Rule, ...]


@frozen
class Either:
    """Parts of which some are true: each with its node."""

    parts: tuple[tuple[int, Rule], ...]


Rule: TypeAlias = Clause | All | Either
"""A tier's rule, cut down to what is worth telling."""


def rule_of(condition: Condition, tier: str, nodes: Mapping[Condition, int]) -> Rule:
    """Prepare a condition for `reasons_for`; what a hold says already is not said again beside it."""
    if isinstance(condition, And):
        held = {part for hold in condition.parts if isinstance(hold, Held) for part in conjuncts(hold.part)}
        return All(tuple(rule_of(part, tier, nodes) for part in condition.parts if part not in held))
    if isinstance(condition, Or):
        return Either(tuple((nodes[part], rule_of(part, tier, nodes)) for part in condition.parts))
    part, held_for = (condition.part, condition.for_) if isinstance(condition, Held) else (condition, None)
    return Clause(tier, str(part), tuple(sorted(part.fields)), nodes[part], held_for)


def reasons_for(scope: Scope, before: int, after: int) -> tuple[Reason, ...]:
    """Return why a scope moves from rank to rank: the reached tier's ``enter``, or the exit of each tier that ended."""
    told = scope.compiled.told
    rules = [told[after - 1][0]] if after > before else [told[rank - 1][1] for rank in range(before, after, -1)]
    return tuple(_reason(scope, clause) for rule in rules for clause in _decisive(scope, rule))


def _reason(scope: Scope, clause: Clause) -> Reason:
    values = FrozenMap({signal: scope.values[signal] for signal in clause.signals})
    since = scope.since[clause.node]
    return Reason(tier=clause.tier, condition=clause.text, values=values, since=since, held=clause.held)


def _decisive(scope: Scope, rule: Rule) -> Iterator[Clause]:
    """Yield what made a true rule true: of its alternatives only the true ones."""
    match rule:
        case Clause():
            yield rule
        case All(parts):
            for part in parts:
                yield from _decisive(scope, part)
        case Either(parts):
            for node, part in parts:
                if scope.truths[node] is True:
                    yield from _decisive(scope, part)
