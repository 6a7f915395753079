"""A place in a ticket's life, and the timers that run while it stands there."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

from attrs import field, frozen

from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.instants import to_duration
from servicedesk.workflow.words import Category, Needed, listed

__all__ = ["State", "Timer"]


def _span(value: timedelta | str | None) -> timedelta | None:
    return None if value is None else to_duration(value, argument="after")


@frozen
class Timer:
    """Take ``step`` by itself: a span ``after`` the state was entered, or at the instant a field tells (TM-1).

    Args:
        step: the step to take, as the role ``system``; or `URGE`, which only urges.
        after: a span, ``"24h"``; counted on ``calendar`` where one is named, else around the clock.
        at_field: a declared field of type ``instant``; the timer follows its value.
        calendar: the name of a calendar given at ``compile(calendars=...)``.
    """

    step: str
    after: timedelta | None = field(default=None, converter=_span)
    at_field: str | None = field(default=None, kw_only=True)
    calendar: str | None = field(default=None, kw_only=True)


def _category(value: str | Category) -> Any:
    """Keep an unknown category as it is: `Workflow.problems` will name it together with everything else."""
    try:
        return Category(value)
    except ValueError:
        return value


@frozen
class State:
    """A place in a ticket's life.

    Args:
        name: 1 to 100 characters of any script (WF-1).
        category: the stage it belongs to.
        born: a ticket may begin here; the first such state is the default (WF-2).
        final: nothing leaves this state, and that is meant (WF-3).
        line: 1, 2 or 3 where a support line holds the ticket.
        group: a name to select several states by, `InGroup` (WF-4).
        requires: names of values that must be known to enter; ``For("seat", ...)`` asks one role only (WF-6).
        inherits: another state, whose requirements hold here too.
        timers: what happens by itself, in the order of declaration (TM-1).
        outcome: what a ticket that enters has come to, unless the step says it (WF-9).
        labels: what people read, by language: ``{"zh": "受理"}``.
    """

    name: str
    category: Category = field(converter=_category)
    born: bool = field(default=False, kw_only=True)
    final: bool = field(default=False, kw_only=True)
    line: int | None = field(default=None, kw_only=True)
    group: str = field(default="", kw_only=True)
    requires: tuple[Needed, ...] = field(default=(), converter=listed, kw_only=True)
    inherits: str | None = field(default=None, kw_only=True)
    timers: tuple[Timer, ...] = field(default=(), converter=listed, kw_only=True)
    outcome: str | None = field(default=None, kw_only=True)
    labels: FrozenMap[str, str] = field(default=EMPTY, converter=freeze, kw_only=True)

    @cached_property
    def stands(self) -> str:
        """Its category as facts spell it: asked for by every move, and an enumeration is slow to tell its value."""
        return self.category.value
