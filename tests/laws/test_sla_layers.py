"""Laws of calendars with seasons and dated exceptions (SLA-11 to SLA-14, 21 to 25, 80), against two slow oracles."""

from __future__ import annotations

import json
import pickle
import tomllib
from datetime import date, timedelta

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from oracles import day_walk
from oracles.layer_walk import COUNTED
from oracles.minute_walk import DAY, SECOND
from oracles.sla_calendars import PLACES, Place, places, points
from oracles.sla_layers import arguments, layered, layers
from oracles.walk_checks import check_nearest, check_travel
from servicedesk.errors import NoWorkingTime
from servicedesk.plain import from_plain, to_plain, toml_text
from servicedesk.sla import Calendar

MINUTE = 60 * SECOND
work = st.integers(0, 30 * 60 * MINUTE) | st.integers(0, 30 * 60).map(lambda minutes: minutes * MINUTE)
moves = st.tuples(points, work)


def attempt(query, *args):
    """Return an answer, or ``None`` where there is none for want of working time."""
    try:
        return query(*args)
    except NoWorkingTime:
        return None


# --- against the walk ---------------------------------------------------------------------------------------------


@given(layered(), points, points)
def test_sla_12_elapsed_spans_and_is_open_are_what_a_minute_walk_counts(setting, point, other):
    """SLA-12 to 14: weekly < seasons < holidays < special < breaks < extra, each window with the date it starts on."""
    walk, calendar = setting.walk(), setting.calendar
    start, end = setting.at(point), setting.at(other)
    assert calendar.elapsed_us(start, end) == walk.worked(start, end)
    assert calendar.is_open_us(start) == walk.is_open(start)
    low, high = sorted((start, end))
    assert list(calendar.spans_us(low, high)) == walk.within(low, high)
    assert list(setting.fresh().spans_us(walk.start, walk.end)) == walk.within(walk.start, walk.end)


@given(layered(), moves)
def test_sla_22_and_23_travel_over_layers_lands_where_the_walk_says(setting, move):
    """SLA-22, 23: breaks and extras cut and join windows; the first and last instant are still exact."""
    check_travel(setting.calendar, setting.walk(), setting.at(move[0]), move[1])


@given(layered(), points)
def test_sla_24_the_nearest_openings_and_closings_of_layers_are_those_of_the_walk(setting, point):
    """SLA-24: next and previous opening and closing."""
    check_nearest(setting.calendar, setting.walk(), setting.at(point))


@given(layered(), points, points)
def test_law_11_explain_says_of_each_minute_why_it_counts(setting, point, other):
    """SLA-80: gapless, sums to elapsed, and the kind of each step is the one the layers give it."""
    walk, calendar = setting.walk(), setting.calendar
    start, end = sorted((setting.at(point), setting.at(other)))
    rows = calendar.explain_us(start, end)
    edges = [(row.start_us, row.end_us) for row in rows]
    assert [edge for edge, _ in edges[1:]] == [edge for _, edge in edges[:-1]]
    assert not edges or (edges[0][0], edges[-1][1]) == (start, end)
    assert sum(row.counted_us for row in rows) == calendar.elapsed_us(start, end)
    assert all(row.counted_us in {0, row.end_us - row.start_us} for row in rows)
    for row in rows:
        first, last = ((at - walk.start) // walk.step for at in (row.start_us, row.end_us - 1))
        kinds = set(walk.kinds[first : last + 1])
        event(f"kind: {row.kind}")
        counted = row.counted_us > 0
        assert {kind.removeprefix("closed ") for kind in kinds} == {row.kind}
        assert all((kind in COUNTED) is counted for kind in kinds)


@pytest.mark.slow
@given(layered(), points, points, moves)
def test_law_9_a_wider_compiled_window_changes_nothing_about_layers(setting, point, other, move):
    """SLA-26: an answer never depends on what was asked before, of instants or of dates."""
    a, b, (_, worked) = setting.at(point, days=400), setting.at(other, days=400), move
    wide, fresh = setting.calendar, setting.fresh()
    wide.elapsed_us(min(a, b) - 300 * DAY * SECOND, max(a, b) + 900 * DAY * SECOND)
    wide.is_working_date(setting.place.day - timedelta(days=1_000))

    def answers(calendar: Calendar) -> list[object]:
        moved = [
            attempt(travel, a, worked, roll)
            for travel in (calendar.add_us, calendar.subtract_us)
            for roll in ("close", "open")
        ]
        near = [attempt(find, b) for find in (calendar.next_close_us, calendar.previous_open_us)]
        dates = [attempt(calendar.working_day, setting.place.day.toordinal(), n) for n in (-40, -1, 1, 40)]
        return [calendar.elapsed_us(a, b), calendar.is_open_us(b), moved, near, dates]

    assert answers(fresh) == answers(wide)


NEAREST = ("next_open_us", "next_close_us", "previous_open_us", "previous_close_us", "is_open_us")
rims = st.tuples(st.sampled_from((-366 * DAY * SECOND, 366 * DAY * SECOND + 1)), st.integers(-1, 1))


@given(layered(), points, rims, st.sampled_from(NEAREST))
def test_law_9_the_very_rim_of_what_is_compiled_is_like_its_middle(setting, point, rim, name):
    """SLA-26: the first question compiles a year to either side; at that instant itself every answer is the same."""
    used, fresh = setting.calendar, setting.fresh()
    at = setting.at(("minute", *point[1:])) + sum(rim)
    used.is_open_us(at - sum(rim))
    assert attempt(getattr(used, name), at) == attempt(getattr(fresh, name), at)


# --- over years ---------------------------------------------------------------------------------------------------

YEARS = [
    Place(zone, date(year, month, 15), f"{year}")
    for zone, month in (("Europe/London", 3), ("America/Sao_Paulo", 10), ("Asia/Shanghai", 6), ("Europe/Dublin", 10))
    for year in (1901, 1943, 1988, 2026, 2291)
]


@given(layered(st.sampled_from(YEARS)), st.integers(-60, 60), st.integers(0, 250))
def test_sla_21_months_and_years_add_up_date_by_date(setting, first_step, length):
    """SLA-10 to 14: seasons come round, zones change their rules, and not a microsecond is lost."""
    first = setting.place.day + timedelta(days=first_step)
    last = first + timedelta(days=length)
    start, end = (day_walk.wall_us(setting.place.zone, day, 0) for day in (first, last))
    calendar = setting.calendar
    assert calendar.wall_us(first.toordinal(), 0) == start
    assert calendar.elapsed_us(start, end) == day_walk.worked(setting.layers, setting.place.zone, first, last)
    event(f"years: {first.year} to {last.year}" if first.year != last.year else "one year")


@pytest.mark.slow
@given(layered())
def test_the_two_oracles_agree(setting):
    """Laws are only as good as their oracles: minutes and dates, walked in two ways, count the same."""
    today, tomorrow = setting.place.day, setting.place.day + timedelta(days=1)
    start, end = (day_walk.wall_us(setting.place.zone, day, 0) for day in (today, tomorrow))
    assert setting.walk().worked(start, end) == day_walk.worked(setting.layers, setting.place.zone, today, tomorrow)


# --- round trips --------------------------------------------------------------------------------------------------


@given(
    layered(), st.text("ab 春\"'\\", max_size=3), st.sampled_from(("raise", "assume")), st.sampled_from(("", "known"))
)
@example(None, "", "raise", "")
def test_law_10_layers_survive_every_form_they_travel_in(setting, version, beyond, limited):
    """SLA-82: plain data, JSON, TOML and pickle give an equal calendar that hashes, prints and answers the same."""
    if setting is None:  # dates, ranges and tables beside each other
        original = RANGES
    else:
        known = {"known_from": setting.dates[0], "known_until": setting.dates[-1]} if limited else {}
        original = setting.fresh(name="n", version=version, beyond=beyond, **known)
    data = to_plain(original)
    texts = json.loads(json.dumps(data)), tomllib.loads(toml_text(data))
    assert texts == (data, data)
    thawed = pickle.loads(pickle.dumps(original))
    for other in (thawed, *(from_plain(Calendar, plain) for plain in (data, *texts))):
        assert (other, hash(other), repr(other)) == (original, hash(original), repr(original))
        assert (str(other), other.fingerprint, other.zone) == (str(original), original.fingerprint, original.zone)
        assert to_plain(other) == data
    assert Calendar.problems_of(data) == original.problems()


RANGES = Calendar.weekly(
    "Mon-Fri 09:00-17:00",
    zone="Asia/Shanghai",
    holidays={"2026-02-15..2026-02-23": "春节", "2026-04-06": {"name": "清明节", "source": "notice 2026"}},
    special={"2026-02-14": "as Mon", "2026-02-28": {"hours": "09:00-12:00", "status": "tentative"}},
    breaks={"2026-03-02..2026-03-04": ["12:00-13:00", {"hours": "15:00-15:15", "name": "tea"}]},
    extra={"2026-03-07": "22:00-02:00"},
    entries=(),
    known_until="2026-12-28",
)


@given(places, st.data())
def test_law_10_equal_layers_are_equal_however_they_are_written(place, data):
    """SLA-82: the order of dates, and ranges or lists, are no part of the value."""
    drawn = data.draw(layers(place.day))
    given_ = arguments(drawn)
    one = Calendar.weekly(**given_, zone=place.zone)
    turned = {key: dict(reversed(value.items())) if isinstance(value, dict) else value for key, value in given_.items()}
    turned["special"] = {date.fromisoformat(day): told for day, told in turned["special"].items()}
    turned["breaks"] = {f"{day}..{day}": told[::-1] for day, told in turned["breaks"].items()}
    other = Calendar.weekly(**turned, zone=place.zone)
    assert (other, hash(other), repr(other), other.fingerprint) == (one, hash(one), repr(one), one.fingerprint)


def test_the_places_of_the_walks_are_strange_enough():
    """The strategies draw zones with gaps, overlaps, skipped and repeated dates."""
    assert {"gap at midnight", "skipped date", "repeated date", "half-hour gap"} <= {place.why for place in PLACES}


def test_sla_80_what_closes_a_special_day_names_its_closed_hours():
    """SLA-12, 14, 80: a break in a special window is a break; a special night cut by a holiday is the holiday's."""
    calendar = Calendar.weekly(
        "Mon-Fri 09:00-17:00",
        zone="UTC",
        special={"2026-03-04": "20:00-06:00"},
        breaks={"2026-03-04": "21:00-22:00"},
        holidays={"2026-03-05": "H"},
        holiday_cuts="midnight",
    )
    start = calendar.wall_us(date(2026, 3, 4).toordinal(), 20 * 60 * MINUTE)
    rows = calendar.explain_us(start, start + 10 * 60 * MINUTE)
    assert [(row.kind, row.counted_us // MINUTE) for row in rows] == [
        ("special", 60),
        ("break", 0),
        ("special", 120),
        ("holiday", 0),
    ]
