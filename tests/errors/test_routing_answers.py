"""How a router answers what comes too late or too early, and who comes next (routing, §5, ROU-31, 32, 35, 42)."""

from __future__ import annotations

import pytest

from servicedesk.errors import DefinitionInvalid, Refused
from servicedesk.routing import Access, Agent, Group, Override, QueuePolicy, RoutingPolicy, Work
from servicedesk.routing.facts import WorkEnqueued
from servicedesk.routing.router import Router

S = 1_000_000


@pytest.fixture
def router() -> Router:
    """A desk of two, an offer of T1 to anna; lists to take from."""
    queues = [
        QueuePolicy(name="calls"),
        QueuePolicy(name="lists", mode="pull"),
        QueuePolicy(name="open", mode="pull", cherry_pick=True),
    ]
    router = Router(RoutingPolicy(name="desk", queues=queues))
    router.agent_changed("anna", presence="available", at=0)
    router.enqueue(Work(id="T1", queue="calls"), at=0)
    return router


def message(call: object) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return str(caught.value)


def test_an_answer_after_a_refusal_of_one_s_own(router: Router) -> None:
    """§5 ``offer_declined``, ROU-35, 36: when it was declined."""
    router.decline("T1", "anna", at=2 * S)
    wanted = "cannot accept T1 for anna: offer_declined (ended='1970-01-01T00:00:02+00:00'); possible: nothing"
    assert message(lambda: router.accept("T1", "anna", at=3 * S)) == wanted
    assert message(lambda: router.decline("T1", "anna", at=3 * S)) == wanted.replace("accept", "decline")


def test_an_answer_to_an_offer_that_was_taken_back(router: Router) -> None:
    """§5 ``offer_revoked``, ROU-14, 35, 38: when, and because of what; it does not count as a miss."""
    router.agent_changed("anna", presence="break", at=2 * S)
    assert message(lambda: router.accept("T1", "anna", at=3 * S)) == (
        "cannot accept T1 for anna: offer_revoked (ended='1970-01-01T00:00:02+00:00', because='agent_changed'); "
        "possible: nothing"
    )
    facts = router.agent_changed("anna", presence="available", at=4 * S)
    assert facts[-1].attempt == 2
    assert router.advance(24 * S)[0].misses == 1


@pytest.mark.parametrize("late", [0, 1, 5 * S])
def test_an_answer_at_the_end_or_after_it_names_the_end(router: Router, late: int) -> None:
    """§5 ``offer_expired``, ROU-34, 35: an offer lives until its end, and not at it."""
    router.agent_changed("ben", presence="available", at=0)
    wanted = "cannot accept T1 for anna: offer_expired (ended='1970-01-01T00:00:20+00:00'); possible: nothing"
    assert message(lambda: router.accept("T1", "anna", at=20 * S + late)) == wanted


def test_the_last_microsecond_of_an_offer_is_part_of_it(router: Router) -> None:
    """ROU-34: half open."""
    assert router.accept("T1", "anna", at=20 * S - 1)[0].wait == 20 * S - 1


def test_what_somebody_else_has_is_gone(router: Router) -> None:
    """§5 ``offer_taken``, ROU-32, 46: of two takers one wins; the other is told that it does not wait."""
    router.assign("T1", "anna", at=S, force=True)
    router.agent_changed("ben", presence="available", at=S)
    assert message(lambda: router.accept("T1", "ben", at=2 * S)) == (
        "cannot accept T1 for ben: offer_taken (work='T1', place='hand'); possible: nothing"
    )
    router.enqueue(Work(id="L1", queue="lists"), at=2 * S)
    router.agent_changed("cleo", presence="available", at=2 * S)
    router.take("L1", "ben", at=3 * S)
    assert message(lambda: router.take("L1", "cleo", at=3 * S)) == (
        "cannot take L1 for cleo: not_waiting (work='L1', place='hand'); possible: nothing"
    )


def test_a_list_is_taken_from_its_head_unless_it_may_be_picked_over(router: Router) -> None:
    """§5 ``not_first``, ROU-32: which one is first; where picking is allowed, the fact counts what was passed over."""
    router.agent_changed("ben", presence="available", at=0)
    for number, queue in enumerate(("lists", "lists", "open", "open")):
        router.enqueue(Work(id=f"L{number}", queue=queue), at=number * S)
    assert message(lambda: router.take("L1", "ben", at=5 * S)) == (
        "cannot take L1 for ben: not_first (first='L0'); possible: L0"
    )
    assert router.available_to("ben") == ("L0", "L1", "L2", "L3")
    [taken] = router.take("L3", "ben", at=5 * S)
    assert (taken.how, taken.overtook) == ("taken", 3)


def test_lists_of_several_queues_are_seen_by_rank_and_band_before_entry() -> None:
    """ROU-23, 24, 28, 32: rank, then band, then entry; promoted work stands before all of them."""
    lists = [QueuePolicy(name=name, mode="pull", bands=("urgent", "normal"), promote_after=60 * S) for name in "ab"]
    group = Group("g", [Access("a", rank=2), Access("b", rank=1)])
    router = Router(RoutingPolicy(name="desk", queues=lists, groups=[group]))
    router.agent_changed("ben", presence="available", groups="g", at=0)
    for number, (queue, band) in enumerate((("a", "normal"), ("b", "normal"), ("a", "urgent"), ("b", "urgent"))):
        router.enqueue(Work(id=f"{queue} {band}", queue=queue, band=band), at=number * S)
    assert router.available_to("ben") == ("b urgent", "b normal", "a urgent", "a normal")
    router.advance(60 * S)
    assert router.available_to("ben") == ("a normal", "b urgent", "b normal", "a urgent")
    assert message(lambda: router.take("b urgent", "ben", at=60 * S)) == (
        "cannot take b urgent for ben: not_first (first='a normal'); possible: a normal"
    )


def test_of_many_changes_one_that_is_refused_refuses_all(router: Router) -> None:
    """§5, ROU-42: nothing of an `apply` happens, whichever part of it was wrong."""
    good, bad = Work(id="T2", queue="calls"), Work(id="T3", queue="cals")
    before = (router.waiting(), router.agents, router.gauges(), router.next_due)
    for part in (
        lambda: router.apply(at=S, withdrawn=["T1"], works=[good, bad]),
        lambda: router.apply(at=S, works=[good, Work(id="T1", queue="calls")]),
        lambda: router.apply(at=S, works=[good, good]),
        lambda: router.apply(at=S, withdrawn=["T1", "T9"], works=[good]),
        lambda: router.apply(at=S, works=[good], agents=[(Agent(id="ben"), "avaible")]),
    ):
        with pytest.raises(Refused):
            part()
        assert (router.waiting(), router.agents, router.gauges(), router.next_due) == before
    with pytest.raises(DefinitionInvalid, match="line"):
        router.apply(at=S, works=[good], agents=[(Agent(id="ben", line=0), "available")])
    assert (router.waiting(), router.agents, router.gauges(), router.next_due) == before
    facts = router.apply(at=S, withdrawn=["T1"], works=[good, Work(id="T1", queue="calls")])
    assert [fact.work.id for fact in facts if isinstance(fact, WorkEnqueued)] == ["T1", "T2"]


def test_a_full_queue_counts_what_waits_and_not_what_is_offered() -> None:
    """ROU-31: work under an offer has left the line."""
    router = Router(RoutingPolicy(name="desk", queues=[QueuePolicy(name="calls", max_length=1)]))
    router.agent_changed("anna", presence="available", at=0)
    came = [router.enqueue(Work(id=name, queue="calls"), at=0)[0] for name in ("T1", "T2", "T3")]
    assert [type(fact).__name__ for fact in came] == ["WorkEnqueued", "WorkEnqueued", "WorkTurnedAway"]
    assert came[-1].reason == "full"


def test_who_loses_an_offer_to_a_supervisor_is_offered_what_waits(router: Router) -> None:
    """ROU-22, 35, 46: at once, and without a miss."""
    router.agent_changed("ben", presence="break", at=S)
    router.enqueue(Work(id="T2", queue="calls"), at=S)
    revoked, assigned, offered = router.assign("T1", "ben", at=2 * S, force=True)
    assert (revoked.agent, revoked.because) == ("anna", "assigned")
    assert (assigned.agent, assigned.overrode) == ("ben", ("routable",))
    assert (offered.work, offered.agent) == ("T2", "anna")


def test_who_is_on_a_break_stays_there_until_back(router: Router) -> None:
    """§5 ``presence_suspended``, ROU-45: new breaks are refused, and one that goes on is none."""
    router.agent_changed("ben", presence="break", at=S)
    router.override(Override(name="surge", refuse_presences="break"), at=2 * S)
    [changed] = router.agent_changed("ben", presence="break", line=2, at=3 * S)
    assert (changed.presence, changed.agent.line) == ("break", 2)
    router.agent_changed("ben", presence="available", at=4 * S)
    assert message(lambda: router.agent_changed("ben", presence="break", at=5 * S)).startswith(
        "cannot change ben: presence_suspended (presence='break', override='surge', since='1970-01-01T00:00:02+00:00')"
    )


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ({"group": "saets"}, "cannot read gauges: unknown_group (group='saets'); possible: seats"),
        ({"queue": "qq"}, "cannot read gauges: unknown_queue (queue='qq'); possible: q"),
    ],
)
def test_gauges_of_what_is_not_there(scope, message):
    """ROU-47, §5: what was asked for, and what there is."""
    router = Router(RoutingPolicy(name="desk", queues=["q"], groups=[Group("seats", ["q"])]))
    with pytest.raises(Refused) as caught:
        router.gauges(**scope)
    assert str(caught.value) == message


def staffed():
    router = Router(RoutingPolicy(name="desk", queues=["q"], groups=[Group("g", ["q"]), Group("h", ["q"])]))
    router.agent_changed(Agent(id="w", groups=("g", "h")), presence="available", at=0)
    return router


@pytest.mark.parametrize(
    ("slip", "error", "message"),
    [
        (
            lambda r: r.accept(Work(id="T1", queue="q"), "w", at=1),
            TypeError,
            "^work is a str, such as 'T1', the name of",
        ),
        (
            lambda r: r.agent_left(None, at=1),
            TypeError,
            "^agent is a str, such as 'wang', the name of an agent, not None",
        ),
        (lambda r: r.agent_changed(None, at=1), TypeError, r"^agent is an Agent, such as Agent\(id='wang'\)"),
        (lambda r: r.adopt("desk", at=1), TypeError, "^policy is a RoutingPolicy, such as"),
        (lambda r: r.apply(at=1, works=["T1"]), TypeError, r"^works\[0\] is a Work, such as"),
        (lambda r: r.agent_changed("w", on_hand="requeued", at=1), ValueError, "^on_hand is 'keep' or 'requeue', not"),
        (lambda _: Work(id="T1", queue="q", excluded=[["w"]]), TypeError, r"^names are texts, such as .*not \['w'\]"),
        (lambda _: Override(name="a", hold=3), TypeError, r"^Override\.hold is a Condition"),
        (
            lambda r: r.apply(at=1, agents=[(Agent(id="x"), "available"), (Agent(id="x"), "break")]),
            DefinitionInvalid,
            r"^apply: agents\[1\]: 'x' is told of twice",
        ),
        (lambda r: r.override(Override(name=""), at=1), DefinitionInvalid, "^override '': name: "),
    ],
)
def test_a_slip_of_the_hand_is_told_at_once_and_changes_nothing(slip, error, message):
    """§5: what is of another kind is named, with what would be right; the router is what it was."""
    router, untouched = staffed(), staffed()
    with pytest.raises(error, match=message):
        slip(router)
    assert router.advance(1) == untouched.advance(1) == ()
    assert router == untouched


@pytest.mark.parametrize("path", ["max_misses", "cherry_pick"])
def test_a_queue_refuses_what_would_break_a_day_later(path):
    """§5: there is no queue without a number of misses; a word is no yes."""
    value = None if path == "max_misses" else "no"
    assert [problem.path for problem in QueuePolicy(name="q", **{path: value}).problems()] == [path]


def test_who_is_known_may_leave_whatever_a_later_policy_has_done_away_with():
    """ROU-13, ROU-48: a change of presence alone is not measured against a policy that knows fewer groups."""
    router = staffed()
    router.adopt(RoutingPolicy(name="desk", version=2, queues=["q"], groups=[Group("h", ["q"])]), at=2)
    assert [fact.presence for fact in router.agent_changed("w", presence="offline", at=3)] == ["offline"]
    with pytest.raises(DefinitionInvalid, match="'g' is not a group"):
        router.agent_changed("w", line=2, at=4)


def lived():
    """The facts of a short day: enqueued, offered, accepted, completed; one more waits."""
    router, facts = Router(RoutingPolicy(name="desk", queues=["q"])), []
    facts += router.agent_changed("w", presence="available", at=0)
    facts += router.agent_changed("x", presence="break", at=0)
    facts += router.enqueue(Work(id="T1", queue="q"), at=1)
    facts += router.accept("T1", "w", at=2)
    facts += router.complete("T1", at=3)
    return router, facts


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ((0, 1, 2, 2), "facts[3]: work.enqueued cannot follow what came before: 'T1' is waiting already"),
        ((0, 1, 2, 3, 3), "facts[4]: work.offered cannot follow what came before: 'T1' is offered (w)"),
        ((0, 1, 2, 4), "facts[3]: work.assigned cannot follow what came before: 'T1' is waiting"),
        ((0, 1, 2, 3, 5), "facts[4]: work.completed cannot follow what came before: 'T1' is offered (w)"),
        ((0, 1, 2, 3, 4, 3), "facts[5]: work.offered cannot follow what came before: it happened 1 µs before it"),
        ((0, 1, 3), "facts[2]: work.offered cannot follow what came before: 'T1' is not there"),
    ],
)
def test_a_history_that_cannot_have_been_is_refused_at_its_fact(order, message):
    """ROU-44, §5: an accept of nothing, an offer twice, a completion by nobody; with the place of the fact."""
    router, facts = lived()
    assert [fact.kind for fact in facts] == [
        "agent.changed", "agent.changed", "work.enqueued", "work.offered", "work.assigned", "work.completed",
    ]  # fmt: skip
    assert Router.replay(router.policy, facts) == router
    with pytest.raises(DefinitionInvalid) as caught:
        Router.replay(router.policy, [facts[place] for place in order])
    assert str(caught.value) == f"router facts: {message}"


def test_a_replay_needs_the_policy_it_began_with():
    """ROU-44: none is no policy."""
    with pytest.raises(ValueError, match="a router begins with a policy"):
        Router.replay([], [])
