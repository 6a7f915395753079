"""Clocks: microseconds a verb, an answer, and a replayed change, beside the budgets of the specification (SLA §8).

    python benchmarks/bench_clock.py

One process, the best of several rounds of CPU time. The goal has three warnings and two escalations, on office hours
with a lunch break. Beside each figure stands how many questions to the calendar it comes to: what a machine is worth
is seen there. Before anything is timed, the replay of the long life must give the clock that lived it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import process_time
from timeit import Timer
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from servicedesk.instants import to_us
from servicedesk.sla import Calendar, Clock, ClockFact, Escalation, Goal, WorkingDays

OFFICE = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai", name="office")
START = to_us(datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai")))
HOUR = 3_600_000_000
CHANGES = 40


def goal(within: str, calendar: Calendar = OFFICE) -> Goal:
    return Goal(
        "resolution",
        within=within,
        calendar=calendar,
        stop="resolved",
        warn_at=("50%", "80%"),
        warn_before=("1h",),
        escalations=(Escalation("1h", "group_leader"), Escalation("4h", "head")),
    )


def microseconds(question: Callable[[], object], rounds: int = 15) -> float:
    """Return the microseconds of CPU time a call takes, the best of some rounds: the rest is the machine's noise."""
    timer = Timer(question, timer=process_time)
    number = max(1, int(0.02 / max(timer.timeit(1), 1e-7)))
    return min(timer.repeat(rounds, number)) / number * 1e6


def long_life() -> tuple[Clock, tuple[ClockFact, ...]]:
    """Return a clock that was paused and resumed every few minutes, and its facts."""
    clock, at = Clock.start(goal("800h"), at=START, ticket="T-7"), START
    for number in range(CHANGES):
        at += 7 * 60_000_000
        clock = clock.resume("customer", at=at) if number % 2 else clock.pause("customer", at=at)
    return clock, clock.changes


def verbs() -> list[tuple[str, str, Callable[[], object], int]]:
    """Return what is timed: name, budget, call, and how many changes are in it."""
    eight, four, dated = goal("8h"), goal("4h"), Goal("answer", within=WorkingDays(7), calendar=OFFICE)
    clock = Clock.start(eight, at=START, ticket="T-7").drop_changes()
    paused = clock.pause("customer", at=START + HOUR).drop_changes()
    lived, facts = long_life()
    if Clock.replay(lived.goal, facts) != lived:
        raise SystemExit("the replay of the long life is not the clock that lived it")
    return [
        ("calendar: elapsed", "0.7", lambda: OFFICE.elapsed_us(START, START + HOUR), 1),
        ("calendar: add", "0.7", lambda: OFFICE.add_us(START, 8 * HOUR), 1),
        ("breached, on a stored clock", "0.1", lambda: (clock.breach_at_us or 0) <= START, 1),
        ("status", "2", lambda: clock.status(START + HOUR), 1),
        ("status: breached, due", "", lambda: (s := clock.status(START + HOUR)).breached and s.due_us, 1),
        ("next_due_us", "", lambda: clock.next_due_us, 1),
        ("start", "", lambda: Clock.start(eight, at=START, ticket="T-7"), 1),
        ("start, seven working days", "", lambda: Clock.start(dated, at=START, ticket="T-7"), 1),
        ("pause", "4", lambda: clock.pause("customer", at=START + HOUR), 1),
        ("resume", "4", lambda: paused.resume("customer", at=START + 2 * HOUR), 1),
        ("retarget", "4", lambda: clock.retarget(four, at=START + HOUR), 1),
        ("advance over six thresholds", "", lambda: clock.advance(START + 240 * HOUR), 1),
        ("stop", "", lambda: clock.stop(at=START + HOUR), 1),
        (f"replay, a change of {CHANGES}", "1", lambda: Clock.replay(lived.goal, facts), CHANGES),
    ]


def main() -> None:
    table = Table("clock", "µs", "budget µs", "calendar questions")
    unit = 0.0
    for name, budget, call, changes in verbs():
        cost = microseconds(call) / changes
        unit = unit or cost
        table.add_row(name, f"{cost:.2f}", budget, f"{cost / unit:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
