"""Laws of whole days of a router, on histories as hosts draw them (spec of routing, §6): L1, L2, L3, L9, L19."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.naive_router import NaiveRouter
from oracles.routing_days import CORNERS, Day, corners, days, do, succeeded
from oracles.routing_days import day as make_day
from servicedesk.errors import Refused
from servicedesk.frozenmap import FrozenMap
from servicedesk.routing import Agent, Group, Requirement, RoutingPolicy, SkillGraph, Work, heaps, matching
from servicedesk.routing.index import Index
from servicedesk.routing.router import Router
from servicedesk.testing import play, router_histories, routing_histories, routing_policies
from servicedesk.testing.routing import SECOND

CHANCE = st.randoms(use_true_random=False)


# --- L1: the router does what a naive one does ------------------------------------------------------------------------


@given(days())
def test_L1_the_router_answers_as_a_naive_one_does(day: Day) -> None:
    """L1: the same facts, and after each call the same timers and answers to every question (ROU-32, 39, 42, 43)."""
    live_as_a_naive_one_does(day)


@given(days())
def test_L1_so_it_does_by_the_lists_of_a_large_desk(day: Day) -> None:
    """L1, §8: from so many agents and kinds of work on, sorted lists answer; here they answer from the first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_FEW", 0)
        patch.setattr(heaps, "_FEW", 0)
        live_as_a_naive_one_does(day)


def live_as_a_naive_one_does(day: Day) -> None:
    router, naive = Router(day.policy), NaiveRouter(day.policy)
    for call, told in day.calls:
        wanted = do(naive, call)
        again = do(router, call)  # it is asked more than the first one was, and answers the same: questions are pure
        if succeeded(told):
            assert again == told == wanted
            for corner in {*corners(told)}:
                event(corner)
            assert_same_answers(router, naive)
        elif isinstance(told, Refused) and call[0] != "apply":  # of several refusals at once any may be told first
            assert told.codes == wanted.codes
        else:
            assert not succeeded(wanted)


def test_L1_on_a_desk_of_forty() -> None:
    """L1, §8: more agents and kinds of work than are looked at one by one, without any hand in the matter."""
    chance, ways = Random(11), Counter()
    policy = RoutingPolicy(name="desk", queues=["x", "y", "z"], groups=[Group("g", ["x", "y"]), Group("h", ["y", "z"])])
    router, naive, at = Router(policy), NaiveRouter(policy), 0
    for step in range(160):
        at += chance.choice((0, 0, SECOND, 4 * SECOND))
        if step < 40 or chance.random() < 0.1:
            skills = {name: chance.randint(1, 3) for name in "abc" if chance.random() < 0.7}
            agent = Agent(id=f"A{step % 40}", skills=skills, groups=chance.choice((["g"], ["h"], ["g", "h"])))
            call: Any = ("agent_changed", (agent,), {"at": at, "presence": "available"})
        else:
            need = Requirement(all_of=[(name, chance.randint(1, 2)) for name in "abc" if chance.random() < 0.4])
            call = ("enqueue", (Work(id=f"W{step}", queue=chance.choice("xyz"), requirement=need),), {"at": at})
        told = do(router, call)
        assert told == do(naive, call)
        decisions = [fact.decision for fact in told if getattr(fact, "decision", None)]
        ways["many to choose from"] += any(decision.funnel["capacity"] > 24 for decision in decisions)
        needs = {str(naive.jobs[name].work.requirement) for name in router.waiting()}
        ways["many kinds wait"] += len(needs) > 12
        if step % 10 == 0:
            assert_same_answers(router, naive)
    assert ways["many to choose from"] > 0
    assert ways["many kinds wait"] > 0


@given(routing_policies(), router_histories(10))
def test_L1_histories_as_hosts_draw_them(policy: Any, moves: Any) -> None:
    """L1 on the shipped strategies: policies without problems, and moves that fit what is going on."""
    assert policy.problems() == ()
    naive = NaiveRouter(policy)
    for call, told in play(Router(policy), moves):
        if isinstance(told, Refused):
            event(f"{call[0]} refused")
            if told.codes == ("time_went_back",):  # a refused call lets fall due what is due by then
                continue
        wanted = routing_histories.do(naive, call)
        assert succeeded(told) == succeeded(wanted)
        if succeeded(told):
            event(call[0])
            assert told == wanted


def assert_same_answers(router: Any, naive: Any) -> None:
    assert router.next_due == naive.next_due
    assert router.waiting() == naive.waiting()
    for agent in naive.seats:
        assert router.available_to(agent) == naive.available_to(agent)
    for name, job in naive.jobs.items():
        if job.place == "waiting" and not job.held and naive.placed(job):
            assert router.candidates(name) == naive.candidates(name)
        else:
            assert router.candidates(name) == ()


def test_the_days_reach_the_corners() -> None:
    """The laws of this page speak of offers, expiries, holds, pull, overflow and the rest, or they say nothing."""
    seen = {corner for seed in range(150) for corner in corners(make_day(seed, 50).facts)}
    assert CORNERS - seen == set()


# --- L2: who asks oftener learns the same -----------------------------------------------------------------------------


@given(days())
def test_L2_extra_calls_at_every_timer_change_nothing(day: Day) -> None:
    """L2, ROU-41: who calls whenever the router wants to be called learns the same, only sooner."""
    router, seen = Router(day.policy), []
    for call, told in day.calls:
        goal = at_of(call)
        while (due := router.next_due) is not None and due < goal:
            seen += router.advance(max(due, router.now))
        again = do(router, call)
        assert succeeded(again) == succeeded(told)
        seen += again if succeeded(again) else ()
    assert [*seen, *router.advance(day.end)] == [*day.facts, *day.router.advance(day.end)]
    event(f"{len(seen) // 20 * 20} facts and more")


def at_of(call: Any) -> int:
    verb, args, more = call
    return args[0] if verb == "advance" else more["at"]


# --- L3: the facts are the router -------------------------------------------------------------------------------------


@given(days())
def test_L3_the_facts_tell_every_answer_again(day: Day) -> None:
    """L3, ROU-44: replayed, a router answers every question as the live one does, and goes on as it does."""
    adopted = [call[1][0] for call, told in day.calls if call[0] == "adopt" and succeeded(told)]
    facts, live = [*day.facts, *day.router.advance(day.end)], day.router
    again = Router.replay([day.policy, *adopted], facts, at=day.end)
    assert again == live
    assert_same_readings(again, live)
    assert again.advance(day.end + 60 * SECOND) == live.advance(day.end + 60 * SECOND)


def assert_same_readings(one: Router, other: Router) -> None:
    assert (one.next_due, one.waiting(), one.agents) == (other.next_due, other.waiting(), other.agents)
    assert one.gauges() == other.gauges()
    for name in one.agents:
        assert one.available_to(name) == other.available_to(name)
    for name in one.waiting():
        assert one.candidates(name) == other.candidates(name)
        assert one.explain(name) == other.explain(name)


# --- L9: the order in which equal things are told ---------------------------------------------------------------------


def _shuffled(chance: Random, values: Any) -> list[Any]:
    return chance.sample(list(values), len(list(values)))


def _mixed(policy: RoutingPolicy, chance: Random) -> RoutingPolicy:
    """Return the same policy with its queues, groups, accesses, implications and names told in another order."""
    graph = SkillGraph(
        _shuffled(chance, policy.graph.implications),
        aliases=dict(_shuffled(chance, policy.graph.aliases.items())),
        top=dict(_shuffled(chance, policy.graph.top.items())),
    )
    groups = [Group(group.name, _shuffled(chance, group.access)) for group in policy.groups]
    more = {"groups": _shuffled(chance, groups), "queues": _shuffled(chance, policy.queues)}
    return attrs.evolve(policy, graph=graph, **more)


def _mixed_call(call: Any, chance: Random) -> Any:
    verb, args, more = call
    if verb == "adopt":
        return verb, (_mixed(args[0], chance),), more
    if verb == "apply":
        return verb, args, more | {name: _shuffled(chance, more[name]) for name in ("withdrawn", "works", "agents")}
    return call


@given(days(), CHANCE)
def test_L9_the_order_of_definitions_and_of_equal_inputs_does_not_matter(day: Day, chance: Random) -> None:
    """L9, ROU-42: queues, groups, accesses and implications of a policy, and everything that `apply` is given."""
    router = Router(_mixed(day.policy, chance))
    for call, told in day.calls:
        again = do(router, _mixed_call(call, chance))
        if succeeded(told):
            event(f"{call[0]} succeeded")
            assert again == told
        else:
            assert not succeeded(again)


SCRIPT = """
from random import Random
from servicedesk.routing import *
from servicedesk.routing.index import Index
from servicedesk.routing.router import Router
chance, S = Random(7), 1_000_000
queues = [QueuePolicy(name=name, offer_timeout=5 * S, cool_down=2 * S, promote_after=30 * S) for name in "xyz"]
groups = [Group("g", ["x", "y"]), Group("h", [Access("z", delay=3 * S), "y"])]
router = Router(RoutingPolicy(name="desk", queues=queues, groups=groups, graph=SkillGraph([("a>=2", "b"), ("b", "c")])))
facts = []
for number in range(12):
    skills = {name: chance.randint(1, 3) for name in "abc" if chance.random() < 0.5}
    agent = Agent(id=f"A{number}", skills=skills, groups=chance.choice((["g"], ["h"], ["g", "h"])))
    facts += router.agent_changed(agent, presence="available", at=0)
open_ = {}
for step in range(150):
    need = Requirement(all_of=[(name, chance.randint(1, 2)) for name in "abc" if chance.random() < 0.3])
    facts += router.enqueue(Work(id=f"W{step}", queue=chance.choice("xyz"), requirement=need), at=step * S)
    for fact in facts[-30:]:
        if type(fact).__name__ == "WorkOffered":
            open_[fact.work] = fact.agent
    if open_ and chance.random() < 0.6:
        name = chance.choice(sorted(open_))
        try:
            facts += router.accept(name, open_.pop(name), at=step * S)
            facts += router.complete(name, at=step * S)
        except Exception as refused:
            facts.append(str(refused))
print(len(facts))
for fact in facts:
    print(fact)
"""


def test_L9_nothing_hangs_on_the_seed_of_hashes() -> None:
    """L9: the same facts in processes that hash texts differently."""
    told = set()
    for seed in ("0", "1", "4242"):
        run = [sys.executable, "-c", SCRIPT]
        path = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "PYTHONIOENCODING": "utf-8"}
        told.add(subprocess.run(run, capture_output=True, text=True, check=True, env=path).stdout)
    assert len(told) == 1
    assert int(told.pop().split("\n", 1)[0]) > 400


# --- L19: at another time ---------------------------------------------------------------------------------------------

INSTANTS = frozenset(("at", "entered", "until", "wrap_up_until", "next_change", "due"))


def shifted(value: Any, by: int) -> Any:
    """Return a fact, a work, an agent or a call with every instant so much later."""
    if isinstance(value, tuple):
        if len(value) == 2 and value[0] == "longest_idle":
            return ("longest_idle", value[1] + by)
        return tuple(shifted(part, by) for part in value)
    if isinstance(value, list):
        return [shifted(part, by) for part in value]
    if not attrs.has(type(value)) or type(value).__name__ not in SHIFTED:
        return value
    changes = {}
    for name in (part.name for part in attrs.fields(type(value)) if part.init):
        part = getattr(value, name)
        if name in INSTANTS:
            changes[name] = None if part is None else part + by
        elif name == "valid_until":
            changes[name] = FrozenMap({skill: at + by for skill, at in part.items()})
        else:
            changes[name] = shifted(part, by)
    return attrs.evolve(value, **changes)


def _kinds() -> set[str]:
    from typing import get_args

    from servicedesk.routing.facts import RouterFact

    return {cls.__name__ for cls in get_args(RouterFact)}


SHIFTED = frozenset({*_kinds(), "Decision", "Work", "Agent"})


def shifted_call(call: Any, by: int) -> Any:
    verb, args, more = call
    args = tuple(part + by if type(part) is int else shifted(part, by) for part in args)
    late = {name: value + by if name in INSTANTS and value is not None else value for name, value in more.items()}
    return verb, args, {name: value if name in INSTANTS else shifted(value, by) for name, value in late.items()}


@given(days(), st.sampled_from((1, -7 * SECOND, 1_772_413_200_000_000)))
def test_L19_a_day_at_another_time_is_the_same_day(day: Day, by: int) -> None:
    """L19: nothing hangs on the instant itself; every fact, and every timer, is so much later."""
    router, first = Router(day.policy), Router(day.policy)
    for call, told in day.calls:
        again = do(router, shifted_call(call, by))
        do(first, call)
        if succeeded(told):
            assert again == shifted(told, by)
            assert router.next_due == (None if first.next_due is None else first.next_due + by)
        else:
            assert not succeeded(again)
    event(f"{len(day.facts) // 20 * 20} facts and more")


# --- the index --------------------------------------------------------------------------------------------------------


@given(days())
def test_an_index_made_anew_at_every_fact_changes_nothing(day: Day) -> None:
    """ROU-44: all but the state is derived: it may be made again at any time, and is once it is crowded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Index, "is_crowded", property(lambda _: True))
        router = Router(day.policy)
        for call, told in day.calls:
            again = do(router, call)
            if succeeded(told):
                event("facts" if told else "no facts")
                assert again == told
