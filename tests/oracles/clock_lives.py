"""Lives of clocks as data: what happens at which minute, told to a clock and to one stepped by minutes alike."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

from attrs import evolve, field, frozen
from hypothesis import strategies as st

from oracles.minute_walk import SECOND
from oracles.sla_calendars import PLACES, Setting, hours, weekly_text
from oracles.stepped_clock import MINUTE, Promise, SteppedClock
from servicedesk.errors import Refused
from servicedesk.sla import (
    Calendar,
    Clock,
    ClockAttachedLate,
    ClockBreached,
    ClockCrossed,
    ClockWithdrawn,
    Escalation,
    Goal,
)

__all__ = ["REASONS", "Life", "Step", "crossings", "lives", "net", "promises"]

REASONS = ("customer", "vendor", "change")
_WHOLE_MINUTES = [place for place in PLACES if place.step == 60]
_DAY = 1440


@frozen
class Step:
    """One happening: after how many minutes (or at the next due: ``aim``), and what."""

    gap: int
    aim: str
    verb: str
    number: int = 0
    promise: Promise | None = None
    carry: str = "keep_elapsed"
    counting: str | None = None


@frozen
class Life:
    """A setting with two calendars, a first promise, the minute of the start, and what happens then."""

    setting: Setting
    other: Calendar
    promise: Promise
    start: int
    steps: tuple[Step, ...]
    polls: tuple[int, ...] = field(default=())

    @property
    def calendars(self) -> tuple[Calendar, Calendar]:
        return self.setting.calendar, self.other

    def at(self, minute: int) -> int:
        return self.setting.start * SECOND + minute * MINUTE

    def goal(self, promise: Promise) -> Goal:
        return Goal(
            "resolution",
            within=f"{promise.within}min",
            calendar=self.calendars[promise.walk],
            boundary=promise.boundary,
            stop="resolved",
            warn_at=[Fraction(*part) for part in promise.warn_at],
            warn_before=[f"{minutes}min" for minutes in promise.warn_before],
            escalations=[Escalation(f"{minutes}min", "boss") for minutes in promise.after],
        )

    def clock(self) -> Clock:
        return Clock.start(self.goal(self.promise), at=self.at(self.start), ticket="T-7")

    def stepped(self) -> SteppedClock:
        opened = self.setting.walk().open_steps()
        always = [True] * len(opened)
        return SteppedClock((opened, always), self.start, self.promise)

    def minutes(self, clock: Clock, minute: int, step: Step) -> int:
        """Return the minute of a step: so many on, or the one of the next due, or the one after it."""
        found = clock.due_us if step.aim != "wait" else None
        target = minute + step.gap
        if found is not None and found >= self.at(minute):
            target = -(-(found - self.at(0)) // MINUTE) + (step.aim == "after")
        return min(max(target, minute), 4 * _DAY - 2)

    def take(self, clock: Clock, step: Step, minute: int) -> Clock:
        """Tell a clock; what it refuses does not happen."""
        at, reason = self.at(minute), REASONS[step.number % 3]
        acts: dict[str, Any] = {
            "pause": lambda: clock.pause(reason, at=at),
            "resume": lambda: clock.resume(reason, at=at),
            "stop": lambda: clock.stop(at=at),
            "lapse": lambda: clock.stop(at=at, ended_by="closed"),
            "cancel": lambda: clock.cancel(at=at, reason="no_goal"),
            "reset": lambda: clock.reset(at=at),
            "resume work": lambda: clock.reopen(at=at),
            "restart": lambda: clock.reopen(at=at, mode="restart"),
            "retarget": lambda: clock.retarget(
                self.goal(step.promise), at=at, carry=step.carry, counting=step.counting
            ),
            "advance": lambda: clock.advance(at),
        }
        return acts[step.verb]()

    def play(self) -> tuple[Clock, list[tuple[Step, int]]]:
        """Return the clock at the end, polled on the way, and the steps that were not refused with their minutes."""
        clock, minute, taken = self.clock(), self.start, []
        waiting = [self.at(self.start) + poll for poll in sorted(self.polls)]
        for step in self.steps:
            minute = self.minutes(clock, minute, step)
            while waiting and waiting[0] < self.at(minute):
                clock = clock.advance(max(waiting.pop(0), clock.at_us))
            try:
                clock = self.take(clock, step, minute)
            except Refused:
                continue
            taken.append((step, minute))
        return clock, taken

    def goals(self) -> Any:
        """Return the function that finds the goal of a start or a retarget, for replay."""
        known = [self.promise, *(step.promise for step in self.steps if step.promise)]
        return {
            (fact_goal.within_us, fact_goal.boundary, fact_goal.calendar.name, fact_goal.thresholds): fact_goal
            for fact_goal in map(self.goal, known)
        }


def step_slowly(slow: SteppedClock, step: Step, minute: int) -> None:
    """Tell the clock stepped by minutes of a step that was taken."""
    slow.run_to(minute)
    reason = REASONS[step.number % 3]
    if step.verb == "retarget":
        usual = "from_start" if step.carry == "retroactive" else "from_now"
        slow.retarget(step.promise, step.carry, step.counting or usual)
    elif step.verb in {"stop", "cancel", "lapse"}:
        slow.end(step.verb)
    elif step.verb in {"resume work", "restart"}:
        slow.reopen("restart" if step.verb == "restart" else "resume")
    elif step.verb in {"pause", "resume"}:
        getattr(slow, step.verb)(reason)
    elif step.verb == "reset":
        slow.reset()


def crossings(facts: Any) -> list[tuple[int, tuple[str, ...], bool]]:
    """Return the crossings among facts: instant, names, whether they were attached late."""
    found = []
    for fact in facts:
        if isinstance(fact, ClockBreached):
            found.append((fact.at, ("breach",), False))
        elif isinstance(fact, ClockCrossed):
            found.append((fact.at, (fact.name,), False))
        elif isinstance(fact, ClockAttachedLate):
            found.append((fact.at, fact.names, True))
    return found


def net(facts: Any) -> Counter[tuple[int, int, str]]:
    """Count the crossings by cycle, revision and name, less those withdrawn; none may be withdrawn too often."""
    found: Counter[tuple[int, int, str]] = Counter()
    for fact in facts:
        if isinstance(fact, ClockWithdrawn):
            found[fact.crossed_cycle, fact.crossed_revision, fact.name] -= 1
        for _, names, _ in crossings([fact]):
            found.update((fact.cycle, fact.revision, name) for name in names)
    assert min(found.values(), default=0) >= 0
    return +found


_BOUNDARIES = st.sampled_from(["inclusive", "strict", "by_due"])
_WITHIN = st.integers(2, 60) | st.integers(60, 900)


@st.composite
def promises(draw: st.DrawFn, walks: int = 2) -> Promise:
    """Draw a goal of some minutes with a ladder around it."""
    within = draw(_WITHIN)
    parts = draw(st.sets(st.sampled_from([(1, 2), (4, 5), (1, 3), (99, 100)]), max_size=2))
    before = draw(st.sets(st.integers(1, within - 1), max_size=2)) if within > 2 else ()
    after = draw(st.sets(st.integers(1, 120), max_size=2))
    return Promise(
        within=within,
        boundary=draw(_BOUNDARIES),
        warn_at=tuple(sorted(parts, key=lambda part: Fraction(*part))),
        warn_before=tuple(sorted(before, reverse=True)),
        after=tuple(sorted(after)),
        walk=draw(st.integers(0, walks - 1)),
    )


_PAUSING = ("pause", "pause", "resume", "resume", "pause")
_VERBS = (*_PAUSING, *_PAUSING, "retarget", "retarget", "reset", "stop", "lapse", "cancel", "advance")
_AFTER_END = ("resume work", "restart")


@st.composite
def lives(draw: st.DrawFn, verbs: tuple[str, ...] = (*_VERBS, *_AFTER_END, *_AFTER_END)) -> Life:
    """Draw a life: pauses that overlap and touch, promises that change, ends that are undone."""
    place, table = draw(st.sampled_from(_WHOLE_MINUTES)), draw(hours())
    calendar = Calendar.weekly(weekly_text(table), zone=place.zone, name="desk")
    setting = Setting(place, table, calendar)
    steps = []
    held: set[int] = set()
    for _ in range(draw(st.integers(0, 9))):
        verb, number = draw(st.sampled_from(verbs)), draw(st.integers(0, 2))
        if verb in {"pause", "resume"}:
            verb = "resume" if number in held else "pause"
            held ^= {number}
        step = Step(draw(st.integers(0, 240)), draw(st.sampled_from(["wait", "wait", "due", "after"])), verb, number)
        if verb == "retarget":
            step = evolve(
                step,
                promise=draw(promises()),
                carry=draw(st.sampled_from(["keep_elapsed", "restart", "proportional", "retroactive"])),
                counting=draw(st.sampled_from([None, "from_start", "from_now"])),
            )
        steps.append(step)
    steps.append(Step(draw(st.integers(0, 1500)), draw(st.sampled_from(["wait", "due", "after"])), "advance"))
    return Life(
        setting,
        Calendar.always(place.zone, name="always"),
        draw(promises()),
        draw(st.integers(0, _DAY)),
        tuple(steps),
    )
