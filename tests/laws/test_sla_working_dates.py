"""Laws of working dates (工作日, SLA-28), against a naive loop over dates."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from oracles import day_walk
from oracles.minute_walk import DAY, SECOND
from oracles.sla_calendars import places, points
from oracles.sla_layers import layered
from servicedesk.errors import NoWorkingTime
from servicedesk.instants import to_us
from servicedesk.sla import Calendar

ONE = timedelta(days=1)
counts = st.integers(-6, 6).filter(bool)


def naive(works, day: date, n: int, reach: int = 60) -> date | None:
    """Count date by date; ``None`` where there are not enough within reach."""
    left, step = abs(n), ONE if n > 0 else -ONE
    for _ in range(reach):
        day += step
        left -= works(day)
        if left == 0:
            return day
    return None


def found(calendar: Calendar, day: date, n: int) -> date | None:
    try:
        return date.fromordinal(calendar.working_day(day.toordinal(), n))
    except NoWorkingTime:
        return None


@given(layered(), st.integers(-6, 6))
def test_sla_28_a_date_works_if_a_non_empty_window_starts_on_it(setting, step):
    """SLA-28: after breaks and extras; the morning of a night shift is not this date's; nor is a window in a gap."""
    day = setting.place.day + timedelta(days=step)
    works = day_walk.starts_on(setting.layers, setting.place.zone, day)
    assert setting.calendar.is_working_date(day) is works
    event(f"works: {works}")
    if works:
        closing = setting.calendar.last_close_us(day.toordinal())
        assert setting.calendar.is_open_us(closing - 1)
    else:
        with pytest.raises(ValueError, match="is no working day"):
            setting.calendar.last_close_us(day.toordinal())


@given(layered(), st.integers(-5, 5), counts)
def test_sla_28_the_nth_working_date_is_counted_date_by_date(setting, step, n):
    """SLA-28: the date itself never counts, forwards or backwards."""
    day = setting.place.day + timedelta(days=step)
    expected = naive(lambda one: day_walk.starts_on(setting.layers, setting.place.zone, one), day, n)
    event(f"within reach: {expected is not None}")
    if expected is not None:
        assert found(setting.calendar, day, n) == expected
        assert found(setting.fresh(), day, n) == expected


@given(layered(), points, counts)
def test_sla_28_add_working_days_keeps_the_wall_time_and_moves_into_hours(setting, point, n):
    """SLA-28: the same wall time n working dates on, by the resolve rule; then on, or back, into hours."""
    calendar = setting.calendar
    at = calendar.local(setting.at(point))
    target = found(calendar, at.date(), n)
    if target is None or abs((target - at.date()).days) > 50:
        return
    seconds = at.hour * 3_600 + at.minute * 60 + at.second
    there = day_walk.wall_us(setting.place.zone, target, seconds // 60)
    if there == day_walk.wall_us(setting.place.zone, target, seconds // 60 + 1) or at.second or at.microsecond:
        event("a wall time that is no whole minute, or lies in a gap")
        there = calendar.wall_us(target.toordinal(), seconds * SECOND + at.microsecond)
    assert to_us(calendar.add_working_days(at, n, roll=None)) == there
    move = calendar.next_open_us if n > 0 else calendar.previous_close_us
    assert outcome(lambda: to_us(calendar.add_working_days(at, n))) == outcome(move, there)
    same_wall = day_walk.wall_us(setting.place.zone, at.date(), seconds // 60)
    if same_wall == to_us(at):  # not the second time round
        assert outcome(lambda: to_us(calendar.add_working_days(at, 0))) == outcome(calendar.next_open_us, same_wall)


def outcome(query, *args):
    """Return the answer, or that there is none."""
    try:
        return query(*args)
    except NoWorkingTime:
        return NoWorkingTime


def _days_of(year: int, count: int) -> list[str]:
    return [str(date(year, 1, 1) + 37 * step * ONE) for step in range(count)]


YEARS = Calendar.weekly(
    "Mon-Fri 09:00-17:00; Sat 22:00-06:00",
    zone="America/Sao_Paulo",
    seasons={"12-20..01-10": "Tue 10:00-12:00", "01-11..02-10": "closed"},
    holidays=[*_days_of(2016, 10), *_days_of(2017, 10), *_days_of(2019, 10)],
    special={"2018-11-04": "00:00-01:00", "2018-05-06": "as Mon", "2018-05-07": "closed"},  # a gap: nothing starts
    breaks={"2018-03-05": "09:00-17:00", "2018-03-06": "09:00-16:59"},
    extra={"2018-04-01": "23:59-24:00"},
)


@cache
def works(day: date) -> bool:
    """Decide the same by hand, date by date."""
    text, here = str(day), (day.month, day.day)
    if text in {"2018-11-04", "2018-05-07", "2018-03-05"}:
        return False
    if text in {"2018-05-06", "2018-04-01", "2018-03-06"}:
        return True
    if text in {*_days_of(2016, 10), *_days_of(2017, 10), *_days_of(2019, 10)}:
        return False
    if here >= (12, 20) or here <= (1, 10):
        return day.weekday() == 1
    return not ((1, 11) <= here <= (2, 10)) and day.weekday() != 6


@pytest.mark.slow
@given(st.dates(date(2014, 1, 1), date(2021, 12, 31)), st.integers(-900, 900).filter(bool))
def test_sla_28_over_years_the_count_is_still_that_of_a_loop(day, n):
    """SLA-28: years of dates, both directions, whatever was asked before."""
    assert YEARS.is_working_date(day) is works(day)
    assert found(YEARS, day, n) == naive(works, day, n, reach=4_000)


@given(places, st.integers(-300, 300).filter(bool), st.integers(0, 400), st.integers(-400, 400))
def test_law_9_the_nth_working_date_never_depends_on_what_was_asked_before(place, n, before, away):
    """SLA-26, 28: neither on dates near, nor on dates centuries away."""
    fresh, used = (Calendar.weekly("Mon-Fri 09:00-17:00", zone=place.zone) for _ in range(2))
    used.is_working_date(place.day - before * ONE)
    used.is_working_date(place.day + away * ONE)
    assert found(used, place.day, n) == found(fresh, place.day, n)


def test_law_9_asking_about_other_centuries_first_changes_no_working_date():
    """SLA-26: what is known of dates grows, or begins anew; a search always has its own 200 years."""
    day = date(2026, 6, 1)
    expected = found(Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC"), day, 700)
    for asked in ((1600, 2026), (1820, 2020, 2220), (9999, 1), (1, 2026, 9999)):
        calendar = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC")
        for year in asked:
            calendar.is_working_date(date(year, 3, 1))
        assert found(calendar, day, 700) == expected
        assert found(calendar, expected, -700) == date(2026, 6, 1)


def test_sla_26_a_search_of_dates_ends_200_years_on_however_much_is_known():
    """SLA-26: a rare date is found up to the horizon and never beyond it."""
    for asked in ((), (1800,), (2260,)):
        calendar = Calendar.weekly(
            "closed", zone="UTC", extra={"2225-06-01": "09:00-10:00", "2227-06-01": "09:00-10:00"}
        )
        for year in asked:
            calendar.is_working_date(date(year, 1, 1))
        assert found(calendar, date(2026, 1, 1), 1) == date(2225, 6, 1)
        assert found(calendar, date(2026, 1, 1), 2) is None
        assert found(calendar, date(2428, 1, 1), -1) is None
        with pytest.raises(NoWorkingTime) as caught:
            calendar.working_day(date(2026, 1, 1).toordinal(), 2)
        assert caught.value.last is not None


def test_sla_28_what_a_break_leaves_of_a_night_belongs_to_the_evening():
    """SLA-11, 28: a window belongs to the date it starts on, also when only its morning is left."""
    calendar = Calendar.weekly(
        "closed", zone="UTC", special={"2026-03-04": "22:00-06:00"}, breaks={"2026-03-04": "22:00-24:00"}
    )
    assert calendar.is_working_date(date(2026, 3, 4))
    assert not calendar.is_working_date(date(2026, 3, 5))
    assert found(calendar, date(2026, 3, 9), -1) == found(calendar, date(2026, 3, 1), 1) == date(2026, 3, 4)
    assert (
        calendar.last_close_us(date(2026, 3, 4).toordinal())
        == to_us(calendar.local(0)) + (20_517 * DAY + 21_600) * SECOND
    )


def test_sla_28_arguments_that_are_none():
    calendar = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC")
    with pytest.raises(TypeError, match="day is a civil date, not DateTime"):
        calendar.is_working_date(calendar.local(0))
    with pytest.raises(ValueError, match="n != 0"):
        calendar.working_day(730_000, 0)
    with pytest.raises(ValueError, match="roll is 'in_hours' or None, not 'close'"):
        calendar.add_working_days(calendar.local(0), 1, roll="close")
