"""Laws of whole lives of clocks (SLA-51 to SLA-66): ladders, other promises, ends undone, beside a stepped clock."""

from __future__ import annotations

from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.clock_lives import Life, crossings, lives, step_slowly
from oracles.stepped_clock import MINUTE
from servicedesk.sla import Clock, ClockPaused, ClockResumed, ClockRetargeted, ClockStarted


def goals_of(life: Life):
    """Return what finds the goal that a fact brought into force, in the order of the facts."""
    promised = [life.promise, *(step.promise for step, _ in life.play()[1] if step.verb == "retarget")]
    waiting = iter([life.goal(promise) for promise in promised])
    return lambda _fact: next(waiting)


@given(lives())
def test_sla_51_to_66_a_clock_is_what_one_stepped_by_minutes_is(life):
    """SLA-46, 51 to 66: elapsed, due, breach, verdicts and every crossing with its instant, after every change."""
    clock, slow = life.clock(), life.stepped()
    clock, taken = life.play()
    live, minute = life.clock(), life.start
    for step, minute in taken:
        event(f"{step.verb} {step.carry if step.promise else ''}")
        live = life.take(live, step, minute)
        step_slowly(slow, step, minute)
        status = live.status(life.at(minute))
        assert status.elapsed_us == slow.elapsed
        assert status.stage == (slow.ended or ("paused" if slow.held else "running"))
        assert set(status.held) == slow.held
        breach = None if slow.breach is None else life.at(0) + slow.breach
        if breach is not None or not status.breached:
            assert (status.breached, status.breach_at_us if status.breached else None) == (breach is not None, breach)
        if (due := slow.due()) is not None:
            assert status.due_us == life.at(0) + due
        if not slow.ended:
            assert (status.due_us is None) == bool(slow.held)
        assert status.met == slow.met
        assert status.cycle == slow.cycle
    live = live.advance(max(life.at(minute), live.at_us))
    assert live == clock
    expected = [(life.at(0) + at, names, late) for at, names, late in slow.crossings]
    assert crossings(live.changes) == expected
    event(f"crossings: {min(len(expected), 6)}, late: {any(late for _, _, late in expected)}")
    results = [(result.stopped_us, result.elapsed_us, result.met, result.breached) for result in live.results]
    assert results == [(life.at(at), used, met, broken) for at, used, met, broken in slow.results]
    check_pauses(live, slow, max(life.at(minute), live.at_us))


def check_pauses(clock, slow, at) -> None:
    """SLA-57: pause time of each reason and altogether; after a retarget it is measured on the present calendar."""
    status = clock.status(at)
    counted = {**status.pauses, "any": status.paused}
    for reason, (working, real) in {} if slow.ended else slow.paused.items():
        assert counted[reason].real_us == real * MINUTE
        if clock.revision == 0:
            assert counted[reason].working_us == working * MINUTE


@given(lives(("pause", "resume", "retarget", "retarget", "retarget", "reset", "reset", "stop", "cancel", "restart")))
def test_sla_66_each_fact_says_what_the_clock_is_after_it(life):
    """SLA §3.7, KPI-10: figures are read off the facts, with no calendar at hand."""
    clock, taken = life.clock(), life.play()[1]
    for step, minute in taken:
        clock = life.take(clock.drop_changes(), step, minute)
        for fact in clock.changes:
            assert (fact.ticket, fact.metric, fact.team) == (clock.ticket, clock.goal.metric, clock.team)
            if not crossings([fact]):
                assert_told(fact, clock)


def assert_told(fact, clock: Clock) -> None:
    """The values of every fact, and those that some have."""
    told = (fact.at, fact.elapsed, fact.due, fact.breach_at, fact.met, fact.cycle, fact.revision)
    is_now = (clock.at_us, clock.elapsed_us, clock.due_us, clock.breach_at_us, clock.met, clock.cycle, clock.revision)
    assert told == is_now
    if isinstance(fact, ClockPaused | ClockResumed):
        assert fact.held == clock.held
    if isinstance(fact, ClockRetargeted):
        goal = clock.goal
        promise = (fact.goal, fact.boundary, fact.stop, fact.calendar, fact.calendar_version, fact.source)
        assert promise == (clock.goal_us, goal.boundary, goal.stop, goal.calendar.name, "", clock.source)


@given(lives())
def test_law_13_a_replay_of_the_facts_is_the_clock(life):
    """SLA-59: state is the fold of its facts, and the facts built anew are the same facts."""
    clock, _ = life.play()
    facts = clock.changes
    again = Clock.replay(goals_of(life), facts)
    assert again == clock
    assert again.changes == ()
    assert Clock.replay(goals_of(life), facts, keep_changes=True).changes == facts
    assert isinstance(facts[0], ClockStarted)


@given(lives(), st.lists(st.integers(0, 4 * 1440 * MINUTE), max_size=12))
def test_law_14_polling_oftener_changes_nothing(life, polls):
    """SLA-63: the same clock and the same facts, each crossing at its own instant, however often the host asks."""
    lazy, _ = life.play()
    busy, _ = evolve(life, polls=tuple(polls)).play()
    assert busy == lazy
    assert busy.changes == lazy.changes


@given(lives())
def test_law_17_a_threshold_fires_once_a_revision_and_instants_never_decrease(life):
    """SLA-63, EV-6: and what is next lies ahead of what is on record."""
    clock, _ = life.play()
    instants = [fact.at for fact in clock.changes]
    assert instants == sorted(instants)
    told = [
        (fact.cycle, fact.revision, name)
        for fact in clock.changes
        for _, names, _ in crossings([fact])
        for name in names
    ]
    assert len(told) == len(set(told))
    if clock.next_due_us is not None:
        assert clock.next_due_us >= clock.at_us
        assert clock.advance(clock.next_due_us - 1) is clock or clock.next_due_us == clock.at_us
        advanced = clock.advance(clock.next_due_us)
        assert crossings(advanced.changes)[len(crossings(clock.changes)) :][0][1] == (clock.next_name,)


@given(lives())
def test_law_18_the_same_promise_changes_only_the_revision(life):
    """SLA-65: no threshold is told again, due and breach stay."""
    clock, taken = life.play()
    if clock.ended:
        return
    minute = taken[-1][1] if taken else life.start
    at = max(life.at(minute), clock.at_us)
    before = clock.advance(at)
    again = before.retarget(before.goal, at=before.at_us, source=before.source)
    event(f"passed: {len(before.passed)}, {before.stage}")
    assert evolve_like(again, before) == before
    assert again.revision == before.revision + 1
    assert len(again.changes) == len(before.changes) + 1


def evolve_like(clock: Clock, other: Clock) -> Clock:
    return evolve(clock, revision=other.revision)
