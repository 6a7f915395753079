"""The worked examples of the SLA specification (§4) that need weekly hours alone; the numbers are theirs."""

from __future__ import annotations

from datetime import date, time, timedelta

import pendulum
import pytest

from servicedesk.instants import to_us
from servicedesk.sla import Calendar, Clock, ClockBreached, Goal, resolve

OFFICE = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai", name="O", version="2026")


def local(zone: str, day: str, at: str = "00:00") -> pendulum.DateTime:
    return pendulum.parse(f"{day}T{at}", tz=zone)


def office(day: str, at: str) -> pendulum.DateTime:
    return local("Asia/Shanghai", day, at)


def monday(at: str) -> pendulum.DateTime:
    return office("2026-03-02", at)


def tuesday(at: str) -> pendulum.DateTime:
    return office("2026-03-03", at)


def goal(within: str, **options) -> Goal:
    return Goal("resolution", within=within, calendar=OFFICE, stop="resolved", **options)


MICROSECOND = timedelta(microseconds=1)


def test_example_14_a_friday_night_shift_runs_into_saturday():
    """SLA-11, 14: the window belongs to the date it starts on."""
    nights = Calendar.weekly("Mon-Fri 22:00-06:00", zone="Asia/Shanghai")
    thursday, saturday = office("2026-03-05", "12:00"), office("2026-03-07", "12:00")
    assert nights.elapsed(thursday, saturday) == timedelta(hours=16)
    assert nights.elapsed(saturday, thursday) == timedelta(hours=-16)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-24", 8)])
def test_example_15_a_night_lasts_what_it_really_lasts(day, hours):
    """SLA-11: 22:00–06:00 in London is 7 h when the clocks go forward, 9 h when they go back."""
    nights = Calendar.weekly("daily 22:00-06:00", zone="Europe/London")
    noon = local("Europe/London", day, "12:00")
    assert nights.elapsed(noon, noon.add(days=1)) == timedelta(hours=hours)


@pytest.mark.parametrize(("day", "utc"), [(date(2026, 3, 29), "01:00"), (date(2026, 10, 25), "00:30")])
def test_example_16_resolve_in_a_gap_and_in_an_overlap(day, utc):
    """SLA-10: the transition in a gap, the first occurrence in an overlap."""
    # As integers: datetimes that occur twice equal nothing in another zone (PEP 495).
    assert to_us(resolve(day, time(1, 30), "Europe/London")) == to_us(local("UTC", day.isoformat(), utc))


@pytest.mark.parametrize(
    ("window", "day", "minutes"),
    [
        ("01:15-01:45", "2026-03-29", 0),
        ("00:30-01:30", "2026-03-29", 30),
        ("01:30-02:30", "2026-03-29", 30),
        ("01:30-02:30", "2026-10-25", 120),
    ],
)
def test_example_17_windows_that_meet_a_transition(window, day, minutes):
    """SLA-10, 11: swallowed, cut or stretched, never negative."""
    calendar = Calendar.weekly(f"Sun {window}", zone="Europe/London")
    midnight = local("Europe/London", day)
    assert calendar.elapsed(midnight, midnight.add(days=1)) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("zone", "day", "minutes"),
    [
        ("Australia/Lord_Howe", "2026-10-04", 1410),
        ("Australia/Lord_Howe", "2026-04-05", 1470),
        ("Asia/Shanghai", "1991-04-14", 1380),
        ("Asia/Shanghai", "1991-09-15", 1500),
    ],
)
def test_example_18_full_days_of_other_lengths(zone, day, minutes):
    """SLA-11: a day from midnight to midnight is 23 h 30, 24 h 30, 23 h or 25 h long."""
    calendar = Calendar.weekly("Sun 00:00-24:00", zone=zone)
    midnight = local(zone, day)
    assert calendar.elapsed(midnight, midnight.add(days=1)) == timedelta(minutes=minutes)


def test_example_19_a_date_that_never_happened():
    """SLA-10: Apia went from 29 to 31 December 2011."""
    calendar = Calendar.weekly("daily 09:00-17:00", zone="Pacific/Apia")
    start, end = local("Pacific/Apia", "2011-12-29"), local("Pacific/Apia", "2012-01-01")
    assert calendar.elapsed(start, end) == timedelta(hours=16)
    assert len(calendar.spans(start, end)) == 2


@pytest.mark.parametrize(("monday_", "hours"), [("2026-01-19", 5), ("2026-07-13", 10)])
def test_example_20_hours_two_offices_share(monday_, hours):
    """SLA-25: Shanghai and London both open, by intersecting their spans (the algebra itself comes later)."""
    shanghai = Calendar.weekly("Mon-Fri 09:00-18:00", zone="Asia/Shanghai")
    london = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London")
    start = local("UTC", monday_)
    both = [x & y for x in shanghai.spans(start, start.add(days=7)) for y in london.spans(start, start.add(days=7))]
    shared = sum((span.duration for span in both if span), timedelta(0))
    assert shared == timedelta(hours=hours)
    assert 45 * timedelta(hours=1) + 40 * timedelta(hours=1) - shared == timedelta(hours=85 - hours)


def test_example_21_due_and_breach():
    """SLA-55: goal 8 h from Monday 08:30 is due Tuesday 09:00, broken a microsecond later."""
    clock = Clock.start(goal("8h"), at=monday("08:30"), ticket="T-7")
    status = clock.status(monday("14:30"))
    assert status.due == tuesday("09:00")
    assert status.breach_at == tuesday("09:00") + MICROSECOND
    assert (status.percent, status.fraction * 2) == (50, 1)
    assert clock.next_due == tuesday("09:00") + MICROSECOND


@pytest.mark.parametrize(
    ("boundary", "met", "breach"),
    [
        ("inclusive", True, office("2026-03-04", "08:30") + MICROSECOND),
        ("strict", False, tuesday("18:00")),
        ("by_due", False, tuesday("18:00") + MICROSECOND),
    ],
)
def test_example_22_what_exactly_is_kept(boundary, met, breach):
    """SLA-46, 55: goal 7 h 30 from Monday 20:00, stopped Tuesday 19:15, with exactly 7 h 30 used."""
    clock = Clock.start(goal("7h30m", boundary=boundary), at=monday("20:00"))
    assert clock.status(monday("20:00")).breach_at == breach
    assert clock.status(monday("20:00")).due == tuesday("18:00")
    stopped = clock.stop(at=tuesday("19:15"))
    status = stopped.status(tuesday("19:15"))
    assert (stopped.met, status.elapsed) == (met, timedelta(hours=7, minutes=30))
    assert status.breached is not met
    crossings = [fact for fact in stopped.changes if isinstance(fact, ClockBreached)]
    assert [OFFICE.local(fact.at) for fact in crossings] == ([] if met else [breach])


def test_example_23_pauses_that_overlap():
    """SLA-57: two reasons, each with its own time; the total does not count an hour twice."""
    clock = Clock.start(goal("6h"), at=monday("09:00"))
    assert clock.status(monday("09:00")).due == monday("17:00")
    clock = clock.pause("customer", at=monday("11:00"))
    assert clock.status(monday("12:00")).due is None
    clock = clock.pause("vendor", at=monday("14:30")).resume("customer", at=monday("15:00"))
    assert clock.stage == "paused"
    clock = clock.resume("vendor", at=monday("16:30"))
    status = clock.status(monday("16:30"))
    assert (status.stage, status.elapsed, status.due) == ("running", timedelta(hours=2), tuesday("11:00"))
    assert (status.paused.working, status.paused.real) == (timedelta(hours=3.5), timedelta(hours=5.5))
    assert {reason: pause.working for reason, pause in status.pauses.items()} == {
        "customer": timedelta(hours=2),
        "vendor": timedelta(hours=2),
    }


def test_example_23_a_pause_over_night():
    """SLA-57: a pause from closing to opening leaves due where it was."""
    clock = Clock.start(goal("5h"), at=monday("16:00"))
    assert clock.status(monday("16:00")).due == tuesday("11:30")
    night = clock.pause("customer", at=monday("18:00")).resume("customer", at=tuesday("08:30"))
    assert night.status(tuesday("08:30")).due == tuesday("11:30")


def test_sla_55_due_is_at_closing_and_overtime_uses_no_working_time():
    """SLA-22, 55: the promise that ends with the day is broken only when working time goes on."""
    clock = Clock.start(goal("1h"), at=monday("17:00"))
    status = clock.status(monday("23:00"))
    assert (status.due, status.breached, status.in_hours) == (monday("18:00"), False, False)
    assert clock.status(tuesday("08:30")).breached is False
    assert clock.status(tuesday("08:31")).breached is True


def test_sla_22_to_24_examples_4_to_6_on_ordinary_days():
    """SLA-22 to 24: both rolls of a stretch that ends with the day, and the lunch break."""
    assert OFFICE.add(monday("20:00"), "7h30m") == tuesday("18:00")
    assert OFFICE.add(monday("20:00"), "7h30m", roll="open") == office("2026-03-04", "08:30")
    assert OFFICE.subtract(tuesday("09:30"), "1h") == tuesday("08:30")
    assert OFFICE.subtract(tuesday("09:30"), "1h", roll="close") == monday("18:00")
    assert OFFICE.is_open(monday("12:00")) is False
    assert OFFICE.next_open(monday("12:00")) == monday("14:00")
    assert OFFICE.next_open(monday("10:00")) == monday("10:00")
    assert OFFICE.next_close(monday("12:00")) == monday("18:00")
    assert OFFICE.previous_close(monday("13:00")) == monday("12:00")
    assert OFFICE.previous_open(monday("13:00")) == monday("08:30")
    assert OFFICE.add(monday("10:00"), "0s") == monday("10:00")
