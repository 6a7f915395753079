"""What a router returns: everything that happened to work and agents, and why (ROU-43).

``router`` names the router. Instants are integer microseconds UTC, durations integer microseconds. Replay of its facts
gives the router again, timers included (ROU-44), so each fact holds the values after it.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from attrs import field, frozen

from servicedesk.frozenmap import FrozenMap, freeze
from servicedesk.routing.agents import Agent
from servicedesk.routing.decision import Decision
from servicedesk.routing.policy import Override
from servicedesk.routing.work import Work

__all__ = [
    "AgentChanged",
    "AgentUnresponsive",
    "NoEligibleAgent",
    "OfferDeclined",
    "OfferExpired",
    "OfferRevoked",
    "OverrideLifted",
    "OverrideSet",
    "PolicyAdopted",
    "RouterFact",
    "WorkAmended",
    "WorkAssigned",
    "WorkCompleted",
    "WorkEnqueued",
    "WorkHeld",
    "WorkOffered",
    "WorkPromoted",
    "WorkRelaxed",
    "WorkReleased",
    "WorkRequeued",
    "WorkTurnedAway",
    "WorkWithdrawn",
    "WrapUpEnded",
]


@frozen(kw_only=True)
class WorkEnqueued:
    """Work entered a queue; ``entered`` may lie before ``at``; ``overflow_from`` turned it away (ROU-31)."""

    kind: ClassVar[str] = "work.enqueued"
    router: str
    at: int
    work: Work
    entered: int
    overflow_from: str | None = None


@frozen(kw_only=True)
class WorkTurnedAway:
    """Work was not let in: the queue is ``full``, or nobody who could do it is there (ROU-31)."""

    kind: ClassVar[str] = "work.turned_away"
    router: str
    at: int
    work: str
    queue: str
    reason: Literal["full", "nobody_signed_in", "nobody_routable"]


@frozen(kw_only=True)
class WorkAmended:
    """Waiting work is another now; its entry and place in time stay (ROU-9)."""

    kind: ClassVar[str] = "work.amended"
    router: str
    at: int
    work: Work


@frozen(kw_only=True)
class WorkRelaxed:
    """A step came into force; ``skipped`` before its time, because nobody was there (ROU-8, ROU-11)."""

    kind: ClassVar[str] = "work.relaxed"
    router: str
    at: int
    work: str
    step: int
    skipped: bool = False


@frozen(kw_only=True)
class WorkPromoted:
    """Work waited so long that it goes first now (ROU-28)."""

    kind: ClassVar[str] = "work.promoted"
    router: str
    at: int
    work: str


@frozen(kw_only=True)
class WorkHeld:
    """Waiting work became invisible by holds (ROU-45); ``overrides`` name all that hold it now."""

    kind: ClassVar[str] = "work.held"
    router: str
    at: int
    work: str
    overrides: tuple[str, ...]


@frozen(kw_only=True)
class WorkReleased:
    """No hold covers the work any longer."""

    kind: ClassVar[str] = "work.released"
    router: str
    at: int
    work: str


@frozen(kw_only=True)
class WorkOffered:
    """An agent was offered work, until an instant that is no longer part of it (ROU-34)."""

    kind: ClassVar[str] = "work.offered"
    router: str
    at: int
    work: str
    agent: str
    attempt: int
    until: int
    decision: Decision


@frozen(kw_only=True)
class OfferDeclined:
    """The agent said no to this work; ``until``: when it is seen again, ``None`` never (ROU-36)."""

    kind: ClassVar[str] = "offer.declined"
    router: str
    at: int
    work: str
    agent: str
    reason: str | None = None
    until: int | None = None


@frozen(kw_only=True)
class OfferExpired:
    """Nobody answered: the so many-th miss in a row (ROU-36)."""

    kind: ClassVar[str] = "offer.expired"
    router: str
    at: int
    work: str
    agent: str
    misses: int


@frozen(kw_only=True)
class OfferRevoked:
    """The offer was taken back, which never counts against the agent (ROU-35)."""

    kind: ClassVar[str] = "offer.revoked"
    router: str
    at: int
    work: str
    agent: str
    because: Literal["withdrawn", "amended", "agent_changed", "assigned", "taken", "requeued"]


@frozen(kw_only=True)
class WorkAssigned:
    """Work is in an agent's hands.

    Attributes:
        line: the agent's; ``group``: the first of theirs that sees the queue.
        wait: from entry to now.
        how: ``accepted`` an offer, ``forced`` delivery, ``taken`` from a pull queue, ``assigned`` by a supervisor.
        overtook: how much work that came first in its order was passed over (ROU-32).
        overrode: what stood against it, where a supervisor forced it (ROU-46).
        decision: where no offer carries it.
    """

    kind: ClassVar[str] = "work.assigned"
    router: str
    at: int
    work: str
    agent: str
    line: int
    group: str | None
    queue: str
    channel: str
    step: int
    attempt: int
    wait: int
    how: Literal["accepted", "forced", "taken", "assigned"]
    overtook: int = 0
    overrode: tuple[str, ...] = ()
    decision: Decision | None = None


@frozen(kw_only=True)
class WorkRequeued:
    """Work in hand waits again, with its old entry unless it was restarted (ROU-14, ROU-46)."""

    kind: ClassVar[str] = "work.requeued"
    router: str
    at: int
    work: Work
    agent: str
    entered: int
    because: Literal["transferred", "offline"]
    restarted: bool = False


@frozen(kw_only=True)
class WorkWithdrawn:
    """Waiting or offered work left: abandoned, solved otherwise, cancelled."""

    kind: ClassVar[str] = "work.withdrawn"
    router: str
    at: int
    work: str
    queue: str
    reason: str
    wait: int


@frozen(kw_only=True)
class WorkCompleted:
    """Work was done; it keeps its units until ``wrap_up_until`` (``None``: until ended by hand) if ``wrapping_up``."""

    kind: ClassVar[str] = "work.completed"
    router: str
    at: int
    work: str
    agent: str
    took: int
    wrapping_up: bool = False
    wrap_up_until: int | None = None


@frozen(kw_only=True)
class WrapUpEnded:
    """The agent's hands are free of this work; ``early`` by hand (ROU-17)."""

    kind: ClassVar[str] = "wrap_up.ended"
    router: str
    at: int
    work: str
    agent: str
    early: bool = False


@frozen(kw_only=True)
class AgentChanged:
    """What an agent is and does now; ``left``: is known no more."""

    kind: ClassVar[str] = "agent.changed"
    router: str
    at: int
    agent: Agent
    presence: str
    left: bool = False


@frozen(kw_only=True)
class AgentUnresponsive:
    """So many offers in a row were missed that the presence became ``unresponsive`` (ROU-36)."""

    kind: ClassVar[str] = "agent.unresponsive"
    router: str
    at: int
    agent: str
    misses: int


@frozen(kw_only=True)
class NoEligibleAgent:
    """Nobody can take this work as things stand; told once for each work, cause and step (ROU-50).

    ``next_change`` is when the work itself changes next, by a step or a delay; ``None``: it waits for an agent.
    """

    kind: ClassVar[str] = "work.no_eligible_agent"
    router: str
    at: int
    work: str
    cause: Literal["nobody_has_it", "nobody_signed_in", "nobody_routable", "all_declined"]
    step: int
    funnel: FrozenMap[str, int] = field(converter=freeze)
    next_change: int | None = None


@frozen(kw_only=True)
class OverrideSet:
    """A temporary change came into force."""

    kind: ClassVar[str] = "override.set"
    router: str
    at: int
    override: Override


@frozen(kw_only=True)
class OverrideLifted:
    """A temporary change is over."""

    kind: ClassVar[str] = "override.lifted"
    router: str
    at: int
    name: str


@frozen(kw_only=True)
class PolicyAdopted:
    """Another policy is in force; ``unplaced`` is waiting work that it has no place for, left as it was (ROU-48)."""

    kind: ClassVar[str] = "policy.adopted"
    router: str
    at: int
    policy: str
    version: int
    unplaced: tuple[str, ...] = ()


RouterFact: TypeAlias = (
    WorkEnqueued
    | WorkTurnedAway
    | WorkAmended
    | WorkRelaxed
    | WorkPromoted
    | WorkHeld
    | WorkReleased
    | WorkOffered
    | OfferDeclined
    | OfferExpired
    | OfferRevoked
    | WorkAssigned
    | WorkRequeued
    | WorkWithdrawn
    | WorkCompleted
    | WrapUpEnded
    | AgentChanged
    | AgentUnresponsive
    | NoEligibleAgent
    | OverrideSet
    | OverrideLifted
    | PolicyAdopted
)
"""Every fact of a router."""
