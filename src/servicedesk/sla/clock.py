"""One metric of one ticket on its way: started, paused, resumed, stopped, and broken at an exact instant or kept."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import attrgetter
from typing import Any, TypeVar

import pendulum
from attrs import evolve, field, frozen

from servicedesk.errors import Refused
from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.instants import Instant, duration_text, instant_us
from servicedesk.sla.facts import (
    ClockBreached,
    ClockCancelled,
    ClockFact,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
)
from servicedesk.sla.goal import Goal
from servicedesk.sla.status import ClockStatus, PauseTime, Stage

__all__ = ["Clock"]

AnyFact = TypeVar("AnyFact", bound=ClockFact)


@frozen(kw_only=True, repr=False)
class Clock:
    """The state of one clock: the fold of its changes and crossings (SLA §3.7).

    Every verb takes the instant it happened at, an aware datetime or microseconds, and returns a new clock. Before
    the change it records what time alone has brought about, each crossing at its own instant, so that polling more
    or less often gives the same facts. A change that cannot be taken is `Refused` and leaves the clock as it was.

    >>> from servicedesk.sla import Calendar
    >>> office = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai")
    >>> goal = Goal("resolution", within="6h", calendar=office, stop="resolved")
    >>> def monday(hour: int) -> pendulum.DateTime:
    ...     return pendulum.datetime(2026, 3, 2, hour, tz="Asia/Shanghai")
    >>> clock = Clock.start(goal, at=monday(9), ticket="T-7").pause("customer", at=monday(11))
    >>> print(clock.status(monday(14)).due)
    None
    >>> print(clock.resume("customer", at=monday(15)).status(monday(16)).due)
    2026-03-03 09:30:00+08:00

    Attributes:
        goal: the promise.
        ticket: the ticket's id.
        stage: where it stands (SLA-60).
        started_us: when it started.
        at_us: when it last changed, or crossed a limit.
        elapsed_us: working time used up to then.
        due_us: when the goal is used up; ``None`` while paused (SLA-58).
        breach_at_us: when the promise is broken, or was; ``None`` while paused and not yet broken.
        breached: whether that breach is on record.
        met: the verdict of a stop.
        used_up_us: when the goal was used up before the last pause, if it was.
        paused: pause time altogether.
        pauses: pause time of each reason.
        changes: the facts since they were last dropped, oldest first; no part of the clock's identity.
    """

    goal: Goal
    ticket: str
    stage: Stage
    started_us: int
    at_us: int
    elapsed_us: int
    due_us: int | None
    breach_at_us: int | None
    breached: bool = False
    met: bool | None = None
    used_up_us: int | None = None
    paused: PauseTime = field(factory=PauseTime)
    pauses: FrozenMap[str, PauseTime] = EMPTY
    changes: tuple[ClockFact, ...] = field(default=(), eq=False)

    @classmethod
    def start(cls, goal: Goal, *, at: Instant, ticket: str = "") -> Clock:
        """Start a clock; outside hours it waits for the opening by itself.

        Raises:
            NoWorkingTime: the calendar does not hold as much working time as the goal.
        """
        us = instant_us(at)
        due = goal.due_us(us)
        breach_at = goal.breach_at_us(us, 0, due)
        fact = ClockStarted(
            ticket=ticket,
            at=us,
            metric=goal.metric,
            elapsed=0,
            due=due,
            breach_at=breach_at,
            goal=goal.within_us,
            boundary=goal.boundary,
            stop=goal.stop,
            calendar=goal.calendar.name,
            calendar_version=goal.calendar.version,
        )
        return cls(
            goal=goal,
            ticket=ticket,
            stage="running",
            started_us=us,
            at_us=us,
            elapsed_us=0,
            due_us=due,
            breach_at_us=breach_at,
            changes=(fact,),
        )

    @classmethod
    def replay(cls, goal: Goal, facts: Iterable[ClockFact]) -> Clock:
        """Fold recorded facts under a goal, ordered by instant and then as given, so a late fact is refolded (SLA-59).

        The values on the facts are computed anew. Facts of other metrics, which share the stream, are passed over.

        Raises:
            Refused: ``not_started``, ``already_started``, or what the verb of a fact refuses.
        """
        own = sorted((fact for fact in facts if fact.metric == goal.metric), key=attrgetter("at"))
        first = own[0] if own else None
        if not isinstance(first, ClockStarted):
            found = first.kind if first else "no facts"
            raise Refused.because("not_started", possible=("start",), attempt=f"replay {goal.metric!r} from {found}")
        return reduce(_again, own[1:], cls.start(goal, at=first.at, ticket=first.ticket))

    def pause(self, reason: str, *, at: Instant) -> Clock:
        """Hold the clock for a reason; one that holds already changes nothing (SLA-57)."""
        clock, us = _up_to(self, at, "pause")
        if reason in clock.held:
            return clock
        breach_at = clock.breach_at_us if clock.breached else None
        fact = _fact(clock, ClockPaused, us, breach_at=breach_at, reason=reason, held=(*clock.held, reason))
        return _after(
            clock,
            fact,
            stage="paused",
            used_up_us=_used_up(clock, us),
            paused=clock.paused.begin(us),
            pauses=FrozenMap({**clock.pauses, reason: clock.pauses.get(reason, _NO_PAUSE).begin(us)}),
        )

    def resume(self, reason: str, *, at: Instant) -> Clock:
        """Let go of a reason; the clock runs again iff no other holds (SLA-57).

        Raises:
            Refused: ``not_paused``, the reason does not hold; ``clock_ended``; ``time_went_back``.
        """
        clock, us = _up_to(self, at, "resume")
        if reason not in clock.held:
            raise _refusal(clock, "resume", "not_paused", reason=reason, held=clock.held)
        held = tuple(other for other in clock.held if other != reason)
        due, breach_at = (None, clock.breach_at_us) if held else _limits(clock, us)
        fact = _fact(clock, ClockResumed, us, due=due, breach_at=breach_at, reason=reason, held=held)
        calendar = clock.goal.calendar
        return _after(
            clock,
            fact,
            stage="paused" if held else "running",
            paused=clock.paused if held else clock.paused.end(us, calendar),
            pauses=FrozenMap({**clock.pauses, reason: clock.pauses[reason].end(us, calendar)}),
        )

    def stop(self, *, at: Instant) -> Clock:
        """End the clock with a verdict: the promise is met unless it was broken by now (SLA-66)."""
        clock, us = _up_to(self, at, "stop")
        due, breach_at = _used_up(clock, us) if clock.held else clock.due_us, clock.breach_at_us
        fact = _fact(clock, ClockStopped, us, due=due, breach_at=breach_at, met=not clock.breached)
        return _ended(clock, fact, "completed")

    def cancel(self, *, at: Instant) -> Clock:
        """End the clock without a verdict; a breach before it stays on record (SLA-66)."""
        clock, us = _up_to(self, at, "cancel")
        due, breach_at = _used_up(clock, us) if clock.held else clock.due_us, clock.breach_at_us
        fact = _fact(clock, ClockCancelled, us, due=due, breach_at=breach_at, breached_before_cancel=clock.breached)
        return _ended(clock, fact, "cancelled")

    def advance(self, at: Instant) -> Clock:
        """Record the crossings up to ``at``, each at its own instant; an ended clock stays as it is (SLA-63).

        Raises:
            Refused: ``time_went_back``.
        """
        return self if self.ended else _up_to(self, at, "advance")[0]

    def status(self, at: Instant) -> ClockStatus:
        """Return what the clock says at ``at``, no earlier than its last change (SLA-61).

        Raises:
            Refused: ``time_went_back``.
        """
        us = _not_before(self, at, "give the status of")
        now = self.at_us if self.ended else us
        calendar = self.goal.calendar
        breach_at = self.breach_at_us
        return ClockStatus(
            goal=self.goal,
            ticket=self.ticket,
            at_us=us,
            stage=self.stage,
            in_hours=calendar.is_open_us(us),
            breached=breach_at is not None and breach_at <= now,
            met=self.met,
            elapsed_us=_elapsed_at(self, now),
            real_elapsed_us=now - self.started_us,
            started_us=self.started_us,
            ended_us=self.at_us if self.ended else None,
            due_us=self.due_us,
            breach_at_us=breach_at,
            held=self.held,
            paused=self.paused.end(now, calendar),
            pauses=_pauses_at(self, now),
        )

    @property
    def ended(self) -> bool:
        """Whether it was stopped or cancelled."""
        return self.stage in {"completed", "cancelled"}

    @property
    def held(self) -> tuple[str, ...]:
        """The reasons that hold it now, in the order they first came up."""
        return tuple(reason for reason, pause in self.pauses.items() if pause.since_us is not None)

    @property
    def next_due_us(self) -> int | None:
        """When `advance` next has something to record; ``None`` while paused, ended, or with the breach on record."""
        return self.breach_at_us if self.stage == "running" and not self.breached else None

    @property
    def next_due(self) -> pendulum.DateTime | None:
        """The same as a datetime in the calendar's zone."""
        return None if self.next_due_us is None else self.goal.calendar.local(self.next_due_us)

    def drop_changes(self) -> Clock:
        """Return the same clock without its ``changes``: they are in the log now (SLA-80)."""
        return evolve(self, changes=())

    def __repr__(self) -> str:
        used = f"{duration_text(self.status(self.at_us).elapsed)} of {duration_text(self.goal.within)}"
        due = "" if self.due_us is None else f", due {self.goal.calendar.local(self.due_us)}"
        held = f" by {', '.join(self.held)}" if self.held else ""
        ticket = f" of {self.ticket}" if self.ticket else ""
        return f"<Clock {self.goal.metric}{ticket}: {self.stage}{held}, {used} used at {_text(self, self.at_us)}{due}>"


_NO_PAUSE = PauseTime()


def _again(clock: Clock, fact: ClockFact) -> Clock:
    """Take a recorded fact once more."""
    match fact:
        case ClockPaused():
            return clock.pause(fact.reason, at=fact.at)
        case ClockResumed():
            return clock.resume(fact.reason, at=fact.at)
        case ClockStopped():
            return clock.stop(at=fact.at)
        case ClockCancelled():
            return clock.cancel(at=fact.at)
        case ClockBreached():
            return clock.advance(fact.at)
        case ClockStarted():
            raise _refusal(clock, "start", "already_started", started=_text(clock, clock.started_us))


def _up_to(clock: Clock, at: Instant, attempt: str) -> tuple[Clock, int]:
    """Return the clock with the crossings up to ``at`` on record, ready for a change there."""
    if clock.ended:
        raise _refusal(clock, attempt, "clock_ended", stage=clock.stage, ended=_text(clock, clock.at_us))
    us = _not_before(clock, at, attempt)
    crossing = clock.next_due_us
    if crossing is None or crossing > us:
        return clock, us
    fact = _fact(clock, ClockBreached, crossing, due=clock.due_us, breach_at=crossing)
    return _after(clock, fact, breached=True), us


def _not_before(clock: Clock, at: Instant, attempt: str) -> int:
    us = instant_us(at)
    if us < clock.at_us:
        raise _refusal(clock, attempt, "time_went_back", at=_text(clock, us), last=_text(clock, clock.at_us))
    return us


def _elapsed_at(clock: Clock, us: int) -> int:
    if clock.stage != "running":
        return clock.elapsed_us
    return clock.elapsed_us + clock.goal.calendar.elapsed_us(clock.at_us, us)


def _used_up(clock: Clock, us: int) -> int | None:
    """Return when the goal was used up before a pause: that instant no pause can move any more."""
    due = clock.used_up_us if clock.held else clock.due_us
    return due if due is not None and due <= us else None


def _limits(clock: Clock, us: int) -> tuple[int, int]:
    """Return due and breach for a clock that runs again from ``us``; what was reached before stays (SLA-58)."""
    goal, used = clock.goal, clock.elapsed_us
    due = goal.due_us(us, used) if clock.used_up_us is None else clock.used_up_us
    return due, goal.breach_at_us(us, used, due) if clock.breach_at_us is None else clock.breach_at_us


def _fact(clock: Clock, kind: type[AnyFact], us: int, **values: Any) -> AnyFact:
    """Build a fact with what every fact says; ``values`` stand after the change."""
    return kind(ticket=clock.ticket, at=us, metric=clock.goal.metric, elapsed=_elapsed_at(clock, us), **values)


def _after(clock: Clock, fact: ClockFact, **state: Any) -> Clock:
    """Fold a fact: what it says is the new state, with what no fact needs to say beside it."""
    return evolve(
        clock,
        at_us=fact.at,
        elapsed_us=fact.elapsed,
        due_us=fact.due,
        breach_at_us=fact.breach_at,
        met=fact.met,
        changes=(*clock.changes, fact),
        **state,
    )


def _ended(clock: Clock, fact: ClockFact, stage: Stage) -> Clock:
    paused = clock.paused.end(fact.at, clock.goal.calendar)
    return _after(clock, fact, stage=stage, paused=paused, pauses=_pauses_at(clock, fact.at))


def _pauses_at(clock: Clock, us: int) -> FrozenMap[str, PauseTime]:
    """Return the pauses of each reason, those that hold counted up to ``us``."""
    if clock.stage != "paused":
        return clock.pauses
    return FrozenMap({reason: pause.end(us, clock.goal.calendar) for reason, pause in clock.pauses.items()})


def _refusal(clock: Clock, attempt: str, code: str, **details: object) -> Refused:
    running = () if clock.ended else ("pause", "stop", "cancel")
    possible = (*(f"resume {reason!r}" for reason in clock.held), *running)
    what = f"{attempt} the {clock.goal.metric!r} clock" + (f" of {clock.ticket!r}" if clock.ticket else "")
    return Refused.because(code, possible=possible, attempt=what, details=details)


def _text(clock: Clock, us: int) -> str:
    return clock.goal.calendar.local(us).isoformat()
