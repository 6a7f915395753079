"""Stores and the codec of facts, against their budgets (specification of the adapters, §8).

    python benchmarks/bench_store.py [--facts 1000000]

Processor time, of single calls the best of several rounds, so that what else the machine does shows least; commits to
a disk in wall time. Beside it the same work by the standard library alone, in the same run.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import tracemalloc
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter, process_time
from timeit import Timer

from attrs import frozen
from rich.console import Console
from rich.table import Table

from servicedesk.events import ClockStopped, Fact, NoteAdded, TicketMoved, codec
from servicedesk.ports import Append, Commit
from servicedesk.stores import MemoryLog, SqliteLog

AT = 1_772_416_800_000_000
NOTE = NoteAdded(ticket="T-7", at=AT, text_ref="话务/1", actor="a-12")
STOPPED = ClockStopped(
    ticket="T-7", at=AT, metric="resolution", elapsed=3_600_000_000, due=AT, breach_at=AT + 1, met=True
)
MOVED = TicketMoved(
    ticket="T-7",
    at=AT,
    actor="a-12",
    step="resolve",
    source="in_work",
    target="resolved",
    category="resolved",
    entered=AT,
    line=2,
    outcome="solved",
    key="k-1",
)


@frozen(kw_only=True)
class Figure:
    """One line of the table; times in microseconds, or in seconds where the unit says so."""

    what: str
    ours: float
    budget: float | None = None
    peer: str = ""
    theirs: float | None = None
    unit: str = "µs"


def best(work: Callable[[], object], rounds: int = 7, calls: int = 2_000) -> float:
    """Return the microseconds of processor time a call takes, in the best of the rounds."""
    return min(Timer(work, timer=process_time).repeat(rounds, calls)) / calls * 1e6


def codec_figures() -> list[Figure]:
    """Encode and decode, against ``json`` on the same text."""
    encode, decode = codec().encode, codec().decode
    plainly = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
    figures = []
    for fact in (NOTE, STOPPED, MOVED):
        text = encode(fact)
        plain = json.loads(text)
        name = f"{fact.kind}, {len(plain)} fields"
        figures += [
            Figure(
                what=f"encode {name}",
                ours=best(partial(encode, fact)),
                budget=3,
                peer="json.dumps of a dict",
                theirs=best(partial(plainly, plain)),
            ),
            Figure(
                what=f"decode {name}",
                ours=best(partial(decode, text)),
                budget=3,
                peer="json.loads",
                theirs=best(partial(json.loads, text)),
            ),
        ]
    return figures


def memory_figures() -> list[Figure]:
    """One fact into memory; a life of ten facts out of it."""
    log, numbers = MemoryLog(), count()
    facts = [(ticket, notes[:1]) for ticket, notes in map(life, range(14_000))]

    def append() -> None:
        stream, fact = facts[next(numbers)]
        log.append(stream, fact, expected_version=0)

    one = best(append)
    log.append("T-7", [NOTE] * 10, expected_version=0)
    return [
        Figure(what="MemoryLog.append, one fact", ours=one, budget=5),
        Figure(
            what="MemoryLog.read of 10 facts and a fold over them",
            ours=best(lambda: Counter(fact.kind for fact in log.read("T-7"))),
            budget=15,
        ),
    ]


def commit_time(log: SqliteLog, calls: int) -> float:
    """Return the microseconds of wall time of a keyed commit of one fact."""
    lives = map(life, range(calls))
    commits = [Commit((Append(ticket, notes[:1], expected_version=0),), key="k") for ticket, notes in lives]
    start = perf_counter()
    for commit in commits:
        log.commit(commit)
    return (perf_counter() - start) / calls * 1e6


def by_hand(path: Path, calls: int, *, level: str) -> float:
    """Return the microseconds of the same statements without any of our code, text ready made."""
    text = codec().encode(NOTE)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute(f"PRAGMA synchronous = {level}")
        raw.execute(
            "CREATE TABLE facts (position INTEGER PRIMARY KEY, stream, version, text, UNIQUE (stream, version))"
        )
        raw.execute("CREATE TABLE keys (stream, key, versions, PRIMARY KEY (stream, key)) WITHOUT ROWID")
        start = perf_counter()
        for number in range(calls):
            raw.execute("BEGIN IMMEDIATE")
            raw.execute("SELECT 1 FROM keys WHERE stream = ? AND key = ?", (f"T-{number}", "k")).fetchone()
            raw.execute("SELECT max(version) FROM facts WHERE stream = ?", (f"T-{number}",)).fetchone()
            raw.execute("INSERT INTO facts VALUES (NULL, ?, 1, ?)", (f"T-{number}", text))
            raw.execute("INSERT INTO keys VALUES (?, 'k', '{}')", (f"T-{number}",))
            raw.execute("COMMIT")
        return (perf_counter() - start) / calls * 1e6


def commit_figures(folder: Path) -> list[Figure]:
    """A commit without and with a flush, against the bare statements."""
    with SqliteLog.create(folder / "loose.db", durable=False) as log:
        loose = commit_time(log, 5_000)
    with SqliteLog.create(folder / "durable.db") as log:
        durable = commit_time(log, 200)
    bare, flushed = (by_hand(folder / level, n, level=level) for level, n in (("NORMAL", 5_000), ("FULL", 200)))
    peer = "sqlite3 by hand"
    return [
        Figure(what="SqliteLog.commit, no flush", ours=loose, budget=100, peer=peer, theirs=bare),
        Figure(what="SqliteLog.commit, flushed", ours=durable, budget=flushed + 100, peer=peer, theirs=flushed),
    ]


def life(number: int) -> tuple[str, tuple[Fact, ...]]:
    """A ticket's stream of four facts."""
    ticket = f"INC{number:07}"
    notes = (NoteAdded(ticket=ticket, at=AT + at, text_ref=f"note/{at}", actor="a-12") for at in range(4))
    return ticket, tuple(notes)


def fill(log: MemoryLog | SqliteLog, facts: int) -> None:
    """Write so many facts, a hundred streams a commit."""
    for first in range(0, facts // 4, 100):
        batch = map(life, range(first, min(first + 100, facts // 4)))
        log.commit(Commit(tuple(Append(stream, new, expected_version=0) for stream, new in batch)))


def seconds(work: Callable[[], object], clock: Callable[[], float] = process_time) -> float:
    """Return how long it takes once, by the clock."""
    start = clock()
    work()
    return clock() - start


def read_everything(log: SqliteLog, facts: int) -> None:
    """Read all facts, and make sure that they are all."""
    if (seen := sum(1 for _ in log.read_all())) != facts // 4 * 4:
        raise SystemExit(f"read {seen} facts of {facts}")


def peak_megabytes(work: Callable[[], object]) -> float:
    """Return the most memory that was held at once, in megabytes."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def long_figures(folder: Path, facts: int) -> list[Figure]:
    """A whole import, the making of the facts included, and reading everything again in bounded memory."""
    name, part = f"{facts:,} facts", min(facts, 100_000)
    in_memory = seconds(lambda: fill(MemoryLog(), facts))
    with SqliteLog.create(folder / "part.db") as log:
        fill(log, part)
        peak = peak_megabytes(lambda: read_everything(log, part))
    with SqliteLog.create(folder / "long.db") as log:
        on_disk = seconds(lambda: fill(log, facts), perf_counter)
        reading = seconds(lambda: read_everything(log, facts))
    return [
        Figure(what=f"MemoryLog, {name}, 100 streams a commit", ours=in_memory, unit="s"),
        Figure(what=f"SqliteLog, {name}, 100 streams a commit, flushed", ours=on_disk, unit="s"),
        Figure(what=f"SqliteLog.read_all of {name}", ours=reading, budget=5 * facts / 1_000_000, unit="s"),
        Figure(what=f"memory while reading {part:,} facts", ours=peak, budget=100, unit="MB"),
    ]


def shown(figures: list[Figure]) -> Table:
    """Return the table of all figures."""
    table = Table(title="stores and codec")
    for column in ("what", "ours", "budget", "of budget", "standard library alone", "ratio"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for figure in figures:
        beside = f"{figure.peer} {figure.theirs:,.1f}" if figure.theirs else ""
        ratio = f"{figure.ours / figure.theirs:.1f}×" if figure.theirs else ""
        budget = f"{figure.budget:,.1f} {figure.unit}" if figure.budget else ""
        share = f"{figure.ours / figure.budget:.0%}" if figure.budget else ""
        table.add_row(figure.what, f"{figure.ours:,.2f} {figure.unit}", budget, share, beside, ratio)
    return table


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=1_000_000, help="how many facts the long runs write and read")
    facts = parser.parse_args(argv).facts
    with tempfile.TemporaryDirectory() as folder:
        figures = [*codec_figures(), *memory_figures(), *commit_figures(Path(folder))]
        figures += long_figures(Path(folder), facts)
    Console(width=140).print(shown(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
