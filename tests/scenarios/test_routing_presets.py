"""What other products document, said in our words: one rule of each, with its page (spec of routing, §9 and §11)."""

from __future__ import annotations

from typing import Any

import pytest

from servicedesk.routing import (
    Access,
    Agent,
    Capacity,
    ChoicePolicy,
    Group,
    QueuePolicy,
    Relaxation,
    Requirement,
    Router,
    RoutingPolicy,
    Work,
)

SECOND = 1_000_000


def desk(*agents: Agent, queue: str = "q", groups: Any = (), choice: ChoicePolicy | None = None, **more: Any) -> Router:
    """A router with one queue and these agents, all available; offers last as long as a test needs."""
    policy = RoutingPolicy(
        name="desk",
        queues=[QueuePolicy(name=queue, offer_timeout="1h", **more)],
        groups=groups,
        choice=choice or ChoicePolicy("line", "longest_idle"),
    )
    router = Router(policy)
    for agent in agents:
        router.agent_changed(agent, presence="available", at=0)
    return router


def able_at(router: Router, work: str, *seconds: int) -> list[tuple[str, ...]]:
    """Return who could be offered waiting work, at each of these seconds; everybody declines."""
    found = []
    for second in seconds:
        for fact in router.advance(second * SECOND):
            if fact.kind == "work.offered":
                router.decline(work, fact.agent, at=second * SECOND)
        outlook = router.explain(work)
        found.append(tuple(sorted(name for name in outlook.lost if outlook.lost[name] == "declined")))
    return found


def declined_by_all(router: Router, work: Work) -> None:
    for fact in router.enqueue(work, at=0):
        if fact.kind == "work.offered":
            router.decline(work.id, fact.agent, at=0)
    while router.explain(work.id).place == "offered":
        router.decline(work.id, router.explain(work.id).agent or "", at=0)


def test_asterisk_raises_the_maximum_penalty_after_a_wait() -> None:
    """``penaltychange => 30,+3``: thirty seconds into the call members of a higher penalty are asked too, in place.

    https://github.com/asterisk/asterisk/blob/master/configs/samples/queuerules.conf.sample
    """
    wider = Relaxation([("30s", "lines 1-4")])
    router = desk(Agent(id="near", line=1), Agent(id="far", line=4), decline_memory=None)
    declined_by_all(router, Work(id="T1", queue="q", requirement="lines 1", relaxation=wider))
    router.enqueue(Work(id="T2", queue="q", requirement="lines 4"), at=SECOND)  # came later, and far is taken by it
    assert able_at(router, "T1", 29, 30) == [("near",), ("near",)]
    router.decline("T2", "far", at=30 * SECOND)
    assert router.explain("T1").agent == "far"  # the earlier caller did not lose the place in the queue


def test_freeswitch_advances_a_tier_for_each_wait() -> None:
    """``tier-rule-wait-second=300`` and ``tier-rule-wait-multiply-level=true``: tier 2 after 300 s, tier 3 after 600 s.

    https://freeswitch.org/confluence/display/FREESWITCH/mod_callcenter
    """
    groups = [Group(f"tier {level}", [Access("q", delay=300 * SECOND * (level - 1))]) for level in (1, 2, 3)]
    agents = [Agent(id=f"a{level}", groups=f"tier {level}", line=level) for level in (1, 2, 3)]
    router = desk(*agents, groups=groups, decline_memory=None)
    declined_by_all(router, Work(id="T1", queue="q"))
    assert able_at(router, "T1", 299, 300, 599, 600) == [("a1",), ("a1", "a2"), ("a1", "a2"), ("a1", "a2", "a3")]


def test_freeswitch_does_not_wait_for_a_tier_without_agents() -> None:
    """``tier-rule-no-agent-no-wait=true``: where nobody of a tier is signed in, the next is asked at once.

    https://freeswitch.org/confluence/display/FREESWITCH/mod_callcenter
    """
    wider = Relaxation([("300s", "lines 1-2")], skip_when="nobody_signed_in")
    router = desk(Agent(id="a2", line=2))
    told = router.enqueue(Work(id="T1", queue="q", requirement="lines 1", relaxation=wider), at=0)
    assert [(fact.kind, getattr(fact, "skipped", None)) for fact in told] == [
        ("work.enqueued", None), ("work.relaxed", True), ("work.offered", None),
    ]  # fmt: skip


def test_taskrouter_adds_the_timeouts_of_targets() -> None:
    """Three targets with ``timeout`` 10: the second is reached at 10 s, the third at the sum of two, 20 s.

    https://www.twilio.com/docs/taskrouter/task-evaluation
    """
    wider = Relaxation([("10s", "(Q1 | Q2)"), ("20s", "(Q1 | Q2 | Q3)")])
    router = desk(*(Agent(id=name, skills={name: 1}) for name in ("Q1", "Q2", "Q3")), decline_memory=None)
    declined_by_all(router, Work(id="A", queue="q", requirement="Q1", relaxation=wider))
    assert able_at(router, "A", 9, 10, 19, 20) == [("Q1",), ("Q1", "Q2"), ("Q1", "Q2"), ("Q1", "Q2", "Q3")]


def test_taskrouter_skips_a_target_while_nobody_is_available() -> None:
    """``skip_if: workers.available == 0``: only if nobody can have it at once, the next target is tried at once.

    https://www.twilio.com/docs/taskrouter/worker-presence
    """
    wider = Relaxation([("60s", "(Q1 | Q2)")], skip_when="nobody_routable")
    router = desk(Agent(id="one", skills={"Q1": 1}), Agent(id="two", skills={"Q2": 1}))
    router.agent_changed("one", presence="break", at=0)
    told = router.enqueue(Work(id="A", queue="q", requirement="Q1", relaxation=wider), at=0)
    assert told[-1].agent == "two"
    router.agent_changed("one", presence="available", at=SECOND)
    told = router.enqueue(Work(id="B", queue="q", requirement="Q1", relaxation=wider), at=SECOND)
    assert (told[-1].agent, router.explain("B").step) == ("one", 0)


def test_connect_waits_in_a_queue_before_a_profile_sees_it() -> None:
    """Priority and delay of a queue in a routing profile: with a delay of 30 contacts wait that long before the agent.

    https://docs.aws.amazon.com/connect/latest/adminguide/concepts-routing-profiles-priority.html
    """
    policy = RoutingPolicy(
        name="desk",
        queues=["Sales", "Support"],
        groups=[Group("sales", ["Sales"]), Group("support", [Access("Support"), Access("Sales", rank=2, delay="30s")])],
    )
    router = Router(policy)
    router.enqueue(Work(id="S1", queue="Sales"), at=0)
    router.agent_changed(Agent(id="maria", groups="support"), presence="available", at=0)
    assert router.explain("S1").lost == {"maria": "delay"}
    assert [fact.kind for fact in router.advance(30 * SECOND)] == ["work.offered"]
    router.enqueue(Work(id="S2", queue="Sales"), at=31 * SECOND)
    router.enqueue(Work(id="P1", queue="Support"), at=49 * SECOND)
    told = router.decline("S1", "maria", at=49 * SECOND)
    assert told[-1].work == "P1"  # the queue of the better rank comes first, however long the other has waited


def test_connect_offers_to_anyone_when_all_steps_are_exhausted() -> None:
    """Each step of the routing criteria lasts its own seconds; after the last any agent of the queue is asked.

    https://docs.aws.amazon.com/connect/latest/APIReference/flow-control-actions-updateroutingcriteria.html
    """
    steps = [(10, "aws>=4"), (20, "aws>=2")]
    ends = [10, 30]
    wider = Relaxation([(f"{ends[0]}s", steps[1][1]), (f"{ends[1]}s", Requirement())])
    agents = [Agent(id="expert", skills={"aws": 5}), Agent(id="middling", skills={"aws": 2}), Agent(id="anyone")]
    router = desk(*agents, decline_memory=None)
    declined_by_all(router, Work(id="T1", queue="q", requirement=steps[0][1], relaxation=wider))
    assert able_at(router, "T1", 9, 10, 29, 30) == [
        ("expert",), ("expert", "middling"), ("expert", "middling"), ("anyone", "expert", "middling"),
    ]  # fmt: skip


def test_genesys_removes_a_skill_for_each_ring() -> None:
    """Bullseye routing: a ring has a timeout and skills to remove; the interaction stays in its queue and its place.

    https://developer.genesys.cloud/forum/t/additional-5-second-bullseye-ring-in-queue-details/21142
    """
    need = Requirement.parse("spanish & product")
    wider = Relaxation([("90s", need.drop("product"))])
    router = desk(Agent(id="both", skills={"spanish": 1, "product": 1}), Agent(id="spanish", skills={"spanish": 1}))
    router.enqueue(Work(id="first", queue="q", requirement=need, relaxation=wider), at=0)
    router.enqueue(Work(id="second", queue="q", requirement=need, relaxation=wider), at=10 * SECOND)
    assert router.explain("second").place == "waiting"
    told = router.advance(100 * SECOND)
    assert [(fact.work, fact.agent, fact.at // SECOND) for fact in told if fact.kind == "work.offered"] == [
        ("second", "spanish", 100)
    ]


def test_azure_counts_the_cost_of_a_job_against_one_capacity() -> None:
    """Capacity 100, voice costs 100 and chat 20: one call or up to five chats, and never both.

    https://learn.microsoft.com/en-us/azure/communication-services/concepts/router/worker-capacity-concepts
    """
    room = Capacity(total=100, cost={"voice": 100, "chat": 20}, open_offers=9)
    router = desk(Agent(id="worker1", capacity=room))
    for number in range(6):
        router.enqueue(Work(id=f"chat {number}", queue="q", channel="chat"), at=number)
    assert [router.explain(f"chat {number}").place for number in range(6)] == ["offered"] * 5 + ["waiting"]
    for number in range(6):
        router.withdraw(f"chat {number}", at=10)
    router.enqueue(Work(id="call", queue="q"), at=11)
    router.enqueue(Work(id="chat", queue="q", channel="chat"), at=12)
    assert [router.explain(name).place for name in ("call", "chat")] == ["offered", "waiting"]


@pytest.mark.parametrize(
    ("key", "chosen"),
    [
        ("most_spare", "agent 3"),  # the highest spare capacity
        ("round_robin", "agent 1"),  # the longest time since work was last assigned
    ],
)
def test_zendesk_asks_for_spare_capacity_or_for_who_was_served_first(key: Any, chosen: str) -> None:
    """Three agents with 1, 2 and 3 units free, last assigned 5, 3 and 1 minutes ago: the two methods disagree.

    https://support.zendesk.com/hc/en-us/articles/7990049158554
    """
    agents = [Agent(id=f"agent {spare}", capacity=Capacity(total=spare + 1, open_offers=9)) for spare in (1, 2, 3)]
    router = desk(*agents, choice=ChoicePolicy(key))
    for minute, spare in ((0, 1), (2, 2), (4, 3)):
        at = minute * 60 * SECOND
        others = [agent.id for agent in agents if agent.id != f"agent {spare}"]
        router.enqueue(Work(id=f"old {spare}", queue="q", excluded=others), at=at)
        router.accept(f"old {spare}", f"agent {spare}", at=at)
    assert router.enqueue(Work(id="new", queue="q"), at=5 * 60 * SECOND)[-1].agent == chosen


def test_zendesk_compares_percentages_where_asked_to() -> None:
    """A has used 1 of 2, B 8 of 10: by number B has more room, by percentage A.

    https://support.zendesk.com/hc/en-us/articles/9290784330522
    """
    for key, chosen in (("most_spare", "B"), ("load", "A")):
        agents = [
            Agent(id=name, capacity=Capacity(total=total, open_offers=9)) for name, total in (("A", 2), ("B", 10))
        ]
        router = desk(*agents, choice=ChoicePolicy(key))  # type: ignore[arg-type]
        for name, used, other in (("A", 1, "B"), ("B", 8, "A")):
            for number in range(used):
                router.enqueue(Work(id=f"{name} {number}", queue="q", excluded=other), at=0)
                router.accept(f"{name} {number}", name, at=0)
        assert router.enqueue(Work(id="new", queue="q"), at=1)[-1].agent == chosen


def test_salesforce_drops_additional_skills_of_the_highest_number_first() -> None:
    """Language is required; location (2) is dropped first, then product (1), then issue type (0), after each timeout.

    https://releasenotes.docs.salesforce.com/en-us/summer20/release-notes/rn_omnichannel_iterative_routing.htm
    """
    need = Requirement.parse("french & hardware & mouse & canada")
    wider = Relaxation(
        [
            ("30s", need.drop("canada")),
            ("60s", need.drop("canada").drop("mouse")),
            ("90s", need.drop("canada").drop("mouse").drop("hardware")),
        ]
    )
    known = ("french", "hardware", "mouse", "canada")
    agents = [Agent(id=f"{count} skills", skills=dict.fromkeys(known[:count], 1)) for count in (4, 3, 2, 1)]
    router = desk(*agents, Agent(id="english", skills={"hardware": 1, "mouse": 1, "canada": 1}), decline_memory=None)
    declined_by_all(router, Work(id="T1", queue="q", requirement=need, relaxation=wider))
    assert [len(names) for names in able_at(router, "T1", 29, 30, 60, 90, 900)] == [1, 2, 3, 4, 4]
    assert router.explain("T1").lost["english"] == "skills"
