"""Metrics: which changes of a ticket start, pause and end a clock (SLA-48)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import field, frozen

from servicedesk.conditions import Condition, Field
from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.sla.clocks.pauses import reason_problems

__all__ = ["METRICS", "Metric", "OnReopen", "When", "read_pauses", "read_when"]

OnReopen: TypeAlias = Literal["resume", "restart", "stay"]
"""What a reopened ticket does to an ended clock: the same cycle goes on, the next one begins, or nothing (SLA-54)."""

When: TypeAlias = Condition | str
"""A condition over a ticket's values, its text, or one bare word: the name of an event (SLA-48)."""

_WORD = re.compile(r"[^\W\d]\w*")


def read_when(value: When | None) -> Condition | None:
    """Return a condition; a bare word such as ``"resolved"`` is short for ``event == "resolved"``.

    Raises:
        DefinitionInvalid: the text is no condition.
    """
    if value is None or isinstance(value, Condition):
        return value
    if not isinstance(value, str):
        raise TypeError(f"a condition is a Condition, its text or the name of an event, not {value!r}")
    if _WORD.fullmatch(value):
        return Field("event") == value
    return Condition.parse(value)


def read_pauses(value: Mapping[str, When] | When) -> FrozenMap[str, Condition]:
    """Return reasons and the conditions under which they hold; one condition alone has the reason ``"on_hold"``."""
    given = value if isinstance(value, Mapping) else {"on_hold": value}
    nameless = [problem for reason in given for problem in reason_problems(reason)]
    if nameless:
        raise DefinitionInvalid((Problem("", problem.message) for problem in nameless), "pause")
    read = {reason: read_when(condition) for reason, condition in given.items()}
    return FrozenMap({reason: condition for reason, condition in read.items() if condition is not None})


@frozen(kw_only=True)
class Metric:
    """What a clock measures: the conditions on a ticket's values that move it.

    They are asked after every change, about the values as they are then and the ``event`` that brought it: a category
    or state just entered, ``"replied"`` (the desk, in public, by a person), ``"customer_replied"``, ``"handed_over"``,
    ``"reopened"`` … whatever words the host uses. Several at once: stop > lapse > cancel > reset > pause > resume
    (SLA-52).

    Attributes:
        name: what goals call it.
        start: an edge: once started, a clock ends only by what follows (SLA-51). Without one it starts with its goal,
            unless the ticket's ``category`` is resolved or closed by then.
        stop: the work is done, and judged. A goal's own ``stop`` takes its place.
        lapse: the end without the work, a closed ticket that nobody answered: not met if broken by then, else open.
        cancel: the end without a verdict.
        reset: this cycle ends without a verdict and the next begins.
        pause: reasons, each a level: it holds while its condition does, or until ``resume`` if that is given.
        resume: what lets go of every reason.
        again: what ``start`` does when it holds on an ended clock: the next cycle (``"restart"``), the same one
            (``"resume"``, so that stretches accumulate), or nothing.
        on_reopen: what the event ``"reopened"`` does to an ended clock.
        anchor: a clock that is attached late counts from the ticket's acceptance, or from then (SLA-53).
        per_team: one clock for each team that holds the ticket, named by the value ``team`` (SLA-73).
    """

    name: str
    start: Condition | None = field(default=None, converter=read_when)
    stop: Condition | None = field(default=None, converter=read_when)
    lapse: Condition | None = field(default=None, converter=read_when)
    cancel: Condition | None = field(default=None, converter=read_when)
    reset: Condition | None = field(default=None, converter=read_when)
    pause: FrozenMap[str, Condition] = field(default=EMPTY, converter=read_pauses)
    resume: Condition | None = field(default=None, converter=read_when)
    again: Literal["", "resume", "restart"] = ""
    on_reopen: OnReopen = "stay"
    anchor: Literal["accepted", "attached"] = "accepted"
    per_team: bool = False

    def __attrs_post_init__(self) -> None:
        if not _WORD.fullmatch(self.name):
            problem = Problem("name", f"{self.name!r} is no name; write for instance 'first_response'")
            raise DefinitionInvalid((problem,), "metric")

    def problems(self) -> tuple[Problem, ...]:
        """List what works but may not mean what its author thinks."""
        if self.resume is not None:
            return ()
        fleeting = [reason for reason, when in self.pause.items() if when.fields == frozenset({"event"})]
        return tuple(
            Problem(
                f"pause.{reason}",
                f"{self.pause[reason]} holds only until the next event; ask for a state, or give resume=",
                code="fleeting_pause",
                severity="warning",
            )
            for reason in fleeting
        )


_UNSOLVED = 'category in {"new", "active", "waiting"}'

_READY_MADE = (
    Metric(name="first_response", stop="replied", lapse="closed"),
    Metric(
        name="next_response",
        start="customer_replied",
        stop="replied",
        lapse="closed",
        again="restart",
        anchor="attached",
    ),
    Metric(
        name="periodic_update",
        start=_UNSOLVED,
        stop="replied",
        lapse='(category in {"resolved", "closed"}) | (event == "closed")',
        again="restart",
        anchor="attached",
    ),
    Metric(name="resolution", on_reopen="resume"),
    Metric(
        name="requester_wait",
        start='category == "waiting"',
        stop='category != "waiting"',
        again="resume",
        anchor="attached",
    ),
    Metric(
        name="agent_work",
        start='category == "active"',
        stop='category != "active"',
        again="resume",
        anchor="attached",
    ),
    Metric(
        name="ownership",
        start=_UNSOLVED,
        stop='category in {"resolved", "closed"}',
        again="resume",
        anchor="attached",
        per_team=True,
    ),
)

METRICS: Mapping[str, Metric] = FrozenMap({metric.name: metric for metric in _READY_MADE})
"""The metrics a goal may name without further ado (SLA-48 to SLA-50, SLA-73).

Those that follow the life of a ticket ask for its ``category``: new, active, waiting, resolved or closed.
"""
