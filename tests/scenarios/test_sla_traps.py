"""Traps that peers fell into (SLA §7), those of calendars: each test bears the name of its trap."""

from __future__ import annotations

from datetime import date, timedelta

import pendulum
import pytest

from servicedesk.errors import CalendarCoverageError, DefinitionInvalid, NoWorkingTime
from servicedesk.sla import Calendar

HOUR = timedelta(hours=1)


def at(text: str, zone: str = "Europe/London") -> pendulum.DateTime:
    return pendulum.parse(text, tz=zone)


def test_trap_same_zone_subtraction_in_wall_time():
    """SLA-3, 11 (bizdurr, pandas): a night is not always eight hours long, nor is 01:30 to 01:30 always none."""
    nights, always = Calendar.weekly("daily 22:00-06:00", zone="Europe/London"), Calendar.always("Europe/London")
    for noon, hours in (("2026-03-28T12:00", 7), ("2026-10-24T12:00", 9), ("2026-07-01T12:00", 8)):
        assert nights.elapsed(at(noon), at(noon).add(days=1)) == hours * HOUR
    first = at("2026-10-25T00:30").add(hours=1)
    assert (first.hour, first.add(hours=1).hour, always.elapsed(first, first.add(hours=1))) == (1, 1, HOUR)


def test_trap_todays_offset_for_the_past():
    """SLA-10 (dbt_zendesk): each date has the offset it had; Shanghai kept summer time in 1990, Samoa changed sides."""
    office = Calendar.weekly("daily 09:00-17:00", zone="Asia/Shanghai")
    assert office.next_open(at("1990-07-02T00:00", "UTC")) == at("1990-07-02T00:00", "UTC")
    assert office.next_open(at("1990-07-01T23:00", "UTC")) == at("1990-07-02T00:00", "UTC")
    assert office.next_open(at("2026-07-01T23:00", "UTC")) == at("2026-07-02T01:00", "UTC")
    apia = Calendar.weekly("daily 09:00-17:00", zone="Pacific/Apia")
    assert apia.next_open(at("2011-12-01T04:00", "UTC")) == at("2011-12-01T19:00", "UTC")
    assert apia.next_open(at("2012-01-10T00:00", "UTC")) == at("2012-01-10T00:00", "UTC")


def test_trap_a_night_shift_entered_at_its_opening_is_skipped():
    """SLA-11, 24 (businesstimedelta): windows are half-open, so the opening is inside, the closing is not."""
    nights = Calendar.weekly("Mon-Fri 22:00-06:00", zone="UTC")
    opening, closing = at("2026-03-02T22:00", "UTC"), at("2026-03-03T06:00", "UTC")
    assert nights.is_open(opening)
    assert nights.next_open(opening) == opening
    assert nights.add(opening, "8h") == closing
    assert nights.elapsed(opening, closing) == 8 * HOUR
    assert not nights.is_open(closing)
    assert nights.add(at("2026-03-03T00:00", "UTC"), "1h") == at("2026-03-03T01:00", "UTC")


def test_trap_an_empty_calendar_loops():
    """SLA-17, 26 (many; Znuny stops after five seconds): refused at build, and every search has an end."""
    with pytest.raises(DefinitionInvalid, match="never opens"):
        Calendar.weekly("closed", zone="UTC", holidays=["2026-01-01"])
    office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC")
    monday = at("2026-03-02T10:00", "UTC")
    for never in (
        office - office,
        office & Calendar.weekly("Sat 09:00-17:00", zone="UTC"),
        office.during(monday, monday),
    ):
        with pytest.raises(NoWorkingTime):
            never.add(monday, "1h")
        assert never.elapsed(monday, monday.add(years=1)) == 0 * HOUR


def test_trap_minutes_are_cut_off():
    """SLA-2, 21 (Zammad): a microsecond is a microsecond."""
    office, least = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC"), timedelta(microseconds=1)
    closing = at("2026-03-02T17:00", "UTC")
    assert office.elapsed(closing - least, closing + least) == least
    assert office.add(closing - least, least) == closing
    assert office.add(closing - least, 2 * least) == at("2026-03-03T09:00", "UTC") + least


@pytest.mark.parametrize("start", ["2026-04-02T16:00", "2026-04-03T12:00", "2026-04-05T12:00"])
def test_trap_a_holiday_after_a_jump_is_not_checked_again(start):
    """SLA-21, 22 (SimpleSLACalc, sla-calculator): over a weekend with holidays before, after and upon it."""
    easter = ["2026-04-03", "2026-04-04", "2026-04-06", "2026-04-07"]
    office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London", holidays=easter)
    worked = 1 if start.startswith("2026-04-02") else 0
    assert office.add(at(start), worked * HOUR + 2 * HOUR) == at("2026-04-08T11:00")
    assert office.elapsed(at(start), at("2026-04-08T11:00")) == (worked + 2) * HOUR
    assert office.next_open(at("2026-04-02T17:00")) == at("2026-04-08T09:00")


def test_trap_a_table_that_ends_silently_or_refuses_everything():
    """SLA-19 (holidays; chinesecalendar): what is known is answered, what is not is refused, or assumed and said."""
    office = Calendar.weekly(
        "Mon-Fri 09:00-17:00", zone="UTC", holidays=["2026-12-25"], known_from="2026-01-01", known_until="2026-12-28"
    )
    boxing, new_year = at("2026-12-24T00:00", "UTC"), at("2027-01-01T00:00", "UTC")
    assert office.elapsed(boxing, at("2026-12-29T00:00", "UTC")) == 16 * HOUR
    with pytest.raises(CalendarCoverageError, match="does not know 2026-12-29"):
        office.elapsed(boxing, new_year)
    assert office.assuming().elapsed(boxing, new_year) == 40 * HOUR
    assert {row.kind for row in office.assuming().explain(boxing, new_year)} >= {"holiday", "working", "assumed"}


def test_trap_a_day_is_24_hours_of_schedule():
    """SLA-5, 28 (ServiceNow): a text with days is refused; ``timedelta(days=1)`` is three days of eight hours."""
    office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC")
    monday = at("2026-03-02T09:00", "UTC")
    with pytest.raises(DefinitionInvalid, match="a working day; write hours"):
        office.add(monday, "1d")
    assert office.add(monday, timedelta(days=1)) == at("2026-03-04T17:00", "UTC")
    assert office.add_working_days(monday, 1) == at("2026-03-03T09:00", "UTC")


def test_trap_weekday_numbers():
    """SLA-15: pendulum counts Monday 0, ISO 1, cron Sunday 0; here days have names."""
    with pytest.raises(DefinitionInvalid, match="'1' in '1-5' is no weekday"):
        Calendar.weekly("1-5 09:00-17:00", zone="UTC")
    assert Calendar.weekly("Mon 09:00-17:00", zone="UTC").is_working_date(date(2026, 3, 2))


def test_trap_the_sign_of_etc_gmt():
    """SLA-16: ``Etc/GMT+8`` lies in the Pacific; the calendar counts by it and warns."""
    calendar = Calendar.weekly("daily 09:00-17:00", zone="Etc/GMT+8")
    assert calendar.next_open(at("2026-03-02T00:00", "UTC")) == at("2026-03-02T00:00", "UTC")
    assert calendar.next_open(at("2026-03-02T01:00", "UTC")) == at("2026-03-02T17:00", "UTC")
    assert [problem.code for problem in calendar.problems()] == ["zone_sign"]
