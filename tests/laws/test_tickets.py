"""Laws of tickets: state is the fold of facts, refusals change nothing, a repeated command adds nothing."""

import pickle

import pendulum
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk import tickets
from servicedesk.catalogue import Definitions
from servicedesk.errors import NaiveDatetimeError, Refused, UnknownKind
from servicedesk.events import NoteAdded, TicketAccepted, TicketImported, TicketMoved, from_json, to_json
from servicedesk.instants import to_us
from servicedesk.testing import actors, values, workflows
from servicedesk.tickets import Accept, Assign, Classify, Note, Perform
from servicedesk.workflow import ANY, STAY, Actor, Category, State, Step, Workflow

GROUPS = st.sampled_from((None, "一线", "专家坐席"))
MAYBE = st.sampled_from((None, "高", "x"))


LOOP = Workflow(
    "loop",
    3,
    states=[State("in", "new", born=True), State("work", "active"), State("done", "resolved"), State("gone", "closed")],
    steps=[
        Step("go", "in", "work"),
        Step("done", Category.ACTIVE, "done", outcome="solved"),
        Step("close", "done", "gone"),
        Step("back", ("done", "gone"), "work"),
        Step("touch", ANY, STAY),
    ],
)


@st.composite
def commands(draw, flow, ticket):
    """Commands of every class, mostly steps that are offered now; keys repeat, versions are seldom stale."""
    actor = draw(actors())
    common = {
        "ticket": "T-7",
        "actor": actor,
        "key": draw(st.sampled_from((None, None, *"abcde"))),
        "expected_version": draw(st.sampled_from((*[None] * 11, 1))),
    }
    choice = draw(st.sampled_from((*["offered"] * 6, "perform", "assign", "classify", "note", "accept")))
    if choice == "assign":
        return Assign(**common, group=draw(GROUPS), assignee=draw(MAYBE))
    if choice == "classify":
        return Classify(**common, priority=draw(MAYBE), service=draw(MAYBE))
    if choice == "note":
        return Note(**common, text_ref="话务/1")
    if choice == "accept":
        return Accept(**common, kind=flow.name)
    offers = tickets.available(ticket, actor=actor, definitions=Definitions([flow])) if choice == "offered" else ()
    names = [offer.step for offer in offers] or [step.name for step in flow.steps] or ["none"]
    reason = draw(st.sampled_from((None, "no_permission")))
    return Perform(**common, step=draw(st.sampled_from(names)), data=draw(values()), reason=reason)


@st.composite
def lives(draw):
    """A workflow and a life under it, as (ticket before, command, at, outcome); instants stand still or go back."""
    flow = draw(st.one_of(workflows(), st.just(LOOP)))
    definitions = Definitions([flow])
    born = draw(st.sampled_from([state.name for state in flow.born]))
    command = Accept(ticket="T-7", actor=Actor("a1"), kind=flow.name, state=born, fields=draw(values()))
    ticket, at, played = None, 1_000, []
    for step in (0, *draw(st.lists(st.sampled_from((0, 0, 1, 3, -1)), max_size=12))):
        at += step
        outcome = tickets.decide(ticket, command, definitions=definitions, at=at)
        played.append((ticket, command, at, outcome))
        if not isinstance(outcome, Refused):
            ticket, at = outcome.ticket, max(at, outcome.ticket.at)
        if ticket is None:
            break
        at = max(at, ticket.at)
        command = draw(commands(flow, ticket))
    return flow, played


@given(lives())
def test_law_1_the_ticket_is_always_the_fold_of_its_facts(life):
    """Law 1: live state = bulk replay = one by one, at every prefix, also after JSON; version = number of facts."""
    facts = []
    for _, _, _, outcome in life[1]:
        if isinstance(outcome, Refused):
            event("refused")
            continue
        facts.extend(outcome.facts)
        event(f"{len(outcome.facts)} facts of {type(outcome).__name__}")
        assert outcome.ticket == tickets.replay(facts)
        assert outcome.ticket.version == len(facts)
    one_by_one = None
    for fact in facts:
        one_by_one = tickets.evolve(one_by_one, fact)
    assert one_by_one == tickets.replay(facts) == tickets.replay([from_json(to_json(fact)) for fact in facts])
    for cut in range(len(facts)):
        assert tickets.replay(facts[cut:], tickets.replay(facts[:cut])) == one_by_one
    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)


@given(lives())
def test_a_refusal_changes_nothing_and_has_a_reason(life):
    """DEC-5, DEC-7: the ticket a refused command was given is the ticket the next one finds."""
    for ticket, command, at, outcome in life[1]:
        if isinstance(outcome, Refused):
            event(outcome.codes[0])
            assert outcome.refusals
            assert command.ticket in str(outcome)
            if outcome.codes == ("time_went_back",):
                assert at < ticket.at
            if outcome.codes == ("stale_version",):
                assert command.expected_version != ticket.version


@given(lives())
def test_law_7_a_repeated_key_adds_nothing(life):
    """Law 7, DEC-4: a double click is harmless, whatever has become of the ticket, even at an earlier instant."""
    flow, played = life
    for _, command, at, outcome in played:
        if command.key is not None and not isinstance(outcome, Refused) and outcome.facts:
            again = tickets.decide(outcome.ticket, command, definitions=Definitions([flow]), at=at - 5)
            event("repeated")
            assert again.facts == ()
            assert again.ticket == outcome.ticket


@given(lives())
def test_rounds_count_the_ways_back_into_the_loop(life):
    """CB-4, §2: a round begins each time a ticket leaves resolved or closed for an open state, and only then."""
    done = {"resolved", "closed"}
    for ticket, _, _, outcome in life[1]:
        if ticket is None or isinstance(outcome, Refused):
            continue
        back = ticket.category in done and outcome.ticket.category not in done
        event("back into the loop" if back else "on")
        assert outcome.ticket.round == ticket.round + back
        if back:
            assert outcome.ticket.outcome is None


FAULT = Workflow(
    "fault",
    1,
    states=[
        State("accepted", "new", born=True),
        State("at_seat", "active", line=1),
        State("at_expert", "active", line=2),
        State("resolved", "resolved", requires="solution"),
        State("archived", "closed"),
    ],
    steps=[
        Step("take", "accepted", "at_seat", by="seat"),
        Step("escalate", "at_seat", "at_expert", by="seat", reasons=("no_permission", "beyond_knowledge")),
        Step("resolve", Category.ACTIVE, "resolved", by=("seat", "expert"), outcome="solved"),
        Step("archive", "resolved", "archived", by="leader"),
        Step("reopen", "archived", "at_seat", by="customer"),
    ],
)
SEAT, EXPERT, LEADER = Actor("a7", "seat"), Actor("e1", "expert"), Actor("l1", "leader")
NINE = pendulum.datetime(2026, 3, 2, 9, tz="Asia/Shanghai")


def play(*script, at=NINE):
    """Play (actor, step, data, reason) after an acceptance, a minute apart; return the outcomes."""
    definitions = Definitions([FAULT])
    accept = Accept(ticket="T-7", actor=SEAT, kind="fault", channel="phone", caller="c-17")
    outcomes = [tickets.decide(None, accept, definitions=definitions, at=at)]
    for minute, (actor, step, data, reason) in enumerate(script, start=1):
        command = Perform(ticket="T-7", actor=actor, step=step, data=data, reason=reason)
        ticket = outcomes[-1].ticket
        outcomes.append(tickets.decide(ticket, command, definitions=definitions, at=at.add(minutes=minute)))
    return outcomes


def test_a_fault_goes_round_the_closed_loop():
    """The loop 受理 → 处理 → 归档 and back: what each fact carries is what the ticket shows."""
    script = [
        (SEAT, "take", {}, None),
        (SEAT, "escalate", {}, "no_permission"),
        (EXPERT, "resolve", {"solution": "重新授权"}, None),
        (LEADER, "archive", {}, None),
        (Actor.customer("c-17"), "reopen", {}, None),
    ]
    outcomes = play(*script)
    escalated, resolved, archived, reopened = (outcome.ticket for outcome in outcomes[2:])
    assert (escalated.line, escalated.reason) == (2, "no_permission")
    assert (resolved.category, resolved.outcome, resolved.fields) == ("resolved", "solved", {"solution": "重新授权"})
    assert (archived.state, archived.is_open, archived.line) == ("archived", False, 2)
    assert (reopened.round, reopened.outcome, reopened.line, reopened.version) == (2, None, 1, 6)
    assert reopened.entered == to_us(NINE.add(minutes=5))
    assert repr(reopened) == "<Ticket T-7 version 6: fault/at_seat since 2026-03-02 01:05:00+00:00>"
    assert pickle.loads(pickle.dumps(reopened)) == reopened


def test_a_refusal_says_why_and_what_was_possible():
    """DEC-7: exact message."""
    *_, refused = play((SEAT, "take", {}, None), (SEAT, "archive", {}, None))
    assert str(refused) == "cannot 'archive' T-7 from 'at_seat': not_possible; possible: escalate, resolve"
    *_, refused = play((SEAT, "take", {}, None), (EXPERT, "escalate", {}, None))
    assert str(refused) == "cannot 'escalate' T-7 from 'at_seat': forbidden (roles=('seat',)); possible: resolve"
    *_, refused = play((SEAT, "take", {}, None), (SEAT, "resolve", {}, None))
    assert refused.codes == ("missing_field",)
    *_, refused = play((SEAT, "take", {}, None), (SEAT, "escalate", {}, "bored"))
    assert refused.refusals[0]["choices"] == ("no_permission", "beyond_knowledge")


def test_what_a_ticket_that_does_not_exist_answers():
    """DEC-1: only `Accept` begins; a second `Accept` without the first one's key is refused."""
    definitions = Definitions([FAULT])
    note = Note(ticket="T-7", actor=SEAT, text_ref="x")
    refused = tickets.decide(None, note, definitions=definitions, at=NINE)
    assert str(refused) == "cannot note T-7: not_accepted; possible: accept"
    accept = Accept(ticket="T-7", actor=SEAT, kind="fault", state="at_seat")
    refused = tickets.decide(None, accept, definitions=definitions, at=NINE)
    assert (refused.codes, refused.possible) == (("not_possible",), ("accepted",))
    ticket = play()[0].ticket
    again = tickets.decide(ticket, Accept(ticket="T-7", actor=SEAT, kind="fault"), definitions=definitions, at=NINE)
    assert again.codes == ("already_accepted",)


def test_a_closed_ticket_is_nobody_s_to_assign():
    """DEC-10 ``not_open``; and an assignment that changes nothing is no fact."""
    definitions = Definitions([FAULT])
    ticket = play()[0].ticket
    assign = Assign(ticket="T-7", actor=LEADER, group="专家坐席")
    assigned = tickets.decide(ticket, assign, definitions=definitions, at=NINE)
    assert assigned.ticket.group == "专家坐席"
    assert tickets.decide(assigned.ticket, assign, definitions=definitions, at=NINE).facts == ()
    *_, archived = play(
        (SEAT, "take", {}, None), (SEAT, "resolve", {"solution": "x"}, None), (LEADER, "archive", {}, None)
    )
    refused = tickets.decide(archived.ticket, assign, definitions=definitions, at=NINE.add(hours=1))
    assert refused.codes == ("not_open",)


def test_bad_instants_and_unknown_definitions():
    """§5: a naive instant, a kind nobody loaded, a version and a state that are gone."""
    accept = Accept(ticket="T-7", actor=SEAT, kind="fault")
    with pytest.raises(NaiveDatetimeError, match=r"at = 2026-03-02T09:00:00 has no time zone"):
        tickets.decide(None, accept, definitions=Definitions([FAULT]), at=NINE.naive())
    with pytest.raises(UnknownKind, match=r"accept T-7: 'fault' is not known here"):
        tickets.decide(None, accept, definitions=Definitions([]), at=NINE)
    ticket = play()[0].ticket
    newer = Definitions([FAULT.extend(version=2)])
    perform = Perform(ticket="T-7", actor=SEAT, step="take")
    with pytest.raises(
        UnknownKind, match=r"ticket T-7: 'fault version 1' is not known here; did you mean 'fault version 2'"
    ):
        tickets.decide(ticket, perform, definitions=newer, at=NINE)
    moved = TicketMoved(
        ticket="T-7", at=ticket.at, actor="x", step=None, source="accepted", target="gone", category="new", entered=0
    )
    with pytest.raises(UnknownKind, match=r"ticket T-7: 'gone' is not known here; known: accepted, at_seat"):
        tickets.decide(tickets.evolve(ticket, moved), perform, definitions=Definitions([FAULT]), at=NINE)


def test_evolve_is_total():
    """EV-6: an unexpected fact only raises the version; before its beginning a ticket is nothing."""
    note = NoteAdded(ticket="T-7", at=5, text_ref="x")
    assert tickets.evolve(None, note) is None
    begun = TicketAccepted(ticket="T-7", at=5, actor="a", workflow="w", workflow_version=1, state="s", category="new")
    late = TicketImported(ticket="T-7", at=6, actor="a", workflow="w", workflow_version=1, state="t", category="closed")
    ticket = tickets.replay([note, begun, late])
    assert (ticket.version, ticket.state, ticket.complete) == (3, "s", True)


def test_migrations_of_a_definition_do_not_touch_history():
    """EV-3: history folds the same under any later definition, because `evolve` asks for none."""
    facts = [fact for outcome in play((SEAT, "take", {}, None)) for fact in outcome.facts]
    assert tickets.replay(facts).state == "at_seat"
    assert {fact.kind for fact in facts} == {"ticket.accepted", "ticket.moved"}
