"""What an accepted step does to a ticket, told as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field, frozen

from servicedesk.frozenmap import FrozenMap
from servicedesk.workflow.state import State

__all__ = ["Move", "MoveDraft"]


@define(slots=True, weakref_slot=False)
class MoveDraft:
    """A move while it is made; `Move` is the same layout, frozen.

    A decision fills in a bare draft and turns it into a `Move` by its class alone: a frozen constructor with sixteen
    keywords would cost more than everything else a decision does.
    """

    step: str
    source: str
    target: State
    stays: bool = field(kw_only=True)
    entered: int = field(kw_only=True)
    round: int = field(kw_only=True)
    line: int | None = field(kw_only=True)
    reason: str | None = field(kw_only=True)
    outcome: str | None = field(kw_only=True)
    data: FrozenMap[str, Any] = field(kw_only=True)
    marks: tuple[str, ...] = field(kw_only=True)
    counters: Mapping[str, int] = field(kw_only=True)
    timers: tuple[tuple[str, int], ...] = field(kw_only=True)
    records: str | None = field(kw_only=True)
    record: FrozenMap[str, Any] = field(kw_only=True)
    lock: str = field(kw_only=True)


@frozen(slots=True, weakref_slot=False, repr=False)
class Move(MoveDraft):
    """What an accepted step does; ``entered`` to ``timers`` are the values *after* it (EV-3).

    ``stays`` marks a step that changes data only (`STAY`). ``data`` is what the step sets, ``None`` is cleared.
    ``marks`` are sorted; ``timers`` pair a step with its due instant. What goes on record is named in ``records`` and
    told in ``record``; ``lock`` is what the step does to a claim.
    """

    def __repr__(self) -> str:
        where = "stays" if self.stays else f"to {self.target.name!r}"
        return f"<Move {self.step!r} from {self.source!r} {where}>"
