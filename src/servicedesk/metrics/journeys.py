"""Journeys: what each ticket went through, folded from facts in one pass."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import define, field

from servicedesk.errors import UnknownKind
from servicedesk.events import (
    FACTS,
    ClockBreached,
    ClockCancelled,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    Fact,
    TicketAccepted,
    TicketAssigned,
    TicketClassified,
    TicketImported,
    TicketMoved,
)
from servicedesk.instants import Instant, instant_us
from servicedesk.metrics.laps import ClockChange, Lap, begin_lap

__all__ = ["Journey", "journeys"]

_DONE = frozenset({"resolved", "closed"})
_SOLUTIONS = frozenset({"solved", "workaround"})  # WF-9
# An outcome that takes the ticket out of every figure, and the reason that is printed for it (KPI-8, KPI-9).
_LEFT_OUT: Mapping[str | None, str] = {"duplicate": "merged", "withdrawn": "withdrawn", "invalid": "invalid"}


@define(eq=False, weakref_slot=False)
class Journey:
    """What one ticket went through, as far as the facts tell; all instants and spans are integer microseconds.

    ``group`` and ``agent`` are those of the last settlement (a move from open to resolved or closed), else the
    present owner (KPI-14); an assignment to nobody leaves the last holder. ``hops`` counts changes of the group,
    ``person_hops`` of the person, the first assignment being none; ``ping_pongs`` counts returns to the group before
    the last (A, B, A). ``reworks`` are moves from resolved to open, ``reopens`` from closed to open.

    ``resolved`` and ``closed`` are the last such moves, ``first_resolved`` the first; ``settled`` is the last move out
    of open, whether with a solution or without (KPI-30). They stand even if undone since: ``category`` is the present.
    ``left_out`` is why it counts nowhere, whatever the figure: merged, withdrawn, invalid or contradictory (KPI-8).
    ``turns`` holds the instants at which the ticket became open, settled, open again and so on.
    """

    id: str
    kind: str | None = None
    item: str | None = None
    channel: str | None = None
    priority: str | None = None
    group: str | None = None
    first_group: str | None = None
    agent: str | None = None
    line: int | None = None
    highest_line: int | None = None
    hops: int = 0
    person_hops: int = 0
    ping_pongs: int = 0
    waited: bool = False
    reworks: int = 0
    reopens: int = 0
    category: str | None = None
    outcome: str | None = None
    complete: bool = False
    accepted: int | None = None
    first_resolved: int | None = None
    first_undone: int | None = None
    resolved: int | None = None
    settled: int | None = None
    closed: int | None = None
    contradictory: bool = False
    left_out: str | None = None
    turns: list[int] = field(factory=list)
    laps: dict[str, Lap] = field(factory=dict)
    at: int = 0
    holder: str | None = None
    holder_before: str | None = None
    person: str | None = None

    @property
    def begun(self) -> int | None:
        """The acceptance; for a ticket met in mid-life without one, the instant it was met."""
        return self.accepted if self.accepted is not None or not self.turns else self.turns[0]

    @property
    def has_solution(self) -> bool | None:
        """Whether it was resolved with a solution; unknown before it is settled, and false if closed without one."""
        if self.settled is None:
            return None
        return self.resolved is not None and (self.outcome is None or self.outcome in _SOLUTIONS)

    @property
    def time_to_resolve(self) -> int | None:
        """Real time from acceptance to the last resolution."""
        return None if self.resolved is None or self.accepted is None else self.resolved - self.accepted

    @property
    def undone_after(self) -> int | None:
        """Real time from the first resolution to the first move that undid it."""
        if self.first_undone is None or self.first_resolved is None:
            return None
        return self.first_undone - self.first_resolved

    def unsettled(self, as_of: int) -> bool:
        """Whether any of its clocks was cancelled, or may still be broken after ``as_of``."""
        return any(lap.unsettled(as_of) for lap in self.laps.values())

    def open_at(self, at: int) -> bool:
        """Whether it was accepted and not settled just before ``at`` (KPI-11)."""
        return bisect_left(self.turns, at) % 2 == 1

    def open_time(self, start: int, end: int) -> int:
        """Return how long it was open within ``[start, end)``."""
        bounds = [min(max(turn, start), end) for turn in self.turns]
        if len(bounds) % 2:
            bounds.append(end)
        return sum(bounds[1::2]) - sum(bounds[::2])


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
    journey.laps[fact.metric] = begin_lap(fact)


def _clock_changed(journey: Journey, fact: ClockChange) -> None:
    lap = journey.laps.get(fact.metric)
    if lap is None:
        lap = journey.laps[fact.metric] = Lap()
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
    ClockBreached: _clock_changed,
}
