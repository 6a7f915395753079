"""Brute force for the watch: EMG-1, 2, 9, 13, 14 and 25 at every integer instant, from the words of the rules.

Nothing is remembered from one instant to the next but the rank and what is lost; every hold looks at its whole past
again. Of the library only the classes of the condition tree are used, to tell the nodes apart.
"""

from __future__ import annotations

import operator
from datetime import timedelta
from typing import Any, NamedTuple

from servicedesk.conditions import And, Comparison, Condition, Field, Held, Known, Membership, Not, Or

__all__ = ["Given", "Oracle", "Poll", "microseconds"]


class Given(NamedTuple):
    """A sample arrives."""

    signal: str
    value: Any
    at: int


class Poll(NamedTuple):
    """The host advances the watch."""

    at: int


class Reading(NamedTuple):
    """A sample as it counts: from ``effect`` on, aged from ``stamp`` on."""

    signal: str
    value: Any
    stamp: int
    effect: int


RELATIONS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def microseconds(duration: timedelta) -> int:
    return (duration.days * 86_400 + duration.seconds) * 1_000_000 + duration.microseconds


class Oracle:
    """What a watch has to say of one scope, given ``arrivals`` in their order, up to the instant ``end``.

    ``late`` lists (effect, signal, stamp, used); ``story`` lists what happened, instant by instant:
    ("lost", at, signal, last), ("back", at, signal, gap), ("tier", at, from rank, to rank).
    """

    def __init__(self, plan: Any, arrivals: list[Given | Poll], end: int) -> None:
        self.horizons = {s.name: s.horizon and microseconds(s.horizon) for s in plan.signals}
        self.enters = [tier.enter for tier in plan.tiers]
        self.triggers = [without_holds(enter) for enter in self.enters]
        self.exits = [guarded(tier.exit, Not(trigger)) for tier, trigger in zip(plan.tiers, self.triggers, strict=True)]
        self.memory: dict[tuple[int, int], tuple[bool | None, Condition]] = {}
        self.readings, self.late = arranged(arrivals)
        self.start = min((reading.effect for reading in self.readings), default=end + 1)
        self.story = self._story(end)

    # EMG-1
    def governing(self, signal: str, at: int) -> Reading | None:
        """The reading that counts at an instant: the last that took effect; of one instant, the last given."""
        found = None
        for reading in self.readings:
            if reading.signal == signal and reading.effect <= at and (found is None or reading.effect >= found.effect):
                found = reading
        return found

    def value(self, signal: str, at: int) -> Any:
        reading = self.governing(signal, at)
        if reading is None:
            return None
        horizon = self.horizons[signal]
        return None if horizon is not None and at >= reading.stamp + horizon else reading.value

    # EMG-9, 11
    def truth(self, condition: Condition, at: int) -> bool | None:
        key = (id(condition), at)
        if key not in self.memory:
            self.memory[key] = (self._truth(condition, at), condition)  # kept alive, so that its id stays its own
        return self.memory[key][0]

    def _truth(self, condition: Condition, at: int) -> bool | None:
        if isinstance(condition, And | Or):
            truths = [self.truth(part, at) for part in condition.children]
            for strongest in (False,) if isinstance(condition, And) else (True,):
                if strongest in truths:
                    return strongest
            return None if None in truths else isinstance(condition, And)
        if isinstance(condition, Not):
            return {True: False, False: True, None: None}[self.truth(condition.part, at)]
        if isinstance(condition, Held):
            return self._held(condition, at)
        return self._leaf(condition, at)

    def _held(self, condition: Held, at: int) -> bool | None:
        if self.truth(condition.part, at) is None:
            return None
        first = at - microseconds(condition.for_)
        return first >= self.start and all(self.truth(condition.part, t) is True for t in range(first, at + 1))

    def _leaf(self, condition: Condition, at: int) -> bool | None:
        left = self.value(condition.name, at)  # type: ignore[attr-defined]  # a comparison: nothing else is left
        if isinstance(condition, Known):
            return left is not None
        if isinstance(condition, Membership):
            return None if left is None else any(left == literal for literal in condition.literals)
        assert isinstance(condition, Comparison)
        right = condition.literal
        if isinstance(right, Field):
            right = self.value(right.name, at)
        return None if left is None or right is None else RELATIONS[condition.operator](left, right)

    # EMG-2, 14
    def _story(self, end: int) -> list[tuple[Any, ...]]:
        story: list[tuple[Any, ...]] = []
        lost: dict[str, int] = {}
        rank = 0
        for at in range(self.start, end + 1):
            story += self._missing(at, lost)
            before, rank = rank, self._rank(rank, at)
            if rank != before:
                story.append(("tier", at, before, rank))
        return story

    def _missing(self, at: int, lost: dict[str, int]) -> list[tuple[Any, ...]]:
        gone, back = [], []
        for signal in self.horizons:
            reading, known = self.governing(signal, at), self.value(signal, at) is not None
            if known and signal in lost:
                back.append(("back", at, signal, at - lost.pop(signal)))
            aged = reading is not None and reading.value is not None and not known
            if aged and self.value(signal, at - 1) is not None:
                lost[signal] = at
                gone.append(("lost", at, signal, reading.stamp))  # type: ignore[union-attr]  # it was read before it was lost
        return gone + back

    def _rank(self, rank: int, at: int) -> int:
        called = [place for place, enter in enumerate(self.enters, 1) if self.truth(enter, at) is True]
        if called and max(called) > rank:
            return max(called)
        while rank > 0 and self.truth(self.exits[rank - 1], at) is True:
            rank -= 1
        return rank


# EMG-13
def without_holds(condition: Condition) -> Condition:
    if isinstance(condition, Held):
        return without_holds(condition.part)
    if isinstance(condition, And | Or):
        return type(condition)(tuple(without_holds(part) for part in condition.children))
    if isinstance(condition, Not):
        return Not(without_holds(condition.part))
    return condition


def guarded(rule: Condition, clear: Condition) -> Condition:
    return And((inside_holds(rule, clear), clear))


def inside_holds(condition: Condition, clear: Condition) -> Condition:
    if isinstance(condition, Held):
        return Held(And((inside_holds(condition.part, clear), clear)), condition.for_)
    if isinstance(condition, And | Or):
        return type(condition)(tuple(inside_holds(part, clear) for part in condition.children))
    return condition


# EMG-24, 25
def arranged(arrivals: list[Given | Poll]) -> tuple[list[Reading], list[tuple[int, str, int, bool]]]:
    """Turn arrivals into readings that count, and name those that came late."""
    readings: list[Reading] = []
    late: list[tuple[int, str, int, bool]] = []
    newest: dict[str, int] = {}
    closed: int | None = None
    for arrival in arrivals:
        if isinstance(arrival, Poll):
            closed = arrival.at
            continue
        signal, value, at = arrival
        effect = at
        if closed is not None and at <= closed:
            effect = closed + 1
            used = signal not in newest or at > newest[signal]
            late.append((effect, signal, at, used))
            if not used:
                continue
        else:
            closed = at - 1
        newest[signal] = at
        readings.append(Reading(signal, value, at, effect))
    return readings, late
