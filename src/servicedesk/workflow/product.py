"""Promises, decided on the product *state x marks* breadth first: every witness is a shortest one (CHK-3).

Only marks that promises and needs name take part. Guards and conditions count as passable, so nothing is proved that
could fail: dominators of the graph of states alone would (a workflow may lose a mark on the way).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from servicedesk.errors import Problem
from servicedesk.workflow.declared import Promise

if TYPE_CHECKING:
    from servicedesk.workflow.definition import Workflow

__all__ = ["MOST_MARKS", "Breach", "Node", "Product", "broken_promises", "explore", "relevant_marks", "too_many_marks"]

MOST_MARKS = 12

Node = tuple[str, frozenset[str]]


@frozen
class Breach:
    """A way to a place without the marks it was promised: the steps from a born state, and what is lacking."""

    promise: Promise
    steps: tuple[str, ...]
    lacks: tuple[str, ...]


@define
class Product:
    """Every place a ticket can be in, with the marks it can hold there, and how it got there first."""

    nodes: dict[Node, tuple[Node, str] | None] = field(factory=dict)
    """Each node with the node and the step it was first reached by; ``None``: a ticket is born there."""
    used: set[int] = field(factory=set)
    """Indices of the steps that can be taken at all."""
    breaches: list[Breach] = field(factory=list)
    """In the order they were found: the shortest first."""

    def way_to(self, node: Node) -> tuple[str, ...]:
        """Return the steps of a shortest way from a born state."""
        steps = []
        reached = self.nodes[node]
        while reached is not None:
            steps.append(reached[1])
            reached = self.nodes[reached[0]]
        return tuple(reversed(steps))


def relevant_marks(flow: Workflow) -> frozenset[str]:
    """Return the marks of promises and needs, the only ones that decide anything."""
    promised = (mark for promise in flow.promises for mark in promise.marks)
    return frozenset((*promised, *(mark for step in flow.steps for mark in step.needs)))


def too_many_marks(flow: Workflow) -> tuple[Problem, ...]:
    """Return the problem that the product would grow beyond reason, if so."""
    count = len(relevant_marks(flow))
    message = f"{count} marks stand in promises and needs; at most {MOST_MARKS} can be proved"
    return (Problem("promises", message, code="too_many_marks"),) if count > MOST_MARKS else ()


def broken_promises(flow: Workflow) -> Iterator[Problem]:
    """Yield a problem for each promise that does not hold, with a shortest way to break it."""
    first: dict[Promise, Breach] = {}
    for breach in explore(flow).breaches:
        first.setdefault(breach.promise, breach)
    for index, promise in enumerate(flow.promises):
        if promise in first:
            breach = first[promise]
            way = ", ".join(breach.steps) or "being born there"
            message = f"{promise.before!r} is reached without {', '.join(breach.lacks)}: {way}"
            yield Problem(f"promises[{index}]", message, code="promise_broken", witness=breach.steps)


@frozen
class _Way:
    """An edge as the product sees it."""

    index: int
    name: str
    target: str
    needs: frozenset[str]
    gives: frozenset[str]
    voids: frozenset[str]


def explore(flow: Workflow, *, starts: tuple[Node, ...] | None = None, also: frozenset[str] = frozenset()) -> Product:
    """Walk the product of a definition whose names are right.

    It starts in the born states, or where ``starts`` says; ``also`` are marks to be followed beside the relevant ones.
    """
    ways = _ways(flow, relevant_marks(flow) | also)
    of_state = {name: [p for p in flow.promises if p.before == name] for name in ways}
    of_step: dict[str, list[Promise]] = {}
    for promise in flow.promises:
        of_step.setdefault(promise.before, []).append(promise)
    product, queue = Product(), deque[Node]()

    def reach(node: Node, came: tuple[Node, str] | None) -> None:
        if node in product.nodes:
            return
        product.nodes[node] = came
        queue.append(node)
        _held(product, of_state[node[0]], node[1], node, ())

    for node in ((state.name, frozenset[str]()) for state in flow.born) if starts is None else starts:
        reach(node, None)
    while queue:
        node = queue.popleft()
        for way in ways[node[0]]:
            if way.needs <= node[1]:
                if way.index >= 0:
                    product.used.add(way.index)
                    _held(product, of_step.get(way.name, []), node[1], node, (way.name,))
                reach((way.target, node[1] - way.voids | way.gives), (node, way.name))
    return product


def _held(product: Product, promises: list[Promise], marks: frozenset[str], node: Node, last: tuple[str, ...]) -> None:
    for promise in promises:
        lacks = tuple(mark for mark in promise.marks if mark not in marks)
        if lacks:
            product.breaches.append(Breach(promise, (*product.way_to(node), *last), lacks))


def _ways(flow: Workflow, marks: frozenset[str]) -> dict[str, list[_Way]]:
    """Return the ways out of each state; what is on record beside the steps gives its mark while a ticket is open."""
    rounds = frozenset(mark.name for mark in flow.all_marks if mark.scope == "round") & marks
    states = {state.name: state for state in flow.states}
    ways: dict[str, list[_Way]] = {name: [] for name in states}
    for index, step in enumerate(flow.steps):
        needs, gives, voids = (frozenset(names) & marks for names in (step.needs, step.gives, step.voids))
        for source in flow.sources_of(step):
            for target in flow.targets_of(step, source):
                back = flow.goes_back(step, states[source], states[target])
                ways[source].append(_Way(index, step.name, target, needs, gives, voids | rounds if back else voids))
    for record, mark in flow.marks_from.items():
        for name in (name for name, state in states.items() if state.category.is_open and mark in marks):
            ways[name].append(_Way(-1, record, name, frozenset(), frozenset({mark}), frozenset()))
    return ways
