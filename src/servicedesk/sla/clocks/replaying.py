"""Clocks from their facts: the fold of what is on record, late changes at their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeAlias, get_args

from servicedesk.errors import Refused, UnknownKind
from servicedesk.sla.clocks import changing, retargeting
from servicedesk.sla.clocks.counting import Draft, Facts, cross, refusal, run_to, runs, said, settle
from servicedesk.sla.clocks.goal import Goal
from servicedesk.sla.clocks.retargeting import Carry, Counting
from servicedesk.sla.facts import (
    ClockAttachedLate,
    ClockBreached,
    ClockCancelled,
    ClockCrossed,
    ClockFact,
    ClockPaused,
    ClockReopened,
    ClockReset,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    ClockStopped,
    ClockWithdrawn,
    LateChange,
)

__all__ = ["Goals", "folded", "own_facts", "replayed"]

Goals: TypeAlias = Goal | Callable[[ClockStarted | ClockRetargeted], Goal]
"""One goal that judges a whole life, or what finds the goal that a start and each retarget brought into force."""

_AT = attrgetter("at")
_Change: TypeAlias = ClockFact | LateChange


def replayed(goals: Goals, facts: Iterable[ClockFact], *, team: str, built: Facts) -> Draft:
    """Fold the facts of one clock, late changes at their own instants; put the facts built anew into ``built``.

    Raises:
        Refused: ``not_started``, ``already_started``, or what a change refuses.
        UnknownKind: what is no fact of a clock, or has a mode unknown here.
    """
    return folded(goals, own_facts(goals, facts, team), built)


def own_facts(goals: Goals, facts: Iterable[ClockFact], team: str) -> list[ClockFact]:
    """Return the facts of one clock: of the goal's metric, else of the first that started, and of one team."""
    found = list(facts)
    if not _KINDS.keys() >= set(map(type, found)):
        raise _unknown(found)
    if isinstance(goals, Goal):
        metric = goals.metric
    else:
        starts = sorted((fact for fact in found if type(fact) is ClockStarted and fact.team == team), key=_AT)
        metric = starts[0].metric if starts else ""
    return [fact for fact in found if fact.metric == metric and fact.team == team]


def _unknown(facts: Sequence[Any]) -> UnknownKind:
    """Return the error of the first that is no fact of a clock."""
    place, stranger = next((place, fact) for place, fact in enumerate(facts) if type(fact) not in _KINDS)
    return UnknownKind(getattr(stranger, "kind", type(stranger).__name__), f"facts[{place}]", _KINDS.values())


def _mode(fact: ClockReopened | ClockRetargeted, name: str, known: tuple[str, ...]) -> Any:
    """Return one of the modes a fact holds as text, which a later version may have written."""
    value = getattr(fact, name)
    if value not in known:
        raise UnknownKind(value, f"{fact.kind}.{name}", known)
    return value


def folded(goals: Goals, own: Sequence[ClockFact], built: Facts, later: Sequence[LateChange] = ()) -> Draft:
    """Fold the facts of one clock, with the late changes among them and those that come ``later`` than all.

    A late change follows what was on record of its instant when it was learned of, and what has been recorded since
    follows it, so that the fold is the clock that lived it (SLA-59, 68).
    """
    late = [change for fact in own if type(fact) is ClockRetargeted for change in fact.late] + [*later]
    changes: list[_Change] = sorted([*_in_place(own), *later] if late else own, key=_AT)  # stable: see SLA-59
    draft = _first(goals, changes, built)
    ended_late = any(change.change in {"stop", "cancel"} for change in late)
    for change in changes[1:]:
        fold = _FOLDS.get(type(change))
        if draft.stage in _ENDED:
            _after_the_end(draft, change, goals, built, moot=ended_late)
        elif fold is not None:
            run_to(draft, change.at, built)
            fold(draft, change, goals, built)
        elif runs(draft):  # a crossing: let those up to it happen; the clock itself stays at the last of them
            cross(draft, change.at, built)
    settle(draft)
    return draft


def _in_place(own: Iterable[ClockFact]) -> Iterator[_Change]:
    """Yield facts as given, the changes that a correction took into account before it."""
    for fact in own:
        if type(fact) is ClockRetargeted:
            yield from fact.late
        yield fact


def _first(goals: Goals, changes: Sequence[_Change], built: Facts) -> Draft:
    first = changes[0] if changes else None
    if not isinstance(first, ClockStarted):
        found = first.kind if isinstance(first, ClockFact) else "no facts" if first is None else str(first)
        raise Refused.because("not_started", possible=("start",), attempt=f"replay a clock from {found}")
    return changing.begin(
        _goal(goals, first),
        first.at,
        ticket=first.ticket,
        team=first.team,
        promised_by=first.promised_by,
        anchor=first.anchor,
        pauses=first.pauses,
        values=first.values,
        facts=built,
    )


def _goal(goals: Goals, fact: ClockStarted | ClockRetargeted) -> Goal:
    return goals if isinstance(goals, Goal) else goals(fact)


def _after_the_end(draft: Draft, change: _Change, goals: Goals, built: Facts, *, moot: bool) -> None:
    """Take what an ended clock can take. Where an end came late, what was recorded after it is moot (SLA-68)."""
    if isinstance(change, ClockReopened | ClockStarted) or (isinstance(change, ClockRetargeted) and change.late):
        draft.at_us = change.at
        _FOLDS[type(change)](draft, change, goals, built)
    elif isinstance(change, LateChange) or not (moot or type(change) in _CROSSINGS):
        raise refusal(draft, f"fold {change}", "clock_ended", stage=draft.stage, ended=said(draft, draft.at_us))


def _pause(draft: Draft, change: ClockPaused | LateChange, _goals: Goals, built: Facts) -> None:
    if not draft.holds or change.reason not in draft.held:
        changing.hold(draft, change.reason, built)


def _resume(draft: Draft, change: ClockResumed | LateChange, _goals: Goals, built: Facts) -> None:
    changing.release(draft, change.reason, built)


def _stop(draft: Draft, change: ClockStopped, _goals: Goals, built: Facts) -> None:
    changing.stop(draft, change.ended_by or None, built)


def _cancel(draft: Draft, change: ClockCancelled | LateChange, _goals: Goals, built: Facts) -> None:
    changing.cancel(draft, change.reason, built)


def _reset(draft: Draft, change: ClockReset, _goals: Goals, built: Facts) -> None:
    changing.reset(draft, change.values, built)


def _reopen(draft: Draft, change: ClockReopened, _goals: Goals, built: Facts) -> None:
    changing.reopen(draft, _mode(change, "mode", _MODES), change.values, built)


def _retarget(draft: Draft, change: ClockRetargeted, goals: Goals, built: Facts) -> None:
    if change.late:
        retargeting.revise(draft, change.late, built)
        return
    carry, counting = _mode(change, "carry", _CARRIES), _mode(change, "counting", _COUNTINGS)
    draft.source, draft.promised_by = change.source, change.promised_by
    retargeting.retarget(
        draft,
        _goal(goals, change),
        carry=carry,
        counting=counting,
        values=change.values,
        facts=built,
    )


def _take_late(draft: Draft, change: LateChange, goals: Goals, built: Facts) -> None:
    if change.change == "stop":
        changing.stop(draft, change.reason or None, built)
    else:
        {"pause": _pause, "resume": _resume, "cancel": _cancel}[change.change](draft, change, goals, built)


def _started_again(draft: Draft, _change: ClockStarted, _goals: Goals, _built: Facts) -> None:
    raise refusal(draft, "start", "already_started", started=said(draft, draft.started_us))


_FOLDS: Mapping[type, Callable[[Draft, Any, Goals, Facts], None]] = {
    ClockStarted: _started_again,
    ClockPaused: _pause,
    ClockResumed: _resume,
    ClockStopped: _stop,
    ClockCancelled: _cancel,
    ClockReset: _reset,
    ClockReopened: _reopen,
    ClockRetargeted: _retarget,
    LateChange: _take_late,
}
_KINDS = {kind: kind.kind for kind in get_args(ClockFact)}
_MODES, _CARRIES, _COUNTINGS = ("resume", "restart"), get_args(Carry), get_args(Counting)  # "stay" leaves no fact
_ENDED = frozenset({"completed", "cancelled"})
_CROSSINGS = frozenset({ClockBreached, ClockCrossed, ClockAttachedLate, ClockWithdrawn})
