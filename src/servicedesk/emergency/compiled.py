"""A plan in its fast form: every distinct condition is one node, shared by all tiers, children before parents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from servicedesk.conditions import And, Condition, Held, Not, Or
from servicedesk.conditions.truth import Truth, all_of, any_of, negation
from servicedesk.emergency.checks import FAMILIES, families
from servicedesk.emergency.reasons import Rule, rule_of
from servicedesk.errors import DefinitionInvalid
from servicedesk.instants import MICROSECOND

if TYPE_CHECKING:
    from servicedesk.emergency.plan import Plan
    from servicedesk.emergency.scope import Scope

__all__ = ["CompiledPlan", "Judge", "compile_plan"]

Judge: TypeAlias = "Callable[[Scope, int], bool | None]"
"""Decides a node at an instant, from the scope's values and the truths of the node's children."""


@frozen(kw_only=True, eq=False)
class CompiledPlan:
    """What a watch runs on: conditions by number, so that a scope's state is a few flat lists.

    Attributes:
        plan: what it was compiled from.
        nodes: the number of each distinct condition; children come before parents.
        judges: how each node is decided.
        above: for each node, itself and all nodes that depend on it.
        leaves: for each signal, the nodes that look at it, each with its truth of the values.
        enters: the node of each tier's ``enter``, rank 1 first.
        exits: the node of each tier's effective exit.
        told: each tier's two rules as they are told when it rises or falls.
        horizons: microseconds, for the signals that have a horizon.
        types: for each signal, the types its samples may have.
    """

    plan: Plan
    nodes: Mapping[Condition, int]
    judges: tuple[Judge, ...]
    above: tuple[tuple[int, ...], ...]
    leaves: Mapping[str, tuple[tuple[int, Truth], ...]]
    enters: tuple[int, ...]
    exits: tuple[int, ...]
    told: tuple[tuple[Rule, Rule], ...]
    horizons: Mapping[str, int]
    types: Mapping[str, frozenset[type]]


def compile_plan(plan: Plan) -> CompiledPlan:
    """Compile a plan.

    Raises:
        DefinitionInvalid: the plan has errors; all of them are listed.
    """
    if errors := [problem for problem in plan.problems() if problem.severity == "error"]:
        raise DefinitionInvalid(errors, f"plan {plan.name!r}")
    nodes: dict[Condition, int] = {}
    enters = tuple(_number(tier.enter, nodes) for tier in plan.tiers)
    exits = tuple(_number(tier.effective_exit, nodes) for tier in plan.tiers)
    return CompiledPlan(
        plan=plan,
        nodes=nodes,
        judges=tuple(_judge(condition, nodes) for condition in nodes),
        above=_above(nodes),
        leaves={signal.name: _leaves(signal.name, nodes) for signal in plan.signals},
        enters=enters,
        exits=exits,
        told=tuple(
            (rule_of(tier.enter, tier.name, nodes), rule_of(tier.effective_exit, tier.name, nodes))
            for tier in plan.tiers
        ),
        horizons={signal.name: signal.horizon // MICROSECOND for signal in plan.signals if signal.horizon},
        types=_types(plan),
    )


def _number(condition: Condition, nodes: dict[Condition, int]) -> int:
    for child in condition.children:
        _number(child, nodes)
    return nodes.setdefault(condition, len(nodes))


def _judge(condition: Condition, nodes: Mapping[Condition, int]) -> Judge:
    children = tuple(itemgetter(nodes[child]) for child in condition.children)
    match condition:
        case Held(part, for_):
            return _held(nodes[condition], nodes[part], for_ // MICROSECOND)
        case And():
            joined = all_of(children)
        case Or():
            joined = any_of(children)
        case Not():
            joined = negation(children[0])
        case leaf:
            truth = _truth(leaf)
            return lambda scope, _at: truth(scope.values)
    return lambda scope, _at: joined(scope.truths)


def _truth(leaf: Condition) -> Truth:
    return leaf.compiled(lambda itself: itself.decided())


def _held(node: int, part: int, length: int) -> Judge:
    """Build the judge of a hold (EMG-9): true from exactly the instant its part became true plus its length."""

    def judge(scope: Scope, at: int) -> bool | None:
        truth = scope.truths[part]
        due = scope.since[part] + length
        if truth and at < due:
            scope.dues[node] = due
            return False
        scope.dues.pop(node, None)
        return truth

    return judge


def _above(nodes: Mapping[Condition, int]) -> tuple[tuple[int, ...], ...]:
    above = [{node} for node in nodes.values()]
    for condition, node in reversed(list(nodes.items())):
        for child in condition.children:
            above[nodes[child]] |= above[node]
    return tuple(tuple(sorted(dependants)) for dependants in above)


def _leaves(signal: str, nodes: Mapping[Condition, int]) -> tuple[tuple[int, Truth], ...]:
    looking = ((leaf, node) for leaf, node in nodes.items() if not leaf.children and signal in leaf.fields)
    return tuple((node, _truth(leaf)) for leaf, node in looking)


def _types(plan: Plan) -> dict[str, frozenset[type]]:
    """Return the types each signal may be read as; any, if no condition compares it."""
    found = families(rule for tier in plan.tiers for rule in (tier.enter, tier.exit))
    every = frozenset(FAMILIES.values())
    wanted = {signal.name: found.get(signal.name) or every for signal in plan.signals}
    return {
        name: frozenset((type(None), *(kind for kind, family in FAMILIES.items() if family in kinds)))
        for name, kinds in wanted.items()
    }
