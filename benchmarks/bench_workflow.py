"""Decisions, refusals, replay, memory and compilation of workflows, side by side with the machines of other packages.

Run it as ``python benchmarks/bench_workflow.py``. A life of twelve steps is walked by our table, by a cursor on a stock
``transitions`` machine, by a ``transitions`` model, and by a live ``python-statemachine`` instance if that is installed
(``pip install python-statemachine``); before anything is timed, all must come through the same states. Each row shows
the target (workflow §8), the figure, the figure as a share of the target, and for another package how many times ours
it is. Times are the best of several rounds, and machines differ: what takes time is therefore also told in steps of
the cursor on a stock machine, measured first and in the same run. The targets are those of a machine on which such a
step takes 9 µs, so 1.5 µs are 0.17 steps, 3 µs are 0.33 and 20 µs are 2.2.
"""

from __future__ import annotations

import importlib.util
import tracemalloc
from collections.abc import Callable, Iterator
from functools import cache
from timeit import repeat
from typing import Any

from attrs import define, frozen
from attrs import evolve as changed
from transitions import Machine

from servicedesk import tickets
from servicedesk.catalogue import Definitions
from servicedesk.errors import Refused
from servicedesk.frozenmap import EMPTY
from servicedesk.testing import Standing
from servicedesk.tickets import Accept, Perform
from servicedesk.workflow import Accepted, Actor, CompiledWorkflow, Move, State, Step, Workflow, library

SEAT, NOBODY = Actor("a7", "seat"), Actor("b1")
LIFE = (
    ("take", "accepted", "at_seat"),
    ("hold", "at_seat", "waiting"),
    ("resume", "waiting", "at_seat"),
    ("escalate", "at_seat", "at_expert"),
    ("send_back", "at_expert", "at_seat"),
    ("escalate", "at_seat", "at_expert"),
    ("resolve", "at_expert", "resolved"),
    ("rework", "resolved", "at_expert"),
    ("resolve", "at_expert", "resolved"),
    ("confirm", "resolved", "called_back"),
    ("archive", "called_back", "archived"),
    ("reopen", "archived", "accepted"),
)
CATEGORIES = {
    "accepted": "new",
    "at_seat": "active",
    "at_expert": "active",
    "waiting": "waiting",
    "resolved": "resolved",
    "called_back": "resolved",
    "archived": "closed",
}


def per_call(action: Callable[[], object], times: int = 60, rounds: int = 300) -> float:
    """Return the microseconds of one call: the best of many short rounds."""
    return min(repeat(action, number=times, repeat=rounds)) / times * 1e6


def row(name: str, *cells: str) -> None:
    """Print a row of the table."""
    print(f"{name:<56}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


_MICROSECONDS = {"µs": 1.0, "ms": 1e3}


def show(name: str, figure: float, unit: str, target: float | None = None, ratio: float | None = None) -> None:
    """Print a figure, beside its target, in steps of a cursor, and as a multiple of ours."""
    row(
        name,
        "" if target is None else f"<= {target:g} {unit}",
        f"{figure:,.2f} {unit}",
        "" if target is None else f"{figure / target:.2f} x target",
        f"{figure * _MICROSECONDS[unit] / cursor_step():.2f}" if unit in _MICROSECONDS else "",
        "" if ratio is None else f"{ratio:.1f} x ours",
    )


# --- the life of twelve steps -----------------------------------------------------------------------------------------


@define(slots=True, weakref_slot=False)
class _Draft:
    """The values of a ticket that a decision looks at; `Row` is the same layout, frozen."""

    id: str = "T-7"
    state: str = "accepted"
    values: Any = EMPTY
    entered: int = 0
    round: int = 1
    line: int | None = None
    reason: str | None = None
    outcome: str | None = None
    marks: tuple[str, ...] = ()
    counters: Any = EMPTY
    timers: tuple[tuple[str, int], ...] = ()
    taken: Any = EMPTY
    last_active: str | None = None


@frozen(slots=True, weakref_slot=False)
class Row(_Draft):
    """The smallest frozen ticket."""


def moved(row: Row, move: Move) -> Row:
    """Return the ticket after a move, slot by slot."""
    new = object.__new__(_Draft)
    new.id, new.values, new.taken = row.id, row.values, row.taken
    new.state, new.entered, new.round = move.target.name, move.entered, move.round
    new.line, new.reason, new.outcome = move.line, move.reason, move.outcome
    new.marks, new.counters, new.timers = move.marks, move.counters, move.timers
    new.last_active = row.last_active
    new.__class__ = Row
    return new  # type: ignore[return-value]  # it is a Row now


def desk() -> CompiledWorkflow:
    """Return the workflow of the life, one role on every step."""
    states = [State(name, category, born=name == "accepted") for name, category in CATEGORIES.items()]
    steps = [Step(name, source, target, by="seat") for name, source, target in dict.fromkeys(LIFE)]
    return Workflow("life", 1, states=states, steps=steps).compile()


def ours() -> Iterator[str]:
    """Walk the life by decisions, each followed by a new frozen ticket."""
    flow, row = desk(), Row()
    while True:
        for number, (step, _, _) in enumerate(LIFE):
            answer = flow.decide(row, step, actor=SEAT, at=number)
            assert isinstance(answer, Accepted)  # noqa: S101  # the life is possible; for the type checker
            row = moved(row, answer.move)
            yield row.state


class Cursor:
    """The cheapest model a stock machine can drive."""

    def __init__(self, state: str) -> None:
        self.state = state


def stock(model: object) -> Machine:
    """Return a stock machine with one condition on every transition."""
    machine = Machine(model=model, states=[*CATEGORIES], initial="accepted" if model else None, auto_transitions=False)
    for name, source, target in dict.fromkeys(LIFE):
        machine.add_transition(name, source, target, conditions=[lambda: "seat" in SEAT.roles])
    return machine


def by_cursor() -> Iterator[str]:
    """Walk the life with a fresh cursor for every step."""
    events, state = stock(None).events, "accepted"
    while True:
        for step, _, _ in LIFE:
            cursor = Cursor(state)
            events[step].trigger(cursor)
            state = cursor.state
            yield state


@cache
def cursor_step() -> float:
    """Return the microseconds of a cursor's step: what figures of different machines are compared by."""
    walk = by_cursor()
    return per_call(lambda: next(walk))


class Model:
    """A model that the machine decorates with its triggers."""

    state: str


def by_model() -> Iterator[str]:
    """Walk the life with a live model."""
    model = Model()
    stock(model)
    while True:
        for step, _, _ in LIFE:
            getattr(model, step)()
            yield model.state


def statemachine_class() -> Any:
    """Return the class of the life for python-statemachine, or ``None`` where that is not installed."""
    if importlib.util.find_spec("statemachine") is None:
        return None
    from statemachine import State as Place  # type: ignore[import-not-found]  # noqa: PLC0415  # an optional peer
    from statemachine import StateMachine  # noqa: PLC0415  # an optional peer

    places = {name: Place(initial=name == "accepted") for name in CATEGORIES}
    ways: dict[str, Any] = {}
    for name, source, target in dict.fromkeys(LIFE):
        way = places[source].to(places[target], cond="is_seat")
        ways[name] = ways[name] | way if name in ways else way
    rest = {"is_seat": lambda _: "seat" in SEAT.roles}
    return type("Desk", (StateMachine,), {**places, **ways, **rest})


def by_statemachine(cls: Any) -> Iterator[str]:
    """Walk the life with a live python-statemachine instance."""
    machine = cls()
    while True:
        for step, _, _ in LIFE:
            machine.send(step)
            yield next(iter(machine.configuration)).id


def lives() -> None:
    """Compare the engines on the life, step for step, then time it."""
    engines = {
        "transitions, a cursor for every step (bar: 5 x)": by_cursor,
        "transitions, a live model": by_model,
    }
    peer = statemachine_class()
    if peer is None:
        print("python-statemachine is not installed: its rows are left out")
    else:
        engines["python-statemachine, a live instance (bar: 50 x)"] = lambda: by_statemachine(peer)
    expected = [target for _, _, target in LIFE] * 2
    for engine in (ours, *engines.values()):
        walk = engine()
        assert [next(walk) for _ in expected] == expected  # noqa: S101  # nothing is timed before answers agree
    own = ours()
    base = per_call(lambda: next(own))
    show("a step of the life: decide, and a new frozen ticket", base, "µs", 1.5)
    for name, engine in engines.items():
        other = engine()
        figure = per_call(lambda walk=other: next(walk))  # type: ignore[misc]  # a lambda with a default
        show(f"  {name}", figure, "µs", ratio=figure / base)


# --- one decision -----------------------------------------------------------------------------------------------------


def decisions() -> None:
    """Time one decision of the fault loop by its answer, and the same through the stream of the ticket."""
    fault = library.fault().compile()
    fresh, seat, done = (Standing("T-7", state) for state in ("accepted", "at_seat", "resolved"))
    given = {"solution": "restarted", "resolution_code": "R2"}
    asked: list[tuple[str, Callable[[], object], float | None]] = [
        ("decide: accepted", lambda: fault.decide(fresh, "take", actor=SEAT, at=5), 1.5),
        (
            "decide: accepted, with data and a guard",
            lambda: fault.decide(seat, "resolve", actor=SEAT, at=5, data=given),
            None,
        ),
        ("decide: refused, not possible", lambda: fault.decide(done, "take", actor=SEAT, at=5), 3),
        ("decide: refused, two values missing", lambda: fault.decide(seat, "resolve", actor=SEAT, at=5), 3),
        ("decide: refused, forbidden", lambda: fault.decide(seat, "cancel", actor=NOBODY, at=5), 3),
        ("  the same, and its message", lambda: str(fault.decide(done, "take", actor=SEAT, at=5)), None),
        ("available: five offers", lambda: fault.available(seat, actor=SEAT, at=5), 20),
    ]
    for name, action, target in asked:
        show(name, per_call(action), "µs", target)
    definitions = Definitions([library.fault()])
    begun = tickets.decide(None, Accept(ticket="T-7", actor=SEAT, kind="fault"), definitions=definitions, at=5)
    assert not isinstance(begun, Refused)  # noqa: S101  # for the type checker
    take, ticket = Perform(ticket="T-7", actor=SEAT, step="take"), begun.ticket
    show(
        "tickets.decide: facts and the ticket after them",
        per_call(lambda: tickets.decide(ticket, take, definitions=definitions, at=6)),
        "µs",
        3,
    )


# --- history, memory, definitions -------------------------------------------------------------------------------------


def history(facts: int) -> None:
    """Replay a stream of a ticket's life again and again, up to so many facts."""
    definitions = Definitions([desk().definition])
    command: Accept | Perform = Accept(ticket="T-7", actor=SEAT, kind="life")
    answer = tickets.decide(None, command, definitions=definitions, at=0)
    assert not isinstance(answer, Refused)  # noqa: S101  # for the type checker
    stream = [*answer.facts]
    for number, (step, _, _) in enumerate(LIFE * 8):
        command = Perform(ticket="T-7", actor=SEAT, step=step)
        answer = tickets.decide(answer.ticket, command, definitions=definitions, at=number)
        assert not isinstance(answer, Refused)  # noqa: S101  # for the type checker
        stream += answer.facts
    assert tickets.replay(stream) == answer.ticket  # noqa: S101  # nothing is timed before answers agree
    times = facts // len(stream)
    seconds = min(repeat(lambda: [tickets.replay(stream) for _ in range(times)], number=1, repeat=3))
    show(f"replay of {times * len(stream):,} facts, each", seconds / times / len(stream) * 1e6, "µs", 0.5)
    fact, last = stream[-1], answer.ticket
    show("evolve: one fact by itself", per_call(lambda: tickets.evolve(last, fact)), "µs", 1)


def held(make: Callable[[int], object], count: int) -> float:
    """Return the bytes that one of many objects holds, what it shares with the others left out."""
    keep = [make(0)]
    tracemalloc.start()
    keep += [make(number) for number in range(1, count)]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (size - 8 * count) / count


def memory() -> None:
    """Compare what an open ticket holds, its id and its own instant included, with what a model of a machine does."""
    definitions, start = Definitions([library.fault()]), 1_772_416_800_000_000

    def ticket(number: int) -> object:
        command = Accept(ticket=f"T-{number}", actor=SEAT, kind="fault")
        answer = tickets.decide(None, command, definitions=definitions, at=start + number)
        return None if isinstance(answer, Refused) else answer.ticket

    base = held(ticket, 100_000)
    show("memory of an open ticket, its id and instant included", base, "B", 300)
    machine = stock(None)

    def model(_: int) -> object:
        machine.add_model(made := Model(), initial="accepted")
        return made

    size = held(model, 2_000)
    show("  a transitions model", size, "B", ratio=size / base)
    peer = statemachine_class()
    if peer is not None:
        size = held(lambda _: peer(), 500)
        show("  a python-statemachine instance", size, "B", ratio=size / base)


def large() -> Workflow:
    """Return a workflow of 50 states and 150 steps."""
    states = [State(f"s{n}", "active" if n < 49 else "closed", born=n == 0) for n in range(50)]
    steps = [Step(f"t{n}", f"s{n % 49}", f"s{(n * 7 + 1) % 50}", gives=f"m{n % 6}") for n in range(150)]
    return Workflow("large", 1, states=states, steps=steps)


def definitions() -> None:
    """Time what happens once for each version of a workflow."""
    for loop in (make() for make in library.LOOPS):
        show(f"compile {loop.name}", per_call(loop.compile, 1, 30) / 1e3, "ms", 3)
    big = large()
    show("problems() at 50 states, 150 steps", per_call(lambda: changed(big).problems(), 1, 10) / 1e3, "ms", 60)


def main() -> None:
    """Print the table."""
    row("", "target", "figure", "", "cursor steps", "")
    lives()
    decisions()
    history(1_000_000)
    memory()
    definitions()


if __name__ == "__main__":
    main()
