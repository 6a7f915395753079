"""What networkx shows of a workflow without errors: places never reached, no way out, rounds without end (CHK-2)."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from servicedesk.errors import Problem
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.edges import roles_of
from servicedesk.workflow.product import explore
from servicedesk.workflow.step import Step
from servicedesk.workflow.words import STAY, Category

__all__ = ["graph", "warnings"]


def warnings(flow: Workflow) -> tuple[Problem, ...]:
    """Return the warnings of a definition without errors: of its states, then of its steps, then the hints."""
    return (*_state_warnings(flow), *_unbounded_loops(flow), *_step_warnings(flow), *_hints(flow))


def graph(flow: Workflow, *, endless: bool = False) -> nx.DiGraph[str]:
    """Return the states and moves as a directed graph; data-only steps are no moves.

    ``endless`` leaves out the steps that a counter's guard ends one day.
    """
    result: nx.DiGraph[str] = nx.DiGraph()
    result.add_nodes_from(state.name for state in flow.states)
    for step in flow.steps:
        counted = any(part.name == "counter_below" for guard in step.guards for part in guard.walk())
        if step.target != STAY and not (endless and counted):
            for source in flow.sources_of(step):
                result.add_edges_from((source, target) for target in flow.targets_of(step, source))
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
        elif not state.final and _all_checked(flow, name):
            message = f"every step out of {name!r} depends on marks, guards or conditions"
            yield _warning(path, "only_checked_exits", message)
        if state.category is Category.WAITING and not state.timers and name in reached:
            yield _warning(path, "waiting_without_timer", f"a ticket may wait in {name!r} for ever: it has no timer")


def _closure(moves: nx.DiGraph[str], starts: set[str]) -> set[str]:
    return starts.union(*(nx.descendants(moves, start) for start in starts))


def _all_checked(flow: Workflow, name: str) -> bool:
    exits = [step for step in flow.steps if step.target != STAY and name in flow.sources_of(step)]
    return all(step.needs or step.guards or step.when is not None for step in exits)


def _unbounded_loops(flow: Workflow) -> Iterator[Problem]:
    """Find rounds that no counter ends: work may be passed round in them for ever."""
    places = {state.name: index for index, state in enumerate(flow.states)}
    endless = nx.strongly_connected_components(graph(flow, endless=True))
    for names in sorted(
        (sorted(group, key=places.__getitem__) for group in endless if len(group) > 1), key=lambda g: places[g[0]]
    ):
        message = f"no counter ends the rounds through {', '.join(map(repr, names))}"
        yield _warning(f"states[{places[names[0]]}]", "unbounded_loop", message, tuple(names))


def _step_warnings(flow: Workflow) -> Iterator[Problem]:
    used = explore(flow).used
    for index, step in enumerate(flow.steps):
        path = f"steps[{index}]"
        if index not in used:
            message = f"{step.name!r} can never be taken: no place it leaves is reached with the marks it needs"
            yield _warning(path, "dead_step", message)
        if _nobody(flow, step):
            message = f"{step.name!r} names no role while other steps do; write by=ANYONE if everybody may"
            yield _warning(f"{path}.by", "nobody_may", message)


def _nobody(flow: Workflow, step: Step) -> bool:
    ways = [(source, target) for source in flow.sources_of(step) for target in flow.targets_of(step, source)]
    return any(roles_of(flow, step, source, target) == frozenset() for source, target in ways)


def _hints(flow: Workflow) -> Iterator[Problem]:
    targets: dict[tuple[str, str], set[object]] = {}
    first: dict[tuple[str, str], int] = {}
    for index, step in enumerate(flow.steps):
        for source in flow.sources_of(step):
            targets.setdefault((source, step.name), set()).add(step.target)
            first.setdefault((source, step.name), index)
    for (source, name), found in targets.items():
        if len(found) > 1:
            message = f"{name!r} leads from {source!r} to {len(found)} targets: the order of the candidates decides"
            path = f"steps[{first[source, name]}]"
            yield Problem(path, message, code="same_step_many_targets", severity="info")


def _warning(path: str, code: str, message: str, witness: tuple[str, ...] = ()) -> Problem:
    return Problem(path, message, code=code, severity="warning", witness=witness)
