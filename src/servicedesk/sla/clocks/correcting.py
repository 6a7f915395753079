"""What a change that came late does to the facts on record: crossings withdrawn, crossings missed (SLA-68)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from attrs import evolve

from servicedesk.sla.clocks.counting import Draft, cross, notify_at, refusal, run_to, runs, said, told
from servicedesk.sla.clocks.replaying import Goals, folded, own_facts
from servicedesk.sla.clocks.retargeting import revise
from servicedesk.sla.clocks.thresholds import BREACH
from servicedesk.sla.facts import (
    ClockAttachedLate,
    ClockBreached,
    ClockCrossed,
    ClockFact,
    ClockWithdrawn,
    LateChange,
)

__all__ = ["corrected"]

_Crossing: TypeAlias = tuple[int, int, str]
"""What a crossing of a clock is known by: cycle, revision, name (SLA-63)."""


def corrected(
    goals: Goals, facts: Iterable[ClockFact], late: Sequence[LateChange], us: int, *, team: str
) -> tuple[Draft, list[ClockFact]]:
    """Refold a clock with changes that came late, and return it with the facts to append (SLA-68).

    Those are a withdrawal for each crossing on record that did not happen, one `ClockRetargeted` that carries the late
    changes and the values after them, and, where crossings turn out to have happened unnoticed, one attached late for
    each cycle and revision they belong to.

    Raises:
        Refused: ``time_went_back``, where ``us`` is before a recorded fact or a late change; what a change refuses.
        ValueError: there are no late changes.
    """
    if not late:
        raise ValueError("late is empty; give the changes that came late")
    own = own_facts(goals, facts, team)
    built: list[ClockFact] = []
    draft = folded(goals, own, built, late)
    last = max(each.at for each in (*own, *late))
    if us < last:
        raise refusal(draft, "correct", "time_went_back", at=said(draft, us), last=said(draft, last))
    if runs(draft):
        cross(draft, us, built)
    if not draft.ended:
        run_to(draft, us, built)
    draft.at_us = us
    on_record, happened = _crossings(own), _crossings(built)
    revised: list[ClockFact] = []
    revise(draft, tuple(late), revised)
    withdrawn = _withdrawn(draft, own, on_record - happened, because=", ".join(map(str, late)))
    return draft, [*withdrawn, *revised, *_missed(draft, happened - on_record)]


def _crossings(facts: Iterable[ClockFact]) -> Counter[_Crossing]:
    """Count the crossings, less those withdrawn."""
    found: Counter[_Crossing] = Counter()
    for fact in facts:
        for crossing in _crossed(fact):
            found[crossing] += -1 if isinstance(fact, ClockWithdrawn) else 1
    return found


def _crossed(fact: ClockFact) -> tuple[_Crossing, ...]:
    """Return the crossings a fact tells of, or withdraws."""
    if isinstance(fact, ClockBreached):
        return ((fact.cycle, fact.revision, BREACH),)
    if isinstance(fact, ClockCrossed):
        return ((fact.cycle, fact.revision, fact.name),)
    if isinstance(fact, ClockAttachedLate):
        return tuple((fact.cycle, fact.revision, name) for name in fact.names)
    return ((fact.crossed_cycle, fact.crossed_revision, fact.name),) if isinstance(fact, ClockWithdrawn) else ()


def _withdrawn(draft: Draft, own: Sequence[ClockFact], gone: Counter[_Crossing], *, because: str) -> list[ClockFact]:
    """Withdraw the crossings that did not happen, oldest first; of one told twice the latest."""
    found: list[ClockFact] = []
    for fact in sorted(own, key=lambda fact: fact.at, reverse=True):
        for crossing in () if isinstance(fact, ClockWithdrawn) else _crossed(fact):
            if gone[crossing] > 0:
                gone[crossing] -= 1
                cycle, revision, name = crossing
                which = {"crossed_at": fact.at, "crossed_cycle": cycle, "crossed_revision": revision}
                found.append(told(draft, ClockWithdrawn, name=name, because=because, **which))
    return found[::-1]


def _missed(draft: Draft, missed: Counter[_Crossing]) -> Iterator[ClockFact]:
    """Tell of crossings nobody noticed, one fact for each cycle and revision."""
    names: dict[tuple[int, int], list[str]] = {}
    for cycle, revision, name in missed.elements():
        names.setdefault((cycle, revision), []).append(name)
    for (cycle, revision), found in names.items():
        fact = told(draft, ClockAttachedLate, names=tuple(found), notify_at=notify_at(draft))
        yield evolve(fact, cycle=cycle, revision=revision)
