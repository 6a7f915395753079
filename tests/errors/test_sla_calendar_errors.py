"""Bad input to calendars (SLA §5): class, attributes, and what the message names; and nothing else ever comes out."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime

import pendulum
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk.errors import CalendarCoverageError, DefinitionInvalid, NoWorkingTime, Problem
from servicedesk.plain import from_plain, to_plain
from servicedesk.sla import Calendar, CalendarHistory, Entry

WEEK = "Mon-Fri 09:00-17:00"
MONDAY = pendulum.datetime(2026, 3, 2, 10, tz="Asia/Shanghai")


def problems(act) -> list[Problem]:
    with pytest.raises(DefinitionInvalid) as caught:
        act()
    return list(caught.value.problems)


def weekly(text: object = WEEK, zone: object = "Asia/Shanghai", **layers: object) -> Calendar:
    return Calendar.weekly(text, zone=zone, **layers)


@pytest.mark.parametrize(
    ("layers", "path", "message"),
    [
        ({"holidays": "2026-01-01"}, "holidays", "is no table; write holidays = {'2026-02-15..2026-02-23'"),
        ({"holidays": ["2026-02-30"]}, "holidays['2026-02-30']", "'2026-02-30' is no date; write '2026-02-14'"),
        ({"holidays": ["20260214"]}, "holidays['20260214']", "is no date; write '2026-02-14'"),
        (
            {"holidays": ["2026-02-03..2026-02-01"]},
            "holidays['2026-02-03..2026-02-01']",
            "ends before it begins: 2026-02-03 > 2026-02-01",
        ),
        ({"holidays": ["2026-02-01..x"]}, "holidays['2026-02-01..x']", "'x' is no date"),
        ({"holidays": ["2026-01-01..2026-01-02..2026-01-03"]}, None, "is no range; write '2026-02-15..2026-02-23'"),
        ({"holidays": ["2020-01-01..2031-01-01"]}, None, "longer than ten years"),
        ({"holidays": {"2026-01-01": 5}}, "holidays['2026-01-01']", "5 is neither text nor a table of hours, name"),
        ({"holidays": {"2026-01-01": {"name": 5}}}, "holidays['2026-01-01'].name", "5 is no text"),
        ({"holidays": {"2026-01-01": {"nam": "x"}}}, "holidays['2026-01-01'].nam", "did you mean 'name'?"),
        ({"holidays": {"2026-01-01": {"hours": "09:00-10:00"}}}, None, "a holiday has no hours, not '09:00-10:00'"),
        ({"special": ["2026-01-01"]}, "special", "is no table; write special = {'2026-02-14': '09:00-13:00'}"),
        (
            {"special": {"2026-01-01": "as Monday"}},
            "special['2026-01-01'].hours",
            "names no weekday; did you mean 'Mon'",
        ),
        ({"special": {"2026-01-01": ""}}, "special['2026-01-01'].hours", "'as Mon', 'weekly', 'closed' or 'makeup'"),
        ({"special": {"2026-01-01": "9-13"}}, "special['2026-01-01'].hours", "'9-13' is no window; write HH:MM-HH:MM"),
        ({"special": {"2026-01-01": "10:00-10:00"}}, None, "opens and closes at once; write 00:00-24:00"),
        (
            {"special": {"2026-01-01": "09:00-12:00, 11:00-13:00"}},
            "special['2026-01-01'].hours",
            "11:00-13:00 and 09:00-12:00 overlap; write one window, or let them touch",
        ),
        (
            {"breaks": {"2026-01-01": "as Mon"}},
            "breaks['2026-01-01'].hours",
            "is for special days; break hours are windows",
        ),
        ({"extra": {"2026-01-01": "closed"}}, "extra['2026-01-01'].hours", "extra hours are windows like '12"),
        (
            {"breaks": {"2026-01-01": {"hours": "09:00-10:00", "status": "maybe"}}},
            None,
            "'maybe' is neither 'confirmed'",
        ),
        ({"seasons": "summer"}, "seasons", "'summer' is no table; write seasons = {'06-01..09-30'"),
        ({"seasons": {"summer": WEEK}}, "seasons['summer']", "'summer' is no part of a year; write '06-01..09-30'"),
        ({"seasons": {"0６-01..09-30": WEEK}}, "seasons['0６-01..09-30']", "is no part of a year"),
        ({"seasons": {"02-30..03-01": WEEK}}, "seasons['02-30..03-01']", "is no part of a year"),
        ({"seasons": {"06-01..09-30": "Mo 09:00-12:00"}}, "seasons['06-01..09-30']", "did you mean 'Mon'?"),
        ({"seasons": {"06-01..09-30": 5}}, "seasons['06-01..09-30']", "5 is no weekly text like"),
        (
            {"seasons": {"06-01..09-30": WEEK, "12-01..06-01": WEEK}},
            "seasons['12-01..06-01']",
            "it overlaps the season 06-01..09-30; a date has one season",
        ),
        ({"entries": ["2026-01-01"]}, "entries[0]", "'2026-01-01' is no Entry"),
        ({"entries": 5}, "entries[0]", "5 is no Entry"),
        ({"known_until": "end of year"}, "known_until", "'end of year' is no date"),
        ({"known_from": datetime(2026, 1, 1)}, "known_from", "is no date"),
        (
            {"known_from": "2026-01-02", "known_until": "2026-01-01"},
            "known_until",
            "2026-01-01 lies before known_from, 2026-01-02",
        ),
        ({"beyond": "asume"}, "beyond", "'asume' is none of 'raise', 'assume'; did you mean 'assume'?"),
        ({"on_conflict": "both"}, "on_conflict", "'both' is none of error, special, holiday"),
        ({"holiday_cuts": "noon"}, "holiday_cuts", "'noon' is none of '', 'midnight'"),
        ({"zone": "CST"}, "zone", "'CST' is no time zone"),
        ({"zone": 8}, "zone", "8 has no IANA key; write zone='Asia/Shanghai'"),
    ],
)
def test_sla_12_a_layer_that_cannot_stand_says_where_and_what_is_possible(layers, path, message):
    """SLA-12, 16, 83: one problem each, under ``calendar``, with the fragment and the way out."""
    (found,) = problems(lambda: weekly(**layers))
    assert path is None or found.path == f"calendar.{path}"
    assert found.path.startswith("calendar.")
    assert message in found.message
    assert found.severity == "error"


def test_sla_13_a_date_that_is_holiday_and_special_names_both_and_the_way_out():
    """SLA-13: peers differ silently; here the author decides."""
    both = {"holidays": {"2026-02-14": "festival"}, "special": {"2026-02-14": "as Mon"}}
    (found,) = problems(lambda: weekly(**both))
    assert found.path == "calendar.entries['2026-02-14']"
    assert found.message == (
        "2026-02-14 holiday: festival and 2026-02-14 special as Mon cannot both stand; "
        "pass on_conflict='special' or 'holiday'"
    )
    day = date(2026, 2, 14)
    assert weekly(**both, on_conflict="special").is_working_date(day) is True
    assert weekly(**both, on_conflict="holiday").is_working_date(day) is False


def test_sla_35_sources_that_disagree_are_named_and_prefer_decides():
    """SLA-35: in the order they are trusted; those that agree need no decision."""
    day = date(2026, 3, 4)
    one, two = Entry(day, "holiday", source="notice 2026"), Entry(day, "special", "10:00-11:00", source="mail")
    (found,) = problems(lambda: weekly(entries=[one, two]))
    for named in ("2026-03-04 holiday: (notice 2026)", "special 10:00-11:00: (mail)", "prefer=('notice 2026', 'mail')"):
        assert named in found.message
    assert "on_conflict" in found.message
    assert not weekly(entries=[one, two], prefer=["notice 2026"]).is_working_date(day)
    assert weekly(entries=[one, two], prefer=["mail", "notice 2026"]).is_working_date(day)
    again = Entry(day, "holiday", name="the same", source="another")
    assert not weekly(entries=[one, again]).is_working_date(day)
    (found,) = problems(lambda: weekly(entries=[two, Entry(day, "special", "as Sun", source="table")]))
    assert "prefer=('mail', 'table')" in found.message
    assert "on_conflict" not in found.message


def test_sla_32_make_up_hours_that_differ_ask_for_a_weekday():
    """SLA-32: and name the date."""
    text = "Mon-Thu 09:00-17:00; Fri 09:00-15:00"
    (found,) = problems(lambda: weekly(text, special={"2026-02-14": "makeup"}))
    assert found.path == "calendar.entries['2026-02-14']"
    assert "the working weekdays differ; name a weekday, makeup='as Mon'" in found.message
    assert weekly(text, special={"2026-02-14": "makeup as Fri"}).is_working_date(date(2026, 2, 14))


def test_sla_17_only_closing_exceptions_do_not_open_a_calendar():
    """SLA-17: not the season, the special day nor the entry that closes; a dated window does."""
    for layers in ({"seasons": {"01-01..12-31": "closed"}}, {"special": {"2026-01-01": "closed"}}, {"breaks": {}}):
        (found,) = problems(lambda layers=layers: weekly("closed", **layers))
        assert (found.path, "never opens" in found.message) == ("calendar.weekly", True)
    assert weekly("closed", extra={"2026-01-01": "09:00-10:00"}).next_open(MONDAY.subtract(years=1)).day == 1


def test_sla_83_all_problems_of_all_layers_come_at_once_in_order():
    """SLA-83: the author corrects the file once."""
    found = problems(
        lambda: weekly(
            "Mo 09:00-10:00",
            "CST",
            seasons={"summer": WEEK},
            holidays=["2026-13-01"],
            special={"2026-01-01": "as Mo"},
            breaks={"2026-01-02": "x"},
            extra={"2026-01-03": ""},
            entries=[None],
            known_until="soon",
            beyond="so",
        )
    )
    assert [problem.path.removeprefix("calendar.").partition("[")[0] for problem in found] == [
        "beyond",
        "weekly",
        "zone",
        "seasons",
        "holidays",
        "special",
        "breaks",
        "extra",
        "entries",
        "known_until",
    ]
    with pytest.raises(DefinitionInvalid, match="calendar: 10 problems"):
        weekly(
            "Mo 09:00-10:00",
            "CST",
            seasons={"summer": WEEK},
            holidays=["2026-13-01"],
            special={"2026-01-01": "as Mo"},
            breaks={"2026-01-02": "x"},
            extra={"2026-01-03": ""},
            entries=[None],
            known_until="soon",
            beyond="so",
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2026-02-14", "holiday"), "the date of an entry is a date, not str '2026-02-14'"),
        ((datetime(2026, 2, 14, tzinfo=UTC), "holiday"), "the date of an entry is a date, not datetime"),
        ((date(2026, 2, 14), "special", None), "the hours of an entry is a text, not NoneType None"),
    ],
)
def test_sla_12_an_entry_of_the_wrong_types_is_a_type_error(arguments, message):
    with pytest.raises(TypeError, match=message):
        Entry(*arguments)


def test_sla_12_an_entry_of_an_unknown_kind_names_the_known_ones():
    (found,) = problems(lambda: Entry(date(2026, 2, 14), "holliday"))
    assert (found.path, found.message) == (
        "2026-02-14.kind",
        "'holliday' is none of holiday, special, break, extra; did you mean 'holiday'?",
    )


def test_sla_19_a_query_outside_the_coverage_names_calendar_version_and_first_unknown_date():
    """SLA-19: with what is known and the three ways out."""
    calendar = weekly(name="O", version="2026", known_from="2025-01-01", known_until="2026-12-28")
    assert calendar.elapsed(MONDAY, pendulum.datetime(2026, 12, 29, tz="Asia/Shanghai")).days > 0
    with pytest.raises(CalendarCoverageError) as caught:
        calendar.elapsed(MONDAY, pendulum.datetime(2026, 12, 29, 0, 0, 0, 1, tz="Asia/Shanghai"))
    error = caught.value
    assert (error.calendar, error.day) == ("O 2026", date(2026, 12, 29))
    assert (error.known_from, error.known_until) == (date(2025, 1, 1), date(2026, 12, 28))
    for named in ("'O 2026' does not know 2026-12-29", "until 2026-12-28", "notice of 2027", "known_until", "assume"):
        assert named in str(error)
    for act, day in (
        (lambda: calendar.previous_open(pendulum.datetime(2025, 1, 1, tz="Asia/Shanghai")), date(2024, 12, 31)),
        (lambda: calendar.is_open(pendulum.datetime(2020, 5, 1, tz="Asia/Shanghai")), date(2020, 5, 1)),
        (lambda: calendar.is_working_date(date(2027, 3, 1)), date(2027, 3, 1)),
        (lambda: calendar.working_day(date(2026, 12, 28).toordinal(), 1), date(2026, 12, 29)),
        (lambda: calendar.working_day(date(2025, 1, 2).toordinal(), -2), date(2024, 12, 31)),
        (lambda: calendar.explain(MONDAY, MONDAY.add(years=3)), date(2026, 12, 29)),
    ):
        with pytest.raises(CalendarCoverageError) as caught:
            act()
        assert caught.value.day == day


def test_sla_26_a_calendar_that_ends_names_its_last_window():
    """SLA-17, 26: calendar, start, amount, last dated window."""
    ends = weekly("closed", zone="UTC", name="fair", extra={"2026-03-05": "09:00-10:00"})
    with pytest.raises(NoWorkingTime) as caught:
        ends.add(MONDAY, "90min")
    error = caught.value
    assert (error.calendar, error.start, error.amount) == ("fair", MONDAY, "1h30min")
    assert error.last == pendulum.datetime(2026, 3, 5, 10)
    assert "'fair' has no 1h30min of working time after" in str(error)
    with pytest.raises(NoWorkingTime, match="'fair' has no 2 working days"):
        ends.working_day(MONDAY.toordinal(), 2)


@pytest.mark.parametrize(
    ("act", "error", "names"),
    [
        (lambda one: one.explain(MONDAY, MONDAY.subtract(hours=1)), ValueError, ("start <= end", "10:00", "09:00")),
        (lambda one: one.during(date(2026, 2, 1), date(2026, 1, 1)), ValueError, ("2026-02-01 > 2026-01-01",)),
        (lambda one: one.during("2026-02-01", date(2026, 3, 1)), TypeError, ("is a civil date, not str",)),
        (lambda one: one & 5, TypeError, ("unsupported operand",)),
        (lambda one: one.is_working_date("2026-02-01"), TypeError, ("is a civil date, not str",)),
        (lambda _: CalendarHistory([]), DefinitionInvalid, ("versions", "(published, calendar)")),
        (lambda one: CalendarHistory([(MONDAY, one), (MONDAY, one)]), DefinitionInvalid, ("at one instant",)),
        (
            lambda one: CalendarHistory([(MONDAY, one)]).as_known_on(0),
            ValueError,
            ("first version came on 2026-03-02",),
        ),
    ],
)
def test_sla_18_to_28_arguments_that_make_no_sense_name_themselves(act, error, names):
    with pytest.raises(error) as caught:
        act(weekly())
    assert all(name in str(caught.value) for name in names), caught.value


# --- whatever stands in a file ------------------------------------------------------------------------------------

words = st.sampled_from(
    ["", "Mon 09:00-10:00", "closed", "weekly", "makeup", "as Mon", "as", "22:00-06:00", "24:00-01:00", "UTC", "CST"]
) | st.sampled_from(
    ["2026-01-01", "2026-01-01..2026-01-03", "0000-01-01", "9999-12-31", "06-01..02-29", "special", "midnight", "raise"]
)
scalars = words | st.text(max_size=6) | st.integers() | st.booleans() | st.none() | st.floats() | st.dates()
junk = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(scalars, inner, max_size=3), max_leaves=8
)
KEYS = ["weekly", "zone", "name", "version", "beyond", "seasons", "holidays", "special", "breaks", "extra"]
KEYS += ["known_from", "known_until", "holiday_cuts", "and", "or", "minus", "during", "calendar", "first", "last"]

LAYERS = ("special", "breaks", "extra")
OFFICE = weekly(
    seasons={"06-01..09-30": "Mon-Fri 08:00-12:00"},
    holidays={"2026-02-15..2026-02-23": {"name": "festival", "source": "notice"}},
    special={"2026-02-14": "as Mon"},
    breaks={"2026-03-03": ["12:00-13:00", "15:00-15:30"]},
    extra={"2026-03-07": "22:00-02:00"},
    name="O",
    version="1",
    known_until="2026-12-28",
)
VALID = [
    to_plain(one) for one in (OFFICE, OFFICE & Calendar.always(), OFFICE.during(date(2026, 1, 1), date(2026, 6, 1)))
]


@st.composite
def mutated(draw):
    """Draw the data of a calendar with up to three places overwritten, renamed or removed."""
    data = copy.deepcopy(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 3))):
        at = data
        while isinstance(at, dict | list) and at:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            key = draw(st.sampled_from(keys))
            if not isinstance(at[key], dict | list) or draw(st.booleans()):
                break
            at = at[key]
        if not at:
            continue
        how = draw(st.sampled_from(("overwrite", "remove", "rename")))
        value = at.pop(key) if how != "overwrite" else None
        if how == "overwrite":
            at[key] = draw(junk)
        elif how == "rename" and isinstance(at, dict):
            at[draw(st.sampled_from(KEYS) | words)] = value
    return data


@given(junk | st.dictionaries(st.sampled_from(KEYS), junk, max_size=5) | mutated())
def test_sla_83_whatever_the_data_only_problems_come_out(data):
    """SLA-83: `from_plain` gives a calendar or all its problems, and `problems_of` never raises."""
    found = Calendar.problems_of(data)
    errors = [problem for problem in found if problem.severity == "error"]
    event(f"fine: {not errors}")
    assert all(problem.message and problem.path.startswith("calendar") for problem in found)
    if errors:
        assert [problem.message for problem in problems(lambda: from_plain(Calendar, data))] == [
            problem.message for problem in errors
        ]
    else:
        assert from_plain(Calendar, to_plain(from_plain(Calendar, data))) == from_plain(Calendar, data)


some_dates = st.sampled_from(("2026-01-01", "2026-01-02..2026-01-04", date(2026, 1, 3)))
some_hours = st.sampled_from(("09:00-10:00", "22:00-06:00", "as Mon", "weekly", "closed", "makeup", "09:00-09:00"))
layer_junk = st.one_of(
    *[st.dictionaries(some_dates, some_hours | st.lists(some_hours, max_size=2), max_size=3)] * 4,
    st.dictionaries(words | st.dates(), junk | words, max_size=3),
    junk,
)


@given(
    st.sampled_from((WEEK, WEEK, "closed", "daily 22:00-06:00", "Mon-Tue 09:00-17:00; Wed 10:00-11:00")) | words,
    st.sampled_from(("UTC", "+05:45", "Europe/London", "CST")),
    st.dictionaries(st.sampled_from([*LAYERS] * 4 + [*KEYS[2:13], "entries"]), layer_junk, max_size=4),
)
def test_sla_83_whatever_the_layers_only_definition_invalid_comes_out(text, zone, layers):
    """SLA-83: `Calendar.weekly` builds a calendar or lists its problems, each under ``calendar``."""
    found = _problems_or_none(lambda: Calendar.weekly(text, zone=zone, **layers))
    event("built" if found is None else f"problems: {min(len(found), 4)}")
    assert all(problem.path.startswith("calendar.") and problem.message for problem in found or ())
    assert found is None or found


def _problems_or_none(build) -> tuple[Problem, ...] | None:
    try:
        build().problems()
    except DefinitionInvalid as error:
        return error.problems
    return None


def test_sla_83_calendars_that_stand_in_each_other_without_end_are_refused():
    """SLA-82, 83: however deep the data is, the answer is a list of problems."""
    office = {"weekly": "Mon-Fri 09:00-17:00", "zone": "UTC"}
    for wrap in (lambda data: {"and": [data, office]}, lambda data: {"during": {"calendar": data}}):
        data = office
        for _ in range(5_000):
            data = wrap(data)
        (problem,) = Calendar.problems_of(data)
        assert str(problem) == "calendar: calendars stand in each other more than 32 deep"


def test_sla_83_a_name_or_version_is_text_that_can_be_stored():
    """SLA-83: found when the calendar is built, not when it is stored."""
    with pytest.raises(DefinitionInvalid) as caught:
        Calendar.weekly("Mon 09:00-17:00", zone="UTC", name=5, version="a\x00")
    assert [problem.path for problem in caught.value.problems] == ["calendar.name", "calendar.version"]
