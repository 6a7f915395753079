"""Every refusal a ticket itself can give, with its exact message (DEC-1, DEC-2, DEC-4, DEC-10; CL, SUP, REL, MIG)."""

import pytest

from servicedesk import tickets
from servicedesk.catalogue import Definitions
from servicedesk.errors import NaiveDatetimeError, UnknownKind
from servicedesk.instants import from_us
from servicedesk.tickets import (
    Accept,
    AnswerSupervision,
    Assign,
    Claim,
    Classify,
    Link,
    Merge,
    Migrate,
    Note,
    Perform,
    Release,
    ReleaseSupervision,
    Renew,
    Split,
    Steal,
    Supervise,
    Unlink,
    Unmerge,
    Urge,
)
from servicedesk.workflow import Actor, library
from servicedesk.workflow.guards import CODES

DESK = Definitions([library.fault(), library.complaint(), library.work_order()])
SEAT, LEADER, E1, E2 = Actor("a7", "seat"), Actor("l1", "leader"), Actor("e1", "expert"), Actor("e2", "expert")
CUSTOMER, NIGHTLY = Actor.customer("c-17"), Actor.system("nightly")
MINUTE = 60_000_000
NINE = 1_772_413_200_000_000  # 2026-03-02T09:00+08:00
DONE = {"solution": "restarted", "resolution_code": "restart"}


def begun(name="T-7", kind="fault", at=NINE, **more):
    answer = tickets.decide(
        None, Accept(ticket=name, actor=SEAT, kind=kind, **more), definitions=DESK, at=at, others={"P-1": None}
    )
    assert isinstance(answer, tickets.Accepted), answer
    return answer.ticket


def after(ticket, *asked, minutes=1):
    """Return the ticket after commands that are all accepted, a minute apart."""
    for what, more in asked:
        at = ticket.at + minutes * MINUTE
        answer = tickets.decide(ticket, what(ticket=ticket.id, **more), definitions=DESK, at=at)
        assert isinstance(answer, tickets.Accepted), answer
        ticket = answer.ticket
    return ticket


def refusal(ticket, command, at=None, **others):
    """Return what is said, after checking that nothing else came of it."""
    at = NINE + 30 * MINUTE if at is None else at
    answer = tickets.decide(ticket, command, definitions=DESK, at=at, others=others)
    assert not isinstance(answer, tickets.Accepted), answer
    assert set(answer.codes) <= set(CODES)
    return str(answer)


TAKEN = (Perform, {"actor": SEAT, "step": "take"})
CLOSED = (
    TAKEN,
    (Perform, {"actor": SEAT, "step": "resolve_in_call", "data": DONE}),
    (Perform, {"actor": SEAT, "step": "archive"}),
)
CLAIMED = (Claim, {"actor": E1, "span": "1h"})
SUPERVISED = (Supervise, {"actor": LEADER, "department": "计量"})

LIFE = [
    (
        lambda: (None, Note(ticket="T-7", actor=SEAT, text_ref="n/1")),
        "cannot note T-7: not_accepted; possible: accept",
    ),
    (
        lambda: (None, Accept(ticket="T-7", actor=SEAT, kind="fault", expected_version=4)),
        "cannot accept T-7: stale_version (expected=4, actual=0); possible: nothing",
    ),
    (
        lambda: (None, Accept(ticket="T-7", actor=SEAT, kind="fault", state="resolved")),
        "cannot accept T-7: not_possible (state='resolved'); possible: accepted",
    ),
    (
        lambda: (None, Accept(ticket="T-7", actor=SEAT, kind="fault", accepted=NINE + 31 * MINUTE)),
        (
            "cannot accept T-7: time_went_back (accepted='2026-03-02T01:31:00+00:00', at='2026-03-02T01:30:00+00:00'); "
            "possible: nothing"
        ),
    ),
    (
        lambda: (None, Accept(ticket="T-7", actor=SEAT, kind="fault", fields={"solutoin": "x"})),
        "cannot accept T-7: unknown_field (field='solutoin', hint='solution'); possible: nothing",
    ),
    (
        lambda: (begun(key="k1"), Accept(ticket="T-7", actor=SEAT, kind="fault", key="k2")),
        "cannot accept T-7: already_accepted (since='2026-03-02T01:00:00+00:00'); possible: take, cancel",
    ),
    (
        lambda: (begun(), Note(ticket="T-7", actor=SEAT, text_ref="n/1", expected_version=7)),
        "cannot note T-7: stale_version (expected=7, actual=1); possible: take, cancel",
    ),
    (
        lambda: (begun(at=NINE + 31 * MINUTE), Note(ticket="T-7", actor=SEAT, text_ref="n/1")),
        (
            "cannot note T-7: time_went_back (at='2026-03-02T01:30:00+00:00', last='2026-03-02T01:31:00+00:00'); "
            "possible: nothing"
        ),
    ),
    (
        lambda: (after(begun(), *CLOSED), Assign(ticket="T-7", actor=LEADER, group="一线")),
        "cannot assign T-7: not_open (state='archived'); possible: reopen",
    ),
    (
        lambda: (begun(), Perform(ticket="T-7", actor=SEAT, step="archve")),
        "cannot 'archve' T-7 from 'accepted': unknown_step (hint='archive'); possible: take, cancel",
    ),
    (
        lambda: (begun(), Perform(ticket="T-7", actor=SEAT, step="archive")),
        "cannot 'archive' T-7 from 'accepted': not_possible; possible: take, cancel",
    ),
    (
        lambda: (begun(), Migrate(ticket="T-7", actor=LEADER, to=("fault", 2))),
        "cannot migrate T-7: not_possible (here=('fault', 1), to=('fault', 2)); possible: cancel",
    ),
]

CLAIMS = [
    (
        lambda: (begun(), Claim(ticket="T-7", actor=CUSTOMER)),
        "cannot claim T-7: forbidden (kind='customer'); possible: nothing",
    ),
    (
        lambda: (after(begun(), *CLOSED), Claim(ticket="T-7", actor=E1)),
        "cannot claim T-7: not_open (state='archived'); possible: nothing",
    ),
    (
        lambda: (after(begun(), CLAIMED), Renew(ticket="T-7", actor=E2)),
        "cannot renew T-7: claimed_by_other (holder='e1', until='2026-03-02T02:01:00+00:00'); possible: nothing",
    ),
    (
        lambda: (after(begun(), CLAIMED), Perform(ticket="T-7", actor=SEAT, step="take")),
        (
            "cannot 'take' T-7 from 'accepted': claimed_by_other (holder='e1', until='2026-03-02T02:01:00+00:00'); "
            "possible: nothing"
        ),
    ),
    (lambda: (begun(), Renew(ticket="T-7", actor=E1)), "cannot renew T-7: not_claimed; possible: nothing"),
    (lambda: (begun(), Release(ticket="T-7", actor=E1)), "cannot release T-7: not_claimed; possible: nothing"),
    (
        lambda: (after(begun(), CLAIMED), Steal(ticket="T-7", actor=E2, reason="ill")),
        "cannot steal T-7: forbidden (roles=('leader',)); possible: nothing",
    ),
]

BESIDE = [
    (
        lambda: (after(begun(), *CLOSED), Urge(ticket="T-7", actor=CUSTOMER)),
        "cannot urge T-7: not_open (state='archived'); possible: reopen",
    ),
    (
        lambda: (
            after(begun(group="一线"), (Urge, {"actor": CUSTOMER})),
            Urge(ticket="T-7", actor=NIGHTLY),
        ),
        "cannot urge T-7: too_soon (addressee='一线', next='2026-03-02T01:31:00+00:00'); possible: nothing",
    ),
    (
        lambda: (after(begun(), *CLOSED), Supervise(ticket="T-7", actor=LEADER, department="计量")),
        "cannot supervise T-7: not_open (state='archived'); possible: reopen",
    ),
    (
        lambda: (begun(kind="complaint"), Supervise(ticket="T-7", actor=LEADER, department="计量", level=3)),
        "cannot supervise T-7: not_possible (level=3, levels=2); possible: assign, withdraw",
    ),
    (
        lambda: (begun(), AnswerSupervision(ticket="T-7", actor=SEAT)),
        "cannot answer supervision T-7: not_possible (supervision=None, since=None); possible: take, cancel",
    ),
    (
        lambda: (
            after(begun(kind="complaint"), SUPERVISED, (AnswerSupervision, {"actor": SEAT})),
            AnswerSupervision(ticket="T-7", actor=SEAT),
        ),
        (
            "cannot answer supervision T-7: not_possible (supervision='answered', since='2026-03-02T01:02:00+00:00'); "
            "possible: nothing"
        ),
    ),
    (
        lambda: (begun(), ReleaseSupervision(ticket="T-7", actor=LEADER)),
        "cannot release supervision T-7: not_possible (supervision=None); possible: cancel",
    ),
]


@pytest.mark.parametrize(("asked", "message"), [*LIFE, *CLAIMS, *BESIDE])
def test_a_ticket_says_why_not(asked, message):
    assert refusal(*asked()) == message


def merged(name="T-7", into="A-1"):
    answer = tickets.decide(
        begun(name),
        Merge(ticket=name, actor=LEADER, into=into),
        definitions=DESK,
        at=NINE + MINUTE,
        others={into: begun(into)},
    )
    return answer.ticket


RELATIONS = [
    (
        lambda: (begun(), Link(ticket="T-7", actor=SEAT, link="relates", other="T-7"), {}),
        "cannot link T-7: cycle (path=('T-7', 'T-7')); possible: take, cancel",
    ),
    (
        lambda: (begun(), Merge(ticket="T-7", actor=LEADER, into="T-7"), {}),
        "cannot merge T-7: cycle (path=('T-7', 'T-7')); possible: cancel",
    ),
    (
        lambda: (begun(), Merge(ticket="T-7", actor=LEADER, into="B-2"), {"B-2": merged("B-2", "T-7")}),
        "cannot merge T-7: cycle (path=('T-7', 'B-2', 'T-7')); possible: cancel",
    ),
    (
        lambda: (begun(), Merge(ticket="T-7", actor=LEADER, into="B-2"), {"B-2": merged("B-2", "A-1")}),
        "cannot merge T-7: merged (ticket='B-2', into='A-1'); possible: cancel",
    ),
    (
        lambda: (begun(), Merge(ticket="T-7", actor=LEADER, into="B-2"), {"B-2": None}),
        "cannot merge T-7: not_accepted (ticket='B-2'); possible: cancel",
    ),
    (
        lambda: (begun(), Merge(ticket="T-7", actor=LEADER, into="B-2"), {"B-2": after(begun("B-2"), *CLOSED)}),
        "cannot merge T-7: target_closed (ticket='B-2'); possible: cancel",
    ),
    (
        lambda: (begun(), Link(ticket="T-7", actor=SEAT, link="child_of", other="P-1"), {"P-1": None}),
        "cannot link T-7: not_accepted (ticket='P-1'); possible: take, cancel",
    ),
    (
        lambda: (None, Accept(ticket="T-7", actor=SEAT, kind="fault", parent="P-1"), {"P-1": None}),
        "cannot accept T-7: not_accepted (ticket='P-1'); possible: nothing",
    ),
    (
        lambda: (None, Accept(ticket="T-7", actor=SEAT, kind="fault", follows="T-7"), {}),
        "cannot accept T-7: cycle (path=('T-7', 'T-7')); possible: nothing",
    ),
    (
        lambda: (merged(), Note(ticket="T-7", actor=SEAT, text_ref="n/1"), {"A-1": merged("A-1", "B-2")}),
        "cannot note T-7: merged (into='B-2'); possible: unmerge",
    ),
    (
        lambda: (begun(), Unmerge(ticket="T-7", actor=LEADER), {}),
        "cannot unmerge T-7: not_possible (merged_into=None); possible: cancel",
    ),
    (
        lambda: (begun(), Unlink(ticket="T-7", actor=SEAT, link="relates", other="B-2"), {}),
        "cannot unlink T-7: not_possible (links=()); possible: take, cancel",
    ),
    (
        lambda: (
            after(begun(), *CLOSED),
            Split(ticket="T-7", actor=SEAT, into=Accept(ticket="T-8", actor=SEAT, kind="fault")),
            {"T-8": None},
        ),
        "cannot split T-7: not_open (state='archived'); possible: reopen",
    ),
    (
        lambda: (
            begun(),
            Split(ticket="T-7", actor=SEAT, into=Accept(ticket="T-8", actor=SEAT, kind="fault")),
            {"T-8": begun("T-8")},
        ),
        "cannot split T-7: already_accepted (ticket='T-8'); possible: take, cancel",
    ),
]


@pytest.mark.parametrize(("asked", "message"), RELATIONS)
def test_a_ticket_says_why_it_cannot_be_related_so(asked, message):
    """REL-1, REL-4, REL-5: a forest stays one, and what was merged names the end of its chain."""
    ticket, command, others = asked()
    assert refusal(ticket, command, **others) == message


def test_an_unanswered_supervision_and_open_children_block_closing():
    """SUP-4, REL-2: both are reasons of one refusal, beside whatever else is missing."""
    order = begun("W-1", "work_order", group="计量")
    done = (Perform, {"actor": Actor("d1", "dept"), "step": "sign"})
    answered = after(order, done, (Perform, {"actor": Actor("d1", "dept"), "step": "answer", "data": {"answer": "x"}}))
    close = Perform(ticket="W-1", actor=Actor("z1", "centre"), step="accept_answer")
    assert refusal(answered, close) == (
        "cannot 'accept_answer' W-1 from 'answered': supervision_unanswered; possible: send_back"
    )
    parent = after(begun(), TAKEN)
    held = tickets.decide(
        parent,
        tickets.Attach(ticket="T-7", actor=NIGHTLY, child="W-1", category="active"),
        definitions=DESK,
        at=parent.at,
    ).ticket
    resolve = Perform(ticket="T-7", actor=SEAT, step="resolve")
    assert refusal(held, resolve) == (
        "cannot 'resolve' T-7 from 'at_seat': missing_field (field='solution'); "
        "missing_field (field='resolution_code'); open_children (children=('W-1',)); "
        "possible: escalate, hold, resolve_in_call"
    )


def test_a_stored_ticket_of_a_workflow_that_is_not_loaded_is_told_at_once():
    """MIG-1: the version, then the state: what, where, and what there is instead."""
    ticket = begun()
    note = Note(ticket="T-7", actor=SEAT, text_ref="n/1")
    newer = Definitions([library.fault().extend(version=2)])
    with pytest.raises(
        UnknownKind, match=r"^ticket T-7: 'fault version 1' is not known.*did you mean 'fault version 2'"
    ):
        tickets.decide(ticket, note, definitions=newer, at=NINE)
    other = Definitions([library.fault()])
    astray = tickets.Ticket("T-7", 1, "fault", 1, "at_moon", "active", entered=0, accepted=0, at=0)
    with pytest.raises(UnknownKind, match=r"^ticket T-7: 'at_moon' is not known here; .*at_seat"):
        tickets.decide(astray, note, definitions=other, at=NINE)


def test_wrong_use_is_an_error_and_no_answer():
    """DEC-4: a naive instant, a command for another ticket, an other ticket not told of."""
    ticket = begun()
    naive = from_us(NINE).naive()
    with pytest.raises(NaiveDatetimeError):
        tickets.decide(ticket, Note(ticket="T-7", actor=SEAT, text_ref="n/1"), definitions=DESK, at=naive)
    with pytest.raises(ValueError, match="a command for 'T-8' was given with the ticket 'T-7'"):
        tickets.decide(ticket, Note(ticket="T-8", actor=SEAT, text_ref="n/1"), definitions=DESK, at=NINE)
    with pytest.raises(ValueError, match=r"Merge on 'T-7' needs others\['B-2'\]: give it"):
        tickets.decide(ticket, Merge(ticket="T-7", actor=LEADER, into="B-2"), definitions=DESK, at=NINE)


def test_what_changes_nothing_is_accepted_without_a_fact():
    """DEC-4: assigned as it is, classified as it is, linked as it is: yes, and nothing to append."""
    ticket = after(begun(group="一线", priority="2"), (Link, {"actor": SEAT, "link": "relates", "other": "B-2"}))
    for command in (
        Assign(ticket="T-7", actor=LEADER, group="一线"),
        Classify(ticket="T-7", actor=SEAT, priority="2"),
        Link(ticket="T-7", actor=SEAT, link="relates", other="B-2"),
    ):
        answer = tickets.decide(ticket, command, definitions=DESK, at=ticket.at)
        assert (answer.facts, answer.ticket, answer.spawns) == ((), ticket, ())


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        (lambda: refusal(begun(), "take"), r"^a command is a value such as Perform\(.*not 'take'"),
        (lambda: refusal(begun(), None), r"^a command is a value such as Perform\(.*not None"),
        (
            lambda: Perform(ticket="T-7", actor=SEAT, step="take", data=[1]),
            r"^values are given by name, .*as \[1\]",
        ),
        (lambda: Migrate(ticket="T-7", actor=SEAT, to="fault"), r"^Migrate\.to is a workflow's name and version"),
        (lambda: Supervise(ticket="T-7", actor=SEAT, department="x", level=True), r"^Supervise\.level .* not True"),
        (lambda: Supervise(ticket="T-7", actor=SEAT, department="x", level=0), r"^Supervise\.level .* not 0"),
        (lambda: Assign(ticket="T-7", actor=SEAT, group="x", line="1"), r"^Assign\.line is a whole number .* not '1'"),
        (
            lambda: Note(ticket="T-7", actor=SEAT, text_ref="x", expected_version="1"),
            r"^Note\.expected_version is a whole number from 0 on, not '1'",
        ),
    ],
)
def test_a_slip_of_the_hand_in_a_command_is_told_at_once(slip, message):
    """§5: what is of another kind is named, with what would be right."""
    with pytest.raises(TypeError, match=message):
        slip()
