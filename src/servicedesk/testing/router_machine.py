"""A router's life as a state machine of Hypothesis: a host adds its own store or adapter, and its own invariants."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from servicedesk.routing import Router, RouterFact, RoutingPolicy
from servicedesk.testing import routing as drawn
from servicedesk.testing.routing_histories import SIGN_IN, Call, Ledger, Move, do, router_moves

__all__ = ["RouterMachine"]


class RouterMachine(RuleBasedStateMachine):
    """Calls of every verb, mostly fitting; after each the facts alone tell the same router, and account for all work.

    Subclass it and give `stored` what your adapter wrote: then the machine tests that nothing is lost on the way.
    `heard` sees each call with its answer. A ``policy`` of your own takes the place of drawn ones; drawn work and
    agents use the names in `servicedesk.testing.routing`.

    >>> from hypothesis import settings
    >>> class OurRouter(RouterMachine):
    ...     def stored(self):
    ...         return tuple(self.facts)
    >>> TestOurRouter = OurRouter.TestCase
    >>> TestOurRouter.settings = settings(max_examples=3, stateful_step_count=5, deadline=None)
    """

    policy: ClassVar[RoutingPolicy | None] = None

    @initialize(policy=drawn.routing_policies(), signed=st.lists(SIGN_IN, min_size=1, max_size=4))
    def open_the_desk(self, policy: RoutingPolicy, signed: list[Move]) -> None:
        """Begin with a few agents."""
        self.policies = [type(self).policy or policy]
        self.router, self.ledger, self.at = Router(self.policies[0]), Ledger(), 0
        self.ledger.version = self.router.policy.version
        self.facts: list[RouterFact] = []
        for move in signed:
            self.act(move)

    @rule(move=router_moves())
    def something_happens(self, move: Move) -> None:
        """Call one verb."""
        self.act(move)

    def act(self, move: Move) -> None:
        """Call what a move means now; a refusal is an answer, and what fell due before it comes with the next."""
        call = self.ledger.call(move, self.at, self.router.next_due)
        told = do(self.router, call)
        self.heard(call, told)
        self.at = max(self.at, call[1]["at"])
        event(f"{call[0]}{'' if isinstance(told, tuple) else ' refused'}")
        if isinstance(told, tuple):
            self.ledger.note(told)
            self.facts += told
            if call[0] == "adopt":
                self.policies.append(call[1]["policy"])

    def heard(self, call: Call, told: tuple[RouterFact, ...] | Exception) -> None:
        """Do nothing; yours may compare the answer, or hand the call on to what you test."""

    def stored(self) -> tuple[RouterFact, ...]:
        """Return the facts as a host has them; by default those that the router answered with."""
        return tuple(self.facts)

    @invariant()
    def the_facts_tell_the_router(self) -> None:
        """ROU-43, ROU-44: a replay is the same router, its timers included."""
        if not hasattr(self, "router"):
            return
        self.take_what_fell_due()
        again = Router.replay(self.policies, self.stored(), at=self.at)
        assert again == self.router, f"{again!r} is not {self.router!r}"  # noqa: S101  # that is what it is for

    @invariant()
    def all_work_is_accounted_for(self) -> None:
        """ROU-38, ROU-47: what waits, is offered and is in hand, as the facts alone tell it."""
        if not hasattr(self, "router"):
            return
        self.take_what_fell_due()
        gauges = self.router.gauges()
        assert set(self.ledger.waiting) == set(self.router.waiting())  # noqa: S101
        assert (gauges.waiting, gauges.offered) == (len(self.ledger.waiting), len(self.ledger.offers))  # noqa: S101

    def take_what_fell_due(self) -> None:
        """Note what fell due before a call that was refused: its facts come with the next answer."""
        told = self.router.advance(self.at)
        self.heard(("advance", {"at": self.at}), told)
        self.ledger.note(told)
        self.facts += told
