"""What keeps a ticket from the archive, and what its customer is told (workflow §10)."""

import pytest

from servicedesk import Actor, Definitions, tickets
from servicedesk.errors import UnknownKind
from servicedesk.tickets import Accept, Claim, Merge, Onward, Perform, Split
from servicedesk.workflow import Category, State, Step, Workflow, library

DESK = Definitions([loop() for loop in library.LOOPS])
MINUTE = 60_000_000


def actor(role):
    return Actor.customer("c-17") if role == "customer" else Actor(f"a-{role}", role)


def life(kind, *script, **given):
    """Return the ticket after each line: ``role step #reason field=value``, a minute apart."""
    accept = Accept(ticket="T-7", actor=actor("seat"), kind=kind, **given)
    found = [tickets.decide(None, accept, definitions=DESK, at=0).ticket]
    for minute, line in enumerate(script, start=1):
        role, step, *rest = line.split()
        data = dict(word.split("=") for word in rest if "=" in word)
        reason = next((word[1:] for word in rest if word[0] == "#"), None)
        command = Perform(ticket="T-7", actor=actor(role), step=step, data=data, reason=reason)
        found.append(tickets.decide(found[-1], command, definitions=DESK, at=minute * MINUTE).ticket)
    return found


def onward(ticket):
    return [str(way) for way in tickets.why_open(ticket, definitions=DESK).onward]


def test_each_place_of_a_fault_says_who_may_go_on_and_what_is_lacking():
    """§10: new → take; active → resolve, not cancel; waiting → back to work; resolved → the callback; then archive."""
    told = life(
        "fault",
        "seat take",
        "seat hold #parts",
        "seat resume",
        "seat resolve solution=x resolution_code=y",
        "caller confirm",
        "leader archive",
    )
    assert [ticket.stage for ticket in told] == [
        *("accept", "handle", "handle", "handle"),
        *("callback",) * 2,
        "archive",
    ]
    lacking = ", lacks solution, resolution_code"
    resolving = [f"resolve by back or expert or seat{lacking}", f"resolve_in_call by seat{lacking}"]
    assert [onward(ticket) for ticket in told[:-1]] == [
        ["take by seat"],
        resolving,
        ["resume by back or expert or seat", "customer_replied by customer"],
        resolving,
        ["confirm by caller or seat", "give_up by caller"],
        ["archive by leader or seat or system"],
    ]
    assert tickets.why_open(told[-1], definitions=DESK) is None
    waiting = tickets.why_open(told[2], definitions=DESK)
    assert str(waiting).startswith("waiting (parts) since 1970-01-01 00:02:00+00:00; held by nobody; next: resume by ")


def test_a_mark_that_is_lacking_is_named():
    """§10, LIB-1: a complaint called back waits for the urge."""
    script = (
        *("leader assign department=d", "dept submit findings=f", "reviewer review_passed"),
        *("leader reply answer=sorry", "caller confirm"),
    )
    told = life("complaint", *script)
    assert onward(told[-1]) == ["archive by leader, lacks urged"]
    assert onward(told[2]) == ["review_passed by reviewer"]  # not review_failed: that leads away


def test_a_way_whose_condition_fails_is_no_way():
    """§10, LIB-4: with a change to execute, only the approval leads on; with data to extract, only the expert."""
    execute, extract = ({"operation": value} for value in ("execute", "extract"))
    assert onward(life("data_maintenance", "seat take", fields=execute)[-1]) == [
        "request_approval by seat, lacks data_scope, requester"
    ]
    passed_on = life("data_maintenance", "seat take", "seat pass_on data_scope=m", fields=extract)[-1]
    assert onward(passed_on) == ["extract by expert, lacks result_ref"]


def test_who_has_it_and_what_it_waits_for_beside_its_state():
    """§10, CL-1, REL-2, SUP-3: a claim before an assignment, open children, an unanswered department; merged: none."""
    fault = life("fault", "seat take", group="hotline")[-1]
    assert tickets.why_open(fault, definitions=DESK).holder == "hotline"
    book = {"T-7": fault}
    order = Accept(ticket="W-1", actor=actor("leader"), kind="work_order", group="grid")
    for command in (Claim(ticket="T-7", actor=actor("seat")), Split(ticket="T-7", actor=actor("leader"), into=order)):
        book |= tickets.settle(book, command, definitions=DESK, at=5 * MINUTE).tickets
    linked = Accept(ticket="W-2", actor=actor("leader"), kind="work_order", parent="T-7", group="grid")
    book |= tickets.settle(book, linked, definitions=DESK, at=5 * MINUTE).tickets
    found = tickets.why_open(book["T-7"], definitions=DESK)
    assert (found.holder, found.children) == ("a-seat", ("W-2",))
    assert "; open: W-2; " in str(found)
    assert tickets.why_open(book["W-2"], definitions=DESK).unanswered == "grid"
    other = Accept(ticket="T-8", actor=actor("seat"), kind="fault")
    book |= tickets.settle(book, other, definitions=DESK, at=5 * MINUTE).tickets
    merge = Merge(ticket="T-8", actor=actor("leader"), into="T-7")
    book |= tickets.settle(book, merge, definitions=DESK, at=6 * MINUTE).tickets
    assert tickets.why_open(book["T-8"], definitions=DESK) is None


def test_a_place_without_a_way_on_says_so():
    """§10, ACT-2: no way on, nobody who may, everybody who may; and a definition that is not loaded is an error."""
    flow = Workflow(
        "w",
        1,
        states=[State("a", "new", born=True), State("b", "active", born=True), State("c", "closed")],
        steps=[Step("go", "a", "c", by="seat"), Step("lost", "b", "b", by="seat")],
    )
    desk = Definitions([flow])
    begin = Accept(ticket="T-1", actor=Actor("a7"), kind="w", state="b")
    stuck = tickets.why_open(tickets.decide(None, begin, definitions=desk, at=0).ticket, definitions=desk)
    assert str(stuck) == "b since 1970-01-01 00:00:00+00:00; held by nobody; no way on"
    assert str(Onward("go", None, ())) == "go by anybody"
    assert str(Onward("go", (), ("x",))) == "go by nobody, lacks x"
    with pytest.raises(UnknownKind):
        tickets.why_open(life("fault")[-1], definitions=desk)


def test_the_stages_are_the_closed_loop():
    """§2: new accept, active and waiting handle, resolved callback, closed archive."""
    assert [category.stage for category in Category] == ["accept", "handle", "handle", "callback", "archive"]
