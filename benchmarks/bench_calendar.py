"""Working time: microseconds a question, and how many times longer other libraries take for the same one.

    python benchmarks/bench_calendar.py

One process, the best of several rounds; what clocks cost is in bench_clock.py. Before anything is timed, every peer is
asked the same questions and must give our answer, to the second; a peer that is not installed is named and left out.
The questions are on Mon–Fri 09:00–17:00 in Shanghai, which keeps one offset, so that no peer is judged by its trouble
with daylight saving.
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
from servicedesk.sla import Calendar, Roll, add_many, elapsed_many

ZONE = ZoneInfo("Asia/Shanghai")
OPENING, CLOSING = time(9), time(17)
OFFICE = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", name="office")
SPANS = {"1 day": 1, "30 days": 30, "1 year": 365, "10 years": 3_652}
GOALS = (8, 200, 2_000)  # hours
HOUR = 3_600_000_000


@frozen
class Peer:
    """Another library, asked our questions: working time between two instants, the due instant, or one of the two.

    ``roll`` is its own rule for work that ends with a window: at the closing, or at the next opening.
    """

    name: str
    elapsed: Callable[[datetime, datetime], timedelta] | None = None
    add: Callable[[datetime, int], datetime] | None = None
    roll: Roll = "close"


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


def pandas() -> Peer:
    library = import_module("pandas")
    hours = library.offsets.CustomBusinessHour(start="09:00", end="17:00")
    return Peer(
        "pandas CustomBusinessHour",
        add=lambda start, count: (library.Timestamp(start) + count * hours).to_pydatetime(),
        roll="open",
    )


def numpy() -> Peer:
    count = import_module("numpy").busday_count

    def elapsed(start: datetime, end: datetime) -> timedelta:
        # It counts whole days: the working days between two dates, as 8 hours each, and the parts of both ends.
        def part(at: datetime) -> timedelta:
            wall = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
            worked = min(max(wall - timedelta(hours=9), timedelta(0)), timedelta(hours=8))
            return worked if at.weekday() < 5 else timedelta(0)

        days = int(count(start.date(), end.date()))
        return days * timedelta(hours=8) - part(start) + part(end)

    return Peer("numpy busday_count", elapsed)


def opening_hours() -> Peer:
    library = import_module("opening_hours")
    hours = library.OpeningHours("Mo-Fr 09:00-17:00", timezone=ZONE)

    def stretches(start: datetime) -> Iterator[tuple[datetime, datetime]]:
        for begin, end, state, _ in hours.intervals(start):
            if state == library.State.OPEN:
                yield begin, end

    def elapsed(start: datetime, end: datetime) -> timedelta:
        total = timedelta(0)
        for begin, until in stretches(start):
            if begin >= end:
                break
            total += min(until, end) - begin
        return total

    def add(start: datetime, count: int) -> datetime:
        left = timedelta(hours=count)
        for begin, until in stretches(start):
            if until - begin >= left:
                return begin + left
            left -= until - begin
        raise AssertionError

    return Peer("opening-hours-py", elapsed, add)


def peers(console: Console) -> Iterator[Peer]:
    """Yield the peers that are installed, each after it has agreed with us."""
    for name, build in (
        ("businesstimedelta", businesstimedelta),
        ("bizdurr", bizdurr),
        ("business-duration", business_duration),
        ("opening-hours-py", opening_hours),
        ("pandas", pandas),
        ("numpy", numpy),
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
    """Stop unless a peer gives our answers to the questions that are timed, under its own landing rule."""
    for days in SPANS.values() if peer.elapsed else ():
        for start, end in questions(days, 12):
            insist(peer, start, end, OFFICE.elapsed(start, end), peer.elapsed and peer.elapsed(start, end))
    for hours in GOALS if peer.add else ():
        for start, _ in questions(1, 12):
            ours = OFFICE.add(start, timedelta(hours=hours), roll=peer.roll)
            insist(peer, start, hours, ours, peer.add and peer.add(start, hours))


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
    """Time `elapsed`: ours on integers and on datetimes, then a row for each peer with what it answers to the first."""
    table = Table("elapsed over", "who", "answer", "µs", "ratio to ours: integers", "datetimes", title="elapsed")
    for name, days in SPANS.items():
        asked = questions(days, 500)
        first = asked[0]
        ours = per_question(OFFICE.elapsed_us, [(to_us(start), to_us(end)) for start, end in asked])
        edge = per_question(OFFICE.elapsed, [(start, end) for start, end in asked])
        table.add_row(name, "servicedesk", str(OFFICE.elapsed(*first)), f"{ours:.2f}, {edge:.2f}", "", "", style="bold")
        for peer in found:
            if peer.elapsed:
                theirs = per_question(peer.elapsed, [*asked[:3]], rounds=2)
                table.add_row("", peer.name, str(peer.elapsed(*first)), *ratios(theirs, ours, edge))
    return table


def ratios(theirs: float, ours: float, edge: float) -> tuple[str, str, str]:
    return f"{theirs:,.1f}", f"{theirs / ours:,.0f}×", f"{theirs / edge:,.0f}×"


def add_table(found: list[Peer]) -> Table:
    """Time `add` in the same way."""
    table = Table("due after", "who", "answer", "µs", "ratio to ours: integers", "datetimes", title="add")
    for hours in GOALS:
        starts = [start for start, _ in questions(1, 500)]
        ours = per_question(OFFICE.add_us, [(to_us(start), hours * HOUR) for start in starts])
        edge = per_question(OFFICE.add, [(start, timedelta(hours=hours)) for start in starts])
        answer = f"{OFFICE.add(starts[0], timedelta(hours=hours)):%Y-%m-%d %H:%M:%S}"
        table.add_row(f"{hours} h", "servicedesk", answer, f"{ours:.2f}, {edge:.2f}", "", "", style="bold")
        for peer in found:
            if peer.add:
                theirs = per_question(peer.add, [(start, hours) for start in starts[:3]], rounds=2)
                table.add_row(
                    "", peer.name, f"{peer.add(starts[0], hours):%Y-%m-%d %H:%M:%S}", *ratios(theirs, ours, edge)
                )
    return table


def bulk_table() -> Table | None:
    """Time a million random pairs at once, ten years wide, if NumPy is there."""
    try:
        np = import_module("numpy")
    except ImportError:
        return None
    draw = np.random.default_rng(2016)
    first = to_us(datetime(2016, 1, 4, tzinfo=ZONE))
    starts, ends = (first + draw.integers(0, 3_652 * 24 * HOUR, 1_000_000) for _ in range(2))
    worked = draw.integers(0, 2_000 * HOUR, 1_000_000)
    table = Table("a million at once", "µs a pair", title="bulk")
    for name, call in (
        ("elapsed_many", lambda: elapsed_many(OFFICE, starts, ends)),
        ("add_many", lambda: add_many(OFFICE, starts, worked)),
    ):
        table.add_row(name, f"{microseconds(call, 5) / 1_000_000:.3f}")
    return table


def other_table() -> Table:
    """Time what has no peer: building a calendar, pendulum at the edge, an explanation, working dates."""
    office = "Mon-Fri 08:30-12:00, 14:00-18:00"
    start = to_us(datetime(2026, 3, 2, 9, tzinfo=ZONE))
    decade = 10 * 366 * 86_400_000_000

    def years() -> None:  # a first question reaches a year to either side of itself
        Calendar.weekly(office, zone="America/New_York").elapsed_us(start, start + decade)

    here, there = pendulum.datetime(2026, 3, 2, 9, tz="Asia/Shanghai"), pendulum.datetime(2026, 9, 2, tz="UTC")
    table = Table("other", "µs")
    for name, call, divisor in (
        ("build a calendar year (two windows a day, daylight saving)", years, 12),
        ("elapsed, pendulum in", lambda: OFFICE.elapsed(here, there), 1),
        ("add, pendulum in and out", lambda: OFFICE.add(here, timedelta(hours=8)), 1),
        ("explain, a segment", lambda: OFFICE.explain(here, there), len(OFFICE.explain(here, there))),
        ("the 32nd working date", lambda: OFFICE.working_day(736_000, 32), 1),
    ):
        table.add_row(name, f"{microseconds(call) / divisor:,.2f}")
    return table


def main() -> None:
    console = Console()
    console = console if console.is_terminal else Console(width=120)
    found = list(peers(console))
    console.print(elapsed_table(found))
    console.print(add_table(found))
    console.print(other_table())
    bulk = bulk_table()
    console.print(bulk if bulk is not None else "bulk: NumPy is not installed")


if __name__ == "__main__":
    main()
