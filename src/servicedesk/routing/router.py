"""The router 派单引擎: facts in, facts out. It never looks at a clock, and says when it next wants to be called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, Self

from servicedesk.instants import Instant, instant_us
from servicedesk.routing import governing, handing, queueing, staffing
from servicedesk.routing.agents import Agent
from servicedesk.routing.checked import require
from servicedesk.routing.engine import Engine
from servicedesk.routing.facts import RouterFact
from servicedesk.routing.history import follow
from servicedesk.routing.looking import Looking
from servicedesk.routing.policy import Override, RoutingPolicy
from servicedesk.routing.state import State
from servicedesk.routing.work import Work

__all__ = ["Router"]


class Router(Looking):
    """One deterministic machine for production, replay and simulation (ROU-39).

    Every verb takes ``at``, lets first fall due what is due by then, and returns the facts of both. Extra calls of
    `advance` change nothing (ROU-41). A refusal raises `Refused` and changes nothing; what fell due meanwhile is told
    with the next answer. One router's calls come one after the other.

    Args:
        policy: what it decides by.
        name: of the router, in its facts.
        explain: ``funnel`` counts in every decision how many agents each stage left; ``keys`` leaves that out.

    Raises:
        DefinitionInvalid: the policy has problems; all of them are listed.

    >>> import pendulum
    >>> nine = pendulum.datetime(2026, 3, 2, 9, tz="Asia/Shanghai")
    >>> router = Router(RoutingPolicy(name="desk", queues=["marketing"]))
    >>> facts = router.agent_changed("wang", presence="available", skills={"system:marketing": 3}, at=nine)
    >>> work = Work(id="T1", queue="marketing", requirement="system:marketing>=3; lines 1")
    >>> offered = router.enqueue(work, at=nine)[-1]
    >>> offered.agent, offered.decision.funnel["skills"], offered.decision.runner_up
    ('wang', 1, None)
    >>> print(pendulum.from_timestamp(router.next_due / 10**6, tz="Asia/Shanghai"))
    2026-03-02 09:00:20+08:00
    """

    __slots__ = ()

    def __init__(
        self, policy: RoutingPolicy, *, name: str = "router", explain: Literal["funnel", "keys"] = "funnel"
    ) -> None:
        require("policy", policy, RoutingPolicy, "RoutingPolicy(name='desk', queues='hotline')")
        if explain not in ("funnel", "keys"):
            raise TypeError(f"explain is 'funnel' or 'keys', not {explain!r}")
        policy.check()
        self._engine = Engine(State.of([policy]), name, count=explain == "funnel")

    @classmethod
    def replay(
        cls,
        policy: RoutingPolicy | Iterable[RoutingPolicy],
        facts: Iterable[RouterFact],
        *,
        at: Instant | None = None,
        name: str = "router",
        explain: Literal["funnel", "keys"] = "funnel",
    ) -> Self:
        """Return the router that facts tell of, timers included (ROU-44).

        Args:
            policy: the one it began with, followed by those it adopted.
            facts: in their order.
            at: the last instant to which the first router was advanced, where that is later than the last fact.
            name: of the router.
            explain: as for a new one.

        Raises:
            ValueError: no policy is given.
            UnknownKind: a policy that was adopted is not given, or a fact is not a router's.
            DefinitionInvalid: a fact that cannot have happened, with its place.
        """
        policies = (policy,) if isinstance(policy, RoutingPolicy) else tuple(policy)
        if not policies:
            raise ValueError("a router begins with a policy: give the one it began with")
        router = cls(policies[0], name=name, explain=explain)
        state, last = State.of(policies), None
        for place, fact in enumerate(facts):
            follow(state, fact, place, last)
            last = fact.at
        until = last if at is None else instant_us(at)
        router._engine = Engine(state, name, count=explain == "funnel", at=until)
        return router

    def _do(self, at: Instant, verb: Callable[..., None], *args: Any, **more: Any) -> tuple[RouterFact, ...]:
        """Reach an instant, then act; if that is refused, the router stands where something last happened."""
        engine, until = self._engine, instant_us(at)
        stood = engine.reach(until)
        try:
            verb(engine, until, *args, **more)
        except BaseException:
            engine.at = engine.index.at = stood
            raise
        facts, engine.facts = tuple(engine.facts), []
        return facts

    # --- work ---------------------------------------------------------------------------------------------------------

    def enqueue(self, work: Work, *, at: Instant, entered: Instant | None = None) -> tuple[RouterFact, ...]:
        """Let work into its queue, or into the one that takes its overflow (ROU-31).

        ``entered`` may lie in the past, for a callback or a caller who returns.

        Raises:
            DefinitionInvalid: the value has problems.
            Refused: ``unknown_queue``, ``unknown_band``, ``unknown_channel``, ``already_queued``,
                ``entered_in_future``, ``entered_too_early``, ``time_went_back``.
        """
        require("work", work, Work, "Work(id='T1', queue='hotline')")
        return self._do(at, queueing.enqueue, work, entered)

    def amend(self, work: str, *, at: Instant, **changes: Any) -> tuple[RouterFact, ...]:
        """Change waiting or offered work; its place in time stays (ROU-9).

        Raises:
            DefinitionInvalid: the new value has problems, or there is no such thing to change.
            Refused: ``not_waiting``, ``unknown_work``, and as for `enqueue`.
        """
        return self._do(at, queueing.amend, work, changes)

    def withdraw(self, work: str, *, at: Instant, reason: str = "abandoned") -> tuple[RouterFact, ...]:
        """Let waiting or offered work go: the caller hung up, it was solved otherwise.

        Raises:
            Refused: ``unknown_work``, ``not_waiting``.
        """
        return self._do(at, queueing.withdraw, work, reason)

    # --- agents -------------------------------------------------------------------------------------------------------

    def agent_changed(
        self,
        agent: Agent | str,
        *,
        at: Instant,
        presence: str | None = None,
        on_hand: Literal["keep", "requeue"] = "keep",
        **changes: Any,
    ) -> tuple[RouterFact, ...]:
        """Tell what an agent is and does now; one who is not known yet is new, and offline unless said otherwise.

        Args:
            agent: the whole value, or the name of one whose ``changes`` are given.
            at: when.
            presence: what they declare.
            on_hand: what becomes of work in hand when they sign out (ROU-14).
            changes: attributes of `Agent`.

        Raises:
            DefinitionInvalid: the value has problems, or there is no such thing to change.
            Refused: ``unknown_presence``, ``presence_suspended``.
        """
        return self._do(at, staffing.agent_changed, agent, presence, on_hand, changes)

    def agent_left(self, agent: str, *, at: Instant) -> tuple[RouterFact, ...]:
        """Forget an agent.

        Raises:
            Refused: ``unknown_agent``, ``hands_not_empty``.
        """
        return self._do(at, staffing.agent_left, agent)

    # --- offers and hands ---------------------------------------------------------------------------------------------

    def accept(self, work: str, agent: str, *, at: Instant) -> tuple[RouterFact, ...]:
        """Take offered work.

        Raises:
            Refused: ``no_offer``, ``offer_expired``, ``offer_revoked``, ``offer_declined``, ``offer_taken``,
                ``unknown_work``, ``unknown_agent``.
        """
        return self._do(at, handing.accept, work, agent)

    def decline(self, work: str, agent: str, *, at: Instant, reason: str | None = None) -> tuple[RouterFact, ...]:
        """Say no to offered work; the agent does not see it for a while (ROU-36).

        Raises:
            Refused: as for `accept`.
        """
        return self._do(at, handing.decline, work, agent, reason)

    def complete(self, work: str, *, at: Instant) -> tuple[RouterFact, ...]:
        """End work in hand; wrap-up 话后处理 begins where there is one (ROU-17).

        Raises:
            Refused: ``unknown_work``, ``not_in_hand``.
        """
        return self._do(at, handing.complete, work)

    def ready(self, agent: str, *, at: Instant, work: str | None = None) -> tuple[RouterFact, ...]:
        """End wrap-up by hand: all of an agent's, or that of one piece of work.

        Raises:
            Refused: ``unknown_agent``, ``not_wrapping_up``, ``wrap_up_mandatory``.
        """
        return self._do(at, handing.ready, agent, work)

    def take(self, work: str, agent: str, *, at: Instant) -> tuple[RouterFact, ...]:
        """Take waiting work out of a queue oneself; of two who try, one gets it (ROU-32).

        Raises:
            Refused: ``not_pull``, ``not_waiting``, ``not_visible``, ``over_capacity``, ``not_first``,
                ``unknown_work``, ``unknown_agent``.
        """
        return self._do(at, handing.take, work, agent)

    def assign(self, work: str, agent: str, *, at: Instant, force: bool = False) -> tuple[RouterFact, ...]:
        """Put waiting or offered work into an agent's hands: the supervisor's own 指派 (ROU-46).

        With ``force`` capacity and qualification may be exceeded, which the fact records; presence never.

        Raises:
            Refused: ``not_visible``, ``over_capacity``, ``not_signed_in``, ``not_waiting``, ``unknown_work``,
                ``unknown_agent``.
        """
        return self._do(at, handing.assign, work, agent, force=force)

    def transfer(self, work: str, *, at: Instant, restart: bool = False, **changes: Any) -> tuple[RouterFact, ...]:
        """Let work in hand wait again, elsewhere or for others 转接; its entry stays unless it is restarted (ROU-46).

        Raises:
            DefinitionInvalid: the new value has problems, or there is no such thing to change.
            Refused: ``not_in_hand``, ``unknown_work``, and as for `enqueue`.
        """
        return self._do(at, handing.transfer, work, changes, restart=restart)

    # --- what is in force ---------------------------------------------------------------------------------------------

    def override(self, override: Override, *, at: Instant) -> tuple[RouterFact, ...]:
        """Change something for the time being, until it is lifted by name (ROU-45).

        Raises:
            DefinitionInvalid: the override has problems.
            Refused: ``already_set``.
        """
        require("override", override, Override, "Override(name='surge', refuse_presences='break')")
        return self._do(at, governing.override, override)

    def lift(self, name: str, *, at: Instant) -> tuple[RouterFact, ...]:
        """End a temporary change.

        Raises:
            Refused: ``not_set``.
        """
        return self._do(at, governing.lift, name)

    def adopt(self, policy: RoutingPolicy, *, at: Instant) -> tuple[RouterFact, ...]:
        """Go on by another policy: waiting work finds its place anew, offers and hands stay (ROU-48).

        Raises:
            DefinitionInvalid: the policy has problems, or another one of its name and version is known.
        """
        require("policy", policy, RoutingPolicy, "RoutingPolicy(name='desk', queues=['hotline'])")
        policy.check()
        return self._do(at, governing.adopt, policy)

    # --- time, and many at once ---------------------------------------------------------------------------------------

    def advance(self, at: Instant) -> tuple[RouterFact, ...]:
        """Let fall due what is due by an instant (ROU-40).

        Raises:
            Refused: ``time_went_back``.
        """
        return self._do(at, _nothing)

    def apply(
        self,
        *,
        at: Instant,
        withdrawn: Iterable[str] = (),
        works: Iterable[Work] = (),
        agents: Iterable[tuple[Agent, str]] = (),
    ) -> tuple[RouterFact, ...]:
        """Let many things change in one instant, in an order that does not depend on theirs (ROU-42).

        Withdrawals first, then new work, then agents with their presence. If one is refused, all are.

        Raises:
            as `withdraw`, `enqueue` and `agent_changed`.
        """
        return self._do(at, governing.apply, withdrawn, works, agents)


def _nothing(_engine: Engine, _now: int) -> None:
    """Time alone: what fell due is all that happens."""
