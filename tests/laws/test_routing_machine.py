"""The router against a naive one that looks at everything, on long days drawn by chance (routing §6)."""

from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from oracles import routing_lives as lives
from oracles.naive_router import NaiveRouter
from servicedesk.errors import DefinitionInvalid, Refused
from servicedesk.events import from_json, to_json
from servicedesk.routing import Router
from servicedesk.routing.facts import WorkOffered

CHANCE = st.integers(0, 2**32 - 1).map(Random)
LENGTH = st.sampled_from((2, 8, 20, 40, 60))
"""A day that fails is shortened to its first calls; its chance is told by the seed."""


def answer(router, verb, args, more):
    """Return the facts of a call, or the codes of its refusal."""
    try:
        return getattr(router, verb)(*args, **more)
    except Refused as refused:
        return refused.codes
    except DefinitionInvalid:
        return "invalid"


class Day:
    """A router and its calls, one after the other; ``versions`` are the policies that came into force."""

    def __init__(self, chance: Random, make=Router) -> None:
        self.chance = chance
        self.versions = [lives.policy(chance)]
        while self.versions[0].problems():
            self.versions = [lives.policy(chance)]
        self.router = make(self.versions[0])
        self.at, self.facts, self.calls = 0, [], []

    def step(self):
        """Draw a call, make it, and return it with its answer."""
        self.at += self.chance.choice((0, 0, 1, 1, 1, 2, 3)) * lives.SECOND
        offers = [(fact.work, fact.agent) for fact in self.facts[-25:] if isinstance(fact, WorkOffered)]
        call = lives.call(self.chance, self.versions[-1], self.at, offers, len(self.versions) + 1)
        told = answer(self.router, *call)
        self.calls.append(call)
        if succeeded(told):
            self.facts += told
            if call[0] == "adopt":
                self.versions.append(call[1][0])
        return call, told


def succeeded(told):
    return isinstance(told, tuple) and not any(isinstance(part, str) for part in told)


@given(CHANCE, LENGTH)
def test_l1_the_router_does_what_a_naive_one_does(chance, length):
    """L1: the same facts, refusals, queues and timers, call by call; the two share no code that matches or orders."""
    day = Day(chance)
    naive = NaiveRouter(day.versions[0])
    for _ in range(length):
        call, told = day.step()
        wanted = answer(naive, *call)
        if call[0] == "apply" and not succeeded(told):
            assert not succeeded(wanted)  # of several faults at once, which is told first is nobody's concern
            continue
        assert told == wanted
        if succeeded(told):
            for fact in told:
                event(type(fact).__name__)
            assert day.router.next_due == naive.next_due
            assert day.router.waiting() == tuple(naive.waiting())
        else:
            event(f"refused: {told}")


@given(CHANCE, LENGTH)
def test_l2_extra_calls_change_nothing(chance, length):
    """L2, ROU-41: who polls at every second learns the same, only sooner."""
    day = Day(chance)
    polled = Router(day.versions[0])
    seen = []
    for _ in range(length):
        before = day.at
        call, told = day.step()
        for second in range(before, day.at, lives.SECOND // 2):
            seen += polled.advance(second)
        other = answer(polled, *call)
        assert succeeded(other) == succeeded(told)
        seen += other if succeeded(other) else ()
    end = day.at + 30 * lives.SECOND
    assert [*day.facts, *day.router.advance(end)] == [*seen, *polled.advance(end)]


@given(CHANCE, LENGTH)
def test_l3_the_router_is_the_fold_of_its_facts(chance, length):
    """L3, ROU-44: at every moment, timers included, also after a store has written and read the facts."""
    day = Day(chance)
    for number in range(length):
        _, told = day.step()
        if succeeded(told) and number % 5 == 4:
            kept = [from_json(to_json(fact)) for fact in day.facts]
            again = Router.replay(day.versions, kept, at=day.router.now)
            assert again == day.router
            later = day.at + 40 * lives.SECOND
            assert again.advance(later) == Router.replay(day.versions, day.facts, at=day.router.now).advance(later)


@given(CHANCE, LENGTH)
def test_l6_every_offer_ends_once_and_no_work_is_lost(chance, length):
    """L6, ROU-35: an offer is accepted, declined, expired or revoked; what came in waits, is held, or has left."""
    day = Day(chance)
    for _ in range(length):
        day.step()
    day.facts += day.router.advance(day.at)  # what fell due in a call that was refused
    ends = ("OfferDeclined", "OfferExpired", "OfferRevoked")
    open_, inside = set(), set()
    for fact in day.facts:
        kind = type(fact).__name__
        if kind == "WorkEnqueued":
            inside.add(fact.work.id)
        elif kind == "WorkOffered":
            assert fact.work not in {work for work, _ in open_}
            open_.add((fact.work, fact.agent))
        elif kind in ends or (kind == "WorkAssigned" and fact.how == "accepted"):
            open_.remove((fact.work, fact.agent))
        elif kind in ("WorkWithdrawn", "WrapUpEnded") or (kind == "WorkCompleted" and not fact.wrapping_up):
            inside.remove(fact.work)
    state = day.router._engine.state
    dropped = {fact.agent.id for fact in day.facts if type(fact).__name__ == "AgentChanged" and fact.left}
    assert open_ == {(ws.id, ws.agent) for ws in state.works.values() if ws.place == "offered"}
    assert inside - set(state.works) == set() or dropped  # who leaves takes wrap-ups along


@given(CHANCE, LENGTH)
def test_l4_nobody_holds_more_than_fits(chance, length):
    """L4, ROU-15, ROU-34: offers, hands and wrap-ups stay within total and cap, save by force or a smaller capacity."""
    day = Day(chance)
    known, strained = set(), set()
    for _ in range(length):
        _, told = day.step()
        for fact in told if succeeded(told) else ():
            kind = type(fact).__name__
            if kind == "AgentChanged":
                (strained if fact.agent.id in known else known).add(fact.agent.id)
            if kind == "WorkAssigned" and fact.overrode:
                strained.add(fact.agent)
        for name, agent in day.router._engine.state.agents.items():
            capacity = agent.agent.capacity
            if name not in strained:
                event("full hands" if agent.used == capacity.total else "room")
                assert agent.used <= capacity.total
                assert all(count <= capacity.cap.get(channel, count) for channel, count in agent.held.items())


@given(CHANCE, LENGTH)
def test_l11_funnels_narrow_and_decisions_add_up(chance, length):
    """L11, ROU-49, ROU-50: no stage leaves more than the one before; a cause is the first stage that leaves nobody."""
    day = Day(chance)
    for _ in range(length):
        day.step()
    for fact in day.facts:
        funnel = fact.funnel if type(fact).__name__ == "NoEligibleAgent" else None
        decision = getattr(fact, "decision", None)
        if decision is not None:
            funnel = decision.funnel
            event("a runner-up" if decision.runner_up else "no runner-up")
            assert funnel["capacity"] >= 1
            assert (decision.runner_up is None) == (decision.lost_at is None) == (funnel["capacity"] == 1)
        if funnel is not None:
            assert list(funnel.values()) == sorted(funnel.values(), reverse=True)
        if type(fact).__name__ == "NoEligibleAgent":
            event(fact.cause)
            first = next(stage for stage, count in fact.funnel.items() if not count)
            assert CAUSES.get(first, "nobody_has_it") == fact.cause


CAUSES = {"signed_in": "nobody_signed_in", "routable": "nobody_routable", "not_declined": "all_declined"}


@given(CHANCE, LENGTH)
def test_l5_nobody_idles_while_work_they_see_waits(chance, length):
    """L5, ROU-22: after any call no able agent and visible waiting work remain, pull queues aside."""
    day = Day(chance)
    for _ in range(length):
        _, told = day.step()
        if not succeeded(told):
            continue
        rules = day.router._engine.state.rules
        for name in day.router.waiting():
            ws = day.router._engine.state.works[name]
            queue = rules.queues.get(ws.work.queue)
            if queue is not None and queue.mode != "pull":
                event("work waits" if not ws.held else "work is held")
                assert day.router.candidates(name) == ()


@given(CHANCE, LENGTH)
def test_l12_gauges_equal_a_recount(chance, length):
    """L12, ROU-47: counted from the answers of other questions, for the router and for each queue."""
    day = Day(chance)
    for _ in range(length):
        day.step()
    router, state = day.router, day.router._engine.state
    for queue in (None, *state.rules.queues):
        gauges = router.gauges(queue=queue)
        waiting = [state.works[name] for name in router.waiting(queue)]
        assert gauges.waiting == len(waiting)
        assert gauges.held == sum(bool(ws.held) for ws in waiting)
        assert gauges.longest_wait_since == min((ws.entered for ws in waiting), default=None)
    gauges = router.gauges()
    agents = state.agents.values()
    assert gauges.offered == sum(len(agent.offers) for agent in agents)
    assert gauges.signed_in == sum(agent.signed_in for agent in agents)
    assert gauges.routable == sum(agent.routable for agent in agents)
    assert gauges.handling == sum(bool(agent.hands) for agent in agents)
    assert sum(gauges.presences.values()) == len(router.agents)


@pytest.mark.parametrize("explain", ["funnel", "keys"])
def test_the_days_reach_what_they_should(explain):
    """The strategies are worth something: a few hundred days hold every kind of fact there is."""
    seen = set()
    for seed in range(120):
        day = Day(Random(seed), lambda policy: Router(policy, explain=explain))
        for _ in range(40):
            day.step()
        seen |= {type(fact).__name__ for fact in day.facts}
    kinds = {cls.__name__ for cls in _every_kind()}
    assert seen == kinds


def _every_kind():
    from typing import get_args

    from servicedesk.routing.facts import RouterFact

    return get_args(RouterFact)
