"""The ``transitions.Machine`` of a workflow, and the hot table read back from it.

The machine expands reflexive and internal edges and keeps the order of candidates; hosts get its callbacks, diagrams
and introspection; the law "table == machine" holds our own decisions against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from transitions import EventData, Machine, Transition

from servicedesk.errors import Refused
from servicedesk.frozenmap import FrozenMap
from servicedesk.workflow.compiled import Table
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.edge import Edge
from servicedesk.workflow.request import Request
from servicedesk.workflow.words import SAME, STAY

__all__ = ["Cursor", "build", "run", "table"]

_CURSOR = " state"  # no step can be called so (WF-1), and transitions refuses a trigger named like this attribute


class _Transition(Transition):
    """A transition that knows the edge it stands for: selection as condition, the checks before the state changes."""

    def __init__(
        self,
        source: str,
        dest: str | None,
        *_callbacks: Any,  # add_transition passes its own, all empty here
        edge: Edge,
    ) -> None:
        self.edge = edge
        callbacks: Any = {"conditions": [self._selects], "before": [self._check]}
        destination = cast("str", dest)  # None is an internal transition; the annotation there forgets it
        super().__init__(source, destination, **callbacks)

    def _selects(self, event: EventData) -> bool:
        return self.edge.selects(_request(event))

    def _check(self, event: EventData) -> None:
        refusals = self.edge.refusals(_request(event))
        if refusals:
            raise Refused(refusals)


def _request(event: EventData) -> Request:
    return cast("Request", event.kwargs["request"])


class _Machine(Machine):
    transition_cls = _Transition


def build(flow: Workflow, edges: Iterable[Edge]) -> Machine:
    """Return the one machine of a definition: no model, no automatic transition that would bypass the loop (TR-1)."""
    machine = _Machine(
        model=None,
        states=[state.name for state in flow.states],
        initial=None,
        auto_transitions=False,
        send_event=True,
        queued=False,
        model_attribute=_CURSOR,
    )
    for edge in edges:
        machine.add_transition(edge.step.name, edge.source, _destination(edge), edge=edge)
    for step in flow.steps:  # a step that leaves no state is a known one all the same
        if step.name not in machine.events:
            machine.events[step.name] = machine.event_cls(step.name, machine)
    return machine


def _destination(edge: Edge) -> str | None:
    """Spell a target as transitions does: reflexive, internal, or a state."""
    if edge.step.target == STAY:
        return None
    return "=" if edge.step.target == SAME else edge.target.name


def table(machine: Machine) -> Table:
    """Read the hot table back from a machine, in the machine's own order of candidates."""
    return FrozenMap(
        {
            (source, name): tuple(cast("_Transition", transition).edge for transition in transitions)
            for name, event in machine.events.items()
            for source, transitions in event.transitions.items()
        }
    )


class Cursor:
    """A throwaway model: it stands in one state, takes one step, and is dropped (TR-2)."""

    def __init__(self, state: str) -> None:
        setattr(self, _CURSOR, state)

    @property
    def state(self) -> str:
        """Where it stands."""
        return cast("str", getattr(self, _CURSOR))


def run(machine: Machine, step: str, request: Request) -> str | None:
    """Let the machine itself take a step; return the state it ends in, or ``None`` if no candidate was selected.

    Raises:
        Refused: the chosen candidate's checks failed.
        transitions.MachineError: the step is not possible in this state.
    """
    cursor = Cursor(request.subject.state)
    return cursor.state if machine.events[step].trigger(cursor, request=request) else None
