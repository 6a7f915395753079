"""What a calendar is made of, seen from its queries: layers of hours, or other calendars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import NamedTuple, Protocol, TypeAlias

__all__ = ["Piece", "Reach", "Rule"]

Reach: TypeAlias = tuple[int | None, int | None]
"""From when to when something holds; ``None``: without end."""


class Piece(NamedTuple):
    """A stretch of one kind, with the name and source of what made it so; ``counted`` if it is working time.

    ``carried`` is elapsed time that a promise took over: an instant then, not a stretch.
    """

    start: int
    end: int
    kind: str
    name: str = ""
    source: str = ""
    counted: bool = False
    carried: int = 0


class Rule(Protocol):
    """Answers for every instant and date: what is published of it, `known` says, and the calendar heeds.

    Instants are microseconds since the epoch, dates ``date.toordinal``.
    """

    @property
    def zone(self) -> str:
        """The zone of dates and of display."""

    @property
    def tz(self) -> tzinfo:
        """The same as an object."""

    @property
    def always(self) -> bool:
        """Whether it surely never closes."""

    @property
    def known(self) -> Reach:
        """The instants between which no unpublished date has a say (SLA-19)."""

    @property
    def known_days(self) -> Reach:
        """The first and the last published date."""

    @property
    def limits(self) -> tuple[Reach, Reach]:
        """The same two, without those parts that assume what is not published."""

    @property
    def extent(self) -> Reach:
        """The instants outside which it never opens."""

    def bounds(self, start: int, end: int, /) -> list[int]:
        """Return openings and closings by turns, as instants, in ``[start, end)``."""

    def windows(self, day: int, /) -> list[int]:
        """Return the boundaries of the windows that start on a date, with the morning of a night shift."""

    def working_days(self, first: int, last: int, /) -> Iterator[int]:
        """Yield the dates from ``first`` to ``last`` on which a non-empty window starts (SLA-28)."""

    def pieces(self, start: int, end: int, /) -> Iterator[Piece]:
        """Yield ``[start, end)`` without a gap, piece by piece (SLA-80)."""
