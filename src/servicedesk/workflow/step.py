"""A way from some states to a target: who may take it, when, what it checks, and what it does."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from servicedesk.conditions import Condition
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.workflow.guards import Guard
from servicedesk.workflow.words import Needed, Source, Target, listed, texts

__all__ = ["LOCKS", "Lock", "Step"]

Lock: TypeAlias = Literal["respects", "holder", "takes", "drops"]
LOCKS: tuple[Lock, ...] = ("respects", "holder", "takes", "drops")
"""What a step asks of a claim 锁定 and does to it (CL-2)."""


def _condition(value: Condition | str | None) -> Condition | None:
    return Condition.parse(value) if isinstance(value, str) else value


@frozen
class Step:
    """A way from some states to a target. Several steps may share a name: they are candidates, in order (DEC-3).

    Args:
        name: what people call it.
        source: a state's name, a `Category`, `InGroup("desk")`, several of those, or `ANY` (WF-4).
        target: a state's name, `SAME`, `STAY`, `Return(...)` or `Computed(...)` (WF-8).
        by: roles, one of which suffices; empty is what the workflow's rights say, and everybody only while no step
            and no right of the workflow names a role (ACT-1, ACT-2).
        when: a condition, or its text, that selects this candidate; it never refuses.
        requires: names of values that must be known after the step's data; ``For("seat", ...)`` asks one role (WF-6).
        waives: names that the entered state requires and this step does not.
        must_change: names whose value must become another one.
        reasons: a closed set of reason codes; exactly one must be given (WF-7).
        needs: marks the ticket must hold.
        guards: further checks, as values (DEC-8).
        lock: ``respects`` another's claim, is the ``holder``'s alone, ``takes`` or ``drops`` the claim (CL-2).
        gives: marks given; they come after what is voided.
        voids: marks taken away.
        sets: values written after the data: constants, `FROM_ACTOR`, `FROM_AT`, `CLEAR` (WF-10).
        counts: counters raised by one.
        records: ``callback``, ``review`` or ``reply``: its data go on record beside the move (CB-1).
        opens: the kind of a ticket that it opens, caused by this one (LIB-5).
        outcome: what the ticket came to: ``solved``, ``workaround``, ``withdrawn``, ``duplicate`` … (WF-9).
        labels: what people read, by language.
    """

    name: str
    source: tuple[Source, ...] = field(converter=listed)
    target: Target
    by: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    when: Condition | None = field(default=None, converter=_condition, kw_only=True)
    requires: tuple[Needed, ...] = field(default=(), converter=listed, kw_only=True)
    waives: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    must_change: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    reasons: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    needs: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    guards: tuple[Guard, ...] = field(default=(), converter=listed, kw_only=True)
    lock: Lock = field(default="respects", kw_only=True)
    gives: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    voids: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    sets: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze, kw_only=True)
    counts: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    records: str | None = field(default=None, kw_only=True)
    opens: str | None = field(default=None, kw_only=True)
    outcome: str | None = field(default=None, kw_only=True)
    labels: FrozenMap[str, str] = field(default=EMPTY, converter=freeze, kw_only=True)
