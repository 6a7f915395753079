"""How a clock counts: the state that changes are folded into, and what time alone does to it.

Verbs and replay share these functions. A `Draft` is the layout of a `Clock` while it is changed; where facts are
wanted, the functions append them to a list, and where a log is only folded again they build none. Due and breach are
told lazily: a running draft without them has just begun to run, and `settle` computes them when somebody must know.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypeAlias, TypeVar

from attrs import define, field

from servicedesk.errors import Refused
from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.sla.clocks.goal import Goal
from servicedesk.sla.clocks.pauses import Pause, held_us, running
from servicedesk.sla.clocks.results import CycleResult
from servicedesk.sla.clocks.thresholds import BREACH, Threshold
from servicedesk.sla.facts import ClockAttachedLate, ClockBreached, ClockCrossed, ClockFact, Recorded

__all__ = [
    "Draft",
    "Facts",
    "Stage",
    "aim",
    "attach",
    "counted",
    "cross",
    "crossing_us",
    "first_unknown",
    "limits",
    "log_until",
    "notify_at",
    "refusal",
    "run_to",
    "runs",
    "said",
    "settle",
    "thawed",
    "told",
    "unknown_text",
]

Stage: TypeAlias = Literal["running", "paused", "completed", "cancelled"]
"""Where a clock stands (SLA-60); a clock that has not started is no clock yet."""

AnyFact = TypeVar("AnyFact", bound=Recorded)

Facts: TypeAlias = list[ClockFact] | None
"""Where facts are put; ``None`` if nobody wants them."""


@define(weakref_slot=False)
class Draft:
    """A clock while it is changed: `Clock` is the same layout, frozen. The attributes are explained there."""

    goal: Goal
    ticket: str
    team: str
    stage: Stage
    started_us: int
    counted_from_us: int
    at_us: int
    elapsed_us: int = 0
    goal_us: int = 0
    due_us: int | None = None
    breach_at_us: int | None = None
    breached: bool = False
    used_up_us: int | None = None
    met: bool | None = None
    next_target_us: int | None = None
    passed: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()
    pauses: tuple[Pause, ...] = ()
    holds: tuple[Pause, ...] = ()
    cycle: int = 1
    revision: int = 0
    source: str = "policy"
    promised_by: str = ""
    values: FrozenMap[str, Any] = EMPTY
    results: tuple[CycleResult, ...] = ()
    changes: tuple[ClockFact, ...] = field(default=(), eq=False, init=False)

    @property
    def ended(self) -> bool:
        """Whether it was stopped or cancelled."""
        return self.stage in {"completed", "cancelled"}

    @property
    def held(self) -> tuple[str, ...]:
        """The reasons that hold it now, in the order they came up."""
        return tuple([pause.reason for pause in self.holds]) if self.holds else ()


def thawed(clock: Draft) -> Draft:
    """Return a draft of a clock, to be changed; written out, since gathering attributes by name costs twice as much."""
    draft = Draft(
        clock.goal,
        clock.ticket,
        clock.team,
        clock.stage,
        clock.started_us,
        clock.counted_from_us,
        clock.at_us,
        clock.elapsed_us,
        clock.goal_us,
        clock.due_us,
        clock.breach_at_us,
        clock.breached,
        clock.used_up_us,
        clock.met,
        clock.next_target_us,
        clock.passed,
        clock.fired,
        clock.pauses,
        clock.holds,
        clock.cycle,
        clock.revision,
        clock.source,
        clock.promised_by,
        clock.values,
        clock.results,
    )
    draft.changes = clock.changes
    return draft


# --- what is counted --------------------------------------------------------------------------------------------------


def runs(draft: Draft) -> bool:
    """Whether time counts: while running, and while paused under a goal that pauses do not move (SLA-44, 57)."""
    return draft.stage == "running" or (draft.stage == "paused" and draft.goal.runs_on)


def log_until(draft: Draft, until: int) -> tuple[Pause, ...]:
    """Return all pauses of the cycle, those that still hold closed at an instant."""
    if not draft.holds:
        return draft.pauses
    return (*draft.pauses, *(Pause(pause.reason, pause.since_us, until) for pause in draft.holds))


def counted(draft: Draft, start: int, end: int) -> int:
    """Return the working time of ``[start, end)`` that counts: all of it, less the pauses (SLA-57)."""
    goal = draft.goal
    worked = goal.counting.elapsed_us(start, end)
    return worked if goal.runs_on else worked - held_us(goal.counting, log_until(draft, end), start, end)


def limits(draft: Draft) -> tuple[int, int | None]:
    """Return due and breach as they are if the clock runs from here on (SLA-55).

    What lies in the past is found by counting back from now over the time that ran. A breach is ``None`` while a pause
    puts it off: nothing breaks while paused (SLA-58).
    """
    goal, now, used_up = draft.goal, draft.at_us, draft.used_up_us
    if goal.by_date:
        due = _date_us(draft) if used_up is None else used_up
        return due, _breach_after(draft, due)
    left, add = draft.goal_us - draft.elapsed_us, goal.counting.add_us
    if left > 0:
        if goal.boundary == "inclusive":
            return goal.counting.land_us(now, left)
        due = add(now, left)
        return due, due if goal.boundary == "strict" else due + 1
    due = _reached_us(draft, draft.goal_us) if used_up is None else used_up
    if goal.boundary == "inclusive":
        return due, _reached_us(draft, draft.goal_us + 1) if left < 0 else add(now, 1)
    return due, _breach_after(draft, due)


def _date_us(draft: Draft) -> int:
    """Return the due instant of a date goal, and set its total: the working time that counts up to due (SLA-62)."""
    due = draft.goal.date_us(draft.counted_from_us, draft.values, log_until(draft, draft.at_us))
    if due >= draft.at_us:
        total = draft.elapsed_us + draft.goal.counting.elapsed_us(draft.at_us, due)
    else:
        total = draft.elapsed_us - counted(draft, due, draft.at_us)
    draft.goal_us = max(0, total)
    return due


def _breach_after(draft: Draft, due: int) -> int | None:
    """Return due itself where the promise is strict, else the first running instant after it."""
    if draft.goal.boundary == "strict":
        return due
    breach = due + 1
    if draft.goal.runs_on:
        return breach
    for pause in sorted((*draft.pauses, *draft.holds), key=lambda pause: pause.since_us):
        if pause.since_us <= breach:
            if pause.until_us is None:
                return None
            breach = max(breach, pause.until_us)
    return breach


def _reached_us(draft: Draft, target: int) -> int:
    """Return the first instant at which a target that is reached by now was reached, counting back from now."""
    left = draft.elapsed_us - target
    calendar = draft.goal.counting
    log = log_until(draft, draft.at_us)
    for start, end in reversed(running(log, draft.counted_from_us, draft.at_us)):
        worked = calendar.elapsed_us(start, end)
        if worked > left:
            return calendar.add_us(start, worked - left)
        left -= worked
    return draft.counted_from_us


def settle(draft: Draft) -> None:
    """Tell due and breach of a clock that runs; what was reached before a pause stays where it was (SLA-58)."""
    if draft.due_us is None and runs(draft):
        if draft.breached and draft.used_up_us is not None:  # both are known; a recount would go through every pause
            draft.due_us = draft.used_up_us
        else:
            draft.due_us, breach = limits(draft)
            draft.breach_at_us = draft.breach_at_us if draft.breached else breach
        if draft.goal.by_date:
            _point(draft)


def aim(draft: Draft) -> None:
    """Point a clock at its goal anew: total, due, breach, and whether that breach lies in the past."""
    draft.due_us = draft.breach_at_us = draft.used_up_us = None
    draft.goal_us = draft.goal.within_us
    due, breach = limits(draft)
    draft.breached = breach is not None and breach <= draft.at_us
    counts = runs(draft)
    if counts:
        draft.due_us = due
    elif due <= draft.at_us:
        draft.used_up_us = due
    if counts or draft.breached:
        draft.breach_at_us = breach


def attach(draft: Draft, facts: Facts) -> None:
    """Pass the thresholds that lie behind already: one crossing names those not told before (SLA-63, 65)."""
    elapsed, behind = draft.elapsed_us, draft.passed
    rungs = draft.goal.ladder(draft.goal_us)
    if elapsed < rungs[0][0] and not behind and not draft.breached:
        draft.next_target_us = rungs[0][0]
        return
    names = tuple(
        each.name
        for target, each in rungs
        if (draft.breached if each.name == BREACH else target <= elapsed) or each.name in behind
    )
    if names:
        draft.passed = tuple(sorted(names))
        late = tuple(name for name in names if name not in draft.fired)
        draft.fired = tuple(sorted({*draft.fired, *late}))
        if late and facts is not None:
            facts.append(told(draft, ClockAttachedLate, names=late, notify_at=notify_at(draft)))
    _point(draft)


def _point(draft: Draft) -> None:
    """Note the target of the next threshold."""
    passed = draft.passed
    for target, each in draft.goal.ladder(draft.goal_us):
        if each.name not in passed:
            draft.next_target_us = target
            return
    draft.next_target_us = None


# --- what time does ---------------------------------------------------------------------------------------------------


def run_to(draft: Draft, us: int, facts: Facts) -> None:
    """Let time pass up to an instant: count it, and record each crossing at its own instant (SLA-63)."""
    if draft.stage == "running" or draft.goal.runs_on:  # `runs`, of a clock that has not ended
        elapsed_us = draft.goal.counting.elapsed_us
        elapsed = draft.elapsed_us + elapsed_us(draft.at_us, us)
        target = draft.next_target_us
        if target is not None and elapsed >= target:
            cross(draft, us, facts)
            elapsed = draft.elapsed_us + elapsed_us(draft.at_us, us)
        draft.elapsed_us = elapsed
    draft.at_us = us


def cross(draft: Draft, us: int, facts: Facts) -> None:
    """Record the crossings up to an instant, and stay at the last of them (SLA-63)."""
    settle(draft)
    for target, each in draft.goal.ladder(draft.goal_us):
        if each.name in draft.passed:
            continue
        at = draft.breach_at_us if each.name == BREACH else crossing_us(draft, target)
        if at is None or at > us:
            break
        draft.elapsed_us += draft.goal.counting.elapsed_us(draft.at_us, at)
        draft.at_us = at
        draft.passed = tuple(sorted((*draft.passed, each.name)))
        draft.fired = tuple(sorted({*draft.fired, each.name}))
        draft.breached = draft.breached or each.name == BREACH
        if facts is not None:
            facts.append(_crossing(draft, each))
    _point(draft)


def crossing_us(draft: Draft, target: int) -> int:
    """Return when a running clock reaches a target of elapsed time; now, where it has."""
    left = target - draft.elapsed_us
    return draft.goal.counting.add_us(draft.at_us, left) if left > 0 else draft.at_us


def _crossing(draft: Draft, each: Threshold) -> ClockBreached | ClockCrossed:
    when = notify_at(draft)
    if each.name == BREACH:
        return told(draft, ClockBreached, notify_at=when)
    return told(draft, ClockCrossed, name=each.name, to=each.to, notify_at=when)


def notify_at(draft: Draft) -> int | None:
    """Return when to tell people of what happens now (SLA-64)."""
    notify = draft.goal.notify
    return None if notify is None else notify.assuming().next_open_us(draft.at_us)


# --- what is said -----------------------------------------------------------------------------------------------------


def told(draft: Draft, kind: type[AnyFact], **values: Any) -> AnyFact:
    """Build a fact of a kind: what every fact says, as it stands now, and ``values``."""
    return kind(
        ticket=draft.ticket,
        at=draft.at_us,
        metric=draft.goal.metric,
        elapsed=draft.elapsed_us,
        due=draft.due_us,
        breach_at=draft.breach_at_us,
        met=draft.met,
        team=draft.team,
        cycle=draft.cycle,
        revision=draft.revision,
        first_unknown=unknown_text(draft) if draft.goal.limited else None,
        **values,
    )


def first_unknown(draft: Draft, now: int) -> date | None:
    """Return the first date that due, breach, or the time so far rests on without its being known (SLA-67)."""
    if not draft.goal.limited:
        return None
    end = max(now, draft.due_us or now, draft.breach_at_us or now)
    return draft.goal.calendar.first_unknown_us(draft.started_us, end)


def unknown_text(draft: Draft) -> str | None:
    """Return that date as facts say it."""
    day = first_unknown(draft, draft.at_us)
    return None if day is None else day.isoformat()


def refusal(draft: Draft, attempt: str, code: str, **details: object) -> Refused:
    """Return why a change cannot be taken, and which ones can (SLA-59, 60)."""
    pause = ("pause",) if draft.goal.pausable else ()
    free = ("reopen",) if draft.ended else (*pause, "stop", "cancel", "reset", "retarget")
    possible = (*(f"resume {reason!r}" for reason in draft.held), *free)
    team = f" by {draft.team!r}" if draft.team else ""
    what = f"{attempt} the {draft.goal.metric!r} clock" + (f" of {draft.ticket!r}" if draft.ticket else "") + team
    return Refused.because(code, possible=possible, attempt=what, details=details)


def said(draft: Draft, us: int) -> str:
    """Return an instant as messages print it."""
    return draft.goal.calendar.local(us).isoformat()
