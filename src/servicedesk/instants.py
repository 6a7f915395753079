"""Instants, spans and durations: the only place where time types meet.

Inside the library an instant is an ``int``: microseconds since 1970-01-01T00:00Z (POSIX, no leap seconds), and a
duration is an ``int`` of microseconds or a `timedelta`. Outside, any aware ``datetime`` goes in and
``pendulum.DateTime`` comes out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TypeAlias

import pendulum
from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError, Problem

__all__ = [
    "Instant",
    "Span",
    "Zone",
    "duration_text",
    "from_us",
    "instant_us",
    "to_duration",
    "to_us",
    "to_zone",
    "zone_name",
]

Instant: TypeAlias = datetime | int
"""An aware datetime, or integer microseconds since the epoch."""

Zone: TypeAlias = str | tzinfo
"""An IANA key, a fixed offset like ``"+08:00"``, or a zone object."""

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PENDULUM_EPOCH = pendulum.DateTime(1970, 1, 1, tzinfo=pendulum.UTC)
# datetime's own operators: pendulum's cost 12 to 21 µs each and build objects nobody asked for.
_subtract = datetime.__sub__
_add = datetime.__add__


def to_us(value: datetime, argument: str = "at") -> int:
    """Return the exact microseconds since the epoch of an aware datetime; ``fold`` is honoured (SLA-1).

    Raises:
        NaiveDatetimeError: the datetime has no zone, or its zone gives no offset.
        TypeError: ``value`` is not a datetime (a date, a number, a text).

    >>> to_us(pendulum.datetime(2026, 3, 2, 10, tz="Asia/Shanghai"))
    1772416800000000
    """
    if not isinstance(value, datetime):
        raise TypeError(f"{argument} must be an aware datetime, not {type(value).__name__} {value!r}")
    try:
        delta = _subtract(value, EPOCH)
    except TypeError:  # asking for the offset first would cost as much again
        raise NaiveDatetimeError(argument, value) from None
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def instant_us(value: Instant, argument: str = "at") -> int:
    """Return ``value`` as integer microseconds: an ``int`` passes, a datetime goes through `to_us`.

    >>> instant_us(5), instant_us(pendulum.datetime(1970, 1, 1))
    (5, 0)
    """
    if type(value) is int:
        return value
    return to_us(value, argument)  # type: ignore[arg-type]  # bool, float and the rest are refused there


def from_us(us: int, zone: Zone = "UTC") -> pendulum.DateTime:
    """Return the instant as a ``pendulum.DateTime`` in ``zone``, exact for years 1 to 9999 (SLA-2).

    Raises:
        OverflowError: outside those years.
        DefinitionInvalid: an unknown zone.

    >>> print(from_us(1772416800000000, "Asia/Shanghai"))
    2026-03-02 10:00:00+08:00
    """
    if type(us) is not int:
        raise TypeError(f"an instant is an int of microseconds, not {type(us).__name__} {us!r}")
    target = to_zone(zone)
    try:
        if target is pendulum.UTC:
            return _add(_PENDULUM_EPOCH, timedelta(microseconds=us))
        # On the standard class: pendulum's own arithmetic loses the fold (the second 02:30 of an autumn night).
        there = target.fromutc(datetime(1970, 1, 1, tzinfo=target) + us * MICROSECOND)
    except OverflowError:
        raise OverflowError(f"{us} µs since 1970 lies outside the years 1 to 9999") from None
    return pendulum.DateTime(
        there.year,
        there.month,
        there.day,
        there.hour,
        there.minute,
        there.second,
        there.microsecond,
        tzinfo=target,
        fold=there.fold,
    )


def to_zone(zone: Zone) -> pendulum.Timezone | pendulum.FixedTimezone:
    """Return the pendulum zone of an IANA key, a fixed offset ``"+08:00"``, or a zone object with a key (SLA-16).

    Raises:
        DefinitionInvalid: no such zone; the message names the nearest keys.
    """
    if isinstance(zone, pendulum.Timezone | pendulum.FixedTimezone):
        return zone
    if isinstance(zone, timezone):
        offset = zone.utcoffset(None)
        return pendulum.UTC if not offset else pendulum.timezone(int(offset.total_seconds()))
    key = zone if isinstance(zone, str) else getattr(zone, "key", None)
    if not isinstance(key, str):
        raise DefinitionInvalid((Problem("zone", f"{zone!r} has no IANA key; write zone='Asia/Shanghai'"),), "zone")
    return _zone_of_key(key)


_OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])")


def _zone_of_key(key: str) -> pendulum.Timezone | pendulum.FixedTimezone:
    if key == "UTC":
        return pendulum.UTC
    if match := _OFFSET.fullmatch(key):
        sign = -1 if match[1] == "-" else 1
        return pendulum.timezone(sign * (int(match[2]) * 3600 + int(match[3]) * 60))
    try:
        return pendulum.timezone(key)
    except (ValueError, OSError) as error:  # pendulum's InvalidTimezone is a ValueError
        raise DefinitionInvalid((Problem("zone", _no_such_zone(key)),), "zone") from error


def _no_such_zone(key: str) -> str:
    import difflib  # noqa: PLC0415  # loaded only when something is misspelt

    near = difflib.get_close_matches(key, pendulum.timezones(), n=3)
    hint = f"nearest: {', '.join(near)}; " if near else ""
    return f"{key!r} is no time zone; {hint}write an IANA key like 'Asia/Shanghai' or an offset like '+08:00'"


def zone_name(zone: Zone) -> str:
    """Return the text by which `to_zone` finds the zone again.

    Raises:
        DefinitionInvalid: no such zone, or a fixed offset that is no whole number of minutes.

    >>> zone_name(pendulum.timezone("Asia/Shanghai")), zone_name("+08:00")
    ('Asia/Shanghai', '+08:00')
    """
    found = to_zone(zone)
    if isinstance(found, pendulum.FixedTimezone) and found.offset % 60:
        problem = Problem(
            "zone", f"{zone!r} has seconds, which no offset text can say; write an IANA key or whole minutes"
        )
        raise DefinitionInvalid((problem,), "zone")
    return found.name


def _as_us(value: Instant) -> int:
    return instant_us(value, "Span")


@frozen(repr=False)
class Span:
    """A half-open stretch of time: ``start`` belongs to it, ``end`` does not (SLA-4).

    Built from two aware datetimes or two integers of microseconds. A start after the end is a `ValueError`.

    >>> day = Span(pendulum.datetime(2026, 3, 2), pendulum.datetime(2026, 3, 3))
    >>> day.duration
    datetime.timedelta(days=1)
    """

    start_us: int = field(converter=_as_us, alias="start")
    end_us: int = field(converter=_as_us, alias="end")

    def __attrs_post_init__(self) -> None:
        if self.start_us > self.end_us:
            raise ValueError(f"a span starts no later than it ends: {from_us(self.start_us)} > {from_us(self.end_us)}")

    @property
    def start(self) -> pendulum.DateTime:
        """The first instant, in UTC."""
        return from_us(self.start_us)

    @property
    def end(self) -> pendulum.DateTime:
        """The first instant after it, in UTC."""
        return from_us(self.end_us)

    @property
    def duration(self) -> timedelta:
        """Real time from start to end."""
        return timedelta(microseconds=self.end_us - self.start_us)

    def __contains__(self, at: Instant) -> bool:
        return self.start_us <= instant_us(at) < self.end_us

    def __and__(self, other: Span) -> Span | None:
        """The common part, or ``None`` where there is none; spans that only touch have none."""
        start, end = max(self.start_us, other.start_us), min(self.end_us, other.end_us)
        return Span(start, end) if start < end else None

    def __sub__(self, other: Span) -> tuple[Span, ...]:
        """What remains of this span: no, one or two non-empty spans."""
        if other.start_us == other.end_us:  # nothing is taken away, so nothing is cut in two
            other = Span(self.end_us, self.end_us)
        before = (self.start_us, min(self.end_us, other.start_us))
        after = (max(self.start_us, other.end_us), self.end_us)
        return tuple(Span(start, end) for start, end in (before, after) if start < end)

    def __repr__(self) -> str:
        return f"Span({self.start.isoformat()} … {self.end.isoformat()})"


_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "min": 60_000_000, "h": 3_600_000_000}
_DAY = 86_400_000_000
# Units in falling order, each once; [0-9], because \d also takes the digits of other scripts.
_SHORT = re.compile("".join(f"(?:([0-9]+)(?:{unit}))?" for unit in ("d", "h", "min|m", "s", "ms", "us")))
_SHORT_UNITS = (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000, 1_000, 1)
_DAYS = re.compile(r"[0-9]\s*days?\b", re.IGNORECASE)
_ISO = re.compile(r"P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]{1,6}))?S)?)?")


def to_duration(value: timedelta | str, *, days: bool = True, argument: str = "duration") -> timedelta:
    """Return a duration given as `timedelta` or text: ``"90min"``, ``"1h30m"``, ``"PT4H"``, ``"2d"`` (24 h each).

    With ``days=False`` a text with days is refused, because a reader may take it for working days (SLA-5).

    Raises:
        DefinitionInvalid: months, years, days where they are not allowed, or unreadable text.
        TypeError: neither a timedelta nor a text.

    >>> to_duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    if isinstance(value, pendulum.Duration):
        if (value.months or value.years) and not isinstance(value, pendulum.Interval):  # an Interval knows its ends
            raise _bad_duration(argument, value, "months and years have no fixed length")
        return timedelta(microseconds=timedelta.__floordiv__(value.as_timedelta(), MICROSECOND))
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{argument} must be a timedelta or a text like '90min', not {type(value).__name__} {value!r}")
    us = _short_us(value)
    if us is None:
        us = _iso_us(value)
    if not days and (_DAYS.search(value) or (us is not None and "d" in value.lower())):  # "3 days"; "2d", "P2D"
        raise _bad_duration(argument, value, "a day may be 24 hours or a working day; write hours, or WorkingDays(n)")
    if us is None:
        raise _bad_duration(argument, value, "write hours, minutes or seconds: '4h', '90min', '1h30m', 'PT4H'")
    try:
        return timedelta(microseconds=us)
    except OverflowError:
        raise _bad_duration(argument, value, "it is longer than time itself is counted") from None


def _bad_duration(argument: str, value: object, why: str) -> DefinitionInvalid:
    return DefinitionInvalid((Problem(argument, f"{value!r} is no duration: {why}"),), argument)


def _short_us(text: str) -> int | None:
    match = _SHORT.fullmatch(text)
    if not match or not text:
        return None
    return sum(int(count or 0) * unit for count, unit in zip(match.groups(), _SHORT_UNITS, strict=True))


def _iso_us(text: str) -> int | None:
    match = _ISO.fullmatch(text)
    if not match or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[:4])
    micros = int((match[5] or "").ljust(6, "0"))
    return days * _DAY + ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros


def duration_text(value: timedelta) -> str:
    """Return the canonical text of a duration, hours being the largest unit; `to_duration` reads it back.

    >>> duration_text(timedelta(days=2, minutes=5)), duration_text(timedelta(0))
    ('48h5min', '0s')
    """
    us = value // MICROSECOND
    if us < 0:
        return "-" + duration_text(-value)
    parts = []
    for unit in ("h", "min", "s", "ms", "us"):
        count, us = divmod(us, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
