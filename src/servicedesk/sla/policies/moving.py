"""What one change of a ticket does to one clock: attach, carry over, end, reopen, pause (SLA-51 to SLA-54)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

from servicedesk.conditions import Condition
from servicedesk.instants import Instant, instant_us
from servicedesk.sla.clocks.clock import Clock, Mode
from servicedesk.sla.clocks.metric import Metric
from servicedesk.sla.clocks.pauses import Pause
from servicedesk.sla.policies.policy import Promise, SlaPolicy

__all__ = ["Change", "Kept", "Key", "Values", "attach", "move"]

Values: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, str]
"""Metric and team; the team is empty where a metric has one clock a ticket."""

_SOLVED = ("resolved", "closed")


@frozen
class Kept:
    """A clock with the promise it was attached by; one set by hand keeps its due whatever the rules say (SLA-71)."""

    clock: Clock
    promise: Promise
    manual: bool = False

    @property
    def key(self) -> Key:
        """By what the ticket's clocks are told apart."""
        return self.promise.metric.name, self.clock.team


@frozen
class Change:
    """What one clock is told: its promise now, the values as its team sees them, and when."""

    policy: SlaPolicy
    promise: Promise | None
    values: Values
    us: int
    owned: bool = field(kw_only=True)

    def holds(self, condition: Condition | None) -> bool:
        """Whether there is a condition and it holds."""
        return condition is not None and condition.holds(self.values)

    def starts(self, metric: Metric) -> bool:
        """Whether a clock may begin: its start holds, or without one, the ticket is not solved yet."""
        if metric.start is not None:
            return metric.start.holds(self.values)
        return self.values.get("category") not in _SOLVED

    @property
    def promised_by(self) -> str:
        """Policy, version and rule as facts say them."""
        return "" if self.promise is None else self.policy.label(self.promise)


def attach(
    change: Change, ticket: str, team: str, accepted: int, history: tuple[tuple[Instant, Values], ...]
) -> Kept | None:
    """Start a clock iff its start holds, and neither stop nor lapse nor cancel does, or did before (SLA-52).

    What is done at the very acceptance is judged there: a live call is responded in no time (SLA-49).
    """
    promise = change.promise
    if promise is None:
        return None
    metric = promise.metric
    at_once = change.us == accepted and metric.start is None and change.holds(metric.stop)
    told = (change.values, *(values for at, values in history if accepted <= instant_us(at) <= change.us))
    ends = [end for end in (metric.stop, metric.lapse, metric.cancel) if end is not None]
    ended = any(end.holds(values) for end in ends for values in (told if metric.anchor == "accepted" else told[:1]))
    if not at_once and (ended or not change.starts(metric)):
        return None
    anchor = accepted if metric.anchor == "accepted" else change.us
    clock = Clock.start(
        promise.goal,
        at=change.us,
        ticket=ticket,
        team=team,
        anchor=anchor,
        values=change.values,
        pauses=_past_pauses(metric, history, anchor, change.us),
        promised_by=change.promised_by,
    )
    kept = Kept(clock, promise)
    if at_once:
        return _again(evolve(kept, clock=clock.stop(at=change.us)), change, stopped_now=True)
    return evolve(kept, clock=_pause(clock, metric, change))


def _past_pauses(
    metric: Metric, history: tuple[tuple[Instant, Values], ...], anchor: int, us: int
) -> tuple[Pause, ...]:
    """Return the pauses that would have held since the anchor, had the clock been there (SLA-53)."""
    if anchor >= us:
        return ()
    since: dict[str, int] = {}
    found: list[Pause] = []
    for at, values in sorted(((instant_us(at), values) for at, values in history), key=lambda seen: seen[0]):
        for reason, when in metric.pause.items():
            holds = when.holds(values) or (
                reason in since and metric.resume is not None and not metric.resume.holds(values)
            )
            if holds and reason not in since:
                since[reason] = max(at, anchor)
            elif not holds and reason in since and (begun := since.pop(reason)) < at:
                found.append(Pause(reason, begun, at))
    found += [Pause(reason, begun, us) for reason, begun in since.items() if begun < us]
    return tuple(sorted(found, key=lambda pause: (pause.since_us, pause.reason)))


def move(kept: Kept, change: Change) -> Kept:
    """Take a change on one clock: another goal first, then what ends, pauses or resumes it (SLA-52)."""
    if kept.clock.ended:
        return _again(kept, change)
    kept = _retarget(kept, change)
    clock, metric = kept.clock, kept.promise.metric
    if change.holds(metric.stop) or not change.owned:
        return _again(evolve(kept, clock=clock.stop(at=change.us)), change, stopped_now=True)
    if change.holds(metric.lapse):
        return evolve(kept, clock=clock.stop(at=change.us, ended_by="closed"))
    homeless = change.promise is None and not kept.manual
    if homeless or change.holds(metric.cancel):
        reason = "no_goal" if homeless else ""
        return evolve(kept, clock=clock.cancel(at=change.us, reason=reason))
    if change.holds(metric.reset):
        clock = clock.reset(at=change.us, values=change.values)
    return evolve(kept, clock=_pause(clock, metric, change))


def _retarget(kept: Kept, change: Change) -> Kept:
    """Carry the clock over to another goal, unless its due was set by hand (SLA-65, SLA-71).

    The same goal is promised anew where another policy promises it now, or a value it waits for has moved.
    """
    promise, clock = change.promise, kept.clock
    if promise is None or kept.manual:
        return kept
    same = promise.goal is clock.goal or promise.goal == clock.goal
    if same and change.policy.promises_by(clock.promised_by) and not _moved(clock, change):
        return evolve(kept, promise=promise)
    for reason in clock.held:  # a reason the new promise does not know lets go: it might not allow pauses at all
        if reason not in promise.metric.pause:
            clock = clock.resume(reason, at=change.us)
    carry = "keep_elapsed" if same else change.policy.carry
    clock = clock.retarget(
        promise.goal, at=change.us, carry=carry, values=change.values, promised_by=change.promised_by
    )
    return Kept(clock, promise)


def _moved(clock: Clock, change: Change) -> bool:
    """Whether a value of the ticket that the goal waits for is another one now (SLA-45)."""
    told = ((name, change.values.get(name)) for name in clock.goal.fields)
    return any(value is not None and instant_us(value, name) != clock.values.get(name) for name, value in told)


def _again(kept: Kept, change: Change, *, stopped_now: bool = False) -> Kept:
    """Reopen an ended clock, if anything asks for that (SLA-50, SLA-54)."""
    mode = _mode(kept, change, stopped_now=stopped_now)
    if mode is None:
        return kept
    clock = kept.clock.reopen(at=change.us, mode=mode, values=change.values)
    kept = _retarget(evolve(kept, clock=clock), change)
    return evolve(kept, clock=_pause(kept.clock, kept.promise.metric, change))


def _mode(kept: Kept, change: Change, *, stopped_now: bool) -> Mode | None:
    metric, clock = kept.promise.metric, kept.clock
    if change.promise is None or not change.owned or change.holds(metric.lapse) or change.holds(metric.cancel):
        return None
    if metric.again == "restart":  # the stop of one cycle may begin the next
        return "restart" if change.starts(metric) else None
    if stopped_now or change.holds(metric.stop):
        return None
    applies_again = clock.stage == "cancelled" and clock.results[-1].reason == "no_goal"
    if (applies_again or metric.again) and change.starts(metric):  # what was used stays used
        return "resume"
    reopened = change.values.get("event") == "reopened" and metric.on_reopen != "stay"
    return metric.on_reopen if reopened else None


def _pause(clock: Clock, metric: Metric, change: Change) -> Clock:
    """Pause and resume by reason; a reason that the metric does not know, after a retarget, lets go (SLA-57)."""
    for reason, when in metric.pause.items():
        if when.holds(change.values) and reason not in clock.held:
            clock = clock.pause(reason, at=change.us)
    for reason in clock.held:
        pause = metric.pause.get(reason)
        if pause is not None and pause.holds(change.values):
            continue
        if pause is None or metric.resume is None or metric.resume.holds(change.values):
            clock = clock.resume(reason, at=change.us)
    return clock
