"""A journey: what one ticket went through."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from attrs import define, field

from servicedesk.metrics.laps import Lap

__all__ = ["Journey"]

_SOLUTIONS = frozenset({"solved", "workaround"})  # WF-9


@define(eq=False, weakref_slot=False)
class Journey:
    """What one ticket went through, as far as the facts tell; all instants and spans are integer microseconds.

    ``group`` and ``agent`` are who held it last at the last settlement (a move from open to resolved or closed); before
    any, the present owner, perhaps nobody (KPI-14). ``hops`` counts changes of the group, ``person_hops`` of the
    person, the first assignment being none, and a stay with nobody changing nothing; ``ping_pongs`` counts returns to
    the group before the last (A, B, A). ``reworks`` are moves from resolved to open, ``reopens`` from closed to open.

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

    def open_within(self, start: int, end: int) -> bool:
        """Whether it was open for any time within ``[start, end)``."""
        turns = self.turns
        place = bisect_right(turns, start)
        if place % 2:
            return start < end
        while place < len(turns) and turns[place] < end:
            if place + 1 == len(turns) or turns[place + 1] > turns[place]:
                return True
            place += 2
        return False

    def open_time(self, start: int, end: int) -> int:
        """Return how long it was open within ``[start, end)``."""
        total, sign = 0, -1
        for turn in self.turns:
            total += sign * (start if turn < start else min(turn, end))
            sign = -sign
        return total if sign < 0 else total + end
