"""Replay the real log of a real service desk: rows become facts, facts become tickets, clocks and a scorecard.

The log is ServiceNow's audit of an IT company's desk, made public by Amaral, Fantinato and Peres (University of São
Paulo; UCI Machine Learning Repository, CC BY 4.0). Without ``--log`` an extract is used: see examples/data.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from desk_report import percent, progress, run, screen, table
from servicedesk import Append, Calendar, Clock, Goal, Period, State, Step, Workflow, from_us, scorecard, tickets, to_us
from servicedesk.events import ClockStarted, ClockStopped, Fact, TicketMoved
from servicedesk.importing import ImportedCase, ImportedLog, LogMapping, commits, csv_rows, import_log
from servicedesk.metrics import Line, library
from servicedesk.stores import SqliteLog
from servicedesk.workflow import Conformance, conformance

EXTRACT = Path(__file__).parent / "data" / "incident_log_extract.csv.gz"

WAITING = ("Awaiting User Info", "Awaiting Problem", "Awaiting Vendor", "Awaiting Evidence")
FLOW = Workflow(
    "incident",
    1,
    states=[
        State("New", "new", born=True),
        State("Active", "active"),
        *(State(name, "waiting") for name in WAITING),
        State("Resolved", "resolved"),
        State("Closed", "closed"),
    ],
    steps=[
        Step("work", ("New", "Resolved", *WAITING), "Active"),
        *(
            Step(f"hold: {name}", ("New", "Active", "Resolved", *(other for other in WAITING if other != name)), name)
            for name in WAITING
        ),
        Step("resolve", ("New", "Active", *WAITING), "Resolved"),
        Step("close", "Resolved", "Closed"),
    ],
).compile()
"""The lifecycle as the desk's system was meant to be used: 37 moves between eight states."""

FIRST_LINE = "Group 70"
"""The group that receives half of all incidents first: the desk's first line, as far as the log tells."""

MAPPING = LogMapping(
    source="uci-incident-log",
    case="number",
    at="sys_updated_at",
    state="incident_state",
    order="sys_mod_count",
    accepted="opened_at",
    actor="sys_updated_by",
    group="assignment_group",
    assignee="assigned_to",
    service="category",
    symptom="u_symptom",
    priority="priority",
    format="%d/%m/%Y %H:%M",
    zone="UTC",
    outcomes={"Resolved": "solved"},
    lines={FIRST_LINE: 1},
    default_line=2,
    on_unknown="skip_row",
    witnesses=("made_sla", "reopen_count", "opened_at", "closed_at"),
    check_against={"closed_at": "closed_at"},
)

DESK_HOURS = Calendar.weekly("Mon-Fri 08:00-17:00", zone="Etc/GMT+7", name="desk hours", version="as fitted")
"""The hours that explain the log's own verdicts, in a zone seven hours west of the log's stamps."""

GOALS: Mapping[str | None, Goal] = {
    priority: Goal("resolution", within=within, calendar=DESK_HOURS, boundary="strict", stop="Closed")
    for priority, within in {"3 - Moderate": "63h", "4 - Low": "135h"}.items()
}


def rows(path: Path) -> Iterator[dict[str, str | None]]:
    """Read the rows of a CSV file, gzipped or not."""
    return csv_rows(path)


def clock_of(case: ImportedCase) -> tuple[Append, ...]:
    """Run the resolution clock of a case from opened to its last closing, judged by the priority it was closed with."""
    ticket = tickets.replay(case.facts)
    goal = GOALS.get(ticket.priority) if ticket else None
    if ticket is None or goal is None:
        return ()
    clock = Clock.start(goal, at=ticket.accepted, ticket=ticket.id)
    if ticket.state == "Closed":
        clock = clock.stop(at=ticket.entered)
    return (Append(f"clocks/{ticket.id}", clock.changes, expected_version=0),)


def read(console: Console, path: Path) -> ImportedLog:
    """Read the log into facts, showing how far it is."""
    with progress(console) as bar:
        return import_log(bar.track(rows(path), total=None, description="reading rows"), MAPPING, FLOW)


def opened(path: Path) -> SqliteLog:
    """Open the store, or make it where there is none."""
    return SqliteLog.open(path) if path.exists() else SqliteLog.create(path)


def store(console: Console, imported: ImportedLog, log: SqliteLog) -> tuple[Fact, ...]:
    """Store every case together with its clock, a hundred cases a commit; give back what the store then holds.

    A run that was interrupted is simply run again: commits that are there already answer "duplicate". A store that
    holds another form of the log, before rows were added or changed, refuses with a conflict.
    """
    with progress(console) as bar:
        size = 100
        for commit in bar.track(
            commits(imported, size=size, beside=clock_of),
            total=-(-len(imported.cases) // size),
            description="storing commits",
        ):
            log.commit(commit)
        ours = {case.case for case in imported.cases}  # the store may hold other logs, too
        facts = bar.track(log.read_all(), total=None, description="reading facts back")
        return tuple(fact for fact in facts if fact.ticket in ours)


def log_table(imported: ImportedLog, stored: int) -> Table:
    """What became of every row."""
    return table(
        "The log: every row is facts, a repetition, or a listed problem",
        "what",
        "#rows",
        "",
        rows=[
            ("rows read", imported.rows, f"{len(imported.cases):,} incidents"),
            ("· began an incident", imported.begun, f"{imported.mid_life:,} in the middle of its life"),
            ("· changed its state", imported.moved, f"{imported.deviations:,} in a way the workflow does not allow"),
            ("· repeated its state", imported.collapsed, "what else they say is a fact all the same"),
            ("· skipped", imported.skipped, "each listed below"),
            ("· quarantined", imported.quarantined, "with their whole incident"),
            ("share case and minute", imported.shared_instants, "put in order by revision, never by time alone"),
            ("facts stored", stored, f"{imported.gaps:,} incidents with gaps in their revisions"),
        ],
    )


def problem_table(imported: ImportedLog) -> Table:
    """Every row that could not be taken as it stands."""
    return table("Problems", "incident, row and effect", rows=[(problem,) for problem in imported.problems])


def fitness_table(imported: ImportedLog, fit: Conformance) -> Table:
    """How the incidents fit the workflow, from the most forgiving measure to the strictest."""
    anywhere = conformance(FLOW, imported.runs, start="any")
    measures = {
        "moves that are allowed": fit.move_fitness,
        "incidents with allowed moves only": fit.conforming_share,
        "log fitness, from any state to Closed": anywhere.log_fitness,
        "log fitness, from New to Closed": fit.log_fitness,
    }
    rows = [
        (name, percent(*share.as_integer_ratio()) if share is not None else "–") for name, share in measures.items()
    ]
    return table("How the log fits the workflow", "measure", "#share, in lowest terms", rows=rows)


def variant_table(fit: Conformance) -> Table:
    """The ways that most incidents went, and what would make each a whole run."""
    rows = [
        (" → ".join(variant.states), variant.cases, ", ".join(f"+{state}" for state in variant.alignment.inserted))
        for variant in fit.variants[:8]
        if variant.alignment is not None
    ]
    made = table("The eight most frequent ways", "states", "#incidents", "the log lacks", rows=rows)
    made.caption = f"{sum(v.cases for v in fit.variants[:8]):,} of {fit.cases:,} incidents, {len(fit.variants)} ways"
    return made


def suggestion_table(imported: ImportedLog) -> Table:
    """What to change, and how many incidents would fit by it alone."""
    what = {"move": "allow the move", "code": "map the code"}
    rows = [(what[each.kind], " → ".join(each.names), each.cases, each.first) for each in imported.suggest()]
    return table("Suggestions", "change", "", "#incidents cured", "the first", rows=rows)


def check_table(imported: ImportedLog) -> Table:
    """Whether a column that knows the future agrees with the rows; it is never a fact."""
    rows = [(check.column, check.agree, check.differ, check.only_rows) for check in imported.checks]
    title = "A column written into every row, against the row that closes"
    return table(title, "column", "#agree", "#differ", "#in the rows alone", rows=rows)


def conformance_table(fit: Conformance) -> Table:
    """Which moves do not fit the workflow."""
    rows = [(f"{odd.source} → {odd.target}", odd.moves, odd.cases, odd.first) for odd in fit.deviations]
    return table("Moves that the workflow does not allow", "move", "#moves", "#incidents", "the first", rows=rows)


def verdict_table(imported: ImportedLog, facts: Sequence[Fact]) -> Table:
    """Whether our clock explains the desk's own flag ``made_sla``, which the log carries and our clock never saw."""
    started = {fact.ticket: fact for fact in facts if isinstance(fact, ClockStarted)}
    stopped = {fact.ticket: fact for fact in facts if isinstance(fact, ClockStopped)}
    measures: dict[str, Callable[[ImportedCase], int | None]] = {
        "entering Closed, from our facts": lambda case: stopped[case.case].elapsed,
        "the log's own closed_at column": by_columns,
    }
    rows = []
    for priority, goal in GOALS.items():
        cases = [c for c in imported.cases if c.case in stopped and started[c.case].goal == goal.within_us]
        for stop, measure in measures.items():
            pairs = [(used, c.witness["made_sla"] == "true") for c in cases if (used := measure(c)) is not None]
            strict = sum((used < goal.within_us) == flag for used, flag in pairs)
            inclusive = sum((used <= goal.within_us) == flag for used, flag in pairs)
            hours = f"{goal.within_us // 3_600_000_000} h"
            rows.append((priority, hours, stop, percent(strict, len(pairs)), percent(inclusive, len(pairs))))
    title = "The desk's own made_sla flag, explained: Mon-Fri 08:00-17:00 in Etc/GMT+7, opened to Closed, no pauses"
    return table(title, "priority", "#goal", "stop", "#met iff elapsed < goal", "#met iff elapsed ≤ goal", rows=rows)


def by_columns(case: ImportedCase) -> int | None:
    """The working time between the log's two columns, which the facts do not use; ``None`` where one is not known."""
    opened, closed = (utc(case.witness[name]) for name in ("opened_at", "closed_at"))
    return None if opened is None or closed is None else DESK_HOURS.elapsed_us(opened, closed)


def utc(stamp: str) -> int | None:
    """Read one of the log's stamps; ``None`` for what is none."""
    try:
        return to_us(datetime.strptime(stamp, MAPPING.format).replace(tzinfo=UTC))
    except ValueError:
        return None


def reopened_table(imported: ImportedLog) -> Table:
    """Whether the reopenings we see in the states are those that the log counted."""
    counted = [case for case in imported.cases if case.witness["reopen_count"].isdecimal()]
    ours = [any(isinstance(fact, TicketMoved) and fact.round > 1 for fact in case.facts) for case in counted]
    theirs = [int(case.witness["reopen_count"]) > 0 for case in counted]
    agree = sum(our == their for our, their in zip(ours, theirs, strict=True))
    row = (sum(ours), sum(theirs), percent(agree, len(ours)))
    return table("Reopened incidents", "#by state changes", "#by the log's counter", "#agree", rows=[row])


def score_table(facts: Sequence[Fact], period: Period) -> Table:
    """The figures of the whole log, each with its counts and its definition."""
    card = scorecard(FIGURES, facts, period)
    rows = []
    for line in card:
        figure = f"{line.kpi.name} {line.kpi.chinese}"
        left_out = "".join(f"; {count:,} {reason}" for reason, count in line.excluded.items())
        rows.append((figure, line.text, *counts_of(line), f"by {line.kpi.by}{left_out}"))
    return table(
        f"Scorecard, {period}", "figure", "#value", "#numerator", "#denominator", "cohort; left out", rows=rows
    )


def counts_of(line: Line) -> tuple[str, str]:
    """The two numbers behind a figure; of a percentile only how many values there were."""
    if line.ratio is None:
        return "", f"{line.counted:,}"
    hours = line.kpi.unit == "span"
    top = f"{round(line.ratio.numerator / 3_600_000_000):,} h" if hours else f"{line.ratio.numerator:,}"
    return top, f"{line.ratio.denominator:,}"


def backlog_table(facts: Sequence[Fact], months: Sequence[Period]) -> Table:
    """How many incidents were open at the end of each month."""
    levels = [(month, scorecard([library.backlog()], facts, month)["backlog"].counted) for month in months]
    most = max(level for _, level in levels) or 1
    rows = [(month, level, "█" * round(40 * level / most)) for month, level in levels]
    return table("Backlog at month ends, just before midnight (UTC)", "month", "#open", "", rows=rows)


FIGURES = (
    library.on_time_resolution(stop="Closed"),
    library.on_time_resolution(stop="Closed", by="stopped"),
    library.first_line_resolution("line"),
    library.first_line_resolution("one_group"),
    library.first_line_resolution("first_group"),
    library.reopen_rate(),
    library.ever_reopened(),
    library.reassignments(),
    library.ping_pong_rate(),
    *(library.resolution_time(statistic) for statistic in ("p50", "p90", "mean")),
)


def months_of(facts: Sequence[Fact]) -> list[Period]:
    """The civil months from the first fact to the last."""
    first, last = from_us(min(fact.at for fact in facts)), max(fact.at for fact in facts)
    months = [Period.month(first.year, first.month, zone="UTC")]
    while months[-1].end_us <= last:
        months.append(months[-1].next())
    return months


def report(console: Console, imported: ImportedLog, facts: Sequence[Fact]) -> None:
    """Print everything there is to say about the log."""
    months = months_of(facts)
    whole = Period(months[0].start, months[-1].end, zone="UTC", label=f"{months[0]} to {months[-1]}")
    fit = conformance(FLOW, imported.runs)
    for made in (
        log_table(imported, len(facts)),
        problem_table(imported),
        check_table(imported),
        fitness_table(imported, fit),
        variant_table(fit),
        conformance_table(fit),
        suggestion_table(imported),
        verdict_table(imported, facts),
        reopened_table(imported),
        score_table(facts, whole),
        backlog_table(facts, months),
    ):
        console.print(made)


def main(argv: Sequence[str]) -> None:
    """Read, store, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--log", type=Path, default=EXTRACT, help="the log as CSV, gzipped or not (default: the extract)"
    )
    parser.add_argument(
        "--store", type=Path, help="keep the facts in this SQLite file; run again to go on after a stop"
    )
    args = parser.parse_args(argv)
    console = screen()
    imported = read(console, args.log)
    if not imported.cases:
        raise ValueError(f"{args.log} holds no incident")
    with tempfile.TemporaryDirectory() as scratch, opened(args.store or Path(scratch) / "desk.db") as log:
        facts = store(console, imported, log)
    report(console, imported, facts)


if __name__ == "__main__":
    run(main)
