"""Rules of limits and clocks one by one, each with the figures that tell it from its neighbours (SLA §3.5 to §3.9)."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from itertools import pairwise

import pendulum
import pytest

from servicedesk.instants import Span
from servicedesk.sla import Calendar, Clock, ClockCrossed, Escalation, Goal, WorkingDays

OFFICE = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai", name="office")
HOUR = 3_600_000_000


def march(day: int, at: str) -> pendulum.DateTime:
    return pendulum.parse(f"2026-03-{day:02}T{at}", tz="Asia/Shanghai")


def goal(within="4h", calendar=OFFICE, **options) -> Goal:
    return Goal("resolution", within=within, calendar=calendar, stop="resolved", **options)


def due(within: WorkingDays, start: pendulum.DateTime) -> str:
    found = Clock.start(goal(within), at=start).status(start).due
    return found.format("DD HH:mm")


def test_sla_4_the_stretches_of_an_explanation_are_spans_that_tile():
    """SLA-4: half-open, so an instant lies in one of them; those that touch share nothing."""
    spans = [row.span for row in OFFICE.explain(march(2, "11:00"), march(2, "15:00"))]
    edges = [march(2, at) for at in ("11:00", "12:00", "14:00", "15:00")]
    assert spans == [Span(*ends) for ends in pairwise(edges)]
    assert [march(2, "14:00") in span for span in spans] == [False, False, True]
    assert spans[0] & spans[1] is None
    assert Span(edges[0], edges[3]) - spans[1] == (spans[0], spans[2])


@pytest.mark.parametrize(
    ("start", "plain", "cutoff", "off_day"),
    [
        (march(5, "14:59"), "06 18:00", "06 18:00", "06 18:00"),
        (march(5, "15:00"), "06 18:00", "09 18:00", "06 18:00"),
        (march(6, "15:00"), "09 18:00", "10 18:00", "09 18:00"),
        (march(7, "10:00"), "09 18:00", "09 18:00", "10 18:00"),
        (march(7, "16:00"), "09 18:00", "09 18:00", "10 18:00"),
    ],
)
def test_sla_42_a_cutoff_and_a_day_off_move_day_zero(start, plain, cutoff, off_day):
    """SLA-42: at or after the cutoff of a working date day 0 is the next one; on another date only with ``off_day``."""
    assert due(WorkingDays(1), start) == plain
    assert due(WorkingDays(1, cutoff="15:00"), start) == cutoff
    assert due(WorkingDays(1, off_day="next_working_day"), start) == off_day


@pytest.mark.parametrize(
    ("by", "stands", "close", "opening"),
    [
        ("16:00", "03 16:00", "03 16:00", "03 16:00"),
        ("13:00", "03 13:00", "03 13:00", "03 14:00"),
        ("20:00", "03 20:00", "03 18:00", "04 08:30"),
    ],
)
def test_sla_43_by_is_a_promise_that_stands_outside_hours(by, stands, close, opening):
    """SLA-43: ``roll`` alone moves it, back to the last closing or on to the next opening."""
    assert due(WorkingDays(1, by=by), march(2, "10:00")) == stands
    assert due(WorkingDays(1, by=by, roll="close"), march(2, "10:00")) == close
    assert due(WorkingDays(1, by=by, roll="open"), march(2, "10:00")) == opening


def test_sla_56_breached_is_asked_of_an_instant_whatever_the_stage():
    """SLA-56: one clock, asked twice; paused and completed clocks can be breached; out of hours is not paused."""
    clock = Clock.start(goal("2h"), at=march(2, "09:00"))
    noon = march(2, "13:00")
    assert [clock.status(at).breached for at in (march(2, "11:00"), noon)] == [False, True]
    assert (clock.status(noon).in_hours, clock.status(noon).stage) == (False, "running")
    paused = clock.pause("customer", at=noon)
    assert (paused.status(noon).stage, paused.status(noon).breached) == ("paused", True)
    ended = paused.stop(at=march(2, "15:00"))
    assert (ended.stage, ended.status(march(2, "15:00")).breached) == ("completed", True)
    kept = clock.stop(at=march(2, "10:00"))
    assert kept.status(march(3, "10:00")).breached is False


def test_sla_58_while_paused_nothing_is_due_and_nothing_fires():
    """SLA-58: a breach before it stays; `due_if_resumed` says what a resume now would give; ``ignore`` runs on."""
    clock = Clock.start(goal("4h", warn_at=("50%",)), at=march(2, "09:00")).pause("customer", at=march(2, "10:00"))
    assert (clock.status(march(5, "10:00")).due, clock.next_due) == (None, None)
    assert clock.advance(march(5, "10:00")) is clock
    assert clock.due_if_resumed(march(2, "11:00")) == march(2, "16:00")
    assert clock.due_if_resumed(march(2, "17:00")) == march(3, "10:30")
    late = Clock.start(goal("1h"), at=march(2, "09:00")).pause("customer", at=march(2, "11:00"))
    assert (late.status(march(5, "10:00")).due, late.status(march(5, "10:00")).breached) == (None, True)
    dated = Clock.start(goal(WorkingDays(1, on_pause="ignore")), at=march(2, "09:00")).pause("x", at=march(2, "10:00"))
    assert dated.status(march(2, "10:00")).due == march(3, "18:00")
    assert dated.advance(march(5, "10:00")).breached


def test_sla_62_several_are_told_at_once_by_names_of_their_own():
    """SLA-62, 63: one ladder, two addressees at one hour after the goal; each crossing is told once."""
    steps = (Escalation("1h", "manager"), Escalation("1h", "head"), Escalation("2h", "head"))
    promise = goal(escalations=steps, calendar=Calendar.always())
    assert [each.name for each in promise.thresholds] == ["breach", "1h after (manager)", "1h after (head)", "2h after"]
    told = [fact for fact in Clock.start(promise, at=0).advance(9 * HOUR).changes if isinstance(fact, ClockCrossed)]
    assert [(fact.at, fact.name, fact.to) for fact in told] == [
        (5 * HOUR, "1h after (head)", "head"),
        (5 * HOUR, "1h after (manager)", "manager"),
        (6 * HOUR, "2h after", "head"),
    ]


def test_sla_67_a_breach_on_an_unpublished_date_is_provisional_too():
    """SLA-55, 67: due at the last known closing, broken at the next opening, which nobody has announced."""
    known = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", name="known", known_until="2026-03-03")
    for boundary, provisional in (("inclusive", True), ("strict", False), ("by_due", False)):
        clock = Clock.start(goal("8h", known, boundary=boundary), at=march(3, "09:00"))
        status = clock.status(march(3, "09:00"))
        assert status.due == march(3, "17:00")
        assert status.provisional is provisional
        assert str(status.first_unknown) == ("2026-03-04" if provisional else "None")
        assert clock.changes[0].first_unknown == ("2026-03-04" if provisional else None)


def test_sla_80_pauses_that_overlap_are_named_in_the_order_they_came_up():
    """SLA-57, 80: and one that ends at once shows nowhere."""
    clock = Clock.start(goal(calendar=Calendar.always()), at=0)
    clock = clock.pause("vendor", at=HOUR).pause("customer", at=2 * HOUR).resume("customer", at=3 * HOUR)
    clock = clock.pause("call", at=3 * HOUR).resume("call", at=3 * HOUR).resume("vendor", at=4 * HOUR)
    rows = clock.pause("outage", at=4 * HOUR).explain(6 * HOUR)
    assert [(row.start_us // HOUR, row.end_us // HOUR, row.label) for row in rows] == [
        (0, 1, "working"),
        (1, 2, "paused: vendor"),
        (2, 3, "paused: vendor, customer"),
        (3, 4, "paused: vendor"),
        (4, 6, "paused: outage"),
    ]


def calls(act: Callable[[], object]) -> int:
    """Count the Python functions that an act calls; not those that a collection of garbage calls amid it."""
    found = []
    gc.disable()
    sys.setprofile(lambda _frame, event, _argument: found.append(event) if event == "call" else None)
    try:
        act()
    finally:
        sys.setprofile(None)
        gc.enable()
    return len(found)


@pytest.mark.parametrize("within", ["30min", "400h"])
def test_sla_58_a_verb_costs_no_more_after_many_pauses(within):
    """SLA-57, 58: before and after the goal is used up, a pause and its end recount nothing (SLA §8)."""

    def after(pauses: int) -> int:
        clock = Clock.start(goal(within, calendar=Calendar.always()), at=0)
        for number in range(pauses):
            clock = clock.pause("customer", at=(number + 1) * HOUR).resume("customer", at=(number + 1) * HOUR + 5)
        at = (pauses + 1) * HOUR
        assert clock.status(at).breached is (within == "30min")
        return calls(lambda: clock.drop_changes().pause("customer", at=at).resume("customer", at=at + 5))

    assert after(60) == after(6)
