"""Calendar files: which dates and hours their events become (SLA-34, example 29)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.calendar_files import Rule, ics, instant, recurrences
from oracles.minute_walk import zone_of
from oracles.sla_calendars import places
from servicedesk.sla import Calendar, Entries, from_ics

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def read(*events: str, zone: str = "Asia/Shanghai", **options: object) -> Entries:
    return from_ics(ics(*events), *YEAR, zone=zone, **options)


def texts(entries: Entries) -> list[str]:
    return [str(entry).removesuffix("(ICS)").strip(": ") for entry in entries]


# --- example 29 -------------------------------------------------------------------------------------------------------

TRAINING = """
UID:training
SUMMARY:training
DTSTART:20260304T140000
DTEND:20260304T160000
RRULE:FREQ=MONTHLY;BYDAY=1WE
EXDATE:20260401T140000
"""


def test_example_29_an_all_day_event_ends_before_its_dtend():
    """Example 29: 2026-06-30 to 2026-07-02 are two dates."""
    stocktaking = "SUMMARY:stocktaking\nDTSTART;VALUE=DATE:20260630\nDTEND;VALUE=DATE:20260702"
    assert texts(read(stocktaking)) == ["2026-06-30 holiday: stocktaking", "2026-07-01 holiday: stocktaking"]


def test_example_29_nine_breaks_a_year():
    """Example 29: each first Wednesday 14:00–16:00 from March, April excluded; a calendar subtracts them."""
    entries = read(TRAINING)
    assert [entry.date.month for entry in entries] == [3, 5, 6, 7, 8, 9, 10, 11, 12]
    assert {(entry.kind, entry.hours, entry.name, entry.source) for entry in entries} == {
        ("break", "14:00-16:00", "training", "ICS")
    }
    office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", entries=entries)
    plain = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai")
    span = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 12, 30, tzinfo=UTC)
    assert plain.elapsed(*span) - office.elapsed(*span) == timedelta(hours=18)


# --- all-day events and their ends ------------------------------------------------------------------------------------


def test_sla_34_an_all_day_event_without_an_end_is_one_date():
    assert texts(read("DTSTART;VALUE=DATE:20260501\nSUMMARY:劳动节")) == ["2026-05-01 holiday: 劳动节"]
    assert texts(read("DTSTART:20260501\nDURATION:P2D")) == ["2026-05-01 holiday", "2026-05-02 holiday"]


def test_sla_34_an_event_reaches_into_the_range_and_out_of_it():
    """SLA-34: what lies outside the range is left out, and the coverage says so."""
    around = "DTSTART;VALUE=DATE:20251230\nDTEND;VALUE=DATE:20270105"
    entries = read(around)
    assert (entries.entries[0].date, entries.entries[-1].date, len(entries)) == (*YEAR, 365)
    assert (entries.known_from, entries.known_until) == YEAR
    short = from_ics(ics(around), date(2026, 3, 1), date(2026, 3, 1), zone="UTC")
    assert [entry.date for entry in short] == [date(2026, 3, 1)]
    assert texts(from_ics(ics(around), date(2027, 1, 5), date(2027, 1, 9), zone="UTC")) == []


def test_sla_34_the_ends_of_the_calendar_itself():
    """SLA-34: 9999-12-31 can be read."""
    end = date(9999, 12, 31)
    entries = from_ics(ics("DTSTART:99991231T230000\nDTEND:99991231T233000"), end, end, zone="UTC")
    assert texts(entries) == ["9999-12-31 break 23:00-23:30"]


# --- events with times ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "windows"),
    [
        ("20260302T140000", "20260302T160007", ["2026-03-02 break 14:00-16:00:07"]),
        ("20260302T140000", "20260303T000000", ["2026-03-02 break 14:00-24:00"]),
        ("20260302T000000", "20260303T000000", ["2026-03-02 break 00:00-24:00"]),
        ("20260302T220000", "20260303T060000", ["2026-03-02 break 22:00-06:00"]),
        ("20260302T220000", "20260303T215959", ["2026-03-02 break 22:00-21:59:59"]),
        ("20260302T220000", "20260303T220000", ["2026-03-02 break 22:00-24:00", "2026-03-03 break 00:00-22:00"]),
        (
            "20260302T220000",
            "20260304T010000",
            ["2026-03-02 break 22:00-24:00", "2026-03-03 break 00:00-24:00", "2026-03-04 break 00:00-01:00"],
        ),
        ("20251231T220000", "20260101T060000", ["2026-01-01 break 00:00-06:00"]),
        ("20261231T220000", "20270101T060000", ["2026-12-31 break 22:00-06:00"]),
        ("20261231T220000", "20270102T060000", ["2026-12-31 break 22:00-24:00"]),
    ],
)
def test_sla_34_a_night_stays_one_window_and_longer_events_are_cut_at_midnight(start, end, windows):
    """SLA-11, SLA-34: a window belongs to the date it starts on; seconds are kept."""
    assert texts(read(f"DTSTART:{start}\nDTEND:{end}")) == windows


def test_sla_34_the_argument_kind_makes_them_extra_hours():
    assert texts(read("DTSTART:20260307T090000\nDURATION:PT3H", kind="extra")) == ["2026-03-07 extra 09:00-12:00"]


@pytest.mark.parametrize(
    ("tzid", "window"),
    [
        ("DTSTART:20260302T090000", "09:00-10:00"),  # floating: the calendar's zone
        ("DTSTART:20260302T010000Z", "09:00-10:00"),
        ("DTSTART;TZID=Europe/London:20260302T010000", "09:00-10:00"),
        ("DTSTART;TZID=China Standard Time:20260302T090000", "09:00-10:00"),  # what Windows calls it
        ("DTSTART;TZID=Asia/Shanghai:20260302T090000", "09:00-10:00"),
    ],
)
def test_sla_34_times_become_wall_times_of_the_calendars_zone(tzid, window):
    assert texts(read(f"{tzid}\nDURATION:PT1H")) == [f"2026-03-02 break {window}"]
    text = ics(f"{tzid}\nDURATION:PT1H", head="X-WR-TIMEZONE:America/New_York")
    assert texts(from_ics(text, *YEAR, zone="Asia/Shanghai")) == [f"2026-03-02 break {window}"]


def test_sla_34_a_break_keeps_its_wall_times_when_the_clocks_change():
    """SLA-10, SLA-34: in the zone itself nothing is shifted; from another zone both ends move by themselves."""
    rule = "\nRRULE:FREQ=DAILY;COUNT=3"
    own = "DTSTART;TZID=Europe/London:20260328T013000\nDTEND;TZID=Europe/London:20260328T023000" + rule
    assert {entry.hours for entry in read(own, zone="Europe/London")} == {"01:30-02:30"}
    other = "DTSTART;TZID=Europe/London:20260328T090000\nDTEND;TZID=Europe/London:20260328T100000" + rule
    assert [entry.hours for entry in read(other, zone="UTC")] == ["09:00-10:00", "08:00-09:00", "08:00-09:00"]


def test_sla_34_an_hour_that_happens_twice_is_left_to_the_host():
    """SLA-10, SLA-34: wall times cannot say the second 01:30 of an autumn night: tentative, without hours, a note."""
    entries = read("SUMMARY:deploy\nDTSTART:20261025T013000Z\nDTEND:20261025T030000Z", zone="Europe/London")
    (entry,) = entries
    assert (entry.date, entry.kind, entry.hours, entry.status) == (date(2026, 10, 25), "break", "", "tentative")
    (note,) = entries.notes
    assert (note.path, note.severity) == ("2026-10-25", "warning")
    assert "'deploy' begins or ends in an hour that Europe/London has twice" in note.message
    first_pass = read("DTSTART:20261025T001500Z\nDTEND:20261025T004500Z", zone="Europe/London")
    assert texts(first_pass) == ["2026-10-25 break 01:15-01:45"]


@pytest.mark.parametrize("lines", ["DTSTART:20260302T090000", "DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260302"])
def test_sla_34_an_event_that_takes_no_time_is_noted(lines):
    entries = read(f"SUMMARY:ping\n{lines}")
    assert entries.entries == ()
    assert "'ping' takes no time" in entries.notes[0].message
    assert from_ics(ics(lines), date(2026, 3, 3), date(2026, 3, 3), zone="UTC").notes == ()


shifts = st.integers(0, 600) | st.integers(-2_900, 2_900)
lengths = st.sampled_from((1, 30, 60, 480, 1439, 1440, 1441)) | st.integers(1, 4_000)
origins = st.sampled_from(("own", "floating", "UTC", "Asia/Shanghai", "Europe/London"))


@given(place=places, origin=origins, shift=shifts, length=lengths, ahead=st.sampled_from((-1, 0, 0, 1, 2)))
def test_law_an_event_covers_the_same_instants_in_any_zone(place, origin, shift, length, ahead):
    """SLA-10, SLA-34: the open time of a calendar made of one event is that event, from the first date on."""
    own = origin in {"own", "floating"}
    key = place.zone if own else origin
    step = place.step if own else 60
    begin = datetime(*place.day.timetuple()[:3]) + timedelta(minutes=shift)
    end = begin + timedelta(minutes=length)
    named = "" if origin == "floating" or key == "+05:45" else "" if origin == "UTC" else f";TZID={key}"
    mark = "Z" if origin == "UTC" else ""
    text = ics(
        "\n".join(f"DT{name}{named}:{wall:%Y%m%dT%H%M%S}{mark}" for name, wall in (("START", begin), ("END", end)))
    )
    first = begin.date() + timedelta(days=ahead)
    start, stop = instant(begin, key, step), instant(end, key, step)
    clock = [datetime.fromtimestamp(second, UTC).astimezone(zone_of(place.zone)) for second in (start, stop)]
    entries = from_ics(text, first, first + timedelta(days=9), zone=place.zone, kind="extra")
    if not own and any(reading.fold for reading in clock):
        event("ends in a repeated hour")
        inside = clock[1].date() >= first and clock[0].date() <= first + timedelta(days=9)
        assert [entry.status for entry in entries] == ["tentative"] * inside
        return
    dawn = instant(datetime(*first.timetuple()[:3]), place.zone, place.step)
    expected = [(max(start, dawn), stop)] if max(start, dawn) < stop else []
    event(f"{place.why}, {'cut' if start < dawn < stop else 'whole' if expected else 'nothing left'}")
    if not expected:
        assert not entries or own  # a window that a gap swallows keeps its wall times
        return
    spans = Calendar.weekly("closed", zone=place.zone, entries=entries, known_from=date.min).spans(
        datetime.fromtimestamp(dawn, UTC), datetime.fromtimestamp(dawn, UTC) + timedelta(days=8)
    )
    assert [(span.start_us, span.end_us) for span in spans] == [(a * 10**6, b * 10**6) for a, b in expected]


# --- recurrences ------------------------------------------------------------------------------------------------------

WEEKLY = "UID:w\nDTSTART:20260302T100000\nDTEND:20260302T110000\nRRULE:FREQ=WEEKLY;COUNT=4\nSUMMARY:w"


@pytest.mark.parametrize(
    ("other", "days"),
    [
        (
            "RECURRENCE-ID:20260309T100000\nDTSTART:20260310T140000\nDTEND:20260310T150000",
            ["2 w", "10", "16 w", "23 w"],
        ),
        ("RECURRENCE-ID:20260309T020000Z\nDTSTART:20260309T160000\nDURATION:PT1H", ["2 w", "9", "16 w", "23 w"]),
        ("RECURRENCE-ID:20260309T100000\nDTSTART:20260309T100000\nSTATUS:CANCELLED", ["2 w", "16 w", "23 w"]),
        (
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260316T100000\nDTSTART:20260316T100000\nSTATUS:CANCELLED",
            ["2 w", "9 w"],
        ),
        (
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260316T100000\nDTSTART:20260317T100000\nDTEND:20260317T110000",
            ["2 w", "9 w", "17", "24"],
        ),
        ("RECURRENCE-ID:20260309T100000\nDTSTART;VALUE=DATE:20260311", ["2 w", "11", "16 w", "23 w"]),
        ("RECURRENCE-ID:20260309T100000\nDTSTART:20270310T140000\nDURATION:PT1H", ["2 w", "16 w", "23 w"]),
    ],
    ids=["moved", "moved, named in UTC", "cancelled", "all later cancelled", "all later moved", "all day", "moved out"],
)
def test_sla_34_moved_and_cancelled_instances(other, days):
    """SLA-34: a changed instance takes the place of the one it names."""
    entries = read(WEEKLY, f"UID:w\n{other}")
    assert [f"{entry.date.day} {entry.name}".strip() for entry in entries] == days


def test_sla_34_an_instance_moved_into_the_range_is_found():
    moved = "UID:w\nRECURRENCE-ID:20260309T100000\nDTSTART:20260105T100000\nDURATION:PT1H"
    entries = from_ics(ics(WEEKLY, moved), YEAR[0], date(2026, 1, 31), zone="UTC")
    assert [entry.date for entry in entries] == [date(2026, 1, 5)]


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260303T090000", [2, 4]),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260303T010000Z", [2, 4]),  # the same instant, in UTC
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20260303,20260304", [2]),
        ("RDATE:20260310T090000,20260312T090000", [2, 10, 12]),
        ("RDATE;VALUE=PERIOD:20260310T090000/PT2H\nRDATE;VALUE=PERIOD:20260311T090000/20260311T100000", [2, 10, 11]),
        ("RRULE:FREQ=DAILY;UNTIL=20260304T090000", [2, 3, 4]),
        ("RRULE:FREQ=DAILY;UNTIL=20260304T085959", [2, 3]),
        ("RRULE:FREQ=DAILY;UNTIL=20260304T010000Z", [2, 3, 4]),
        ("RRULE:FREQ=DAILY;UNTIL=20260304T005959Z", [2, 3]),
        ("RRULE:FREQ=DAILY;UNTIL=20260304", [2, 3, 4]),  # a date: the whole date
    ],
)
def test_sla_34_excluded_and_added_dates_and_the_end_of_a_rule(lines, days):
    """SLA-34: floating times are of the calendar's zone also in EXDATE, RDATE and UNTIL."""
    assert [entry.date.day for entry in read(f"DTSTART:20260302T090000\nDURATION:PT1H\n{lines}")] == days


def test_sla_34_a_rule_may_end_at_the_end_of_time():
    """SLA-34: "for ever" is often written so, and in New York that moment has no UTC."""
    lines = "DTSTART:20260302T090000\nDURATION:PT1H\nRRULE:FREQ=YEARLY;UNTIL=99991231T235959"
    assert [entry.date.day for entry in read(lines, zone="America/New_York")] == [2]


@pytest.mark.parametrize("head", ["X-WR-TIMEZONE:America/New_York", "X-WR-TIMEZONE:Nowhere"])
def test_sla_34_times_in_utc_repeat_by_utc(head):
    """SLA-34: whatever zone the file is shown in."""
    text = ics("DTSTART:20260307T150000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3", head=head)
    assert {entry.hours for entry in from_ics(text, *YEAR, zone="UTC")} == {"15:00-16:00"}


def test_sla_34_an_all_day_rule_takes_exceptions_written_as_times():
    """SLA-34: some programs write EXDATE of an all-day event as midnight; west of Greenwich as well."""
    lines = "DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=DAILY;UNTIL=20260304\nEXDATE:20260303T000000Z"
    assert [entry.date.day for entry in read(lines, zone="America/New_York")] == [2, 4]


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    start = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 60)))
    weekdays = draw(st.frozensets(st.integers(0, 6))) | {start.weekday()}
    ends = draw(st.sampled_from(("open", "count", "until")))
    return Rule(
        start,
        draw(st.sampled_from(("DAILY", "WEEKLY", "MONTHLY"))),
        draw(st.integers(1, 3)),
        weekdays,
        draw(st.integers(1, 30)) if ends == "count" else None,
        start + timedelta(days=draw(st.integers(0, 90))) if ends == "until" else None,
    )


@given(
    rule=rules(),
    picks=st.lists(st.integers(0, 5) | st.integers(0, 40), max_size=4),
    all_day=st.booleans(),
    offset=st.integers(-20, 80),
)
def test_law_a_rule_takes_the_dates_a_patient_reader_would(rule, picks, all_day, offset):
    """SLA-34: RRULE, EXDATE and RDATE expand inside the range only, and completely."""
    first = rule.start + timedelta(days=offset)
    last = first + timedelta(days=100)
    days = list(recurrences(rule, last))
    gone = {days[pick] for pick in picks if pick < len(days)}
    added = {rule.start + timedelta(days=200 + pick) - timedelta(days=150) for pick in picks}
    shape = "{:%Y%m%d}" if all_day else "{:%Y%m%dT120000}"
    kind = ";VALUE=DATE" if all_day else ""
    lists = [(name, sorted(values)) for name, values in (("EXDATE", gone), ("RDATE", added - gone)) if values]
    lines = [f"DTSTART{kind}:{shape.format(rule.start)}", f"RRULE:{rule.text}", *([] if all_day else ["DURATION:PT1H"])]
    lines += [f"{name}{kind}:{','.join(map(shape.format, values))}" for name, values in lists]
    expected = sorted(day for day in (set(days) | added) - gone if first <= day <= last)
    event(f"{rule.frequency}, {'count' if rule.count else 'until' if rule.until else 'open'}")
    event(f"dates: {min(len(expected), 3)}, excluded: {len(gone) > 0}")
    entries = from_ics(ics("\n".join(lines)), first, last, zone="Asia/Shanghai")
    assert [entry.date for entry in entries] == expected
    assert {entry.kind for entry in entries} <= {"holiday" if all_day else "break"}


# --- status, names, files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["STATUS:TENTATIVE", "STATUS:tentative", "TRANSP:TRANSPARENT"])
def test_sla_34_tentative_and_transparent_events_wait_for_the_host(line):
    """SLA-34: they count for nothing until they are confirmed."""
    entries = read(f"DTSTART;VALUE=DATE:20260501\n{line}")
    (entry,) = entries
    assert entry.status == "tentative"
    plain = Calendar.weekly("daily 09:00-17:00", zone="Asia/Shanghai", entries=entries)
    firm = Calendar.weekly("daily 09:00-17:00", zone="Asia/Shanghai", entries=[entry.confirmed()])
    assert (plain.is_working_date(entry.date), firm.is_working_date(entry.date)) == (True, False)


@pytest.mark.parametrize(
    "line", ["STATUS:CONFIRMED", "TRANSP:OPAQUE", "STATUS:CONFIRMED\nTRANSP:OPAQUE", "CREATED:soon"]
)
def test_sla_34_other_events_count(line):
    """SLA-34: a property that says nothing about time may be broken."""
    assert [entry.status for entry in read(f"DTSTART;VALUE=DATE:20260501\n{line}")] == ["confirmed"]


def test_sla_34_cancelled_events_are_dropped():
    assert texts(read("DTSTART;VALUE=DATE:20260501\nSTATUS:CANCELLED", f"{WEEKLY}\nSTATUS:cancelled")) == []


def test_sla_35_the_source_is_the_files_own_name():
    text = ics("DTSTART;VALUE=DATE:20260501\nSUMMARY:May\\, first\\n day", head="X-WR-CALNAME:Plant 2")
    (entry,) = from_ics(text, *YEAR, zone="UTC")
    assert (entry.name, entry.source) == ("May, first day", "ICS Plant 2")


def test_sla_34_a_file_may_hold_several_calendars_and_other_things():
    """SLA-34: doubles are one entry; tasks are no events; a byte order mark is nothing."""
    one, two = ics("UID:a\nDTSTART:20260501"), ics("UID:a\nDTSTART:20260501", "DTSTART:20260101")
    task = ics().replace("END:VCALENDAR", "BEGIN:VTODO\r\nDTSTART:20260303\r\nEND:VTODO\r\nEND:VCALENDAR")
    entries = from_ics("\ufeff" + one + two + task, *YEAR, zone="UTC")
    assert texts(entries) == ["2026-01-01 holiday", "2026-05-01 holiday"]


def test_sla_34_a_newer_revision_of_an_event_replaces_it():
    assert texts(read("UID:a\nSEQUENCE:1\nDTSTART:20260501", "UID:a\nSEQUENCE:2\nDTSTART:20260504")) == [
        "2026-05-04 holiday"
    ]
