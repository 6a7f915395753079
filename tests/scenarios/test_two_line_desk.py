"""The example of a desk of two lines: what it prints is what the desk is."""

from __future__ import annotations

import pytest

import two_line_desk as desk
from servicedesk.routing import coverage


def test_the_desk_has_the_documented_size() -> None:
    """Documented: 21 seats of which 6 are expert seats, 26 systems; agents, roster and policy fit each other."""
    policy, agents = desk.build_policy(), desk.build_agents()
    assert (len(agents), sum(agent.line == 2 for agent in agents), len(desk.SYSTEMS)) == (21, 6, 26)
    groups = [group.name for group in policy.groups]
    assert policy.problems() == ()
    assert [problem for agent in agents for problem in agent.problems(policy.graph, groups)] == []
    assert {name for name, _ in desk.build_roster().shifts} == {agent.id for agent in agents}
    assert [(part.queues, len(part.agents)) for part in coverage.partitions(policy, agents)] == [
        (("expert", "hotline"), 21)
    ]


def test_the_report_tells_what_hangs_on_whom(capsys: pytest.CaptureFixture[str]) -> None:
    """ROU-51 to 53: gaps, single holders, the end of a certificate, the shortfall and the best training."""
    desk.main([])
    told = capsys.readouterr().out
    assert "hard questions: 4 systems have no expert, 20 hang on one" in told
    assert "single holder 专家 周 from 2026-05-01" in told
    assert "14 of 20 calls served at once by 21 seats" in told
    assert "{调度>=3; lines 2}: 1 waiting, 0 free agents in all: 1 short" in told
    assert "调度>=3 dispatching" in told


def test_the_graph_can_be_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """ROU-51: a node for each system and expert, gaps and single holders marked."""
    desk.main(["--mermaid"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "flowchart LR"
    assert sum(line.startswith("    class r") and line.endswith(" gap") for line in lines) == 4
    assert sum(line.startswith("    class r") and line.endswith(" single") for line in lines) == 20


def test_the_hour_tells_its_reasons_and_suspends_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    """ROU-45, 49, 50: decisions with funnel and runner-up, work that nobody can do, a break refused and why."""
    desk.main([])
    told = capsys.readouterr().out
    assert "before 坐席 01 by fewest_skills" in told
    assert "nobody_has_it" in told
    assert "09:25:00" in told
    assert "presence_suspended" in told
    hour = desk.route(desk.build_policy(), desk.build_agents(), desk.CALLS, desk.HARD_CALLS)
    answered = sum(hour.lines.values())
    assert answered == len(hour.waits) == hour.kinds["work.assigned"]
    assert hour.kinds["work.enqueued"] == answered + len(hour.router.waiting()) + hour.router.gauges().offered
