"""Every promise of every ready-made loop, damaged: the shortest way to break it is told (§12, LIB-1, CHK-3)."""

import pytest
from attrs import evolve

from servicedesk.errors import DefinitionInvalid
from servicedesk.frozenmap import FrozenMap
from servicedesk.workflow import library

# Loop, place, mark: the way to that place once nothing gives the mark any more, and nothing asks for it.
WITNESSES = """
consultation | archived | callback | take, resolve_in_call, archive
fault | archived | callback | take, resolve_in_call, archive
defect | archived | callback | take, escalate, not_a_defect, confirm, archive
complaint | archived | callback | assign, submit, review_passed, urge, reply, confirm, archive
complaint | archived | reviewed | assign, submit, review_passed, urge, reply, confirm, archive
complaint | archived | urged | assign, submit, review_passed, reply, confirm, archive
complaint | archived | answered | assign, submit, review_passed, urge, reply, confirm, archive
data_maintenance | archived | callback | take, pass_on, extract, confirm, archive
data_maintenance | check | approved | take, pass_on, execute, check
data_maintenance | check | executed | take, request_approval, approve, execute, check
self_service | archived | callback | lock, deliver, respond, archive
business_expansion | archived | callback | arrange_survey, survey_done, answer_low, sign, energise, confirm, archive
business_expansion | energise | built_ok | arrange_survey, survey_done, answer_low, sign, energise
alarm | closed | verified | false_alarm
work_order | completed | accepted_answer | sign, answer, accept_answer
report | archived | callback | assign, submit, review_passed, urge, reply, confirm, archive
report | archived | reviewed | assign, submit, review_passed, urge, reply, confirm, archive
report | archived | urged | assign, submit, review_passed, reply, confirm, archive
report | archived | answered | assign, submit, review_passed, urge, reply, confirm, archive
request | fulfilled | approved | submit, approve, fulfil
problem | closed | cause_known | analyse, find_cause, fix, resolve, close
change | implement | approved | assess, submit, approve, implement
change | closed | approved | assess, submit, approve, implement, finish, close
change | closed | implemented | assess, submit, approve, implement, finish, close
"""
CASES = [tuple(part.strip() for part in line.split("|")) for line in WITNESSES.strip().splitlines()]


def damaged(flow, mark):
    """Let no step and no record give a mark, and none ask for it: the promise stays."""
    steps = [
        evolve(step, gives=[name for name in step.gives if name != mark], needs=[n for n in step.needs if n != mark])
        for step in flow.steps
    ]
    records = FrozenMap({record: given for record, given in flow.marks_from.items() if given != mark})
    return evolve(flow, steps=tuple(steps), marks_from=records)


def walked(flow, steps):
    """Return where a way can lead to, by a plain walk from the born states."""
    places = {state.name for state in flow.born}
    for name in (name for name in steps if name not in flow.marks_from):  # what is on record moves nothing
        moves = [(source, step) for step in flow.steps if step.name == name for source in flow.sources_of(step)]
        places = {target for source, step in moves if source in places for target in flow.targets_of(step, source)}
    return places


def test_every_promise_of_every_loop_is_here():
    """LIB-1: what the loops promise, all of it; an incident promises nothing."""
    promised = {
        (flow.name, promise.before, mark)
        for flow in (loop() for loop in library.LOOPS)
        for promise in flow.promises
        for mark in promise.marks
    }
    assert promised == {case[:3] for case in CASES}
    assert {loop.__name__ for loop in library.LOOPS} - {case[0] for case in CASES} == {"incident"}


@pytest.mark.parametrize(("loop", "place", "mark", "way"), CASES)
def test_a_loop_that_loses_its_proof_no_longer_compiles(loop, place, mark, way):
    """LIB-1, CHK-1, CHK-3: the witness leads there from a born state."""
    flow = damaged(getattr(library, loop)(), mark)
    with pytest.raises(DefinitionInvalid) as caught:
        flow.compile()
    steps = tuple(way.split(", "))
    assert {problem.code for problem in caught.value.problems} == {"promise_broken"}
    found = next(problem for problem in caught.value.problems if problem.message.startswith(f"{place!r} is reached"))
    assert found.witness == steps
    assert f"without {mark}: {way}" in found.message
    if flow.state(place) is not None:
        assert place in walked(flow, steps)
    else:
        assert steps[-1] == place
        assert walked(flow, steps)


@pytest.mark.parametrize("loop", library.LOOPS)
def test_a_loop_keeps_its_proof_without_its_needs_where_no_way_passes_them_by(loop):
    """CHK-3: needs are checks at the door; where every way gives the mark, the proof stands without them."""
    flow = loop()
    bare = evolve(flow, steps=tuple(evolve(step, needs=()) for step in flow.steps))
    broken = {problem.code for problem in bare.problems()} & {"promise_broken"}
    skippable = {"complaint", "report", "data_maintenance", "change"}
    assert bool(broken) == (flow.name in skippable)
