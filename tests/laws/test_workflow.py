"""Laws of a workflow: three engines agree, every attempt has an answer, offers tell the truth."""

import itertools
import pickle
from copy import deepcopy

import pytest
from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st
from transitions import MachineError

from oracles import naive_workflow
from servicedesk.errors import Refused
from servicedesk.frozenmap import EMPTY, freeze
from servicedesk.testing import Standing, actors, resolvers, standings, values, workflows
from servicedesk.workflow import (
    ANY,
    STAY,
    Accepted,
    Actor,
    Category,
    Request,
    State,
    Step,
    Workflow,
    conformance,
    machine,
)
from servicedesk.workflow.guards import CODES

AT = 9_000_000_000


@st.composite
def attempts(draw):
    """A workflow, and every step tried on a few tickets: by one actor, with one set of data and one reason."""
    flow = draw(workflows(computed=True))
    data = draw(st.one_of(st.just({}), values(), odd_data()))
    actor, reason = draw(actors()), draw(st.sampled_from((None, None, "no_permission", "bogus")))
    steps = sorted({step.name for step in flow.steps} | {"no such step"})
    subjects = draw(st.lists(standings(flow, AT), min_size=1, max_size=4))
    return flow, [(subject, step) for subject in subjects for step in steps], actor, data, reason


def odd_data():
    """Data as DEC-6 refuses them where fields are declared, and the ticket's own words everywhere."""
    return st.sampled_from(
        ({"kind": "defect"}, {"waiting": True}, {"knd": 1, "solution": 2}, {"state": "x", "due_at": 7})
    )


def compiled_of(flow):
    return flow.compile(resolvers=resolvers(flow))


def naive(flow, subject, step, actor, data, reason):
    computed = {"by_waiting": lambda known, _: flow.states[-1 if (known.get("waiting") or 0) > 3 else 0].name}
    return naive_workflow.decide(flow, subject, step, actor, AT, data, reason, computed)


def attempt_at(compiled, subject, step, actor, data, reason):
    """The answer, or the class of error that a condition raises on values of another family (COND-3)."""
    try:
        return compiled.decide(subject, step, actor=actor, at=AT, data=data, reason=reason)
    except TypeError:
        return None


def outcome(answer):
    if isinstance(answer, Refused):
        return ("refused", answer.codes)
    move = answer.move
    told = {name: getattr(move, name) for name in _TOLD}
    return ("moved", told | {"target": move.target.name})


_TOLD = ["stays", "entered", "round", "line", "reason", "outcome", "data", "marks", "counters", "timers"]


@given(attempts())
def test_law_3_table_machine_and_naive_interpreter_agree(attempt):
    """Law 3, TR-1, DEC-3: the table, the real ``transitions.Machine`` on a cursor, and a walk over the definition."""
    flow, tries, actor, data, reason = attempt
    compiled = compiled_of(flow)
    for subject, step in tries:
        found = attempt_at(compiled, subject, step, actor, data, reason)
        if found is None:
            event("a condition met a value of another family")
            continue
        answer = outcome(found)
        event(f"{answer[0]} {answer[1] if answer[0] == 'refused' and len(answer[1]) == 1 else ''}")
        assert answer == naive(flow, subject, step, actor, data, reason)
        assert answer in by_machine(compiled, step, Request(subject, actor, AT, freeze(data), reason), answer)


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
    return [("moved", {**answer[1], "target": state})]


@pytest.mark.slow
@given(workflows(computed=True), st.data())
def test_law_3_long_histories_agree(flow, data):
    """Law 3: move after move, table and naive interpreter keep the same ticket: marks, counters, rounds, timers."""
    compiled, subject = compiled_of(flow), data.draw(standings(flow, AT))
    steps = sorted({step.name for step in flow.steps}) or ["none"]
    moves = 0
    for _ in range(8):
        offers = [offer.step for offer in compiled.available(subject, actor=Actor("a1", "seat"), at=AT)]
        name, actor = data.draw(st.sampled_from(offers or steps)), data.draw(actors())
        given = data.draw(st.sampled_from(({}, {"solution": "x", "kind": "fault", "waiting": 5}, {"waiting": 0})))
        reason = data.draw(st.sampled_from((None, "no_permission")))
        found = compiled.decide(subject, name, actor=actor, at=AT, data=given, reason=reason)
        assert outcome(found) == naive(flow, subject, name, actor, given, reason)
        if isinstance(found, Accepted):
            moves += 1
            subject = followed(subject, found.move, actor)
    event(f"{moves} moves")


def followed(subject, move, actor):
    """The ticket after a move."""
    values = {name: value for name, value in {**subject.values, **move.data}.items() if value is not None}
    taken = {**(subject.taken if move.round == subject.round else {}), move.step: actor.id}
    active = move.target.name if move.target.category is Category.ACTIVE else subject.last_active
    kept = {name: getattr(move, name) for name in _TOLD if name not in ("stays", "data")}
    return evolve(subject, state=move.target.name, values=values, taken=taken, last_active=active, **kept)


@given(attempts())
def test_law_2_every_attempt_has_an_answer_and_a_refusal_has_a_reason(attempt):
    """Law 2, DEC-7: total; a refusal names at least one reason and the steps open to this very actor."""
    flow, tries, actor, data, reason = attempt
    compiled = compiled_of(flow)
    for subject, step in tries:
        answer = attempt_at(compiled, subject, step, actor, data, reason)
        if isinstance(answer, Refused):
            assert answer.refusals
            assert set(answer.codes) <= set(CODES)
            assert answer.possible == tuple(offer.step for offer in compiled.available(subject, actor=actor, at=AT))
            assert f"{step!r} T-7 from {subject.state!r}" in str(answer)
        else:
            assert answer is None or isinstance(answer, Accepted)


@given(attempts())
def test_law_4_an_offer_is_ready_iff_it_would_be_accepted(attempt):
    """Law 4, DEC-9: ready is accepted; not ready fails on fields and reasons alone; absent cannot be."""
    flow, tries, actor, _, _ = attempt
    compiled = compiled_of(flow)
    later = {"missing_field", "unchanged_field", "missing_reason"}
    for subject, name in tries:
        offers = {offer.step: offer for offer in compiled.available(subject, actor=actor, at=AT)}
        answer = compiled.decide(subject, name, actor=actor, at=AT)
        if name not in offers:
            event("absent")
            assert set(answer.codes) - later
        elif offers[name].ready:
            event("ready")
            assert (answer.move.target.name,) == offers[name].targets
        else:
            event("not ready")
            assert set(answer.codes) <= later
            needed = [refusal["field"] for refusal in answer.refusals if refusal.code != "missing_reason"]
            assert tuple(dict.fromkeys(needed)) == offers[name].still_needed


@given(attempts())
def test_law_4_explain_and_decide_give_the_same_reasons(attempt):
    """Law 4, DEC-9: every failing check of the explanation is a refusal, in the same order; one candidate is chosen."""
    flow, tries, actor, data, reason = attempt
    compiled = compiled_of(flow)
    for subject, step in tries:
        answer = attempt_at(compiled, subject, step, actor, data, reason)
        if answer is None:
            continue
        try:
            told = compiled.explain(subject, step, actor=actor, at=AT, data=data, reason=reason)
        except TypeError:  # it looks at the candidates behind the chosen one too (COND-3)
            assert raised_by_a_candidate(compiled, subject, step, data)
            event("another candidate compares what cannot be compared")
            continue
        refusals = answer.refusals if isinstance(answer, Refused) else ()
        assert told.refusals == refusals
        chosen = [trial for trial in told.trials if trial.chosen]
        if chosen:
            event("chosen, refused" if refusals else "chosen, accepted")
            assert tuple(no for _, no in chosen[0].checks if no is not None) == refusals
        assert str(told).startswith(f"{step!r}: {'accepted' if not refusals else refusals[0]}")


def raised_by_a_candidate(compiled, subject, step, data):
    known = {**subject.values, **data}
    for edge in compiled.table[subject.state, step]:
        try:
            if edge.step.when is not None:
                edge.step.when.holds(known)
        except TypeError:
            return True
    return False


@given(workflows(computed=True))
def test_names_survive_compilation_and_pickling(flow):
    """Law 10 in part, WF-1: names with blanks, signs, quotes and CJK come back from the machine as they went in."""
    compiled = compiled_of(flow)
    assert set(compiled.machine.states) == {state.name for state in flow.states}
    assert {name for _, name in compiled.table} <= {step.name for step in flow.steps}
    assert pickle.loads(pickle.dumps(flow)) == flow


@given(workflows(computed=True), st.data())
def test_a_walk_that_the_workflow_allows_conforms(flow, data):
    """IMP-9: following edges from anywhere is conforming; the deviations of any other run are exactly its odd moves."""
    compiled = compiled_of(flow)
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
    compiled = compiled_of(flow)
    assert compiled.decide(Standing("T-7", "open"), "close", actor=seat, at=AT).codes == ("missing_field",)
    assert compiled.decide(Standing("T-7", "open"), "close", actor=leader, at=AT).move.target.name == "odd"


def test_warnings_are_proved_on_the_graph():
    """CHK-2: each warning and the hint, with the place it is about."""
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
            State("desk", "active"),
        ],
        steps=[
            Step("a", "in", "loop", by="seat"),
            Step("b", "loop", "loop2", by="seat"),
            Step("b", "loop2", "loop", by="seat"),
            Step("c", "in", "pit"),
            Step("d", "island", "done", by="seat"),
            Step("e", "in", "done", by="seat"),
            Step("f", "in", "desk", by="seat"),
            Step("g", "desk", "done", by="seat", when="x > 1"),
            Step("g", "desk", "in", by="leader", needs="proof"),
            Step("h", "desk", STAY, by="seat", gives="proof", needs="proof"),
        ],
    )
    assert [(p.path, p.code) for p in flow.problems()] == [
        ("states[1]", "no_way_to_closed"),
        ("states[2]", "no_way_to_closed"),
        ("states[3]", "trap"),
        ("states[3]", "waiting_without_timer"),
        ("states[4]", "unreachable_state"),
        ("states[6]", "only_checked_exits"),
        ("states[0]", "unbounded_loop"),
        ("states[1]", "unbounded_loop"),
        ("steps[3].by", "nobody_may"),
        ("steps[4]", "dead_step"),
        ("steps[8]", "dead_step"),
        ("steps[9]", "dead_step"),
        ("steps[7]", "same_step_many_targets"),
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


def test_whatever_the_machine_is_asked_it_keeps_no_model():
    """TR-2: a cursor takes one step and is dropped; a host hangs its callbacks on a copy, and ours stays as it was."""
    flow = Workflow(
        "x",
        1,
        states=[State("in", "new", born=True), State("out", "closed", final=True)],
        steps=[Step("close", "in", "out")],
    )
    compiled = flow.compile()
    request = Request(Standing("T-7", "in"), Actor("a7"), AT, EMPTY, None)
    assert [machine.run(compiled.machine, "close", request) for _ in range(3)] == ["out"] * 3
    assert compiled.machine.models == []
    heard = []
    own = deepcopy(compiled.machine)
    own.events["close"].transitions["in"][0].after.append(lambda event: heard.append(event.event.name))
    assert machine.run(own, "close", request) == "out"
    assert machine.run(compiled.machine, "close", request) == "out"
    assert heard == ["close"]
