"""The worked examples of the SLA specification (§4) about clocks, 7 to 12 and 21 to 27; the numbers are its."""

from __future__ import annotations

from datetime import timedelta

import pendulum
import pytest

from servicedesk.instants import to_us
from servicedesk.sla import (
    Calendar,
    Clock,
    ClockAttachedLate,
    ClockBreached,
    ClockCrossed,
    Escalation,
    Goal,
    Latest,
    Pause,
    Until,
    WorkingDays,
    exceeds,
)

HOURS = "Mon-Fri 08:30-12:00, 14:00-18:00"
OFFICE = Calendar.weekly(
    HOURS,
    zone="Asia/Shanghai",
    name="O",
    version="2026",
    holidays={"2026-02-15..2026-02-23": "春节"},
    special={"2026-02-14": "as Mon", "2026-02-28": "as Mon"},
)
PLAIN = Calendar.weekly(HOURS, zone="Asia/Shanghai", name="plain")
DAY_AND_NIGHT = Calendar.always("Asia/Shanghai")


def office(day: str, at: str) -> pendulum.DateTime:
    return pendulum.parse(f"2026-{day}T{at}", tz="Asia/Shanghai")


def monday(at: str) -> pendulum.DateTime:
    return office("03-02", at)


def tuesday(at: str) -> pendulum.DateTime:
    return office("03-03", at)


def goal(within, calendar=OFFICE, **options) -> Goal:
    return Goal("resolution", within=within, calendar=calendar, stop="resolved", **options)


def due(within, start, calendar=OFFICE, **values) -> pendulum.DateTime:
    return Clock.start(goal(within, calendar), at=start, values=values).status(start).due


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("limit", "start", "calendar", "expected"),
    [
        (WorkingDays(3, by="16:00"), office("02-12", "10:00"), OFFICE, office("02-24", "16:00")),
        (WorkingDays(3, by="16:00"), office("02-12", "10:00"), PLAIN, office("02-17", "16:00")),
        (WorkingDays(3, by="16:00"), office("02-13", "15:20"), OFFICE, office("02-25", "16:00")),
        (WorkingDays(3, by="16:00", cutoff="15:00"), office("02-13", "15:20"), OFFICE, office("02-26", "16:00")),
        (WorkingDays(1), office("02-15", "10:00"), OFFICE, office("02-24", "18:00")),
        (WorkingDays(1, off_day="next_working_day"), office("02-15", "10:00"), OFFICE, office("02-25", "18:00")),
        (WorkingDays(32), office("01-19", "10:00"), OFFICE, office("03-10", "18:00")),
        (WorkingDays(32), office("01-19", "10:00"), PLAIN, office("03-04", "18:00")),
        (WorkingDays(0, by="16:00"), monday("10:00"), OFFICE, monday("16:00")),
        (WorkingDays(0, by="16:00"), monday("16:00"), OFFICE, tuesday("16:00")),
        (WorkingDays(1, by="same_time"), monday("09:15"), OFFICE, tuesday("09:15")),
        (WorkingDays(1, by="20:00"), monday("09:15"), OFFICE, tuesday("20:00")),
        (WorkingDays(1, by="20:00", roll="close"), monday("09:15"), OFFICE, tuesday("18:00")),
        (WorkingDays(1, by="20:00", roll="open"), monday("09:15"), OFFICE, office("03-04", "08:30")),
    ],
)
def test_examples_7_to_9_and_11_working_dates(limit, start, calendar, expected):
    """SLA-41 to 43: the start date never counts, make-up days do, and ``by`` stands even outside hours."""
    assert due(limit, start, calendar) == expected


def test_example_10_a_date_counts_only_if_the_clock_ran_until_its_closing():
    """SLA-44: *documented* need: connection limits are the sum of the supplier's own stages."""
    clock = Clock.start(goal(WorkingDays(5, on_pause="extend")), at=monday("10:00"))
    assert clock.status(monday("10:00")).due == office("03-09", "18:00")
    clock = clock.pause("customer", at=office("03-04", "11:00"))
    assert clock.status(office("03-05", "11:00")).due is None
    clock = clock.resume("customer", at=office("03-06", "10:00"))
    assert clock.status(office("03-06", "10:00")).due == office("03-11", "18:00")


def test_example_12_a_corrected_notice_is_another_version_of_the_calendar():
    """SLA-20, 65: a clock that runs is counted from its start anew when the new version comes."""

    def notice(version: str, off: str, make_up: dict[str, str]) -> Calendar:
        known = {"holidays": {off: "春节"}, "special": make_up}
        return Calendar.weekly("Mon-Fri 09:00-18:00", zone="Asia/Shanghai", name="cn", version=version, **known)

    first = notice("2020", "2020-01-24..2020-01-30", {"2020-02-01": "as Mon"})
    second = notice("2020, 27 January", "2020-01-24..2020-02-02", {})
    start = pendulum.datetime(2020, 1, 23, 10, tz="Asia/Shanghai")
    clock = Clock.start(goal(WorkingDays(3), first), at=start)
    assert clock.status(start).due.date() == pendulum.date(2020, 2, 3)
    later = pendulum.datetime(2020, 1, 27, 12, tz="Asia/Shanghai")
    clock = clock.retarget(goal(WorkingDays(3), second), at=later)
    assert clock.status(later).due.date() == pendulum.date(2020, 2, 5)
    assert (clock.changes[-1].counting, clock.changes[-1].calendar_version) == ("from_start", "2020, 27 January")


def test_example_21_thresholds():
    """SLA-62, 63: each at its own instant, told once."""
    ladder = {"warn_at": ("50%", "4/5"), "warn_before": ("1h",)}
    steps = (Escalation("1h", "group_leader"), Escalation("4h", "head"))
    clock = Clock.start(goal("8h", escalations=steps, **ladder), at=monday("08:30"))
    assert (clock.next_name, clock.next_due) == ("50%", monday("14:30"))
    assert clock.status(monday("16:00")).next_threshold == ("80%", monday("16:54"))
    late = clock.advance(office("03-05", "12:00"))
    told = [("breach" if isinstance(fact, ClockBreached) else fact.name, fact.at) for fact in late.changes[1:]]
    assert [(name, OFFICE.local(at)) for name, at in told] == [
        ("50%", monday("14:30")),
        ("80%", monday("16:54")),
        ("1h before", monday("17:30")),
        ("breach", tuesday("09:00") + MICROSECOND),
        ("1h after", tuesday("10:00")),
        ("4h after", tuesday("15:00")),
    ]
    assert [fact.to for fact in late.changes if isinstance(fact, ClockCrossed)] == ["", "", "", "group_leader", "head"]
    assert late.status(office("03-05", "12:00")).due == tuesday("09:00")
    assert late.next_due is None


@pytest.mark.parametrize(
    ("boundary", "met", "breach"),
    [
        ("inclusive", True, office("03-04", "08:30") + MICROSECOND),
        ("strict", False, tuesday("18:00")),
        ("by_due", False, tuesday("18:00") + MICROSECOND),
    ],
)
def test_example_22_the_boundary_must_be_said(boundary, met, breach):
    """SLA-46, 55: a goal that ends with the day, stopped in the evening."""
    clock = Clock.start(goal("7h30m", boundary=boundary), at=monday("20:00"))
    status = clock.status(monday("20:00"))
    assert (status.due, status.breach_at) == (tuesday("18:00"), breach)
    stopped = clock.stop(at=tuesday("19:15"))
    status = stopped.status(tuesday("19:15"))
    assert (stopped.met, status.elapsed) == (met, hours(7.5))
    assert status.breached is not met
    crossings = [fact for fact in stopped.changes if isinstance(fact, ClockBreached)]
    assert [OFFICE.local(fact.at) for fact in crossings] == ([] if met else [breach])
    assert stopped.results[0].met is met


def test_example_23_pauses_that_overlap():
    """SLA-57: two reasons, each with its own time; the total does not count an hour twice."""
    clock = Clock.start(goal("6h"), at=monday("09:00"))
    assert clock.status(monday("09:00")).due == monday("17:00")
    clock = clock.pause("customer", at=monday("11:00"))
    assert clock.status(monday("12:00")).due is None
    clock = clock.pause("vendor", at=monday("14:30")).resume("customer", at=monday("15:00"))
    assert clock.stage == "paused"
    assert clock.due_if_resumed(monday("16:30")) == tuesday("11:00")
    clock = clock.resume("vendor", at=monday("16:30"))
    status = clock.status(monday("16:30"))
    assert (status.stage, status.elapsed, status.due) == ("running", hours(2), tuesday("11:00"))
    assert (status.paused.working, status.paused.real) == (hours(3.5), hours(5.5))
    assert {reason: pause.working for reason, pause in status.pauses.items()} == {
        "customer": hours(2),
        "vendor": hours(2),
    }


def test_example_23_a_pause_over_night():
    """SLA-57: a pause from closing to opening leaves due where it was."""
    clock = Clock.start(goal("5h"), at=monday("16:00"))
    assert clock.status(monday("16:00")).due == tuesday("11:30")
    night = clock.pause("customer", at=monday("18:00")).resume("customer", at=tuesday("08:30"))
    assert night.status(tuesday("08:30")).due == tuesday("11:30")


@pytest.mark.parametrize(
    ("carry", "calendar", "expected"),
    [
        ("keep_elapsed", OFFICE, monday("14:30")),
        ("restart", OFFICE, monday("17:30")),
        ("proportional", OFFICE, monday("16:00")),
        ("retroactive", DAY_AND_NIGHT, monday("12:30")),
    ],
)
def test_example_24_carry_over(carry, calendar, expected):
    """SLA-65: eight hours became four, after three were used."""
    clock = Clock.start(goal("8h"), at=monday("08:30"))
    changed = clock.retarget(goal("4h", calendar), at=monday("11:30"), carry=carry)
    assert changed.status(monday("11:30")).due == expected
    assert changed.status(monday("11:30")).elapsed == {"restart": hours(0), "proportional": hours(1.5)}.get(
        carry, hours(3)
    )


def test_example_24_a_promise_broken_before_it_was_made_gives_one_crossing():
    """SLA-63, 65: changed to two hours: broken since 10:30, told once with everything else that was passed."""
    clock = Clock.start(goal("8h"), at=monday("08:30"))
    short = clock.retarget(goal("2h", warn_at=("50%",)), at=monday("11:30"))
    assert (short.breached, short.status(monday("11:30")).breach_at) == (True, monday("10:30") + MICROSECOND)
    (late,) = [fact for fact in short.changes if isinstance(fact, ClockAttachedLate)]
    assert (late.names, OFFICE.local(late.at)) == (("50%", "breach"), monday("11:30"))
    assert short.stop(at=monday("11:40")).met is False


def test_example_25_stints_of_a_team_accumulate():
    """SLA-73: bouncing does not refill the limit; nobody else's time counts, and all of it sums to the whole."""
    limit = Goal("ownership", within="4h", calendar=OFFICE, stop="handed_over")
    desk = Clock.start(limit, at=monday("09:00"), team="desk").stop(at=monday("10:00"))
    team_a = Clock.start(limit, at=monday("10:00"), team="A")
    assert team_a.status(monday("10:00")).due == monday("16:00")
    team_a = team_a.stop(at=monday("15:00"))
    team_b = Clock.start(limit, at=monday("15:00"), team="B")
    assert team_b.status(monday("15:00")).due == tuesday("09:30")
    team_b = team_b.stop(at=tuesday("11:00"))
    desk = desk.reopen(at=tuesday("11:00")).stop(at=tuesday("11:30"))
    used = [clock.status(tuesday("11:30")).elapsed for clock in (desk, team_a, team_b)]
    assert used == [hours(1.5), hours(3), hours(5.5)]
    assert [clock.met for clock in (desk, team_a, team_b)] == [True, True, False]
    assert sum(used, hours(0)) == OFFICE.elapsed(monday("09:00"), tuesday("11:30")) == hours(10)
    again = team_a.reopen(at=tuesday("11:30"))
    status = again.status(tuesday("11:30"))
    assert (status.remaining, status.due) == (hours(1), tuesday("14:30"))
    assert (again.results, again.cycle) == ((), 1)


def test_example_25_an_ola_that_outlasts_the_sla():
    """SLA-74: four hours for the team under two hours left for the ticket."""
    ola = Clock.start(Goal("ownership", within="4h", calendar=OFFICE), at=monday("16:30"), team="A")
    sla = Clock.start(goal("2h"), at=monday("16:30"))
    assert sla.status(monday("16:30")).due == tuesday("09:00")
    assert ola.status(monday("16:30")).due == tuesday("11:00")
    assert exceeds(ola, sla) == hours(2)
    assert exceeds(sla, ola) is None
    assert exceeds(ola.pause("vendor", at=monday("17:00")), sla) is None


def test_example_26_next_response_runs_in_cycles():
    """SLA-50: an answer ends a cycle, the next message begins the next; closing without one gives no verdict."""
    answer = Goal("next_response", within="2h", calendar=OFFICE, stop="replied")
    clock = Clock.start(answer, at=monday("09:10")).stop(at=monday("10:10"))
    clock = clock.reopen(at=monday("17:30"), mode="restart").stop(at=tuesday("09:00"))
    clock = clock.reopen(at=tuesday("10:00"), mode="restart").stop(at=tuesday("10:20"), ended_by="closed")
    assert [(result.elapsed, result.met, result.ended_by) for result in clock.results] == [
        (hours(1), True, "replied"),
        (hours(1), True, "replied"),
        (timedelta(minutes=20), None, "closed"),
    ]
    assert [result.cycle for result in clock.results] == [1, 2, 3]
    assert clock.reopen(at=tuesday("11:00"), mode="stay") is clock


@pytest.mark.parametrize(("booked", "expected"), [("10:20", "10:45"), ("13:00", "13:00")])
def test_example_27_an_appointment(booked, expected):
    """SLA-45: *documented* rule of a charging service: 45 minutes, or the booked hour if that is later."""
    limit = Latest("45min", Until("booked_at"))
    assert due(limit, monday("10:00"), DAY_AND_NIGHT, booked_at=monday(booked)) == monday(expected)


def test_sla_53_a_retroactive_start_counts_from_its_anchor_less_the_pauses_since():
    """SLA-53, 63: one crossing for all that was passed while nobody watched."""
    pause = Pause("customer", to_us(monday("09:30")), to_us(monday("10:30")))
    ladder = goal("4h", warn_at=("25%", "50%", "75%"))
    clock = Clock.start(ladder, at=monday("12:00"), anchor=monday("08:30"), pauses=(pause,))
    status = clock.status(monday("12:00"))
    assert (status.elapsed, status.started, status.due) == (hours(2.5), monday("08:30"), monday("15:30"))
    assert [fact.kind for fact in clock.changes] == ["clock.started", "clock.attached_late"]
    assert clock.changes[1].names == ("25%", "50%")
    assert (clock.next_name, clock.next_due) == ("75%", monday("14:30"))
    assert Clock.replay(ladder, clock.changes) == clock


def test_sla_55_due_is_at_closing_and_overtime_uses_no_working_time():
    """SLA-22, 55: the promise that ends with the day is broken only when working time goes on."""
    clock = Clock.start(goal("1h"), at=monday("17:00"))
    status = clock.status(monday("23:00"))
    assert (status.due, status.breached, status.in_hours) == (monday("18:00"), False, False)
    assert clock.status(tuesday("08:30")).breached is False
    assert clock.status(tuesday("08:31")).breached is True
