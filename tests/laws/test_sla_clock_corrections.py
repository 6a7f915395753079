"""Laws of clocks corrected again and again (SLA-59, SLA-68): cycles keep apart, and what is on record replays."""

from __future__ import annotations

from typing import Any

import pendulum
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.clock_lives import REASONS, Life, Step, lives, net
from oracles.stepped_clock import MINUTE
from servicedesk.errors import Refused
from servicedesk.sla import Calendar, Clock, ClockAttachedLate, ClockWithdrawn, Goal, LateChange

VERBS = ("pause", "resume", "pause", "resume", "stop", "advance", "reset", "reset", "restart", "resume work")
GAPS = st.sampled_from([0, 0, 1]) | st.integers(0, 240)
NEXT = st.builds(Step, GAPS, st.just("wait"), st.sampled_from(VERBS), st.integers(0, 2))


@st.composite
def batches(draw: st.DrawFn, clock: Clock, now: int) -> tuple[LateChange, ...]:
    """Draw what is learned late at an instant: a pause with or without its end, or an end; at that instant too."""
    since = min(clock.results[0].started_us if clock.results else clock.started_us, clock.started_us)
    instants = st.integers(since, now) | st.sampled_from([since, now, now, clock.at_us])
    first, last = sorted((draw(instants), draw(instants)))
    reason = draw(st.sampled_from([*REASONS, "outage", "outage"]))
    pause, resume = (LateChange(change=c, at=at, reason=reason) for c, at in (("pause", first), ("resume", last)))
    end = LateChange(change=draw(st.sampled_from(["stop", "cancel"])), at=last)
    return draw(st.sampled_from([(pause, resume), (pause, resume), (pause, resume), (pause,), (end,)]))


def lived_on(life: Life, clock: Clock, steps: list[Step], minute: int) -> tuple[Clock, int]:
    """Take steps, but those that are refused; return the clock and the last minute."""
    for step in steps:
        minute += step.gap
        try:
            clock = life.take(clock, step, minute)
        except Refused:
            event(f"refused: {step.verb}")
    return clock, minute


@given(st.data(), lives(VERBS))
def test_sla_68_corrected_again_and_again_the_record_is_what_happened(data: Any, life: Life):
    """SLA-68: net crossings of every cycle, revision and name are those of the clean fold, and a replay is the clock.

    Between corrections the clock lives on, at the very instant of the correction too (SLA-59).
    """
    clock, taken = life.play()
    minute = taken[-1][1] if taken else life.start
    goal, record = life.goal(life.promise), [*clock.changes]
    clock = clock.drop_changes()
    for _ in range(data.draw(st.integers(1, 3))):
        now = max(clock.at_us, life.at(minute))
        late = data.draw(batches(clock, now))
        try:
            corrected = Clock.correct(goal, record, late, at=now)
        except Refused as refused:
            event(f"refused: {refused.codes}")
            continue
        record += corrected.changes
        assert Clock.replay(goal, record) == corrected.drop_changes()
        assert net(record) == net(Clock.replay(goal, record, keep_changes=True).changes)
        event(f"withdrawn of an earlier cycle: {any(earlier(fact) for fact in corrected.changes)}")
        minute = -(-(now - life.at(0)) // MINUTE)
        clock, minute = lived_on(life, corrected.drop_changes(), data.draw(st.lists(NEXT, max_size=3)), minute)
        record += clock.changes
        clock = clock.drop_changes()
        assert Clock.replay(goal, record) == clock
        assert [fact.at for fact in record] == sorted(fact.at for fact in record)


def earlier(fact: Any) -> bool:
    return isinstance(fact, ClockWithdrawn) and fact.crossed_cycle < fact.cycle


DAY = pendulum.datetime(2026, 3, 2, tz="UTC")
FOUR = Goal("m", within="4h", calendar=Calendar.always(), stop="done")
VENDOR = (
    LateChange(change="pause", at=DAY.add(hours=10), reason="vendor"),
    LateChange(change="resume", at=DAY.add(hours=14), reason="vendor"),
)


@pytest.mark.parametrize("ended", [False, True])
def test_sla_68_a_crossing_of_an_earlier_cycle_is_withdrawn_once(ended: bool):
    """SLA-68: cycle 1 broke at 13:00 and was reset, or ended and begun anew, at 15:00; at 10:00 it had been paused."""
    clock = Clock.start(FOUR, at=DAY.add(hours=9))
    at = DAY.add(hours=15)
    clock = clock.stop(at=at).reopen(at=at, mode="restart") if ended else clock.reset(at=at)
    corrected = Clock.correct(FOUR, clock.changes, VENDOR, at=DAY.add(hours=15, minutes=30))
    withdrawn = corrected.changes[0]
    assert [fact.kind for fact in corrected.changes] == ["clock.withdrawn", "clock.retargeted"]
    assert (withdrawn.cycle, withdrawn.crossed_cycle, withdrawn.crossed_revision) == (2, 1, 0)
    record = (*clock.changes, *corrected.changes)
    other = (LateChange(change="pause", at=DAY.add(hours=15, minutes=40), reason="customer"),)
    again = Clock.correct(FOUR, record, other, at=DAY.add(hours=16))
    assert [fact.kind for fact in again.changes] == ["clock.retargeted"]


def test_sla_68_crossings_missed_in_two_cycles_are_told_cycle_by_cycle():
    """SLA-68: a pause of cycle 1 that had ended earlier, one of cycle 2 that had; both broke unnoticed."""
    clock = Clock.start(FOUR, at=DAY).pause("vendor", at=DAY.add(hours=1)).reset(at=DAY.add(hours=10))
    late = (
        LateChange(change="resume", at=DAY.add(hours=2), reason="vendor"),
        LateChange(change="pause", at=DAY.add(hours=20), reason="customer"),
    )
    corrected = Clock.correct(FOUR, clock.changes, late, at=DAY.add(hours=21))
    missed = [fact for fact in corrected.changes if isinstance(fact, ClockAttachedLate)]
    assert [(fact.cycle, fact.revision, fact.names) for fact in missed] == [(1, 0, ("breach",)), (2, 0, ("breach",))]
    assert {(fact.at, fact.elapsed, fact.due) for fact in missed} == {
        (corrected.at_us, corrected.elapsed_us, corrected.due_us)
    }


def test_sla_59_what_follows_a_correction_at_its_instant_follows_it_in_a_replay():
    """SLA-59: the reset at 15:00 was decided with the pause at 15:00 on record; so it is folded."""
    noon = DAY.add(hours=15)
    clock = Clock.start(FOUR, at=DAY.add(hours=12))
    corrected = Clock.correct(FOUR, clock.changes, [LateChange(change="pause", at=noon, reason="vendor")], at=noon)
    live = corrected.reset(at=noon).resume("vendor", at=noon)
    assert live.held == ()
    assert Clock.replay(FOUR, (*clock.changes, *live.changes)) == live.drop_changes()


def test_sla_68_a_correction_without_a_late_change_is_none():
    with pytest.raises(ValueError, match="late is empty; give the changes that came late"):
        Clock.correct(FOUR, Clock.start(FOUR, at=DAY).changes, [], at=DAY)
