"""The worked examples W7 and W8 of the routing spec, and what a planner asks of a desk, rule by rule (ROU-51 to 55)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import pendulum
import pytest

from servicedesk.instants import Span, to_us
from servicedesk.routing import (
    Access,
    Agent,
    Capacity,
    ChoicePolicy,
    Group,
    QueuePolicy,
    Relaxation,
    Requirement,
    Roster,
    RoutingPolicy,
    SkillGraph,
    Work,
    batch,
    coverage,
)

DESK = RoutingPolicy(name="desk", queues=["q"])
NINE = pendulum.datetime(2026, 3, 2, 9, tz="Asia/Shanghai")


def seat(name: str, skills: str | Mapping[str, int] = "", **more: Any) -> Agent:
    """An agent; skills of one letter may be written together."""
    return Agent(id=name, skills=dict.fromkeys(skills, 1) if isinstance(skills, str) else skills, **more)


def crowd(**kinds: int) -> list[Agent]:
    """So many agents of each kind, who hold one skill for each letter."""
    return [seat(f"{kind}{number}", kind) for kind, count in kinds.items() for number in range(1, count + 1)]


def work(name: str, requirement: str = "anyone", queue: str = "q", **more: Any) -> Work:
    return Work(id=name, queue=queue, requirement=requirement, **more)


def pairs(plan: batch.Plan) -> dict[str, str]:
    return dict(plan.assignments)


# --- W7: shortfall ----------------------------------------------------------------------------------------------------

FREE = crowd(M=2, B=6, MB=3, F=2)
WAITING = {"M": 5, "B": 1, "M & B": 2, "F": 1}


def test_w7_seven_of_nine_are_served_although_thirteen_are_free() -> None:
    """W7, ROU-52: the shortfall names the smallest set, who could serve any of it, and what is missing."""
    found = coverage.feasibility(DESK, FREE, WAITING)
    assert (len(FREE), found.demand, found.flow) == (13, 9, 7)
    assert str(found.shortfall) == "{M, M & B}: 7 waiting, 5 free agents in all: 2 short"
    assert found.shortfall == coverage.Shortfall(
        (Requirement.parse("M"), Requirement.parse("M & B")), demand=7, agents=5, missing=2
    )
    assert str(found) == f"7 of 9; {found.shortfall}"


def test_rou_52_shortages_that_share_nobody_are_told_apart() -> None:
    """ROU-52: the smallest cut is one set; where it falls into parts, each is short by itself."""
    found = coverage.feasibility(DESK, crowd(M=1, F=2, MB=1), {"M": 2, "M & B": 1, "F": 3, "Z": 1}).shortfall
    assert found is not None
    assert (found.demand, found.agents, found.missing) == (7, 4, 3)
    assert [*map(str, found.parts)] == [
        "{F}: 3 waiting, 2 free agents in all: 1 short",
        "{M, M & B}: 3 waiting, 2 free agents in all: 1 short",
        "{Z}: 1 waiting, 0 free agents in all: 1 short",
    ]
    assert str(found) == "; ".join(map(str, found.parts))


def test_w7_training_one_b_agent_in_m_gives_eight_two_give_nine() -> None:
    """W7, ROU-53: one more step at a time; of equal ones the fewest skills, then the id."""
    first = coverage.training(DESK, FREE, WAITING)
    assert {(one.skill.name, one.rise) for one in first} == {("M", 1)}
    assert [one.agent for one in first] == [*(f"B{n}" for n in range(1, 7)), "F1", "F2"]
    after = [seat("B1", "BM") if agent.id == "B1" else agent for agent in FREE]
    assert coverage.feasibility(DESK, after, WAITING).flow == 8
    again = coverage.training(DESK, after, WAITING)
    assert (again[0].agent, again[0].rise) == ("B2", 1)
    both = [seat("B2", "BM") if agent.id == "B2" else agent for agent in after]
    assert str(coverage.feasibility(DESK, both, WAITING)) == "9 of 9"
    assert coverage.training(DESK, both, WAITING) == ()


def test_w7_counting_heads_misleads() -> None:
    """W7: heads say 7 ≥ 6 and 5 ≥ 4, the flow is 8 of 10."""
    seats, demand = crowd(A=3, AB=4, B=1), {"A": 6, "B": 4}
    assert [len(cover.holders) for cover in coverage.report(DESK, seats, demand).covers] == [7, 5]
    assert coverage.feasibility(DESK, seats, demand).flow == 8


# --- W8: one by one, or all at once -----------------------------------------------------------------------------------


def test_w8_the_plan_serves_three_where_one_by_one_serves_two() -> None:
    """W8, ROU-54: M → a, B → b, F → c."""
    seats = [seat("c", "BF"), seat("a", "M"), seat("b", "MB")]
    idle = {"c": NINE, "a": NINE.add(minutes=5), "b": NINE.add(minutes=8)}
    works = [work("1 M", "M"), work("2 B", "B"), work("3 F", "F")]
    plan = batch.assign(DESK, works, seats, at=NINE.add(minutes=10), idle=idle)
    assert plan.assignments == (("1 M", "a"), ("2 B", "b"), ("3 F", "c"))
    assert str(plan) == "1 M → a, 2 B → b, 3 F → c"
    left, served = [*seats], []
    for one in works:  # each plan of a single work is what a router would do with it
        alone = batch.assign(DESK, [one], left, at=NINE.add(minutes=10), idle={s.id: idle[s.id] for s in left})
        served += alone.assignments
        left = [s for s in left if s.id not in pairs(alone).values()]
    assert served == [("1 M", "a"), ("2 B", "c")]


# --- ROU-51: who holds what, and since when ---------------------------------------------------------------------------


def test_rou_51_gaps_single_holders_and_redundancy() -> None:
    """ROU-51: nobody, one, fewer than wanted; lines and groups are part of a requirement."""
    policy = RoutingPolicy(name="desk", queues=["q"], groups=[Group("experts", ["q"])])
    seats = [seat("王", "MB"), seat("李", "M", line=2, groups="experts"), seat("赵", "M")]
    demand = {"M": 3, "B": 1, "F": 1, "M; lines 2": 1, "M; groups experts": 1, "M; lines 3": 0}
    found = coverage.report(policy, seats, demand, wanted=3)
    assert [*map(str, found.gaps)] == ["F", "M; lines 3"]
    assert [*map(str, found.single_holders)] == ["B", "M; groups experts", "M; lines 2"]
    assert len(found.below) == 5
    assert found["M"].holders == ("李", "王", "赵")
    assert found["M; lines 2"].thin == (coverage.Stretch(None, None, ("李",)),)
    assert repr(found) == "<Report: 6 requirements, 2 with gaps, 3 with single holders, 5 below 3>"


def test_rou_51_effective_profiles_count() -> None:
    """ROU-51: what follows from a skill is held, under whatever name it is asked for."""
    graph = SkillGraph([("营销>=3", "计费>=2")], aliases={"billing": "计费"})
    policy = RoutingPolicy(name="desk", queues=["q"], graph=graph)
    found = coverage.report(
        policy, [seat("王", {"营销": 3}), seat("李", {"billing": 1})], [("billing>=2", 1), ("计费", 2)]
    )
    assert [cover.holders for cover in found.covers] == [("李", "王"), ("王",)]
    assert [str(cover.requirement) for cover in found.covers] == ["计费", "计费>=2"]


def test_rou_51_a_certificate_ends() -> None:
    """ROU-51: "single holder from 2026-03-01"; at that instant it is no longer held."""
    spring, autumn = (pendulum.datetime(2026, month, 1, tz="Asia/Shanghai") for month in (3, 9))
    seats = [
        seat("li", {"cert:itil": 1}, valid_until={"cert:itil": spring}),
        seat("wang", {"cert:itil": 1}, valid_until={"cert:itil": autumn}),
    ]
    cover = coverage.report(DESK, seats, {"cert:itil": 1})["cert:itil"]
    assert cover.holders == ("li", "wang")
    assert [one.text("Asia/Shanghai") for one in cover.thin] == [
        "single holder wang from 2026-03-01 until 2026-09-01",
        "gap from 2026-09-01",
    ]
    later = coverage.report(DESK, seats, {"cert:itil": 1}, at=autumn)["cert:itil"]
    assert (later.holders, later.thin) == ((), (coverage.Stretch(None, None, ()),))


def test_rou_51_a_roster_says_who_is_there() -> None:
    """ROU-51: only while anybody is there; shifts that touch go on, nights are nobody's gap."""
    hour = NINE.add
    shifts = [
        ("王", Span(NINE, hour(hours=4))),
        ("李", Span(NINE, hour(hours=2))),
        ("李", Span(hour(hours=2), hour(hours=8))),
        ("赵", Span(hour(hours=24), hour(hours=26))),
    ]
    seats = [seat("王", "M"), seat("李", "MF"), seat("赵", "F")]
    found = coverage.report(DESK, seats, {"M": 1, "F": 1}, Roster(shifts))
    assert [one.text("Asia/Shanghai") for one in found["M"].thin] == [
        "single holder 李 from 2026-03-02 13:00 until 2026-03-02 17:00",
        "gap from 2026-03-03 09:00 until 2026-03-03 11:00",
    ]
    assert [(one.holders, one.start, one.end) for one in found["F"].thin] == [
        (("李",), to_us(NINE), to_us(hour(hours=8))),
        (("赵",), to_us(hour(hours=24)), to_us(hour(hours=26))),
    ]


def test_rou_51_table_and_graph() -> None:
    """ROU-51: names of any script; what Mermaid or Markdown would read as its own is escaped."""
    seats = [seat('王 "小王"', {"营销": 1}), seat("Ωmega|1", {"营销": 1, "数据 & 报表": 1})]
    found = coverage.report(DESK, seats, {"营销": 4, "`数据 & 报表`": 2, "x": 1})
    assert found.table().splitlines() == [
        "| requirement | demand | holders | too few |",
        "|---|---:|---|---|",
        "| `数据 & 报表` | 2 | 1: Ωmega\\|1 | single holder Ωmega\\|1 |",
        "| x | 1 | 0 | gap |",
        '| 营销 | 4 | 2: Ωmega\\|1, 王 "小王" |  |',
    ]
    assert found.mermaid().splitlines() == [
        "flowchart LR",
        '    r0["`数据 #38; 报表`"]',
        '    r1["x"]',
        '    r2["营销"]',
        '    a0(["Ωmega|1"])',
        '    a1(["王 #34;小王#34;"])',
        "    r0 --> a0",
        "    r2 --> a0",
        "    r2 --> a1",
        "    classDef gap fill:#f8d7da,stroke:#b02a37",
        "    classDef single fill:#fff3cd,stroke:#b58100",
        "    class r0 single",
        "    class r1 gap",
    ]
    assert '    r2 --> m2(["2 agents"])' in found.mermaid(most=1).splitlines()
    assert "| 营销 | 4 | 2 |  |" in found.table(most=1)


# --- ROU-52, 53: what can be served -----------------------------------------------------------------------------------


def test_rou_52_supply_is_free_units_through_cost() -> None:
    """ROU-52: what fits into empty hands, or what the host says is free."""
    chatty = Capacity(total=10, cost={"voice": 8, "chat": 3}, cap={"mail": 4}, exclusive="fax")
    seats = [seat("a", "M", capacity=chatty)]
    for channel, fits in (("voice", 1), ("chat", 3), ("mail", 4), ("fax", 1), ("sms", 10)):
        assert coverage.feasibility(DESK, seats, {"M": 12}, channel=channel).flow == fits
    assert coverage.feasibility(DESK, seats, {"M": 12}, free={"a": 2}).flow == 2


def test_rou_52_skills_as_of_an_instant() -> None:
    """ROU-52: with ``at``, only what is valid then."""
    seats = [seat("a", "M", valid_until={"M": NINE})]
    assert coverage.feasibility(DESK, seats, {"M": 1}).flow == 1
    assert coverage.feasibility(DESK, seats, {"M": 1}, at=to_us(NINE) - 1).flow == 1
    assert str(coverage.feasibility(DESK, seats, {"M": 1}, at=NINE).shortfall) == (
        "{M}: 1 waiting, 0 free agents in all: 1 short"
    )


def test_rou_53_an_agent_with_room_for_two_raises_it_by_two() -> None:
    """ROU-53: by rise, then the fewest effective skills, then id; a skill that implies what is short counts too."""
    policy = RoutingPolicy(name="desk", queues=["q"], graph=SkillGraph([("expert>=2", "M")]))
    seats = [seat("b", "X", capacity=Capacity(total=2)), seat("a", "XY"), seat("c", "Z")]
    found = coverage.training(policy, seats, {"M": 3})
    assert [(one.agent, str(one.skill), one.rise) for one in found] == [
        ("b", "M", 2),
        ("b", "expert>=2", 2),
        ("c", "M", 1),
        ("c", "expert>=2", 1),
        ("a", "M", 1),
        ("a", "expert>=2", 1),
    ]


def test_rou_53_a_learner_goes_on_with_what_they_could_before() -> None:
    """ROU-53: of two hands one learns Z, the other goes on with M."""
    seats = [seat("a", "M", capacity=Capacity(total=2))]
    [found] = coverage.training(DESK, seats, {"M": 1, "Z": 1})
    assert (found.agent, str(found.skill), found.rise) == ("a", "Z", 1)


def test_rou_53_without_whom_most_is_lost() -> None:
    """ROU-53: N - 1; whoever can be replaced is no loss."""
    seats = [seat("a", "M", capacity=Capacity(total=3)), seat("b", "F"), seat("c", "F"), seat("d", "MF")]
    found = coverage.loss(DESK, seats, {"M": 4, "F": 2})
    assert [(one.agent, one.fall) for one in found] == [("a", 3), ("b", 1), ("c", 1), ("d", 1)]
    assert [one.fall for one in coverage.loss(DESK, seats, {"M": 1, "F": 2})] == [0, 0, 0, 0]


# --- ROU-54: plans ----------------------------------------------------------------------------------------------------


def test_rou_54_what_is_left_has_its_shortfall() -> None:
    """ROU-54: unmatched work in the order of service, and why."""
    works = [work("T1", "M"), work("T2", "M"), work("T3", "F"), work("T4", "M")]
    plan = batch.assign(DESK, works, [seat("a", "M"), seat("f", "F"), seat("g", "F")], at=NINE)
    assert (pairs(plan), plan.unmatched) == ({"T1": "a", "T3": "f"}, ("T2", "T4"))
    assert str(plan) == "T1 → a, T3 → f; left: T2, T4; {M}: 3 waiting, 1 free agent in all: 2 short"
    assert batch.assign(DESK, [], [], at=NINE) == batch.Plan(())
    assert str(batch.Plan(())) == "nothing"


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (("line",), "low"),
        (("preferred",), "liked"),
        (("fewest_skills",), "low"),
        (("best_skilled",), "deep"),
        (("sticky",), "own"),
        ((), "idle"),
        (("longest_idle", "best_skilled"), "deep"),  # what a moment decides comes last, wherever it stands
    ],
)
def test_rou_54_the_cost_of_a_pair_is_the_choice(keys: Iterable[str], chosen: str) -> None:
    """ROU-54, ROU-33: the keys that work and profile decide are digits; idle time has the last word."""
    seats = [
        seat("low", {"M": 1}),
        seat("liked", {"M": 1, "cert": 1}, line=2),
        seat("deep", {"M": 3, "N": 1}, line=2),
        seat("own", {"M": 1, "N": 1}, line=2),
        seat("idle", {"M": 1, "N": 1}, line=2),
    ]
    policy = RoutingPolicy(name="desk", queues=["q"], choice=ChoicePolicy(*keys))
    one = work("T", "M; prefer cert*2", preferred_agents="own")
    assert pairs(batch.assign(policy, [one], seats, at=NINE, idle={"idle": NINE.subtract(hours=1)})) == {"T": chosen}


def test_rou_54_no_total_of_a_later_key_outweighs_an_earlier_one() -> None:
    """ROU-54: one preference counts more than any surplus of levels, of however many pairs."""
    policy = RoutingPolicy(name="desk", queues=["q"], choice=ChoicePolicy("preferred", "best_skilled"))
    seats = [seat("a", {"M": 1, "N": 3, "cert": 1}), seat("b", {"M": 3, "N": 1})]
    works = [work("T1", "M; prefer cert"), work("T2", "N")]
    assert pairs(batch.assign(policy, works, seats, at=NINE)) == {"T1": "a", "T2": "b"}
    surplus = RoutingPolicy(name="desk", queues=["q"], choice=ChoicePolicy("best_skilled", "preferred"))
    assert pairs(batch.assign(surplus, works, seats, at=NINE)) == {"T1": "b", "T2": "a"}


def test_rou_54_queue_order_and_idle_order() -> None:
    """ROU-54: urgent before normal, early before late; longest idle first; nobody has two while somebody has none."""
    policy = RoutingPolicy(name="desk", queues=[QueuePolicy(name="q", bands=("urgent", "normal"))])
    works = [work("a"), work("b", band="urgent"), work("c")]
    entered = {"a": NINE.add(minutes=2), "b": NINE.add(minutes=3), "c": NINE}
    seats = [seat("x", capacity=Capacity(total=2)), seat("y")]
    plan = batch.assign(policy, works, seats, at=NINE.add(minutes=5), entered=entered, idle={"x": NINE, "y": 0})
    assert plan.assignments == (("b", "y"), ("c", "x"), ("a", "x"))
    fewer = batch.assign(policy, works, seats[1:], at=NINE.add(minutes=5), entered=entered)
    assert (fewer.assignments, fewer.unmatched) == ((("b", "y"),), ("c", "a"))


def test_rou_54_only_what_could_be_offered_now() -> None:
    """ROU-54: access with its delay, steps, sticky phases and exclusions hold."""
    groups = [Group("own", ["q"]), Group("help", [Access("q", delay="45s")])]
    policy = RoutingPolicy(name="desk", queues=["q"], groups=groups)
    seats = [seat("own", "M", groups="own"), seat("help", "MF", groups="help"), seat("out", "MF")]

    def taker(one: Work, waited: int = 0) -> str | None:
        entered = {one.id: NINE}
        return pairs(batch.assign(policy, [one], seats, at=NINE.add(seconds=waited), entered=entered)).get(one.id)

    assert [taker(work("T", "F"), waited) for waited in (44, 45)] == [None, "help"]
    relaxed = work("T", "M & Z", relaxation=Relaxation([("60s", "M")]))
    assert [taker(relaxed, waited) for waited in (59, 60)] == [None, "own"]
    sticky = work("T", "M", preferred_agents=["help", "gone"], preferred_for=timedelta(seconds=50))
    assert [taker(sticky, waited) for waited in (44, 45, 50)] == [None, "help", "help"]
    assert taker(work("T", "M", preferred_agents="gone", preferred_for="50s")) == "own"
    assert taker(work("T", "M", excluded="own"), 50) == "help"


def test_rou_54_hands_that_fit_any_channel_of_the_backlog() -> None:
    """ROU-54: without ``free``, so many pieces as fit whichever channels they are of."""
    seats = [seat("a", capacity=Capacity(total=10, cost={"voice": 8, "chat": 3}))]
    chats = [work(f"T{number}", channel="chat") for number in range(4)]
    assert len(batch.assign(DESK, chats, seats, at=NINE).assignments) == 3
    assert len(batch.assign(DESK, [*chats, work("call")], seats, at=NINE).assignments) == 1
    assert len(batch.assign(DESK, chats, seats, at=NINE, free={"a": 2}).assignments) == 2


# --- ROU-55: parts ----------------------------------------------------------------------------------------------------


def test_rou_55_parts_of_a_desk() -> None:
    """ROU-55: agents join queues, overflow joins queues, a queue nobody sees and an agent who sees none are alone."""
    queues = ["a", "b", QueuePolicy(name="c", overflow_to="d"), "d", "e"]
    groups = [Group("甲", ["a", "b"]), Group("乙", ["c"]), Group("丙", ["b", "e"]), Group("丁")]
    policy = RoutingPolicy(name="desk", queues=queues, groups=groups)
    seats = [seat("1", groups="甲"), seat("2", groups="乙"), seat("3", groups="丁"), seat("4", groups="丁")]
    parts = [(part.queues, part.agents) for part in coverage.partitions(policy, seats)]
    assert parts == [(("a", "b"), ("1",)), (("c", "d"), ("2",)), (("e",), ()), ((), ("3",)), ((), ("4",))]
    whole = coverage.partitions(DESK, seats[:0])
    assert [(part.queues, part.agents) for part in whole] == [(("q",), ())]
