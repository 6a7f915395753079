"""Days of a router, played and written down; and what a naive router saw whenever it offered work."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from attrs import field, frozen
from hypothesis import strategies as st

from oracles import routing_lives as lives
from oracles.naive_desk import Job, Seat
from oracles.naive_router import NaiveRouter
from servicedesk.errors import DefinitionInvalid, Refused
from servicedesk.routing import RoutingPolicy
from servicedesk.routing.facts import WorkOffered
from servicedesk.routing.router import Router

__all__ = ["CORNERS", "Call", "Day", "Offer", "Witness", "corners", "day", "days", "do", "succeeded"]

Call = tuple[str, tuple[Any, ...], dict[str, Any]]


@frozen(kw_only=True)
class Day:
    """A policy and what a router was told; each call with its facts or with its error."""

    seed: int
    length: int
    policy: RoutingPolicy = field(repr=False)
    calls: tuple[tuple[Call, Any], ...] = field(repr=False)
    end: int = field(repr=False)
    router: Router = field(eq=False, repr=False)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))  # a failing day is named by its seed and its length

    @property
    def facts(self) -> tuple[Any, ...]:
        """Every fact that was told."""
        return tuple(fact for _, told in self.calls if succeeded(told) for fact in told)


def succeeded(told: Any) -> bool:
    """Whether a call was answered with facts."""
    return isinstance(told, tuple)


def do(router: Any, call: Call) -> Any:
    """Call a verb; return the facts, or the error of a refusal."""
    verb, args, more = call
    try:
        return getattr(router, verb)(*args, **more)
    except (Refused, DefinitionInvalid) as error:
        return error


def day(seed: int, length: int) -> Day:
    """Play a day of so many calls, after four agents came."""
    chance = Random(seed)
    policy = lives.policy(chance)
    while policy.problems():
        policy = lives.policy(chance)
    router, at, rules, version = Router(policy), 0, policy, 1
    calls: list[tuple[Call, Any]] = []
    offers: list[tuple[str, str]] = []
    for number in range(length):
        if number < len(COME):
            call: Call = ("agent_changed", (lives.agent(chance, COME[number], 0),), {"at": 0, "presence": "available"})
        else:
            at += chance.choice((0, 0, 0, 1, 1, 1, 2, 3)) * lives.SECOND
            call = lives.call(chance, rules, at, offers, version + 1)
            call = _aimed(chance, router, call) if chance.random() < 0.8 else call
        told = do(router, call)
        calls.append((call, told))
        if succeeded(told):
            offers += [(fact.work, fact.agent) for fact in told if isinstance(fact, WorkOffered)]
            if call[0] == "adopt":
                rules, version = call[1][0], version + 1
    return Day(seed=seed, length=length, policy=policy, calls=tuple(calls), end=at, router=router)


COME = ("A1", "A2", "A3", "A4")


def _aimed(chance: Random, router: Router, call: Call) -> Call:
    """Aim a call at work that is where the verb wants it, so that most calls do something."""
    verb, args, more = call
    places = {name: router.explain(name) for name in lives.WORKS if name in router._engine.state.works}
    wanted = {"complete": "hand", "transfer": "hand", "accept": "offered", "decline": "offered", "ready": "wrap_up"}
    aimed = ("take", "assign", "amend", "withdraw", *wanted)
    here = sorted(name for name, view in places.items() if view.place == wanted.get(verb, "waiting"))
    if verb not in aimed or not here:
        return call
    name = chance.choice(here)
    agent = places[name].agent or chance.choice(router.agents or COME)
    if verb == "take" and (able := [who for who in router.agents if router.available_to(who)]):
        agent = chance.choice(able)
        name = chance.choice(router.available_to(agent))
    if verb == "ready":
        return verb, (agent,), more
    return verb, (name, agent)[: len(args)], more


def days() -> st.SearchStrategy[Day]:
    """Draw days; one that breaks a law is shortened to its first calls."""
    return st.tuples(st.integers(0, 2**32 - 1), st.integers(5, 45)).map(lambda told: day(*told))


# --- what a day reached -----------------------------------------------------------------------------------------------

CORNERS = frozenset(
    (
        *("WorkOffered", "OfferExpired", "OfferDeclined", "WorkRelaxed", "a step skipped", "WorkPromoted"),
        *("WorkHeld", "WorkReleased", "taken", "overtook", "forced", "assigned", "WrapUpEnded", "an overflow"),
        *("PolicyAdopted", "WorkTurnedAway", "AgentUnresponsive", "OfferRevoked", "WorkRequeued", "a runner-up"),
    )
)
"""What days must reach, or the laws about them are worth little."""


def corners(facts: Any) -> Iterator[str]:
    """Name what facts tell of."""
    for fact in facts:
        yield type(fact).__name__
        yield from (word for word in ("overtook", "overrode") if getattr(fact, word, None))
        if how := getattr(fact, "how", None):
            yield how
        if getattr(fact, "skipped", False):
            yield "a step skipped"
        if getattr(fact, "overflow_from", None):
            yield "an overflow"
        decision = getattr(fact, "decision", None)
        if decision is not None and decision.runner_up:
            yield "a runner-up"


# --- a naive router that looks around whenever it offers --------------------------------------------------------------


@frozen(kw_only=True)
class Offer:
    """What a naive router saw at the moment of an offer; ``before`` is what the agent sees before this work.

    ``turns`` are agents and works whose own turn, or timer, in the same instant was still to come (ROU-40, ROU-42).
    """

    work: str
    agent: str
    trigger: str
    able: tuple[str, ...]
    before: tuple[tuple[str, bool, int], ...]
    entered: int
    turns: frozenset[str]


class Witness(NaiveRouter):
    """Keep account of offers, and of whose turn is still to come."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.seen_offers: tuple[Offer, ...] = ()
        self.turns: frozenset[str] = frozenset()

    def follow(self, works: dict[Job, bool], seats: Any = ()) -> None:
        seats = list(seats)
        outer = self.turns
        self.turns = outer | {job.work.id for job in works} | {seat.agent.id for seat in seats}
        super().follow(works, seats)
        self.turns = outer

    def _ruled_anew(self) -> None:
        self.turns = frozenset({*self.jobs, *self.seats})
        super()._ruled_anew()
        self.turns = frozenset()

    def _apply(self, withdrawn: Any, works: Any, agents: Any) -> None:
        self.turns = frozenset({*self.jobs, *self.seats})
        super()._apply(withdrawn, works, agents)
        self.turns = frozenset()

    def offer(self, job: Job, seat: Seat, trigger: str, runner_up: Any) -> None:
        mine = self.seen(seat, ("push", "both"))
        place = mine.index(job) if job in mine else len(mine)
        due = {name for timer in self.timers() if timer[0] == self.now for name in timer[2:]}
        offer = Offer(
            work=job.work.id,
            agent=seat.agent.id,
            trigger=trigger,
            able=tuple(other.agent.id for other in self.able(job)),
            before=tuple((other.work.id, other.promoted, other.entered) for other in mine[:place]),
            entered=job.entered,
            turns=self.turns | due,
        )
        self.seen_offers = (*self.seen_offers, offer)
        super().offer(job, seat, trigger, runner_up)
