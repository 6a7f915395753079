"""Why a clock stands where it stands: its cycle piece by piece, with pauses and changed promises (SLA-80)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from servicedesk.sla.calendars.explain import Segments
from servicedesk.sla.calendars.pieces import paired
from servicedesk.sla.calendars.rule import Piece
from servicedesk.sla.clocks.counting import Draft, log_until
from servicedesk.sla.clocks.goal import Goal
from servicedesk.sla.clocks.pauses import Pause
from servicedesk.sla.facts import ClockFact, ClockRetargeted, ClockStarted

__all__ = ["FindGoal", "explain_clock"]

FindGoal: TypeAlias = Callable[[ClockStarted | ClockRetargeted], Goal]


def explain_clock(clock: Draft, end: int, elapsed: int, facts: Sequence[ClockFact], goals: FindGoal | None) -> Segments:
    """Return the present cycle up to ``end``, where ``elapsed`` had been used.

    Each stretch between changes of the promise is counted on the calendar of its time, if ``goals`` finds that from
    the facts of the clock, else on the present one; where the promise changed, and what that made of the time used,
    stands as a ``carried`` row.
    """
    changes = [
        fact for fact in facts if isinstance(fact, ClockRetargeted) and _of_cycle(fact, clock) and fact.at <= end
    ]
    goal = clock.goal if goals is None else _first_goal(clock, facts, goals)
    pieces: list[Piece] = []
    start, total = clock.started_us, 0
    if not changes and clock.revision:  # what the changes made of it is not known: it stands in front
        total = elapsed - _sum(_stretch(clock, clock.goal, start, end))
        pieces.append(Piece(start, start, "carried", f"revision {clock.revision}", carried=total))
    for change in changes:
        stretch = list(_stretch(clock, goal, start, change.at))
        total += _sum(stretch)
        name = f"revision {change.revision}, {change.source} {change.carry}"
        pieces += (*stretch, Piece(change.at, change.at, "carried", name, carried=change.elapsed - total))
        start, total = change.at, change.elapsed
        goal = clock.goal if goals is None else goals(change)
    pieces += _stretch(clock, clock.goal, start, end)
    return Segments.of(pieces, clock.goal.calendar.zone)


def _of_cycle(fact: ClockFact, clock: Draft) -> bool:
    return (fact.metric, fact.team, fact.cycle) == (clock.goal.metric, clock.team, clock.cycle)


def _first_goal(clock: Draft, facts: Iterable[ClockFact], goals: FindGoal) -> Goal:
    """Return the promise the cycle began under: that of the last start or change before it."""
    goal = clock.goal
    for fact in facts:
        if (fact.metric, fact.team) != (clock.goal.metric, clock.team):
            continue
        if isinstance(fact, ClockRetargeted) and fact.cycle == clock.cycle:
            break
        if isinstance(fact, ClockStarted | ClockRetargeted):
            goal = goals(fact)
    return goal


def _sum(pieces: Iterable[Piece]) -> int:
    return sum(piece.end - piece.start for piece in pieces if piece.counted)


def _stretch(clock: Draft, goal: Goal, start: int, end: int) -> Iterator[Piece]:
    """Yield a stretch on the calendar of a promise, with what paused it."""
    if start >= end:
        return iter(())
    pieces = goal.counting.rule.pieces(start, end)
    if goal.runs_on:
        return pieces
    return paired(pieces, _held(log_until(clock, end), start, end), _stronger)


def _stronger(piece: Piece, pause: Piece) -> Piece:
    return pause if pause.kind == "paused" else piece


def _held(log: tuple[Pause, ...], start: int, end: int) -> Iterator[Piece]:
    """Yield ``[start, end)`` without a gap: what paused it, reasons in the order they came up, and the rest."""
    waiting = [(p.since_us, end if p.until_us is None else p.until_us, p.reason) for p in log]
    points = {start, end, *(edge for since, until, _ in waiting for edge in (since, until))}
    waiting.sort(reverse=True)
    active: list[tuple[int, int, str]] = []
    for first, last in pairwise(sorted(point for point in points if start <= point <= end)):
        while waiting and waiting[-1][0] <= first:
            active.append(waiting.pop())
        active = [pause for pause in active if pause[1] > first]
        reasons = dict.fromkeys(reason for _, _, reason in active)
        yield Piece(first, last, "paused" if reasons else "", ", ".join(reasons))
