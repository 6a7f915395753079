"""What changes do to a clock: each takes a draft that time has already brought up to the instant of the change.

Verbs call them with a list for facts, replay without one; either way the draft is the same afterwards (law 13).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from servicedesk.errors import Refused
from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.instants import instant_us
from servicedesk.sla.clocks.counting import (
    Draft,
    Facts,
    aim,
    attach,
    counted,
    log_until,
    refusal,
    runs,
    said,
    settle,
    told,
    unknown_text,
)
from servicedesk.sla.clocks.goal import Goal
from servicedesk.sla.clocks.pauses import Pause, pause_times, total_time
from servicedesk.sla.clocks.results import CycleResult
from servicedesk.sla.facts import (
    ClockCancelled,
    ClockPaused,
    ClockReopened,
    ClockReset,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    ClockStopped,
    LateChange,
    RecordedHold,
    RecordedRetarget,
)

__all__ = [
    "Carry",
    "Counting",
    "Mode",
    "begin",
    "cancel",
    "forbidden",
    "hold",
    "release",
    "reopen",
    "reset",
    "retarget",
    "revise",
    "stop",
]

Carry: TypeAlias = Literal["keep_elapsed", "restart", "proportional", "retroactive"]
"""How a new promise takes over the time used (SLA-65)."""

Counting: TypeAlias = Literal["from_start", "from_now"]
"""Whether a new calendar counts the time since the start anew, or only from now on (SLA-65)."""

Mode: TypeAlias = Literal["resume", "restart", "stay"]
"""What reopening does to an ended clock (SLA-54)."""


def begin(
    goal: Goal,
    us: int,
    *,
    ticket: str,
    team: str,
    promised_by: str,
    anchor: int | None,
    pauses: Iterable[Pause],
    values: Mapping[str, Any],
    facts: Facts,
) -> Draft:
    """Return a clock attached at an instant, counting from its anchor, less the pauses since (SLA-53)."""
    start = us if anchor is None else anchor
    log = tuple(pauses)
    draft = Draft(goal, ticket, team, "running", start, start, us, promised_by=promised_by)
    if start > us:
        raise ValueError(f"anchor = {said(draft, start)} is later than at = {said(draft, us)}")
    _check_pauses(draft, log)
    draft.pauses = tuple(pause for pause in log if pause.until_us is not None)
    draft.holds = tuple(pause for pause in log if pause.until_us is None)
    draft.stage = "paused" if draft.holds else "running"
    draft.values = _named_values(goal, values)
    if start < us:
        draft.elapsed_us = counted(draft, start, us)
    aim(draft)
    if facts is not None:
        early = None if start == us else start
        facts.append(told(draft, ClockStarted, anchor=early, pauses=log, **_promise(draft)))
    attach(draft, facts)
    return draft


def _check_pauses(draft: Draft, pauses: tuple[Pause, ...]) -> None:
    if pauses and not draft.goal.pausable:
        raise forbidden(draft, "start")
    for pause in pauses:
        until = draft.at_us if pause.until_us is None else pause.until_us
        if not pause.since_us <= until <= draft.at_us:
            end = "now" if pause.until_us is None else said(draft, until)
            now = said(draft, draft.at_us)
            raise ValueError(
                f"a pause {pause.reason!r} from {said(draft, pause.since_us)} to {end} is none before {now}"
            )


def forbidden(draft: Draft, attempt: str) -> Refused:
    """Return the refusal of a pause that the goal does not allow (SLA-44)."""
    return refusal(draft, attempt, "pause_forbidden", within=repr(draft.goal.within))


def hold(draft: Draft, reason: str, facts: Facts) -> None:
    """Add a reason to pause that does not hold yet (SLA-57)."""
    if not draft.goal.pausable:
        raise forbidden(draft, "pause")
    if not (draft.holds or draft.goal.runs_on):
        if draft.elapsed_us >= draft.goal_us:
            settle(draft)
        if draft.due_us is not None and draft.due_us <= draft.at_us:
            draft.used_up_us = draft.due_us  # no pause moves it any more
        draft.due_us = None
        if not draft.breached:
            draft.breach_at_us = None
    draft.holds = (*draft.holds, Pause(reason, draft.at_us))
    draft.stage = "paused"
    if facts is not None:
        facts.append(_held(draft, ClockPaused, reason))


def release(draft: Draft, reason: str, facts: Facts) -> None:
    """Take away a reason to pause; without any the clock runs again (SLA-57)."""
    for gone in draft.holds:
        if gone.reason == reason:
            break
    else:
        raise refusal(draft, "resume", "not_paused", reason=reason, held=draft.held)
    draft.pauses = (*draft.pauses, Pause(reason, gone.since_us, draft.at_us))
    draft.holds = tuple([pause for pause in draft.holds if pause is not gone])
    if not draft.holds:
        draft.stage = "running"
        if facts is not None or draft.goal.by_date:
            settle(draft)
    if facts is not None:
        facts.append(_held(draft, ClockResumed, reason))


def _held(draft: Draft, kind: type[ClockPaused | ClockResumed], reason: str) -> ClockPaused | ClockResumed:
    """Build a fact about a pause: `told`, for the two facts a clock has most, filled in before it is frozen."""
    fact: Any = RecordedHold(
        ticket=draft.ticket,
        at=draft.at_us,
        metric=draft.goal.metric,
        elapsed=draft.elapsed_us,
        due=draft.due_us,
        breach_at=draft.breach_at_us,
        team=draft.team,
        cycle=draft.cycle,
        revision=draft.revision,
        first_unknown=unknown_text(draft) if draft.goal.limited else None,
        reason=reason,
        held=draft.held,
    )
    fact.__class__ = kind  # equal slots, so no copy is needed
    return fact  # type: ignore[no-any-return]  # it has just become one


def stop(draft: Draft, ended_by: str | None, facts: Facts) -> None:
    """End the cycle; an end that is not the stop of the goal judges only a broken promise (SLA-66)."""
    usual = draft.goal.stop or "stopped"
    end = usual if ended_by is None else ended_by
    met = not draft.breached if end == usual else _met_without_stop(draft)
    _end(draft, end, met=met)
    draft.stage, draft.met = "completed", met
    if facts is not None:
        facts.append(told(draft, ClockStopped, ended_by=end))


def cancel(draft: Draft, reason: str, facts: Facts) -> None:
    """End the cycle without a verdict; a breach before stays on record (SLA-66)."""
    _end(draft, "cancelled", met=None, reason=reason)
    draft.stage = "cancelled"
    if facts is not None:
        facts.append(told(draft, ClockCancelled, breached_before_cancel=draft.breached, reason=reason))


def reset(draft: Draft, values: Mapping[str, Any], facts: Facts) -> None:
    """End the cycle without a stop and begin the next at once; reasons to pause persist (SLA-51)."""
    elapsed, met, held = draft.elapsed_us, _met_without_stop(draft), draft.held
    _end(draft, "reset", met=met)
    _begin_cycle(draft, held, values)
    if facts is not None:
        facts.append(told(draft, ClockReset, cycle_elapsed=elapsed, cycle_met=met, values=draft.values))
    attach(draft, facts)


def _met_without_stop(draft: Draft) -> bool | None:
    return False if draft.breached else None


def _end(draft: Draft, ended_by: str, *, met: bool | None, reason: str = "") -> None:
    """Close what holds, and write down what the cycle came to."""
    settle(draft)
    now, calendar = draft.at_us, draft.goal.calendar
    if not runs(draft):
        draft.due_us = draft.used_up_us
    draft.pauses, draft.holds = log_until(draft, now), ()
    result = CycleResult(
        cycle=draft.cycle,
        started_us=draft.started_us,
        stopped_us=now,
        elapsed_us=draft.elapsed_us,
        goal_us=draft.goal_us,
        due_us=draft.due_us,
        met=met,
        breached=draft.breached,
        ended_by=ended_by,
        reason=reason,
        paused=total_time(draft.goal.counting, draft.pauses, draft.started_us, now),
        pauses=pause_times(draft.goal.counting, draft.pauses, draft.started_us, now),
        boundary=draft.goal.boundary,
        calendar=calendar.name,
        calendar_version=calendar.version,
    )
    draft.results = (*draft.results, result)


def _begin_cycle(draft: Draft, held: tuple[str, ...], values: Mapping[str, Any]) -> None:
    now = draft.at_us
    draft.cycle += 1
    draft.started_us = draft.counted_from_us = now
    draft.elapsed_us = 0
    draft.met = None
    draft.pauses, draft.holds = (), tuple(Pause(reason, now) for reason in held)
    draft.stage = "paused" if held else "running"
    draft.passed = draft.fired = ()
    draft.values = _named_values(draft.goal, values, draft.values)
    aim(draft)


def reopen(draft: Draft, mode: Mode, values: Mapping[str, Any], facts: Facts) -> None:
    """Let an ended clock run again (SLA-54).

    ``resume`` goes on with the same cycle: its result is superseded, and the time between is a pause named after the
    stage it ended in, which only a goal that pauses do not move counts. ``restart`` begins the next cycle.
    """
    if mode == "restart":
        _begin_cycle(draft, (), values)
    else:
        _go_on(draft)
    if facts is not None:
        facts.append(told(draft, ClockReopened, mode=mode, values=draft.values))
    attach(draft, facts)


def _go_on(draft: Draft) -> None:
    ended = draft.results[-1].stopped_us
    draft.results = draft.results[:-1]
    draft.pauses = (*draft.pauses, Pause(draft.stage, ended, draft.at_us))
    draft.stage, draft.met, draft.due_us = "running", None, None
    if draft.goal.runs_on:
        draft.elapsed_us += draft.goal.counting.elapsed_us(ended, draft.at_us)
        aim(draft)
    else:
        settle(draft)


def retarget(
    draft: Draft,
    goal: Goal,
    *,
    carry: Carry,
    counting: Counting | None,
    values: Mapping[str, Any],
    facts: Facts,
) -> None:
    """Put another promise in force (SLA-65). Pause reasons persist; finished cycles never change."""
    old = draft.goal
    settle(draft)
    _check_carry(draft, goal, carry)
    count = counting or _usual_counting(old, goal, carry)
    told_before = draft.values
    draft.goal = goal
    draft.values = _named_values(goal, values, told_before)
    kept = carry in {"keep_elapsed", "retroactive"} and count == "from_now"
    stays = kept and draft.values == told_before and _stays(draft, old)
    draft.revision += 1
    if count == "from_start":
        draft.elapsed_us = counted(draft, draft.counted_from_us, draft.at_us)
    if carry == "proportional":
        draft.elapsed_us = draft.elapsed_us * goal.within_us // draft.goal_us
    elif carry == "restart":
        draft.elapsed_us, draft.counted_from_us = 0, draft.at_us
    draft.passed = ()
    if not stays:
        aim(draft)
    if facts is not None:
        facts.append(_retargeted(draft, carry, count))
    attach(draft, facts)


def _retargeted(draft: Draft, carry: Carry, count: Counting) -> ClockRetargeted:
    """Build the fact about another promise: filled in before it is frozen, as in `_held`."""
    goal = draft.goal
    fact: Any = RecordedRetarget(
        ticket=draft.ticket,
        at=draft.at_us,
        metric=goal.metric,
        elapsed=draft.elapsed_us,
        due=draft.due_us,
        breach_at=draft.breach_at_us,
        team=draft.team,
        cycle=draft.cycle,
        revision=draft.revision,
        first_unknown=unknown_text(draft) if goal.limited else None,
        goal=draft.goal_us,
        boundary=goal.boundary,
        stop=goal.stop,
        calendar=goal.calendar.name,
        calendar_version=goal.calendar.version,
        values=draft.values,
        promised_by=draft.promised_by,
        carry=carry,
        counting=count,
        source=draft.source,
    )
    fact.__class__ = ClockRetargeted
    return fact  # type: ignore[no-any-return]  # it has just become one


def _check_carry(draft: Draft, goal: Goal, carry: Carry) -> None:
    if draft.holds and not goal.pausable:
        raise refusal(draft, "retarget", "pause_forbidden", within=repr(goal.within), held=draft.held)
    if carry == "proportional" and (goal.by_date or draft.goal.by_date):
        raise refusal(draft, "retarget", "not_proportional", within=repr(goal.within), before=repr(draft.goal.within))


def _usual_counting(old: Goal, new: Goal, carry: Carry) -> Counting:
    """Count from the start where the calendar was corrected, from now on where it is another one (SLA-65)."""
    before, after = old.calendar, new.calendar
    corrected = before is not after and before.name != "" and before.name == after.name and before != after
    return "from_start" if carry == "retroactive" or corrected else "from_now"


def _stays(draft: Draft, old: Goal) -> bool:
    """Whether due and breach stay where they are: the same limit, and nothing left that its calendar could move."""
    goal = draft.goal
    if (old.within, old.boundary) != (goal.within, goal.boundary):
        return False
    return old.calendar == goal.calendar or (not goal.by_date and draft.elapsed_us >= draft.goal_us)


def revise(draft: Draft, late: tuple[LateChange, ...], facts: Facts) -> None:
    """Note that late changes have been folded in at their places (SLA-68); nothing but the revision changes."""
    draft.revision += 1
    if facts is not None:
        facts.append(told(draft, ClockRetargeted, source="late", late=late, **_promise(draft)))


def _promise(draft: Draft) -> dict[str, Any]:
    """Return what a fact says of the promise that holds after it."""
    goal = draft.goal
    return {
        "goal": draft.goal_us,
        "boundary": goal.boundary,
        "stop": goal.stop,
        "calendar": goal.calendar.name,
        "calendar_version": goal.calendar.version,
        "values": draft.values,
        "promised_by": draft.promised_by,
    }


def _named_values(goal: Goal, *sources: Mapping[str, Any]) -> FrozenMap[str, Any]:
    """Pick what a goal needs of the values given, the first source first, as microseconds (SLA-45)."""
    if not goal.fields:
        return EMPTY
    found = {}
    for name in goal.fields:
        value = next((source[name] for source in sources if source.get(name) is not None), None)
        if value is not None:
            found[name] = instant_us(value, name)
    return FrozenMap(found)
