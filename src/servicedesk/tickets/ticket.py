"""The state of a ticket, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from attrs import define, frozen

from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.instants import from_us
from servicedesk.workflow import Category

__all__ = ["Beside", "Claimed", "Draft", "Supervision", "Ticket", "Urged", "frozen_ticket", "is_open", "thawed"]

_OPEN = frozenset(category.value for category in Category if category.is_open)


def is_open(category: str) -> bool:
    """Whether a category, as facts spell it, still waits for its solution."""
    return category in _OPEN


@frozen
class Claimed:
    """Who holds the ticket 锁定, in ``[since, until)`` (CL-1)."""

    agent: str
    since: int
    until: int


@frozen(kw_only=True)
class Supervision:
    """A department that must answer by ``reply_due`` 督办 (SUP-3); ``last``: nothing is above this level."""

    department: str | None
    level: int
    reply_due: int
    last: bool = False
    reason: str | None = None
    answered_at: int | None = None

    @property
    def answered(self) -> bool:
        """Whether the department has answered."""
        return self.answered_at is not None

    @property
    def next_due(self) -> int | None:
        """When the next level begins by itself; ``None``: it does not."""
        return None if self.answered or self.last else self.reply_due


@frozen(kw_only=True)
class Urged:
    """The urges 催办 of this round, how many of them a customer's, and the last instant each addressee was urged."""

    number: int = 0
    by_customer: int = 0
    last: FrozenMap[str | None, int] = EMPTY


@frozen(kw_only=True)
class Beside:
    """What few tickets have: it stands beside the state and is shared by all that have nothing of it.

    ``taken`` tells who was the last to take the steps that ask for another person later (DEC-8); ``callbacks`` counts
    those of this round, ``attempts`` are the instants of the vain ones. ``children`` maps each to its category,
    ``absorbed`` each to its earliest acceptance and the children it brought, ``links`` pair a link with a ticket.
    """

    complete: bool = True
    domain: str | None = None
    region: str | None = None
    branch: str | None = None
    callback_urgency: str | None = None
    taken: FrozenMap[str, str] = EMPTY
    claim: Claimed | None = None
    supervision: Supervision | None = None
    urged: Urged = Urged()
    callbacks: int = 0
    attempts: tuple[int, ...] = ()
    children: FrozenMap[str, str] = EMPTY
    lead: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    merged_into: str | None = None
    absorbed: FrozenMap[str, tuple[int, tuple[str, ...]]] = EMPTY


@define(slots=True, weakref_slot=False)
class Draft:
    """The ticket while facts are folded into it; `Ticket` is the same layout, frozen."""

    id: str
    version: int
    workflow: str
    workflow_version: int
    state: str
    category: str
    entered: int
    accepted: int
    at: int
    round: int = 1
    line: int | None = None
    service: str | None = None
    channel: str | None = None
    caller: str | None = None
    symptom: str | None = None
    priority: str | None = None
    group: str | None = None
    assignee: str | None = None
    reason: str | None = None
    outcome: str | None = None
    fields: FrozenMap[str, Any] = EMPTY
    marks: tuple[str, ...] = ()
    counters: FrozenMap[str, int] = EMPTY
    timers: tuple[tuple[str, int], ...] = ()
    last_active: str | None = None
    keys: tuple[str, ...] = ()
    beside: Beside = Beside()


@frozen(slots=True, weakref_slot=False, repr=False)
class Ticket(Draft):
    """One ticket 工单: a small frozen state without history; ``version`` is the number of facts folded into it.

    Instants (``accepted``, ``entered`` the present state, ``at`` the last fact) are integer microseconds UTC.
    ``round`` counts the closed loops: 1, and one more each time the ticket leaves resolved or closed for an open state.
    ``marks`` are sorted, ``timers`` pair a step with its due instant, ``last_active`` is the last active state (WF-8).
    What few tickets have stands in ``beside`` and reads like the rest.
    """

    @property
    def complete(self) -> bool:
        """False for a ticket imported in the middle of its life."""
        return self.beside.complete

    @property
    def domain(self) -> str | None:
        """What it is about, in the host's words."""
        return self.beside.domain

    @property
    def region(self) -> str | None:
        """Where, in the host's words."""
        return self.beside.region

    @property
    def branch(self) -> str | None:
        """Whose, in the host's words."""
        return self.beside.branch

    @property
    def callback_urgency(self) -> str | None:
        """Whether its callback may be suspended (CB-3)."""
        return self.beside.callback_urgency

    @property
    def taken(self) -> FrozenMap[str, str]:
        """Who was the last to take each four-eyes step of this round (DEC-8)."""
        return self.beside.taken

    @property
    def claim(self) -> Claimed | None:
        """Who holds it, if anybody (CL-1)."""
        return self.beside.claim

    @property
    def supervision(self) -> Supervision | None:
        """The supervision it is under, if any (SUP-3)."""
        return self.beside.supervision

    @property
    def urged(self) -> Urged:
        """The urges of this round (SUP-2)."""
        return self.beside.urged

    @property
    def callbacks(self) -> int:
        """How often the customer was called back in this round (CB-1)."""
        return self.beside.callbacks

    @property
    def attempts(self) -> tuple[int, ...]:
        """When the customer was called back in vain, this round (CB-3)."""
        return self.beside.attempts

    @property
    def children(self) -> FrozenMap[str, str]:
        """Its children and the category of each (REL-2)."""
        return self.beside.children

    @property
    def lead(self) -> str | None:
        """The child that leads the others (REL-5); none while that child is away."""
        return self.beside.lead if self.beside.lead in self.beside.children else None

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """What it points at: pairs of link and ticket (REL-1)."""
        return self.beside.links

    @property
    def merged_into(self) -> str | None:
        """The ticket it became part of, if any (REL-4)."""
        return self.beside.merged_into

    @property
    def absorbed(self) -> FrozenMap[str, tuple[int, tuple[str, ...]]]:
        """What became part of it (REL-4)."""
        return self.beside.absorbed

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its solution."""
        return self.category in _OPEN

    @property
    def stage(self) -> str:
        """What its customer is told: accept 受理, handle 处理, callback 回访, archive 归档."""
        return Category(self.category).stage

    @property
    def parent(self) -> str | None:
        """The ticket it is a part of, if any."""
        return next((other for link, other in self.links if link == "child_of"), None)

    @property
    def earliest(self) -> int:
        """The earliest acceptance, that of every ticket it absorbed included (REL-4)."""
        return min((self.accepted, *(earliest for earliest, _ in self.absorbed.values())))

    @property
    def next_due(self) -> int | None:
        """When it wants to be advanced: the earliest of timers, claim and supervision, microseconds UTC (TM-2)."""
        beside = self.beside
        if beside.claim is None and beside.supervision is None and beside.merged_into is None:
            timers = self.timers  # nearly always, and then at most one
            if len(timers) < 2:
                return timers[0][1] if timers else None
            return min([due for _, due in timers])
        if beside.merged_into is not None:
            return None
        found = [due for _, due in self.timers]
        if beside.claim is not None:
            found.append(beside.claim.until)
        if beside.supervision is not None and (due := beside.supervision.next_due) is not None:
            found.append(due)
        return min(found, default=None)

    @property
    def values(self) -> Mapping[str, Any]:
        """What conditions and requirements may name: the ticket's own words, then the host's fields."""
        beside = self.beside  # written out: conditions read it in every other decision, and a law knows the names
        return {
            "state": self.state,
            "category": self.category,
            "line": self.line,
            "service": self.service,
            "channel": self.channel,
            "symptom": self.symptom,
            "priority": self.priority,
            "domain": beside.domain,
            "region": beside.region,
            "branch": beside.branch,
            "callback_urgency": beside.callback_urgency,
            "group": self.group,
            "assignee": self.assignee,
            "outcome": self.outcome,
            "round": self.round,
            **self.fields,
        }

    def __repr__(self) -> str:
        merged = "" if self.merged_into is None else f", merged into {self.merged_into}"
        since = from_us(self.entered)
        return f"<Ticket {self.id} version {self.version}: {self.workflow}/{self.state} since {since}{merged}>"


_new = object.__new__


def thawed(ticket: Ticket) -> Draft:
    """Return a draft of a ticket, to fold facts into.

    Every slot is written out: a constructor that takes them all costs twice as much, and each fact folded by itself
    pays for it. A law holds this list against the fields.
    """
    new = _new(Draft)
    new.id, new.version, new.at = ticket.id, ticket.version, ticket.at
    new.workflow, new.workflow_version = ticket.workflow, ticket.workflow_version
    new.state, new.category, new.last_active = ticket.state, ticket.category, ticket.last_active
    new.entered, new.accepted, new.round = ticket.entered, ticket.accepted, ticket.round
    new.line, new.group, new.assignee = ticket.line, ticket.group, ticket.assignee
    new.service, new.channel, new.caller = ticket.service, ticket.channel, ticket.caller
    new.symptom, new.priority = ticket.symptom, ticket.priority
    new.reason, new.outcome, new.fields = ticket.reason, ticket.outcome, ticket.fields
    new.marks, new.counters, new.timers = ticket.marks, ticket.counters, ticket.timers
    new.keys, new.beside = ticket.keys, ticket.beside
    return new


def frozen_ticket(draft: Draft) -> Ticket:
    """Turn the draft itself into a ticket: equal slots, so no copy is needed. The draft must not be used again."""
    draft.__class__ = Ticket
    return cast("Ticket", draft)
