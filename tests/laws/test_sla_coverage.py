"""Laws of coverage (SLA-19): no answer depends on a date whose exceptions nobody knows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from oracles.layer_walk import Layers
from oracles.minute_walk import SECOND
from oracles.sla_calendars import points
from oracles.sla_layers import LayeredSetting, arguments, layered, layers
from servicedesk.errors import CalendarCoverageError, NoWorkingTime
from servicedesk.sla import Calendar

edges = st.tuples(st.none() | st.integers(-2, 1), st.none() | st.integers(1, 2)).filter(any)
work = st.integers(0, 20 * 3_600 * SECOND)


def limits(setting: LayeredSetting, known: tuple[int | None, int | None]):
    """Return the first and the last known date."""
    return tuple(None if step is None else setting.place.day + timedelta(days=step) for step in known)


def published(drawn: Layers, other: Layers, known, *, nights: bool = True) -> Layers:
    """Return layers that are the first inside the known dates, the second outside; without new ``nights`` before."""
    first, last = known

    def kept(day, inside: bool) -> bool:
        return inside is ((first is None or day >= first) and (last is None or day <= last))

    def late(day) -> bool:
        return not nights and first is not None and day == first - timedelta(days=1)

    def mixed(one, two):
        own = {day: told for day, told in one.items() if kept(day, inside=True)}
        return own | {day: told for day, told in two.items() if kept(day, inside=False) and not late(day)}

    holidays = mixed(dict.fromkeys(drawn.holidays, ""), dict.fromkeys(other.holidays, ""))
    return Layers(
        drawn.weekly,
        drawn.seasons,
        frozenset(holidays),
        {day: ("as", 2) if told[0] == "makeup" else told for day, told in mixed(drawn.special, other.special).items()},
        mixed(drawn.breaks, other.breaks),
        mixed(drawn.extra, other.extra),
        drawn.cut,
        drawn.conflict,
    )


def build(setting: LayeredSetting, drawn: Layers, known, **options) -> Calendar:
    first, last = known
    return Calendar.weekly(**arguments(drawn), zone=setting.place.zone, known_from=first, known_until=last, **options)


def answers(calendar: Calendar, setting: LayeredSetting, at: int, to: int, worked: int) -> dict[str, object]:
    """Ask everything; an answer may be that it is not known, from which date on."""
    day = setting.place.day.toordinal()
    low, high = sorted((at, to))
    asked = {
        "elapsed": lambda: calendar.elapsed_us(at, to),
        "is_open": lambda: calendar.is_open_us(at),
        "next_open": lambda: calendar.next_open_us(at),
        "next_close": lambda: calendar.next_close_us(at),
        "previous_open": lambda: calendar.previous_open_us(at),
        "previous_close": lambda: calendar.previous_close_us(at),
        "spans": lambda: calendar.spans_us(low, high),
        "add": lambda: calendar.add_us(at, worked),
        "add open": lambda: calendar.add_us(at, worked, "open"),
        "subtract": lambda: calendar.subtract_us(at, worked),
        "subtract close": lambda: calendar.subtract_us(at, worked, "close"),
        "is working day": lambda: calendar.is_working_day(day),
        "next working day": lambda: calendar.working_day(day, 1),
        "previous working day": lambda: calendar.working_day(day, -2),
    }
    return {name: _asked(query) for name, query in asked.items()}


def _asked(query):
    try:
        return query()
    except CalendarCoverageError as error:
        return error
    except NoWorkingTime:
        return NoWorkingTime


@st.composite
def cases(draw):
    """Draw a place, what is known of it, and two ways the unknown may turn out."""
    setting, step = draw(layered()), draw(edges)
    known = limits(setting, step)
    ways = [published(setting.layers, draw(layers(setting.place.day)), known, nights=False) for _ in range(2)]
    assume(all(_opens(way) for way in ways))
    return setting, known, ways, setting.at(draw(points)), setting.at(draw(points)), draw(work)


def _opens(drawn: Layers) -> bool:
    weeks = [drawn.weekly, *(week for _, _, week in drawn.seasons)]
    return any(any(week.values()) for week in weeks)


@given(cases())
def test_sla_19_no_answer_depends_on_what_is_not_known(case):
    """SLA-19: whichever way the unknown dates turn out, what is answered stays true, and what is refused stays so."""
    setting, known, ways, at, to, worked = case
    one, two = (answers(build(setting, way, known), setting, at, to, worked) for way in ways)
    truths = [answers(build(setting, way, (None, None)), setting, at, to, worked) for way in ways]
    for name in one:
        if name.endswith("day") and setting.layers.breaks:
            continue  # a break may leave no more of a window than a morning, which the next date may take too
        refused = isinstance(one[name], CalendarCoverageError)
        event(f"{name}: {'refused' if refused else 'answered'}")
        assert isinstance(two[name], CalendarCoverageError) is refused, name
        if not refused:
            assert one[name] == two[name] == truths[0][name] == truths[1][name], name


@pytest.mark.slow
@given(cases())
def test_sla_19_a_refusal_names_the_first_unknown_date(case):
    """SLA-19: the one the question would have used first; and what is known."""
    setting, known, ways, at, to, worked = case
    calendar = build(setting, ways[0], known, name="O", version="7")
    start, end = calendar.rule.known
    for name, answer in answers(calendar, setting, at, to, worked).items():
        if not isinstance(answer, CalendarCoverageError):
            continue
        first, last = known
        assert (answer.calendar, answer.known_from, answer.known_until) == ("O 7", first, last)
        assert (first is not None and answer.day < first) or (last is not None and answer.day > last)
        inside = (start is None or start <= at) and (end is None or at < end)
        if inside and name.startswith(("next_", "add")):
            assert answer.day == last + timedelta(days=1)
        elif inside and name.startswith(("previous_", "subtract")):
            assert answer.day == first - timedelta(days=1)


@given(cases())
def test_sla_19_what_touches_known_instants_alone_is_answered(case):
    """SLA-19: up to the very midnight after the last known date, and from the first known instant on."""
    setting, known, ways, at, to, _ = case
    calendar, truth = build(setting, ways[0], known), build(setting, ways[0], (None, None))
    start, end = calendar.rule.known
    low, high = sorted(_between(one, start, end) for one in (at, to))
    event(f"up to the end: {high == end}")
    assert calendar.elapsed_us(low, high) == truth.elapsed_us(low, high)
    assert calendar.spans_us(low, high) == truth.spans_us(low, high)
    assert calendar.explain_us(low, high).elapsed == timedelta(microseconds=calendar.elapsed_us(low, high))
    assert low == high or calendar.is_open_us(high - 1) == truth.is_open_us(high - 1)
    for day in (day for day in known if day is not None):
        assert calendar.is_working_date(day) == truth.is_working_date(day)


def _between(at: int, start: int | None, end: int | None) -> int:
    at = at if end is None else min(at, end)
    return at if start is None else max(at, start)


@pytest.mark.slow
@given(cases())
def test_sla_19_assuming_is_the_calendar_without_limits(case):
    """SLA-19: ``beyond="assume"`` refuses nothing, and `Calendar.assuming` is the same."""
    setting, known, ways, at, to, worked = case
    assumed = build(setting, ways[0], known, beyond="assume")
    assert build(setting, ways[0], known).assuming() == assumed
    bare = build(setting, ways[0], (None, None))
    assert answers(assumed, setting, at, to, worked) == answers(bare, setting, at, to, worked)
    low, high = sorted((at, to))
    first, last = assumed.rule.known
    for row in assumed.explain_us(low, high):
        unknown = (first is not None and row.start_us < first) or (last is not None and row.end_us > last)
        assert row.kind != "assumed" or unknown
        assert row.kind != "working" or not unknown


@pytest.mark.slow
@given(cases(), st.sampled_from("&|-"))
def test_sla_18_a_combination_knows_what_both_parts_know(case, sign):
    """SLA-18, 19: coverage is the intersection; where it answers, it is the answer of the parts without limits."""
    setting, known, ways, at, to, _ = case
    apply = {"&": Calendar.__and__, "|": Calendar.__or__, "-": Calendar.__sub__}[sign]
    part = Calendar.weekly("daily 06:00-15:00", zone="UTC", known_until=setting.place.day + timedelta(days=1))
    limited = apply(build(setting, ways[0], known), part)
    bare = apply(build(setting, ways[0], (None, None)), part.assuming()).assuming()
    end = part.wall_us(setting.place.day.toordinal() + 2, 0)
    for ask in (
        lambda calendar: calendar.elapsed_us(at, to),
        lambda calendar: calendar.is_open_us(at),
    ):
        answer = _asked(lambda ask=ask: ask(limited))
        assert isinstance(answer, CalendarCoverageError) or answer == ask(bare)
    assert at < end or isinstance(_asked(lambda: limited.is_open_us(at)), CalendarCoverageError)
    assert limited.assuming().elapsed_us(at, to) == bare.elapsed_us(at, to)
    for other in (part.assuming(), Calendar.always()):  # what has no limits needs no assumption
        assert apply(build(setting, ways[0], known).assuming(), other).elapsed_us(at, to) is not None


def test_sla_19_a_night_shift_from_the_unknown_date_before_is_not_known():
    """SLA-11, 19: whether it took place is for that date to say; from its end on everything is known."""
    nights = Calendar.weekly("daily 22:00-06:00", zone="UTC", known_from="2026-01-01")
    midnight = nights.wall_us(date(2026, 1, 1).toordinal(), 0)
    six = midnight + 6 * 3_600 * SECOND
    assert nights.elapsed_us(six, midnight + 24 * 3_600 * SECOND) == 2 * 3_600 * SECOND
    assert isinstance(_asked(lambda: nights.is_open_us(six - 1)), CalendarCoverageError)
    days = Calendar.weekly("daily 09:00-17:00", zone="UTC", known_from="2026-01-01")
    assert days.is_open_us(midnight) is False


def test_sla_18_a_stretch_inside_the_coverage_knows_everything_outside_it():
    """SLA-18, 19: it is closed there, whatever is published; a stretch that reaches beyond still asks."""
    office = Calendar.weekly("daily 09:00-17:00", zone="UTC", known_from="2026-01-01", known_until="2026-06-30")
    inside = office.during(date(2026, 2, 1), date(2026, 2, 28))
    year = [office.wall_us(date(year, 1, 1).toordinal(), 0) for year in (2020, 2030)]
    assert inside.elapsed_us(*year) == 28 * 8 * 3_600 * SECOND
    assert isinstance(_asked(lambda: office.during(date(2026, 2, 1), date(2026, 7, 1)).elapsed_us(*year)), Exception)
    assert isinstance(_asked(lambda: office.during(date(2025, 2, 1), date(2026, 2, 1)).elapsed_us(*year)), Exception)


def test_sla_19_28_the_last_and_the_first_known_date_are_found_from_either_side():
    """SLA-19, 28: the date a search starts from never counts, so it need not be known itself."""
    known = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC", known_from="2026-03-02", known_until="2026-03-03")
    monday, tuesday = date(2026, 3, 2).toordinal(), date(2026, 3, 3).toordinal()
    assert known.working_day(monday, 1) == known.working_day(tuesday + 1, -1) == tuesday
    assert known.working_day(tuesday, -1) == known.working_day(monday - 1, 1) == monday
    for day, n in ((tuesday, 1), (monday, -1), (tuesday + 2, -1), (monday - 2, 1)):
        with pytest.raises(CalendarCoverageError):
            known.working_day(day, n)
