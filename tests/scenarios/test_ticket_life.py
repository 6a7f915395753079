"""A fault on its way round the closed loop: what each command, fact and refusal says, exactly."""

import pickle

import pendulum
import pytest

from servicedesk import tickets
from servicedesk.catalogue import Definitions
from servicedesk.errors import NaiveDatetimeError, UnknownKind
from servicedesk.events import NoteAdded, TicketAccepted, TicketImported, TicketMoved
from servicedesk.instants import to_us
from servicedesk.sla import Calendar, Clock, Goal
from servicedesk.tickets import Accept, Assign, Classify, Note, Perform
from servicedesk.workflow import STAY, Actor, Category, State, Step, Workflow

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
    assert (ticket.version, ticket.state, ticket.complete) == (2, "s", True)
    one_by_one = None
    for fact in (note, begun, late):
        one_by_one = tickets.evolve(one_by_one, fact)
    assert one_by_one == ticket


def test_facts_of_another_stream_are_counted_and_not_folded():
    """EV-6: ``replay(log.read_all())`` is a natural slip; it must not mix two tickets into one."""
    ticket = play()[0].ticket
    other = TicketMoved(
        ticket="T-99", at=ticket.at + 5, actor="x", step=None, source="a", target="b", category="closed", entered=0
    )
    goal = Goal("resolution", within="4h", calendar=Calendar.always(), stop="resolved")
    (started,) = Clock.start(goal, at=NINE, ticket="T-7").changes
    after = tickets.replay([other, started], ticket)
    assert (after.version, after.state, after.at) == (ticket.version + 2, ticket.state, ticket.at)


def test_what_each_fact_carries_and_what_becomes_of_it():
    """EV-3, DEC-5, WF-7: staying keeps entry and reason, moving renews both; an outcome lasts until reopening."""
    flow = Workflow(
        "x",
        1,
        states=[
            State("in", "new", born=True),
            State("held", "waiting"),
            State("done", "resolved"),
            State("gone", "closed"),
        ],
        steps=[
            Step("hold", "in", "held", reasons=("parts",)),
            Step("note", "held", STAY),
            Step("finish", "held", "done", outcome="solved"),
            Step("archive", "done", "gone"),
            Step("back", "gone", "in"),
        ],
    )
    definitions, at = Definitions([flow]), 100
    ticket = tickets.decide(
        None, Accept(ticket="T-7", actor=SEAT, kind="x", fields={"a": 1, "b": 2}), definitions=definitions, at=at
    ).ticket
    seen = []
    for step, data, reason in (
        ("hold", {}, "parts"),
        ("note", {"a": None, "c": 3}, None),
        ("finish", {}, None),
        ("archive", {}, None),
        ("back", {}, None),
    ):
        at += 10
        command = Perform(ticket="T-7", actor=SEAT, step=step, data=data, reason=reason)
        ticket = tickets.decide(ticket, command, definitions=definitions, at=at).ticket
        seen.append(
            (ticket.state, ticket.entered, ticket.at, ticket.reason, ticket.outcome, ticket.round, dict(ticket.fields))
        )
    assert seen == [
        ("held", 110, 110, "parts", None, 1, {"a": 1, "b": 2}),
        ("held", 110, 120, "parts", None, 1, {"b": 2, "c": 3}),
        ("done", 130, 130, None, "solved", 1, {"b": 2, "c": 3}),
        ("gone", 140, 140, None, "solved", 1, {"b": 2, "c": 3}),
        ("in", 150, 150, None, None, 2, {"b": 2, "c": 3}),
    ]


def test_the_last_four_keys_are_remembered_and_no_more():
    """DEC-4: several facts of one command are one key."""
    definitions = Definitions([FAULT])
    ticket = play()[0].ticket
    for key in ("k1", "k2", "k2", "k3", "k4", "k5"):
        note = Note(ticket="T-7", actor=SEAT, text_ref="x", key=key)
        ticket = tickets.decide(ticket, note, definitions=definitions, at=NINE).ticket
    assert ticket.keys == ("k2", "k3", "k4", "k5")
    twice = [NoteAdded(ticket="T-7", at=ticket.at, text_ref="x", key="k6")] * 2
    assert tickets.replay(twice, ticket).keys == ("k3", "k4", "k5", "k6")


def test_classifying_as_before_is_no_fact():
    """DEC-1: what is not given stays; what changes nothing is not recorded."""
    definitions = Definitions([FAULT])
    ticket = play()[0].ticket
    high = Classify(ticket="T-7", actor=SEAT, priority="高", service="权限")
    ticket = tickets.decide(ticket, high, definitions=definitions, at=NINE).ticket
    assert (ticket.priority, ticket.service, ticket.symptom) == ("高", "权限", None)
    again = Classify(ticket="T-7", actor=SEAT, priority="高")
    assert tickets.decide(ticket, again, definitions=definitions, at=NINE).facts == ()


def test_a_command_for_another_ticket_is_the_host_s_slip():
    """Never applied to the wrong ticket; and a version expected of a ticket that is not there is stale."""
    definitions = Definitions([FAULT])
    ticket = play()[0].ticket
    with pytest.raises(ValueError, match="a command for 'T-8' was given with the ticket 'T-7'"):
        tickets.decide(ticket, Perform(ticket="T-8", actor=SEAT, step="take"), definitions=definitions, at=NINE)
    accept = Accept(ticket="T-9", actor=SEAT, kind="fault", expected_version=3)
    assert tickets.decide(None, accept, definitions=definitions, at=NINE).codes == ("stale_version",)


def test_data_cannot_stand_in_for_the_ticket_s_own_words():
    """DEC-6 ``read_only``: a step's data must not steer conditions on priority, line or state."""
    definitions = Definitions([FAULT])
    ticket = play()[0].ticket
    spoof = Perform(ticket="T-7", actor=SEAT, step="take", data={"priority": "1", "note": "x"})
    refused = tickets.decide(ticket, spoof, definitions=definitions, at=NINE)
    assert [str(refusal) for refusal in refused.refusals] == ["read_only (field='priority')"]
    accept = Accept(ticket="T-9", actor=SEAT, kind="fault", fields={"line": 1})
    assert tickets.decide(None, accept, definitions=definitions, at=NINE).codes == ("read_only",)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Perform(ticket="T-7", actor="a7", step="take"), "Perform.actor is an Actor"),
        (lambda: Perform(ticket="", actor=SEAT, step="take"), "Perform.ticket is a text that is not empty"),
        (lambda: Accept(ticket=7, actor=SEAT, kind="fault"), "Accept.ticket is a text that is not empty, not 7"),
        (lambda: Accept(ticket="T-7", actor=SEAT, kind=None), "Accept.kind is a text"),
        (lambda: Accept(ticket="T-7", actor=SEAT, kind="fault", priority=1), "Accept.priority is a text"),
        (lambda: Note(ticket="T-7", actor=SEAT, text_ref=None), "Note.text_ref is a text"),
        (lambda: Note(ticket="T-7", actor=SEAT, text_ref="x", key=""), "Note.key is a text that is not empty"),
        (
            lambda: Perform(ticket="T-7", actor=SEAT, step="x", data={"z": [1]}),
            r"z = \[1\] is a list; a fact holds text",
        ),
        (lambda: Perform(ticket="T-7", actor=SEAT, step="x", data={"z": (1, 0.5)}), "z = 0.5 is a float"),
        (lambda: Perform(ticket="T-7", actor=SEAT, step="x", data={"z": NINE}), "is a DateTime; a fact holds"),
        (lambda: Actor(None), "an actor's id is a text"),
    ],
)
def test_commands_refuse_what_no_fact_could_hold(make, message):
    """EV-4: at the edge, before anything is decided, not when it is stored."""
    with pytest.raises(TypeError, match=message):
        make()
