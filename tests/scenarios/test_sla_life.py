"""One ticket through everything a policy can do to its clocks: told, replayed, polled every minute or not at all."""

from __future__ import annotations

from itertools import pairwise

import pendulum
import pytest

from servicedesk.instants import to_us
from servicedesk.sla import Calendar, Escalation, Goal, SlaPolicy, SlaRule, TicketClocks

OFFICE = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai", name="office", version="2026")
ROUND_THE_CLOCK = Calendar.always("Asia/Shanghai")


def at(clock: str, day: int = 2) -> pendulum.DateTime:
    hour, minute = map(int, clock.split(":"))
    return pendulum.datetime(2026, 3, day, hour, minute, tz="Asia/Shanghai")


def resolution(within: str) -> Goal:
    return Goal(
        "resolution",
        within=within,
        calendar=OFFICE,
        stop="resolved",
        pause={"customer": 'state == "with_customer"'},
        warn_at=("50%", "80%"),
        warn_before=("30min",),
        escalations=(Escalation("1h", "group_leader"), Escalation("4h", "manager")),
        notify=OFFICE,
    )


EVERYWHERE = (
    Goal("first_response", within="30min", calendar=OFFICE),
    Goal("next_response", within="1h", calendar=OFFICE),
    Goal("ownership", within="4h", calendar=OFFICE),
)
POLICY = SlaPolicy(
    "promises",
    (
        SlaRule((resolution("4h"), *EVERYWHERE), when='priority == "1"', name="urgent"),
        SlaRule((resolution("8h"), *EVERYWHERE), name="others"),
    ),
    version="2026",
)
NORMAL = {"priority": "3", "state": "handling", "category": "active", "team": "desk"}
WAITING = {**NORMAL, "state": "with_customer", "category": "waiting", "team": "network"}
DONE = {**NORMAL, "event": "resolved", "state": "done", "category": "resolved", "priority": "1"}
STORY = (
    (at("08:40"), {**NORMAL, "event": "replied"}),
    (at("10:00"), {**NORMAL, "event": "handed_over", "team": "network"}),
    (at("10:30"), {**NORMAL, "event": "customer_replied", "team": "network"}),
    (at("11:00"), {**WAITING, "event": "waiting"}),
    (at("11:10"), {**WAITING, "event": "customer_replied"}),
    (at("14:30"), {**NORMAL, "event": "active", "team": "network"}),
    (at("14:40"), {**NORMAL, "event": "replied", "team": "network"}),
    (at("15:00"), {**NORMAL, "event": "classified", "priority": "1", "team": "network"}),
    (at("16:00"), {**NORMAL, "event": "handed_over", "priority": "1", "team": "databases"}),
    (at("09:30", 3), {**DONE, "team": "databases"}),
    (at("14:30", 3), {**NORMAL, "event": "reopened", "priority": "1", "team": "network"}),
    (at("15:00", 3), {**DONE, "team": "network"}),
)


def live(step_minutes: int | None = None) -> tuple[TicketClocks, list[object]]:
    """Tell the story, polling in between or not, dropping the changes after each step as a host would."""
    clocks, facts = TicketClocks.accept(POLICY, ticket="T-7", at=at("08:30"), values=NORMAL), []
    now = at("08:30")
    for when, values in STORY:
        while step_minutes and now.add(minutes=step_minutes) < when:
            now = now.add(minutes=step_minutes)
            clocks = clocks.advance(now)
            facts += clocks.changes
            clocks = clocks.drop_changes()
        now = when
        clocks = clocks.observe(values, at=when)
        facts += clocks.changes
        clocks = clocks.drop_changes() if when != STORY[-1][0] else clocks
    return clocks, facts


def told(facts, metric: str, team: str = "") -> list[tuple[str, str]]:
    """Return kind and local time of the facts of one clock."""
    own = [fact for fact in facts if (fact.metric, fact.team) == (metric, team)]
    return [(fact.kind.removeprefix("clock."), f"{OFFICE.local(fact.at):%d %H:%M}") for fact in own]


@pytest.fixture(scope="module")
def story():
    return live()


def test_sla_48_every_clock_tells_its_own_story(story):
    """SLA-48 to 57, 63, 65, 73: response, next response, resolution and two OLAs, each by its own rules."""
    clocks, facts = story
    assert told(facts, "first_response") == [("started", "02 08:30"), ("stopped", "02 08:40")]
    assert told(facts, "next_response") == [("started", "02 10:30"), ("breached", "02 11:30"), ("stopped", "02 14:40")]
    assert told(facts, "resolution") == [
        ("started", "02 08:30"),
        ("paused", "02 11:00"),
        ("resumed", "02 14:30"),
        ("retargeted", "02 15:00"),  # 3 h of what are now 4 h
        ("attached_late", "02 15:00"),  # half of it
        ("crossed", "02 15:12"),  # 80 %
        ("crossed", "02 15:30"),  # half an hour before
        ("breached", "02 16:00"),
        ("crossed", "02 17:00"),  # told to the group leader
        ("stopped", "03 09:30"),
        ("reopened", "03 14:30"),
        ("stopped", "03 15:00"),
    ]
    assert told(facts, "ownership", "desk") == [("started", "02 08:30"), ("stopped", "02 10:00")]
    assert told(facts, "ownership", "network") == [
        ("started", "02 10:00"),
        ("stopped", "02 16:00"),  # exactly 4 h
        ("reopened", "03 14:30"),
        ("breached", "03 14:30"),
        ("stopped", "03 15:00"),
    ]
    assert clocks.clock("resolution").met is False


def test_sla_66_the_verdicts(story):
    """SLA-66, 73: what each clock came to; the network team's second stint adds to its first."""
    clocks, _ = story
    verdicts = {(clock.goal.metric, clock.team): clock.met for clock in clocks.clocks}
    assert verdicts[("first_response", "")] is True
    assert verdicts[("next_response", "")] is False
    assert verdicts[("ownership", "desk")] is True
    used = clocks.clock("ownership", "network").results[-1].elapsed
    assert used == pendulum.duration(hours=4, minutes=30)


def test_sla_13_replay_equals_live(story):
    """Law 13: the facts alone give the same clocks."""
    clocks, facts = story
    again = TicketClocks.replay(POLICY, facts, accepted=at("08:30"))
    assert again.clocks == clocks.clocks


def test_sla_63_polling_every_minute_gives_the_same_facts(story):
    """Law 14: however often a host polls, the same facts with the same instants."""
    clocks, facts = story
    polled, polled_facts = live(step_minutes=1)
    assert polled_facts == facts
    assert polled.clocks == clocks.clocks


def test_sla_80_the_resolution_clock_explains_itself(story):
    """SLA-80: pauses, the changed promise and the reopening stand in their places, and the sum is the elapsed time."""
    clocks, facts = story
    clock = clocks.clock("resolution")
    explained = clock.explain(at("15:00", 3), facts=facts)
    assert explained.elapsed == clock.status(at("15:00", 3)).elapsed
    kinds = [(segment.kind, segment.name) for segment in explained if segment.kind not in {"working", "off_hours"}]
    assert ("paused", "customer") in kinds
    assert ("carried", "revision 1, policy keep_elapsed") in kinds
    assert explained[0].start_us == to_us(at("08:30"))
    assert all(left.end_us == right.start_us for left, right in pairwise(explained))


def test_sla_74_a_hand_over_beyond_the_promise_is_noted():
    """SLA-74: the note says by how much, when the team takes over."""
    clocks = TicketClocks.accept(POLICY, ticket="T-8", at=at("08:30"), values=NORMAL)
    assert clocks.notes == ()
    late = clocks.observe({**NORMAL, "event": "handed_over", "team": "network"}, at=at("16:30"))
    (note,) = late.notes
    assert str(note) == "ola_exceeds_sla(team='network', by=2h, against='resolution')"
    assert late.drop_changes().notes == ()
    again = late.observe({**NORMAL, "event": "noted", "team": "network"}, at=at("16:40"))
    assert again.notes == late.notes  # said once, at the hand-over


def test_sla_48_next_due_names_its_clock():
    """SLA-48: the minimum over all clocks, with the name of clock and threshold."""
    clocks = TicketClocks.accept(POLICY, ticket="T-9", at=at("08:30"), values=NORMAL)
    due = clocks.next_due
    assert (due.metric, due.team, due.threshold) == ("first_response", "", "breach")
    assert due.at == at("09:00").add(microseconds=1)
    due = clocks.advance(at("09:30")).next_due
    assert (due.metric, due.threshold, due.at) == ("resolution", "50%", at("14:30"))
