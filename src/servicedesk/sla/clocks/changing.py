"""What changes do to a clock: each takes a draft that time has already brought up to the instant of the change.

Verbs call them with a list for facts, replay without one; either way the draft is the same afterwards (law 13).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from servicedesk.errors import DefinitionInvalid, Refused
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
from servicedesk.sla.clocks.limits import limit_text
from servicedesk.sla.clocks.pauses import Pause, new_pause, pause_times, reason_problems, total_time
from servicedesk.sla.clocks.results import CycleResult
from servicedesk.sla.facts import (
    ClockCancelled,
    ClockPaused,
    ClockReopened,
    ClockReset,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    RecordedHold,
)

__all__ = [
    "Mode",
    "begin",
    "cancel",
    "forbidden",
    "hold",
    "named_values",
    "promise",
    "release",
    "reopen",
    "reset",
    "stop",
]

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
    draft.values = named_values(goal, values)
    if start < us:
        draft.elapsed_us = counted(draft, start, us)
    aim(draft)
    if facts is not None:
        early = None if start == us else start
        facts.append(told(draft, ClockStarted, anchor=early, pauses=log, **promise(draft)))
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
        if problems := reason_problems(pause.reason):
            raise DefinitionInvalid((problem.under("pauses") for problem in problems), "start")
    _check_overlaps(draft, pauses)


def _check_overlaps(draft: Draft, pauses: tuple[Pause, ...]) -> None:
    """Refuse a reason that holds twice at once: its time would be counted twice, and a resume would end one half."""
    until: dict[str, int | None] = {}
    for pause in sorted(pauses, key=lambda pause: (pause.since_us, pause.until_us is None, pause.until_us)):
        last = until.get(pause.reason, pause.since_us)
        if last is None or last > pause.since_us:
            again = said(draft, pause.since_us)
            raise ValueError(f"a pause {pause.reason!r} begins at {again} while an earlier one of that reason holds")
        until[pause.reason] = pause.until_us


def forbidden(draft: Draft, attempt: str) -> Refused:
    """Return the refusal of a pause that the goal does not allow (SLA-44)."""
    return refusal(draft, attempt, "pause_forbidden", within=limit_text(draft.goal.within))


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
    draft.holds = (*draft.holds, new_pause(reason, draft.at_us))
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
    draft.pauses = (*draft.pauses, new_pause(reason, gone.since_us, draft.at_us))
    draft.holds = tuple([pause for pause in draft.holds if pause is not gone]) if len(draft.holds) > 1 else ()
    if not draft.holds:
        draft.stage = "running"
        if facts is not None or draft.goal.by_date:
            settle(draft)
    if facts is not None:
        facts.append(_held(draft, ClockResumed, reason))


def _held(draft: Draft, kind: type[ClockPaused | ClockResumed], reason: str) -> ClockPaused | ClockResumed:
    """Build a fact about a pause: `told`, for the two facts a clock has most, at a quarter of the cost."""
    fact: Any = object.__new__(RecordedHold)
    fact.ticket = draft.ticket
    fact.at = draft.at_us
    fact.metric = draft.goal.metric
    fact.elapsed = draft.elapsed_us
    fact.due = draft.due_us
    fact.breach_at = draft.breach_at_us
    fact.met = None
    fact.team = draft.team
    fact.cycle = draft.cycle
    fact.revision = draft.revision
    fact.first_unknown = unknown_text(draft) if draft.goal.limited else None
    fact.reason = reason
    fact.held = draft.held
    fact.__class__ = kind  # frozen from here on; equal slots, so no copy is needed
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
    draft.values = named_values(draft.goal, values, draft.values)
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


def promise(draft: Draft) -> dict[str, Any]:
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


def named_values(goal: Goal, *sources: Mapping[str, Any]) -> FrozenMap[str, Any]:
    """Pick what a goal needs of the values given, the first source first, as microseconds (SLA-45)."""
    if not goal.fields:
        return EMPTY
    found = {}
    for name in goal.fields:
        value = next((source[name] for source in sources if source.get(name) is not None), None)
        if value is not None:
            found[name] = instant_us(value, name)
    return FrozenMap(found)
