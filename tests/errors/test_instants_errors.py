"""What is refused where time comes in: naive datetimes, numbers, strange durations, unknown zones, reversed spans."""

from datetime import UTC, date, datetime, timedelta, timezone

import pendulum
import pytest

from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError
from servicedesk.instants import Span, duration_text, from_us, to_duration, to_us, to_zone, zone_name


def test_a_naive_datetime_is_refused_by_name():
    """SLA-1, §5: the argument, the value, and the form to write."""
    with pytest.raises(NaiveDatetimeError) as caught:
        to_us(datetime(2026, 3, 2, 10), "accepted")
    assert str(caught.value).startswith("accepted = 2026-03-02T10:00:00 has no time zone; give one: pendulum.datetime(")
    assert (caught.value.argument, isinstance(caught.value, ValueError)) == ("accepted", True)


@pytest.mark.parametrize("value", [date(2026, 3, 2), 5.0, "2026-03-02", None, True])
def test_what_is_no_datetime_is_a_type_error(value):
    """SLA-1."""
    with pytest.raises(TypeError, match="at must be an aware datetime, not"):
        to_us(value)


@pytest.mark.parametrize(
    "text", ["", "h", "1h1h", "5us1h", "٣h", "4 h", "1.5h", "-1h", "P", "PT", "P1M", "1w", "99999999999999h"]
)
def test_a_text_that_is_no_duration(text):
    """SLA-5: units in falling order, each once, whole numbers; the message says how to write it."""
    with pytest.raises(DefinitionInvalid, match=r"^within: .* is no duration: "):
        to_duration(text, argument="within")


def test_durations_that_are_read():
    """SLA-5, PLN-1: short forms and ISO 8601, days only where they are allowed."""
    texts = ("90min", "1h30m", "1h30min", "PT1H30M", "5400s", "PT5400.0S")
    assert {to_duration(text) for text in texts} == {timedelta(minutes=90)}
    assert to_duration("1d2h3min4s5ms6us") == timedelta(
        days=1, hours=2, minutes=3, seconds=4, milliseconds=5, microseconds=6
    )
    assert duration_text(timedelta(minutes=90)) == "1h30min"
    for text in ("2d", "P2D"):
        assert to_duration(text) == timedelta(days=2)
        with pytest.raises(DefinitionInvalid, match="a day may be 24 hours or a working day"):
            to_duration(text, days=False)


def test_zones():
    """SLA-16: keys, offsets and zone objects; an unknown key is answered with the nearest."""
    with pytest.raises(DefinitionInvalid, match="'Asia/Shangai' is no time zone; nearest: Asia/Shanghai"):
        to_zone("Asia/Shangai")
    assert zone_name(timezone(timedelta(hours=8))) == zone_name("+08:00") == "+08:00"
    assert to_zone(UTC) is pendulum.UTC


def test_spans():
    """SLA-4: half-open, never reversed; touching spans share nothing; a difference is what remains."""
    with pytest.raises(ValueError, match="a span starts no later than it ends"):
        Span(5, 4)
    day = Span(0, 10)
    assert (0 in day, 9 in day, 10 in day) == (True, True, False)
    assert (day & Span(5, 20), day & Span(10, 20), day & Span(3, 3)) == (Span(5, 10), None, None)
    assert day - Span(3, 5) == (Span(0, 3), Span(5, 10))
    assert (day - Span(0, 10), day - Span(4, 4), day - Span(20, 30)) == ((), (day,), (day,))
    assert (day - Span(0, 4), day - Span(6, 12)) == ((Span(4, 10),), (Span(0, 6),))


def test_instants_outside_the_calendar_of_python():
    """SLA-2."""
    with pytest.raises(OverflowError):
        from_us(10**18)
    with pytest.raises(TypeError, match="an instant is an int of microseconds"):
        from_us(1.0)
