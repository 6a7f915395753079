"""Dense plans and samples: thresholds 1 to 3, values 0 to 4, holds and gaps of 0 to 4 microseconds, exits near enters.

Sparse ones would let off-by-one mistakes live: nearly every instant here is a due, a horizon or a sample.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from oracles.every_instant import Given
from servicedesk.conditions import And, Comparison, Condition, Field, Held, Known, Membership, Not, Or
from servicedesk.emergency import Plan, Signal, Tier

__all__ = ["SIGNALS", "comparisons", "conditions", "leaves", "lengths", "plans", "samples"]

SIGNALS = ("a", "b", "c")
OPERATORS = ["<", "<=", ">", ">=", "==", "!="]


def span(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)


def joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.builds(lambda joint, one, other: joint((one, other)), st.sampled_from([And, Or]), parts, parts)


names = st.sampled_from(["a", "a", "a", "a", "b", "b", "c"])  # one busy signal makes for many changes
thresholds = st.integers(1, 3)
lengths = st.integers(0, 4).map(span)
horizons = st.sampled_from([None, None, None, 6, 4, 3, 2, 1]).map(lambda n: n and span(n))

comparisons: st.SearchStrategy[Condition] = st.builds(Comparison, names, st.sampled_from(OPERATORS), thresholds)
leaves: st.SearchStrategy[Condition] = st.one_of(
    comparisons,
    comparisons,
    st.builds(Membership, names, st.sampled_from([(1,), (2, 3), (0, 4)])),
    st.builds(Known, names),
    st.builds(Comparison, names, st.sampled_from(OPERATORS), names.map(Field)),
)
timeless = leaves | joined(leaves) | st.builds(Not, leaves | joined(leaves))
conditions: st.SearchStrategy[Condition] = st.recursive(
    timeless, lambda inner: joined(inner) | st.builds(Held, inner, lengths), max_leaves=5
)
"""Any condition a plan may have: holds in holds and in joints, but none below a Not."""


def near(trigger: Condition, other: Condition, lengths: tuple[timedelta, timedelta, timedelta], kind: int) -> Tier:
    """A tier as people write them: a trigger that holds, and an exit that is often close to its opposite."""
    on, off, off_too = lengths
    exits = [
        Not(trigger),
        Held(Not(trigger), off),
        Held(Or((other, Not(trigger))), off),
        Held(Known("a"), off),
        And((Held(Not(trigger), off), other)),
        Or((Held(other, off), Held(Not(trigger), off_too))),
        Held(Held(other, off), off_too),
    ]
    return Tier("near", enter=Held(trigger, on), exit=exits[kind])


tiers = st.one_of(
    st.builds(near, leaves, leaves, st.tuples(lengths, lengths, lengths), st.integers(0, 6)),
    st.builds(near, comparisons, leaves, st.tuples(lengths, lengths, lengths), st.integers(0, 6)),
    st.builds(lambda enter, exit_: Tier("any", enter=enter, exit=exit_), conditions, conditions),
)


def plan_of(horizons: Any, tiers: list[Tier]) -> Plan:
    signals = tuple(map(Signal, SIGNALS, horizons))
    named = tuple(Tier(f"rank {rank}", enter=tier.enter, exit=tier.exit) for rank, tier in enumerate(tiers, 1))
    return Plan("dense", 1, signals=signals, tiers=named)


def plans(*, ageing: bool = True) -> st.SearchStrategy[Plan]:
    """Plans of one to three tiers over three signals, with horizons or without."""
    ages = st.tuples(horizons, horizons, horizons) if ageing else st.just((None, None, None))
    return st.builds(plan_of, ages, st.lists(tiers, min_size=1, max_size=3))


steps = st.tuples(st.sampled_from([1, 0, 2, 1, 3, 4]), names, st.sampled_from([0, 4, 1, 3, 2, 0, 4, 2, None]))


def samples(*, most: int = 30) -> st.SearchStrategy[list[Given]]:
    """Samples in the order of their instants, several at one instant among them; some say "not known"."""
    return st.lists(steps, min_size=min(most, 5), max_size=most).map(dated)


def dated(steps: list[tuple[int, str, int | None]]) -> list[Given]:
    at, given = 0, []
    for gap, name, value in steps:
        at += gap
        given.append(Given(name, value, at))
    return given
