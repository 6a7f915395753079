"""Laws of the Graphviz graph that transitions draws of a workflow (`servicedesk[diagrams]`)."""

import re
import subprocess
import sys

import pytest
from hypothesis import given

from servicedesk.testing import resolvers, workflows
from servicedesk.workflow import STAY, State, Step, Workflow, library

LABEL = r'label=("(?:[^"\\]|\\.)*"|\w+)'
ODD = ("a:b", "<b>x</b>", '"q"', "back\\slash", "end\\", "\\l", "&amp;", "受理 x", "node", "{a|b}", '"', "a -> b", "%s")


def read(text):
    """Return what Graphviz would show for a label: quotes, escapes and entities undone."""
    text = text.removesuffix('"').removeprefix('"')
    return re.sub(r"\\(.)", r"\1", text).replace("&amp;", "&")


def drawn(source):
    """Return the names and the (source, steps, target) of a graph's text, by a reader of its own."""
    found = re.findall(rf"^\t(s\d+) \[{LABEL}\]$", source, re.MULTILINE)
    names = {place: read(label.replace('\\l"', '"')) for place, label in found}  # transitions ends each in a line
    arrows = re.findall(rf"^\t(s\d+) -> (s\d+) \[{LABEL}\]$", source, re.MULTILINE)
    return names, {(names[a], step, names[b]) for a, b, label in arrows for step in read(label).split(" | ")}


@given(workflows(computed=True))
def test_law_10_names_and_steps_come_back_from_the_graph(flow):
    """Law 10, TR-1: the graph shows every state and every edge of the table, whatever they are called."""
    names, arrows = drawn(flow.graphviz().source)
    assert list(names.values()) == [state.name for state in flow.states]
    table = flow.compile(resolvers=resolvers(flow)).table.values()
    internal = {True: " [internal]", False: ""}
    assert arrows == {(e.source, e.step.name + internal[e.stays], e.target.name) for edges in table for e in edges}


@pytest.mark.parametrize("name", ODD)
def test_a_name_that_looks_like_graphviz_is_escaped(name):
    """Law 10: no name is read as a port, as HTML, as a line's end or as an entity; the title neither."""
    flow = Workflow(name, 1, states=[State(name, "new", born=True)], steps=[Step(name, name, STAY)])
    graph = flow.graphviz()
    assert drawn(graph.source) == ({"s0": name}, {(name, f"{name} [internal]", name)})
    assert read(re.findall(rf"^\t{LABEL}$", graph.source, re.MULTILINE)[0]) == name


def test_the_graph_of_a_loop_is_what_it_was():
    """LIB-6: labelled, born states bold, final ones doubled, a colour for each category; no automatic transition."""
    source = library.alarm().graphviz(language="zh").source
    for line in (
        'label="告警"',
        's0 [label="已产生\\l"]',
        's0 [fillcolor="#e3f2fd" penwidth=2.5]',
        's5 [fillcolor="#eeeeee" peripheries=2]',
        's1 -> s1 [label="转故障单 [internal]"]',
    ):
        assert f"\t{line}\n" in source
    assert source.count(" -> ") == 14
    assert "to_s" not in source
    assert source == library.alarm().graphviz(language="zh").source


def test_without_the_extra_it_is_said_what_to_install():
    """LIB-6: transitions alone would quietly draw Mermaid instead; and nothing else needs the package."""
    script = """
import sys
sys.modules["graphviz"] = None
from servicedesk.workflow import library
assert "transitions" not in sys.modules
library.fault().mermaid()
try:
    library.fault().graphviz()
except ImportError as error:
    print(error)
"""
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout == "drawing with Graphviz needs a package: pip install servicedesk[diagrams]\n"
