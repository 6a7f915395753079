"""The life of a clock as a state machine: whatever is done in whatever order, it is the clock stepped by minutes."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from oracles.clock_lives import REASONS, Life, crossings, promises
from oracles.minute_walk import SECOND
from oracles.sla_calendars import PLACES, Setting, weekly_text
from oracles.stepped_clock import MINUTE, Promise, SteppedClock
from servicedesk.plain import from_plain, to_plain
from servicedesk.sla import Calendar, Clock

HOURS = dict.fromkeys(range(5), ((510, 720), (840, 1080))) | {5: ((1320, 1800),), 6: ((600, 601),)}
PLACE = next(place for place in PLACES if place.zone == "Europe/London" and place.why == "gap")
DESK = Setting(PLACE, HOURS, Calendar.weekly(weekly_text(HOURS), zone=PLACE.zone, name="desk"))
WALKS = (DESK.walk().open_steps(), [True] * (DESK.days * 1440))
ALWAYS = Calendar.always(PLACE.zone, name="always")
LAST = DESK.days * 1440 - 1


class ClockLife(RuleBasedStateMachine):
    """Drive a clock and the oracle through the same life, over a weekend on which the clocks go forward."""

    clock: Clock
    slow: SteppedClock

    @initialize(promise=promises(), minute=st.integers(0, 2000))
    def start(self, promise: Promise, minute: int) -> None:
        self.life = Life(DESK, ALWAYS, promise, minute, ())
        self.goals = [self.life.goal(promise)]
        self.clock, self.slow, self.minute = self.life.clock(), SteppedClock(WALKS, minute, promise), minute

    @property
    def at(self) -> int:
        return DESK.start * SECOND + self.minute * MINUTE

    @rule(gap=st.integers(1, 30) | st.integers(1, 700))
    def wait(self, gap: int) -> None:
        self.minute = min(self.minute + gap, LAST)
        self.slow.run_to(self.minute)

    @precondition(lambda self: self.clock.due_us is not None and self.at <= self.clock.due_us)
    @rule(beyond=st.integers(0, 1))
    def wait_for_due(self, beyond: int) -> None:
        due = -(-(self.clock.due_us - DESK.start * SECOND) // MINUTE) + beyond
        if due <= LAST:
            self.wait(due - self.minute)

    @rule()
    def advance(self) -> None:
        self.clock = self.clock.advance(max(self.at, self.clock.at_us))

    @precondition(lambda self: not self.clock.ended)
    @rule(reason=st.sampled_from(REASONS))
    def pause_or_resume(self, reason: str) -> None:
        verb = "resume" if reason in self.clock.held else "pause"
        event(verb)
        self.clock = getattr(self.clock, verb)(reason, at=self.at)
        getattr(self.slow, verb)(reason)

    @precondition(lambda self: not self.clock.ended)
    @rule(promise=promises(), carry=st.sampled_from(["keep_elapsed", "restart", "proportional", "retroactive"]))
    def retarget(self, promise: Promise, carry: str) -> None:
        event(f"retarget {carry}")
        self.goals.append(self.life.goal(promise))
        self.clock = self.clock.retarget(self.goals[-1], at=self.at, carry=carry)
        self.slow.retarget(promise, carry, "from_start" if carry == "retroactive" else "from_now")

    @precondition(lambda self: not self.clock.ended)
    @rule(how=st.sampled_from(["stop", "lapse", "cancel"]))
    def end(self, how: str) -> None:
        event(how)
        act = self.clock.cancel if how == "cancel" else self.clock.stop
        self.clock = act(at=self.at, **({"ended_by": "closed"} if how == "lapse" else {}))
        self.slow.end(how)

    @precondition(lambda self: not self.clock.ended)
    @rule()
    def reset(self) -> None:
        self.clock = self.clock.reset(at=self.at)
        self.slow.reset()

    @precondition(lambda self: self.clock.ended)
    @rule(mode=st.sampled_from(["resume", "restart"]))
    def reopen(self, mode: str) -> None:
        event(f"reopen {mode}")
        self.clock = self.clock.reopen(at=self.at, mode=mode)
        self.slow.reopen(mode)

    @rule()
    def travel(self) -> None:
        """Keep the clock in a file and read it back."""
        again = from_plain(Clock, to_plain(self.clock))
        assert again == self.clock

    @invariant()
    def answers_are_those_of_the_minutes(self) -> None:
        """SLA-55 to 61: elapsed, stage, breach and due, asked without telling the clock."""
        status = self.clock.status(max(self.at, self.clock.at_us))
        note(repr(status))
        assert status.elapsed_us == self.slow.elapsed
        assert status.stage == (self.slow.ended or ("paused" if self.slow.held else "running"))
        assert status.fraction == Fraction(self.slow.elapsed, self.slow.promise.goal)
        if self.slow.breach is not None:
            assert (status.breached, status.breach_at_us) == (True, DESK.start * SECOND + self.slow.breach)
        if (due := self.slow.due()) is not None:
            assert status.due_us == DESK.start * SECOND + due
        assert status.met == self.slow.met

    @invariant()
    def facts_tell_it_all(self) -> None:
        """Laws 13, 14 and 17: crossings are told once, each at its instant, and a replay of the facts is the clock."""
        told = self.clock.advance(max(self.at, self.clock.at_us))
        expected = [(DESK.start * SECOND + at, names, late) for at, names, late in self.slow.crossings]
        assert crossings(told.changes) == expected
        waiting = iter(self.goals)
        assert Clock.replay(lambda _fact: next(waiting), self.clock.changes) == self.clock


TestClockLife = ClockLife.TestCase
