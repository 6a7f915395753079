"""What is wrong with a plan, found without running it (EMG-50). Each check yields all its findings, in plan order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from servicedesk.conditions import Comparison, Condition, Field, Held, Membership, Not
from servicedesk.conditions.literals import Family, Operator
from servicedesk.emergency.facts import NORMAL
from servicedesk.errors import Problem, did_you_mean

if TYPE_CHECKING:
    from servicedesk.emergency.plan import Plan

__all__ = ["FAMILIES", "families", "problems"]

FAMILIES: Mapping[type, Family] = {bool: "flag", int: "number", Fraction: "number", str: "text", timedelta: "span"}
"""The family of each type that a sample may hold (COND-3)."""


def problems(plan: Plan) -> tuple[Problem, ...]:
    """Return everything that is wrong with ``plan``: names, signals, and what its conditions say."""
    return (*_names(plan), *_horizons(plan), *_unknown_signals(plan), *_holds_under_not(plan), *_mixed(plan))


def _rules(plan: Plan) -> Iterator[tuple[str, Condition]]:
    for rank, tier in enumerate(plan.tiers):
        yield f"tiers[{rank}].enter", tier.enter
        yield f"tiers[{rank}].exit", tier.exit


def _names(plan: Plan) -> Iterator[Problem]:
    if not plan.name.strip():
        yield Problem("name", "a plan needs a name", code="empty_name")
    yield from _distinct("signals", [signal.name for signal in plan.signals], set())
    yield from _distinct("tiers", [tier.name for tier in plan.tiers], {NORMAL})


def _distinct(what: str, names: Iterable[str], taken: set[str]) -> Iterator[Problem]:
    for place, name in enumerate(names):
        if not name.strip():
            yield Problem(f"{what}[{place}].name", f"each of the {what} needs a name", code="empty_name")
        elif name in taken:
            why = "the name of rank 0" if name == NORMAL and what == "tiers" else "used before"
            yield Problem(f"{what}[{place}].name", f"{name!r} is {why}", code="duplicate_name")
        taken.add(name)


def _horizons(plan: Plan) -> Iterator[Problem]:
    for place, signal in enumerate(plan.signals):
        if signal.horizon is not None and signal.horizon <= timedelta(0):
            message = f"a horizon is longer than nothing, not {signal.horizon}; leave it out if readings never age"
            yield Problem(f"signals[{place}].horizon", message, code="horizon_not_positive")


def _unknown_signals(plan: Plan) -> Iterator[Problem]:
    names = [signal.name for signal in plan.signals]
    for path, condition in _rules(plan):
        for name in sorted(condition.fields.difference(names)):
            hint = did_you_mean(name, names) or f"; signals: {', '.join(names) or 'none'}"
            yield Problem(path, f"no signal {name!r} in this plan{hint}", code="unknown_signal", witness=(name,))


def _holds_under_not(plan: Plan) -> Iterator[Problem]:
    for path, condition in _rules(plan):
        for part in condition.walk():
            if isinstance(part, Not) and any(isinstance(inner, Held) for inner in part.walk()):
                message = f"{part}: a hold cannot be negated; write held(~…, …) for what must not be true so long"
                yield Problem(path, message, code="held_under_not", witness=(str(part),))


def _mixed(plan: Plan) -> Iterator[Problem]:
    """A signal is of one family that a sample can have, else some sample of it could not be judged (COND-3)."""
    found = families(condition for _, condition in _rules(plan))
    for path, condition in _rules(plan):
        for leaf in (part for part in condition.walk() if not part.children):
            for name in sorted(leaf.fields):
                kinds = " and as ".join(sorted(found[name]))
                if len(found[name]) > 1:
                    message = f"{leaf}: {name!r} is compared as {kinds} in this plan"
                    yield Problem(path, message, code="mixed_families", witness=(str(leaf),))
                elif "instant" in found[name]:
                    message = f"{leaf}: no sample is an instant; let a hold measure time, or sample a span"
                    yield Problem(path, message, code="instant_signal", witness=(str(leaf),))


def families(conditions: Iterable[Condition]) -> Mapping[str, AbstractSet[Family]]:
    """Return the families each field is compared as: those of its literals, and of the fields it is compared with.

    Fields that are only compared with each other are taken for numbers; a field of which only ``known`` is asked has
    no family, and any value suits it.
    """
    leaves = [leaf for condition in conditions for leaf in condition.walk() if not leaf.children]
    found: dict[str, set[Family]] = {name: set() for leaf in leaves for name in leaf.fields}
    pairs = []
    for leaf in leaves:
        match leaf:
            case Comparison(name, operator, Field(other)):
                pairs.append((name, other, operator))
            case Comparison(name, _, literal) | Membership(name, (literal, *_)):
                found[name].add(FAMILIES.get(type(literal), "instant"))
    return _joined(found, pairs)


def _joined(found: dict[str, set[Family]], pairs: Iterable[tuple[str, str, Operator]]) -> dict[str, set[Family]]:
    """Let fields that are compared with each other share one set of families."""
    for name, other, _ in pairs:
        both = found[name] | found[other]
        found = {key: both if kinds is found[name] or kinds is found[other] else kinds for key, kinds in found.items()}
    for name, _, operator in pairs:
        without_order = operator not in {"==", "!="} and found[name] & {"flag", "text"}
        if without_order or not found[name]:
            found[name].add("number")  # the only thing that such fields could be
    return found
