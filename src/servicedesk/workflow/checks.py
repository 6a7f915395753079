"""What networkx proves about a workflow: places never reached, and places without a way out (CHK-2)."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from servicedesk.errors import Problem
from servicedesk.workflow.definition import SAME, STAY, Category, Workflow

__all__ = ["warnings"]


def warnings(flow: Workflow) -> tuple[Problem, ...]:
    """Return the warnings of a definition without errors, in the order of its states, then of its steps."""
    return (*_state_warnings(flow), *_nobody_may(flow))


def graph(flow: Workflow) -> nx.DiGraph[str]:
    """Return the states and moves as a directed graph; data-only steps are no moves."""
    result: nx.DiGraph[str] = nx.DiGraph()
    result.add_nodes_from(state.name for state in flow.states)
    for step in flow.steps:
        if step.target != STAY:
            for source in flow.sources_of(step):
                result.add_edge(source, source if step.target == SAME else step.target)
    return result


def _state_warnings(flow: Workflow) -> Iterator[Problem]:
    moves = graph(flow)
    reached = _closure(moves, {state.name for state in flow.born})
    closed = {state.name for state in flow.states if state.category is Category.CLOSED}
    leads_to_closed = _closure(moves.reverse(copy=False), closed)
    for index, state in enumerate(flow.states):
        path, name = f"states[{index}]", state.name
        if name not in reached:
            yield _warning(path, "unreachable_state", f"no way leads from a born state to {name!r}")
        elif not state.final and not set(moves.successors(name)) - {name}:
            yield _warning(path, "trap", f"nothing leaves {name!r}, and it is not declared final")
        elif name not in leads_to_closed:
            yield _warning(path, "no_way_to_closed", f"no way leads from {name!r} to a closed state")


def _closure(moves: nx.DiGraph[str], starts: set[str]) -> set[str]:
    return starts.union(*(nx.descendants(moves, start) for start in starts))


def _nobody_may(flow: Workflow) -> Iterator[Problem]:
    if any(step.by for step in flow.steps):
        for index, step in enumerate(flow.steps):
            if not step.by:
                message = f"{step.name!r} names no role while other steps do; write by=ANYONE if everybody may"
                yield _warning(f"steps[{index}].by", "nobody_may", message)


def _warning(path: str, code: str, message: str) -> Problem:
    return Problem(path, message, code=code, severity="warning")
