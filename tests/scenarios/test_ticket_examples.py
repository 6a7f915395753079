"""The worked examples of the specification of workflows (§4, 4 to 8) on tickets, to the microsecond."""

import pendulum
import pytest

from servicedesk import tickets
from servicedesk.catalogue import Definitions
from servicedesk.errors import Refused
from servicedesk.instants import from_us, to_us
from servicedesk.tickets import (
    Accept,
    AnswerSupervision,
    Claim,
    Link,
    Merge,
    Note,
    Perform,
    Split,
    Supervise,
    Unmerge,
    Urge,
    survivor,
)
from servicedesk.workflow import Actor, State, Step, Workflow, library

DESK = Definitions([loop() for loop in library.LOOPS])
SEAT, LEADER, EXPERT = Actor("a7", "seat"), Actor("l1", "leader"), Actor("e1", "expert")
CALLER = Actor("c1", "caller")
CUSTOMER, E2 = Actor.customer("c-17"), Actor("e2", "expert")
DAY = pendulum.datetime(2026, 3, 2, tz="Asia/Shanghai")
MICROSECOND = pendulum.duration(microseconds=1)


def clock(text):
    hour, minute = map(int, text.split(":"))
    return DAY.set(hour=hour, minute=minute)


def accepted(at, ticket="T-7", kind="fault", **more):
    answer = tickets.decide(None, Accept(ticket=ticket, actor=SEAT, kind=kind, **more), definitions=DESK, at=at)
    return answer.ticket


def decide(ticket, command, at, **more):
    return tickets.decide(ticket, command, definitions=DESK, at=at, **more)


def kinds(answer):
    return [fact.kind for fact in answer.facts]


# --- 4: a lease -------------------------------------------------------------------------------------------------------


def test_example_4_a_lease_ends_at_its_instant():
    """§4.4, CL-1: held in [since, until); at the end the expiry comes first, then whoever asks."""
    held = decide(accepted(clock("08:59")), Claim(ticket="T-7", actor=EXPERT, span="30min"), clock("09:00")).ticket
    other = Claim(ticket="T-7", actor=E2)
    early = decide(held, other, clock("09:30") - MICROSECOND)
    assert str(early) == (
        "cannot claim T-7: claimed_by_other (holder='e1', until='2026-03-02T01:30:00+00:00'); possible: nothing"
    )
    answer = decide(held, other, clock("09:30"))
    assert kinds(answer) == ["ticket.claim_expired", "ticket.claimed"]
    assert [fact.at for fact in answer.facts] == [to_us(clock("09:30"))] * 2
    assert answer.ticket.claim.agent == "e2"


# --- 5: a timer and a command at one instant --------------------------------------------------------------------------


def delivered():
    """A request by self-service, delivered on Monday at ten, and nobody polls."""
    monday = clock("10:00")
    ticket = accepted(monday, "R-1", "self_service")
    ticket = decide(ticket, Perform(ticket="R-1", actor=EXPERT, step="lock"), monday).ticket
    return decide(
        ticket, Perform(ticket="R-1", actor=EXPERT, step="deliver", data={"result_ref": "f/1"}), monday
    ).ticket


@pytest.mark.parametrize(("early", "steps"), [(0, ["no_response", "respond", "archive"]), (1, ["respond", "archive"])])
def test_example_5_a_timer_due_at_the_instant_of_a_command_comes_first(early, steps):
    """§4.5, DEC-5, TM-2: one microsecond decides."""
    thursday = clock("10:00").add(days=3) - MICROSECOND * early
    answer = decide(delivered(), Perform(ticket="R-1", actor=CUSTOMER, step="respond"), thursday)
    moves = [fact for fact in answer.facts if fact.kind == "ticket.moved"]
    assert [fact.step for fact in moves] == steps
    assert {fact.at for fact in answer.facts} == {to_us(thursday)}
    assert answer.ticket.state == "archived"


# --- 6: reopen --------------------------------------------------------------------------------------------------------


def archived():
    """A fault, archived on Tuesday 10 March at four."""
    at = pendulum.datetime(2026, 3, 10, 15, tz="Asia/Shanghai")
    ticket = accepted(at, caller="c-17", service="billing", symptom="no_login")
    done = {"solution": "restarted", "resolution_code": "restart"}
    for actor, step, data in (
        (SEAT, "take", {}), (SEAT, "resolve_in_call", done), (SEAT, "archive", {}),
    ):  # fmt: skip
        if step == "archive":
            at = at.set(hour=16)
        ticket = decide(ticket, Perform(ticket="T-7", actor=actor, step=step, data=data), at).ticket
    return ticket, at


def test_example_6_a_window_ends_a_microsecond_late():
    """§4.6, RO-1, RO-2: reopened at the very end of seven days; after it the old ticket is left, a new one follows."""
    ticket, at = archived()
    reopen = Perform(ticket="T-7", actor=CUSTOMER, step="reopen")
    again = decide(ticket, reopen, at.add(days=7)).ticket
    assert (again.round, again.is_open, again.marks, again.accepted) == (2, True, (), ticket.accepted)
    late = decide(ticket, reopen, at.add(days=7) + MICROSECOND)
    assert (late.facts, late.ticket) == ((), ticket)
    [accept] = late.spawns
    copied = (accept.follows, accept.caller, accept.service, accept.symptom, accept.kind)
    assert copied == ("T-7", "c-17", "billing", "no_login", "fault")
    staff = decide(ticket, Perform(ticket="T-7", actor=LEADER, step="reopen"), at.add(days=7) + MICROSECOND)
    assert staff.codes == ("window_expired",)


# --- 7: urging and supervision ----------------------------------------------------------------------------------------


def test_example_7_the_third_urge_of_a_customer_starts_supervision():
    """§4.7, SUP-1, SUP-2: a system's urge is too soon after any other; a customer's never is."""
    ticket = accepted(clock("09:00"), kind="complaint", group="metering")
    before = (ticket.state, ticket.entered)
    for time in ("10:00", "10:10"):
        ticket = decide(ticket, Urge(ticket="T-7", actor=CUSTOMER), clock(time)).ticket
    soon = decide(ticket, Urge(ticket="T-7", actor=Actor.system("nightly")), clock("10:15"))
    assert soon.codes == ("too_soon",)
    assert soon.refusals[0]["next"] == "2026-03-02T02:40:00+00:00"
    third = decide(ticket, Urge(ticket="T-7", actor=CUSTOMER), clock("10:20"))
    assert kinds(third) == ["ticket.urged", "ticket.supervision_started"]
    assert [fact.number for fact in third.facts if fact.kind == "ticket.urged"] == [3]
    assert (third.ticket.state, third.ticket.entered) == before


def test_example_7_an_answer_is_late_for_one_level_and_on_time_for_the_next():
    """§4.7, SUP-3, SUP-4: level 1 from nine is raised at one; answered at 14:20, before 15:00."""
    ticket = accepted(clock("08:59"), kind="complaint", group="metering")
    ticket = decide(ticket, Supervise(ticket="T-7", actor=LEADER, department="metering"), clock("09:00")).ticket
    assert from_us(ticket.supervision.reply_due, "Asia/Shanghai") == clock("13:00")
    answer = decide(ticket, AnswerSupervision(ticket="T-7", actor=LEADER, answer_ref="a/1"), clock("14:20"))
    raised, answered = answer.facts
    assert (raised.kind, raised.level, from_us(raised.at, "Asia/Shanghai")) == (
        "ticket.supervision_raised", 2, clock("13:00"),
    )  # fmt: skip
    assert from_us(raised.reply_due, "Asia/Shanghai") == clock("15:00")
    assert answered.level == 2
    assert answer.ticket.supervision.answered
    again = decide(answer.ticket, AnswerSupervision(ticket="T-7", actor=LEADER), clock("14:21"))
    assert again.codes == ("not_possible",)


# --- 8: merging -------------------------------------------------------------------------------------------------------


class Book:
    """Tickets by id, and the commands that change several of them."""

    def __init__(self):
        self.tickets = {}

    def do(self, command, at):
        answer = tickets.settle(self.tickets, command, definitions=DESK, at=at)
        if not isinstance(answer, Refused):
            self.tickets.update(answer.tickets)
        return answer

    def open(self, name, at, **more):
        return self.do(Accept(ticket=name, actor=SEAT, kind="fault", **more), at)


def merged():
    book = Book()
    for name, time in (("B", "08:40"), ("A", "08:50"), ("C", "09:10")):
        book.open(name, clock(time))
    book.do(Merge(ticket="A", actor=LEADER, into="B"), clock("09:20"))
    book.do(Merge(ticket="B", actor=LEADER, into="C"), clock("09:21"))
    return book


def test_example_8_merged_tickets_lead_to_the_last_and_form_no_circle():
    """§4.8, REL-1, REL-4: A into B into C."""
    book = merged()
    assert [survivor(book.tickets[name], book.tickets) for name in "ABC"] == ["C", "C", "C"]
    refused = book.do(Perform(ticket="A", actor=SEAT, step="take"), clock("09:30"))
    assert refused.codes == ("merged",)
    assert refused.refusals[0]["into"] == "C"
    assert from_us(book.tickets["C"].earliest, "Asia/Shanghai") == clock("08:40")
    circle = book.do(Merge(ticket="C", actor=LEADER, into="A"), clock("09:31"))
    assert circle.codes == ("cycle",)
    assert circle.refusals[0]["path"] == ("C", "A", "B", "C")


def test_unmerge_takes_the_merge_back():
    """Law 8, REL-4: all is as before but version and last instant; children come home."""
    book = Book()
    for name, time in (("B", "08:40"), ("C", "09:10")):
        book.open(name, clock(time))
    book.open("child", clock("09:11"), parent="B")
    before = {name: book.tickets[name] for name in "BC"}
    book.do(Merge(ticket="B", actor=LEADER, into="C"), clock("09:20"))
    assert (book.tickets["child"].parent, dict(book.tickets["C"].children)) == ("C", {"child": "new"})
    assert book.tickets["C"].earliest == before["B"].accepted
    book.do(Unmerge(ticket="B", actor=LEADER), clock("09:30"))
    for name in "BC":
        now, then = book.tickets[name], before[name]
        assert (now.children, now.merged_into, now.earliest, now.state) == (
            then.children, then.merged_into, then.earliest, then.state,
        )  # fmt: skip
    assert book.tickets["child"].parent == "B"


def test_a_child_that_went_elsewhere_does_not_follow_a_merge():
    """REL-4: a merge moves over only who is still there when its command arrives."""
    book = Book()
    for name in "BCD":
        book.open(name, clock("08:40"))
    book.open("child", clock("08:41"), parent="B")
    book.do(Link(ticket="child", actor=LEADER, link="child_of", other="D"), clock("08:50"))
    book.do(Merge(ticket="B", actor=LEADER, into="C"), clock("09:00"))
    assert book.tickets["child"].parent == "D"
    assert dict(book.tickets["C"].children) == {}


def test_a_ticket_cannot_begin_where_no_ticket_can_be():
    """REL-1: a parent that is not there, is merged, or is the ticket itself, is refused at acceptance too."""
    book = merged()
    for parent, code in (("nowhere", "not_accepted"), ("A", "merged"), ("new", "cycle")):
        refused = book.open("new", clock("09:40"), parent=parent)
        assert refused.codes == (code,)
    assert "new" not in book.tickets


def test_parts_of_a_split_keep_the_instant_the_customer_was_heard():
    """REL-5: a split dates its parts at the contact, one of them leads, and the parent waits for all."""
    book = Book()
    book.open("T", clock("08:40"), caller="c-17")
    book.do(Perform(ticket="T", actor=SEAT, step="take"), clock("08:45"))
    parts = [Accept(ticket=f"W{n}", actor=LEADER, kind="work_order", parent="T", lead=n == 1) for n in (1, 2)]
    book.do(Split(ticket="T", actor=LEADER, into=parts), clock("09:00"))
    assert {book.tickets[f"W{n}"].accepted for n in (1, 2)} == {to_us(clock("08:40"))}
    assert (book.tickets["T"].lead, sorted(book.tickets["T"].children)) == ("W1", ["W1", "W2"])
    done = {"solution": "x", "resolution_code": "y"}
    refused = book.do(Perform(ticket="T", actor=SEAT, step="resolve", data=done), clock("09:10"))
    assert refused.codes == ("open_children",)


def test_a_note_touches_no_timer_and_no_claim():
    """TM-1: notes never re-arm; EV-8: they are facts of the stream."""
    ticket = delivered()
    answer = decide(ticket, Note(ticket="R-1", actor=EXPERT, text_ref="n/1"), clock("11:00"))
    assert kinds(answer) == ["ticket.noted"]
    assert answer.ticket.timers == ticket.timers


# --- where a ticket begins, and how often a customer is called in vain -----------------------------------------------


@pytest.mark.parametrize(
    ("state", "begun"),
    [(None, ("on_the_line", "new")), ("by_mail", ("by_mail", "new")), ("solved", ("solved", "resolved"))],
)
def test_a_ticket_begins_in_the_first_born_state_or_in_the_one_that_is_named(state, begun):
    """WF-2, DEC-1: several born states, the first is the default, a resolved one too: solved on the line."""
    flow = Workflow(
        "query",
        1,
        states=[
            State("on_the_line", "new", born=True),
            State("by_mail", "new", born=True),
            State("solved", "resolved", born=True, outcome="solved"),
            State("gone", "closed", final=True),
        ],
        steps=[Step("answer", ("on_the_line", "by_mail"), "solved"), Step("archive", "solved", "gone")],
    )
    accept = Accept(ticket="T-7", actor=SEAT, kind="query", state=state)
    ticket = tickets.decide(None, accept, definitions=Definitions([flow]), at=0).ticket
    assert (ticket.state, ticket.category) == begun
    assert ticket.outcome == ("solved" if state == "solved" else None)
    astray = Accept(ticket="T-7", actor=SEAT, kind="query", state="gone")
    refused = tickets.decide(None, astray, definitions=Definitions([flow]), at=0)
    assert str(refused) == ("cannot accept T-7: not_possible (state='gone'); possible: on_the_line, by_mail, solved")


def called_in_vain(*hours):
    """A fault resolved on Monday 2 March, and calls in vain at these hours after its midnight in Shanghai."""
    at = DAY.set(hour=8)
    ticket = accepted(at)
    for step, data in (("take", {}), ("resolve", {"solution": "restarted", "resolution_code": "restart"})):
        ticket = decide(ticket, Perform(ticket="T-7", actor=SEAT, step=step, data=data), at).ticket
    for hour in hours:
        at = DAY.add(hours=hour)
        ticket = decide(ticket, Perform(ticket="T-7", actor=CALLER, step="no_answer"), at).ticket
    return ticket, at


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        ((9, 33), {"attempts": 2, "days": 2}),  # two calls are no three
        ((9, 12, 15, 23.99), {"attempts": 4, "days": 1}),  # all on one date of the desk
        ((9, 12, 24), None),  # midnight in Shanghai is the next date, though not in UTC
    ],
)
def test_exhausted_is_three_calls_in_vain_on_two_dates(hours, found):
    """CB-3: fewer are refused with what was found; enough give the mark, and the callback tells it was in vain."""
    ticket, at = called_in_vain(*hours)
    answer = decide(ticket, Perform(ticket="T-7", actor=CALLER, step="give_up"), at)
    if found is not None:
        [refusal] = answer.refusals
        assert {name: refusal[name] for name in ("attempts", "days")} == found
        assert refusal["wanted"] == "3 on 2 days"
        return
    [made] = [fact for fact in answer.facts if fact.kind == "ticket.called_back"]
    assert (made.result, made.attempt) == ("exhausted", 4)
    assert "callback" in answer.ticket.marks
