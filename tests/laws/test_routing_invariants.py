"""What holds at every moment of a router's day, whatever the desk (spec of routing, §6): L4 to L6, L8, L10 to L14."""

from __future__ import annotations

from random import Random
from typing import Any

from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st

from oracles import routing_lives as lives
from oracles.naive_router import NaiveRouter
from oracles.routing_days import Day, Witness, days, do, succeeded
from servicedesk.routing import Override, QueuePolicy, RoutingPolicy, Work
from servicedesk.routing.facts import (
    AgentUnresponsive,
    NoEligibleAgent,
    OfferDeclined,
    OfferExpired,
    OfferRevoked,
    OverrideLifted,
    OverrideSet,
    WorkAssigned,
    WorkHeld,
    WorkOffered,
    WorkReleased,
)
from servicedesk.routing.router import Router

SECOND = lives.SECOND


def offered(facts: Any) -> list[tuple[str, str]]:
    """Return who was offered what, or was given it without being asked."""
    forced = [fact for fact in facts if isinstance(fact, WorkOffered) or getattr(fact, "how", None) == "forced"]
    return [(fact.work, fact.agent) for fact in forced]


# --- what an offer may be: L4, L8, L14 --------------------------------------------------------------------------------


@given(days())
def test_L4_every_offer_goes_to_somebody_who_sees_the_work_and_is_able(day: Day) -> None:
    """L4, ROU-20, 21, 34: found by looking at everything in the moment before; offers stay within the limit."""
    witness, told = Witness(day.policy), []
    for call, _ in day.calls:
        do(witness, call)
    told = [*day.facts, *day.router.advance(day.end)]
    witness.advance(day.end)
    seen = [(offer.work, offer.agent) for offer in witness.seen_offers]
    assert set(offered(told)) <= set(seen)
    for offer in witness.seen_offers:
        event(f"the {offer.trigger} looked, {min(len(offer.able), 3)} or more were able")
        assert offer.agent in offer.able


@given(days())
def test_L4_reserved_units_never_exceed_what_there_is(day: Day) -> None:
    """L4, ROU-15, 16, 34: after each call, except for agents given work by force or whose room became smaller."""
    naive, strained = NaiveRouter(day.policy), set()
    for call, told in day.calls:
        known = {*naive.seats}
        do(naive, call)
        for fact in told if succeeded(told) else ():
            if getattr(fact, "overrode", ()):
                strained.add(fact.agent)
            if type(fact).__name__ == "AgentChanged" and fact.agent.id in known:
                strained.add(fact.agent.id)
            elif type(fact).__name__ == "AgentChanged" and call[0] != "apply":
                strained.discard(fact.agent.id)
        for name in {*naive.seats} - strained:
            room, held = naive.seats[name].agent.capacity, naive.held(naive.seats[name])
            event("hands full" if naive.used(naive.seats[name]) == room.total else "room left")
            assert naive.used(naive.seats[name]) <= room.total
            assert all(held.count(channel) <= room.cap.get(channel, room.total) for channel in held)
            assert len(held) < 2 or not {*held} & {*room.exclusive}
            assert len(naive.offers_of(name)) <= room.open_offers


@given(days())
def test_L8_nobody_is_offered_work_while_they_see_other_work_before_it(day: Day) -> None:
    """L8, ROU-23, 42: in the order of the agent; unless the turn of that work, or of the agent, is still to come."""
    witness = Witness(day.policy)
    for call, _ in day.calls:
        do(witness, call)
    for offer in witness.seen_offers:
        before = [work for work, _, _ in offer.before if work not in offer.turns]
        if offer.trigger == "agent":
            event("the agent looked")
            assert offer.before == ()
        elif offer.agent in offer.turns:
            event("the work looked, the agent has a turn of their own")
        else:
            event("the work looked")
            assert before == []


@given(days())
def test_L14_who_sees_promoted_work_gets_nothing_that_entered_later(day: Day) -> None:
    """L14, ROU-28: promoted work goes before everything its agents can see, the oldest first."""
    witness = Witness(day.policy)
    for call, _ in day.calls:
        do(witness, call)
        for seat in witness.seats.values():
            mine = witness.seen(seat, ("push", "pull", "both"))
            promoted = [job.promoted for job in mine]
            assert promoted == sorted(promoted, reverse=True)
            event("promoted work is first in the list" if any(promoted) and not all(promoted) else "no choice")
    for offer in witness.seen_offers:
        late = [entered for work, promoted, entered in offer.before if promoted and work not in offer.turns]
        if offer.trigger == "agent" or offer.agent not in offer.turns:
            event("promoted work stood before" if late else "none did")
            assert not any(entered < offer.entered for entered in late)


# --- nobody waits for nothing: L5 -------------------------------------------------------------------------------------


@given(days())
def test_L5_no_able_agent_is_left_with_work_they_see(day: Day) -> None:
    """L5, ROU-22: after any verb, for every agent and every queue but those of mode pull, looked at one by one."""
    naive = NaiveRouter(day.policy)
    for call, told in day.calls:
        do(naive, call)
        if not succeeded(told):
            continue
        for seat in naive.seats.values():
            assert naive.seen(seat, ("push", "both")) == []
        waits = [job for job in naive.jobs.values() if job.place == "waiting"]
        event(f"{call[0]}: {'work waits' if waits else 'no work waits'}")


# --- offers and work add up: L6 ---------------------------------------------------------------------------------------


@given(days())
def test_L6_every_offer_ends_exactly_once(day: Day) -> None:
    """L6, ROU-35: accepted, declined, expired or revoked; what has not ended is open in the router."""
    open_: dict[tuple[str, str], int] = {}
    unresponsive: Any = None
    for fact in [*day.facts, *day.router.advance(day.end)]:
        if isinstance(fact, WorkOffered):
            assert fact.work not in {work for work, _ in open_}
            open_[fact.work, fact.agent] = fact.until
        elif isinstance(fact, AgentUnresponsive):
            unresponsive = (fact.agent, fact.at)
        elif isinstance(fact, OfferDeclined | OfferExpired | OfferRevoked):
            until = open_.pop((fact.work, fact.agent))
            event(type(fact).__name__)
            if isinstance(fact, OfferExpired):
                assert fact.at == until
            elif fact.at == until:  # another offer of the agent expired first at that instant, once too often (ROU-40)
                event("revoked at its end")
                assert (fact.because, unresponsive) == ("agent_changed", (fact.agent, until))
            else:
                assert fact.at < until
        elif isinstance(fact, WorkAssigned) and fact.how == "accepted":
            event("accepted")
            assert fact.at < open_.pop((fact.work, fact.agent))
        elif isinstance(fact, WorkAssigned):
            assert fact.work not in {work for work, _ in open_}
    assert day.router.gauges().offered == len(open_)
    for work, agent in open_:
        assert (day.router.explain(work).place, day.router.explain(work).agent) == ("offered", agent)


# --- who would have got it: L10 ---------------------------------------------------------------------------------------

PLACES = ("free", "free", "free", "free", "busy", "break", "offline")


def _desk(policy: RoutingPolicy, staff: list[tuple[Any, str]], work: Work) -> Any:
    """Return what becomes of the only work of a desk: some agents are free, some talk, some are away."""
    router = Router(policy)
    for agent, place in staff:
        at = lives.AGENTS.index(agent.id) * SECOND // 4
        router.agent_changed(agent, presence=place if place in ("break", "offline") else "available", at=at)
        if place == "busy":
            router.enqueue(Work(id=f"talk {agent.id}", queue="beside"), at=at)
            router.assign(f"talk {agent.id}", agent.id, at=at, force=True)
    facts = router.enqueue(work, at=10 * SECOND)
    return next((fact.decision for fact in facts if isinstance(fact, WorkOffered)), None)


def _plain(decision: Any) -> Any:
    return evolve(decision, funnel={}, runner_up=None, lost_at=None)


@given(st.integers(0, 2**32 - 1))
def test_L10_only_those_who_could_take_it_matter(seed: int) -> None:
    """L10, ROU-33, 49: without one not in the last stage all is the same; without the chosen the runner-up has it."""
    chance = Random(seed)
    policy = lives.policy(chance)
    queues = [evolve(queue, offer_timeout="5s", mode="push", join_when="always") for queue in policy.queues]
    beside = QueuePolicy(name="beside", mode="pull", order=queues[0].order)
    policy = evolve(policy, queues=[*queues, beside])
    work = evolve(lives.work(chance, "W0", 0), relaxation=None, preferred_for=0)
    staff = [(evolve(lives.agent(chance, name, 0), limits=()), chance.choice(PLACES)) for name in lives.AGENTS]
    if policy.problems() or work.problems() or (found := _desk(policy, staff, work)) is None:
        event("nothing was offered")
        return
    event("with a runner-up" if found.runner_up else "nobody else")
    for one in staff:
        name = one[0].id
        rest = _desk(policy, [other for other in staff if other is not one], work)
        if name == found.agent:
            assert (None if rest is None else rest.agent) == found.runner_up
        elif name == found.runner_up:
            assert _plain(rest) == _plain(found)
        else:
            event("somebody out of the question" if rest.funnel["capacity"] == found.funnel["capacity"] else "a third")
            assert evolve(rest, funnel={}) == evolve(found, funnel={})


# --- funnels: L11 -----------------------------------------------------------------------------------------------------

CAUSES = {"signed_in": "nobody_signed_in", "routable": "nobody_routable", "not_declined": "all_declined"}


@given(days())
def test_L11_funnels_narrow_and_end_with_the_candidates(day: Day) -> None:
    """L11, ROU-49, 50: for facts and for outlooks; a cause is the first stage that leaves nobody."""
    router = Router(day.policy)
    for call, told in day.calls:
        again = do(router, call)
        if not succeeded(told):
            continue
        for fact in again:
            decision = getattr(fact, "decision", None)
            funnel = fact.funnel if isinstance(fact, NoEligibleAgent) else decision and decision.funnel
            counts = [*(funnel or {}).values()]
            assert counts == sorted(counts, reverse=True)
            if isinstance(fact, NoEligibleAgent):
                first = next(stage for stage, count in funnel.items() if not count)
                event(fact.cause)
                assert CAUSES.get(first, "nobody_has_it") == fact.cause
        for name in router.waiting():
            view = router.explain(name)
            counts = [*view.funnel.values()]
            assert counts == sorted(counts, reverse=True)
            assert len(view.lost) + counts[-1] == len(router.agents)
            if not view.held and router._engine.state.places(router._engine.state.works[name].work):
                event(f"{min(counts[-1], 2)} candidates")
                assert len(router.candidates(name)) == counts[-1]


# --- gauges: L12 ------------------------------------------------------------------------------------------------------


def recount(naive: NaiveRouter, *, queue: str | None = None, group: str | None = None) -> dict[str, Any]:
    """Count everything again."""
    seats = [seat for name, seat in naive.seats.items()]
    queues = {job.work.queue for job in naive.jobs.values()}
    if queue is not None:
        seats, queues = [seat for seat in seats if naive.accesses(seat, queue)], {queue}
    if group is not None:
        seats = [seat for seat in seats if group in seat.agent.groups]
        [mine] = [known for known in naive.policy.groups if known.name == group]
        queues = {access.queue for access in mine.access}
    jobs = [job for job in naive.jobs.values() if job.unassigned and job.work.queue in queues]
    waiting = [job for job in jobs if job.place == "waiting"]
    routable = [seat for seat in seats if naive.routable(seat)]
    busy = {job.agent for job in naive.jobs.values() if job.agent is not None}
    rest = [seat.agent.id for seat in seats if seat.rest is not None and naive.now < seat.rest]
    present = [seat.presence for seat in seats]
    return {
        "waiting": len(waiting),
        "held": len([job for job in waiting if job.held]),
        "offered": len(jobs) - len(waiting),
        "longest_wait_since": min((job.entered for job in waiting), default=None),
        "idle": len([seat for seat in routable if seat.agent.id not in {*busy, *rest}]),
        "signed_in": len([seat for seat in seats if naive.signed_in(seat)]),
        "routable": len(routable),
        "handling": len([seat for seat in seats if naive.in_hand(seat.agent.id)]),
        "presences": {name: present.count(name) for name in present},
    }


@given(days())
def test_L12_gauges_equal_a_recount(day: Day) -> None:
    """L12, ROU-47: of the router, of each queue and of each group, after each call."""
    router, naive = Router(day.policy), NaiveRouter(day.policy)
    for call, told in day.calls:
        do(router, call)
        do(naive, call)
        if not succeeded(told):
            continue
        scopes: list[dict[str, str]] = [{}, *({"queue": queue.name} for queue in naive.policy.queues)]
        scopes += [{"group": group.name} for group in naive.policy.groups]
        for scope in scopes:
            found = router.gauges(**scope)
            wanted = recount(naive, **scope)
            event(f"idle {min(found.idle, 2)}, waiting {min(found.waiting, 2)}")
            assert {name: getattr(found, name) for name in wanted} == wanted


# --- what is set and lifted: L13 --------------------------------------------------------------------------------------


@given(days(), st.integers(0, 2**32 - 1))
def test_L13_an_override_that_is_lifted_at_once_leaves_nothing_behind(day: Day, seed: int) -> None:
    """L13, ROU-45: where nobody was offered anything meanwhile, the router is what it was, timers included."""
    chance, router = Random(seed), day.router
    router.advance(day.end)
    override = lives._override(chance, router.policy, "for a moment")
    before = readings(router)
    if router.policy.override_problems(override):
        event("does not fit the policy")
        return
    facts = [*router.override(override, at=day.end), *router.lift("for a moment", at=day.end)]
    quiet = (OverrideSet, OverrideLifted, WorkHeld, WorkReleased, NoEligibleAgent)  # what is told changes nothing
    moved = [fact for fact in facts if not isinstance(fact, quiet)]
    if override.access or override.queues or override.choice:
        event("somebody got work meanwhile" if moved else "another policy for a moment")
    else:
        event("held for a moment" if len(facts) > 2 else "nothing was held")
        assert moved == []
    if not moved:
        assert readings(router) == before


def readings(router: Router) -> Any:
    """Return everything one may ask of a router."""
    works = [ws.id for ws in router._engine.state.works.values()]
    return (
        (router.next_due, router.waiting(), router.agents, router.gauges()),
        {name: router.available_to(name) for name in router.agents},
        {name: (router.candidates(name), router.explain(name), router.position(name)) for name in works},
    )


def test_L13_holds_of_two_overrides_add_up() -> None:
    """ROU-45: work is released when the last hold that covers it is lifted, and is offered then."""
    router = Router(RoutingPolicy(name="desk", queues=["q"]))
    router.override(Override(name="one", hold='channel == "voice"'), at=0)
    router.override(Override(name="two", hold='queue == "q"'), at=0)
    router.enqueue(Work(id="T1", queue="q"), at=0)
    router.agent_changed("a", presence="available", at=0)
    assert [type(fact).__name__ for fact in router.lift("one", at=1)] == ["OverrideLifted", "WorkHeld"]
    facts = router.lift("two", at=2)
    assert [type(fact).__name__ for fact in facts] == ["OverrideLifted", "WorkReleased", "WorkOffered"]
