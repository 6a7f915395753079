"""A foreign log held against a workflow: which moves it does not allow, and how many cases fit (IMP-9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from attrs import define, frozen

from servicedesk.errors import UnknownKind
from servicedesk.workflow.compiled import CompiledWorkflow
from servicedesk.workflow.definition import Workflow

__all__ = ["Conformance", "Deviation", "conformance"]


@frozen
class Deviation:
    """A move that the workflow does not allow: how often it happened, in how many cases, and the first of them."""

    source: str
    target: str
    moves: int
    cases: int
    first: str

    def __str__(self) -> str:
        return f"{self.source} → {self.target}: {self.moves} moves in {self.cases} cases, first {self.first}"


@frozen(kw_only=True)
class Conformance:
    """How well a log fits a workflow. Structure only: roles, conditions and required fields cannot be seen in a log.

    A case *conforms* if every one of its moves is allowed, wherever it starts: a log may begin in the middle of a life.
    """

    cases: int
    conforming: int
    mid_life: int
    """Cases that begin in a state where no ticket may begin."""
    moves: int
    allowed: int
    deviations: tuple[Deviation, ...]
    """Most frequent first, then by name."""
    unused: tuple[tuple[str, str], ...]
    """Moves that the workflow allows and the log never makes."""

    @property
    def case_fitness(self) -> Fraction | None:
        """Conforming cases / cases; ``None`` for an empty log."""
        return Fraction(self.conforming, self.cases) if self.cases else None

    @property
    def move_fitness(self) -> Fraction | None:
        """Allowed moves / moves; ``None`` for a log without moves."""
        return Fraction(self.allowed, self.moves) if self.moves else None


@define
class _Count:
    first: str
    moves: int = 0
    cases: int = 0
    last: str | None = None

    def add(self, case: str) -> None:
        self.moves += 1
        self.cases += case != self.last
        self.last = case


def conformance(workflow: Workflow | CompiledWorkflow, runs: Iterable[tuple[str, Sequence[str]]]) -> Conformance:
    """Hold runs, each a case's name and the states it went through, against a workflow.

    Names of states are those of the workflow; a neighbour equal to the state before it is no move. Each case is given
    once, in any order.

    Raises:
        UnknownKind: a run goes through a state that the workflow does not have.
    """
    flow = workflow.compile()
    allowed = frozenset((source, target) for source, target in flow.edges if source != target)
    names = {state.name for state in flow.definition.states}
    born = {state.name for state in flow.born}
    used: set[tuple[str, str]] = set()
    strange: dict[tuple[str, str], _Count] = {}
    cases = conforming = mid_life = moves = 0
    for case, states in runs:
        if unknown := set(states) - names:
            raise UnknownKind(min(unknown), f"case {case}", sorted(names))
        steps = [(a, b) for a, b in pairwise(states) if a != b]
        odd = [step for step in steps if step not in allowed]
        for step in odd:
            strange.setdefault(step, _Count(case)).add(case)
        used.update(steps)
        cases, moves, conforming = cases + 1, moves + len(steps), conforming + (not odd)
        mid_life += bool(states) and states[0] not in born
    deviations = [Deviation(*step, n.moves, n.cases, n.first) for step, n in strange.items()]
    return Conformance(
        cases=cases,
        conforming=conforming,
        mid_life=mid_life,
        moves=moves,
        allowed=moves - sum(d.moves for d in deviations),
        deviations=tuple(sorted(deviations, key=lambda d: (-d.moves, d.source, d.target))),
        unused=tuple(sorted(allowed - used)),
    )
