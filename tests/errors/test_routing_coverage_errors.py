"""Bad input to coverage and batch: everything wrong at once, each with its path and what would have been right."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError
from servicedesk.instants import Span
from servicedesk.routing import (
    Agent,
    QueuePolicy,
    Requirement,
    Roster,
    RoutingPolicy,
    SkillGraph,
    Work,
    batch,
    coverage,
)

DESK = RoutingPolicy(name="desk", queues=["hotline", QueuePolicy(name="data", bands=("urgent", "normal"))])
WANG = Agent(id="wang", skills={"marketing": 3})
CALL = Work(id="T1", queue="hotline", requirement="marketing")


def told(ask: Any, *given: Any, **more: Any) -> list[str]:
    """What an author reads."""
    with pytest.raises(DefinitionInvalid) as caught:
        ask(*given, **more)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("ask", [coverage.feasibility, coverage.training, coverage.loss, coverage.report])
def test_all_that_is_wrong_with_a_question_comes_at_once(ask: Any) -> None:
    """ROU-5, 51 to 53, section 5: agents, requirements, counts."""
    policy = RoutingPolicy(name="desk", queues=["q"], graph=SkillGraph(top={"marketing": 3}))
    agents = [WANG, Agent(id="li", skills={"marketin": 1}), WANG, Agent(id="", skills={"marketing": 3})]
    demand = [("marketing", -1), ("marketing>=4", 1), ("markting", True), (Requirement(lines=(2, 1)), 1)]
    assert told(ask, policy, agents, demand) == [
        "agents[1].skills.marketin: 'marketin' is not a skill of this graph; did you mean 'marketing'?",
        "agents[2]: the id 'wang' is given twice",
        "agents[3].id: '' is not the name of an agent",
        "demand['marketing']: a count is an integer ≥ 0, not -1",
        "demand['marketing>=4'].all_of[0]: level 4 of 'marketing' is above its highest, 3",
        "demand['markting'].all_of[0]: 'markting' is not a skill of this graph; did you mean 'marketing'?",
        "demand['markting']: a count is an integer ≥ 0, not True",
        "demand['anyone; lines 2-1'].lines: lines are two integers ≥ 1, the lower one first, not (2, 1)",
    ]


def test_a_policy_that_cannot_be_is_told_first() -> None:
    """ROU-4, 5: implication cycles and unknown queues, by their path."""
    bad = RoutingPolicy(name="desk", queues=["q"], graph=SkillGraph([("a", "b"), ("b", "a")]))
    assert told(coverage.partitions, bad, []) == ["policy.graph.implications[0]: these imply each other: a, b, a"]
    assert told(batch.assign, bad, [], [], at=0) == told(coverage.partitions, bad, [])


def test_free_hands_name_known_agents_and_whole_numbers() -> None:
    """ROU-52: the nearest id, the value."""
    assert told(coverage.feasibility, DESK, [WANG], {"marketing": 1}, free={"wan": 1, "wang": -1}) == [
        "free.wan: 'wan' is no agent given here; did you mean 'wang'?",
        "free.wang: an integer ≥ 0, not -1",
    ]
    assert told(coverage.loss, DESK, [WANG], {}, free={"wang": 1.5}) == ["free.wang: an integer ≥ 0, not 1.5"]


def test_a_report_needs_a_number_and_a_roster_of_known_agents() -> None:
    """ROU-51."""
    roster = Roster([("wagn", Span(0, 1)), ("wagn", Span(2, 3))])
    assert told(coverage.report, DESK, [WANG], {}, roster, wanted=0) == [
        "roster.wagn: 'wagn' is no agent given here; did you mean 'wang'?",
        "wanted: an integer ≥ 1, not 0",
    ]
    with pytest.raises(KeyError, match="billing"):
        coverage.report(DESK, [WANG], {"marketing": 1})["billing"]


def test_a_requirement_that_cannot_be_read_says_where() -> None:
    """ROU-6: position and what was expected."""
    assert told(coverage.feasibility, DESK, [WANG], {"marketing >": 1}) == ["requirement[10]: found '>', expected ';'"]


def test_all_that_is_wrong_with_a_backlog_comes_at_once() -> None:
    """ROU-54: queues, bands, ids, entries."""
    works = [
        CALL,
        Work(id="T2", queue="hotlin"),
        Work(id="T3", queue="data", band="urgnt"),
        CALL,
        Work(id=" ", queue="hotline", requirement="marketing"),
    ]
    told_ = told(batch.assign, DESK, works, [WANG], at=5, entered={"T1": 7, "T9": 1}, idle={"wnag": 1}, free={"li": 1})
    assert told_ == [
        "works[1].queue: 'hotlin' is not a queue of this policy; did you mean 'hotline'?",
        "works[2].band: 'urgnt' is not a band of 'data'; did you mean 'urgent'?",
        "works[3]: the id 'T1' is given twice",
        "works[4].id: ' ' is not the name of a work",
        "entered.T9: 'T9' is no work given here",
        "entered.T1: entered 2 µs after the instant of the plan",
        "free.li: 'li' is no agent given here",
        "idle.wnag: 'wnag' is no agent given here; did you mean 'wang'?",
    ]


@pytest.mark.parametrize("value", [1.0, True, "1", None])
def test_a_cost_that_is_no_integer_is_named_with_its_pair(value: Any) -> None:
    """ROU-54, section 5: the pair and the value; every pair, not the first alone."""
    agents = [WANG, Agent(id="li", skills={"marketing": 1}), Agent(id="no")]
    found = told(batch.assign, DESK, [CALL], agents, at=0, cost=lambda *_: value)
    assert found == [f"cost['T1', {name!r}]: an integer, not {value!r}" for name in ("li", "wang")]


def test_instants_are_aware_datetimes_or_integers() -> None:
    """SLA-1 and section 5: a naive datetime, a float, a bool."""
    naive = datetime(2026, 3, 2, 9)
    for more in ({"at": naive}, {"at": 0, "entered": {"T1": naive}}, {"at": 0, "idle": {"wang": naive}}):
        with pytest.raises(NaiveDatetimeError):
            batch.assign(DESK, [CALL], [WANG], **more)
    with pytest.raises(TypeError, match="at must be an aware datetime, not float"):
        batch.assign(DESK, [CALL], [WANG], at=1.0)
    with pytest.raises(TypeError, match="at must be an aware datetime, not bool"):
        coverage.feasibility(DESK, [WANG], {}, at=True)
