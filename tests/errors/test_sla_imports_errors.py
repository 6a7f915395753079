"""Bad input to the importers (SLA §5): every problem at once with its path, and never a strange class of error."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import holidays
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.calendar_files import ics
from servicedesk.errors import DefinitionInvalid
from servicedesk.sla import Entries, from_holidays, from_ics, from_notices

GOOD = json.loads((Path(__file__).parents[1] / "data" / "holiday_cn" / "2026.json").read_text(encoding="utf-8"))
OFF = {"name": "元旦", "date": "2026-01-01", "isOffDay": True}
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def problems(act) -> list[tuple[str, str]]:
    with pytest.raises(DefinitionInvalid) as caught:
        act()
    return [(problem.path, problem.message) for problem in caught.value.problems]


def notice(year: object = 2026, *days: object) -> dict[str, object]:
    return {"year": year, "days": list(days or (OFF,))}


# --- notices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tables", "path", "message"),
    [
        ((), "tables", "there are none; pass the notice of at least one year"),
        (({"year": 2026},), "tables[0].days", "None is no list of days"),
        (({"year": 2026, "days": "2026-01-01"},), "tables[0].days", "'2026-01-01' is no list of days"),
        (({"year": 2026, "days": []},), "tables[0].days", "it is empty and covers nothing; leave out what is not"),
        (({"days": [OFF]},), "tables[0].year", "None is no year"),
        ((notice("2026"),), "tables[0].year", "'2026' is no year"),
        ((notice(1.0),), "tables[0].year", "1.0 is no year"),
        ((notice(0),), "tables[0].year", "0 is no year"),
        ((notice(10_000),), "tables[0].year", "10000 is no year"),
        ((notice(), notice()), "tables[1].year", "the notice of 2026 is tables[0] too; a revised notice is a whole"),
        ((notice(2026, 5),), "tables[0].days[0]", "5 is no table with 'name', 'date' and 'isOffDay'"),
        ((notice(2026, OFF | {"date": "2026-02-30"}),), "tables[0].days[0].date", "'2026-02-30' is no date"),
        ((notice(2026, OFF | {"date": None}),), "tables[0].days[0].date", "None is no date; write '2026-02-14'"),
        ((notice(2026, OFF | {"name": 5}),), "tables[0].days[0].name", "5 is no text"),
        ((notice(2026, OFF | {"isOffDay": 1}),), "tables[0].days[0].isOffDay", "1 is neither true (a day off) nor"),
        (
            (notice(2026, OFF | {"date": "2025-11-30"}),),
            "tables[0].days[0].date",
            "2025-11-30 is ruled by no notice of",
        ),
        ((notice(2026, OFF | {"date": "2027-01-01"}),), "tables[0].days[0].date", "that rules 2026 and the last days"),
    ],
)
def test_sla_30_a_notice_that_cannot_stand(tables, path, message):
    """SLA-30, SLA-31: path, value and what is wanted."""
    ((found, text),) = problems(lambda: from_notices(*tables))
    assert found == path
    assert message in text


def test_sla_31_missing_years_are_named():
    """SLA-31: one, or a stretch of them."""
    days = {year: notice(year, OFF | {"date": f"{year}-01-01"}) for year in (2020, 2022, 2026)}
    assert problems(lambda: from_notices(*days.values())) == [
        ("tables", "the notice of 2021 is missing between 2020 and 2022; load it"),
        ("tables", "the notice of 2023 to 2025 is missing between 2022 and 2026; load it"),
    ]


def test_sla_35_a_date_ruled_in_two_ways_names_both():
    """SLA-35: within one notice, and between two."""
    eve = OFF | {"date": "2025-12-31"}
    tables = (notice(2026, eve, OFF, OFF | {"isOffDay": False}), notice(2025, eve | {"isOffDay": False}))
    found = problems(lambda: from_notices(*tables))
    assert [path for path, _ in found] == ["tables[0].days[0].isOffDay", "tables[0].days[2].isOffDay"]
    eve_text, new_year_text = (message for _, message in found)
    assert eve_text.startswith(
        "2025-12-31 is a day off in the notice of 2026 (tables[0].days[0]), but a working day in"
    )
    assert eve_text.endswith("the notice of 2025 (tables[1].days[0]); correct one")
    assert new_year_text.startswith(
        "2026-01-01 is a working day in the notice of 2026 (tables[0].days[2]), but a day off"
    )


def test_sla_83_all_problems_of_all_notices_come_at_once():
    """SLA-83: days first, then years, then the hours."""
    tables = (notice(2026, OFF | {"date": "x", "name": None}, 7), {"year": 2028, "days": []})
    found = [path for path, _ in problems(lambda: from_notices(*tables, makeup="as Xyz"))]
    assert found == [
        "tables[0].days[0].date",
        "tables[0].days[0].name",
        "tables[0].days[1]",
        "tables[1].days",
        "tables",
        "makeup",
    ]


@pytest.mark.parametrize("makeup", ["as Xyz", "weekly", "closed", "makeup", "makeup as Mon", "", "9-12", "09:00-09:00"])
def test_sla_32_make_up_hours_that_are_none(makeup):
    """SLA-32: a weekday or windows."""
    for act in (
        lambda: from_notices(GOOD, makeup=makeup),
        lambda: from_holidays(holidays.China(), *YEAR, known_until=YEAR[1], makeup=makeup),
    ):
        assert {path for path, _ in problems(act)} == {"makeup"}


@pytest.mark.parametrize(
    "act",
    [
        lambda: from_notices("2026.json"),
        lambda: from_notices([OFF]),
        lambda: from_notices(GOOD, None),
        lambda: from_notices(GOOD, makeup=8),
        lambda: from_holidays({date(2026, 1, 1): "x"}, *YEAR),
        lambda: from_holidays("CN", *YEAR),
        lambda: from_holidays(holidays.Germany(), "2026-01-01", YEAR[1]),
        lambda: from_holidays(holidays.Germany(), YEAR[0], datetime(2026, 12, 31)),
        lambda: from_holidays(holidays.Germany(), *YEAR, known_until="2026-12-31"),
        lambda: from_ics(b"BEGIN:VCALENDAR", *YEAR, zone="UTC"),
        lambda: from_ics(None, *YEAR, zone="UTC"),
        lambda: from_ics("", 2026, YEAR[1], zone="UTC"),
        lambda: from_ics("", YEAR[0], None, zone="UTC"),
    ],
)
def test_an_argument_of_a_wrong_type_is_a_type_error(act):
    """SLA §5: the message names what is wanted."""
    with pytest.raises(TypeError, match=r"must be (a|an|the) "):
        act()


@pytest.mark.parametrize(
    "read", [lambda *ends: from_holidays(holidays.Germany(), *ends), lambda *ends: from_ics("", *ends, zone="UTC")]
)
def test_a_range_that_goes_back_is_a_value_error(read):
    """SLA §5: reversed ranges, both values."""
    with pytest.raises(ValueError, match="from 2026-12-31 back to 2026-01-01"):
        read(*reversed(YEAR))


# --- the package holidays ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("country", ["CN", "HU", "RU", "TW", "UA"])
@pytest.mark.parametrize("year", [2026, 2027])
def test_sla_33_countries_that_move_working_days_require_known_until(country, year):
    """SLA-33: also for years of which the package knows no make-up day."""
    ((path, message),) = problems(
        lambda: from_holidays(holidays.country_holidays(country), date(year, 1, 1), date(year, 12, 31))
    )
    assert path == "known_until"
    assert "pass the last date whose make-up days are published" in message


@pytest.mark.parametrize("known", [date(2025, 12, 31), date(2027, 1, 1)])
def test_sla_33_known_until_lies_inside_what_is_read(known):
    ((path, message),) = problems(lambda: from_holidays(holidays.China(), *YEAR, known_until=known))
    assert path == "known_until"
    assert message == f"{known} lies outside what is read, 2026-01-01 to 2026-12-31"


@pytest.mark.parametrize(
    ("first", "last", "options", "path"),
    [
        (date(2002, 12, 31), date(2026, 1, 1), {}, "first"),
        (date(2026, 1, 1), date(2027, 1, 1), {}, "last"),
        (date(2026, 1, 1), date(2027, 1, 1), {"known_until": date(2027, 1, 1)}, "known_until"),
    ],
)
def test_sla_33_a_table_does_not_end_silently(first, last, options, path):
    """Trap "table ends silently": outside its years, 2003 to 2026 for Sri Lanka, the package gives no date at all."""
    ((found, message),) = problems(lambda: from_holidays(holidays.country_holidays("LK"), first, last, **options))
    assert found == path
    assert "lies outside 2003 to 2026, the years the package has data for" in message


def test_sla_33_a_sum_of_tables_has_lost_its_make_up_days():
    """SLA-33: so it is refused; its parts are read one by one."""
    for both in (holidays.China() + holidays.Germany(), holidays.China() + holidays.China(categories="half_day")):
        assert both.weekend_workdays == set()
        ((path, message),) = problems(lambda both=both: from_holidays(both, *YEAR))
        assert path == "obj"
        assert "a sum of tables forgets their make-up days; read each part" in message


# --- calendar files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "path", "message"),
    [
        ("SUMMARY:x", "DTSTART", "there is none"),
        ("DTSTART:2026", "DTSTART", "it cannot be read"),
        ("DTSTART:20260302T100000.5", "DTSTART", "it cannot be read"),
        ("DTSTART:20260302\nDTSTART:20260303", "DTSTART", "it is given more than once"),
        ("DTSTART:100000", "DTSTART", "is neither a date nor a time of a date"),
        ("DTSTART;TZID=Asia/Shangai:20260302T100000", "DTSTART", "TZID 'Asia/Shangai' is no zone of the IANA database"),
        ("DTSTART:20260302T100000\nEXDATE;TZID=Nowhere:20260302T100000", "EXDATE", "TZID 'Nowhere' is no zone"),
        ("DTSTART:20260302T100000\nRDATE;TZID=Nowhere:20260305T100000", "RDATE", "TZID 'Nowhere' is no zone"),
        ("DTSTART:20260302T100000\nDTEND:20260302T090000", "DTEND", "before it starts"),
        ("DTSTART:02260302\nDTEND:20260303\nRRULE:FREQ=DAILY", "DTEND", "more than ten years after its start"),
        ("DTSTART:20260302\nDTEND:20260301", "DTEND", "it ends at 2026-03-01, before it starts, 2026-03-02"),
        ("DTSTART:20260302\nDTEND:20260302T100000", "DTEND", "write two dates or two times"),
        ("DTSTART:20260302T100000\nDTEND 20260302T110000", "line", "it cannot be read"),
        ("DTSTART:20260302T100000\nDURATION:-PT1H", "DURATION", "before it starts"),
        ("DTSTART:20260302T100000\nDURATION:1h", "DURATION", "it cannot be read"),
        ("DTSTART:20260302T100000\nDURATION:20260302", "DURATION", "is no length"),
        ("DTSTART:20260302T100000\nDURATION:P9999999D", "DURATION", "is no length"),
        ("DTSTART:20260302\nDURATION:PT36H", "DURATION", "is no length"),
        ("DTSTART:20260302\nRRULE:FREQ=FORTNIGHTLY", "RRULE", "it cannot be read"),
        ("DTSTART:20260302\nRRULE:COUNT=3", "RRULE", "a rule repeats HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=SECONDLY", "RRULE", "a rule repeats HOURLY"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=minutely", "RRULE", "a rule repeats HOURLY"),
        ("DTSTART:20260302\nRRULE:FREQ=DAILY;INTERVAL=0", "RRULE", "an INTERVAL is at least 1"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=DAILY;UNTIL=PT1H", "RRULE", "write a date or a time"),
        ("DTSTART:20260302\nEXRULE:FREQ=DAILY", "EXRULE", "write the dates as EXDATE"),
    ],
)
def test_sla_34_an_event_that_cannot_be_read(lines, path, message):
    """SLA-34: what the packages would pass over, turn round or never finish is a problem with its place."""
    text = ics("DTSTART:20260101", lines)
    found = problems(lambda: from_ics(text, *YEAR, zone="UTC"))
    assert [place for place, _ in found] == [f"events[1].{path}"]
    assert message in found[0][1]


def test_sla_34_a_zone_that_only_the_file_defines_is_unknown_whatever_was_read_before():
    """SLA-34: the package remembers it from one file to the next; two files would get one file's zone."""
    zone = """BEGIN:VTIMEZONE\nTZID:Plant\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0530
        TZOFFSETTO:+0530\nEND:STANDARD\nEND:VTIMEZONE"""
    event = "DTSTART;TZID=Plant:20260302T100000\nDURATION:PT1H"
    for head in (zone, ""):
        found = problems(lambda head=head: from_ics(ics(event, head=head), *YEAR, zone="UTC"))
        assert found == [
            ("events[0].DTSTART", "TZID 'Plant' is no zone of the IANA database; write one like 'Asia/Shanghai'")
        ]


def test_sla_34_two_events_of_one_uid_are_a_problem():
    """SLA-34: the expander keeps one and says nothing."""
    text = ics("UID:a\nDTSTART:20260101", "UID:b\nDTSTART:20260101", "UID:a\nDTSTART:20260501")
    assert problems(lambda: from_ics(text, *YEAR, zone="UTC")) == [
        ("events[2].UID", "'a' is events[0] too; each needs its own")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "hello\nworld",
        "BEGIN:VEVENT\r\nDTSTART:20260101\r\nEND:VEVENT\r\n",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260101\r\nEND:VEVENT\r\n",  # cut off
        __file__,  # no name of a file is ever opened
    ],
)
def test_sla_34_text_that_is_no_calendar_file(text):
    ((path, message),) = problems(lambda: from_ics(text, *YEAR, zone="UTC"))
    assert path == "text"
    assert "it is no calendar file" in message


@pytest.mark.parametrize("head", ["CALSCALE:CHINESE"])
def test_sla_34_what_the_expander_refuses_is_the_authors_fault(head):
    ((path, message),) = problems(lambda: from_ics(ics("DTSTART:20260101", head=head), *YEAR, zone="UTC"))
    assert path == "events"
    assert "Gregorian" in message


def test_sla_34_unknown_zones_and_kinds():
    assert [path for path, _ in problems(lambda: from_ics("", *YEAR, zone="CST"))] == ["zone"]
    assert problems(lambda: from_ics("", *YEAR, zone="UTC", kind="holiday")) == [
        ("kind", "'holiday' is neither 'break' nor 'extra'")
    ]


# --- whatever comes ---------------------------------------------------------------------------------------------------

KEYS = ("year", "days", "name", "date", "isOffDay")
junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from((OFF, "2026-01-01")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)
days = st.builds(
    dict,
    name=st.text(max_size=3),
    date=st.dates(date(2025, 12, 1), date(2026, 12, 31)).map(str),
    isOffDay=st.booleans(),
)
damaged_days = st.builds(lambda day, key, value: day | {key: value}, days, st.sampled_from(KEYS), junk)
tables = st.builds(notice, st.just(2026), days, days)
damaged_tables = (
    st.builds(notice, st.sampled_from((2024, 2025, 2026)), damaged_days | days, damaged_days | junk)
    | st.builds(lambda table, key, value: table | {key: value}, tables, st.sampled_from(KEYS), junk)
    | st.dictionaries(st.sampled_from(KEYS), junk, max_size=3)
)


@given(tables=st.lists(tables | damaged_tables, max_size=2))
def test_law_a_damaged_notice_is_read_or_refused(tables):
    """SLA-83: `DefinitionInvalid`, or entries; no other error."""
    try:
        entries = from_notices(*tables)
    except DefinitionInvalid as error:
        event(f"refused: {error.problems[0].path.rpartition('.')[2]}")
    else:
        event("read")
        assert isinstance(entries, Entries)


SEED = ics(
    "UID:a\nSUMMARY:a\nDTSTART;TZID=Asia/Shanghai:20260304T140000\nDTEND;TZID=Asia/Shanghai:20260304T160000\n"
    "RRULE:FREQ=MONTHLY;BYDAY=1WE;UNTIL=20270101T000000Z\nEXDATE;TZID=Asia/Shanghai:20260401T140000",
    "UID:a\nRECURRENCE-ID;TZID=Asia/Shanghai:20260506T140000\nDTSTART:20260507T140000\nDURATION:PT90M\nSTATUS:TENTATIVE",
    "UID:b\nDTSTART;VALUE=DATE:20260630\nDTEND;VALUE=DATE:20260702\nRDATE;VALUE=DATE:20260801\nTRANSP:TRANSPARENT",
    "UID:c\nDTSTART:20260701T000000Z\nRDATE;VALUE=PERIOD:20260705T100000Z/PT2H\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=5",
    head="X-WR-TIMEZONE:Asia/Shanghai\nX-WR-CALNAME:x",
)
DIGITS = [place for place, sign in enumerate(SEED) if sign.isdigit()]
digits = st.tuples(st.sampled_from(DIGITS), st.just(1), st.sampled_from("0123456789"))
words = st.sampled_from((*";:,=-TZP/", "FREQ=DAILY", "COUNT=", "BYDAY=5FR", "UNTIL=", "TZID=", ";VALUE=DATE")) | (
    st.sampled_from(("99991231", "00010101", "-PT9H", "RANGE=THISANDFUTURE"))
)
signs = st.sampled_from(("\r\n", "\r\n ", "\x00", "é", '"', "END:VEVENT\r\n", "BEGIN:VEVENT\r\n")) | st.text(max_size=3)
edits = st.tuples(st.integers(0, len(SEED)), st.integers(0, 12), words | signs)
line_edits = st.tuples(st.integers(0, SEED.count("\r\n")), st.integers(0, SEED.count("\r\n")))


@given(
    edits=st.lists(digits, max_size=3) | st.lists(digits | edits, max_size=3),
    moves=st.lists(line_edits, max_size=2),
    zone=st.sampled_from(("UTC", "Europe/London")),
)
def test_law_a_damaged_calendar_file_is_read_or_refused(edits, moves, zone):
    """SLA-34: `DefinitionInvalid`, or entries inside the range; no other error."""
    text = SEED
    for place, length, token in edits:
        text = text[:place] + token + text[place + length :]
    lines = text.splitlines(keepends=True)
    for source, target in moves:
        lines.insert(target, lines[source % len(lines)])
    try:
        entries = from_ics("".join(lines), *YEAR, zone=zone)
    except DefinitionInvalid as error:
        event(f"refused: {error.problems[0].path.rpartition('.')[2]}")
    else:
        event("read")
        assert all(YEAR[0] <= entry.date <= YEAR[1] for entry in entries)


@given(text=st.text() | st.text(alphabet="BEGIN:VCALENDARTDS\r\n;=", max_size=60))
def test_law_any_other_text_is_refused(text):
    """SLA-34: nothing that is no calendar file passes for one without events."""
    with pytest.raises(DefinitionInvalid):
        from_ics(text, *YEAR, zone="UTC")
