"""Laws of clocks (specs: SLA-46, SLA-55 to SLA-66, laws 13 to 17), and every clock against one stepped by minutes."""

from __future__ import annotations

import pickle
from fractions import Fraction

import pytest
from attrs import define, frozen
from hypothesis import assume, event, given
from hypothesis import strategies as st

from oracles.minute_walk import DAY, SECOND
from oracles.sla_calendars import PLACES, Setting, hours, weekly_text
from oracles.stepped_clock import MINUTE, SteppedClock
from servicedesk.errors import Refused
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

REASONS = ("customer", "vendor", "change")
WHOLE_MINUTES = [place for place in PLACES if place.step == 60]
BOUNDARIES = st.sampled_from(["inclusive", "strict", "by_due"])


@frozen
class Story:
    """A goal, and what happens to its clock: minutes of the walk, verbs, reasons; then perhaps an end."""

    setting: Setting
    goal: Goal
    start: int
    events: tuple[tuple[int, str, str], ...]
    end: tuple[int, str]

    def at(self, minute: int) -> int:
        return self.setting.start * SECOND + minute * MINUTE

    def live(self, polls: tuple[int, ...] = ()) -> Clock:
        """Run the clock as a host would, polling it at some instants beside."""
        clock = Clock.start(self.goal, at=self.at(self.start), ticket="T-7")
        waiting = sorted(polls)
        for minute, verb, reason in self.events:
            while waiting and waiting[0] <= self.at(minute):
                clock = clock.advance(max(waiting.pop(0), self.at(self.start)))
            clock = getattr(clock, verb)(reason, at=self.at(minute))
        for poll in waiting:
            if clock.at_us <= poll <= self.at(self.end[0]):
                clock = clock.advance(poll)
        minute, verb = self.end
        return clock.advance(self.at(minute)) if verb == "advance" else getattr(clock, verb)(at=self.at(minute))


_when = st.sampled_from(["wait", "wait", "at due", "after due"])
_steps = st.lists(st.tuples(_when, st.integers(0, 240), st.integers(0, 2)), max_size=8)
_goals = st.integers(1, 60) | st.integers(1, 900)
_starts = st.integers(0, 1440)
_ends = st.tuples(_when, st.integers(0, 1500), st.sampled_from(["stop", "cancel", "advance"]))


def _next_minute(when: str, gap: int, minute: int, due: int) -> int:
    """Wait, or go to the first due instant or the minute after it while they lie ahead and inside the walk."""
    target = {"wait": -1, "at due": due, "after due": due + 1}[when]
    return target if minute <= target < 3 * 1440 else minute + gap


@st.composite
def stories(draw: st.DrawFn, boundaries: st.SearchStrategy[str] = BOUNDARIES) -> Story:
    """Draw a story in which pauses of several reasons overlap, touch, and fall on the very instant of due."""
    place = draw(st.sampled_from(WHOLE_MINUTES))
    table = draw(hours())
    setting = Setting(place, table, Calendar.weekly(weekly_text(table), zone=place.zone))
    within, boundary = draw(_goals), draw(boundaries)
    goal = Goal("resolution", within=f"{within}min", calendar=setting.calendar, boundary=boundary, stop="resolved")
    start = minute = draw(_starts)
    due = (Clock.start(goal, at=setting.start * SECOND + start * MINUTE).due_us - setting.start * SECOND) // MINUTE
    events, held = [], set()
    for when, gap, number in draw(_steps):
        minute = min(_next_minute(when, gap, minute, due), 3 * 1440)
        reason = REASONS[number]
        events.append((minute, "resume" if reason in held else "pause", reason))
        held ^= {reason}
    when, gap, verb = draw(_ends)
    return Story(setting, goal, start, tuple(events), (min(_next_minute(when, gap, minute, due), 4 * 1440 - 1), verb))


def stepped(story: Story) -> SteppedClock:
    return SteppedClock(
        story.setting.walk().open_steps(), story.start, story.goal.within_us // MINUTE, story.goal.boundary
    )


@given(stories())
def test_sla_55_to_61_a_clock_is_what_one_stepped_by_minutes_is(story):
    """SLA-46, 55–58, 61: elapsed, due, breach and stage after every change, and the verdict at the end."""
    clock, slow = Clock.start(story.goal, at=story.at(story.start), ticket="T-7"), stepped(story)
    for happening in (*story.events, None):
        due = slow.due()
        status = clock.status(clock.at_us)
        assert status.elapsed_us == slow.elapsed * MINUTE
        assert status.stage == ("paused" if slow.held else "running")
        assert set(status.held) == slow.held
        if due is not None:
            assert status.due_us == story.at(due)
        elif slow.held:
            assert status.due_us is None
        if happening is None:
            break
        minute, verb, reason = happening
        slow.take(happening)
        clock = getattr(clock, verb)(reason, at=story.at(minute))
    minute, verb = story.end
    slow.run_to(minute)
    before = clock
    clock = clock.advance(story.at(minute)) if verb == "advance" else getattr(clock, verb)(at=story.at(minute))
    breach = None if slow.breach is None else story.at(slow.breach[0]) + slow.breach[1]
    event(f"{story.goal.boundary}: {'breached' if breach else 'kept'}, {verb}")
    crossed = [fact.at for fact in clock.changes if isinstance(fact, ClockBreached)]
    assert crossed == ([] if breach is None else [breach])
    assert clock.status(story.at(minute)).breached == (breach is not None)
    status = clock.status(story.at(minute))
    assert status.elapsed_us == slow.elapsed * MINUTE
    counted = {**status.pauses, "any": status.paused}
    assert {reason: (pause.working_us // MINUTE, pause.real_us // MINUTE) for reason, pause in counted.items()} == {
        reason: slow.paused.get(reason, (0, 0)) for reason in counted
    }
    assert set(slow.paused) <= set(counted)
    assert clock.met == ((breach is None) if verb == "stop" else None)
    due = slow.used_up if slow.held else slow.due()  # no pause moves what was used up before it
    if clock.ended and (due is not None or slow.held):
        assert clock.due_us == (None if due is None else story.at(due))
    if verb == "cancel":
        assert clock.changes[-1].breached_before_cancel == (breach is not None)
    assert before.status(story.at(minute)).breached == (breach is not None)  # told without being advanced (SLA-56)


@given(stories())
def test_law_13_a_replay_of_the_facts_is_the_clock(story):
    """SLA-59: state is the fold of its facts, and the refolded facts are the same facts."""
    clock = story.live()
    again = Clock.replay(story.goal, clock.changes)
    assert again == clock
    assert hash(again) == hash(clock)
    assert again.changes == clock.changes
    assert pickle.loads(pickle.dumps(clock)) == clock


@given(stories(), st.data())
def test_law_13_late_facts_are_refolded(story, data):
    """SLA-59: facts sort by instant, equal instants keep their order; facts of other metrics are passed over."""
    clock = story.live()
    assume(len({fact.at for fact in clock.changes}) == len(clock.changes))
    other = Clock.start(
        Goal("first_response", within="1h", calendar=story.goal.calendar), at=story.at(story.start), ticket="T-7"
    )
    mixed = data.draw(st.permutations((*clock.changes, *other.changes)))
    assert Clock.replay(story.goal, mixed) == clock


@given(stories(), st.lists(st.integers(0, 4 * DAY * SECOND), max_size=12))
def test_law_14_polling_oftener_changes_nothing(story, polls):
    """SLA-63: the same clock and the same facts, each crossing at its own instant, however often the host asks."""
    absolute = tuple(story.setting.start * SECOND + poll for poll in polls)
    lazy, busy = story.live(), story.live(absolute)
    assert busy == lazy
    assert busy.changes == lazy.changes


@given(stories(st.sampled_from(["inclusive", "strict"])), st.integers(0, 4 * 1440 * MINUTE))
def test_law_15_breached_iff_elapsed_passes_the_goal(story, later):
    """SLA-46, 56: inclusive iff elapsed > goal, strict iff elapsed >= goal, at every instant, paused or not."""
    clock = story.live()
    at = clock.at_us + later
    status = clock.status(at)
    passed = (
        status.elapsed >= story.goal.within if story.goal.boundary == "strict" else status.elapsed > story.goal.within
    )
    assert status.breached == passed
    assert clock.advance(at).breached == passed


@given(stories(), st.sampled_from(REASONS))
def test_law_16_a_pause_never_makes_due_earlier(story, reason):
    """SLA-57: and elapsed plus paused working time is what would have elapsed without pauses."""
    clock = story.live()
    free = story.goal.calendar.elapsed_us(clock.started_us, clock.at_us)
    status = clock.status(clock.at_us)
    assert status.elapsed_us + status.paused.working_us == free
    assert status.elapsed_us + status.paused.real_us <= status.real_elapsed_us
    assert all(pause.working <= status.paused.working for pause in status.pauses.values())
    assert sum(pause.real_us for pause in status.pauses.values()) >= status.paused.real_us
    if clock.stage == "running" and clock.due_us is not None:
        paused = clock.pause(reason, at=clock.at_us)
        for wait in (0, 1, 90 * MINUTE, 3 * 1440 * MINUTE):
            assert paused.resume(reason, at=clock.at_us + wait).due_us >= clock.due_us
        assert paused.resume(reason, at=clock.at_us).due_us == clock.due_us


@given(stories())
def test_law_17_a_breach_is_recorded_once_and_instants_never_decrease(story):
    """SLA-63, EV-6: whatever happens after it, pauses and a second look included."""
    clock = story.live()
    again = clock.advance(clock.at_us + 10 * 1440 * MINUTE).advance(clock.at_us + 20 * 1440 * MINUTE)
    instants = [fact.at for fact in again.changes]
    assert instants == sorted(instants)
    assert sum(isinstance(fact, ClockBreached) for fact in again.changes) <= 1
    assert clock.ended <= (again == clock)


@given(stories())
def test_kpi_10_every_fact_carries_the_values_after_it(story):
    """KPI-10: metrics read elapsed, due, breach and verdict off the facts, with no calendar at hand."""
    clock = story.live()
    for count, fact in enumerate(clock.changes, start=1):
        then = Clock.replay(story.goal, clock.changes[:count])
        assert (fact.elapsed, fact.due, fact.breach_at, fact.met) == (
            then.elapsed_us,
            then.due_us,
            then.breach_at_us,
            then.met,
        )
        assert (fact.ticket, fact.metric, fact.stream) == ("T-7", "resolution", "clocks/T-7")


@given(stories())
def test_sla_61_a_shown_percentage_is_floored_and_the_fraction_exact(story):
    """SLA-61: 99.97 % never reads 100 %; the fraction may pass 1 and remaining may be negative."""
    status = story.live().status(story.at(story.end[0]))
    assert status.fraction == Fraction(status.elapsed_us, story.goal.within_us)
    assert Fraction(status.percent, 100) <= status.fraction < Fraction(status.percent + 1, 100)
    assert status.remaining == story.goal.within - status.elapsed


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
    ):
        assert refused(act) == Refusals(("clock_ended",), ())
    assert ended.advance(99 * HOUR) is ended
    assert ended.next_due is None
    later = ended.status(99 * HOUR)
    assert (later.elapsed_us, later.real_elapsed_us, later.breached) == (HOUR, 9 * HOUR, False)


def test_sla_60_only_what_is_held_can_be_resumed():
    assert refused(lambda: started().resume("customer", at=0)) == Refusals(("not_paused",), ("pause", "stop", "cancel"))
    paused = started().pause("vendor", at=0)
    answer = refused(lambda: paused.resume("customer", at=0))
    assert answer == Refusals(("not_paused",), ("resume 'vendor'", "pause", "stop", "cancel"))


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
