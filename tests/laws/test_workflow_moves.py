"""What a move holds after each kind of step, value by value (EV-3, WF-5 to WF-10, TM-1, CB-1, CB-4)."""

import pytest

from servicedesk.testing import Standing
from servicedesk.workflow import STAY, Actor, State, Step, Timer, Workflow

SEAT = Actor("a7", "seat")
AT = 1_000
HOUR = 3_600_000_000

FLOW = Workflow(
    "x",
    1,
    states=[
        State("open", "active", born=True, line=1),
        State("timed", "waiting", timers=[Timer("back", "1h"), Timer("back", at_field="due")]),
        State("solved", "resolved", outcome="solved"),
        State("done", "closed"),
    ],
    steps=[
        Step("note", "open", STAY),
        Step("tag", "open", STAY, reasons=("seen", "heard"), counts="tags", gives="tagged"),
        Step("hold", "open", "timed"),
        Step("back", "timed", "open"),
        Step("solve", "open", "solved"),
        Step("work_round", "open", "solved", outcome="workaround"),
        Step("confirm", "solved", "done", records="callback"),
        Step("reopen", "done", "open"),
        Step("stamp", "open", STAY, sets={"colour": "red"}),
        Step("use", "open", STAY, requires="colour"),
    ],
).compile()


def moved(state, step, data=None, reason=None, **held):
    """The move of a step taken on a ticket that holds these values."""
    return FLOW.decide(Standing("T-7", state, **held), step, actor=SEAT, at=AT, data=data or {}, reason=reason).move


@pytest.mark.parametrize(
    ("state", "step", "before", "after"),
    [
        ("open", "note", "invalid", "invalid"),
        ("open", "hold", "invalid", "invalid"),
        ("open", "solve", None, "solved"),
        ("open", "work_round", None, "workaround"),
        ("solved", "confirm", "workaround", "workaround"),
        ("done", "reopen", "solved", None),
    ],
)
def test_what_it_came_to(state, step, before, after):
    """WF-9, CB-4: the step says it, else the state entered; going back into the loop takes it away; else it stays."""
    assert moved(state, step, outcome=before).outcome == after


@pytest.mark.parametrize(
    ("state", "step", "given", "after"),
    [("open", "note", None, "old"), ("open", "tag", "seen", "seen"), ("open", "hold", None, None)],
)
def test_the_reason_after(state, step, given, after):
    """WF-7: kept until the next entry; a step that asks for one replaces it at once."""
    answer = FLOW.decide(Standing("T-7", state, reason="old"), step, actor=SEAT, at=AT, reason=given)
    assert answer.move.reason == after


def test_rounds_lines_marks_and_counters():
    """WF-10, CB-4: reopening begins a round and voids its marks; what is data only keeps entry and round."""
    tag = moved("open", "tag", reason="seen", entered=7, marks=("a",), counters={"tags": 1})
    assert (tag.stays, tag.entered, tag.round) == (True, 7, 1)
    assert moved("open", "hold", line=3).line == 3
    assert (tag.marks, tag.counters) == (("a", "tagged"), {"tags": 2})
    again = moved("done", "reopen", marks=("tagged",), round=2, line=3)
    assert (again.stays, again.entered, again.line, again.round) == (False, AT, 1, 3)
    assert (again.marks, again.counters) == ((), {})
    assert moved("timed", "back", marks=("tagged",)).marks == ("tagged",)


def test_timers_on_entry():
    """TM-1: by span from the entry, and by the field where it is known, with the step or before it."""
    assert moved("open", "hold").timers == (("back", AT + HOUR),)
    both = (("back", AT + HOUR), ("back", 77))
    assert moved("open", "hold", {"due": 77}).timers == both
    assert moved("open", "hold", values={"due": 77}).timers == both
    assert moved("timed", "back", timers=both).timers == ()
    assert moved("open", "note", timers=(("note", AT + 1),)).timers == ()


def test_what_goes_on_record_is_parted_from_what_the_ticket_keeps():
    """CB-1: a callback's own data go on record, the rest to the ticket."""
    move = moved("solved", "confirm", {"result": "confirmed", "colour": "red"})
    assert (move.records, move.record, move.data) == ("callback", {"result": "confirmed"}, {"colour": "red"})
    assert (moved("open", "note", {"result": "x"}).record, moved("open", "solve").records) == ({}, None)


def test_data_where_no_field_is_declared():
    """DEC-6, WF-5: any name will do, but never one of the ticket's own words; a record's fields keep their types."""
    ask = {"actor": SEAT, "at": AT}
    assert FLOW.decide(Standing("T-7", "open"), "note", data={"state": "x"}, **ask).codes == ("read_only",)
    assert FLOW.decide(Standing("T-7", "solved"), "confirm", data={"result": "x"}, **ask).codes == ("not_a_choice",)
    assert FLOW.decide(Standing("T-7", "solved"), "confirm", data={"effective": 1}, **ask).codes == ("wrong_type",)


def test_what_one_step_would_set_is_unknown_to_the_others_offers():
    """DEC-9, WF-10: offers are made side by side, none is told what another would write."""
    offers = {offer.step: offer for offer in FLOW.available(Standing("T-7", "open"), actor=SEAT, at=AT)}
    assert offers["stamp"].ready
    assert (offers["use"].ready, offers["use"].still_needed) == (False, ("colour",))


STAYING = Workflow(
    "y",
    1,
    states=[
        State("planned", "waiting", born=True, timers=[Timer("remind", "1h"), Timer("deliver", at_field="due")]),
        State("done", "closed"),
    ],
    steps=[
        Step("replan", "planned", STAY),
        Step("remind", "planned", STAY),
        Step("deliver", "planned", "done"),
    ],
).compile()
RUNNING = (("remind", AT + 60), ("deliver", AT + 500))


@pytest.mark.parametrize(
    ("step", "data", "running", "after"),
    [
        ("replan", {}, RUNNING, RUNNING),  # nothing renews a timer but entry
        ("replan", {"note": "x"}, RUNNING, RUNNING),
        ("replan", {"due": AT + 900}, RUNNING, (RUNNING[0], ("deliver", AT + 900))),  # it follows its field
        ("replan", {"due": None}, RUNNING, RUNNING[:1]),  # and goes with it
        ("replan", {"due": AT + 900}, RUNNING[:1], (RUNNING[0], ("deliver", AT + 900))),  # known at last
        ("remind", {}, RUNNING, RUNNING),  # taken by hand, before it was due
        ("remind", {}, (("remind", AT), RUNNING[1]), RUNNING[1:]),  # due, and so spent
    ],
)
def test_timers_of_a_step_that_moves_nothing(step, data, running, after):
    """TM-1, DEC-5: staying keeps timers; that of a changed field follows it; a due one is spent by its own step."""
    standing = Standing("T-7", "planned", timers=running, values={"due": AT + 500})
    assert STAYING.decide(standing, step, actor=SEAT, at=AT, data=data).move.timers == after
