"""The worked examples of the SLA specification (§4) about calendars: 1 to 13, 20 and 28; the numbers are theirs.

Calendar O has illustrative hours and the documented days off of the State Council's notices of 2025 and 2026.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pendulum
import pytest

from servicedesk.errors import CalendarCoverageError
from servicedesk.sla import Calendar, CalendarHistory, changed_spans, from_notices

TABLES = Path(__file__).parents[1] / "data" / "holiday_cn"
HOURS = "Mon-Fri 08:30-12:00, 14:00-18:00"


def notice(name: str) -> dict[str, object]:
    return json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))


def office(*notices: str, **options: object) -> Calendar:
    entries = from_notices(*map(notice, notices))
    return Calendar.weekly(HOURS, zone="Asia/Shanghai", name="O", version=notices[-1], entries=entries, **options)


O = office("2025", "2026")  # noqa: E741  # the name the specification gives it
PLAIN = Calendar.weekly(HOURS, zone="Asia/Shanghai")


def at(text: str) -> pendulum.DateTime:
    return pendulum.parse(text, tz="Asia/Shanghai")


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def nth(calendar: Calendar, day: str, n: int) -> str:
    return str(date.fromordinal(calendar.working_day(date.fromisoformat(day).toordinal(), n)))


def test_example_1_elapsed_over_a_make_up_saturday_and_the_festival():
    """SLA-21, 30: 2 h, 7:30 on the make-up Saturday, 1 h; signed."""
    friday, tuesday = at("2026-02-13T16:00"), at("2026-02-24T09:30")
    assert O.elapsed(friday, tuesday) == hours(10.5)
    assert O.elapsed(tuesday, friday) == -hours(10.5)


def test_example_2_goals_that_end_on_the_make_up_day_or_after_the_festival():
    """SLA-22: eight hours, and twelve."""
    friday = at("2026-02-13T16:00")
    assert O.add(friday, "8h") == at("2026-02-14T16:30")
    assert O.add(friday, "12h") == at("2026-02-24T11:00")


def test_example_3_a_make_up_sunday_before_the_october_holiday():
    """SLA-22, 30: 1 h, 7:30 on Sunday, 1:30."""
    assert O.add(at("2025-09-26T17:00"), "10h") == at("2025-09-29T10:00")


def test_example_4_a_day_of_work_ends_at_closing_or_at_the_next_opening():
    """SLA-22: both rolls."""
    assert O.add(at("2025-10-08T20:00"), "7h30m") == at("2025-10-09T18:00")
    assert O.add(at("2025-10-08T20:00"), "7h30m", roll="open") == at("2025-10-10T08:30")


def test_example_5_going_back_over_the_holiday():
    """SLA-23: an opening stays; the other roll is the closing before the holiday."""
    assert O.subtract(at("2025-10-09T09:30"), "1h") == at("2025-10-09T08:30")
    assert O.subtract(at("2025-10-09T09:30"), "1h", roll="close") == at("2025-09-30T18:00")
    assert O.subtract(at("2025-10-09T10:00"), "5h") == at("2025-09-30T14:30")


def test_example_6_noon_is_closed():
    """SLA-11, 24: a closing is not open; an open instant is its own next opening."""
    assert O.is_open(at("2025-10-09T12:00")) is False
    assert O.next_open(at("2025-10-09T12:00")) == at("2025-10-09T14:00")
    assert O.next_open(at("2025-10-09T10:00")) == at("2025-10-09T10:00")


@pytest.mark.parametrize(
    ("calendar", "start", "n", "day"),
    [
        (O, "2026-02-12", 3, "2026-02-24"),  # example 7: 13, 14, 24
        (PLAIN, "2026-02-12", 3, "2026-02-17"),  # example 7: inside the festival
        (O, "2026-02-13", 3, "2026-02-25"),  # example 8
        (O, "2026-02-14", 3, "2026-02-26"),  # example 8: received after the cutoff
        (O, "2026-02-15", 1, "2026-02-24"),  # example 9
        (O, "2026-02-24", 1, "2026-02-25"),  # example 9: received on the next working day
        (O, "2026-03-02", 5, "2026-03-09"),  # example 10, unpaused
        (O, "2026-01-19", 32, "2026-03-10"),  # example 11, documented: dual-source high voltage
        (PLAIN, "2026-01-19", 32, "2026-03-04"),  # example 11
        (O, "2026-02-24", -3, "2026-02-12"),  # and back
    ],
)
def test_examples_7_to_11_working_dates(calendar, start, n, day):
    """SLA-28, 41: the date itself never counts; make-up days do, festivals do not."""
    assert nth(calendar, start, n) == day


def test_example_12_a_revised_notice_is_another_version():
    """SLA-20, documented: the notice of 2020-01-27 lengthened the Spring Festival by three days."""
    first, revised = office("2020-first-notice"), office("2020")
    assert nth(first, "2020-01-23", 3) == "2020-02-03"
    assert nth(revised, "2020-01-23", 3) == "2020-02-05"
    history = CalendarHistory([(at("2019-11-21T00:00"), first), (at("2020-01-27T00:00"), revised)])
    assert history.as_known_on(at("2020-01-23T09:00")) == first
    assert history.as_known_on(at("2020-01-27T00:00")) == revised
    opened, closed = changed_spans(first, revised)
    january, march = at("2020-01-01T00:00"), at("2020-03-01T00:00")
    assert opened.elapsed(january, march) == hours(0)
    assert [str(span.start.in_timezone("Asia/Shanghai").date()) for span in closed.spans(january, march)][::2] == [
        "2020-01-31",
        "2020-02-01",
    ]


def test_example_13_what_is_not_published_is_not_known():
    """SLA-19, 31: the notice of 2027 may rule the last days of 2026; assumed, the answer follows the pattern."""
    assert O.rule.known_until == date(2026, 12, 28)
    start = at("2026-12-22T10:00")
    with pytest.raises(CalendarCoverageError) as caught:
        O.add(start, "40h")
    assert (caught.value.day, caught.value.known_until) == (date(2026, 12, 29), date(2026, 12, 28))
    assert O.assuming().add(start, "40h") == at("2026-12-29T14:30")
    kinds = [row.kind for row in O.assuming().explain(start, at("2026-12-29T14:30"))]
    assert (kinds[-1], "assumed" in kinds[:-3]) == ("assumed", False)


@pytest.mark.parametrize(("holiday", "worked"), [("2026-03-06", 8), ("2026-03-07", 16)])
def test_example_14_a_holiday_removes_the_shifts_that_start_on_it(holiday, worked):
    """SLA-14: Friday's shift runs into a Saturday holiday; on a Friday holiday it does not start."""
    nights = Calendar.weekly("Mon-Fri 22:00-06:00", zone="Asia/Shanghai", holidays=[holiday])
    assert nights.elapsed(at("2026-03-05T12:00"), at("2026-03-07T12:00")) == hours(worked)


@pytest.mark.parametrize(("monday", "shared", "either"), [("2026-01-19", 5, 80), ("2026-07-13", 10, 75)])
def test_example_20_hours_two_offices_share(monday, shared, either):
    """SLA-18: exact across zones, in winter and in summer."""
    shanghai = Calendar.weekly("Mon-Fri 09:00-18:00", zone="Asia/Shanghai")
    london = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London")
    start = pendulum.parse(f"{monday}T00:00", tz="UTC")
    week = start, start.add(days=7)
    assert (shanghai & london).elapsed(*week) == hours(shared)
    assert (shanghai | london).elapsed(*week) == hours(either)
    first = (shanghai & london).next_open(start)
    assert (first.hour, (shanghai & london).next_close(start).hour) == (18 - shared // 5, 18)
    assert first.timezone_name == "Asia/Shanghai"


def test_example_28_why_example_1_took_what_it_took():
    """SLA-35, 80: segments with kind, name, source, and running totals."""
    rows = O.explain(at("2026-02-13T16:00"), at("2026-02-24T09:30"))
    minutes = [(row.kind, row.total // timedelta(minutes=1)) for row in rows]
    assert minutes == [
        ("working", 120),
        ("off_hours", 120),
        ("special", 330),
        ("off_hours", 330),
        ("special", 570),
        ("off_hours", 570),
        ("holiday", 570),
        ("off_hours", 570),
        ("working", 630),
    ]
    festival = rows[6]
    assert festival.label == "holiday: 春节 (notice 2026)"
    assert (festival.start, festival.end) == (at("2026-02-15T00:00"), at("2026-02-24T00:00"))
    assert rows[2].label == "special: 春节 (notice 2026)"
    assert rows.elapsed == hours(10.5)


@pytest.mark.parametrize(("year", "known_until"), [(2025, None), (2026, "2026-12-31")])
def test_each_year_has_248_working_dates_and_1860_hours(year, known_until):
    """Documented: the length of both years; the last days of 2026 need ``known_until``."""
    calendar = office("2025", "2026", known_until=known_until)
    days = [date(year, 1, 1) + timedelta(days=step) for step in range(365)]
    assert sum(map(calendar.is_working_date, days)) == 248
    assert calendar.elapsed(at(f"{year}-01-01T00:00"), at(f"{year + 1}-01-01T00:00")) == hours(1860)


def test_sla_12_a_season_may_begin_on_the_leap_day_and_go_over_the_turn_of_the_year():
    """SLA-12: both ends inclusive, in every year, with or without a 29 February."""
    hours = Calendar.weekly(
        "daily 09:00-10:00",
        zone="UTC",
        seasons={"02-29..03-01": "daily 09:00-11:00", "12-30..01-02": "closed"},
    )
    days = {
        "2024-02-28": 1, "2024-02-29": 2, "2024-03-01": 2, "2024-03-02": 1, "2025-02-28": 1, "2025-03-01": 2,
        "2025-12-29": 1, "2025-12-30": 0, "2026-01-02": 0, "2026-01-03": 1,
    }  # fmt: skip  # days beside each other
    for day, open_hours in days.items():
        midnight = pendulum.parse(day)
        assert hours.elapsed(midnight, midnight.add(days=1)) == timedelta(hours=open_hours), day
