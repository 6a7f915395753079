"""Operational level agreements: a team's own limit held against the end-to-end promise (SLA-73, SLA-74)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from attrs import frozen

from servicedesk.instants import duration_text
from servicedesk.sla.clocks.clock import Clock

__all__ = ["OlaNote", "exceeds", "ola_notes"]


@frozen
class OlaNote:
    """A hand-over gave a team time that the end-to-end promise does not have: ``ola_exceeds_sla`` (SLA-74).

    Attributes:
        at_us: when the team took over.
        team: the team.
        against: the metric of the promise that falls due earlier.
        by: how much later the team's own limit lies, in its working time.
    """

    at_us: int
    team: str
    against: str
    by: timedelta

    def __str__(self) -> str:
        return f"ola_exceeds_sla(team={self.team!r}, by={duration_text(self.by)}, against={self.against!r})"


def ola_notes(running: Iterable[tuple[str, str]], clocks: Iterable[Clock], us: int) -> list[OlaNote]:
    """Return a note for each team whose clock has begun to run with a limit beyond the end-to-end promise.

    Args:
        running: metric and team of each clock that ran before.
        clocks: the clocks that run now.
        us: the instant of the hand-over.
    """
    before, now = set(running), list(clocks)
    taken = [clock for clock in now if clock.team and (clock.goal.metric, clock.team) not in before]
    ends = [clock for clock in now if (clock.goal.metric, clock.team) == ("resolution", "")]
    found = ((ola, end, exceeds(ola, end)) for ola in taken for end in ends)
    return [OlaNote(us, ola.team, end.goal.metric, by) for ola, end, by in found if by is not None]


def exceeds(ola: Clock, sla: Clock) -> timedelta | None:
    """Return by how much working time a team's clock falls due after the end-to-end clock; ``None`` if it does not.

    A hand-over then carries the note ``ola_exceeds_sla`` (SLA-74). Working time is that of the team's calendar. A clock
    without a due, because it is paused, exceeds nothing and is exceeded by nothing.
    """
    if ola.due_us is None or sla.due_us is None or ola.due_us <= sla.due_us:
        return None
    return timedelta(microseconds=ola.goal.counting.elapsed_us(sla.due_us, ola.due_us))
