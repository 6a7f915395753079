"""Columns are answered exactly as single values are, errors included (SLA-81, law 12)."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.sla_calendars import settings
from servicedesk.errors import CalendarCoverageError, NoWorkingTime, ServiceDeskError
from servicedesk.sla import Calendar
from servicedesk.sla.calendars.bulk import add_many, elapsed_many

MINUTE = 60_000_000
YEAR = 366 * 24 * 60 * MINUTE
MONDAY = 1_772_442_000_000_000  # 2026-03-02T09:00Z
OFFICE = Calendar.weekly("Mon-Fri 09:00-12:00, 13:00-17:00", zone="UTC")
KNOWN = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC", name="known", known_until="2026-03-31")
ENDS = Calendar.weekly("closed", zone="UTC", name="ends", extra={"2026-03-02": "09:00-10:00"})

offsets = st.one_of(st.integers(-3 * 24 * 60 * MINUTE, 3 * 24 * 60 * MINUTE), st.integers(-3 * YEAR, 3 * YEAR))
works = st.one_of(st.just(0), st.integers(1, 100 * 60 * MINUTE), st.integers(1, 5000).map(lambda count: count * MINUTE))
rolls = st.sampled_from(["close", "open"])


@given(settings(), st.lists(st.tuples(offsets, offsets), min_size=1, max_size=12))
def test_law_12_elapsed_of_columns_is_elapsed_of_each(setting, pairs):
    """SLA-81: near transitions and years away, in both directions."""
    noon = setting.place.noon * 1_000_000
    starts, ends = (np.array([noon + pair[side] for pair in pairs]) for side in (0, 1))
    expected = [setting.calendar.elapsed_us(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]
    assert elapsed_many(setting.calendar, starts, ends).tolist() == expected


@given(settings(), st.lists(st.tuples(offsets, works), min_size=1, max_size=12), rolls)
def test_law_12_add_of_columns_is_add_of_each(setting, rows, roll):
    """SLA-81: both rolls, no work at all, work that ends with a window."""
    noon = setting.place.noon * 1_000_000
    starts, worked = np.array([noon + row[0] for row in rows]), np.array([row[1] for row in rows])
    expected = [setting.calendar.add_us(int(a), int(b), roll) for a, b in zip(starts, worked, strict=True)]
    assert add_many(setting.calendar, starts, worked, roll).tolist() == expected


@cache
def wide_office() -> Calendar:
    """The office, compiled for ten years: once, for that takes its time."""
    calendar = Calendar.weekly(str(OFFICE), zone="UTC")
    calendar.elapsed_us(MONDAY - 5 * YEAR, MONDAY + 5 * YEAR)
    return calendar


@given(st.lists(st.integers(0, 7 * 24 * 60), min_size=1, max_size=40), rolls, st.booleans())
def test_law_12_whole_windows_land_where_one_value_does(minutes, roll, wide):
    """SLA-22, 81: amounts that are sums of whole windows, on a timeline that is already wide and on a fresh one."""
    calendar = wide_office() if wide else Calendar.weekly(str(OFFICE), zone="UTC")
    starts = MONDAY + np.array(minutes) * MINUTE
    worked = np.array([(minute % 15) * 60 * MINUTE for minute in minutes])
    expected = [OFFICE.add_us(int(a), int(b), roll) for a, b in zip(starts, worked, strict=True)]
    assert add_many(calendar, starts, worked, roll).tolist() == expected


@given(st.lists(st.tuples(offsets, works), min_size=1, max_size=8), rolls, st.sampled_from([KNOWN, ENDS]))
def test_sla_81_the_first_row_that_fails_raises_what_it_raises_alone(rows, roll, calendar):
    """SLA-81: coverage and the end of a calendar, whichever row comes first."""
    starts, worked = np.array([MONDAY + row[0] for row in rows]), np.array([row[1] for row in rows])

    def alone() -> object:
        try:
            return [calendar.add_us(int(a), int(b), roll) for a, b in zip(starts, worked, strict=True)]
        except ServiceDeskError as error:
            return type(error), str(error)

    def together() -> object:
        try:
            return add_many(calendar, starts, worked, roll).tolist()
        except ServiceDeskError as error:
            return type(error), str(error)

    expected = alone()
    event(expected[0].__name__ if isinstance(expected, tuple) else "answered")
    assert together() == expected


def test_sla_81_datetimes_of_every_unit_are_taken_and_given_back():
    """SLA-81: seconds, milliseconds, microseconds, and nanoseconds that are whole microseconds."""
    for unit in ("s", "ms", "us", "ns"):
        starts = np.array(["2026-03-02T09:00:00", "2026-03-06T16:00:00"], dtype=f"datetime64[{unit}]")
        ends = starts + np.timedelta64(3, "h")
        assert elapsed_many(OFFICE, starts, ends).tolist() == [timedelta(hours=3), timedelta(hours=1)]
        due = add_many(OFFICE, starts, "2h")
        assert due.dtype == np.dtype("datetime64[us]")
        assert due.astype(str).tolist() == ["2026-03-02T11:00:00.000000", "2026-03-09T10:00:00.000000"]


def test_sla_81_one_instant_serves_all_rows_and_no_rows_give_none():
    """SLA-81: columns of one length or a single value; empty columns."""
    ends = MONDAY + np.arange(3) * 60 * MINUTE
    assert elapsed_many(OFFICE, MONDAY, ends).tolist() == [0, 60 * MINUTE, 120 * MINUTE]
    assert elapsed_many(OFFICE, np.array([], dtype=np.int64), np.array([], dtype=np.int64)).tolist() == []
    assert add_many(OFFICE, np.array([], dtype=np.int64), "1h").tolist() == []


def test_sla_81_missing_instants_are_named_or_masked():
    """SLA-81: ``NaT`` raises with the first row, or stays missing."""
    starts = np.array(["2026-03-02T09:00", "NaT", "2026-03-02T10:00"], dtype="datetime64[us]")
    ends = np.array(["2026-03-02T10:00", "2026-03-02T10:00", "NaT"], dtype="datetime64[us]")
    with pytest.raises(ValueError, match=r"^row 1 is NaT; drop it, or pass missing='mask'$"):
        elapsed_many(OFFICE, starts, ends)
    found = elapsed_many(OFFICE, starts, ends, missing="mask")
    assert found.mask.tolist() == [False, True, True]
    assert found[0] == np.timedelta64(1, "h")
    due = add_many(OFFICE, starts, "1h", missing="mask")
    assert due.mask.tolist() == [False, True, False]
    nothing = elapsed_many(OFFICE, starts[1:2], ends[1:2], missing="mask")
    assert nothing.mask.tolist() == [True]


@pytest.mark.parametrize(
    ("starts", "ends", "error", "message"),
    [
        (np.array([1.5]), np.array([2.5]), TypeError, "never floats"),
        (np.array(["x"]), np.array([1]), TypeError, "never floats"),
        (np.array([1]), np.array(["2026-03-02"], dtype="datetime64[s]"), TypeError, "of two kinds"),
        (np.array(["2026-03-02"], dtype="datetime64[D]"), np.array(["2026-03-02"], dtype="datetime64[D]"), TypeError,
         "give seconds to nanoseconds"),
        (np.array([1], dtype="datetime64[ns]"), np.array([1], dtype="datetime64[ns]"), ValueError, "no whole micro"),
        (np.arange(2), np.arange(3), ValueError, "starts has"),
    ],
)  # fmt: skip  # a case a line
def test_sla_81_columns_that_cannot_be_read(starts, ends, error, message):
    """SLA-81: floats, other kinds, days, lost nanoseconds, rows that do not match."""
    with pytest.raises(error, match=message):
        elapsed_many(OFFICE, starts, ends)


def test_sla_81_other_wrong_arguments():
    """SLA-81: negative work, a mode that is none, no instants that a year holds."""
    with pytest.raises(ValueError, match="is negative; to go back from"):
        add_many(OFFICE, np.array([MONDAY, MONDAY]), np.array([1, -1]))
    with pytest.raises(ValueError, match="missing is 'raise' or 'mask'"):
        elapsed_many(OFFICE, MONDAY, MONDAY, missing="skip")
    with pytest.raises(OverflowError, match="lies outside the years"):
        elapsed_many(OFFICE, np.array([MONDAY, 2**62]), MONDAY)
    with pytest.raises(NoWorkingTime):
        add_many(OFFICE, np.array([MONDAY]), np.array([2**62]))
    with pytest.raises(CalendarCoverageError) as caught:
        elapsed_many(KNOWN, MONDAY, np.array([MONDAY, MONDAY + 60 * 24 * 60 * MINUTE]))
    assert str(caught.value.day) == "2026-04-01"
