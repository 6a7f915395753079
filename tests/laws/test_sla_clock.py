"""Laws of clocks one at a time (SLA-46, SLA-55 to SLA-66, laws 13, 15, 16) and the plain cases beside them."""

from __future__ import annotations

import pickle
from datetime import timedelta
from fractions import Fraction

import pytest
from attrs import define
from hypothesis import assume, event, given
from hypothesis import strategies as st

from oracles.clock_lives import REASONS, lives
from oracles.stepped_clock import MINUTE
from servicedesk.errors import Refused
from servicedesk.plain import from_plain, to_plain
from servicedesk.sla import (
    Calendar,
    Clock,
    ClockBreached,
    ClockCancelled,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    Goal,
)

PAUSING = ("pause", "resume", "pause", "resume", "pause", "stop", "cancel", "advance")


@given(lives(PAUSING), st.data())
def test_law_13_late_facts_are_refolded(life, data):
    """SLA-59: facts sort by instant, equal instants keep their order; facts of other metrics are passed over."""
    clock, _ = life.play()
    assume(len({fact.at for fact in clock.changes}) == len(clock.changes))
    event(f"{len(clock.changes)} facts")
    other = Clock.start(Goal("first_response", within="1h", calendar=life.other), at=life.at(life.start), ticket="T-7")
    team = Clock.start(life.goal(life.promise), at=life.at(life.start), ticket="T-7", team="A")
    mixed = data.draw(st.permutations((*clock.changes, *other.changes, *team.changes)))
    goal = life.goal(life.promise)
    assert Clock.replay(goal, mixed) == clock
    assert Clock.replay(goal, mixed, team="A") == team


@given(lives())
def test_sla_82_a_clock_travels_by_pickle_and_as_plain_data(life):
    """SLA-82: with its goal and calendar inside; the changes are in the log."""
    clock, _ = life.play()
    assert pickle.loads(pickle.dumps(clock)) == clock
    assert hash(clock) == hash(clock.drop_changes())
    again = from_plain(Clock, to_plain(clock))
    assert again == clock
    assert again.changes == ()
    assert to_plain(again) == to_plain(clock)


@given(lives(PAUSING), st.integers(0, 4 * 1440 * MINUTE))
def test_law_15_breached_iff_elapsed_passes_the_goal(life, later):
    """SLA-46, 56: inclusive iff elapsed > goal, strict iff elapsed >= goal, at every instant, paused or not."""
    assume(life.promise.boundary != "by_due")
    clock, _ = life.play()
    at = clock.at_us + later
    status = clock.status(at)
    goal = clock.goal.within
    passed = status.elapsed >= goal if life.promise.boundary == "strict" else status.elapsed > goal
    event(f"breached: {passed}, {status.stage}")
    assert status.breached == passed
    assert clock.advance(at).breached == passed


@given(lives(PAUSING), st.sampled_from(REASONS))
def test_law_16_a_pause_never_makes_due_earlier(life, reason):
    """SLA-57: and elapsed plus paused working time is what would have elapsed without pauses."""
    clock, _ = life.play()
    free = clock.goal.calendar.elapsed_us(clock.started_us, clock.at_us)
    status = clock.status(clock.at_us)
    assert status.elapsed_us + status.paused.working_us == free
    assert status.elapsed_us + status.paused.real_us <= status.real_elapsed_us
    assert all(pause.working <= status.paused.working for pause in status.pauses.values())
    assert sum(pause.real_us for pause in status.pauses.values()) >= status.paused.real_us
    if clock.stage == "running" and clock.due_us is not None:
        paused = clock.pause(reason, at=clock.at_us)
        for wait in (0, 1, 90 * MINUTE, 3 * 1440 * MINUTE):
            resumed = paused.resume(reason, at=clock.at_us + wait)
            assert resumed.due_us >= clock.due_us
            if resumed.elapsed_us < resumed.goal_us:
                assert paused.due_if_resumed(clock.at_us + wait) == resumed.status(resumed.at_us).due
        assert paused.resume(reason, at=clock.at_us).due_us == clock.due_us


@given(lives(("pause", "resume", "retarget", "stop", "resume work", "reset")))
def test_kpi_10_every_fact_carries_the_values_after_it(life):
    """KPI-10: metrics read elapsed, due, breach and verdict off the facts, with no calendar at hand."""
    clock = life.clock()
    minute = life.start
    for step, minute in life.play()[1]:
        clock = life.take(clock, step, minute)
        fact = clock.changes[-1]
        assert (fact.elapsed, fact.due, fact.breach_at, fact.met, fact.cycle, fact.revision) == (
            clock.elapsed_us,
            clock.due_us,
            clock.breach_at_us,
            clock.met,
            clock.cycle,
            clock.revision,
        )
        assert (fact.ticket, fact.metric, fact.stream) == ("T-7", "resolution", "clocks/T-7")


@given(lives(PAUSING))
def test_sla_61_a_shown_percentage_is_floored_and_the_fraction_exact(life):
    """SLA-61: 99.97 % never reads 100 %; the fraction may pass 1 and remaining may be negative."""
    clock, _ = life.play()
    status = clock.status(clock.at_us)
    assert status.fraction == Fraction(status.elapsed_us, clock.goal.within_us)
    assert Fraction(status.percent, 100) <= status.fraction < Fraction(status.percent + 1, 100)
    assert status.remaining == clock.goal.within - status.elapsed


def test_sla_62_a_part_of_the_goal_is_rounded_up_to_the_next_microsecond():
    """SLA-62: ``ceil(f·goal)``: a third of ten microseconds is reached at the fourth."""
    goal = Goal("answer", within=timedelta(microseconds=10), calendar=Calendar.always(), warn_at=("1/3",))
    assert Clock.start(goal, at=0).next_due_us == 4


def test_sla_57_a_reason_already_held_changes_nothing():
    clock = started().pause("customer", at=HOUR)
    assert clock.pause("customer", at=2 * HOUR) is clock


def test_sla_57_a_pause_outside_hours_moves_nothing():
    clock = started("9h")
    night = clock.pause("customer", at=18 * HOUR).resume("customer", at=31 * HOUR)
    assert night.due_us == clock.due_us == 33 * HOUR
    assert night.breach_at_us == clock.breach_at_us


@define
class Refusals:
    """What a refused verb says."""

    codes: tuple[str, ...]
    possible: tuple[str, ...]


def refused(act) -> Refusals:
    with pytest.raises(Refused) as caught:
        act()
    return Refusals(caught.value.codes, caught.value.possible)


HOUR = 60 * MINUTE
CHANGES = ("pause", "stop", "cancel", "reset", "retarget")


def started(within: str = "2h") -> Clock:
    """Start at Thursday 1970-01-01, midnight, on a calendar open from 8 to 16 UTC."""
    office = Calendar.weekly("daily 08:00-16:00", zone="UTC")
    return Clock.start(Goal("resolution", within=within, calendar=office, stop="resolved"), at=0, ticket="T-7")


def test_sla_59_time_does_not_go_back_but_may_stand_still():
    """SLA-59: equal instants keep call order; a crossing on record is a change too."""
    paused = started().pause("customer", at=9 * HOUR)
    assert paused.resume("customer", at=9 * HOUR).due_us == 10 * HOUR
    for act in (
        lambda: paused.resume("customer", at=9 * HOUR - 1),
        lambda: paused.stop(at=0),
        lambda: paused.cancel(at=0),
        lambda: paused.advance(0),
        lambda: paused.status(0),
        lambda: started().advance(20 * HOUR).pause("customer", at=9 * HOUR),
    ):
        assert refused(act).codes == ("time_went_back",)


@pytest.mark.parametrize("verb", ["stop", "cancel"])
def test_sla_60_nothing_happens_to_a_clock_that_has_ended(verb):
    """SLA-60: every change is refused, nothing is possible; polling it is harmless, asking it is not refused."""
    ended = getattr(started(), verb)(at=9 * HOUR)
    for act in (
        lambda: ended.pause("customer", at=9 * HOUR),
        lambda: ended.resume("customer", at=9 * HOUR),
        lambda: ended.stop(at=9 * HOUR),
        lambda: ended.cancel(at=9 * HOUR),
        lambda: ended.reset(at=9 * HOUR),
        lambda: ended.retarget(ended.goal, at=9 * HOUR),
    ):
        assert refused(act) == Refusals(("clock_ended",), ("reopen",))
    assert ended.advance(99 * HOUR) is ended
    assert ended.next_due is None
    later = ended.status(99 * HOUR)
    assert (later.elapsed_us, later.real_elapsed_us, later.breached) == (HOUR, 9 * HOUR, False)


def test_sla_60_only_what_is_held_can_be_resumed():
    assert refused(lambda: started().resume("customer", at=0)) == Refusals(("not_paused",), CHANGES)
    paused = started().pause("vendor", at=0)
    answer = refused(lambda: paused.resume("customer", at=0))
    assert answer == Refusals(("not_paused",), ("resume 'vendor'", *CHANGES))


def test_sla_60_a_replay_begins_with_one_start():
    goal, facts = started().goal, started().pause("customer", at=HOUR).changes
    assert refused(lambda: Clock.replay(goal, ())).codes == ("not_started",)
    assert refused(lambda: Clock.replay(goal, facts[1:])).codes == ("not_started",)
    assert refused(lambda: Clock.replay(goal, (*facts, facts[0]))).codes == ("already_started",)


def test_sla_66_cancelling_does_not_hide_a_breach():
    """SLA-66: no verdict, but ``breached_before_cancel``, at any number of polls."""
    late = started().cancel(at=20 * HOUR)
    assert (late.met, late.changes[-1].breached_before_cancel) == (None, True)
    assert started().cancel(at=9 * HOUR).changes[-1].breached_before_cancel is False


def test_sla_80_the_changes_can_be_dropped_and_are_no_part_of_the_value():
    clock = started().pause("customer", at=HOUR)
    assert [type(fact) for fact in clock.changes] == [ClockStarted, ClockPaused]
    kept = clock.drop_changes()
    assert kept == clock
    assert kept.changes == ()
    assert [type(fact) for fact in kept.resume("customer", at=HOUR).changes] == [ClockResumed]


def test_ev_2_kinds_are_fixed():
    """EV-2: a kind outlives the name of its class."""
    kinds = [ClockStarted, ClockPaused, ClockResumed, ClockStopped, ClockCancelled, ClockBreached]
    assert [fact.kind for fact in kinds] == [
        f"clock.{word}" for word in ("started", "paused", "resumed", "stopped", "cancelled", "breached")
    ]
    begin = started("90min").changes[0]
    assert (begin.goal, begin.boundary, begin.stop) == (90 * MINUTE, "inclusive", "resolved")
