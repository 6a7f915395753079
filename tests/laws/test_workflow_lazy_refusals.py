"""Laws of a refusal: what is possible is told on demand, and is what it was when the question was asked (DEC-7)."""

import copy
import pickle

import pytest
from attrs import define, evolve, field
from attrs.validators import instance_of
from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk.errors import Refusal, Refused
from servicedesk.testing import Standing, actors, resolvers, standings, workflows
from servicedesk.workflow import Actor, Guard, State, Step, Workflow

AT = 9_000_000_000
SEAT = Actor("a7", "seat")


@st.composite
def refused_attempts(draw):
    """A workflow, a ticket of it, and the refusals of every step that this actor cannot take without data."""
    flow, actor = draw(workflows(computed=True)), draw(actors())
    compiled, subject = flow.compile(resolvers=resolvers(flow)), draw(standings(flow, AT))
    steps = sorted({step.name for step in flow.steps} | {"no such step"})

    def answers():
        """Decide anew each time: nobody has asked these refusals for anything yet."""
        found = [compiled.decide(subject, step, actor=actor, at=AT) for step in steps]
        return [answer for answer in found if isinstance(answer, Refused)]

    return compiled, subject, actor, answers


@given(refused_attempts())
def test_told_late_is_what_would_have_been_told_at_once(attempt):
    """DEC-7, decision 0008: possible, message, equality, hash and pickle are those of a refusal that knew at once."""
    compiled, subject, actor, answers = attempt
    possible = tuple(offer.step for offer in compiled.available(subject, actor=actor, at=AT))
    event(f"{min(len(possible), 3)} steps possible")
    eager = [Refused(answer.refusals, possible, attempt=answer.attempt) for answer in answers()]
    message = [f"cannot {no.attempt}: {'; '.join(map(str, no.refusals))}; possible: " for no in eager]
    assert [no.possible for no in answers()] == [possible] * len(eager)
    assert [str(no) for no in answers()] == [begin + (", ".join(possible) or "nothing") for begin in message]
    assert answers() == eager
    assert eager == answers()
    assert [hash(no) for no in answers()] == [hash(no) for no in eager]
    assert pickle.loads(pickle.dumps(answers())) == eager
    assert [copy.copy(no) for no in answers()] == eager == copy.deepcopy(answers())


@given(refused_attempts())
def test_other_possibilities_are_another_refusal(attempt):
    """Decision 0008: one step more or less, another reason, another attempt: none of them is equal."""
    *_, answers = attempt
    for no in answers():
        for other in (
            Refused(no.refusals, (*no.possible, "one more"), attempt=no.attempt),
            Refused((*no.refusals, Refusal("guard")), no.possible, attempt=no.attempt),
            Refused(no.refusals, no.possible, attempt=f"{no.attempt}!"),
        ):
            assert no != other


def two_steps(**close):
    """A loop in which an open ticket may be taken, and closed if a guard of the host's allows it."""
    return Workflow(
        "x",
        1,
        states=[State("open", "active", born=True), State("busy", "active"), State("done", "closed", final=True)],
        steps=[Step("take", "open", "busy"), Step("close", ("open", "busy"), "done", guards=[Guard("host")], **close)],
    )


def test_nothing_is_asked_before_somebody_wants_to_know():
    """Decision 0008: a refusal answered by its codes calls no guard of another step; told once, it asks no more."""
    asked = []

    def host(subject, request):
        asked.append(subject.state)

    refused = two_steps().compile(guards={"host": host}).decide(Standing("T-7", "open"), "tkae", actor=SEAT, at=AT)
    assert (refused.codes, asked) == (("unknown_step",), [])
    assert (refused.possible, asked) == (("take", "close"), ["open"])
    assert str(refused) == "cannot 'tkae' T-7 from 'open': unknown_step (hint='take'); possible: take, close"
    assert asked == ["open"]


def test_a_guard_that_fails_hides_no_refusal():
    """DEC-8: a host's exception passes where somebody asks what is possible; codes and reasons are known without it."""

    def host(subject, request):
        raise ZeroDivisionError("a fault of the host")

    refused = two_steps().compile(guards={"host": host}).decide(Standing("T-7", "open"), "tkae", actor=SEAT, at=AT)
    assert refused.codes == ("unknown_step",)
    with pytest.raises(ZeroDivisionError):
        assert refused.possible
    with pytest.raises(ZeroDivisionError):
        str(refused)


class Row:
    """A host's own ticket, which can be written to."""

    def __init__(self, standing):
        self.standing = standing

    def __getattr__(self, name):
        return getattr(self.standing, name)


@define
class CheckedRow:
    """The same as a class that guards what is written, and lets it pass."""

    standing: Standing = field(validator=instance_of(Standing))

    def __getattr__(self, name):
        return getattr(self.standing, name)


@pytest.mark.parametrize("cls", [Row, CheckedRow])
def test_a_subject_that_can_be_written_to_is_asked_at_once(cls):
    """Decision 0008: whatever becomes of the row, the refusal tells what was possible when the attempt was made."""
    row = cls(Standing("T-7", "open"))
    refused = two_steps().compile(guards={"host": lambda *_: None}).decide(row, "tkae", actor=SEAT, at=AT)
    row.standing = evolve(row.standing, state="done")
    assert refused.possible == ("take", "close")


def test_a_refusal_cannot_be_rewritten():
    """Principle 4: what was refused, why and what was possible are read, never assigned."""
    refused = Refused.because("not_open", possible=("reopen",), attempt="close T-7")
    for name in ("refusals", "possible", "attempt"):
        with pytest.raises(AttributeError):
            setattr(refused, name, ())
    assert repr(refused) == "Refused('cannot close T-7: not_open; possible: reopen')"
    assert refused != "cannot close T-7: not_open; possible: reopen"
