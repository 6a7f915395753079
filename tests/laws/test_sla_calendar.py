"""Laws of calendars (specs: SLA-10 to SLA-27, laws 1 to 11), and every query against a walk minute by minute."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, event, example, given
from hypothesis import strategies as st

from oracles.minute_walk import DAY, SECOND, MinuteWalk
from oracles.sla_calendars import PLACES, Point, hours, places, points, settings, weekly_text
from oracles.walk_checks import check_nearest, check_travel
from servicedesk.errors import NoWorkingTime
from servicedesk.instants import from_us, to_us, to_zone
from servicedesk.sla import Calendar, resolve
from servicedesk.sla.calendars.bounds import cut
from servicedesk.sla.calendars.walltime import boundaries

MINUTE = 60 * SECOND
work = st.integers(0, 40 * 60 * MINUTE) | st.integers(0, 40 * 60).map(lambda minutes: minutes * MINUTE)
ZONES = st.sampled_from(sorted({place.zone for place in PLACES}))
YEAR = 366


def beside(answers: tuple[int, int], point: Point) -> int | None:
    """Every second time, an instant at or just beside one of two answers: there the law is sharp."""
    kind, number, nudge = point
    return answers[number % 2] + nudge if kind in {"edge", "around"} else None


def open_beside(calendar: Calendar, at: int) -> tuple[bool, bool]:
    return calendar.is_open_us(at - 1), calendar.is_open_us(at)


# --- against the walk ------------------------------------------------------------------------------------------


@given(settings(), points, points)
def test_sla_21_elapsed_and_is_open_are_what_a_minute_walk_counts(setting, point, other):
    """SLA-10, 11, 21: no window is lost, doubled or negative on nights when the clocks change."""
    walk = setting.walk()
    start, end = setting.at(point), setting.at(other)
    assert setting.calendar.elapsed_us(start, end) == walk.worked(start, end)
    assert setting.calendar.is_open_us(start) == walk.is_open(start)


@given(settings(), points, points)
def test_sla_25_spans_are_what_a_minute_walk_finds(setting, point, other):
    """SLA-25: clipped to the question, joined where they touch, empty for an empty question."""
    start, end = sorted((setting.at(point), setting.at(other)))
    assert list(setting.calendar.spans_us(start, end)) == setting.walk().within(start, end)
    assert setting.calendar.spans_us(start, start) == ()


@given(settings(), points, work)
def test_sla_22_and_23_land_on_the_first_or_last_instant_the_walk_finds(setting, point, worked):
    """SLA-22, 23: ``close`` is the earliest instant with that work, ``open`` the latest; no work stays, or rolls."""
    check_travel(setting.calendar, setting.walk(), setting.at(point), worked)


@given(settings(), points)
def test_sla_24_the_nearest_openings_and_closings_are_those_of_the_walk(setting, point):
    """SLA-24: an open instant is its own next opening, a closing its own previous closing."""
    check_nearest(setting.calendar, setting.walk(), setting.at(point))


@given(places, st.integers(0, 240) | st.integers(0, 1439), st.integers(-1, 1))
def test_sla_10_resolve_is_the_first_instant_a_scan_finds(place, minute, shift):
    """SLA-10: gap, overlap and skipped date by one rule."""
    day = place.day + timedelta(days=shift)
    walk = MinuteWalk({}, place.zone, place.noon - 2 * DAY, place.noon + 2 * DAY, place.step)
    wall = (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY + minute * 60
    assert to_us(resolve(day, time(minute // 60, minute % 60), place.zone)) == walk.resolve(wall)


# --- algebra of the queries ------------------------------------------------------------------------------------


@given(settings(), points, points, points)
def test_law_1_elapsed_is_additive_and_signed(setting, point, other, third):
    """SLA-21: over any three instants, in any order."""
    a, b, c = setting.at(point, days=YEAR), setting.at(other, days=YEAR), setting.at(third, days=YEAR)
    elapsed = setting.calendar.elapsed_us
    assert elapsed(a, b) + elapsed(b, c) == elapsed(a, c)
    assert elapsed(a, b) == -elapsed(b, a)
    assert elapsed(a, a) == 0


@given(settings(), points, points)
def test_law_2_working_time_is_never_negative_and_never_more_than_real_time(setting, point, other):
    """SLA-21: and just real time for the calendar that never closes (SLA-17)."""
    a, b = sorted((setting.at(point, days=YEAR), setting.at(other, days=YEAR)))
    assert 0 <= setting.calendar.elapsed_us(a, b) <= b - a
    assert Calendar.always(setting.place.zone).elapsed_us(a, b) == b - a


@given(settings(), points, points, work)
def test_law_3_add_and_elapsed_are_a_galois_connection(setting, point, other, worked):
    """SLA-22: ``add(t, d) <= u`` iff ``elapsed(t, u) >= d``; the open roll turns both inequalities."""
    t = setting.at(point)
    due, late = setting.calendar.add_us(t, worked), setting.calendar.add_us(t, worked, "open")
    u = max(t, beside((due, late), other) or setting.at(other, days=30))
    elapsed = setting.calendar.elapsed_us(t, u)
    event(f"elapsed is {'at' if elapsed == worked else 'off'} the work asked for")
    assert (due <= u) == (elapsed >= worked)
    assert (late >= u) == (elapsed <= worked)


@given(settings(), points, work.filter(bool), st.booleans())
def test_sla_55_due_and_breach_in_one_look_up_are_two_additions(setting, point, worked, whole):
    """SLA-22, 55: also where the work ends with a window, so that the microsecond more lies behind the next opening."""
    t, calendar = setting.at(point), setting.calendar
    if whole and not calendar.rule.always:  # exactly to the end of a window
        worked = max(1, calendar.elapsed_us(t, calendar.next_close_us(calendar.add_us(t, worked))))
    due, breach = calendar.land_us(t, worked)
    event(f"the work ends with a window: {breach > due + 1}")
    assert (due, breach) == (calendar.add_us(t, worked), calendar.add_us(t, worked + 1))


@given(settings(), points, points, work)
def test_law_3_subtract_and_elapsed_are_a_galois_connection(setting, point, other, worked):
    """SLA-23: ``subtract(t, d) >= u`` iff ``elapsed(u, t) >= d``; the close roll turns both inequalities."""
    t = setting.at(point)
    late, early = setting.calendar.subtract_us(t, worked), setting.calendar.subtract_us(t, worked, "close")
    u = min(t, beside((late, early), other) or setting.at(other, days=30))
    elapsed = setting.calendar.elapsed_us(u, t)
    assert (late >= u) == (elapsed >= worked)
    assert (early <= u) == (elapsed <= worked)


@given(settings(), points, points, work, work)
def test_law_4_adding_twice_is_adding_once_and_later_starts_end_no_earlier(setting, point, other, first, second):
    """SLA-22: no detour gains or loses a microsecond, wherever it is interrupted."""
    t, u = sorted((setting.at(point), setting.at(other)))
    calendar = setting.calendar
    for roll in ("close", "open"):
        assert calendar.add_us(calendar.add_us(t, first, roll), second, roll) == calendar.add_us(
            t, first + second, roll
        )
        assert calendar.add_us(t, first, roll) <= calendar.add_us(u, first, roll)
        assert calendar.add_us(t, min(first, second), roll) <= calendar.add_us(t, max(first, second), roll)


@given(settings(), points)
def test_law_5_next_and_previous_are_travels_without_work(setting, point):
    """SLA-24: and every boundary found is one: closed before an opening, open before a closing."""
    t = setting.at(point, days=YEAR)
    calendar = setting.calendar
    assert calendar.next_open_us(t) == calendar.add_us(t, 0, "open") >= t
    assert calendar.previous_close_us(t) == calendar.subtract_us(t, 0, "close") <= t
    assert calendar.is_open_us(calendar.next_open_us(t))
    assert calendar.is_open_us(calendar.previous_close_us(t) - 1)
    assume(not calendar.rule.always)
    assert open_beside(calendar, calendar.next_close_us(t)) == (True, False)
    assert open_beside(calendar, calendar.previous_open_us(t)) == (False, True)
    assert calendar.previous_open_us(t) <= t < calendar.next_close_us(t)
    assert calendar.next_open_us(t) < calendar.next_close_us(t)


@given(settings(), points, points, ZONES, work)
def test_law_7_the_zone_of_the_argument_is_irrelevant(setting, point, other, zone, worked):
    """SLA-16, 27: the same instants written in another zone get the same answers, in the calendar's zone."""
    a, b = setting.at(point), setting.at(other)
    calendar = setting.calendar
    here, there = from_us(a, zone), from_us(b, "UTC")
    assert calendar.elapsed(here, there) == timedelta(microseconds=calendar.elapsed_us(a, b))
    for answer, us in (
        (calendar.add(here, timedelta(microseconds=worked)), calendar.add_us(a, worked)),
        (calendar.subtract(here, timedelta(microseconds=worked)), calendar.subtract_us(a, worked)),
        (calendar.next_open(here), calendar.next_open_us(a)),
        (calendar.previous_close(here), calendar.previous_close_us(a)),
    ):
        assert to_us(answer) == us
        assert answer.utcoffset() == calendar.local(us).utcoffset()
    assert calendar.is_open(here) == calendar.is_open_us(a)
    low, high = sorted((here, there))
    spans = calendar.spans(low, high)
    assert [(span.start_us, span.end_us) for span in spans] == list(calendar.spans_us(min(a, b), max(a, b)))


@given(places, st.lists(st.times(), min_size=2, max_size=2), st.integers(-2, 2))
def test_law_8_resolve_is_monotone(place, walls, shift):
    """SLA-10: a later wall time never becomes an earlier instant, so no window is negative."""
    early, late = sorted(walls)
    day = place.day + timedelta(days=shift)
    assert resolve(day, early, place.zone) <= resolve(day, late, place.zone)
    assert resolve(day, late, place.zone) <= resolve(day + timedelta(days=1), time(0), place.zone)


@given(settings(), points, points, st.integers(0, 4 * 366), work)
def test_law_9_a_wider_compiled_window_changes_nothing(setting, point, other, before, worked):
    """SLA-26: an answer never depends on what was asked before."""
    a, b = setting.at(point, days=YEAR), setting.at(other, days=YEAR)
    wide = Calendar.weekly(weekly_text(setting.table), zone=setting.place.zone)
    wide.elapsed_us(min(a, b) - before * DAY * SECOND, max(a, b) + (4 * 366 - before) * DAY * SECOND)

    def answers(calendar: Calendar) -> list[object]:
        low, high = min(a, b), max(a, b)
        return [
            calendar.elapsed_us(a, b),
            *(calendar.add_us(a, worked, roll) for roll in ("close", "open")),
            *(calendar.subtract_us(a, worked, roll) for roll in ("close", "open")),
            calendar.is_open_us(b),
            *(() if calendar.rule.always else (calendar.next_close_us(b), calendar.previous_open_us(b))),
            calendar.spans_us(low, min(high, low + 30 * DAY * SECOND)),
        ]

    assert answers(Calendar.weekly(weekly_text(setting.table), zone=setting.place.zone)) == answers(wide)


@given(settings(), points, st.sampled_from((-1, 1)), st.integers(0, 3 * DAY * SECOND), work)
def test_law_9_the_rim_of_what_is_compiled_is_like_its_middle(setting, point, side, inwards, worked):
    """SLA-26: the first question compiles a year to either side; a window that crosses that rim is not lost."""
    calendar, other = (Calendar.weekly(weekly_text(setting.table), zone=setting.place.zone) for _ in range(2))
    first = setting.at(point)
    rim = first + side * (YEAR * DAY * SECOND - inwards)
    assert calendar.is_open_us(first) == setting.calendar.is_open_us(first)
    assert other.is_open_us(rim) == calendar.is_open_us(rim)
    assert other.elapsed_us(rim, first) == calendar.elapsed_us(rim, first)
    assert other.spans_us(rim, rim + DAY * SECOND) == calendar.spans_us(rim, rim + DAY * SECOND)
    for roll in ("close", "open"):
        assert other.add_us(rim, worked, roll) == calendar.add_us(rim, worked, roll)
        assert other.subtract_us(rim, worked, roll) == calendar.subtract_us(rim, worked, roll)


@given(settings(), points, st.integers(0, 3 * DAY * SECOND))
def test_law_9_the_windows_of_a_stretch_are_those_of_a_longer_one(setting, point, length):
    """SLA-11: a window that starts days before in UTC, overnight and far in the west, still reaches into it."""
    start, zone, hours_on = setting.at(point), to_zone(setting.place.zone), setting.calendar.rule.on
    longer = boundaries(hours_on, zone, start - 9 * DAY * SECOND, start + length + 9 * DAY * SECOND)
    assert boundaries(hours_on, zone, start, start + length) == cut(longer, start, start + length)


@pytest.mark.parametrize(
    ("zone", "text", "start", "expected"),
    [
        ("Etc/GMT+12", "Mon 23:00-22:59", datetime(2026, 3, 4, 10, tzinfo=UTC), (0, 59)),  # till Tuesday 22:59 there
        ("Etc/GMT-14", "Thu 00:30-24:00", datetime(2026, 3, 4, 10, tzinfo=UTC), (30, 60)),  # Thursday begins at 10:00Z
    ],
)
def test_sla_11_windows_reach_far_from_their_date_at_both_ends_of_the_world(zone, text, start, expected):
    """SLA-11, 16: compiled alone, an hour finds a window of two dates before, or of the date to come."""
    us, hour = to_us(start), 60 * MINUTE
    hours_on = Calendar.weekly(text, zone=zone).rule.on
    assert boundaries(hours_on, to_zone(zone), us, us + hour) == [us + minute * MINUTE for minute in expected]


@given(hours(), ZONES, st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3))
def test_law_10_text_prints_canonically_and_parses_back(table, zone, name):
    """SLA-15: equal hours print, compare and hash equal, however they were written; a pickle is equal too."""
    calendar = Calendar.weekly(weekly_text(table), zone=zone, name=name)
    again = Calendar.weekly(str(calendar), zone=calendar.zone, name=name)
    backwards = "; ".join(reversed(weekly_text(table).split("; ")))
    shuffled = Calendar.weekly(backwards, zone=zone, name=name)
    calendar.is_open_us(0)  # compiled now: that must not be part of the value
    thawed = pickle.loads(pickle.dumps(calendar))
    for other in (again, shuffled, thawed):
        assert (other, hash(other), str(other), repr(other)) == (
            calendar,
            hash(calendar),
            str(calendar),
            repr(calendar),
        )
    assert thawed.elapsed_us(0, DAY * SECOND) == calendar.elapsed_us(0, DAY * SECOND)


@given(settings(), points, points)
def test_law_11_spans_are_sorted_apart_and_sum_to_elapsed(setting, point, other):
    """SLA-25: they touch nowhere, else they would be one."""
    a, b = sorted((setting.at(point, days=90), setting.at(other, days=90)))
    spans = setting.calendar.spans_us(a, b)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(set(edges))
    assert all(a <= edge <= b for edge in edges)
    assert sum(closing - opening for opening, closing in spans) == setting.calendar.elapsed_us(a, b)


@given(settings(), points, points, st.integers(1, 1439))
def test_sla_10_neighbours_tile(setting, point, other, minute):
    """SLA-10, 11: cutting a window in two at any wall time, also one that never or twice occurs, changes no answer."""
    a, b = setting.at(point, days=200), setting.at(other, days=200)
    cut = {
        day: [
            edges for window in windows for edges in pairwise(sorted({*window, max(window[0], min(minute, window[1]))}))
        ]
        for day, windows in setting.table.items()
    }
    event(f"cut: {cut != {day: list(windows) for day, windows in setting.table.items()}}")
    other = Calendar.weekly(weekly_text(cut), zone=setting.place.zone)
    assert other.elapsed_us(a, b) == setting.calendar.elapsed_us(a, b)


# --- the ends of time ------------------------------------------------------------------------------------------

FIRST, LAST = to_us(datetime.min.replace(tzinfo=UTC)), to_us(datetime.max.replace(tzinfo=UTC))
FAR = [place for place in PLACES if place.why in {"plain", "gap", "skipped date", "fixed offset"}]


@pytest.mark.parametrize("place", FAR, ids=lambda place: f"{place.zone} {place.day}")
@pytest.mark.parametrize("year", [1, 2, 1600, 1969, 2101, 2400, 9998, 9999])
def test_sla_2_a_calendar_counts_weeks_in_any_year(place, year):
    """SLA-2, 26: from the first to the last date there is, a week of Mon–Fri nine to five has forty hours."""
    calendar = Calendar.weekly("Mon-Fri 09:00-17:00", zone=place.zone)
    start = to_us(datetime(year, 6, 1, tzinfo=UTC))
    for weeks in (1, 20):
        assert calendar.elapsed_us(start, start + 7 * weeks * DAY * SECOND) == weeks * 40 * 60 * MINUTE
    assert calendar.add_us(start, 40 * 60 * MINUTE) <= start + 7 * DAY * SECOND


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_sla_26_the_first_and_the_last_instant_are_not_special(zone):
    """SLA-26: at the ends of the calendar there is no working time, and nothing breaks."""
    calendar = Calendar.weekly("daily 12:00-13:00", zone=zone)
    assert calendar.add_us(FIRST, 48 * 60 * MINUTE) > FIRST
    assert calendar.subtract_us(LAST, 48 * 60 * MINUTE) < LAST
    for beyond in (
        lambda: calendar.add_us(LAST, 48 * 60 * MINUTE),
        lambda: calendar.subtract_us(FIRST, 48 * 60 * MINUTE),
        lambda: calendar.previous_open_us(FIRST),
    ):
        with pytest.raises(NoWorkingTime):
            beyond()
    for beside, end in (
        (lambda: calendar.previous_close_us(FIRST), FIRST),
        (lambda: calendar.next_open_us(LAST), LAST),
    ):
        with pytest.raises(NoWorkingTime) as caught:
            beside()
        assert to_us(caught.value.last) == end
    for outside in (FIRST - 1, LAST + 10**15, 10**30, -(10**30)):
        with pytest.raises(OverflowError, match="lies outside the years 1 to 9999"):
            calendar.elapsed_us(0, outside)


def test_sla_26_a_search_ends_200_years_on_however_much_is_compiled():
    """SLA-26: a question asked before does not make a farther answer possible."""
    start, hour = to_us(datetime(2026, 3, 2, tzinfo=UTC)), 60 * MINUTE
    rare = "Mon 00:00-01:00"
    weeks = 73_049 // 7  # of one hour each
    for calendar in (Calendar.weekly(rare, zone="UTC"), Calendar.weekly(rare, zone="UTC")):
        assert calendar.add_us(start, weeks * hour) <= start + 73_049 * DAY * SECOND
        with pytest.raises(NoWorkingTime):
            calendar.add_us(start, (weeks + 2) * hour)
        with pytest.raises(NoWorkingTime):
            calendar.subtract_us(start, (weeks + 2) * hour)
        calendar.elapsed_us(start - 250 * 366 * DAY * SECOND, start + 250 * 366 * DAY * SECOND)
        with pytest.raises(NoWorkingTime):
            calendar.add_us(start, (weeks + 2) * hour)


@given(places, st.integers(-3 * DAY * SECOND, 3 * DAY * SECOND))
@example(PLACES[5], -11 * 3_600 * SECOND + 1)
def test_sla_2_an_instant_survives_the_local_zone_also_in_an_overlap(place, offset):
    """SLA-1, 2, 3: what a calendar gives back is the instant it means, both times the clock reads it."""
    us = place.noon * SECOND + offset
    local = Calendar.always(place.zone).local(us)
    assert to_us(local) == us
    if place.zone[0] not in "+-":
        expected = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).astimezone(ZoneInfo(place.zone))
        assert local.replace(tzinfo=None) == expected.replace(tzinfo=None)
