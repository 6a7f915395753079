"""Decisions, refusals and compilation of workflows, beside a cursor on the stock ``transitions`` machine.

Run it as ``python benchmarks/bench_workflow.py``. Budgets (workflow §8): decide and new state <= 1.5 µs, a refusal
<= 3 µs, `available` <= 20 µs, compile a loop <= 3 ms, ``problems()`` at 50 states and 150 steps <= 60 ms.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from attrs import evolve
from transitions import Machine

from servicedesk.testing import Standing
from servicedesk.workflow import Actor, State, Step, Workflow, library

SEAT = Actor("a7", "seat")


def per_call(action: Callable[[], object], times: int) -> float:
    """Return the seconds of one call: the best of five rounds."""
    best = float("inf")
    for _ in range(5):
        start = perf_counter()
        for _ in range(times):
            action()
        best = min(best, (perf_counter() - start) / times)
    return best


class Cursor:
    """The cheapest model a stock machine can drive."""

    state = "accepted"


def peer() -> Callable[[], object]:
    """Return the same step on a stock machine with a fresh cursor each time."""
    machine = Machine(model=None, states=["accepted", "at_seat"], initial=None, auto_transitions=False)
    machine.add_transition("take", "accepted", "at_seat", conditions=[lambda: True])
    event = machine.events["take"]

    def step() -> object:
        return event.trigger(Cursor())

    return step


def large() -> Workflow:
    """Return a workflow of 50 states and 150 steps."""
    states = [State(f"s{n}", "active" if n < 49 else "closed", born=n == 0) for n in range(50)]
    steps = [Step(f"t{n}", f"s{n % 49}", f"s{(n * 7 + 1) % 50}", gives=f"m{n % 6}") for n in range(150)]
    return Workflow("large", 1, states=states, steps=steps)


def main() -> None:
    """Print the table."""
    fault = library.fault().compile()
    fresh, done = Standing("T-7", "accepted"), Standing("T-7", "resolved")
    loops = [loop() for loop in library.LOOPS[:9]]
    ours = per_call(lambda: fault.decide(fresh, "take", actor=SEAT, at=5), 20_000)
    theirs = per_call(peer(), 5_000)
    rows = [
        ("decide, reasons and all values after the move", ours * 1e6, "1.5 µs"),
        ("a cursor on a stock machine, one condition", theirs * 1e6, f"{theirs / ours:.1f} x ours"),
        (
            "a refusal with what is possible",
            per_call(lambda: fault.decide(done, "take", actor=SEAT, at=5), 2_000) * 1e6,
            "3 µs",
        ),
        ("available", per_call(lambda: fault.available(done, actor=SEAT, at=5), 2_000) * 1e6, "20 µs"),
        (
            "compile a loop (mean of nine), ms",
            per_call(lambda: [loop.compile() for loop in loops], 3) / 9 * 1e3,
            "3 ms",
        ),
        ("problems() at 50 states, 150 steps, ms", per_call(lambda: evolve(large()).problems(), 1) * 1e3, "60 ms"),
    ]
    for name, value, budget in rows:
        print(f"{name:<50} {value:>9.2f}   {budget}")


if __name__ == "__main__":
    main()
