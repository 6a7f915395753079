"""The traps of SLA §7 that are about clocks: what peers got wrong, named after it, and the right behaviour."""

from __future__ import annotations

from datetime import timedelta

import pendulum

from servicedesk.sla import (
    Calendar,
    Clock,
    ClockAttachedLate,
    ClockBreached,
    ClockCrossed,
    Goal,
    WorkingDays,
)

OFFICE = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London", name="office", version="1")
NIGHT = Calendar.always("Europe/London")


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> pendulum.DateTime:
    """Return an instant in March 2026; the 2nd is a Monday."""
    return pendulum.datetime(2026, 3, day, hour, minute, second, tz="Europe/London")


def goal(within="8h", calendar=OFFICE, **options) -> Goal:
    return Goal("resolution", within=within, calendar=calendar, stop="resolved", **options)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_pause_totals_added_to_due_or_taken_twice():
    """SLA-57: erpnext, GLPI, Frappe. Two pauses of two hours that overlap by one hold the clock three hours."""
    clock = Clock.start(goal("6h"), at=at(2, 9))
    clock = clock.pause("a", at=at(2, 10)).pause("b", at=at(2, 11)).resume("a", at=at(2, 12)).resume("b", at=at(2, 13))
    assert clock.status(at(2, 13)).due == at(3, 10)
    assert clock.status(at(2, 13)).paused.working == hours(3)


def test_pause_lost_on_priority_change():
    """SLA-65: GLPI. A changed promise leaves the pause and its reasons as they are."""
    clock = Clock.start(goal("8h"), at=at(2, 9)).pause("customer", at=at(2, 10))
    changed = clock.retarget(goal("4h"), at=at(2, 12))
    assert (changed.stage, changed.held, changed.status(at(2, 15)).elapsed) == ("paused", ("customer",), hours(1))
    assert changed.resume("customer", at=at(2, 13)).status(at(2, 13)).due == at(2, 16)


def test_minute_cuts():
    """SLA-57: Zammad. Nothing is rounded: pauses of fractions of a minute add up."""
    clock = Clock.start(goal("1h", NIGHT), at=at(2, 9))
    for second in range(0, 40, 2):
        clock = clock.pause("x", at=at(2, 9, 0, second)).resume("x", at=at(2, 9, 0, second + 1))
    assert clock.status(at(2, 9, 0, 40)).paused.real == timedelta(seconds=20)
    assert clock.status(at(2, 9, 0, 40)).due == at(2, 10, 0, 20)


def test_breach_at_100_percent_rounded():
    """SLA-61: ServiceNow, old. At 99.99 % nothing is broken, and nothing reads 100 %."""
    status = Clock.start(goal("8h"), at=at(2, 9)).status(at(2, 16, 59, 58))
    assert (status.percent, status.breached) == (99, False)


def test_breach_seen_only_on_an_edit():
    """SLA-63: next_due says when to look; whoever looks later still sees the true instant."""
    clock = Clock.start(goal("1h"), at=at(2, 9))
    assert clock.next_due == at(2, 10) + timedelta(microseconds=1)
    late = clock.advance(at(20, 9))
    assert OFFICE.local(late.changes[-1].at) == clock.next_due


def test_warning_put_at_midnight():
    """SLA-62: GLPI. A warning is a target of working time, so it fires in hours."""
    clock = Clock.start(goal("10h", warn_before=("1h",)), at=at(2, 9)).advance(at(4, 9))
    (warning,) = (fact for fact in clock.changes if isinstance(fact, ClockCrossed))
    assert OFFICE.local(warning.at) == at(3, 10)


def test_goal_fixed_at_creation_and_current_priority_applied_to_the_past():
    """SLA-65: osTicket, dbt_zendesk. A retarget is a fact; what was finished keeps the promise it was judged by."""
    clock = Clock.start(goal("2h"), at=at(2, 9)).stop(at=at(2, 12))
    again = clock.reopen(at=at(3, 9), mode="restart").retarget(goal("8h"), at=at(3, 10))
    assert (again.results[0].met, again.results[0].goal, again.results[0].calendar_version) == (False, hours(2), "1")
    assert again.goal.within == hours(8)


def test_mails_at_night():
    """SLA-64: Zammad. The breach has its instant, and the time to tell people of it another."""
    clock = Clock.start(goal("1h", NIGHT, notify=OFFICE), at=at(2, 23)).advance(at(3, 12))
    (breach,) = (fact for fact in clock.changes if isinstance(fact, ClockBreached))
    assert (NIGHT.local(breach.at).hour, OFFICE.local(breach.notify_at)) == (0, at(3, 9))


def test_flood_on_late_attachment():
    """SLA-63: ServiceNow. What was passed before the clock was attached is told once."""
    ladder = goal("4h", warn_at=("25%", "50%", "75%"))
    clock = Clock.start(ladder, at=at(3, 9), anchor=at(2, 9))
    crossings = clock.advance(at(5, 9)).changes[1:]
    assert [type(fact) for fact in crossings] == [ClockAttachedLate]
    assert crossings[0].names == ("25%", "50%", "75%", "breach")


def test_a_short_goal_hides_another_and_only_the_longest_reply_is_kept():
    """SLA-50: Zammad. Every cycle keeps its own verdict."""
    clock = Clock.start(Goal("next_response", within="1h", calendar=OFFICE), at=at(2, 9)).stop(at=at(2, 12))
    clock = clock.reopen(at=at(2, 13), mode="restart").stop(at=at(2, 13, 30))
    assert [result.met for result in clock.results] == [False, True]


def test_one_day_is_24_hours_of_schedule():
    """SLA-40: ServiceNow. A working day is a date, 24 hours are three of these days."""
    assert Clock.start(goal("24h"), at=at(2, 9)).status(at(2, 9)).due == at(4, 17)
    assert Clock.start(goal(WorkingDays(1)), at=at(2, 9)).status(at(2, 9)).due == at(3, 17)


def test_a_flag_counted_per_event_row():
    """SLA-66: the UCI log read row by row gives 6.5 % breach, case by case 36.6 %: verdicts belong to cycles."""
    clock = Clock.start(goal("1h"), at=at(2, 9))
    for day in (3, 4, 5):
        clock = clock.pause("x", at=at(day, 9)).resume("x", at=at(day, 10))
    assert [result.met for result in clock.stop(at=at(6, 9)).results] == [False]


def test_a_cancelling_hides_a_breach():
    """SLA-66: there is no verdict, but the breach is kept and counted apart."""
    (result,) = Clock.start(goal("1h"), at=at(2, 9)).cancel(at=at(2, 12), reason="no_goal").results
    assert (result.met, result.breached_before_cancel, result.reason) == (None, True, "no_goal")


def test_a_missing_notice_stops_the_clocks():
    """SLA-67: a clock assumes and says so; the corrected calendar counts from the start."""
    known = Calendar.weekly(
        "Mon-Fri 09:00-17:00", zone="Europe/London", name="cn", version="1", known_until="2026-03-03"
    )
    clock = Clock.start(goal("24h", known), at=at(2, 9), ticket="T-7")
    status = clock.status(at(2, 9))
    assert (status.due, status.provisional, str(status.first_unknown)) == (at(4, 17), True, "2026-03-04")
    assert clock.changes[0].first_unknown == "2026-03-04"
    short = Clock.start(goal("8h", known), at=at(2, 9))
    assert (short.status(at(2, 9)).provisional, short.changes[0].first_unknown) == (False, None)
    better = Calendar.weekly(
        "Mon-Fri 09:00-17:00",
        zone="Europe/London",
        name="cn",
        version="2",
        known_until="2026-03-31",
        holidays=["2026-03-02"],
    )
    corrected = clock.retarget(goal("24h", better), at=at(3, 12))
    status = corrected.status(at(3, 12))
    assert (status.elapsed, status.due, status.provisional) == (hours(3), at(5, 17), False)
    assert status.versions == ("cn 2",)
