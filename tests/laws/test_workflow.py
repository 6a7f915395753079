"""Laws of a workflow: three engines agree, every attempt has an answer, offers tell the truth."""

import itertools
import pickle

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from transitions import MachineError

from oracles import naive_workflow
from servicedesk.errors import Refused
from servicedesk.testing import Standing, actors, values, workflows
from servicedesk.workflow import ANY, Accepted, Actor, Category, State, Step, Workflow, conformance, machine
from servicedesk.workflow.compiled import Request


@st.composite
def attempts(draw):
    """A workflow, and every step tried from every state: by one actor, with one set of data and one reason."""
    flow = draw(workflows())
    known, data = draw(values()), draw(values())
    actor, reason = draw(actors()), draw(st.sampled_from((None, "no_permission", "bogus")))
    steps = sorted({step.name for step in flow.steps} | {"no such step"})
    tries = [(Standing("T-7", state.name, known), step) for state in flow.states for step in steps]
    return flow, tries, actor, data, reason


def outcome(answer):
    if isinstance(answer, Refused):
        return ("refused", answer.codes)
    move = answer.move
    return ("moved", move.target.name, move.stays, move.reason)


@given(attempts())
def test_law_3_table_machine_and_naive_interpreter_agree(attempt):
    """Law 3, TR-1, DEC-3: the table, the real ``transitions.Machine`` on a cursor, and a walk over the definition."""
    flow, tries, actor, data, reason = attempt
    compiled = flow.compile()
    for subject, step in tries:
        answer = outcome(compiled.decide(subject, step, actor=actor, data=data, reason=reason))
        event(f"{answer[0]} {answer[1] if answer[0] == 'refused' else ''}")
        assert answer == naive_workflow.decide(flow, subject, step, actor, data, reason)
        assert answer in by_machine(compiled, step, Request(subject, actor, data, reason), answer)


def by_machine(compiled, step, request, answer):
    """What the machine says; where it only says "no candidate", both reasons for that fit."""
    if step not in compiled.machine.events:
        return [("refused", ("unknown_step",))]
    try:
        state = machine.run(compiled.machine, step, request)
    except MachineError:
        return [("refused", ("not_possible",))]
    except Refused as refused:
        return [("refused", refused.codes)]
    if state is None:
        return [("refused", ("forbidden",)), ("refused", ("condition",))]
    return [("moved", state, *answer[2:])]


@given(attempts())
def test_law_2_every_attempt_has_an_answer_and_a_refusal_has_a_reason(attempt):
    """Law 2, DEC-7: total; a refusal names at least one reason and the steps open to this very actor."""
    flow, tries, actor, data, reason = attempt
    compiled = flow.compile()
    for subject, step in tries:
        answer = compiled.decide(subject, step, actor=actor, data=data, reason=reason)
        if isinstance(answer, Refused):
            assert answer.refusals
            assert answer.possible == tuple(offer.step for offer in compiled.available(subject, actor=actor))
            assert f"{step!r} T-7 from {subject.state!r}" in str(answer)
        else:
            assert isinstance(answer, Accepted)


@given(attempts())
def test_law_4_an_offer_is_ready_iff_it_would_be_accepted(attempt):
    """Law 4, DEC-9: ready is accepted; not ready fails on fields and reasons alone; absent cannot be."""
    flow, tries, actor, _, _ = attempt
    compiled = flow.compile()
    for subject, name in tries:
        offers = {offer.step: offer for offer in compiled.available(subject, actor=actor)}
        answer = compiled.decide(subject, name, actor=actor)
        if name not in offers:
            event("absent")
            assert set(answer.codes) <= {"unknown_step", "not_possible", "forbidden", "condition"}
        elif offers[name].ready:
            event("ready")
            assert outcome(answer)[:2] == ("moved", offers[name].target)
        else:
            event("not ready")
            assert set(answer.codes) <= {"missing_field", "missing_reason"}
            needed = tuple(refusal["field"] for refusal in answer.refusals if refusal.code == "missing_field")
            assert needed == offers[name].still_needed


@given(workflows())
def test_names_survive_compilation_and_pickling(flow):
    """Law 10 in part, WF-1: names with blanks, signs, quotes and CJK come back from the machine as they went in."""
    compiled = flow.compile()
    assert set(compiled.machine.states) == {state.name for state in flow.states}
    assert {name for _, name in compiled.table} <= {step.name for step in flow.steps}
    assert pickle.loads(pickle.dumps(flow)) == flow


@given(workflows(), st.data())
def test_a_walk_that_the_workflow_allows_conforms(flow, data):
    """IMP-9: following edges from anywhere is conforming; the deviations of any other run are exactly its odd moves."""
    compiled = flow.compile()
    names = [state.name for state in flow.states]
    run = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=6))
    result = conformance(compiled, [("A1", run)])
    moves = [(a, b) for a, b in itertools.pairwise(run) if a != b]
    odd = [move for move in moves if move not in compiled.edges]
    event("fits" if not odd else "does not fit")
    assert result.conforming == (not odd)
    assert sum(deviation.moves for deviation in result.deviations) == len(odd) == result.moves - result.allowed
    assert {(d.source, d.target) for d in result.deviations} == set(odd)
    assert result.mid_life == (run[0] not in {state.name for state in compiled.born})
    assert set(result.unused) == {(a, b) for a, b in compiled.edges if a != b} - set(moves)


def test_a_failing_check_refuses_and_never_falls_through():
    """DEC-3: a missing field cannot send a complaint down the edge of another candidate."""
    flow = Workflow(
        "x",
        1,
        states=[State("open", "active", born=True), State("done", "closed"), State("odd", "closed")],
        steps=[
            Step("close", "open", "done", by="seat", requires="solution"),
            Step("close", "open", "odd", by=("seat", "leader")),
        ],
    )
    seat, leader = Actor("a1", "seat"), Actor("a2", "leader")
    compiled = flow.compile()
    assert compiled.decide(Standing("T-7", "open"), "close", actor=seat).codes == ("missing_field",)
    assert compiled.decide(Standing("T-7", "open"), "close", actor=leader).move.target.name == "odd"


def test_warnings_are_proved_on_the_graph():
    """CHK-2: unreachable states, traps, places without a way to closed, and steps nobody may take."""
    flow = Workflow(
        "x",
        1,
        states=[
            State("in", "new", born=True),
            State("loop", "active"),
            State("loop2", "active"),
            State("pit", "waiting"),
            State("island", "active"),
            State("done", "closed", final=True),
        ],
        steps=[
            Step("a", "in", "loop", by="seat"),
            Step("b", "loop", "loop2", by="seat"),
            Step("b", "loop2", "loop", by="seat"),
            Step("c", "in", "pit"),
            Step("d", "island", "done", by="seat"),
            Step("e", "in", "done", by="seat"),
        ],
    )
    assert [(p.path, p.code) for p in flow.problems()] == [
        ("states[1]", "no_way_to_closed"),
        ("states[2]", "no_way_to_closed"),
        ("states[3]", "trap"),
        ("states[4]", "unreachable_state"),
        ("steps[3].by", "nobody_may"),
    ]


def test_any_leaves_every_state_that_is_not_final():
    """WF-3, WF-4: a wildcard is expanded over added states too, and never leaves a final state."""
    flow = Workflow(
        "x",
        1,
        states=[State("in", "new", born=True), State("gone", "closed", final=True)],
        steps=[Step("cancel", ANY, "gone")],
    ).extend(version=2, states=[State("work", "active")], steps=[Step("go", Category.NEW, "work")])
    assert flow.compile().edges == {("in", "gone"), ("work", "gone"), ("in", "work")}


def test_a_compiled_workflow_cannot_be_bypassed():
    """TR-1: no automatic transition exists; the machine has no model that could be moved."""
    compiled = Workflow("x", 1, states=[State("in", "new", born=True), State("out", "closed")], steps=[]).compile()
    assert compiled.machine.events == {}
    assert compiled.machine.models == []
    with pytest.raises(AttributeError):
        compiled.table = {}
