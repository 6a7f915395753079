"""Why the rules called for another tier: the conditions that decided, as values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from servicedesk.conditions import And, Condition, Held, Or
from servicedesk.emergency.facts import Reason
from servicedesk.emergency.rules import conjuncts
from servicedesk.frozenmap import FrozenMap

if TYPE_CHECKING:
    from servicedesk.emergency.scope import Scope

__all__ = ["reasons_for"]


def reasons_for(scope: Scope, before: int, after: int) -> tuple[Reason, ...]:
    """Return why a scope moves from rank to rank: the reached tier's ``enter``, or the exit of each tier that ended."""
    tiers = scope.compiled.plan.tiers
    if after > before:
        rules = [(tiers[after - 1].name, tiers[after - 1].enter)]
    else:
        rules = [(tier.name, tier.effective_exit) for tier in reversed(tiers[after:before])]
    return tuple(
        Reason(
            tier=name,
            condition=str(part.part if isinstance(part, Held) else part),
            values=FrozenMap({signal: scope.values[signal] for signal in sorted(part.fields)}),
            since=_since(scope, part),
            held=part.for_ if isinstance(part, Held) else None,
        )
        for name, rule in rules
        for part in _decisive(scope, rule)
    )


def _since(scope: Scope, condition: Condition) -> int:
    """Since when the condition is true; of a hold, since when its part is."""
    return scope.since[scope.compiled.nodes[condition.part if isinstance(condition, Held) else condition]]


def _decisive(scope: Scope, condition: Condition) -> Iterator[Condition]:
    """Yield what made a true condition true: holds and leaves, of an ``|`` only the true branches."""
    if isinstance(condition, And):
        held = {part for hold in condition.parts if isinstance(hold, Held) for part in conjuncts(hold.part)}
        for part in condition.parts:
            if part not in held:  # a hold says it already
                yield from _decisive(scope, part)
    elif isinstance(condition, Or):
        for part in condition.parts:
            if scope.truths[scope.compiled.nodes[part]] is True:
                yield from _decisive(scope, part)
    else:
        yield condition
