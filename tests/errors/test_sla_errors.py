"""Bad input to calendars, goals and clocks (SLA §5): the right error, its attributes, and a message that helps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pendulum
import pytest

from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError, NoWorkingTime, Problem
from servicedesk.sla import Calendar, Clock, Goal, WeeklyHours

OFFICE = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London", name="office", version="3")
MONDAY = pendulum.datetime(2026, 3, 2, 10, tz="Europe/London")


def problems(act) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionInvalid) as caught:
        act()
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        (
            "Mon 17:00-17:00",
            "calendar.weekly[0]",
            '"17:00-17:00" opens and closes at once; write 00:00-24:00 for a full',
        ),
        ("Mon 00:00-24:00; Tue 9:00-12:00", "calendar.weekly[1]", "'9:00-12:00' is no window; write HH:MM-HH:MM"),
        ("Mon 24:00-06:00", "calendar.weekly[0]", '"24:00-06:00" starts at 24:00, which is only an end'),
        ("Mon 0９:00-1٧:00", "calendar.weekly[0]", "'0９:00-1٧:00' is no window"),
        ("Mon 09:00-25:00", "calendar.weekly[0]", "'09:00-25:00' is no window"),
        ("Mon 09:00-24:01", "calendar.weekly[0]", "'09:00-24:01' is no window"),
        ("Mon 09:00", "calendar.weekly[0]", "'09:00' is no window"),
        ("Mon", "calendar.weekly[0]", "'Mon' lacks days or hours"),
        ("Mon 09:00-10:00;", "calendar.weekly[1]", "'' lacks days or hours; write a clause like"),
        ("Monday 09:00-10:00", "calendar.weekly[0]", "'Monday' in 'Monday' is no weekday; did you mean 'Mon'?"),
        ("Mon-Fr 09:00-10:00", "calendar.weekly[0]", "'Fr' in 'Mon-Fr' is no weekday; did you mean 'Fri'?"),
        ("0-4 09:00-10:00", "calendar.weekly[0]", "'0' in '0-4' is no weekday; write Mon, Mon-Fri, Fri-Mon or daily"),
        ("Mon-Mon 09:00-10:00", "calendar.weekly[0]", "'Mon-Mon' is one day or a whole week; write 'Mon' or 'daily'"),
        (
            "Mon-Wed 09:00-12:00; Tue-Thu 11:00-13:00",
            "calendar.weekly[1]",
            "11:00-13:00 and 09:00-12:00 overlap on Tue, Wed; write one window, or let them touch",
        ),
        ("Mon 22:00-06:00, 23:00-24:00", "calendar.weekly[0]", "23:00-24:00 and 22:00-06:00 overlap on Mon"),
        ("", "calendar.weekly", "'' never opens; write hours like 'Mon-Fri 09:00-17:00'"),
    ],
)
def test_sla_15_weekly_text_that_cannot_stand(text, path, message):
    """SLA-11, 15, 17: path, fragment and what is possible."""
    found = problems(lambda: Calendar.weekly(text, zone="UTC"))[0]
    assert found.path == path
    assert message in found.message


def test_sla_83_all_problems_come_at_once_in_the_order_of_the_definition():
    """SLA-83: text and zone, one list."""
    found = problems(lambda: Calendar.weekly("Mo 9-12; Tue 08:00-08:00", zone="CST"))
    assert [problem.path for problem in found] == [
        "calendar.weekly[0]",
        "calendar.weekly[0]",
        "calendar.weekly[1]",
        "calendar.zone",
    ]


@pytest.mark.parametrize(
    "text", ["Mon 08:00-12:00, 12:00-14:00", "Mon 22:00-06:00; Mon 00:00-06:00", "Fri-Mon 10:00-11:00"]
)
def test_sla_11_what_looks_odd_but_stands(text):
    """SLA-11, 15: windows that touch, a night after a morning, days over the weekend."""
    assert WeeklyHours.parse(str(WeeklyHours.parse(text))) == WeeklyHours.parse(text)


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Sun 00:00-24:00; Mon-Sat 00:00-24:00", "daily 00:00-24:00"),
        ("Fri-Mon 10:00:00-11:00:30", "Mon 10:00-11:00:30; Fri-Sun 10:00-11:00:30"),
        ("Wed 20:00-00:00;Tue 09:00-10:00 ,08:00-09:00", "Tue 08:00-09:00, 09:00-10:00; Wed 20:00-24:00"),
        ("Sun 22:00-06:00", "Sun 22:00-06:00"),
    ],
)
def test_sla_15_printing_is_canonical(written, printed):
    assert str(Calendar.weekly(written, zone="UTC")) == printed


def test_sla_16_an_unknown_zone_names_its_neighbours():
    (found,) = problems(lambda: Calendar.weekly("Mon 09:00-10:00", zone="Asia/Shangai"))
    assert found.path == "calendar.zone"
    assert "'Asia/Shangai'" in found.message
    assert "Asia/Shanghai" in found.message


@pytest.mark.parametrize(
    ("zone", "real", "wanted"), [("Etc/GMT+8", "-08:00", "+08:00"), ("Etc/GMT-14", "+14:00", "-14:00")]
)
def test_sla_16_the_sign_of_etc_gmt_is_a_warning(zone, real, wanted):
    """SLA-16: ``Etc/GMT+8`` is UTC−8; the calendar stands, and says so."""
    (warning,) = Calendar.always(zone).problems()
    assert (warning.path, warning.severity, warning.code) == ("calendar.zone", "warning", "zone_sign")
    assert warning.message == (
        f"{zone!r} is UTC{real}, its sign is turned round; write {real!r}, or {wanted!r} if that was meant"
    )
    moment = pendulum.datetime(2026, 1, 1)
    assert Calendar.always(zone).add(moment, "0s").isoformat().endswith(real)


@pytest.mark.parametrize("zone", ["UTC", "+08:00", "Asia/Shanghai", "Etc/UTC"])
def test_sla_16_other_zones_need_no_warning(zone):
    assert Calendar.always(zone).problems() == ()


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), pendulum.timezone("Asia/Shanghai")])
def test_sla_16_zone_objects_are_taken_by_their_key(zone):
    """SLA-16: and the calendar keeps the text, so it compares and travels."""
    calendar = Calendar.always(zone)
    assert Calendar.always(calendar.zone) == calendar


def test_sla_16_an_offset_with_seconds_has_no_name_to_travel_by():
    """SLA-16: as ``+00:05`` it would come back as another zone."""
    (found,) = problems(lambda: Calendar.always(timezone(timedelta(minutes=5, seconds=30))))
    assert found.path == "calendar.zone"
    assert "has seconds" in found.message


def test_sla_17_a_calendar_that_never_opens_is_refused_however_it_is_built():
    """SLA-17: no hours at all, or only exceptions that close."""
    (found,) = problems(lambda: Calendar.weekly("closed", zone="UTC", holidays=["2026-01-01"]))
    assert found.path == "calendar.weekly"
    assert "never opens" in found.message


@pytest.mark.parametrize("text", [None, 5, b"Mon 09:00-10:00"])
def test_sla_15_hours_that_are_no_text_are_a_type_error(text):
    with pytest.raises(TypeError, match="weekly hours are a text like"):
        Calendar.weekly(text, zone="UTC")


NAIVE = datetime(2026, 3, 2, 10)


@pytest.mark.parametrize(
    ("argument", "act"),
    [
        ("start", lambda: OFFICE.elapsed(NAIVE, MONDAY)),
        ("end", lambda: OFFICE.elapsed(MONDAY, NAIVE)),
        ("start", lambda: OFFICE.add(NAIVE, "1h")),
        ("end", lambda: OFFICE.subtract(NAIVE, "1h")),
        ("at", lambda: OFFICE.is_open(NAIVE)),
        ("at", lambda: OFFICE.next_open(NAIVE)),
        ("at", lambda: OFFICE.next_close(NAIVE)),
        ("at", lambda: OFFICE.previous_open(NAIVE)),
        ("at", lambda: OFFICE.previous_close(NAIVE)),
        ("end", lambda: OFFICE.spans(MONDAY, NAIVE)),
        ("at", lambda: Clock.start(Goal("answer", within="1h", calendar=OFFICE), at=NAIVE)),
        ("at", lambda: Clock.start(Goal("answer", within="1h", calendar=OFFICE), at=MONDAY).stop(at=NAIVE)),
    ],
)
def test_sla_1_a_naive_datetime_is_refused_at_the_edge(argument, act):
    """SLA-1: nobody can know which instant it means."""
    with pytest.raises(NaiveDatetimeError) as caught:
        act()
    assert (caught.value.argument, caught.value.value) == (argument, NAIVE)


@pytest.mark.parametrize("value", [date(2026, 3, 2), 1772445600.0, "2026-03-02T10:00Z", None, 1772445600_000_000])
def test_sla_1_other_types_are_type_errors(value):
    """SLA-1, 27: integers belong to the ``_us`` methods."""
    with pytest.raises(TypeError, match="at must be an aware datetime"):
        OFFICE.is_open(value)


def test_sla_21_no_float_enters_the_integer_methods():
    for act in (
        lambda: OFFICE.elapsed_us(0.5, 1),
        lambda: OFFICE.elapsed_us(0, 1e15),
        lambda: OFFICE.add_us(0, 1.5),
        lambda: OFFICE.add_us(0.5, 1),
    ):
        with pytest.raises(TypeError):
            act()


@pytest.mark.parametrize(
    ("act", "names"),
    [
        (lambda: OFFICE.add(MONDAY, timedelta(hours=-1)), ("-1h", "2026-03-02", "use subtract")),
        (lambda: OFFICE.subtract(MONDAY, timedelta(hours=-1)), ("-1h", "2026-03-02", "use add")),
        (lambda: OFFICE.spans(MONDAY, MONDAY.subtract(hours=1)), ("10:00", "09:00", "start <= end")),
        (lambda: OFFICE.is_open(MONDAY) and OFFICE.add(MONDAY, "1h", roll="closing"), ("'close' or", "'closing'")),
        (lambda: Calendar.always().add(MONDAY, "1h", roll="closing"), ("'close' or 'open'", "'closing'")),
        (lambda: OFFICE.add(MONDAY, "0s", roll="closing"), ("'close' or 'open'", "'closing'")),
        (lambda: OFFICE.subtract(MONDAY, "0s", roll=""), ("'close' or 'open'", "''")),
    ],
)
def test_sla_22_values_out_of_range_name_themselves_and_the_way_out(act, names):
    """SLA-22, 23, 25: both values, and the method meant."""
    with pytest.raises(ValueError) as caught:
        act()
    assert all(name in str(caught.value) for name in names), caught.value


@pytest.mark.parametrize("worked", ["2d", "P2D", "1.5h", "h", "4 hours", pendulum.duration(months=1)])
def test_sla_5_durations_that_may_be_read_in_two_ways_are_refused(worked):
    """SLA-5: months have no length, and days may be working days."""
    (found,) = problems(lambda: OFFICE.add(MONDAY, worked))
    assert found.path == "worked"


def test_sla_26_no_working_time_names_calendar_start_amount_and_where_it_looked():
    """SLA-26: 200 years on."""
    sunday = Calendar.weekly("Sun 10:00-11:00", zone="UTC", name="choir", version="2")
    with pytest.raises(NoWorkingTime) as caught:
        sunday.add(MONDAY, timedelta(hours=11_000))
    error = caught.value
    assert (error.calendar, error.start, error.amount) == ("choir 2", MONDAY, "11000h")
    assert error.last == MONDAY.add(days=73_049).in_timezone("UTC")
    with pytest.raises(NoWorkingTime, match="'24x7' has no closing"):
        Calendar.always().next_close(MONDAY)
    with pytest.raises(NoWorkingTime, match="'24x7' has no opening"):
        Calendar.always().previous_open(MONDAY)
    shifts = Calendar.weekly("daily 06:00-14:00, 14:00-22:00, 22:00-06:00", zone="Europe/London")
    assert shifts.rule.always
    with pytest.raises(NoWorkingTime):
        shifts.next_close(MONDAY)


def test_sla_83_what_people_read_of_a_calendar():
    assert repr(OFFICE) == "Calendar.weekly('Mon-Fri 09:00-17:00', zone='Europe/London', name='office', version='3')"
    assert repr(OFFICE.rule.hours) == "WeeklyHours.parse('Mon-Fri 09:00-17:00')"


@pytest.mark.parametrize(
    ("worked", "said"),
    [
        ("3 days", "a day may be 24 hours or a working day; write hours, or WorkingDays(n)"),
        ("P1DT2H", "a day may be 24 hours or a working day; write hours, or WorkingDays(n)"),
        ("4 seconds", "write hours, minutes or seconds: '4h', '90min', '1h30m', 'PT4H'"),
        ("one hundred", "write hours, minutes or seconds: '4h', '90min', '1h30m', 'PT4H'"),
    ],
)
def test_sla_5_days_are_answered_with_working_days_and_nothing_else_is(worked, said):
    """SLA-5: whoever writes days is told of both kinds; a "d" elsewhere is no day."""
    (found,) = problems(lambda: OFFICE.add(MONDAY, worked))
    assert found.message.endswith(said)


def test_sla_22_23_negative_work_names_the_other_method():
    """SLA-22, 23: as text and as a timedelta alike."""
    for worked in ("-1h", timedelta(hours=-1)):
        with pytest.raises(ValueError, match="use subtract"):
            OFFICE.add(MONDAY, worked)
        with pytest.raises(ValueError, match="use add"):
            OFFICE.subtract(MONDAY, worked)


def test_sla_12_hours_of_a_date_that_are_meant_as_a_word_name_the_words():
    """SLA-12: "like Monday" is none; "as Mon" is."""
    (found,) = problems(lambda: Calendar.weekly("Mon 09:00-17:00", zone="UTC", special={"2026-02-14": "like Monday"}))
    assert "'as Mon', 'weekly', 'closed' or 'makeup'" in found.message
