"""A plan in its fast form: every distinct condition is one node, shared by all tiers, children before parents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from servicedesk.conditions import And, Condition, Held, Not, Or
from servicedesk.conditions.truth import all_of, any_of, negation
from servicedesk.emergency.checks import FAMILIES, families
from servicedesk.errors import DefinitionInvalid
from servicedesk.instants import MICROSECOND

if TYPE_CHECKING:
    from servicedesk.emergency.plan import Plan
    from servicedesk.emergency.scope import Scope

__all__ = ["CompiledPlan", "Hold", "Judge", "compile_plan"]

Judge: TypeAlias = "Callable[[Scope, int], bool | None]"
"""Decides a node at an instant, from the scope's values and the truths of the node's children."""


@frozen
class Hold:
    """A node that needs time: its ``part`` must have been true for ``length`` microseconds."""

    node: int
    part: int
    length: int


@frozen(kw_only=True, eq=False)
class CompiledPlan:
    """What a watch runs on: conditions by number, so that a scope's state is a few flat lists.

    Attributes:
        plan: what it was compiled from.
        nodes: the number of each distinct condition; children come before parents.
        judges: how each node is decided.
        above: for each node, in order, all nodes that depend on it.
        holds: the nodes that need time.
        leaves: for each signal, the nodes that look at it.
        enters: the node of each tier's ``enter``, rank 1 first.
        exits: the node of each tier's effective exit.
        horizons: microseconds, for the signals that have a horizon.
        types: for each signal, the types its samples may have.
    """

    plan: Plan
    nodes: Mapping[Condition, int]
    judges: tuple[Judge, ...]
    above: tuple[tuple[int, ...], ...]
    holds: tuple[Hold, ...]
    leaves: Mapping[str, tuple[int, ...]]
    enters: tuple[int, ...]
    exits: tuple[int, ...]
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
        holds=tuple(_hold(held, nodes) for held in nodes if isinstance(held, Held)),
        leaves={signal.name: _leaves(signal.name, nodes) for signal in plan.signals},
        enters=enters,
        exits=exits,
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
        case Held():
            return _held(_hold(condition, nodes))
        case And():
            joined = all_of(children)
        case Or():
            joined = any_of(children)
        case Not():
            joined = negation(children[0])
        case leaf:
            return lambda scope, _at: leaf.truth(scope.values)
    return lambda scope, _at: joined(scope.truths)


def _hold(held: Held, nodes: Mapping[Condition, int]) -> Hold:
    return Hold(nodes[held], nodes[held.part], held.for_ // MICROSECOND)


def _held(hold: Hold) -> Judge:
    """Build the judge of EMG-9: true from exactly the instant the part became true plus the length."""
    part, length = hold.part, hold.length

    def judge(scope: Scope, at: int) -> bool | None:
        truth = scope.truths[part]
        return at - scope.since[part] >= length if truth else truth

    return judge


def _above(nodes: Mapping[Condition, int]) -> tuple[tuple[int, ...], ...]:
    above: list[set[int]] = [set() for _ in nodes]
    for condition, node in reversed(list(nodes.items())):
        for child in condition.children:
            above[nodes[child]] |= {node, *above[node]}
    return tuple(tuple(sorted(dependants)) for dependants in above)


def _leaves(signal: str, nodes: Mapping[Condition, int]) -> tuple[int, ...]:
    return tuple(node for leaf, node in nodes.items() if not leaf.children and signal in leaf.fields)


def _types(plan: Plan) -> dict[str, frozenset[type]]:
    """Return the types each signal may be read as; any, if no condition compares it."""
    found = families(rule for tier in plan.tiers for rule in (tier.enter, tier.exit))
    every = frozenset(FAMILIES.values())
    wanted = {signal.name: found.get(signal.name) or every for signal in plan.signals}
    return {
        name: frozenset((type(None), *(kind for kind, family in FAMILIES.items() if family in kinds)))
        for name, kinds in wanted.items()
    }
