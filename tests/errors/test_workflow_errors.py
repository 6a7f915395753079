"""What an author reads who got a workflow wrong: every problem at once, where it is, and what was possible."""

import pytest

from servicedesk.catalogue import Definitions
from servicedesk.conditions import Field
from servicedesk.errors import DefinitionInvalid
from servicedesk.workflow import ANY, SAME, STAY, State, Step, Workflow

OPEN = State("open", "new", born=True)
DONE = State("done", "closed", final=True)


def codes(flow):
    return [(problem.path, problem.code) for problem in flow.problems() if problem.severity == "error"]


def test_a_typo_in_a_state_is_named_with_the_nearest_state():
    """The most common fault of all: one message, the path, the nearest name."""
    flow = Workflow("query", 1, states=[OPEN, DONE], steps=[Step("answer", "opne", "done")])
    with pytest.raises(DefinitionInvalid) as caught:
        flow.compile()
    assert str(caught.value) == "workflow 'query': steps[0].source: 'opne' is not a state; did you mean 'open'?"
    assert caught.value.problems[0].path == "steps[0].source"


def test_a_name_like_no_other_is_answered_with_all_states():
    flow = Workflow("query", 1, states=[OPEN, DONE], steps=[Step("answer", "open", "归档")])
    assert str(flow.problems()[0]) == "steps[0].target: '归档' is not a state; states: open, done"


def test_everything_wrong_is_listed_at_once():
    """CHK-1: a definition is read once by its author, so it is answered once."""
    flow = Workflow(
        " query",
        0,
        states=[State("open", "nwe"), State("open", "active"), State("=", "closed"), DONE],
        steps=[Step("go\n", "open", "done"), Step("undo", "done", "open"), Step("x", ("done", "nowhere"), STAY)],
    )
    assert codes(flow) == [
        ("name", "bad_name"),
        ("version", "bad_version"),
        ("states", "no_born_state"),
        ("states[0].category", "unknown_name"),
        ("states[1].name", "duplicate_name"),
        ("states[2].name", "bad_name"),
        ("steps[0].name", "bad_name"),
        ("steps[1].source", "final_with_exits"),
        ("steps[2].source", "unknown_name"),
    ]
    with pytest.raises(DefinitionInvalid) as caught:
        flow.compile()
    assert str(caught.value).splitlines()[0] == "workflow ' query': 9 problems"
    assert "allowed: new, active, waiting, resolved, closed" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "a name has 1 to 100 characters, not 0"),
        ("x" * 101, "a name has 1 to 100 characters, not 101"),
        ("a\tb", "'a\\tb' has outer blanks or control characters"),
        ("e\u0301tat", "is not in Unicode normal form NFC"),
        ("*", "'*' has a meaning of its own (*, =, .)"),
        (7, "7 is not a text"),
    ],
)
def test_names_that_are_none(name, why):
    """WF-1."""
    problem = Workflow("q", 1, states=[OPEN, State(name, "active")], steps=[]).problems()[0]
    assert problem.path == "states[1].name"
    assert why in problem.message


@pytest.mark.parametrize(
    ("first", "second", "shadowed"),
    [
        ({}, {}, True),
        ({"by": "seat"}, {"by": "seat"}, True),
        ({"by": ("seat", "leader")}, {"by": "seat", "when": Field("x") > 1}, True),
        ({"by": "*"}, {"by": "seat"}, True),
        ({"by": "seat"}, {"by": ("seat", "leader")}, False),
        ({"by": "seat", "when": Field("x") > 1}, {"by": "seat"}, False),
        ({"by": "seat", "when": Field("x") > 1}, {"by": "seat", "when": Field("x") > 1}, True),
    ],
)
def test_a_candidate_that_can_never_be_chosen_is_an_error(first, second, shadowed):
    """CHK-1 ``shadowed_candidate``: decided by roles and conditions, source by source."""
    flow = Workflow(
        "q", 1, states=[OPEN, DONE], steps=[Step("a", "open", SAME, **first), Step("a", ANY, "done", **second)]
    )
    assert codes(flow) == ([("steps[1]", "shadowed_candidate")] if shadowed else [])


def test_a_candidate_shadowed_in_one_of_two_sources_is_alive():
    flow = Workflow(
        "q",
        1,
        states=[OPEN, State("work", "active"), DONE],
        steps=[Step("a", "open", "done"), Step("a", ("open", "work"), "done")],
    )
    assert codes(flow) == []


def test_one_identity_names_one_value():
    """WF-11."""
    one = Workflow("q", 1, states=[OPEN], steps=[])
    other = Workflow("q", 1, states=[OPEN, DONE], steps=[])
    assert Definitions([one, one]).newest("q", where="here").definition == one
    with pytest.raises(DefinitionInvalid, match=r"workflows\[1\]: 'q' version 1 differs"):
        Definitions([one, other])
