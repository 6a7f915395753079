"""Laws of copies: every value of the room survives pickling and copying, and answers as the original (principle 4)."""

import copy
import pickle

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk.errors import Refusal, Refused
from servicedesk.testing import Standing, actors, standings, workflows
from servicedesk.workflow import Accepted, Actor, Guard, Migration, Request, State, Step, Timer, Workflow, library

AT = 9_000_000_000
SEAT = Actor("a7", "seat")
PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


def twins(value):
    """A value through every way of copying."""
    yield from (pickle.loads(pickle.dumps(value, protocol)) for protocol in PROTOCOLS)
    yield copy.copy(value)
    yield copy.deepcopy(value)


@given(workflows(), st.data())
def test_a_copy_of_a_compiled_workflow_decides_as_the_original(flow, data):
    """WF-11: a compiled workflow travels by what it was compiled from, and answers every attempt alike."""
    original = flow.compile()
    copied = pickle.loads(pickle.dumps(original))
    assert (copied.definition, list(copied.table)) == (flow, list(original.table))
    actor, subject = data.draw(actors()), data.draw(standings(flow, AT))
    assert copied.available(subject, actor=actor, at=AT) == original.available(subject, actor=actor, at=AT)
    for step in sorted({step.name for step in flow.steps} | {"no such step"}):
        answers = [each.decide(subject, step, actor=actor, at=AT) for each in (original, copied)]
        event(type(answers[0]).__name__)
        assert answers[0] == answers[1]
        assert answers[0] == pickle.loads(pickle.dumps(answers[1]))


@pytest.mark.parametrize("loop", library.LOOPS, ids=lambda loop: loop.__name__)
def test_definitions_and_migrations_are_their_copies(loop):
    """Principle 4: a loop, and the map from it to its next version, equal their copies and hash alike."""
    flow = loop()
    later = flow.extend(version=flow.version + 1)
    for value in (flow, flow.states[0], flow.steps[0], Migration.same_names(flow, later), flow.compile().edges):
        for twin in twins(value):
            assert twin == value
            assert hash(twin) == hash(value)
    assert all(str(twin) == str(flow) for twin in twins(flow))


def in_time(subject, request):
    """A host's guard: a function with a name can be pickled."""
    return None if request.at < 10 else Refusal("guard", {"guard": "in_time"})


class Later:
    """A host's calendar."""

    def add_us(self, start, worked):
        return start + 2 * worked


def hosted():
    """A workflow that names what only a host can bring, compiled with it."""
    flow = Workflow(
        "x",
        1,
        states=[
            State("open", "active", born=True),
            State("held", "waiting", timers=[Timer("go", "1h", calendar="desk")]),
        ],
        steps=[Step("hold", "open", "held", guards=[Guard("in_time")]), Step("go", "held", "open")],
    )
    return flow.compile(guards={"in_time": in_time}, calendars={"desk": Later()})


def test_what_a_host_brought_travels_by_its_own_pickle():
    """WF-11, TM-1: guards and calendars are taken along; a copy checks and arms as before."""
    subject = Standing("T-7", "open")
    for twin in twins(hosted()):
        assert twin.decide(subject, "hold", actor=SEAT, at=5).move.timers == (("go", 5 + 2 * 3_600_000_000),)
        assert twin.decide(subject, "hold", actor=SEAT, at=10).codes == ("guard",)


def test_answers_are_their_copies():
    """Principle 2: a move, an answer, an offer, a refusal and an attempt equal their copies; a move stays frozen."""
    fault, subject = library.fault().compile(), Standing("T-7", "accepted")
    yes, no = (fault.decide(subject, step, actor=SEAT, at=5) for step in ("take", "archive"))
    assert (type(yes), type(no)) == (Accepted, Refused)
    request = Request(subject, SEAT, 5, yes.move.data, None)
    for value in (yes, yes.move, no, *no.refusals, *fault.available(subject, actor=SEAT, at=5), request):
        assert all(twin == value for twin in twins(value))
    for twin in twins(yes.move):
        with pytest.raises(AttributeError):
            twin.round = 2
    for twin in twins(no):
        assert (str(twin), twin.possible) == (str(no), ("take", "cancel"))


def test_a_refusal_in_hand_keeps_its_notes_and_its_place():
    """DEC-7: a refusal raised, noted on and sent to another process says there what it said here."""
    refused = Refused.because("not_open", possible=lambda: ["reopen"], attempt="close T-7")
    refused.add_note("asked twice")
    twin = pickle.loads(pickle.dumps(refused))
    assert (twin, twin.__notes__) == (refused, ["asked twice"])
