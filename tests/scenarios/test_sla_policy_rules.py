"""What single rules of the policy section mean, one small case each (SLA-48 to SLA-54, SLA-67 to SLA-73)."""

from __future__ import annotations

import pendulum
import pytest

from servicedesk.errors import CalendarCoverageError, Refused
from servicedesk.sla import Calendar, Goal, LateChange, Metric, SlaPolicy, SlaRule, TicketClocks, Until, WorkingDays

OFFICE = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai", name="office")
OPEN = {"category": "active", "team": "desk"}


def at(clock: str, day: int = 2) -> pendulum.DateTime:
    hour, minute = map(int, clock.split(":"))
    return pendulum.datetime(2026, 3, day, hour, minute, tz="Asia/Shanghai")


def resolution(within: str = "8h", **options) -> Goal:
    return Goal("resolution", within=within, calendar=OFFICE, stop="resolved", **options)


def policy(*rules: SlaRule, **options) -> SlaPolicy:
    return SlaPolicy("promises", rules, **options)


def accepted(of: SlaPolicy, values=OPEN, when: str = "08:30") -> TicketClocks:
    return TicketClocks.accept(of, ticket="T-1", at=at(when), values=values)


def elapsed_hours(clocks: TicketClocks, metric: str, when: pendulum.DateTime) -> float:
    return clocks.clock(metric).status(when).elapsed.total_seconds() / 3600


def test_sla_49_a_live_call_is_responded_at_once():
    """SLA-49: the host says "replied" at acceptance; automatic replies are simply no such event."""
    reply = policy(SlaRule(Goal("first_response", within="30min", calendar=OFFICE)))
    call = accepted(reply).observe({**OPEN, "event": "replied"}, at=at("08:30"))
    assert call.clock("first_response").met is True
    assert call.clock("first_response").elapsed_us == 0
    mail = accepted(reply).observe({**OPEN, "event": "auto_replied"}, at=at("08:31"))
    assert mail.clock("first_response").stage == "running"


def test_sla_50_example_26_cycles_of_next_response():
    """SLA-50, example 26: from the oldest unanswered message; closed without a reply there is no verdict."""
    clocks = accepted(policy(SlaRule(Goal("next_response", within="2h", calendar=OFFICE))))
    for event, when in (
        ("customer_replied", at("09:10")), ("customer_replied", at("09:40")), ("replied", at("10:10")),
        ("customer_replied", at("17:30")), ("replied", at("09:00", 3)),
        ("customer_replied", at("10:00", 3)), ("closed", at("10:20", 3)),
    ):  # fmt: skip  # a step beside the next
        clocks = clocks.observe({**OPEN, "event": event}, at=when)
    results = clocks.clock("next_response").results
    assert [result.elapsed.total_seconds() / 60 for result in results] == [60, 60, 20]
    assert [(result.met, result.ended_by == "closed") for result in results] == [
        (True, False),
        (True, False),
        (None, True),
    ]


def test_sla_50_a_closed_cycle_that_was_broken_by_then_is_broken():
    """SLA-50, 66: closing hides no breach."""
    clocks = accepted(policy(SlaRule(Goal("next_response", within="30min", calendar=OFFICE))))
    clocks = clocks.observe({**OPEN, "event": "customer_replied"}, at=at("09:00"))
    clocks = clocks.observe({**OPEN, "event": "closed"}, at=at("10:00"))
    assert clocks.clock("next_response").results[-1].met is False


def test_sla_50_periodic_updates_run_from_one_to_the_next():
    """SLA-50: each public update ends a cycle and begins the next at once, while the ticket is open."""
    clocks = accepted(policy(SlaRule(Goal("periodic_update", within="2h", calendar=OFFICE))))
    clocks = clocks.observe({**OPEN, "event": "replied"}, at=at("10:00"))
    clocks = clocks.observe({**OPEN, "event": "replied"}, at=at("15:00"))
    clock = clocks.clock("periodic_update")
    assert [result.met for result in clock.results] == [True, False]
    assert (clock.stage, clock.cycle) == ("running", 3)
    closed = clocks.observe({"category": "closed", "team": "desk", "event": "closed"}, at=at("16:00"))
    later = closed.observe({"category": "closed", "team": "desk", "event": "archived"}, at=at("17:00"))
    assert later.clock("periodic_update").stage == "completed"


def test_sla_51_a_started_clock_does_not_end_because_its_start_no_longer_holds():
    """SLA-51: start is an edge."""
    metric = Metric(name="work", start='state == "doing"', stop="resolved", anchor="attached")
    goal = Goal("work", within="8h", calendar=OFFICE)
    clocks = accepted(policy(SlaRule(goal), metrics=[metric]), {**OPEN, "state": "doing"})
    held = clocks.observe({**OPEN, "state": "on_hold", "event": "on_hold"}, at=at("10:00"))
    assert held.clock("work").stage == "running"


def test_sla_51_a_pause_holds_until_its_resume_if_one_is_given():
    """SLA-51: a level without resume, an edge with it."""
    metric = Metric(name="work", stop="resolved", pause={"customer": "asked"}, resume="answered")
    clocks = accepted(policy(SlaRule(Goal("work", within="8h", calendar=OFFICE)), metrics=[metric]))
    clocks = clocks.observe({**OPEN, "event": "asked"}, at=at("09:00")).observe(
        {**OPEN, "event": "noted"}, at=at("10:00")
    )
    assert clocks.clock("work").held == ("customer",)
    assert clocks.observe({**OPEN, "event": "answered"}, at=at("11:00")).clock("work").held == ()


@pytest.mark.parametrize(
    ("event", "stage", "results"),
    [("abc", "completed", 1), ("bc", "completed", 1), ("cd", "cancelled", 1), ("de", "paused", 1), ("e", "paused", 0)],
)
def test_sla_52_several_conditions_after_one_change(event, stage, results):
    """SLA-52: stop > lapse > cancel > reset > pause; each letter is one condition that holds."""
    metric = Metric(
        name="work",
        stop=r'event in {"abc"}',
        lapse=r'event in {"abc", "bc"}',
        cancel=r'event in {"abc", "bc", "cd"}',
        reset=r'event in {"abc", "bc", "cd", "de"}',
        pause={"hold": r'event in {"abc", "bc", "cd", "de", "e"}'},
    )
    clocks = accepted(policy(SlaRule(Goal("work", within="8h", calendar=OFFICE)), metrics=[metric]))
    clock = clocks.observe({**OPEN, "event": event}, at=at("10:00")).clock("work")
    assert (clock.stage, len(clock.results)) == (stage, results)
    assert clock.met is (True if event == "abc" else None)


def test_sla_49_52_what_is_done_at_the_very_acceptance_is_judged_there():
    """SLA-49, 52: a live call is responded, a case solved on the line is resolved, in no time and with two facts."""
    goals = [resolution(), Goal("first_response", within="30min", calendar=OFFICE)]
    solved = accepted(policy(SlaRule(goals)), {"category": "resolved", "event": "resolved"})
    assert [(clock.goal.metric, clock.stage, clock.met) for clock in solved.clocks] == [
        ("resolution", "completed", True)
    ]
    called = accepted(policy(SlaRule(goals)), {**OPEN, "event": "replied"})
    assert called.clock("first_response").results[-1].elapsed_us == 0
    later = solved.observe({"category": "closed", "event": "closed"}, at=at("10:00", 5))
    assert [(clock.goal.metric, clock.stage) for clock in later.clocks] == [("resolution", "completed")]
    assert TicketClocks.replay(solved.policy, later.changes, accepted=at("08:30")).clocks == later.clocks


def test_sla_52_a_clock_that_would_end_at_once_is_not_attached_later():
    """SLA-52: start and not (stop or cancel), now or in the history since acceptance; never on a solved ticket."""
    of = policy(SlaRule([resolution(), Goal("first_response", within="30min", calendar=OFFICE)], when="vip == true"))
    clocks = accepted(of)
    assert clocks.observe({**OPEN, "vip": True, "event": "resolved"}, at=at("09:00")).clocks != ()
    assert {
        clock.goal.metric for clock in clocks.observe({**OPEN, "vip": True, "event": "resolved"}, at=at("09:00")).clocks
    } == {"first_response"}
    history = [(at("08:30"), OPEN), (at("08:45"), {**OPEN, "event": "replied"})]
    late = clocks.observe({**OPEN, "vip": True, "event": "classified"}, at=at("09:00"), history=history)
    assert [clock.goal.metric for clock in late.clocks] == ["resolution"]
    solved = {"category": "resolved", "vip": True, "event": "classified"}
    assert clocks.observe(solved, at=at("09:00")).clocks == ()


def test_sla_51_a_cancelled_clock_comes_back_only_if_its_goal_does():
    """SLA-51, 66, 72: an event that cancels is not undone by the next one; a reopened ticket is another matter."""
    metric = Metric(name="resolution", cancel="withdrawn", on_reopen="resume")
    clocks = accepted(policy(SlaRule(resolution()), metrics=[metric]))
    clocks = clocks.observe({**OPEN, "event": "withdrawn"}, at=at("10:00")).observe(
        {**OPEN, "event": "noted"}, at=at("11:00")
    )
    assert clocks.clock("resolution").stage == "cancelled"
    assert clocks.observe({**OPEN, "event": "reopened"}, at=at("11:30")).clock("resolution").stage == "running"


def test_sla_72_a_goal_that_returns_after_the_ticket_was_solved_starts_nothing():
    """SLA-72: no clock runs on a solved ticket."""
    clocks = accepted(policy(SlaRule(resolution(), when='kind == "fault"')), {**OPEN, "kind": "fault"})
    clocks = clocks.observe({**OPEN, "kind": "query", "event": "classified"}, at=at("10:00"))
    clocks = clocks.observe({"kind": "query", "category": "resolved", "event": "resolved"}, at=at("11:00"))
    clocks = clocks.observe({"kind": "fault", "category": "resolved", "event": "classified"}, at=at("11:30"))
    assert clocks.clock("resolution").stage == "cancelled"


def test_sla_50_no_update_is_promised_for_a_solved_ticket():
    """SLA-50: periodic updates end with the solution, not only with the closing."""
    clocks = accepted(policy(SlaRule(Goal("periodic_update", within="2h", calendar=OFFICE))))
    clocks = clocks.observe({"category": "resolved", "event": "resolved"}, at=at("09:30")).advance(at("09:00", 5))
    assert (clocks.clock("periodic_update").stage, clocks.clock("periodic_update").met) == ("completed", None)


def test_sla_57_65_a_paused_ticket_can_move_to_a_promise_that_knows_no_pause():
    """SLA-57, 65: a reason the new promise does not know lets go first."""
    days = Goal("resolution", within=WorkingDays(3), calendar=OFFICE, stop="resolved")
    paused = SlaRule(resolution(pause={"customer": 'category == "waiting"'}), when='priority == "1"')
    waiting = {"category": "waiting", "priority": "1"}
    clocks = accepted(policy(paused, SlaRule(days)), {**OPEN, "priority": "1"}).observe(
        {**waiting, "event": "waiting"}, at=at("09:30")
    )
    clocks = clocks.observe({**waiting, "priority": "2", "event": "classified"}, at=at("10:00"))
    assert (clocks.clock("resolution").stage, clocks.clock("resolution").goal) == ("running", days)
    assert TicketClocks.replay(clocks.policy, clocks.changes, accepted=at("08:30")).clocks == clocks.clocks


def test_sla_45_an_appointment_that_moves_takes_the_due_with_it():
    """SLA-45: the named value of the ticket, as it is now."""
    visit = policy(SlaRule(Goal("visit", within=Until("booked_at"), calendar=OFFICE, stop="on_site")))
    clocks = accepted(visit, {**OPEN, "booked_at": at("13:00")})
    moved = clocks.observe({**OPEN, "booked_at": at("13:00", 3), "event": "rebooked"}, at=at("11:00"))
    assert moved.clock("visit").status(at("11:00")).due == at("13:00", 3)
    same = moved.observe({**OPEN, "booked_at": at("13:00", 3), "event": "noted"}, at=at("11:30"))
    assert same.clock("visit").revision == moved.clock("visit").revision == 1


def test_sla_67_a_strict_policy_refuses_new_promises_only():
    """SLA-67: a clock that was promised is paused and resumed whatever has been published since."""
    known = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", name="known", known_until="2026-03-03")
    goal = Goal("resolution", within="8h", calendar=known, stop="resolved", pause={"customer": 'category == "waiting"'})
    clocks = accepted(policy(SlaRule(goal), on_unknown="raise"), when="10:00")
    clocks = clocks.observe({"category": "waiting", "event": "waiting"}, at=at("11:00"))
    clocks = clocks.observe({**OPEN, "event": "active"}, at=at("11:00", 4))
    assert clocks.clock("resolution").status(at("11:00", 4)).provisional


def test_sla_68_late_changes_reach_a_ticket_s_clocks():
    """SLA-68: withdrawn on record, and the clocks go on from what really happened."""
    clocks = accepted(policy(SlaRule(resolution("2h"))), when="09:00").advance(at("11:30"))
    stored, now = clocks.changes, at("11:30")
    with pytest.raises(Refused, match="changes_pending"):
        clocks.correct("resolution", [], at=now, facts=stored)
    late = [
        LateChange(change=what, at=at(when), reason="vendor")
        for what, when in (("pause", "10:00"), ("resume", "11:00"))
    ]
    mended = clocks.drop_changes().correct("resolution", late, at=now, facts=stored)
    assert [fact.kind for fact in mended.changes] == ["clock.withdrawn", "clock.retargeted"]
    assert elapsed_hours(mended, "resolution", now) == 1.5
    again = TicketClocks.replay(clocks.policy, (*stored, *mended.changes), accepted=at("09:00"))
    assert again.clocks == mended.clocks


def test_sla_53_a_late_goal_counts_from_acceptance_less_the_pauses_since():
    """SLA-53, 63: retroactive; what was passed already is one crossing, and the history tells the pauses."""
    urgent = SlaRule(
        resolution("4h", pause={"customer": 'state == "with_customer"'}, warn_at=("25%", "50%")), when='priority == "1"'
    )
    history = [
        (at("08:30"), OPEN),
        (at("09:30"), {**OPEN, "state": "with_customer"}),
        (at("10:30"), {**OPEN, "state": "doing"}),
    ]
    change = {**OPEN, "priority": "1", "event": "classified"}
    clocks = accepted(policy(urgent)).observe(change, at=at("11:30"), history=history)
    clock = clocks.clock("resolution")
    assert clock.elapsed_us == 2 * 3_600_000_000
    assert clock.started_us == clocks.accepted_us
    (late,) = [fact for fact in clocks.changes if fact.kind == "clock.attached_late"]
    assert late.names == ("25%", "50%")
    attached = policy(urgent, metrics=[Metric(name="resolution", anchor="attached")])
    solved_before = [(at("09:00"), {**OPEN, "event": "resolved"})]
    again = accepted(attached).observe(change, at=at("11:30"), history=solved_before)
    assert again.clock("resolution").started_us == again.at_us  # what was before it was attached is not its affair
    assert accepted(attached).observe(change, at=at("11:30")).clock("resolution").elapsed_us == 0


@pytest.mark.parametrize(
    ("mode", "stage", "cycle"), [("resume", "running", 1), ("restart", "running", 2), ("stay", "completed", 1)]
)
def test_sla_54_what_a_reopened_ticket_does(mode, stage, cycle):
    """SLA-54: the same cycle, the next one, or nothing."""
    metrics = [Metric(name="resolution", on_reopen=mode)]
    clocks = accepted(policy(SlaRule(resolution()), metrics=metrics)).observe(
        {**OPEN, "event": "resolved"}, at=at("10:30")
    )
    clocks = clocks.observe({**OPEN, "event": "reopened"}, at=at("15:00"))
    clock = clocks.clock("resolution")
    assert (clock.stage, clock.cycle) == (stage, cycle)
    assert elapsed_hours(clocks, "resolution", at("16:00")) == {"resume": 3, "restart": 1, "stay": 2}[mode]


def test_sla_67_a_missing_notice_is_assumed_and_said_or_refused():
    """SLA-67: a due date beyond the coverage is provisional, with the first unknown date; strict policies refuse."""
    known = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", name="known", known_until="2026-03-03")
    goal = Goal("resolution", within="24h", calendar=known, stop="resolved")
    clocks = accepted(policy(SlaRule(goal)), when="09:00")
    status = clocks.clock("resolution").status(at("09:00"))
    assert (status.provisional, str(status.first_unknown)) == (True, "2026-03-04")
    with pytest.raises(CalendarCoverageError) as caught:
        accepted(policy(SlaRule(goal), on_unknown="raise"), when="09:00")
    assert (str(caught.value.day), str(caught.value.known_until)) == ("2026-03-04", "2026-03-03")


def test_sla_71_a_newer_policy_applies_only_by_an_explicit_retarget():
    """SLA-71: `adopt` is that; what was used is carried over."""
    old, new = policy(SlaRule(resolution("8h")), version="1"), policy(SlaRule(resolution("4h")), version="2")
    clocks = accepted(old).observe({**OPEN, "event": "noted"}, at=at("10:30"))
    assert clocks.clock("resolution").promised_by == "promises 1 rules[0]"
    adopted = clocks.adopt(new, OPEN, at=at("11:30"))
    assert adopted.clock("resolution").promised_by == "promises 2 rules[0]"
    assert adopted.clock("resolution").status(at("11:30")).due == at("14:30")
    again = TicketClocks.replay(new, adopted.changes, older=[old], accepted=at("08:30"))
    assert again.clocks == adopted.clocks


def test_sla_71_a_due_set_by_hand_survives_rules_and_policies():
    """SLA-71: ``source="manual"``."""
    old, new = policy(SlaRule(resolution("8h")), version="1"), policy(SlaRule(resolution("4h")), version="2")
    clocks = accepted(old).set_due("resolution", at("17:00", 4), at=at("09:00"))
    assert clocks.clock("resolution").source == "manual"
    clocks = clocks.adopt(new, OPEN, at=at("10:00")).observe({**OPEN, "event": "noted"}, at=at("11:00"))
    assert clocks.clock("resolution").status(at("11:00")).due == at("17:00", 4)
    again = TicketClocks.replay(new, clocks.changes, older=[old], accepted=at("08:30"))
    assert again.clocks == clocks.clocks
    later = [one.observe({**OPEN, "event": "noted"}, at=at("12:00")) for one in (clocks, again)]
    assert [one.clock("resolution").revision for one in later] == [1, 1]  # by hand it stays, after a replay, too


def test_sla_72_a_clock_whose_rule_no_longer_matches_is_cancelled():
    """SLA-72: with the reason ``no_goal``; if it applies again, what was used stays used."""
    clocks = accepted(policy(SlaRule(resolution(), when='kind == "fault"')), {**OPEN, "kind": "fault"})
    gone = clocks.observe({**OPEN, "kind": "query", "event": "classified"}, at=at("10:30"))
    assert gone.clock("resolution").stage == "cancelled"
    assert gone.changes[-1].reason == "no_goal"
    back = gone.observe({**OPEN, "kind": "fault", "event": "classified"}, at=at("15:00"))
    assert elapsed_hours(back, "resolution", at("16:00")) == 3


def test_sla_73_example_25_stints_accumulate_or_stand_alone():
    """SLA-73, example 25: bouncing does not refill a team's limit; ``again="restart"`` judges each stint."""
    ola = Goal("ownership", within="4h", calendar=OFFICE)
    story = (
        ("desk", at("09:00")),
        ("A", at("10:00")),
        ("B", at("15:00")),
        ("desk", at("11:00", 3)),
        ("A", at("11:30", 3)),
    )

    def told(of: SlaPolicy) -> TicketClocks:
        clocks = TicketClocks.accept(of, ticket="T", at=story[0][1], values={**OPEN, "team": "desk"})
        for team, when in story[1:]:
            clocks = clocks.observe({**OPEN, "team": team, "event": "handed_over"}, at=when)
        return clocks

    clocks, now = told(policy(SlaRule(ola))), at("11:30", 3)
    hours = {
        team: clocks.clock("ownership", team).status(now).elapsed.total_seconds() / 3600 for team in ("desk", "A", "B")
    }
    assert hours == {"desk": 1.5, "A": 3, "B": 5.5}
    assert clocks.clock("ownership", "A").status(now).due == at("14:30", 3)
    assert [clocks.clock("ownership", team).met for team in ("desk", "B")] == [True, False]
    each = Metric(
        name="ownership", start='category == "active"', stop='category == "resolved"', again="restart",
        anchor="attached", per_team=True,
    )  # fmt: skip  # a step beside the next
    alone = told(policy(SlaRule(ola), metrics=[each])).clock("ownership", "A")
    assert [result.elapsed.total_seconds() / 3600 for result in alone.results] == [3]
    assert alone.elapsed_us == 0


def test_sla_73_time_owned_by_nobody_and_by_several():
    """SLA-73: nobody is the team without a name; several teams own at once."""
    clocks = accepted(
        policy(SlaRule(Goal("ownership", within="4h", calendar=OFFICE))), {"category": "new", "team": None}
    )
    clocks = clocks.observe({**OPEN, "team": ("A", "B"), "event": "handed_over"}, at=at("09:30"))
    assert {clock.team: clock.stage for clock in clocks.clocks} == {"": "completed", "A": "running", "B": "running"}


def test_sla_45_a_date_goal_without_its_value_is_refused_and_nothing_changes():
    """SLA-45: ``field_missing`` names the value."""
    visit = policy(SlaRule(Goal("visit", within=Until("booked_at"), calendar=OFFICE, stop="on_site")))
    with pytest.raises(Refused) as caught:
        accepted(visit)
    assert caught.value.codes == ("field_missing",)
    assert "booked_at" in str(caught.value)


def test_sla_59_time_does_not_go_back():
    """SLA-59: on any verb; and a clock that is not there is named with those that are."""
    clocks = accepted(policy(SlaRule(resolution())))
    for act in (lambda: clocks.observe(OPEN, at=at("08:00")), lambda: clocks.advance(at("08:00"))):
        with pytest.raises(Refused, match="time_went_back"):
            act()
    with pytest.raises(Refused, match=r"no_clock .*possible: resolution"):
        clocks.clock("resolutoin")
