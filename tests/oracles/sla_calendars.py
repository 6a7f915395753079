"""Strategies for calendars: hours as plain data, written as weekly text, in zones where clocks do strange things."""

from __future__ import annotations

from calendar import timegm
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import TypeAlias

from attrs import frozen
from hypothesis import event
from hypothesis import strategies as st

from oracles.minute_walk import DAY, SECOND, Hours, MinuteWalk
from servicedesk.sla import Calendar

__all__ = [
    "FIXED",
    "PLACES",
    "WEEKDAYS",
    "Place",
    "Point",
    "Setting",
    "hours",
    "places",
    "points",
    "settings",
    "weekly_text",
    "windows",
    "windows_text",
]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@frozen
class Place:
    """A zone on a date worth a visit, and the seconds that divide every wall time there."""

    zone: str
    day: date
    why: str
    step: int = 60

    @property
    def noon(self) -> int:
        """Noon UTC of the date, in seconds since the epoch."""
        return timegm((*self.day.timetuple()[:3], 12, 0, 0))


PLACES = (
    Place("UTC", date(2026, 3, 2), "plain"),
    Place("Asia/Shanghai", date(2026, 3, 2), "plain"),
    Place("Asia/Shanghai", date(1991, 4, 14), "gap"),
    Place("Asia/Shanghai", date(1991, 9, 15), "overlap"),
    Place("Europe/London", date(2026, 3, 29), "gap"),
    Place("Europe/London", date(2026, 10, 25), "overlap"),
    Place("America/New_York", date(2026, 3, 8), "gap"),
    Place("America/New_York", date(2026, 11, 1), "overlap"),
    Place("Australia/Lord_Howe", date(2026, 10, 3), "half-hour gap"),
    Place("Australia/Lord_Howe", date(2026, 4, 4), "half-hour overlap"),
    Place("America/Sao_Paulo", date(2018, 11, 4), "gap at midnight"),
    Place("America/Sao_Paulo", date(2018, 2, 18), "overlap at midnight"),
    Place("Pacific/Apia", date(2011, 12, 30), "skipped date"),
    Place("Pacific/Kwajalein", date(1969, 9, 30), "repeated date"),
    Place("Etc/GMT+7", date(2026, 1, 5), "sign trap"),
    Place("+05:45", date(2026, 1, 5), "fixed offset"),
    Place("Africa/Monrovia", date(1972, 1, 7), "offset with seconds", 30),
    Place("Europe/Amsterdam", date(1937, 7, 1), "offset with seconds", 4),
)

places = st.sampled_from(PLACES)


cuts = st.lists(st.integers(0, 1440), min_size=2, max_size=4, unique=True)
small_cuts = st.lists(st.integers(0, 240), min_size=2, max_size=4, unique=True)
kinds = st.sampled_from(["none", "office", "full", "small hours", "any", "overnight"])
FIXED = {"none": (), "office": ((510, 720), (840, 1080)), "full": ((0, 1440),)}
numbers = st.integers(0, 1439)


@st.composite
def _windows(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """Draw the windows of a day: none to three, sorted, apart or touching, the last one perhaps overnight."""
    kind = draw(kinds)
    if kind in FIXED:
        return FIXED[kind]
    at = sorted(draw(small_cuts if kind == "small hours" else cuts))
    pairs = [(at[0], at[1]), *([(at[2], at[3])] if len(at) == 4 else [])]
    if len(at) == 4 and draw(st.booleans()):
        pairs.insert(1, (at[1], at[2]))  # touching neighbours
    if kind == "overnight" and pairs[-1][1] < 1440:
        start = pairs[-1][1] + draw(numbers) % (1440 - pairs[-1][1])
        pairs.append((start, 1440 + draw(numbers) % start))
    return tuple(pairs)


windows = _windows()
which = st.lists(st.integers(0, 2), min_size=6, max_size=6)


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    """Draw weekly hours of up to three different days; Sunday is open."""
    days = [draw(windows), draw(windows), draw(windows)]
    table = {day: days[choice] for day, choice in enumerate(draw(which))} | {6: next(filter(None, days), FIXED["full"])}
    event(f"overnight: {any(end > 1440 for spans in table.values() for _, end in spans)}")
    return table


def weekly_text(table: Hours) -> str:
    """Write hours as weekly text, a clause a day."""
    clauses = (f"{WEEKDAYS[day]} {windows_text(spans)}" for day, spans in table.items() if spans)
    return "; ".join(clauses)


def windows_text(spans: Iterable[tuple[int, int]]) -> str:
    """Write the windows of a day."""
    return ", ".join(f"{_time(start)}-{_time(end)}" for start, end in spans)


def _time(minutes: int) -> str:
    return "24:00" if minutes == 1440 else f"{minutes % 1440 // 60:02}:{minutes % 60:02}"


Point: TypeAlias = tuple[str, int, int]
points: st.SearchStrategy[Point] = st.tuples(
    st.sampled_from(("edge", "minute", "any", "around")), st.integers(0, 2**48), st.integers(-1, 1)
)
"""What `Setting.at` turns into an instant. Drawn before the setting is known, so that no strategy is built anew."""


@frozen
class Setting:
    """A calendar, and the place it is looked at."""

    place: Place
    table: Hours
    calendar: Calendar

    @property
    def days(self) -> int:
        """How long the walk is: where offsets have seconds, it takes many more steps."""
        return 4 if self.place.step == 60 else 2

    @property
    def start(self) -> int:
        """The first second of the walk."""
        return self.place.noon - self.days * DAY // 2

    @property
    def end(self) -> int:
        """The second after the walk."""
        return self.place.noon + self.days * DAY // 2

    @cached_property
    def edges(self) -> list[int]:
        """Openings and closings during the walk."""
        start, end = self.start * SECOND, self.end * SECOND - 1
        return [edge for span in self.calendar.spans_us(start, end) for edge in span if start < edge < end]

    def walk(self) -> MinuteWalk:
        """Walk through the days around the strange night."""
        return MinuteWalk(self.table, self.place.zone, self.start, self.end, self.place.step)

    def at(self, point: Point, *, days: int = 0) -> int:
        """Turn a point into an instant: beside an edge, on a minute, or anywhere, ``days`` around the walk too."""
        kind, number, nudge = point
        if kind == "edge" and self.edges:
            return self.edges[number % len(self.edges)] + nudge
        if kind == "minute":
            return (self.start + number % (self.days * 1440) * 60) * SECOND
        margin = days * DAY if kind == "around" else 0
        return (self.start - margin) * SECOND + number % ((self.end - self.start + 2 * margin) * SECOND)


@st.composite
def settings(draw: st.DrawFn) -> Setting:
    """Draw a calendar together with a place."""
    place, table = draw(places), draw(hours())
    event(f"place: {place.why}")
    return Setting(place, table, Calendar.weekly(weekly_text(table), zone=place.zone))
