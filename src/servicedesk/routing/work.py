"""What waits to be taken: a ticket, a call, a chat, a mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any

from attrs import field, frozen

from servicedesk.errors import Problem
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze_exact
from servicedesk.instants import Instant, instant_us
from servicedesk.routing.agents import names
from servicedesk.routing.checked import is_a
from servicedesk.routing.requirements import Relaxation, Requirement
from servicedesk.routing.skills import SkillGraph, name_problems
from servicedesk.routing.spans import one_span, span_or_none, span_problems, us

__all__ = ["Work"]


def _instant_or_none(value: Instant | None) -> int | None:
    return None if value is None else instant_us(value, "due")


def _requirement(value: Requirement | str) -> Requirement:
    return Requirement.parse(value) if isinstance(value, str) else value


_NEED, _RELAXED = "Requirement.parse('marketing>=3')", "Relaxation([('60s', 'marketing>=2')])"


@frozen(kw_only=True)
class Work:
    """One piece of work 待派任务, as it waits in a queue.

    Args:
        id: its name; that of the ticket or contact, in most desks.
        queue: the waiting room it enters.
        channel: what it costs an agent's capacity; ``voice``, ``chat``, ``mail``, or a word of the host.
        requirement: who can take it, as a value or as text.
        relaxation: how that widens while it waits.
        band: its priority band, one of the queue's; the least urgent where none is said.
        due: when it should be served; else ``target``, a span from entry, says so.
        head_start: served as if it had come so much earlier (ROU-26).
        preferred_agents: who should have it, in this order; alone so for ``preferred_for`` from entry on (ROU-12).
        excluded: agents who must not have it (four eyes).
        data: the host's values, which the conditions of holds may name.

    >>> Work(id="T1", queue="marketing", requirement="system:marketing>=3; lines 1", target="20s").target
    datetime.timedelta(seconds=20)
    """

    id: str
    queue: str
    channel: str = "voice"
    requirement: Requirement = field(default=Requirement(), converter=_requirement, validator=is_a(Requirement, _NEED))
    relaxation: Relaxation | None = field(default=None, validator=is_a(Relaxation, _RELAXED, or_none=True))
    band: str | None = None
    due: int | None = field(default=None, converter=_instant_or_none)
    target: timedelta | None = field(default=None, converter=span_or_none)
    head_start: timedelta = field(default=timedelta(0), converter=one_span)
    preferred_agents: tuple[str, ...] = field(default=(), converter=names)
    preferred_for: timedelta = field(default=timedelta(0), converter=one_span)
    excluded: tuple[str, ...] = field(default=(), converter=names)
    data: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze_exact)

    @cached_property
    def steps(self) -> tuple[tuple[int, Requirement], ...]:
        """Every requirement with the microseconds from entry on after which it is in force, its own first."""
        relaxed = () if self.relaxation is None else self.relaxation.steps
        return ((0, self.requirement), *((us(after), need) for after, need in relaxed))

    def problems(self, graph: SkillGraph | None = None) -> tuple[Problem, ...]:
        """List what is wrong with it; with a graph also skills which that does not know."""
        return tuple(self._problems(graph))

    def _problems(self, graph: SkillGraph | None) -> Iterator[Problem]:
        yield from name_problems("id", self.id, "work")
        yield from name_problems("queue", self.queue, "queue")
        yield from name_problems("channel", self.channel, "channel")
        yield from (problem.under("requirement") for problem in self.requirement.problems(graph))
        if self.relaxation is not None:
            found = self.relaxation.problems(self.requirement, graph)
            yield from (problem.under("relaxation") for problem in found)
        yield from span_problems("target", self.target, zero=False)
        yield from span_problems("head_start", self.head_start)
        yield from span_problems("preferred_for", self.preferred_for)
