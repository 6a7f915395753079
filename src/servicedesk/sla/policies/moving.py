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

    @property
    def promised_by(self) -> str:
        """Policy, version and rule as facts say them."""
        return "" if self.promise is None else self.policy.label(self.promise)


def attach(
    change: Change, ticket: str, team: str, accepted: int, history: tuple[tuple[Instant, Values], ...]
) -> Kept | None:
    """Start a clock iff its start holds, and neither stop nor lapse nor cancel does (SLA-52)."""
    promise = change.promise
    if promise is None:
        return None
    metric = promise.metric
    ended = any(change.holds(end) for end in (metric.stop, metric.lapse, metric.cancel))
    if ended or not (metric.start is None or change.holds(metric.start)):
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
    return Kept(_pause(clock, metric, change), promise)


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
    if change.promise is None or change.holds(metric.cancel):
        reason = "no_goal" if change.promise is None else ""
        return evolve(kept, clock=clock.cancel(at=change.us, reason=reason))
    if change.holds(metric.reset):
        clock = clock.reset(at=change.us, values=change.values)
    return evolve(kept, clock=_pause(clock, metric, change))


def _retarget(kept: Kept, change: Change) -> Kept:
    """Carry the clock over to another goal, unless its due was set by hand (SLA-65, SLA-71)."""
    promise = change.promise
    if promise is None or kept.manual:
        return kept
    if promise.goal is kept.clock.goal or promise.goal == kept.clock.goal:
        return evolve(kept, promise=promise)
    clock = kept.clock.retarget(
        promise.goal, at=change.us, carry=change.policy.carry, values=change.values, promised_by=change.promised_by
    )
    return Kept(clock, promise)


def _again(kept: Kept, change: Change, *, stopped_now: bool = False) -> Kept:
    """Reopen an ended clock, if anything asks for that (SLA-50, SLA-54)."""
    mode = _mode(kept, change, stopped_now=stopped_now)
    if mode is None:
        return kept
    clock = kept.clock.reopen(at=change.us, mode=mode, values=change.values)
    kept = _retarget(evolve(kept, clock=clock), change)
    return evolve(kept, clock=_pause(kept.clock, kept.promise.metric, change))


def _mode(kept: Kept, change: Change, *, stopped_now: bool) -> Mode | None:
    metric = kept.promise.metric
    if change.promise is None or not change.owned or change.holds(metric.lapse) or change.holds(metric.cancel):
        return None
    starts = metric.start is None or metric.start.holds(change.values)
    if metric.again == "restart":  # the stop of one cycle may begin the next
        return "restart" if starts else None
    if stopped_now or change.holds(metric.stop) or not starts:
        return None
    if kept.clock.stage == "cancelled" or metric.again:  # it applies again: what was used stays used
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
