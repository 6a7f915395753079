"""A workflow as a Graphviz graph, drawn by transitions (``servicedesk[diagrams]``).

The machine that is drawn is made for it: the ids are generated and the texts escaped, because Graphviz reads ``a:b`` as
a port of ``a``, ``<b>`` as HTML and letters behind a backslash as ends of lines; a name may be any of these (WF-1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.diagram import COLOURS, name_of
from servicedesk.workflow.words import STAY

if TYPE_CHECKING:
    from graphviz import Digraph

__all__ = ["graph"]

_ESCAPES = {"\\": "\\\\", "<": "\\<", ">": "\\>", "&": "&amp;", '"': '\\"'}


def graph(flow: Workflow, language: str | None = None) -> Digraph:
    """Return the graph: ``.source`` is its text; ``.render`` and ``.pipe`` need Graphviz's own program ``dot``.

    Born states have a bold rim, final ones a double one; a colour is a category.

    Raises:
        ImportError: the extra is not installed. transitions itself would quietly draw Mermaid instead.
    """
    machine = _machine(flow, language)
    drawn = machine.graph_cls(machine).get_graph()
    drawn.attr(label=_safe(name_of(flow, language)))
    for index, state in enumerate(flow.states):
        rim = {"penwidth": "2.5"} if state.born else {"peripheries": "2"} if state.final else {}
        drawn.node(f"s{index}", fillcolor=f"#{COLOURS[state.category.value]}", **rim)
    return drawn


def _machine(flow: Workflow, language: str | None) -> Any:
    """Return a machine that is only looked at: a model would be given one more attribute, and none is needed."""
    try:
        import graphviz  # noqa: F401, PLC0415  # an extra, and transitions only warns where it is missing
    except ImportError as error:
        raise ImportError("drawing with Graphviz needs a package: pip install servicedesk[diagrams]") from error
    from transitions.extensions import GraphMachine  # noqa: PLC0415  # only who draws loads it

    ids = {state.name: f"s{index}" for index, state in enumerate(flow.states)}
    plain: Any = {"model": None, "initial": None, "auto_transitions": False}
    made = GraphMachine(states=[*ids.values()], title="workflow", graph_engine="graphviz", **plain)
    for state in flow.states:
        place: Any = made.states[ids[state.name]]
        place.label = _safe(name_of(state, language))
    for step in flow.steps:
        label = _safe(name_of(step, language))
        for source in flow.sources_of(step):
            for target in flow.targets_of(step, source):
                goal = None if step.target == STAY else ids[target]
                made.add_transition(step.name, ids[source], goal, label=label)
    return made


def _safe(text: str) -> str:
    return "".join(_ESCAPES.get(char, char) for char in text)
