"""What it costs to import a foreign log and to hold it against a workflow; budgets of the specification beside it.

    python benchmarks/bench_import.py [--log PATH] [--rounds 3]

Works on the extract in examples/data unless the full log is given. The median of the rounds is printed; machines are
noisy, so compare stages of one run with each other.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

from rich.console import Console

import replay_incident_log as script
from desk_report import table
from servicedesk import MemoryLog
from servicedesk.importing import commits, csv_rows, discover, import_log, to_rows
from servicedesk.workflow import conformance


def timed(work: Callable[[], object], rounds: int) -> float:
    """Return the median of the seconds that ``work`` takes."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def main() -> None:
    """Read the log once, then time each stage on what the one before gave."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", type=Path, default=script.EXTRACT)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()

    rows = list(csv_rows(args.log))
    imported = import_log(rows, script.MAPPING, script.FLOW)
    fit = conformance(script.FLOW, imported.runs)
    variants = [(variant.first, variant.states) for variant in fit.variants]
    store = MemoryLog()
    for commit in commits(imported):
        store.commit(commit)

    stages: list[tuple[str, str, int, Callable[[], object]]] = [
        ("read the CSV file", "", len(rows), lambda: sum(1 for _ in csv_rows(args.log))),
        ("import rows into facts", "≤ 20 µs a row", len(rows), lambda: import_log(rows, script.MAPPING, script.FLOW)),
        ("conformance of the log", "", len(imported.cases), lambda: conformance(script.FLOW, imported.runs)),
        ("· of each variant once", "≤ 20 ms for 188", len(variants), lambda: conformance(script.FLOW, variants)),
        ("suggest", "", len(imported.cases), imported.suggest),
        ("discover", "", len(rows), lambda: discover(rows, script.MAPPING)),
        ("to_rows", "", len(rows), lambda: sum(1 for _ in to_rows(imported, script.MAPPING))),
        ("commits of nothing new", "", len(imported.cases), lambda: list(commits(imported, into=store))),
    ]
    found = []
    for name, budget, count, work in stages:
        seconds = timed(work, args.rounds)
        found.append((name, count, f"{seconds * 1e3:,.1f}", f"{seconds / count * 1e6:.2f}", budget))
    title = f"Import of {len(rows):,} rows, {len(imported.cases):,} incidents, median of {args.rounds} rounds"
    Console(width=110).print(table(title, "stage", "#how many", "#ms", "#µs each", "budget", rows=found))


if __name__ == "__main__":
    main()
