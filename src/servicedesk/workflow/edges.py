"""From a definition without errors to its edges: sources expanded, roles, requirements and marks resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import frozen

from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.workflow.declared import RECORDS, rights_for
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.edge import Edge
from servicedesk.workflow.guards import Check, bound, children_are, supervision_answered
from servicedesk.workflow.state import State
from servicedesk.workflow.step import Step
from servicedesk.workflow.timing import WorkingTime, alarms
from servicedesk.workflow.words import ANYONE, STAY, Category, Computed, For

__all__ = ["DONE", "Kit", "edges", "roles_of"]

DONE = ("resolved", "closed")
"""Where a child blocks its parent no more."""


@frozen
class Kit:
    """What a definition names and a host brings: calendars of timers, functions of guards and of resolvers."""

    calendars: Mapping[str, WorkingTime] = EMPTY
    guards: Mapping[str, Callable[..., Any]] = EMPTY
    resolvers: Mapping[str, Callable[..., Any]] = EMPTY


def edges(flow: Workflow, kit: Kit) -> Iterator[Edge]:
    """Yield every edge: steps in the order of declaration, sources in the order of states, then each destination."""
    states = {state.name: state for state in flow.states}
    for step in flow.steps:
        guards = tuple(bound(guard, kit.guards) for guard in step.guards)
        for source in flow.sources_of(step):
            for target in flow.targets_of(step, source):
                yield _edge(flow, kit, step, (states[source], states[target]), guards)


def _edge(flow: Workflow, kit: Kit, step: Step, places: tuple[State, State], guards: tuple[Any, ...]) -> Edge:
    source, target = places
    back = flow.goes_back(step, source, target)
    needed = (*step.requires, *(() if step.target == STAY else flow.requirements_of(target)))
    plain = tuple(name for name in needed if isinstance(name, str) and name not in step.waives)
    own = tuple((part.role, _unless(part.fields, step.waives)) for part in needed if isinstance(part, For))
    round_marks = {mark.name for mark in flow.all_marks if mark.scope == "round"} if back else set()
    return Edge(
        step=step,
        source=source.name,
        target=target,
        roles=roles_of(flow, step, source.name, target.name),
        back=back,
        requires=tuple(dict.fromkeys(plain)),
        requires_of=own,
        fields=FrozenMap({known.name: known for known in flow.fields}) if flow.fields else None,
        record=FrozenMap({known.name: known for known in RECORDS[step.records]}) if step.records else EMPTY,
        read_only=frozenset(known.name for known in flow.fields if flow.matches(known.read_only_in, source)),
        guards=(*guards, *_closing(flow, step, target)),
        gives=frozenset(step.gives),
        voids=frozenset({*step.voids, *round_marks}),
        alarms=alarms(target.timers, kit.calendars),
        resolver=kit.resolvers[step.target.name] if isinstance(step.target, Computed) else None,
    )


def _closing(flow: Workflow, step: Step, target: State) -> tuple[Check, ...]:
    """Return the checks of whoever closes: an unanswered supervision blocks it, and open children (SUP-4, REL-2)."""
    if target.category is not Category.CLOSED or step.target == STAY:
        return ()
    found = (supervision_answered(),) if flow.must_answer else ()
    children = (children_are(DONE),) if flow.open_children == "block" else ()
    return tuple(bound(guard, EMPTY) for guard in (*found, *children) if guard not in step.guards)


def _unless(names: tuple[str, ...], waived: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in waived)


def roles_of(flow: Workflow, step: Step, source: str, target: str) -> frozenset[str] | None:
    """Return who may: the step's own roles, else those of the most specific right (ACT-1); ``None`` is everybody."""
    if flow.open_to_all:
        return None
    own = step.by or next((right.roles for right in rights_for(flow.rights, step.name, source, target)), ())
    return None if ANYONE in own else frozenset(own)
