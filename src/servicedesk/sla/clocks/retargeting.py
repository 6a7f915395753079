"""What another promise does to a clock: the time used is carried over, and due and breach are found anew (SLA-65)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from servicedesk.sla.clocks.changing import named_values, promise
from servicedesk.sla.clocks.counting import Draft, Facts, aim, attach, counted, refusal, settle, told, unknown_text
from servicedesk.sla.clocks.goal import Goal
from servicedesk.sla.clocks.limits import limit_text
from servicedesk.sla.facts import ClockRetargeted, LateChange, RecordedRetarget

__all__ = ["Carry", "Counting", "retarget", "revise"]

Carry: TypeAlias = Literal["keep_elapsed", "restart", "proportional", "retroactive"]
"""How a new promise takes over the time used (SLA-65)."""

Counting: TypeAlias = Literal["from_start", "from_now"]
"""Whether a new calendar counts the time since the start anew, or only from now on (SLA-65)."""


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
    draft.values = named_values(goal, values, told_before)
    kept = carry in {"keep_elapsed", "retroactive"} and count == "from_now"
    stays = kept and _stays(draft, old) and draft.values == told_before
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
    """Build the fact about another promise: `told`, at a quarter of the cost."""
    goal = draft.goal
    fact: Any = object.__new__(RecordedRetarget)
    fact.ticket = draft.ticket
    fact.at = draft.at_us
    fact.metric = goal.metric
    fact.elapsed = draft.elapsed_us
    fact.due = draft.due_us
    fact.breach_at = draft.breach_at_us
    fact.met = None
    fact.team = draft.team
    fact.cycle = draft.cycle
    fact.revision = draft.revision
    fact.first_unknown = unknown_text(draft) if goal.limited else None
    fact.goal = draft.goal_us
    fact.boundary = goal.boundary
    fact.stop = goal.stop
    fact.calendar = goal.calendar.name
    fact.calendar_version = goal.calendar.version
    fact.values = draft.values
    fact.promised_by = draft.promised_by
    fact.carry = carry
    fact.counting = count
    fact.source = draft.source
    fact.late = ()
    fact.__class__ = ClockRetargeted  # frozen from here on; equal slots, so no copy is needed
    return fact  # type: ignore[no-any-return]  # it has just become one


def _check_carry(draft: Draft, goal: Goal, carry: Carry) -> None:
    if draft.holds and not goal.pausable:
        raise refusal(draft, "retarget", "pause_forbidden", within=limit_text(goal.within), held=draft.held)
    if carry == "proportional" and (goal.by_date or draft.goal.by_date):
        limits = {"within": limit_text(goal.within), "before": limit_text(draft.goal.within)}
        raise refusal(draft, "retarget", "not_proportional", **limits)


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
        facts.append(told(draft, ClockRetargeted, source="late", late=late, **promise(draft)))
