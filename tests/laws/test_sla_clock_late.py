"""Laws of late facts (SLA-59, SLA-68): what was learned late is folded in at its place, and no record is lost."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.clock_lives import REASONS, lives, net
from oracles.stepped_clock import MINUTE
from servicedesk.errors import Refused
from servicedesk.sla import (
    Calendar,
    Clock,
    ClockAttachedLate,
    ClockRetargeted,
    ClockWithdrawn,
    Goal,
    LateChange,
)

STEPS = ("pause", "resume", "pause", "resume", "stop", "advance", "reset", "restart", "resume work")


@st.composite
def lates(draw: st.DrawFn):
    """Draw a life, and a change that came late: a pause with its end, or the stop."""
    life = draw(lives(STEPS))
    clock, _ = life.play()
    begun = clock.changes[0].at
    span = max(clock.at_us - begun, MINUTE)
    first, last = sorted((draw(st.integers(0, span)), draw(st.integers(0, span))))
    reason = draw(st.sampled_from([*REASONS, "outage", "outage"]))
    change = draw(st.sampled_from(["pause", "pause", "stop"]))
    late = (
        (LateChange(change="stop", at=begun + first),)
        if change == "stop"
        else (
            LateChange(change="pause", at=begun + first, reason=reason),
            LateChange(change="resume", at=begun + last, reason=reason),
        )
    )
    return life, clock, late, max(clock.at_us, late[-1].at) + draw(st.integers(0, 300)) * MINUTE


def in_place(clock: Clock, late: tuple[LateChange, ...]) -> Clock:
    """Live the same life again with the late change at its instant, verb by verb."""
    acts = [(fact.at, 0, fact) for fact in clock.changes[1:]] + [(change.at, 1, change) for change in late]
    life = Clock.start(clock.goal, at=clock.changes[0].at, ticket="T-7")
    for at, _, act in sorted(acts, key=lambda each: each[:2]):
        word = act.change if isinstance(act, LateChange) else act.kind.partition(".")[2]
        if word == "reopened":
            life = life.reopen(at=at, mode=act.mode)
        elif life.ended and act not in late and any(change.change == "stop" for change in late):
            continue
        elif word in {"pause", "paused"}:
            life = life.pause(act.reason, at=at)
        elif word in {"resume", "resumed"}:
            life = life.resume(act.reason, at=at)
        elif word in {"stop", "stopped"}:
            life = life.stop(at=at)
        elif word == "reset":
            life = life.reset(at=at)
    return life


def lived(clock: Clock, late: tuple[LateChange, ...]) -> tuple[Clock | None, tuple[str, ...]]:
    """Return that life, or why it could not be lived."""
    try:
        return in_place(clock, late), ()
    except Refused as refused:
        return None, refused.codes


@given(lates())
def test_sla_68_a_late_change_is_as_if_it_had_been_known_in_time(found):
    """SLA-59, 68: the refolded clock is the one that lived with the change; a replay of all facts gives it again."""
    life, clock, late, now = found
    goal = life.goal(life.promise)
    expected, codes = lived(clock, late)
    if expected is None:
        event(f"refused: {codes}")
        with pytest.raises(Refused) as caught:
            Clock.correct(goal, clock.changes, late, at=now)
        assert caught.value.codes == codes
        return
    corrected = Clock.correct(goal, clock.changes, late, at=now)
    if expected.ended:
        expected = evolve(expected, at_us=now)
    else:
        status = expected.advance(now).status(now)
        expected = evolve(expected.advance(now), at_us=now, elapsed_us=status.elapsed_us)
    assert evolve(corrected, revision=0) == expected
    assert corrected.revision == 1
    facts = (*clock.changes, *corrected.changes)
    again = Clock.replay(goal, facts)
    assert again.status(now).elapsed_us == corrected.elapsed_us
    assert evolve(again, at_us=now, elapsed_us=corrected.elapsed_us) == corrected


@given(lates())
def test_sla_68_what_is_on_record_less_what_is_withdrawn_is_what_happened(found):
    """SLA-68: one retargeted change names the late ones, a withdrawal the crossing that did not happen."""
    life, clock, late, now = found
    goal = life.goal(life.promise)
    clock = clock if clock.ended else clock.advance(max(now - MINUTE, clock.at_us))
    expected, _ = lived(clock, late)
    if expected is None:
        return
    corrected = Clock.correct(goal, clock.changes, late, at=now)
    happened = expected if expected.ended else expected.advance(now)
    assert net([*clock.changes, *corrected.changes]) == net(happened.changes)
    assert set(net(happened.changes).values()) <= {1}
    assert all(str(late[0]) in fact.because for fact in corrected.changes if isinstance(fact, ClockWithdrawn))
    assert [fact.late for fact in corrected.changes if isinstance(fact, ClockRetargeted)] == [late]
    assert {fact.at for fact in corrected.changes} == {now}
    withdrawn = sum(isinstance(fact, ClockWithdrawn) for fact in corrected.changes)
    event(f"withdrawn: {withdrawn}, late: {any(isinstance(f, ClockAttachedLate) for f in corrected.changes)}")


HOUR = 60 * MINUTE
GOAL = Goal("resolution", within="2h", calendar=Calendar.always(), stop="resolved", warn_at=("50%",))


def test_sla_68_a_breach_is_withdrawn_by_name_and_the_clock_goes_on():
    """SLA-68: the crossing stays on record; the second correction does not withdraw it again."""
    clock = Clock.start(GOAL, at=0, ticket="T-7").advance(3 * HOUR)
    pause = (LateChange(change="pause", at=HOUR // 2, reason="customer"),)
    corrected = Clock.correct(GOAL, clock.changes, pause, at=4 * HOUR)
    kinds = [fact.kind for fact in corrected.changes]
    assert kinds == ["clock.withdrawn", "clock.withdrawn", "clock.retargeted"]
    assert [(fact.name, fact.crossed_at, fact.because) for fact in corrected.changes[:2]] == [
        ("50%", HOUR, "pause customer"),
        ("breach", 2 * HOUR + 1, "pause customer"),
    ]
    assert (corrected.stage, corrected.elapsed_us, corrected.breached) == ("paused", HOUR // 2, False)
    facts = (*clock.changes, *corrected.changes)
    resume = (LateChange(change="resume", at=2 * HOUR, reason="customer"),)
    again = Clock.correct(GOAL, facts, resume, at=5 * HOUR)
    assert [fact.kind for fact in again.changes] == ["clock.retargeted", "clock.attached_late"]
    assert again.changes[-1].names == ("50%", "breach")
    assert (again.elapsed_us, again.breach_at_us, again.revision) == (7 * HOUR // 2, 7 * HOUR // 2 + 1, 2)
    assert Clock.replay(GOAL, (*facts, *again.changes)).breach_at_us == again.breach_at_us


def test_sla_68_a_stop_that_came_late_ends_the_clock_where_it_was():
    """SLA-66, 68: the verdict is that of the instant of the stop; what was recorded after it is moot."""
    clock = Clock.start(GOAL, at=0, ticket="T-7").pause("customer", at=3 * HOUR)
    corrected = Clock.correct(GOAL, clock.changes, (LateChange(change="stop", at=HOUR),), at=4 * HOUR)
    assert (corrected.stage, corrected.met, corrected.results[-1].stopped_us) == ("completed", True, HOUR)
    assert [fact.kind for fact in corrected.changes] == ["clock.withdrawn", "clock.retargeted"]
    assert corrected.status(9 * HOUR).ended_us == HOUR
    assert Clock.replay(GOAL, (*clock.changes, *corrected.changes)) == corrected


def test_sla_59_a_correction_lies_behind_everything_it_corrects():
    clock = Clock.start(GOAL, at=0, ticket="T-7").pause("customer", at=3 * HOUR)
    for at, late_at in ((2 * HOUR, HOUR), (4 * HOUR, 5 * HOUR)):
        with pytest.raises(Refused, match="time_went_back"):
            Clock.correct(GOAL, clock.changes, (LateChange(change="pause", at=late_at, reason="x"),), at=at)
