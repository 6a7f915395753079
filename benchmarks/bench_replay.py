"""The pure part of the main job, in facts per second: facts -> tickets -> clocks -> scorecard, nothing stored or read.

    python benchmarks/bench_replay.py [--log PATH] [--rounds 5]

Works on the extract in examples/data unless the full log is given. Each stage is timed by itself, the median of the
rounds is printed; machines are noisy, so compare stages of one run with each other.
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
from servicedesk import Period, scorecard, tickets
from servicedesk.events import from_json, to_json
from servicedesk.importing import import_log


def timed(work: Callable[[], object], rounds: int) -> float:
    """Return the median of the seconds that ``work`` takes."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def main() -> None:
    """Import once, then time each stage on facts held in memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", type=Path, default=script.EXTRACT)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()

    imported = import_log(script.rows(args.log), script.MAPPING, script.FLOW)
    streams = [case.facts for case in imported.cases]
    clocks = [append.facts for case in imported.cases for append in script.clock_of(case)]
    ticket_facts = [fact for stream in streams for fact in stream]
    facts = ticket_facts + [fact for stream in clocks for fact in stream]
    texts = [to_json(fact) for fact in facts]
    months = script.months_of(facts)
    whole = Period(months[0].start, months[-1].end, zone="UTC")

    def everything() -> object:
        for stream in streams:
            tickets.replay(stream)
        for case in imported.cases:
            script.clock_of(case)
        return scorecard(script.FIGURES, facts, whole)

    stages: list[tuple[str, int, Callable[[], object]]] = [
        ("tickets: replay every stream", len(ticket_facts), lambda: [tickets.replay(stream) for stream in streams]),
        ("clocks: replay, start, stop, judge", len(clocks), lambda: [script.clock_of(case) for case in imported.cases]),
        (f"scorecard of {len(script.FIGURES)} figures", len(facts), lambda: scorecard(script.FIGURES, facts, whole)),
        ("all three: facts to scorecard", len(facts), everything),
        ("encode facts to canonical JSON", len(facts), lambda: [to_json(fact) for fact in facts]),
        ("decode facts from JSON", len(facts), lambda: [from_json(text) for text in texts]),
    ]
    rows = []
    for name, count, work in stages:
        seconds = timed(work, args.rounds)
        rows.append((name, count, f"{seconds:.3f}", f"{count / seconds:,.0f}", f"{seconds / count * 1e6:.2f}"))
    title = f"Pure replay of {len(imported.cases):,} incidents, median of {args.rounds} rounds"
    Console(width=110).print(
        table(title, "stage", "#facts or clocks", "#seconds", "#per second", "#µs each", rows=rows)
    )


if __name__ == "__main__":
    main()
