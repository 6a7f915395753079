"""What networkx shows of a workflow without errors: places never reached, no way out, rounds without end (CHK-2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import networkx as nx

from servicedesk.errors import Problem
from servicedesk.workflow.edges import roles_of
from servicedesk.workflow.guards import Guard
from servicedesk.workflow.product import explore
from servicedesk.workflow.step import Step
from servicedesk.workflow.words import STAY, Category, Return

if TYPE_CHECKING:
    from servicedesk.workflow.definition import Workflow

__all__ = ["graph", "warnings"]


def warnings(flow: Workflow) -> tuple[Problem, ...]:
    """Return the warnings of a definition without errors: of its states, then of its steps, then the hints."""
    return (*_state_warnings(flow), *_unbounded_loops(flow), *_step_warnings(flow), *_hints(flow))


def graph(flow: Workflow) -> nx.DiGraph[str]:
    """Return the states and moves as a directed graph; data-only steps are no moves."""
    result: nx.DiGraph[str] = nx.DiGraph()
    result.add_nodes_from(state.name for state in flow.states)
    result.add_edges_from((source, target) for _, source, target in _moves(flow))
    return result


def _moves(flow: Workflow) -> Iterator[tuple[int, str, str]]:
    """Yield the index of a step, and a state it leads from and to."""
    for index, step in enumerate(flow.steps):
        if step.target != STAY:
            for source in flow.sources_of(step):
                for target in flow.targets_of(step, source):
                    yield index, source, target


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
    """Find rounds in which open work may be handed on for ever: unseen, or counted and never ended (decision 0008)."""
    warned: set[str] = set()
    bounded = {index for index, step in enumerate(flow.steps) if any(_ends_rounds(flow, part) for part in step.guards)}
    counted = {index for index, step in enumerate(flow.steps) if step.counts}
    for names in _rounds(flow, without=counted | bounded):
        warned.update(names)
        message = f"nothing counts the rounds of open work through {', '.join(map(repr, names))}"
        yield _unbounded(flow, names, message, "warning")
    for names in _rounds(flow, without=bounded):
        if not warned.issuperset(names):
            message = f"the rounds through {', '.join(map(repr, names))} are counted, but no guard ends them"
            yield _unbounded(flow, names, message, "info")


def _unbounded(flow: Workflow, names: list[str], message: str, severity: Literal["warning", "info"]) -> Problem:
    place = next(index for index, state in enumerate(flow.states) if state.name == names[0])
    return Problem(f"states[{place}]", message, code="unbounded_loop", severity=severity, witness=tuple(names))


def _ends_rounds(flow: Workflow, guard: Guard) -> bool:
    """Whether a guard refuses for good once a counter that some step raises has reached its limit."""
    if guard.name == "counter_below":
        return any(guard.arguments.get("counter") in step.counts for step in flow.steps)
    parts = [_ends_rounds(flow, part) for part in guard.inside]
    return bool(parts) and ((guard.name == "all_of" and any(parts)) or (guard.name == "any_of" and all(parts)))


def _rounds(flow: Workflow, *, without: set[int]) -> list[list[str]]:
    """Return the groups of open states in which work can go round without some steps, in the order of states.

    Two states of a group are more than waits, so that somebody else has the work in between. The way out of a pause,
    which leads back to where the work was, hands nothing on.
    """
    states = {state.name: state for state in flow.states}
    work: nx.DiGraph[str] = nx.DiGraph()
    for index, source, target in _moves(flow):
        pause = isinstance(flow.steps[index].target, Return) and states[source].category is Category.WAITING
        if index not in without and not pause and states[source].category.is_open and states[target].category.is_open:
            work.add_edge(source, target)
    busy = {name for name, state in states.items() if state.category is not Category.WAITING}
    groups = [group for group in nx.strongly_connected_components(work) if len(group & busy) > 1]
    return sorted(([name for name in states if name in group] for group in groups), key=lambda g: [*states].index(g[0]))


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


def _warning(path: str, code: str, message: str) -> Problem:
    return Problem(path, message, code=code, severity="warning")
