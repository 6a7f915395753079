"""One real day of a call centre: the queue of every second, and each raise and stand-down of a tier with its reason.

The calls are those of "Anonymous Bank" in Israel, January 1999, made public by the Technion (see examples/data). The
rule is the one of the Yunnan 1000 hotline: more than 3 waiting for more than 3 minutes; it ends after 15 calm minutes.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pendulum
from attrs import frozen
from rich.console import Console
from rich.table import Table
from rich.text import Text

from desk_report import BAD_INPUT, one_line, progress, reading, screen, table
from servicedesk import Span, from_us, to_us
from servicedesk.emergency import Plan, Sample, Tier, TierRecommended, Watch, WatchFact
from servicedesk.emergency.facts import spoken

DATA = Path(__file__).parent / "data" / "anonymous_bank_1999-01-13.txt"
ZONE = "Asia/Jerusalem"
SCOPE = "bank"
QUARTER = 15 * 60 * 1_000_000
TIER = Tier("III", enter="held(waiting > 3, 3min)", exit="held(waiting <= 3, 15min)")
PLAN = Plan(
    "call queue",
    1,
    signals=("waiting",),
    tiers=(TIER,),
    source="documented: trigger and 15 minutes of the Yunnan 1000 hotline; illustrative: calm means a short queue",
)
COLUMNS = ("type", "date", "q_start", "q_time", "outcome")


# --- the log ----------------------------------------------------------------------------------------------------------


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with reading(path), opener(path, "rt", encoding="utf-8") as text:
        return [line.rstrip("\r\n") for line in text]


def waits_of(console: Console, path: Path) -> dict[date, list[Span]]:
    """Return by day when callers waited in the queue; which calls count is said at `wait_of`."""
    header, *lines = lines_of(path) or [""]
    names = header.split("\t")
    if missing := [name for name in COLUMNS if name not in names]:
        raise ValueError(f"{path}: no column {', '.join(missing)}; its first line is {header[:100]!r}")
    waits: dict[date, list[Span]] = {}
    with progress(console) as bar:
        for number, line in enumerate(bar.track(lines, description="reading calls"), 2):
            try:
                call = call_of(names, line)
                day = stamp(call, "date", "%y%m%d", like="990113").date()
                waits.setdefault(day, []).extend(wait_of(call, day))
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
    return waits


def call_of(names: Sequence[str], line: str) -> dict[str, str]:
    """Name the values of a line."""
    values = line.split("\t")
    if len(values) != len(names):
        raise ValueError(f"{len(values)} columns instead of {len(names)}: {line[:80]!r}")
    return dict(zip(names, values, strict=True))


def wait_of(call: dict[str, str], day: date) -> Iterator[Span]:
    """Yield when a caller waited for an agent of the bank: answered or hung up, not internet support, below an hour."""
    length = seconds(call["q_time"])
    if call["outcome"] in {"AGENT", "HANG"} and call["type"] != "IN" and 0 < length < 3600:
        clock = stamp(call, "q_start", "%H:%M:%S", like="9:05:00")
        moment = (day.year, day.month, day.day, clock.hour, clock.minute, clock.second)
        start = to_us(pendulum.datetime(*moment, tz=ZONE))
        yield Span(start, start + length * 1_000_000)


def stamp(call: dict[str, str], name: str, form: str, *, like: str) -> datetime:
    """Read a day or a clock time; it is no instant yet."""
    try:
        return datetime.strptime(call[name], form)  # noqa: DTZ007  # the zone comes with the day
    except ValueError:
        raise ValueError(f"{name} {call[name]!r} is not like {like}") from None


def seconds(text: str) -> int:
    """Read a length of time; a few are negative in the log."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"q_time {text!r} is no number of seconds") from None


# --- the watch --------------------------------------------------------------------------------------------------------


def queue(waits: Iterable[Span]) -> list[tuple[int, int]]:
    """Return how many wait, from each instant on at which that number changes."""
    changes: Counter[int] = Counter()
    for wait in waits:
        changes[wait.start_us] += 1
        changes[wait.end_us] -= 1
    waiting, readings = 0, []
    for at, change in sorted(changes.items()):
        waiting += change
        readings.append((at, waiting))
    return readings


def watched(readings: Sequence[tuple[int, int]]) -> list[TierRecommended]:
    """Watch a queue up to half an hour after its last change, and return every raise and stand-down."""
    watch, facts = Watch(PLAN), list[WatchFact]()
    for at, waiting in readings:
        facts += watch.observe(Sample(SCOPE, "waiting", waiting, at=at))
    facts += watch.advance(readings[-1][0] + 2 * QUARTER)
    return [fact for fact in facts if isinstance(fact, TierRecommended)]


def responses(changes: Iterable[TierRecommended]) -> list[Span]:
    """Return when the tier was called for: from each raise to the next stand-down."""
    spans, raised = [], 0
    for change in changes:
        if change.to_rank:
            raised = change.at
        else:
            spans.append(Span(raised, change.at))
    return spans


# --- the report -------------------------------------------------------------------------------------------------------


@frozen
class Quarter:
    """A quarter of an hour: the longest queue in it, and whether the tier was called for at some instant of it."""

    start: int
    longest: int
    raised: bool


def quarters(readings: Sequence[tuple[int, int]], spans: Sequence[Span]) -> list[Quarter]:
    """Cut the day into quarters of an hour, from the first change of the queue to the last."""
    made = []
    for start in range(readings[0][0] // QUARTER * QUARTER, readings[-1][0] + 1, QUARTER):
        quarter = Span(start, start + QUARTER)
        before = [waiting for at, waiting in readings if at <= start][-1:]
        inside = [waiting for at, waiting in readings if at in quarter]
        made.append(Quarter(start, max(before + inside), any(span & quarter for span in spans)))
    return made


def picture(made: Sequence[Quarter]) -> Iterator[Text]:
    """Draw the queue, a column for each quarter of an hour; red where the tier is called for."""
    most = max(quarter.longest for quarter in made)
    step = -(-most // 10)
    for low in range((most - 1) // step * step, -1, -step):
        row = Text(f"{low + step:>4} ┤")
        for quarter in made:
            row.append(block(quarter.longest - low, step), style="red" if quarter.raised else "cyan")
        yield row
    clocks = [from_us(quarter.start, ZONE).format("HH:mm") for quarter in made]
    yield Text("   0 ┼" + "".join("┬" if clock.endswith(":00") else "─" for clock in clocks))
    yield Text(" III  " + "".join("▀" if quarter.raised else " " for quarter in made), style="red")
    yield Text("      " + hours(clocks))


def block(height: int, step: int) -> str:
    """Return the part of a column within one row, in eighths of the row."""
    return " ▁▂▃▄▅▆▇█"[max(0, min(8, height * 8 // step))]


def hours(clocks: Sequence[str]) -> str:
    """Write each hour below its first quarter."""
    line = ""
    for place, clock in enumerate(clocks):
        if clock.endswith(":00"):
            line = f"{line:<{place}}{clock[:2]}"
    return line


def change_row(change: TierRecommended, spans: Sequence[Span]) -> tuple[str, str, str]:
    """Tell a raise, or a stand-down with the length of what it ended; with the reasons."""
    clock = from_us(change.at, ZONE).format("HH:mm:ss")
    if change.to_rank:
        return f"[red]{clock}[/]", "[red]RAISED[/]", change.why(ZONE)
    lasted = next(spoken(span.duration) for span in spans if span.end_us == change.at)
    return f"[green]{clock}[/]", f"[green]STOOD DOWN[/] after {lasted}", change.why(ZONE)


def show_day(console: Console, day: date, waits: Sequence[Span]) -> None:
    """Print one day: its figures, its picture, its timeline."""
    readings = queue(waits)
    changes = watched(readings)
    spans = responses(changes)
    most = max(waiting for _, waiting in readings)
    length = spoken(sum((span.duration for span in spans), timedelta()))
    console.print(f'"Anonymous Bank" call centre, [bold]{day:%A} {day.day} {day:%B %Y}[/]', highlight=False)
    console.print(f"{len(waits):,} callers waited, at most {most} at once", highlight=False)
    console.print(f"tier III was called for {len(spans)} times, for {length} in all", highlight=False)
    console.print(f"rule: begins {TIER.enter}, ends {TIER.exit}\n", highlight=False)
    for line in picture(quarters(readings, spans)):
        console.print(line)
    console.print(
        "the longest queue of each quarter of an hour; the marks below: tier III is called for\n", style="dim"
    )
    rows = [change_row(change, spans) for change in changes]
    console.print(table("Every raise and stand-down", "time", "what", "because", rows=rows, markup=True))


def days_table(waits: dict[date, list[Span]]) -> Table:
    """List the days of a log, each watched by itself."""
    rows = []
    for day, spans in sorted(waits.items()):
        raises = responses(watched(queue(spans))) if spans else []
        length = spoken(sum((span.duration for span in raises), timedelta()))
        rows.append((f"{day} {day:%a}", len(spans), len(raises), length if raises else ""))
    return table("Days of the log", "day", "#callers waited", "#raises", "#tier III called for", rows=rows)


# --- the command ------------------------------------------------------------------------------------------------------


def chosen(waits: dict[date, list[Span]], day: str, path: Path) -> date:
    """Return the day asked for, if the log holds calls that waited on it."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise ValueError(f"--day {day!r} is no day; write it like 1999-01-13") from None
    if not waits.get(found):
        held = f"{min(waits)} to {max(waits)}" if waits else "nothing"
        raise ValueError(f"{path}: nobody waited on {found}; the log holds {held}")
    return found


def arguments_of(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="watch_call_queue", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--log", type=Path, default=DATA, help="a month of the log, gzipped or not (default: one day)")
    parser.add_argument("--day", default="1999-01-13", help="the day to show (default: %(default)s)")
    parser.add_argument("--days", action="store_true", help="list all days of the log instead")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Print a day, or all days; return 0, or 2 with one line on standard error for bad input."""
    arguments, console = arguments_of(argv), screen()
    try:
        waits = waits_of(console, arguments.log)
        if arguments.days:
            console.print(days_table(waits))
        else:
            day = chosen(waits, arguments.day, arguments.log)
            show_day(console, day, waits[day])
    except BAD_INPUT as error:
        print(f"watch_call_queue: {one_line(error)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
