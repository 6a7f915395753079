"""What a router knows: agents, work, what is in force. Changed by facts alone (`folding`), so replay gives it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import define, field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, UnknownKind
from servicedesk.frozenmap import EMPTY
from servicedesk.routing.agents import Agent
from servicedesk.routing.compiled import Rules
from servicedesk.routing.policy import Override, RoutingPolicy
from servicedesk.routing.queues import NEVER, place_of
from servicedesk.routing.spans import us
from servicedesk.routing.work import Work

__all__ = ["AgentState", "Ended", "State", "WorkState", "WrappingUp"]


@frozen
class WrappingUp:
    """Work that was done and is wrapped up 话后处理; ``bound``: it holds no units, but keeps from its queue."""

    work: Work
    until: int | None
    mode: str
    bound: bool


@frozen
class Ended:
    """How an offer ended, for whoever answers it too late."""

    code: str
    at: int
    because: str | None = None


@define
class AgentState:
    """An agent as they are now. ``held`` counts, by channel, what takes units: in hand, in wrap-up, offered."""

    agent: Agent
    presence: str
    routable: bool
    signed_in: bool
    idle_since: int
    hands: dict[str, int] = field(factory=dict)
    wrapping: dict[str, WrappingUp] = field(factory=dict)
    offers: dict[str, int] = field(factory=dict)
    held: dict[str, int] = field(factory=dict)
    rests_until: int = -NEVER
    misses: int = 0
    assigned: list[int] = field(factory=list)
    last_offer: int = 0
    handled: int = 0
    talk: int = 0

    def hold(self, channel: str, by: int) -> None:
        """Count one more, or one less, of a channel."""
        count = self.held.get(channel, 0) + by
        if count:
            self.held[channel] = count
        else:
            del self.held[channel]

    @property
    def used(self) -> int:
        """Units of capacity taken."""
        return self.agent.capacity.used(self.held)

    def limited_until(self, at: int) -> int | None:
        """Return until when a limit keeps the agent from more work, or ``None`` (ROU-19)."""
        ends = [
            self.assigned[-limit.assignments] + us(limit.within)
            for limit in self.agent.limits
            if len(self.assigned) >= limit.assignments
        ]
        latest = max(ends, default=at)
        return latest if latest > at else None

    def bound(self, queue: str) -> bool:
        """Whether a wrap-up keeps the agent from a queue."""
        return any(part.bound and part.work.queue == queue for part in self.wrapping.values())

    @property
    def is_free(self) -> bool:
        """Whether nothing is in hand, wrapped up or offered."""
        return not (self.hands or self.wrapping or self.offers)


@define
class WorkState:
    """Work as it stands now. ``alone``: preferred agents may still have it for themselves."""

    work: Work
    entered: int
    place: Literal["waiting", "offered", "hand", "wrap_up"] = "waiting"
    agent: str | None = None
    assigned: int | None = None
    step: int = 0
    promoted: bool = False
    alone: bool = False
    held: tuple[str, ...] = ()
    attempt: int = 0
    declined: Mapping[str, int | None] = EMPTY
    ended: Mapping[str, Ended] = EMPTY
    told: tuple[tuple[str, int], ...] = ()

    @property
    def id(self) -> str:
        """Its name."""
        return self.work.id

    @property
    def is_unassigned(self) -> bool:
        """Whether it still looks for somebody."""
        return self.place in ("waiting", "offered")

    def alone_until(self) -> int:
        """Return when the time of its preferred agents is over."""
        return self.entered + us(self.work.preferred_for)

    def is_alone(self, at: int) -> bool:
        """Whether only its preferred agents see it (ROU-12)."""
        return self.alone and at < self.alone_until()

    def bars(self, agent: str, at: int) -> bool:
        """Whether the agent has declined it and still does not see it (ROU-36)."""
        if agent not in self.declined:
            return False
        until = self.declined[agent]
        return until is None or at < until


@define(eq=False)
class State:
    """Everything a router knows, but the time."""

    base: RoutingPolicy
    known: dict[tuple[str, int], RoutingPolicy]
    rules: Rules
    overrides: dict[str, tuple[Override, int]] = field(factory=dict)
    agents: dict[str, AgentState] = field(factory=dict)
    works: dict[str, WorkState] = field(factory=dict)
    alone: set[str] = field(factory=set)
    offered: int = 0

    @classmethod
    def of(cls, policies: Iterable[RoutingPolicy]) -> State:
        """Return the state of a router that has seen nothing; the first policy is in force."""
        several = tuple(policies)
        known = {(policy.name, policy.version): policy for policy in several}
        return cls(several[0], known, Rules(several[0]))

    def policy(self, name: str, version: int) -> RoutingPolicy:
        """Return a policy by its identity.

        Raises:
            UnknownKind: it is not loaded.
        """
        try:
            return self.known[name, version]
        except KeyError:
            loaded = (f"{known} {number}" for known, number in self.known)
            raise UnknownKind(f"{name} {version}", "routing policy", loaded) from None

    def learn(self, policy: RoutingPolicy) -> None:
        """Get to know a policy.

        Raises:
            DefinitionInvalid: another one has its name and version.
        """
        known = self.known.setdefault((policy.name, policy.version), policy)
        if known != policy:
            message = f"version {policy.version} is known already, and says something else; give it another version"
            raise DefinitionInvalid((Problem("version", message),), f"routing policy {policy.name!r}")

    def recompile(self) -> None:
        """Put the policy in force as the overrides change it."""
        self.rules = Rules(self.base.under(override for override, _ in self.overrides.values()))

    def places(self, work: Work) -> bool:
        """Whether the policy in force knows queue and band of work."""
        return self.rules.places(work)

    def holds_on(self, work: Work) -> tuple[str, ...]:
        """Return the overrides whose hold covers work, in the order they were set (ROU-45)."""
        return tuple(name for name, (override, _) in self.overrides.items() if self.covers(override, work))

    def covers(self, override: Override, work: Work) -> bool:
        """Whether the hold of an override covers work."""
        if override.hold is None:
            return False
        own = {"id": work.id, "queue": work.queue, "channel": work.channel, "band": work.band}
        concerned = not override.groups or any(self.rules.sees(group, work.queue) for group in override.groups)
        return override.hold.holds({**work.data, **own}) and concerned

    def preferred_are_here(self, work: Work) -> bool:
        """Whether one of the preferred agents is signed in."""
        found = (self.agents.get(name) for name in work.preferred_agents)
        return any(agent is not None and agent.signed_in for agent in found)

    def turn(self, ws: WorkState, at: int) -> tuple[object, ...]:
        """Return the place of work in a sequence of changed works, the smallest first (ROU-42)."""
        if ws.promoted:
            return 0, 0, 0, 0, ws.entered, ws.id
        if not self.places(ws.work):
            return 2, 0, 0, 0, ws.entered, ws.id
        queue = self.rules.queue(ws.work.queue)
        return 1, *place_of(queue, ws.work, ws.entered, at)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        mine = (self.base, self.overrides, self.agents, self.works, self.offered)
        return mine == (other.base, other.overrides, other.agents, other.works, other.offered)

    __hash__ = None  # type: ignore[assignment]  # it changes
