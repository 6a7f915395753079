"""Twenty years of notices against two packages, date by date (SLA §6 oracle e, §11); slow, needs the full data."""

import json
from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest

from full_data import data_folder
from servicedesk.errors import CalendarCoverageError
from servicedesk.sla import Calendar, from_holidays, from_notices

pytestmark = pytest.mark.slow

FIRST, LAST = date(2007, 1, 1), date(2026, 12, 31)
DAYS = [FIRST + timedelta(days=number) for number in range(7_305)]


@pytest.fixture(scope="module")
def tables():
    folder = data_folder("holiday_cn")
    return [json.loads((folder / f"{year}.json").read_text(encoding="utf-8")) for year in range(2007, 2027)]


def office(entries, **options):
    return Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai", entries=entries, **options)


def test_all_sources_agree_on_all_dates(tables):
    """SLA §11: 7,305 dates, 4,991 of them working: notices, `holidays` read by us and by itself, `chinese_calendar`."""
    assert DAYS[-1] == LAST
    notices = office(from_notices(*tables), known_until=LAST)
    package = office(from_holidays(holidays.China(), FIRST, LAST, known_until=LAST))
    china = holidays.China(years=range(2007, 2028))
    answers = {
        "notices": list(map(notices.is_working_date, DAYS)),
        "from_holidays": list(map(package.is_working_date, DAYS)),
        "holidays": list(map(china.is_working_day, DAYS)),
        "chinese_calendar": list(map(chinese_calendar.is_workday, DAYS)),
    }
    expected = answers["notices"]
    assert sum(expected) == 4_991
    assert {
        name: [day for day, one, other in zip(DAYS, expected, answer, strict=True) if one != other]
        for name, answer in answers.items()
    } == {name: [] for name in answers}


@pytest.mark.parametrize("last", range(2007, 2027))
def test_with_the_last_notice_y_29_december_of_y_is_refused(tables, last):
    """SLA-31: the 28th is known, the 29th is not, whatever the years before it."""
    calendar = office(from_notices(*(table for table in tables if table["year"] <= last)))
    calendar.is_working_date(date(last, 12, 28))
    with pytest.raises(CalendarCoverageError, match=f"load the notice of {last + 1}") as caught:
        calendar.is_working_date(date(last, 12, 29))
    assert (caught.value.day, caught.value.known_until) == (date(last, 12, 29), date(last, 12, 28))
