"""The documented surge of the Yunnan 1000 hotline (话务应急): a form fails; the rules call for tier III, and end it.

The first call comes at 14:10; by 14:30 there are 15 tickets of one problem and more than 3 callers wait. What is marked
"documented" is from the desk's own report; the readings in between are illustrative and change no result.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction

import pendulum
from attrs import field, frozen
from rich.table import Table

from desk_report import BAD_INPUT, one_line, screen, table
from servicedesk import from_us, to_us
from servicedesk.conditions.literals import literal_text
from servicedesk.emergency import Plan, Sample, TierRecommended, Value, Watch, WatchFact, library

ZONE = "Asia/Shanghai"
SCOPE = "assets"
TIER = "III"
SIGNALS = ("waiting", "idle", "abandonment")


@frozen
class Moment:
    """What happened at a clock time, and what the gauges of the asset domain (资产域) read from then on."""

    clock: str
    what: str
    readings: dict[str, Value] = field(factory=dict)
    documented: bool = field(default=False, kw_only=True)
    asked: bool = field(default=False, kw_only=True)  # how far is the tier, or what ends it?


SURGE = (
    Moment("14:00:00", "a quiet afternoon", {"waiting": 0, "idle": 3}, asked=True),
    Moment("14:10:00", "the first call: a form fails", {"waiting": 0, "idle": 2}, documented=True),
    Moment("14:20:00", "the seats fill up", {"waiting": 2, "idle": 0}),
    Moment("14:26:00", "a short burst", {"waiting": 5}),
    Moment("14:28:00", "… which ends before it has held 3 minutes", {"waiting": 3}),
    Moment("14:30:00", "15 tickets of one problem", {"waiting": 6}, documented=True),
    Moment("14:32:10", "the floor manager asks how far tier III is", asked=True),
    Moment("14:33:00", "instant abandonment 6 %", {"abandonment": Fraction(6, 100)}, documented=True),
    Moment(
        "14:45:00",
        "seats fall idle, the queue is empty, the response goes on",
        {"waiting": 0, "idle": 3, "abandonment": Fraction(2, 100)},
        documented=True,
    ),
    Moment("14:50:00", "the floor manager asks what ends it", asked=True),
    Moment("15:05:00", "back to the daily business"),
)


def day_of(text: str) -> date:
    """Read the day the surge is played on."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  # a day of the calendar, no instant
    except ValueError:
        raise ValueError(f"--date {text!r} is no day; write it like 2016-08-17") from None


def instant(day: date, clock: str) -> int:
    """Return the instant of a clock time in Yunnan."""
    hour, minute, second = map(int, clock.split(":"))
    return to_us(pendulum.datetime(day.year, day.month, day.day, hour, minute, second, tz=ZONE))


def rows(plan: Plan, day: date) -> Iterator[tuple[str, ...]]:
    """Play the surge, and yield the rows of its timeline: what happened, and what the rules called for."""
    watch, known = Watch(plan), dict[str, Value]()
    for moment in SURGE:
        at = instant(day, moment.clock)
        known |= moment.readings
        yield from change_rows(watch.advance(at - 1))
        for signal, value in moment.readings.items():
            watch.observe(Sample(SCOPE, signal, value, at=at))
        now = watch.advance(at)
        yield moment_row(moment, known, watch)
        yield from change_rows(now)


def moment_row(moment: Moment, known: dict[str, Value], watch: Watch) -> tuple[str, ...]:
    """Tell a moment, with the gauges as they are then; a question is answered by the watch."""
    what = f"{moment.what} [dim](documented)[/]" if moment.documented else moment.what
    if moment.asked:
        what += f"\n[cyan]{watch.explain(SCOPE, TIER).text(ZONE)}[/]"
    gauges = (literal_text(known[signal]) if signal in known else "?" for signal in SIGNALS)
    return (moment.clock, *gauges, watch.status(SCOPE).tier, what)


def change_rows(facts: Iterable[WatchFact]) -> Iterator[tuple[str, ...]]:
    """Tell every raise and stand-down among some facts."""
    return (change_row(fact) for fact in facts if isinstance(fact, TierRecommended))


def change_row(fact: TierRecommended) -> tuple[str, ...]:
    """Tell a raise or a stand-down, with its reasons."""
    style, word = ("bold red", "RAISED") if fact.to_rank else ("bold green", "STOOD DOWN")
    clock = from_us(fact.at, ZONE).format("HH:mm:ss")
    why = "\n".join(reason.text(ZONE, beside=fact.at) for reason in fact.because)
    return (f"[{style}]{clock}[/]", "", "", "", f"[{style}]{fact.tier}[/]", f"[{style}]{word}[/] because\n{why}")


def timeline(plan: Plan, day: date) -> Table:
    """Return the whole surge as a table."""
    title = f"Surge in the asset domain, {day:%Y-%m-%d}, plan {plan.name}"
    return table(
        title, "time", "#waiting", "#idle", "#loss", "tier", "what happened, and why", rows=rows(plan, day), markup=True
    )


def main(argv: Sequence[str]) -> int:
    """Print the rules and the timeline; return 0, or 2 with one line on standard error for bad input."""
    parser = argparse.ArgumentParser(prog="surge_1410", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--date", default="2016-08-17", help="the day to play it on (default: %(default)s, illustrative)"
    )
    arguments = parser.parse_args(argv)
    try:
        plan, console = library.yunnan_tier_three(), screen()
        made = timeline(plan, day_of(arguments.date))
    except BAD_INPUT as error:
        print(f"surge_1410: {one_line(error)}", file=sys.stderr)
        return 2
    for tier in plan.tiers:
        console.print(f"Tier {tier.name} begins: {tier.enter}\n         ends:   {tier.exit}\n", highlight=False)
    console.print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
