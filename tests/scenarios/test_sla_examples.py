"""The worked examples of the SLA specification (§4) that need weekly hours alone; the numbers are theirs."""

from __future__ import annotations

from datetime import date, time, timedelta

import pendulum
import pytest

from servicedesk.instants import to_us
from servicedesk.sla import Calendar, resolve

OFFICE = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai", name="O", version="2026")


def local(zone: str, day: str, at: str = "00:00") -> pendulum.DateTime:
    return pendulum.parse(f"{day}T{at}", tz=zone)


def office(day: str, at: str) -> pendulum.DateTime:
    return local("Asia/Shanghai", day, at)


def monday(at: str) -> pendulum.DateTime:
    return office("2026-03-02", at)


def tuesday(at: str) -> pendulum.DateTime:
    return office("2026-03-03", at)


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
