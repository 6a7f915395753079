"""What a free agent is given first, case by case: by a look at a few, and by the sorted lists of a large desk."""

from __future__ import annotations

from typing import Any

import pytest

from servicedesk.errors import DefinitionInvalid
from servicedesk.routing import (
    Access,
    Agent,
    Capacity,
    ChoicePolicy,
    Group,
    Override,
    QueuePolicy,
    Relaxation,
    Router,
    RoutingPolicy,
    SkillGraph,
    Work,
    WrapUp,
    heaps,
    matching,
)

SECOND = 1_000_000


@pytest.fixture(autouse=True, params=["few", "many"])
def size(request: Any, monkeypatch: Any) -> None:
    """Every case twice: as a small desk looks, and as one does that has too many to look at one by one."""
    if request.param == "many":
        monkeypatch.setattr(matching, "_FEW", 0)
        monkeypatch.setattr(heaps, "_FEW", 0)


def waiting(*works: Work, queues: Any = ("q",), groups: Any = ()) -> Router:
    """A router in which works came a second apart, while the only one who is signed in, a, is on a break."""
    router = Router(RoutingPolicy(name="desk", queues=queues, groups=groups))
    router.agent_changed(Agent(id="a", groups=[group.name for group in groups]), presence="break", at=0)
    for second, work in enumerate(works):
        router.enqueue(work, at=second * SECOND)
    return router


def given_to(router: Router, agent: Agent | str, second: int) -> list[str]:
    """Return what is offered to an agent who becomes available, one offer after the other being declined."""
    told, found = router.agent_changed(agent, presence="available", at=second * SECOND), []
    while offers := [fact for fact in told if fact.kind == "work.offered"]:
        found.append(offers[-1].work)
        told = router.decline(offers[-1].work, offers[-1].agent, at=second * SECOND)
    return found


def work(name: str, **more: Any) -> Work:
    return Work(id=name, queue=more.pop("queue", "q"), **more)


LATE = QueuePolicy.deadline("q", promote_after="1h")


@pytest.mark.parametrize(
    ("second", "order"),
    [
        (10, ["T1", "T2", "T3"]),  # at its due T1 is still in time
        (11, ["T2", "T3", "T1"]),  # and a second later it is late, behind all that is not
        (21, ["T3", "T1", "T2"]),  # of late works the earlier due comes first
        (31, ["T1", "T2", "T3"]),
    ],
)
def test_late_work_stands_behind(second: int, order: list[str]) -> None:
    """ROU-27: whoever comes after a due has passed serves what can still be in time."""
    works = (work("T1", due=10 * SECOND), work("T2", due=20 * SECOND), work("T3", due=30 * SECOND))
    assert given_to(waiting(*works, queues=[LATE]), "a", second) == order


def test_promoted_work_comes_before_everything_however_late() -> None:
    """ROU-28: what waited too long is first, in order of entry; being late moves it no more."""
    queue = QueuePolicy(name="q", order="due", late="behind", promote_after="25s")
    works = (work("T1", due=10 * SECOND), work("T2", due=90 * SECOND), work("T3", due=20 * SECOND))
    assert given_to(waiting(*works, queues=[queue]), "a", 26) == ["T1", "T2", "T3"]


def test_who_must_not_have_work_gets_the_next() -> None:
    """ROU-9, ROU-12: excluded work is passed over, for this agent alone; allowed later, it is first again."""
    router = waiting(work("T1", excluded="a"), work("T2"), work("T3"))
    assert given_to(router, "a", 5) == ["T2", "T3"]
    router.amend("T1", excluded=(), at=6 * SECOND)
    assert router.explain("T1").agent == "a"


def test_whoever_work_is_kept_for_gets_it_at_their_place() -> None:
    """ROU-12: kept work stands where it entered: behind what came before, before what came later."""
    router = waiting(work("T1"), work("T2", preferred_agents="a", preferred_for="1h"), work("T3"))
    assert given_to(router, "a", 5) == ["T1", "T2", "T3"]
    assert given_to(waiting(work("T1"), work("T2", preferred_agents="a", preferred_for="1h")), Agent(id="b"), 5) == [
        "T1"
    ]


def test_work_kept_for_a_busy_agent_is_theirs_once_they_are_free() -> None:
    """ROU-12, 32: nobody else has it meanwhile, and it finds them, not they it."""
    router = waiting()
    router.agent_changed(Agent(id="a"), presence="available", at=0)
    router.agent_changed(Agent(id="b"), presence="available", at=0)
    router.enqueue(work("T1", excluded="b"), at=0)
    router.accept("T1", "a", at=0)
    router.enqueue(work("T2", preferred_agents="a", preferred_for="1h"), at=1)
    assert router.waiting() == ("T2",)
    assert [fact.work for fact in router.complete("T1", at=2) if fact.kind == "work.offered"] == ["T2"]


def test_kept_work_is_behind_promoted_work_and_by_rank() -> None:
    """ROU-12, 23, 28: promoted first, then by the rank of the queue, then by entry, kept or not."""
    promoting = QueuePolicy(name="q", promote_after="10s")
    kept = work("T2", queue="p", preferred_agents="a", preferred_for="1h")
    groups = [Group("g", [Access("q", rank=2), Access("p", rank=1)])]
    before = waiting(kept, work("T1"), queues=[promoting, "p"], groups=groups)
    assert given_to(before, "a", 10) == ["T2", "T1"]
    after = waiting(kept, work("T1"), queues=[promoting, "p"], groups=groups)
    assert given_to(after, "a", 11) == ["T1", "T2"]


def test_kept_work_is_passed_over_by_who_declined_it_or_cannot() -> None:
    """ROU-12, 36: neither a decline nor a missing skill is forgotten because the work is kept for somebody."""
    router = waiting(
        work("T1", preferred_agents="a", preferred_for="1h", requirement="x"),
        work("T2", preferred_agents="a", preferred_for="1h", channel="chat"),
    )
    assert given_to(router, "a", 5) == ["T2"]
    assert given_to(router, "a", 6) == []


def test_a_wrap_up_of_one_queue_keeps_from_that_queue_alone() -> None:
    """ROU-17: with ``wrap_up_blocks="queue"`` the other queue's work is offered meanwhile."""
    queues = [QueuePolicy(name="q", wrap_up=WrapUp("timed", "30s"), wrap_up_blocks="queue"), QueuePolicy(name="p")]
    router = waiting(queues=queues)
    router.agent_changed(Agent(id="a"), presence="available", at=0)
    router.enqueue(work("T1"), at=0)
    router.accept("T1", "a", at=0)
    router.enqueue(work("T2"), at=1)
    router.enqueue(work("T3", queue="p"), at=2)
    assert [fact.work for fact in router.complete("T1", at=3) if fact.kind == "work.offered"] == ["T3"]


def test_a_replay_stands_where_the_last_fact_was() -> None:
    """ROU-44: without another instant, that of the last fact; nothing can happen before it."""
    router = Router(RoutingPolicy(name="desk", queues=["q"]))
    facts = router.agent_changed(Agent(id="a"), presence="available", at=7)
    again = Router.replay(router.policy, facts)
    assert (again.now, again) == (7, router)


def test_a_policy_with_problems_begins_no_router_and_is_not_adopted() -> None:
    """§5: all problems at once, with their paths."""
    wrong = RoutingPolicy(name="desk", version=2, queues=[QueuePolicy(name="q", late="behind", bands=("a", "a"))])
    router = waiting()
    for attempt in (lambda: Router(wrong), lambda: router.adopt(wrong, at=0)):
        with pytest.raises(DefinitionInvalid) as caught:
            attempt()
        paths = [problem.path for problem in caught.value.problems]
        assert paths == ["queues[0].bands", "queues[0].late", "queues[0].late"]
    assert router.policy.version == 1


def test_a_queue_of_deadlines_is_said_in_a_word() -> None:
    """ROU-29: by due, late work behind, nobody forgotten."""
    wanted = QueuePolicy(name="q", order="due", late="behind", promote_after="25s")
    assert QueuePolicy.deadline("q", promote_after="25s") == wanted


def test_a_wrap_up_that_cannot_be_is_a_problem_of_its_queue() -> None:
    """ROU-17, §5: told with the path of the queue."""
    found = QueuePolicy(name="q", wrap_up=WrapUp("timed")).problems()
    assert [problem.path for problem in found] == ["wrap_up.span"]


def test_a_wrap_up_is_a_value() -> None:
    """§5: a slip of the hand is told at once, with how it is said."""
    with pytest.raises(TypeError, match=r"wrap_up.*WrapUp\('timed', '30s'\)"):
        QueuePolicy(name="q", wrap_up="30s")  # type: ignore[arg-type]


def test_a_wrap_up_leaves_the_rest_of_the_capacity() -> None:
    """ROU-16, 17: what is wrapped up takes its units, and no more; the queue itself is not closed to the agent."""
    router = Router(RoutingPolicy(name="desk", queues=[QueuePolicy(name="q", wrap_up=WrapUp("discretionary", "1h"))]))
    router.agent_changed(Agent(id="a", capacity=Capacity(total=2, open_offers=2)), presence="available", at=0)
    router.enqueue(work("T1"), at=0)
    router.accept("T1", "a", at=0)
    router.complete("T1", at=1)
    told = router.enqueue(work("T2"), at=2)
    assert [fact.agent for fact in told if fact.kind == "work.offered"] == ["a"]


def test_a_decision_says_who_before_whom_and_why() -> None:
    """ROU-49: in one line: the keys, the runner-up and the key it lost by, who was left, the step, the overrides."""
    router = Router(RoutingPolicy(name="desk", queues=["q"], choice=ChoicePolicy("line", "longest_idle")))
    for line, name in ((2, "b"), (1, "a")):
        router.agent_changed(Agent(id=name, line=line), presence="available", at=0)
    router.override(Override(name="surge", refuse_presences="break"), at=1)
    wider = Relaxation([("5s", "lines 1-9")])
    router.enqueue(work("T1", requirement="lines 3", relaxation=wider), at=1)
    decision = router.advance(6 * SECOND)[-1].decision
    assert str(decision) == (
        "T1 → a (line 1, longest_idle 0), before b by line; left after roster 2, line 2, group 2, access 2, skills 2, "
        "signed_in 2, routable 2, not_declined 2, rested 2, capacity 2; step 1; under surge"
    )
    alone = Router(RoutingPolicy(name="desk", queues=["q"], choice=ChoicePolicy()), explain="keys")
    alone.agent_changed(Agent(id="a"), presence="available", at=0)
    assert str(alone.enqueue(work("T1"), at=1)[-1].decision) == "T1 → a (by id), no runner-up"


def test_a_skill_graph_is_drawn_and_told() -> None:
    """ROU-2: a node for each level that an edge names; quotes do not break the drawing."""
    graph = SkillGraph([("m>=4", "b>=2"), ('x"y', "b")])
    assert repr(graph) == "<SkillGraph: 2 implications, any skills>"
    assert graph.mermaid().split("\n") == [
        "flowchart LR", '    n0["b 1"]', '    n1["b 2"]', '    n2["m 4"]', '    n3["x#quot;y 1"]',
        "    n2 --> n1", "    n3 --> n0", "",
    ]  # fmt: skip
    with pytest.raises(DefinitionInvalid, match=r"skill graph: graph\.implications"):
        SkillGraph([("a", "b"), ("b", "a")]).check()


def test_work_that_comes_at_its_very_due_is_late_a_moment_later() -> None:
    """ROU-27: at its due it is in time; whoever comes later finds it behind."""
    works = (work("T1", due=0), work("T2", due=90 * SECOND))
    assert given_to(waiting(*works, queues=[LATE]), "a", 5) == ["T2", "T1"]


def test_work_that_comes_at_its_very_due_is_still_in_time() -> None:
    """ROU-27: an agent who is there at that instant finds it in its place."""
    works = (work("T1", due=90 * SECOND), work("T2", due=SECOND))
    assert given_to(waiting(*works, queues=[LATE]), "a", 1) == ["T2", "T1"]


def test_a_head_start_counts_as_time_waited() -> None:
    """ROU-25, 26: by the share of its target waited, head start included: 50 s of 100 s beat 9 s of 100 s."""
    queue = QueuePolicy(name="q", order="ratio")
    works = (work("T1", target="100s"), work("T2", target="100s", head_start="50s"), work("T3", target="20s"))
    assert given_to(waiting(*works, queues=[queue]), "a", 9) == ["T2", "T3", "T1"]
