"""Why a ticket is not in the archive yet: who has it, since when, and what the next stage lacks (workflow §10)."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from servicedesk.catalogue import Definitions
from servicedesk.instants import from_us
from servicedesk.tickets.attempt import workflow_of
from servicedesk.tickets.ticket import Ticket, is_open
from servicedesk.workflow import CompiledWorkflow, Edge, missing_fields

__all__ = ["Onward", "WhyOpen", "why_open"]

_STAGES = ("accept", "handle", "callback", "archive")


@frozen
class Onward:
    """A step on a shortest way to the next stage: who may take it (``None``: everybody), and what is not there yet."""

    step: str
    roles: tuple[str, ...] | None
    lacks: tuple[str, ...]
    """Fields that are not known, then marks that are not held; guards and reasons are told by `available` alone."""

    def __str__(self) -> str:
        by = "anybody" if self.roles is None else " or ".join(self.roles) or "nobody"
        return f"{self.step} by {by}" + (f", lacks {', '.join(self.lacks)}" if self.lacks else "")


@frozen(kw_only=True)
class WhyOpen:
    """What keeps a ticket where it is; ``since`` is an instant in microseconds UTC."""

    state: str
    stage: str
    since: int
    holder: str | None
    """Who claimed it, else who is responsible: a person, or a group."""
    reason: str | None
    """The reason that was given for entering the state."""
    children: tuple[str, ...]
    """Those that are still open."""
    unanswered: str | None
    """The department whose answer to a supervision 督办 is missing."""
    onward: tuple[Onward, ...]

    def __str__(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        parts = [
            f"{self.state}{reason} since {from_us(self.since)}",
            f"held by {self.holder}" if self.holder else "held by nobody",
            f"open: {', '.join(self.children)}" if self.children else "",
            f"unanswered by {self.unanswered}" if self.unanswered else "",
            f"next: {'; '.join(map(str, self.onward))}" if self.onward else "no way on",
        ]
        return "; ".join(filter(None, parts))


def why_open(ticket: Ticket, *, definitions: Definitions) -> WhyOpen | None:
    """Return what keeps a ticket from its next stage; ``None``: it is archived, or part of another.

    What fell due since its last fact is not seen: `advance` it first.

    >>> from servicedesk import Actor, Definitions, tickets
    >>> from servicedesk.workflow import library
    >>> desk = Definitions([library.work_order()])
    >>> issue = tickets.Accept(ticket="W-1", actor=Actor("n2", "centre"), kind="work_order", group="north")
    >>> print(why_open(tickets.decide(None, issue, definitions=desk, at=0).ticket, definitions=desk))
    issued since 1970-01-01 00:00:00+00:00; held by north; unanswered by north; next: sign by dept

    Raises:
        UnknownKind: its workflow, or its state, is not among the definitions.
    """
    if ticket.stage == "archive" or ticket.merged_into is not None:
        return None
    supervision = ticket.supervision
    return WhyOpen(
        state=ticket.state,
        stage=ticket.stage,
        since=ticket.entered,
        holder=ticket.assignee or ticket.group if ticket.claim is None else ticket.claim.agent,
        reason=ticket.reason,
        children=tuple(child for child, category in ticket.children.items() if is_open(category)),
        unanswered=None if supervision is None or supervision.answered else supervision.department,
        onward=_onward(ticket, workflow_of(ticket, definitions)),
    )


def _onward(ticket: Ticket, flow: CompiledWorkflow) -> tuple[Onward, ...]:
    """Return the first steps of the shortest ways to the nearest later stage that can be reached within this one."""
    values = ticket.values
    edges = [
        edge
        for candidates in flow.table.values()
        for edge in candidates
        if not edge.stays and (edge.step.when is None or edge.step.when.truth(values) is not False)
    ]
    stages = {state.name: state.category.stage for state in flow.definition.states}
    for stage in _STAGES[_STAGES.index(ticket.stage) + 1 :]:
        ways = _distances(edges, stages, ticket.stage, stage)
        if ticket.state in ways:
            first = [e for e in edges if e.source == ticket.state and ways.get(e.target.name) == ways[e.source] - 1]
            return tuple(dict.fromkeys(_way(edge, ticket) for edge in first))
    return ()


def _distances(edges: Iterable[Edge], stages: dict[str, str], here: str, goal: str) -> dict[str, int]:
    """Return how many steps each state of this stage is from the goal, without another stage in between."""
    found = {state: 0 for state, stage in stages.items() if stage == goal}
    near, steps = set(found), 0
    while near:
        steps += 1
        sources = {edge.source for edge in edges if edge.target.name in near}
        near = {state for state in sources if stages[state] == here} - set(found)
        found |= dict.fromkeys(near, steps)
    return found


def _way(edge: Edge, ticket: Ticket) -> Onward:
    unknown = (refusal["field"] for refusal in missing_fields(edge.requires, ticket.values))
    unheld = (mark for mark in edge.step.needs if mark not in ticket.marks)
    return Onward(edge.step.name, None if edge.roles is None else tuple(sorted(edge.roles)), (*unknown, *unheld))
