"""Laws of periods (KPI-3): half-open, in a zone of their own, tiling without gap or overlap."""

from datetime import date, timedelta

import pendulum
import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from servicedesk.metrics import Period

zones = st.sampled_from(
    ("Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC", "+08:00")
)
starts = st.sampled_from(("00:00", "08:00", "02:30", "00:30"))
UNITS = ("day", "week", "month", "quarter", "year")


@st.composite
def periods(draw, unit=None):
    unit = unit or draw(st.sampled_from(UNITS))
    day = draw(st.dates(date(1986, 1, 1), date(2030, 12, 28)) | st.dates(date(2011, 12, 20), date(2012, 1, 10)))
    number = {
        "day": (day.year, day.month, day.day),
        "week": day.isocalendar()[:2],
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month + 2) // 3),
        "year": (day.year,),
    }[unit]
    return getattr(Period, unit)(*number, zone=draw(zones), starts=draw(starts))


@given(periods())
def test_neighbours_tile(period):
    """KPI-3: the next period starts where this one ends, and going there and back changes nothing."""
    assert period.next().start_us == period.end_us
    assert period.previous().end_us == period.start_us
    assert period.next().previous() == period == period.previous().next()
    assert str(period.next().previous()) == str(period)


@given(periods(), st.sampled_from(UNITS))
@example(Period.day(2011, 12, 30, zone="Pacific/Apia", starts="08:00"), "day")
def test_pieces_tile_the_period(period, unit):
    """KPI-3, L3: every instant of a period is in exactly one piece; no piece is empty."""
    pieces = period.split(unit)
    borders = [period.start_us, *(piece.end_us for piece in pieces)]
    assert [piece.start_us for piece in pieces] == borders[:-1]
    assert borders[-1] == period.end_us
    assert borders == sorted(set(borders))
    event(f"{unit}: {'cut short' if any('part' in str(piece) for piece in pieces) else 'whole'}")


@given(periods(), st.data())
def test_pieces_that_are_not_cut_short_are_periods_of_their_own(period, data):
    """KPI-3: a quarter's months are months, with the months' names and neighbours."""
    for piece in period.split("month"):
        year, month = map(int, str(piece)[:7].split("-"))
        starts = str(piece)[-5:] if "from" in str(piece) else "00:00"
        if "part" not in str(piece):
            assert piece == Period.month(year, month, zone=period.zone, starts=starts)
            assert piece.next() == Period.month(year, month, zone=period.zone, starts=starts).next()


@given(periods("day"))
def test_a_period_starts_when_its_own_clocks_first_read_the_hour(period):
    """KPI-3, SLA-10: or later, where the hour is skipped; a microsecond before they do not read it yet."""
    day, _, hour = str(period).partition(" from ")
    wall = f"{day} {hour or '00:00'}:00"
    read = period.start.format("YYYY-MM-DD HH:mm:ss")
    event("skipped" if read != wall else "read")
    assert read >= wall
    earlier = period.start.subtract(microseconds=1).format("YYYY-MM-DD HH:mm:ss")
    assert earlier < wall


def test_a_period_is_half_open():
    """KPI-3."""
    march = Period.month(2026, 3, zone="Asia/Shanghai")
    assert march.start in march
    assert march.end not in march
    assert march.end - pendulum.duration(microseconds=1) in march


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (Period.day(2026, 3, 2, zone="Asia/Shanghai"), "2026-03-02T00:00:00+08:00", "2026-03-03T00:00:00+08:00"),
        (
            Period.day(2026, 3, 2, zone="Asia/Shanghai", starts="08:00"),
            "2026-03-02T08:00:00+08:00",
            "2026-03-03T08:00:00+08:00",
        ),
        (Period.week(2026, 1, zone="UTC"), "2025-12-29T00:00:00+00:00", "2026-01-05T00:00:00+00:00"),
        (Period.month(2026, 12, zone="UTC"), "2026-12-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
        (Period.quarter(2026, 4, zone="UTC"), "2026-10-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
        (Period.year(2026, zone="+08:00"), "2026-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        (Period.day(2026, 3, 29, zone="Europe/London"), "2026-03-29T00:00:00+00:00", "2026-03-30T00:00:00+01:00"),
    ],
)
def test_where_periods_start_and_end(period, start, end):
    """KPI-3: weeks start on Monday (ISO); a desk day starts at its hour."""
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


def test_days_on_which_clocks_change_have_their_own_length():
    """KPI-3: 23 and 25 hours in London, half an hour on Lord Howe, no time at all on a date that Samoa skipped."""
    lengths = [
        Period.day(2026, 3, 29, zone="Europe/London").duration,
        Period.day(2026, 10, 25, zone="Europe/London").duration,
        Period.day(2026, 4, 5, zone="Australia/Lord_Howe").duration,
        Period.day(2011, 12, 30, zone="Pacific/Apia").duration,
    ]
    assert lengths == [timedelta(hours=23), timedelta(hours=25), timedelta(hours=24.5), timedelta(0)]


def test_labels_and_texts():
    """KPI-3: a line prints which period it is of."""
    assert [str(unit) for unit in Period.year(2026, zone="UTC").split("quarter")] == [
        "2026-Q1",
        "2026-Q2",
        "2026-Q3",
        "2026-Q4",
    ]
    assert repr(Period.week(2026, 9, zone="Asia/Shanghai")) == "Period(2026-W09, Asia/Shanghai)"
    assert str(Period.day(2026, 3, 2, zone="UTC", starts="08:00")) == "2026-03-02 from 08:00"
    march = Period.month(2026, 3, zone="UTC").split("week")
    assert (str(march[0]), str(march[1])) == ("2026-W09 (part)", "2026-W10")
    assert str(Period(0, 60_000_000, zone="UTC")) == "1970-01-01T00:00:00+00:00 … 1970-01-01T00:01:00+00:00"


@given(st.integers(0, 10**15), st.integers(1, 10**13))
def test_a_period_of_two_instants_steps_by_its_own_length(start, length):
    """KPI-3."""
    period = Period(start, start + length, zone="UTC")
    assert (period.next().start_us, period.next().end_us) == (period.end_us, period.end_us + length)
    assert period.next().previous() == period


def test_one_stretch_of_time_in_two_zones_is_two_periods():
    """KPI-3: never the viewer's zone; the same instants elsewhere are another day."""
    day = Period.day(2026, 3, 2, zone="UTC")
    assert Period(day.start, day.end, zone="Asia/Shanghai") != day
    assert Period(day.start, day.end, zone="UTC", label="my day") == day
