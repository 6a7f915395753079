"""A foreign log held against a workflow: what it does not allow, how well each case fits, and what would repair it.

The measure is the alignment of process mining (IMP-9): the fewest steps to insert and rows to skip until a case is a
run of the workflow. Structure only: roles, conditions and required fields cannot be seen in a log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Literal, TypeAlias

from attrs import frozen

from servicedesk.errors import UnknownKind
from servicedesk.frozenmap import FrozenMap
from servicedesk.workflow.alignment import Aligner, Alignment
from servicedesk.workflow.compiled import CompiledWorkflow
from servicedesk.workflow.definition import Workflow

__all__ = ["Conformance", "Deviation", "Variant", "conformance"]

_Edge: TypeAlias = tuple[str, str]


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


@frozen(kw_only=True, repr=False)
class Variant:
    """The cases that went through the same states, and how well they fit."""

    states: tuple[str, ...]
    cases: int
    first: str
    """The first case of it."""
    odd: tuple[tuple[str, str], ...]
    """Its moves that the workflow does not allow, in order, as often as they are made."""
    alignment: Alignment | None
    """The repairs; ``None`` if the workflow has no run from the start to the end asked for."""

    @property
    def conforms(self) -> bool:
        """Whether every move is allowed, wherever the case starts and ends."""
        return not self.odd

    def __repr__(self) -> str:
        return f"<Variant {' → '.join(self.states)}: {self.cases} cases, {self.alignment}>"


@frozen(kw_only=True)
class Conformance:
    """How well a log fits a workflow.

    A case *conforms* if every one of its moves is allowed, wherever it starts: a log may begin in the middle of a life.
    Its *fitness* is stricter, because it asks for a whole run from ``start`` to ``end``.
    """

    start: Literal["born", "any"]
    end: Literal["closed", "any"]
    shortest: tuple[str, ...] | None
    """The shortest run from the start to the end asked for; ``None`` if there is none, and no fitness either."""
    mid_life: int
    """Cases that begin in a state where no ticket may begin."""
    deviations: tuple[Deviation, ...]
    """Most frequent first, then by name."""
    unused: tuple[tuple[str, str], ...]
    """Moves that the workflow allows and the log never makes."""
    variants: tuple[Variant, ...]
    """Most cases first; of equally many the one that was met first."""

    @property
    def cases(self) -> int:
        """All cases."""
        return sum(variant.cases for variant in self.variants)

    @property
    def conforming(self) -> int:
        """Cases without a move that is not allowed."""
        return sum(variant.cases for variant in self.variants if variant.conforms)

    @property
    def moves(self) -> int:
        """All moves from one state to another."""
        return sum(max(len(variant.states) - 1, 0) * variant.cases for variant in self.variants)

    @property
    def allowed(self) -> int:
        """Moves that the workflow allows."""
        return self.moves - sum(deviation.moves for deviation in self.deviations)

    @property
    def conforming_share(self) -> Fraction | None:
        """Conforming cases / cases; ``None`` for an empty log."""
        return Fraction(self.conforming, self.cases) if self.cases else None

    @property
    def move_fitness(self) -> Fraction | None:
        """Allowed moves / moves; ``None`` for a log without moves."""
        return Fraction(self.allowed, self.moves) if self.moves else None

    @property
    def log_fitness(self) -> Fraction | None:
        """1 − Σ repairs / Σ (length + shortest run) over all cases; ``None`` for an empty log or without a run."""
        return self._fitness(self.variants)

    def case_fitness(self, variant: Variant) -> Fraction | None:
        """Return 1 − repairs / (length + shortest run) of the cases of a variant; ``None`` without a run."""
        return self._fitness((variant,))

    def _fitness(self, variants: Iterable[Variant]) -> Fraction | None:
        repairs = most = 0
        for variant in variants:
            if variant.alignment is None or self.shortest is None:
                return None
            repairs += variant.alignment.cost * variant.cases
            most += (len(variant.states) + len(self.shortest)) * variant.cases
        return 1 - Fraction(repairs, most) if most else None

    @property
    def state_fitness(self) -> FrozenMap[str, Fraction]:
        """Kept / (kept + inserted + skipped) of each state that any alignment touches: where the repairs are needed."""
        kept: Counter[str] = Counter()
        touched: Counter[str] = Counter()
        for variant in self.variants:
            for repair, state in variant.alignment.moves if variant.alignment else ():
                touched[state] += variant.cases
                kept[state] += variant.cases * (repair == "kept")
        return FrozenMap({state: Fraction(kept[state], count) for state, count in touched.items()})


def conformance(
    workflow: Workflow | CompiledWorkflow,
    runs: Iterable[tuple[str, Sequence[str]]],
    *,
    start: Literal["born", "any"] = "born",
    end: Literal["closed", "any"] = "closed",
) -> Conformance:
    """Hold runs, each a case's name and the states it went through, against a workflow (IMP-9).

    Names of states are those of the workflow; a neighbour equal to the state before it is no move. Each case is given
    once, in any order. Alignments are made once a variant: from a state where a ticket may begin (``start="any"``: from
    any) to a closed one (``end="any"``: to any).

    Raises:
        UnknownKind: a run goes through a state that the workflow does not have.
        ValueError: another ``start`` or ``end``.
    """
    if start not in ("born", "any") or end not in ("closed", "any"):
        raise ValueError(f"start is 'born' or 'any', end is 'closed' or 'any', not {start!r} and {end!r}")
    flow = workflow.compile()
    allowed = frozenset((source, target) for source, target in flow.edges if source != target)
    aligner = _aligner(flow, allowed, start, end)
    found = _variants(runs, {state.name for state in flow.definition.states})
    born = {state.name for state in flow.born}
    variants = tuple(
        Variant(
            states=states,
            cases=len(cases),
            first=cases[0],
            odd=tuple(move for move in pairwise(states) if move not in allowed),
            alignment=aligner.align(states),
        )
        for states, cases in found.items()
    )
    used = {move for states in found for move in pairwise(states)}
    return Conformance(
        start=start,
        end=end,
        shortest=aligner.shortest,
        mid_life=sum(v.cases for v in variants if v.states and v.states[0] not in born),
        deviations=_deviations(variants),
        unused=tuple(sorted(allowed - used)),
        variants=tuple(sorted(variants, key=lambda variant: -variant.cases)),
    )


def _aligner(flow: CompiledWorkflow, allowed: frozenset[_Edge], start: str, end: str) -> Aligner:
    states = flow.definition.states
    names = [state.name for state in states]  # the order of declaration decides between equally short ways
    edges = {source: [target for target in names if (source, target) in allowed] for source in names}
    starts = names if start == "any" else [state.name for state in flow.born]
    ends = names if end == "any" else [state.name for state in states if state.category.value == "closed"]
    return Aligner(edges, starts, ends)


def _variants(runs: Iterable[tuple[str, Sequence[str]]], names: set[str]) -> dict[tuple[str, ...], list[str]]:
    """Return the cases of each variant, variants in the order in which they were met."""
    found: dict[tuple[str, ...], list[str]] = {}
    for case, states in runs:
        if unknown := set(states) - names:
            raise UnknownKind(min(unknown), f"case {case}", sorted(names))
        found.setdefault(tuple(state for state, _ in groupby(states)), []).append(case)
    return found


def _deviations(variants: Iterable[Variant]) -> tuple[Deviation, ...]:
    """Count every move that is not allowed; the variants come in the order in which they were met."""
    found: dict[_Edge, Deviation] = {}
    for variant in variants:
        for move, times in Counter(variant.odd).items():
            known = found.get(move, Deviation(*move, 0, 0, variant.first))
            moves, cases = known.moves + times * variant.cases, known.cases + variant.cases
            found[move] = Deviation(*move, moves, cases, known.first)
    return tuple(sorted(found.values(), key=lambda d: (-d.moves, d.source, d.target)))
