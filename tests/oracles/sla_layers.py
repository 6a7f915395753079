"""Strategies for calendars with layers: drawn as plain data for the oracle, written as people write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from attrs import field, frozen
from hypothesis import event
from hypothesis import strategies as st

from oracles.layer_walk import Layers, LayerWalk, Windows
from oracles.sla_calendars import FIXED, WEEKDAYS, Place, Setting, hours, places, weekly_text, windows, windows_text
from servicedesk.sla import Calendar

__all__ = ["DAYS", "LayeredSetting", "arguments", "layered", "layers", "special_text", "specials"]

DAYS = range(-4, 5)
some_days = st.integers(-3, 3)
dated_windows = st.one_of(
    windows.map(lambda spans: spans or FIXED["office"]),
    st.sampled_from((((720, 780),), ((720, 721),), ((0, 1440),), ((1320, 1800),), ((0, 1),), ((1439, 1440),))),
    st.sampled_from((((510, 720), (720, 800)), ((1380, 2810),), ((90, 150),), ((0, 60), (1380, 1500)))),
)
parts = st.lists(dated_windows, min_size=1, max_size=2)
weekdays = st.integers(0, 6)
specials = st.one_of(
    st.tuples(st.just("windows"), dated_windows),
    st.tuples(st.just("as"), weekdays),
    st.just(("weekly", None)),
    st.just(("closed", None)),
    st.just(("makeup", None)),
    st.tuples(st.just("makeup as"), weekdays),
    st.tuples(st.just("makeup windows"), dated_windows),
)
ONE_PATTERN = dict.fromkeys(range(5), FIXED["office"]) | {5: (), 6: ()}
weeks = st.one_of(hours(), st.just(ONE_PATTERN), st.just(dict.fromkeys(range(7), ((1320, 1800),))), st.just({}))
season_ends = st.lists(st.integers(-2, 2) | st.integers(-180, 180), min_size=0, max_size=4, unique=True)


@st.composite
def _seasons(draw: st.DrawFn, day: date) -> tuple[tuple[tuple[int, int], tuple[int, int], Mapping[int, Windows]], ...]:
    """Draw up to two seasons that do not overlap, around a date; one of them may wrap the year."""
    around = date(2000, day.month, day.day)
    ends = sorted(draw(season_ends))
    found = []
    for first, last in zip(ends[::2], ends[1::2], strict=False):
        start, stop = (_month_day(around + timedelta(days=step)) for step in (first, last))
        found.append((start, stop, draw(weeks)))
        event(f"a season wraps the year: {start > stop}")
    return tuple(found)


def _month_day(day: date) -> tuple[int, int]:
    return day.month, day.day


@st.composite
def layers(draw: st.DrawFn, day: date) -> Layers:
    """Draw the layers of a calendar around a date; there is always some working time."""
    at = {step: day + timedelta(days=step) for step in DAYS}
    drawn = Layers(
        draw(weeks),
        draw(_seasons(day)),
        frozenset(at[step] for step in draw(st.sets(some_days, max_size=3))),
        {at[step]: told for step, told in draw(st.dictionaries(some_days, specials, max_size=3)).items()},
        {at[step]: told for step, told in draw(st.dictionaries(some_days, parts, max_size=3)).items()},
        {at[step]: told for step, told in draw(st.dictionaries(some_days, parts, max_size=2)).items()},
        cut=draw(st.booleans()),
        conflict=draw(st.sampled_from(("special", "holiday"))),
    )
    if not any(any(week.values()) for week in (drawn.weekly, *(week for _, _, week in drawn.seasons))):
        drawn = _opened(drawn, at[0])
    drawn = _decided(drawn)
    _tell(drawn)
    return drawn


def _opened(drawn: Layers, day: date) -> Layers:
    return Layers(
        drawn.weekly,
        (),
        drawn.holidays,
        drawn.special,
        drawn.breaks,
        {**drawn.extra, day: [FIXED["office"]]},
        drawn.cut,
    )


def _decided(drawn: Layers) -> Layers:
    """Name a weekday for make-up days whose hours the working weekdays do not share (SLA-32)."""
    special = {
        day: ("makeup as", 2) if told[0] == "makeup" and _patterns(drawn.week_on(day)) != 1 else told
        for day, told in drawn.special.items()
    }
    return Layers(
        drawn.weekly,
        drawn.seasons,
        drawn.holidays,
        special,
        drawn.breaks,
        drawn.extra,
        drawn.cut,
        drawn.conflict,
    )


def _patterns(week: Mapping[int, Windows]) -> int:
    return len({tuple(spans) for spans in week.values() if spans})


def _tell(drawn: Layers) -> None:
    """Say to Hypothesis which corners an example reaches."""
    nights = {day for day in drawn.special if any(end > 1440 for _, end in drawn.base(day))}
    event(f"weekly closed: {not drawn.weekly}")
    event(f"a special night: {bool(nights)}")
    event(f"a night runs into a holiday: {any(_overnight(drawn, day) for day in drawn.holidays)}")
    event(f"holiday and special on one date: {bool(drawn.holidays & drawn.special.keys())}")
    event(f"break and extra on one date: {bool(drawn.breaks.keys() & drawn.extra.keys())}")
    for rule, _ in drawn.special.values():
        event(f"special: {rule}")


def _overnight(drawn: Layers, day: date) -> bool:
    return any(end > 1440 for _, end in drawn.base(day - timedelta(days=1)))


def special_text(told: tuple[str, Any]) -> str:
    """Write a special day's hours as people do."""
    rule, value = told
    if rule.endswith("windows"):
        return f"{rule.removesuffix('windows')}{windows_text(value)}"
    return f"{rule} {WEEKDAYS[value]}" if rule.endswith("as") else rule


def _written(table: Mapping[date, Sequence[Windows]]) -> dict[str, list[str]]:
    return {str(day): [windows_text(part) for part in told] for day, told in table.items()}


def arguments(drawn: Layers) -> dict[str, Any]:
    """Return the arguments of ``Calendar.weekly`` for layers, but for the zone."""
    return {
        "text": weekly_text(drawn.weekly) or "closed",
        "seasons": {
            "..".join(f"{month:02}-{day:02}" for month, day in (first, last)): weekly_text(week) or "closed"
            for first, last, week in drawn.seasons
        },
        "holidays": {str(day): f"H {day.day}" for day in sorted(drawn.holidays)},
        "special": {str(day): {"hours": special_text(told), "name": "S"} for day, told in drawn.special.items()},
        "breaks": _written(drawn.breaks),
        "extra": _written(drawn.extra),
        "holiday_cuts": "midnight" if drawn.cut else "",
        "on_conflict": drawn.conflict,
    }


@frozen
class LayeredSetting(Setting):
    """A calendar with layers, and the place it is looked at."""

    layers: Layers = field(factory=lambda: Layers({}))

    def walk(self) -> LayerWalk:
        """Walk through the days around the strange night."""
        return LayerWalk(self.layers, self.place.zone, self.start, self.end, self.place.step)

    def fresh(self, **options: Any) -> Calendar:
        """Build the calendar again, with nothing compiled."""
        return Calendar.weekly(**(arguments(self.layers) | options), zone=self.place.zone)

    @property
    def dates(self) -> list[date]:
        """The dates that may have exceptions, and one more to either side."""
        return [self.place.day + timedelta(days=step) for step in DAYS]


@st.composite
def layered(draw: st.DrawFn, among: st.SearchStrategy[Place] = places) -> LayeredSetting:
    """Draw a calendar with layers together with a place."""
    place = draw(among)
    drawn = draw(layers(place.day))
    event(f"place: {place.why}")
    calendar = Calendar.weekly(**arguments(drawn), zone=place.zone)
    return LayeredSetting(place, drawn.weekly, calendar, drawn)
