"""From facts to journeys, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from servicedesk.errors import UnknownKind
from servicedesk.events import (
    FACTS,
    ClockAttachedLate,
    ClockBreached,
    ClockCancelled,
    ClockCrossed,
    ClockPaused,
    ClockReopened,
    ClockReset,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    ClockStopped,
    ClockWithdrawn,
    Fact,
    TicketAccepted,
    TicketAssigned,
    TicketClassified,
    TicketImported,
    TicketMoved,
)
from servicedesk.instants import Instant, instant_us
from servicedesk.metrics.journey import Journey
from servicedesk.metrics.laps import NO_LAP, ClockChange, Lap, begin_lap, lap_name, next_lap

__all__ = ["journeys"]

_DONE = frozenset({"resolved", "closed"})
# An outcome that takes the ticket out of every figure, and the reason that is printed for it (KPI-8, KPI-9).
_LEFT_OUT: Mapping[str | None, str] = {"duplicate": "merged", "withdrawn": "withdrawn", "invalid": "invalid"}


def journeys(facts: Iterable[Fact], *, as_of: Instant) -> dict[str, Journey]:
    """Fold facts into one journey a ticket, by id. Streams may interleave in any way, each arrives in its own order.

    Only facts strictly before ``as_of`` count (KPI-5); a clock that is not stopped by then, though its promise ended at
    or before it, is breached, whether or not anybody recorded that (KPI-10). Facts of other streams are passed over.

    Raises:
        UnknownKind: something that is no fact of `servicedesk.events`.
        NaiveDatetimeError: ``as_of`` has no zone.
    """
    limit = instant_us(as_of, "as_of")
    found: dict[str, Journey] = {}
    for fact in facts:
        fold = _FOLDS.get(type(fact))
        if fold is None:
            _require_fact(fact)
        elif fact.at < limit:
            ticket = fact.ticket  # type: ignore[union-attr]  # only facts with a ticket are folded
            journey = found.get(ticket)
            if journey is None:
                journey = found[ticket] = Journey(ticket)
            fold(journey, fact)
    for journey in found.values():
        _close(journey, limit)
    return found


def _close(journey: Journey, as_of: int) -> None:
    """Take down what only the end of the facts tells."""
    journey.left_out = _LEFT_OUT.get(journey.outcome) or ("contradictory" if journey.contradictory else None)
    for lap in journey.laps.values():
        lap.judge(as_of)


def _require_fact(fact: object) -> None:
    kind = getattr(fact, "kind", type(fact).__name__)
    if FACTS.get(kind) is not type(fact):
        raise UnknownKind(str(kind), f"stream {getattr(fact, 'stream', '?')}", FACTS)


def _begin(journey: Journey, fact: TicketAccepted | TicketImported) -> None:
    if journey.category is not None:
        journey.contradictory = True
        return
    journey.complete = type(fact) is TicketAccepted
    journey.accepted = fact.at if journey.complete and fact.accepted is None else fact.accepted
    journey.contradictory |= fact.accepted is not None and fact.accepted > fact.at
    # What is met in mid-life is known to be open only from then on.
    journey.turns.append(journey.accepted if journey.complete and journey.accepted is not None else fact.at)
    journey.kind, journey.item, journey.channel = fact.workflow, fact.service, fact.channel
    journey.priority, journey.category, journey.at = fact.priority, fact.category, fact.at
    journey.outcome = fact.outcome
    _reach_line(journey, fact.line)
    _hold(journey, fact.group, fact.assignee)
    _enter(journey, fact.category, fact.at, settles=fact.category in _DONE)


def _moved(journey: Journey, fact: TicketMoved) -> None:
    before, after, at = journey.category, fact.category, fact.at
    if before is None or at < journey.at:
        journey.contradictory = True
    journey.at = at
    journey.outcome = fact.outcome
    if fact.line != journey.line:
        _reach_line(journey, fact.line)
    if after == before:
        return
    journey.category = after
    done = after in _DONE
    if before in _DONE and not done:
        _undo(journey, before, at)
    _enter(journey, after, at, settles=done and before not in _DONE)


def _enter(journey: Journey, category: str, at: int, *, settles: bool) -> None:
    if settles:
        journey.settled = at
        journey.turns.append(at)
        journey.group, journey.agent = journey.holder, journey.person
        if category == "resolved":
            journey.resolved = at
            if journey.first_resolved is None:
                journey.first_resolved = at
    if category == "closed":
        journey.closed = at
    elif category == "waiting":
        journey.waited = True


def _undo(journey: Journey, before: str | None, at: int) -> None:
    journey.turns.append(at)
    if before == "closed":
        journey.reopens += 1
    else:
        journey.reworks += 1
    if journey.first_undone is None and journey.first_resolved is not None:
        journey.first_undone = at


def _assigned(journey: Journey, fact: TicketAssigned) -> None:
    if journey.category is None or fact.at < journey.at:
        journey.contradictory = True
    journey.at = fact.at
    if fact.line != journey.line:
        _reach_line(journey, fact.line)
    _hold(journey, fact.group, fact.assignee)


def _hold(journey: Journey, group: str | None, person: str | None) -> None:
    if group is not None and group != journey.holder:
        if journey.holder is None:
            journey.first_group = group
        else:
            journey.hops += 1
            journey.ping_pongs += group == journey.holder_before
        journey.holder_before, journey.holder = journey.holder, group
    if person is not None and person != journey.person:
        journey.person_hops += journey.person is not None
        journey.person = person
    if journey.settled is None:
        journey.group, journey.agent = group, person


def _reach_line(journey: Journey, line: int | None) -> None:
    journey.line = line
    if line is not None and (journey.highest_line is None or line > journey.highest_line):
        journey.highest_line = line


def _classified(journey: Journey, fact: TicketClassified) -> None:
    if journey.category is None or fact.at < journey.at:
        journey.contradictory = True
    journey.at = fact.at
    journey.item, journey.priority = fact.service, fact.priority


def _clock_started(journey: Journey, fact: ClockStarted) -> None:
    journey.laps[lap_name(fact)] = begin_lap(fact)


def _clock_went_on(journey: Journey, fact: ClockReset | ClockReopened) -> None:
    """Begin the lap of the next cycle."""
    name = lap_name(fact)
    last = journey.laps.get(name, NO_LAP)
    journey.contradictory |= last is NO_LAP or fact.at < last.at
    journey.laps[name] = next_lap(fact, last.stop)


def _clock_reopened(journey: Journey, fact: ClockReopened) -> None:
    (_clock_went_on if fact.mode == "restart" else _clock_changed)(journey, fact)


def _clock_changed(journey: Journey, fact: ClockChange) -> None:
    name = fact.metric if not fact.team else lap_name(fact)
    lap = journey.laps.get(name)
    if lap is None:
        lap = journey.laps[name] = Lap()
        journey.contradictory = True
    journey.contradictory |= fact.at < lap.at
    lap.change(fact)


_FOLDS: Mapping[type, Callable[[Journey, Any], None]] = {
    TicketAccepted: _begin,
    TicketImported: _begin,
    TicketMoved: _moved,
    TicketAssigned: _assigned,
    TicketClassified: _classified,
    ClockStarted: _clock_started,
    ClockPaused: _clock_changed,
    ClockResumed: _clock_changed,
    ClockStopped: _clock_changed,
    ClockCancelled: _clock_changed,
    ClockReset: _clock_went_on,
    ClockReopened: _clock_reopened,
    **dict.fromkeys((ClockRetargeted, ClockBreached, ClockCrossed, ClockAttachedLate, ClockWithdrawn), _clock_changed),
}
