"""What an author reads who got a workflow wrong: every problem at once, where it is, and what was possible."""

import pytest

from servicedesk.catalogue import Definitions
from servicedesk.conditions import Field
from servicedesk.errors import DefinitionInvalid, UnknownKind
from servicedesk.workflow import ANY, SAME, STAY, Actor, State, Step, Workflow, conformance

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
        ("*", "'*' has a meaning of its own (*, =, ., !)"),
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


def test_a_condition_may_be_text_and_must_be_one():
    """COND-6, COND-9: text is parsed; a hold needs time, and a step sees one instant."""
    step = Step("a", "open", "done", when='(waiting > 3) & (kind == "fault")')
    assert step.when == (Field("waiting") > 3) & (Field("kind") == "fault")
    held = Step("a", "open", "done", when=(Field("waiting") > 3).held(minutes=3))
    odd = Step("b", "open", "done", when=True)
    flow = Workflow("q", 1, states=[OPEN, DONE], steps=[held, odd])
    assert [str(problem) for problem in flow.problems()] == [
        "steps[0].when: held(waiting > 3, 3min) holds over time, and a step sees one instant",
        "steps[1].when: True is no condition; write Field('kind') == 'fault', or its text",
    ]


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("open", None, "steps[0].target: None is not a state; states: open, done"),
        (None, "done", "steps[0].source: None is not a state; states: open, done"),
        (["open", "opne"], "done", "steps[0].source: 'opne' is not a state; did you mean 'open'?"),
        (
            "active",
            "done",
            "steps[0].source: 'active' is not a state; write Category.ACTIVE for all states of that category",
        ),
    ],
)
def test_ordinary_slips_are_listed_and_do_not_crash(source, target, message):
    """CHK-1: whatever stands where a name belongs, it is a problem with its path."""
    flow = Workflow("q", 1, states=[OPEN, DONE], steps=[Step("a", source, target)])
    assert [str(problem) for problem in flow.problems()] == [message]


def test_values_of_the_wrong_class_are_refused_at_once():
    with pytest.raises(TypeError, match="item 0 is no State, but str 'open'"):
        Workflow("q", 1, states=["open"], steps=[])
    with pytest.raises(TypeError, match="item 1 is no Step, but State"):
        Workflow("q", 1, states=[OPEN], steps=[Step("a", "open", "open"), DONE])
    with pytest.raises(TypeError, match="an actor's id is a text that names somebody, not None"):
        Actor(None)
    with pytest.raises(ValueError, match="an actor is one of person, customer, system, not 'persn'"):
        Actor("a7", kind="persn")


def test_either_form_of_a_workflow_will_do():
    flow = Workflow("q", 1, states=[OPEN, DONE], steps=[Step("a", "open", "done")])
    assert Definitions([flow]) == Definitions(flow.compile()) == Definitions(flow)
    assert conformance(flow, [("A1", ["open", "done"])]) == conformance(flow.compile(), [("A1", ["open", "done"])])


def test_conformance_names_an_unknown_state_and_counts_no_reflexive_move_as_unused():
    """IMP-9: a state nobody declared is not "conforming"; staying in place cannot be seen in a log."""
    flow = Workflow("q", 1, states=[OPEN, DONE], steps=[Step("again", "open", SAME), Step("a", "open", "done")])
    assert conformance(flow, []).unused == (("open", "done"),)
    with pytest.raises(UnknownKind, match="case A1: 'opne' is not known here; did you mean 'open'"):
        conformance(flow, [("A1", ["opne"])])
    odd = conformance(flow, [("", ["done", "open", "done", "open"])])
    assert (odd.deviations[0].moves, odd.deviations[0].cases) == (2, 1)
