"""Working time: microseconds a question, and how many times longer other libraries take for the same one.

    python benchmarks/bench_calendar.py

One process, the best of several rounds. Before anything is timed, every peer is asked the same questions and must
give our answer, to the second; a peer that is not installed is named and left out. The questions are on Mon–Fri
09:00–17:00 in Shanghai, which keeps one offset, so that no peer is judged by its trouble with daylight saving.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from importlib import import_module
from time import process_time
from timeit import Timer
from zoneinfo import ZoneInfo

import pendulum
from attrs import frozen
from rich.console import Console
from rich.table import Table

from servicedesk.instants import to_us
from servicedesk.sla import Calendar, Clock, Goal

ZONE = ZoneInfo("Asia/Shanghai")
OPENING, CLOSING = time(9), time(17)
OFFICE = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", name="office")
SPANS = {"1 day": 1, "30 days": 30, "1 year": 365, "10 years": 3_652}
GOALS = (8, 200, 2_000)  # hours
HOUR = 3_600_000_000


@frozen
class Peer:
    """Another library, asked our question: working time between two instants, and perhaps the due instant."""

    name: str
    elapsed: Callable[[datetime, datetime], timedelta]
    add: Callable[[datetime, int], datetime] | None = None


def businesstimedelta() -> Peer:
    library, pytz = import_module("businesstimedelta"), import_module("pytz")
    zone = pytz.timezone("Asia/Shanghai")
    rule = library.WorkDayRule(start_time=OPENING, end_time=CLOSING, working_days=[0, 1, 2, 3, 4], tz=zone)
    return Peer(
        "businesstimedelta",
        lambda start, end: rule.difference(start, end).timedelta,
        lambda start, hours: start + library.BusinessTimeDelta(rule, hours=hours),
    )


def bizdurr() -> Peer:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    hours = {day: {"start": "09:00", "end": "17:00"} for day in days}
    schedule = import_module("bizdurr").BusinessDuration(hours, "Asia/Shanghai")
    return Peer("bizdurr", schedule.calculate)


def business_duration() -> Peer:
    count = import_module("business_duration").businessDuration

    def elapsed(start: datetime, end: datetime) -> timedelta:
        # It knows no zones, so it is given wall times; it counts in a unit of one's choice.
        seconds = count(start.replace(tzinfo=None), end.replace(tzinfo=None), OPENING, CLOSING, unit="sec")
        return timedelta(seconds=round(seconds))

    return Peer("business-duration", elapsed)


def peers(console: Console) -> Iterator[Peer]:
    """Yield the peers that are installed, each after it has agreed with us."""
    for name, build in (
        ("businesstimedelta", businesstimedelta),
        ("bizdurr", bizdurr),
        ("business-duration", business_duration),
    ):
        try:
            peer = build()
        except ImportError:
            console.print(f"{name}: peer not installed")
            continue
        agree(peer)
        yield peer


def questions(days: int, count: int) -> list[tuple[datetime, datetime]]:
    """Draw pairs of instants ``days`` apart, to the second, starting inside working hours."""
    draw = random.Random(days)
    pairs: list[tuple[datetime, datetime]] = []
    while len(pairs) < count:
        start = datetime(2016, 1, 4, tzinfo=ZONE) + timedelta(days=draw.randrange(365), seconds=draw.randrange(86_400))
        if OFFICE.is_open(start):
            pairs.append((start, start + timedelta(days=days, seconds=draw.randrange(86_400))))
    return pairs


def agree(peer: Peer) -> None:
    """Stop unless a peer gives our answers to the questions that are timed."""
    for days in SPANS.values():
        for start, end in questions(days, 12):
            insist(peer, start, end, OFFICE.elapsed(start, end), peer.elapsed(start, end))
    for hours in GOALS if peer.add else ():
        for start, _ in questions(1, 12):
            insist(peer, start, hours, OFFICE.add(start, timedelta(hours=hours)), peer.add and peer.add(start, hours))


def insist(peer: Peer, start: datetime, asked: object, ours: object, theirs: object) -> None:
    if ours != theirs:
        raise SystemExit(f"{peer.name} disagrees: {start}, {asked}: we say {ours}, it says {theirs}")


def microseconds(question: Callable[[], object], rounds: int = 9) -> float:
    """Return the microseconds of CPU time a call takes, the best of some rounds: the rest is the machine's noise."""
    timer = Timer(question, timer=process_time)
    number = max(1, int(0.02 / max(timer.timeit(1), 1e-7)))
    return min(timer.repeat(rounds, number)) / number * 1e6


def per_question(ask: Callable[..., object], asked: list[tuple[object, object]], rounds: int = 9) -> float:
    """Return the microseconds of one of many different questions, the loop itself taken off."""

    def every(function: Callable[..., object]) -> Callable[[], None]:
        def run() -> None:
            for first, second in asked:
                function(first, second)

        return run

    loop = microseconds(every(lambda _first, _second: None), rounds)
    return (microseconds(every(ask), rounds) - loop) / len(asked)


def elapsed_table(found: list[Peer]) -> Table:
    table = Table("elapsed over", "integers µs", "datetimes µs", *(f"{peer.name} µs (ratio)" for peer in found))
    for name, days in SPANS.items():
        asked = questions(days, 500)
        ours = per_question(OFFICE.elapsed_us, [(to_us(start), to_us(end)) for start, end in asked])
        edge = per_question(OFFICE.elapsed, [(start, end) for start, end in asked])
        cells = []
        for peer in found:
            theirs = per_question(peer.elapsed, [*asked[:3]], rounds=2)
            cells.append(f"{theirs:,.0f} ({theirs / ours:,.0f}×, datetimes {theirs / edge:,.0f}×)")
        table.add_row(name, f"{ours:.2f}", f"{edge:.2f}", *cells)
    return table


def add_table(found: list[Peer]) -> Table:
    adding = [peer for peer in found if peer.add]
    table = Table("due after", "integers µs", "datetimes µs", *(f"{peer.name} µs (ratio)" for peer in adding))
    for hours in GOALS:
        starts = [start for start, _ in questions(1, 500)]
        ours = per_question(OFFICE.add_us, [(to_us(start), hours * HOUR) for start in starts])
        edge = per_question(OFFICE.add, [(start, timedelta(hours=hours)) for start in starts])
        cells = []
        for peer in adding:
            theirs = per_question(peer.add or peer.elapsed, [(start, hours) for start in starts[:3]], rounds=2)
            cells.append(f"{theirs:,.0f} ({theirs / ours:,.0f}×, datetimes {theirs / edge:,.0f}×)")
        table.add_row(f"{hours} h", f"{ours:.2f}", f"{edge:.2f}", *cells)
    return table


def other_table() -> Table:
    """Time what has no peer: building a calendar, pendulum at the edge, the verbs of a clock."""
    office = "Mon-Fri 08:30-12:00, 14:00-18:00"
    start = to_us(datetime(2026, 3, 2, 9, tzinfo=ZONE))
    decade = 10 * 366 * 86_400_000_000

    def years() -> None:  # a first question reaches a year to either side of itself
        Calendar.weekly(office, zone="America/New_York").elapsed_us(start, start + decade)

    goal = Goal("resolution", within="6h", calendar=Calendar.weekly(office, zone="Asia/Shanghai"), stop="resolved")
    clock = Clock.start(goal, at=start, ticket="T-7").drop_changes()
    paused = clock.pause("customer", at=start + HOUR).drop_changes()
    here, there = pendulum.datetime(2026, 3, 2, 9, tz="Asia/Shanghai"), pendulum.datetime(2026, 9, 2, tz="UTC")
    table = Table("other", "µs")
    for name, call, divisor in (
        ("build a calendar year (two windows a day, daylight saving)", years, 12),
        ("elapsed, pendulum in", lambda: OFFICE.elapsed(here, there), 1),
        ("add, pendulum in and out", lambda: OFFICE.add(here, timedelta(hours=8)), 1),
        ("clock: start", lambda: Clock.start(goal, at=start, ticket="T-7"), 1),
        ("clock: pause", lambda: clock.pause("customer", at=start + HOUR), 1),
        ("clock: resume", lambda: paused.resume("customer", at=start + 2 * HOUR), 1),
        ("clock: status", lambda: clock.status(start + HOUR), 1),
    ):
        table.add_row(name, f"{microseconds(call) / divisor:,.2f}")
    return table


def main() -> None:
    console = Console()
    found = list(peers(console))
    console.print(elapsed_table(found))
    console.print(add_table(found))
    console.print(other_table())


if __name__ == "__main__":
    main()
