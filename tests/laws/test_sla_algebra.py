"""Laws of calendars made of calendars (SLA-18, law 6), against walks minute by minute in several zones at once."""

from __future__ import annotations

import json
import operator
import pickle
from datetime import date, timedelta
from functools import cache

import pendulum
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.layer_walk import COUNTED, LayerWalk, StepWalk
from oracles.minute_walk import DAY, SECOND
from oracles.sla_calendars import PLACES, points
from oracles.sla_layers import arguments, layered, layers
from servicedesk.errors import CalendarCoverageError, NoWorkingTime
from servicedesk.instants import from_us, to_us
from servicedesk.plain import from_plain, to_plain
from servicedesk.sla import Calendar, changed_spans

HOUR = 3_600 * SECOND
SIGNS = {"&": operator.and_, "|": operator.or_, "-": lambda one, other: one and not other}
APPLY = {"&": operator.and_, "|": operator.or_, "-": operator.sub}
signs = st.sampled_from(sorted(SIGNS))
minute_places = st.sampled_from([place for place in PLACES if place.step == 60])
zones = st.sampled_from(sorted({place.zone for place in PLACES if place.step == 60}))


@st.composite
def pairs(draw):
    """Draw two calendars with layers around one date, the second in a zone of its own, and both their walks."""
    setting, zone = draw(layered(minute_places)), draw(zones)
    other = draw(layers(setting.place.day))
    event(f"the same zone: {zone == setting.place.zone}")
    walks = setting.walk(), LayerWalk(other, zone, setting.start, setting.end)
    return setting, walks, (setting.calendar, Calendar.weekly(**arguments(other), zone=zone))


def combined(walks, sign: str) -> StepWalk:
    flags = [SIGNS[sign](*kinds) for kinds in zip(*(walk.open_steps() for walk in walks), strict=True)]
    return StepWalk(walks[0].start, walks[0].end, walks[0].step, flags)


def stretch(setting, *two):
    return sorted(setting.at(point) for point in two)


@given(pairs(), signs, points, points, st.integers(0, 20 * HOUR))
def test_law_6_and_or_minus_are_what_the_walks_say_also_across_zones(pair, sign, point, other, worked):
    """SLA-18: on instants, exact: elapsed, spans, open, and the first and last instant of every travel."""
    setting, walks, calendars = pair
    walk, calendar = combined(walks, sign), APPLY[sign](*calendars)
    start, end = stretch(setting, point, other)
    assert calendar.elapsed_us(start, end) == walk.worked(start, end)
    assert list(calendar.spans_us(start, end)) == walk.within(start, end)
    assert calendar.is_open_us(end) == walk.is_open(end)
    assert calendar.zone == calendars[0].zone
    for direction, travel in ((1, calendar.add_us), (-1, calendar.subtract_us)):
        fits = walk.instants_with_work(start, direction * worked)
        if fits is not None and worked:
            assert (travel(start, worked, "close"), travel(start, worked, "open")) == fits


@pytest.mark.slow
@given(pairs(), signs, points, points)
def test_law_11_explain_of_a_combination_is_gapless_and_sums_to_elapsed(pair, sign, point, other):
    """SLA-80: what counted is open in the combination, what did not is closed; a part says why."""
    setting, _, calendars = pair
    calendar = APPLY[sign](*calendars)
    start, end = stretch(setting, point, other)
    rows = calendar.explain_us(start, end)
    edges = [start, *(row.end_us for row in rows)] if start < end else [start]
    assert [row.start_us for row in rows] == edges[:-1]
    assert edges[-1] == end
    assert sum(row.counted_us for row in rows) == calendar.elapsed_us(start, end)
    for row in rows:
        counted = row.counted_us > 0
        assert counted is calendar.is_open_us(row.start_us)
        assert (row.kind in COUNTED) is counted or row.kind == "special"
        event(f"{sign}: {row.kind}")
    assert rows.elapsed == timedelta(microseconds=calendar.elapsed_us(start, end))


def identities(x, y, z, every):
    """Return the same set of time, put together in several ways."""
    return {
        "and commutes": (x & y, y & x),
        "or commutes": (x | y, y | x),
        "and associates": (x & (y & z), (x & y) & z),
        "or associates": (x | (y | z), (x | y) | z),
        "and distributes": (x & (y | z), (x & y) | (x & z)),
        "or distributes": (x | (y & z), (x | y) & (x | z)),
        "idempotent": (x, x & x, x | x),
        "absorbing": (x, x & (x | y), x | (x & y)),
        "without is and not": (x - y, x & (every - y), (x | y) - y, x - (x & y)),
        "De Morgan": (every - (x | y), (every - x) & (every - y)),
        "twice the complement": (x, every - (every - x), x & every),
        "with its complement": (every, x | (every - x), x | every),
        "and its complement": (x - x, x & (every - x), x - every),
    }


NAMES = (
    "and commutes",
    "or commutes",
    "and associates",
    "or associates",
    "and distributes",
    "or distributes",
    "idempotent",
    "absorbing",
    "without is and not",
    "De Morgan",
    "twice the complement",
    "with its complement",
    "and its complement",
)


@pytest.mark.slow
@given(pairs(), layers(PLACES[0].day), points, points, st.sampled_from(NAMES))
def test_law_6_sets_of_time_are_sets(pair, third, point, other, name):
    """Law 6: whatever way a set of time is put together, it is the same set."""
    setting, _, (x, y) = pair
    z, every = Calendar.weekly(**arguments(third), zone="UTC"), Calendar.always(setting.place.zone)
    a, b = stretch(setting, point, other)
    ways = [calendar.rule.bounds(a, b + 1) for calendar in identities(x, y, z, every)[name]]
    assert ways.count(ways[0]) == len(ways)
    event(name)


@pytest.mark.slow
@given(pairs(), points, points)
def test_law_6_union_and_intersection_add_up(pair, point, other):
    """Law 6: ``|x∪y| + |x∩y| == |x| + |y|``; what changed is the one without the other; complements make real time."""
    setting, _, (one, two) = pair
    a, b = stretch(setting, point, other)
    parts = one, two, one & two, one | two, *changed_spans(one, two), Calendar.always() - one
    x, y, both, either, opened, closed, complement = (_open_time(part.rule.bounds(a, b + 1)) for part in parts)
    assert either + both == x + y
    assert opened + closed == either - both
    assert x + complement == b + 1 - a


def _open_time(bounds: list[int]) -> int:
    return sum(bounds[1::2]) - sum(bounds[::2])


@given(layered(minute_places), points, points, points, points)
def test_sla_18_during_is_closed_outside_its_ends(setting, point, other, third, fourth):
    """SLA-18: half-open on instants, both ends inclusive on dates; with ``x`` less that stretch it is ``x`` again."""
    first, last = stretch(setting, point, other)
    a, b = stretch(setting, third, fourth)
    calendar, walk = setting.calendar, setting.walk()
    inside = calendar.during(from_us(first), from_us(last, "Asia/Tokyo"))
    expected = [(max(s, first), min(e, last)) for s, e in walk.within(a, b) if max(s, first) < min(e, last)]
    assert list(inside.spans_us(a, b)) == expected
    rows = inside.explain_us(a, b)
    assert [row.end_us for row in rows][:-1] == [row.start_us for row in rows][1:]
    assert sum(row.counted_us for row in rows) == inside.elapsed_us(a, b)
    rest = calendar - inside
    assert (inside | rest).spans_us(a, b) == calendar.spans_us(a, b)
    days = calendar.during(setting.place.day, setting.place.day)
    midnights = [calendar.wall_us(setting.place.day.toordinal() + step, 0) for step in (0, 1)]
    assert days.elapsed_us(walk.start, walk.end) == walk.worked(*midnights)
    for find in (inside.next_open_us, inside.previous_close_us):
        for origin in (a, b):
            assert first <= _found(find, origin, first) <= last


def _found(find, origin: int, otherwise: int) -> int:
    try:
        return find(origin)
    except NoWorkingTime:
        return otherwise


@pytest.mark.slow
@given(pairs(), signs, signs)
def test_law_10_combinations_travel_with_their_parts(pair, sign, other):
    """SLA-18, 82: plain data, JSON and pickle; equal combinations hash, print and have fingerprints alike."""
    setting, _, (one, two) = pair
    first = APPLY[sign](one, two)
    nested = APPLY[other](first, one.during(setting.place.day, setting.place.day + timedelta(days=400)))
    data = to_plain(nested)
    assert APPLY[sign](*(from_plain(Calendar, to_plain(part)) for part in (one, two))) == first
    assert json.loads(json.dumps(data)) == data
    for copy in (pickle.loads(pickle.dumps(nested)), from_plain(Calendar, data)):
        assert (copy, hash(copy), repr(copy)) == (nested, hash(nested), repr(nested))
        assert copy.fingerprint == nested.fingerprint
    others = [APPLY[sign](two, one), *(APPLY[wrong](one, two) for wrong in "&|-" if wrong != sign)]
    assert all(first != different for different in others if one != two)


@cache
def office(zone: str = "Asia/Shanghai") -> Calendar:
    return Calendar.weekly("Mon-Fri 09:00-17:00", zone=zone)


NEVER = [
    office() - office(),
    office() & Calendar.weekly("Sat-Sun 00:00-24:00", zone="Asia/Shanghai"),
    office() - Calendar.always(),
    office().during(from_us(0), from_us(0)),
    office().during(from_us(0), from_us(DAY)) & office().during(from_us(9 * DAY), from_us(10 * DAY)),
]


@pytest.mark.parametrize("never", NEVER, ids=str)
@pytest.mark.parametrize("query", ["next_open_us", "next_close_us", "previous_open_us", "previous_close_us", "add_us"])
def test_sla_26_a_combination_that_never_opens_says_so(never, query):
    """SLA-26: it can be built, for its parts do open; every search of it ends, 200 years away at most."""
    with pytest.raises(NoWorkingTime):
        getattr(never, query)(from_us(0).int_timestamp, *([HOUR] if query == "add_us" else []))
    assert never.elapsed_us(-(10**15), 10**15) == 0


@pytest.mark.parametrize("never", NEVER, ids=str)
@pytest.mark.parametrize("n", [1, -1])
def test_sla_28_a_combination_that_never_opens_has_no_working_date(never, n):
    with pytest.raises(NoWorkingTime, match=r"has no 1 working day (after|before) "):
        never.working_day(730_000, n)


def test_sla_19_20_each_part_says_itself_what_it_does_beyond_its_coverage():
    """SLA-18 to 20: last year's calendar against this year's notice is what `changed_spans` is for."""
    hours = {"text": "Mon-Fri 09:00-17:00", "zone": "UTC"}
    old = Calendar.weekly(**hours, name="old", known_until="2025-12-28")
    new = Calendar.weekly(**hours, name="new", known_until="2026-12-28", holidays=["2026-02-16"])
    february = pendulum.datetime(2026, 2, 1), pendulum.datetime(2026, 3, 1)
    opened, closed = changed_spans(old, new)
    assert (opened.elapsed(*february), closed.elapsed(*february)) == (timedelta(0), timedelta(hours=8))
    assert closed.first_unknown_us(to_us(february[0]), to_us(february[1])) is not None
    mixed = old.assuming() & new
    assert mixed.elapsed(*february) == timedelta(hours=19 * 8)
    with pytest.raises(CalendarCoverageError):
        mixed.elapsed(february[0], pendulum.datetime(2027, 1, 1))
    assert mixed.is_working_date(date(2026, 2, 17))
    with pytest.raises(CalendarCoverageError):
        (old & new).is_working_date(date(2026, 2, 17))
    with pytest.raises(CalendarCoverageError) as caught:
        mixed.elapsed(february[0], pendulum.datetime(2027, 1, 1))
    assert (str(caught.value.day), str(caught.value.known_until)) == ("2026-12-29", "2026-12-28")
