"""A desk of two lines and a domain queue, told as a story of its router (spec of routing, §11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from servicedesk.routing import Access, Agent, Group, Override, QueuePolicy, Router, RoutingPolicy, Work, WrapUp
from servicedesk.testing import RouterStory

STORY = Path(__file__).with_name("desk_story.txt").read_text(encoding="utf-8")
POLICY = RoutingPolicy(
    name="desk",
    queues=[
        QueuePolicy(name="hotline", wrap_up=WrapUp("timed", "30s")),
        QueuePolicy(name="expert", offer_timeout="60s"),
        QueuePolicy(name="data", offer_timeout="60s"),
    ],
    groups=[
        Group("first", ["hotline"]),
        Group("experts", [Access("expert"), Access("hotline", rank=2, delay="45s")]),
        Group("data", [Access("data")]),
    ],
)
SURGE = Override(name="surge", refuse_presences="break", reason="EMG: breaks are suspended")


def story() -> RouterStory:
    return RouterStory(POLICY, day="2026-03-02", zone="Asia/Shanghai", overrides=[SURGE])


def test_the_day_of_a_desk_is_told_as_it_happens() -> None:
    """ROU-22, 33, 36, 45, 46, 49: each answer to the letter, explanations too; the facts tell the same router again."""
    told = story()
    assert told.retell(STORY) == STORY
    assert Router.replay(POLICY, told.facts, at=told.router.now) == told.router


def test_a_story_tells_refusals_and_what_makes_no_sense() -> None:
    """ROU-42 and the bad input of §5: a refusal is an answer, a line that means nothing is an error of the story."""
    told = story()
    assert told.retell("09:00 enqueue T1 hotlin") == (
        "09:00 enqueue T1 hotlin => refused unknown_queue; possible: hotline, expert, data"
    )
    assert told.retell("09:00 accept T1 wang") == "09:00 accept T1 wang => refused unknown_work; possible: nothing"
    assert told.retell("09:00 why T9").startswith("09:00 why T9 => refused unknown_work")
    for line in ("juggle T1", "accept T1", "why", "override zz", "waiting foo", "complete T1 reason=done", "time x"):
        with pytest.raises(ValueError, match=f"no line of a story: '{line}'"):
            told.retell(f"09:00 {line}")
    with pytest.raises(ValueError, match=r"work has band, channel, .*not foo"):
        told.retell("09:00 enqueue T1 hotline foo=1")


def test_a_story_can_force_and_give_reasons() -> None:
    """ROU-46: what the words say is done, not left out."""
    told = story()
    assert told.retell(
        """09:00 agent w available 营销=1 group=first
09:01 enqueue T1 hotline 计量
09:02 assign T1 w
09:02 assign T1 w force=true
09:03 enqueue T2 hotline 计量
09:04 withdraw T2 reason=solved"""
    ).split("\n")[2:] == [
        "09:02 assign T1 w => refused not_visible; possible: force",
        "09:02 assign T1 w force=true => w has T1 after 60 s",
        "09:03 enqueue T2 hotline 计量 => T2 waits in hotline; T2: nobody_has_it",
        "09:04 withdraw T2 reason=solved => T2 gone: solved",
    ]


def test_an_outlook_tells_apart_who_does_not_see_the_work_yet() -> None:
    """ROU-12, 22, 36, 49: declined, behind a delay, or the work is for somebody else first."""
    router = Router(POLICY)
    for name, group in (("wang", "first"), ("li", "first"), ("chen", "experts")):
        router.agent_changed(Agent(id=name, groups=group), presence="available", at=0)
    router.enqueue(Work(id="T1", queue="hotline", preferred_agents="wang", preferred_for="90s"), at=0)
    assert router.explain("T1").lost == {"chen": "delay", "li": "preferred_first", "wang": "capacity"}
    router.decline("T1", "wang", at=1)
    assert router.explain("T1").lost == {"chen": "delay", "li": "preferred_first", "wang": "declined"}
    router.advance(60 * 10**6)
    assert router.explain("T1").lost["chen"] == "preferred_first"
