"""Holidays from notices and from the package ``holidays``: entries, coverage, and who decides (SLA-30 to SLA-35)."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk.errors import CalendarCoverageError, DefinitionInvalid
from servicedesk.sla import Calendar, Entries, from_holidays, from_notices

TABLES = Path(__file__).parents[1] / "data" / "holiday_cn"
OFFICE = "Mon-Fri 08:30-12:00, 14:00-18:00"


def table(name: str) -> dict[str, object]:
    return json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))


def office(entries: Entries, **options: object) -> Calendar:
    return Calendar.weekly(OFFICE, zone="Asia/Shanghai", entries=entries, **options)


def texts(entries: Entries) -> list[str]:
    return [str(entry) for entry in entries]


# --- notices ----------------------------------------------------------------------------------------------------------


def test_sla_30_days_off_are_holidays_and_worked_weekends_special():
    """SLA-30, SLA-35: weekends off are listed too; each entry names its notice."""
    entries = from_notices(table("2026"))
    assert texts(entries)[:5] == [
        "2026-01-01 holiday: 元旦 (notice 2026)",
        "2026-01-02 holiday: 元旦 (notice 2026)",
        "2026-01-03 holiday: 元旦 (notice 2026)",
        "2026-01-04 special makeup: 元旦 (notice 2026)",
        "2026-02-14 special makeup: 春节 (notice 2026)",
    ]
    assert len(entries) == 39
    assert (entries.known_from, entries.known_until) == (date(2026, 1, 1), date(2026, 12, 28))


def test_sla_30_a_make_up_day_counts_only_where_the_date_has_no_hours():
    """SLA-30: Monday 2020-02-03 is no make-up day but an ordinary one; the calendar says so."""
    calendar = office(from_notices(table("2020"), makeup="09:00-10:00"))
    (note,) = calendar.problems()
    assert "2020-02-03" in note.path
    monday, saturday = date(2020, 2, 3), date(2020, 5, 9)
    assert [entry.hours for entry in from_notices(table("2020"), makeup="09:00-10:00") if entry.date == saturday] == [
        "makeup 09:00-10:00"
    ]
    hours = {day: calendar.elapsed(*_day(day)) for day in (monday, saturday)}
    assert hours == {monday: timedelta(hours=7.5), saturday: timedelta(hours=1)}


def _day(day: date):
    import pendulum

    midnight = pendulum.datetime(day.year, day.month, day.day, tz="Asia/Shanghai")
    return midnight, midnight.add(days=1)


def test_sla_32_make_up_days_take_the_hours_of_the_weekday_named():
    """SLA-32: without ``makeup`` the working weekdays must agree."""
    uneven = "Mon-Thu 09:00-17:00; Fri 09:00-15:00"
    with pytest.raises(DefinitionInvalid, match="name a weekday"):
        Calendar.weekly(uneven, zone="Asia/Shanghai", entries=from_notices(table("2026")))
    friday = Calendar.weekly(uneven, zone="Asia/Shanghai", entries=from_notices(table("2026"), makeup="as Fri"))
    assert friday.elapsed(*_day(date(2026, 2, 14))) == timedelta(hours=6)


def test_sla_31_the_notice_of_a_year_may_rule_the_days_before_it():
    """SLA-31: those days are entries; the years are known from 1 January of the first notice."""
    eve = {"name": "元旦", "date": "2022-12-31", "isOffDay": True}
    entries = from_notices({"year": 2023, "days": [eve]})
    assert texts(entries) == ["2022-12-31 holiday: 元旦 (notice 2023)"]
    assert entries.known_from == date(2023, 1, 1)


def test_sla_31_after_28_december_of_the_last_notice_nothing_is_known():
    """SLA-31, trap "table ends silently": an error says what to load; the next notice or ``known_until`` settles it."""
    both = office(from_notices(table("2026"), table("2025")))
    assert both.is_working_date(date(2025, 12, 29))
    assert both.is_working_date(date(2026, 12, 28))
    with pytest.raises(CalendarCoverageError, match=r"2026-12-29.*load the notice of 2027, pass known_until"):
        both.is_working_date(date(2026, 12, 29))
    told = office(from_notices(table("2026")), known_until=date(2026, 12, 31))
    assert told.is_working_date(date(2026, 12, 31))


def test_example_12_two_versions_of_the_spring_of_2020():
    """Example 12: three working days from Thursday 2020-01-23 end on 02-03 or, after the notice of 01-27, on 02-05."""
    first, revised = (office(from_notices(table(name))) for name in ("2020-first-notice", "2020"))
    start = date(2020, 1, 23)
    days = [start + timedelta(days=number) for number in range(1, 20)]
    assert [[day for day in days if calendar.is_working_date(day)][:3] for calendar in (first, revised)] == [
        [date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 3)],
        [date(2020, 2, 3), date(2020, 2, 4), date(2020, 2, 5)],
    ]
    differing = {
        entry.date for entry in set(from_notices(table("2020"))) ^ set(from_notices(table("2020-first-notice")))
    }
    assert differing == {date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 2), date(2020, 2, 3)}


@given(
    rulings=st.dictionaries(
        st.integers(-31, -1) | st.integers(0, 1_090), st.tuples(st.booleans(), st.sampled_from("甲乙"))
    ),
    order=st.permutations(range(3)),
    doubled=st.booleans(),
    weekend=st.booleans(),
)
def test_law_a_calendar_of_notices_works_as_they_say(rulings, order, doubled, weekend):
    """SLA-30, SLA-31: a listed date works as listed, any other by its weekday; the order of the tables is nothing."""
    start = date(2024, 1, 1)
    days: dict[int, list[dict[str, object]]] = {2024: [], 2025: [], 2026: []}
    listed = {start + timedelta(days=number): ruling for number, ruling in rulings.items()} | {
        date(year, 6, 1): (True, "甲") for year in days
    }
    for day, (off, name) in listed.items():
        if day.month == 12 and day.year < 2026:
            places = [day.year + 1, *([day.year] if doubled and day.year >= 2024 else [])]
        else:
            places = [day.year]
        for year in places:
            days[year].append({"name": name, "date": str(day), "isOffDay": off})
    tables = [{"year": year, "days": found, "$id": "…"} for year, found in days.items()]
    entries = from_notices(*(tables[place] for place in order))
    assert [entry.date for entry in entries] == sorted(listed)
    assert [(entry.kind, entry.name) for entry in entries] == [
        ("holiday" if off else "special", name) for _, (off, name) in sorted(listed.items())
    ]
    event(f"entries: {min(len(rulings), 4)}, before the first year: {min(rulings, default=0) < 0}")
    calendar = Calendar.weekly("daily 09:00-17:00" if weekend else OFFICE, zone="Asia/Shanghai", entries=entries)
    for number in range(1_091):
        day = start + timedelta(days=number)
        off = listed[day][0] if day in listed else day.weekday() > 4 and not weekend
        assert calendar.is_working_date(day) is not off


def test_sla_35_two_notices_that_agree_are_one_entry():
    day = {"name": "元旦", "date": "2025-12-31", "isOffDay": True}
    entries = from_notices({"year": 2025, "days": [day]}, {"year": 2026, "days": [day]})
    assert texts(entries) == ["2025-12-31 holiday: 元旦 (notice 2025)"]


# --- the package holidays ---------------------------------------------------------------------------------------------

Y2026 = (date(2026, 1, 1), date(2026, 12, 31))


def test_sla_33_china_of_the_package_works_as_the_notice():
    """SLA-33: the same working dates, from another source, with its name."""
    entries = from_holidays(holidays.China(), *Y2026, known_until=Y2026[1])
    assert {entry.source for entry in entries} == {"holidays CN"}
    notice = office(from_notices(table("2026")), known_until=Y2026[1])
    package = office(entries)
    days = [Y2026[0] + timedelta(days=number) for number in range(365)]
    assert [day for day in days if notice.is_working_date(day) != package.is_working_date(day)] == []
    assert sum(map(package.is_working_date, days)) == 248


@pytest.mark.parametrize("country", ["BG", "CN", "HU", "LV", "RU", "TW", "UA", "VN"])
@pytest.mark.parametrize("filled", [(), (2015, 2020, 2021)], ids=["empty", "filled"])
def test_sla_33_every_country_that_moves_working_days_agrees_with_the_package(country, filled):
    """SLA-33: whatever years the object holds already, the dates of the range come out, and the object stays."""
    known = holidays.country_holidays(country, years=range(2018, 2024))
    first, last = date(2019, 12, 20), date(2022, 1, 10)
    given_object = holidays.country_holidays(country, years=filled)
    before = (dict(given_object), set(given_object.weekend_workdays), set(given_object.years))
    entries = from_holidays(given_object, first, last, known_until=last)
    assert before == (dict(given_object), set(given_object.weekend_workdays), set(given_object.years))
    calendar = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC", entries=entries)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    assert [day for day in days if calendar.is_working_date(day) != known.is_working_day(day)] == []
    assert (entries.known_from, entries.known_until) == (first, last)


def test_sla_33_make_up_days_of_other_years_stay_out():
    """SLA-33: a fresh object of China holds make-up days of 2001 to 2011 already."""
    assert min(holidays.China().weekend_workdays).year < 2012
    china = holidays.China(language="en_US")
    entries = from_holidays(china, date(2026, 1, 5), date(2026, 2, 16), known_until=date(2026, 2, 16))
    assert texts(entries) == [
        "2026-02-14 special makeup: make-up day (holidays CN)",
        "2026-02-16 holiday: Chinese New Year's Eve (holidays CN)",
    ]


def test_sla_33_what_is_not_published_is_not_read():
    """SLA-33: up to ``known_until``; the package would go on without the make-up days of 2027."""
    entries = from_holidays(holidays.China(), date(2026, 1, 1), date(2027, 12, 31), known_until=date(2026, 12, 28))
    assert max(entry.date for entry in entries) == date(2026, 10, 10)
    assert entries.known_until == date(2026, 12, 28)


def test_sla_33_a_country_without_moved_days_is_known_to_the_end_of_the_range():
    """SLA-33, SLA-35: the source names country and subdivision, or the market; names in the language asked for."""
    bavaria = holidays.country_holidays("DE", subdiv="BY", language="de")
    entries = from_holidays(bavaria, date(2026, 1, 1), date(2026, 1, 31))
    assert texts(entries) == [
        "2026-01-01 holiday: Neujahr (holidays DE-BY)",
        "2026-01-06 holiday: Heilige Drei Könige (holidays DE-BY)",
    ]
    assert entries.known_until == date(2026, 1, 31)
    (market,) = from_holidays(holidays.financial_holidays("XNYS"), date(2026, 7, 1), date(2026, 7, 31))
    assert market.source == "holidays XNYS"


def test_sla_33_dates_the_host_added_are_read():
    company = holidays.country_holidays("DE", years=2026)
    company.update({date(2026, 3, 4): "Founders' Day"})
    (entry,) = from_holidays(company, date(2026, 3, 1), date(2026, 3, 31))
    assert (entry.name, entry.kind) == ("Founders' Day", "holiday")


def test_sla_33_an_object_that_fills_no_year_by_itself_is_filled():
    """SLA-33: ``expand=False`` would leave the year out silently."""
    quiet = holidays.Germany(expand=False)
    assert len(from_holidays(quiet, *Y2026)) == len(from_holidays(holidays.Germany(), *Y2026)) == 9
    assert len(quiet) == 0


def test_sla_33_half_days_wait_for_their_hours():
    """SLA-33: the package gives none; where the date is a full holiday too, it is that."""
    china = holidays.China(categories=("half_day", "public"), language="zh_CN", years=2026)
    entries = from_holidays(china, *Y2026, known_until=Y2026[1])
    half = [entry for entry in entries if entry.status == "tentative"]
    assert [(entry.date.month, entry.date.day, entry.kind, entry.hours) for entry in half] == [
        (3, 8, "special", ""),
        (6, 1, "special", ""),
        (8, 1, "special", ""),
    ]
    (youth,) = [entry for entry in entries if entry.date == date(2026, 5, 4)]
    assert (youth.kind, youth.name) == ("holiday", "五四青年节; 劳动节（补假）")
    only = from_holidays(holidays.China(categories="half_day"), *Y2026, known_until=Y2026[1])
    assert [entry.date for entry in only if entry.status == "tentative"] == [
        date(2026, month, day) for month, day in ((3, 8), (5, 4), (6, 1), (8, 1))
    ]
    calendar = office(Entries((half[1].confirmed("08:30-12:00"),)))
    assert calendar.elapsed(*_day(date(2026, 6, 1))) == timedelta(hours=3.5)


def test_sla_33_makeup_says_the_hours_here_too():
    entries = from_holidays(holidays.China(), *Y2026, known_until=Y2026[1], makeup="as Fri")
    assert {entry.hours for entry in entries if entry.kind == "special"} == {"makeup as Fri"}


# --- sources together -------------------------------------------------------------------------------------------------


def test_sla_35_sources_that_disagree_are_an_error_until_one_is_preferred():
    """SLA-35: the two notices of 2020 as sources of one calendar."""
    mistaken = {"year": 2026, "days": [{"name": "x", "date": "2026-02-14", "isOffDay": True}]}
    package = from_holidays(holidays.China(), *Y2026, known_until=Y2026[1])
    both = [*from_notices(mistaken), *package]
    with pytest.raises(DefinitionInvalid, match="2026-02-14") as caught:
        Calendar.weekly(OFFICE, zone="Asia/Shanghai", entries=both)
    assert "prefer=" in str(caught.value)
    trusted = Calendar.weekly(OFFICE, zone="Asia/Shanghai", entries=both, prefer=("holidays CN",))
    assert trusted.is_working_date(date(2026, 2, 14))


# --- without the extras -----------------------------------------------------------------------------------------------


def test_the_room_works_with_no_extra_installed():
    """§11: only reading calendar files needs a package, and says which."""
    script = """
import sys
for name in ("holidays", "icalendar", "recurring_ical_events"):
    sys.modules[name] = None
from datetime import date
from servicedesk.sla import from_ics, from_notices
from_notices({"year": 2026, "days": [{"name": "", "date": "2026-01-01", "isOffDay": True}]})
try:
    from_ics("", date(2026, 1, 1), date(2026, 1, 1), zone="UTC")
except ImportError as error:
    print(error)
"""
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout == "reading calendar files needs two packages: pip install servicedesk[ics]\n"
