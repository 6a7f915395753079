"""Explanations: which stretch counted, which did not, and why, so that anyone can add it up by hand (SLA-80)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import accumulate
from typing import overload

import pendulum
from attrs import frozen

from servicedesk.instants import Span, duration_text, from_us
from servicedesk.sla.calendars.pieces import merged
from servicedesk.sla.calendars.rule import Piece

__all__ = ["Segment", "Segments"]


@frozen(repr=False)
class Segment:
    """One stretch of an explanation.

    Attributes:
        start_us: where it begins.
        end_us: where it ends; the next one begins there.
        kind: ``working``, ``special``, ``extra`` or ``assumed`` count; ``off_hours``, ``holiday``, ``break`` and
            ``paused`` do not; ``carried`` is what a new promise took over or dropped, at an instant.
        name: what people call it, 春节.
        source: where that is written down.
        counted_us: what it adds to the elapsed time.
        total_us: the elapsed time up to its end.
        zone: the zone it is printed in.
    """

    start_us: int
    end_us: int
    kind: str
    name: str
    source: str
    counted_us: int
    total_us: int
    zone: str

    @property
    def span(self) -> Span:
        """The stretch itself."""
        return Span(self.start_us, self.end_us)

    @property
    def start(self) -> pendulum.DateTime:
        """Where it begins, in the calendar's zone."""
        return from_us(self.start_us, self.zone)

    @property
    def end(self) -> pendulum.DateTime:
        """Where it ends, in the calendar's zone."""
        return from_us(self.end_us, self.zone)

    @property
    def counted(self) -> timedelta:
        """What it adds to the elapsed time."""
        return timedelta(microseconds=self.counted_us)

    @property
    def total(self) -> timedelta:
        """The elapsed time up to its end."""
        return timedelta(microseconds=self.total_us)

    @property
    def label(self) -> str:
        """Kind, name and source as people read them: ``holiday: 春节 (notice 2026)``."""
        said = " ".join(filter(None, (self.name, self.source and f"({self.source})")))
        return f"{self.kind}: {said}" if said else self.kind

    def __str__(self) -> str:
        counted = duration_text(self.counted) if self.counted_us else "-"
        total = duration_text(self.total)
        return f"{_wall(self.start)} → {_wall(self.end)}  {counted:>9} {total:>9}  {self.label}"

    def __repr__(self) -> str:
        return f"<Segment {self}>"


def _wall(at: pendulum.DateTime) -> str:
    seconds = at.strftime(":%S") if at.second or at.microsecond else ""
    return at.strftime("%a %Y-%m-%d %H:%M") + seconds + (f".{at.microsecond:06}" if at.microsecond else "")


@frozen(repr=False)
class Segments:
    """An explanation: gapless segments whose counted time sums to `elapsed`; printed, a table to check by hand.

    It is read like a tuple: iterated, indexed, measured.
    """

    segments: tuple[Segment, ...]

    @classmethod
    def of(cls, pieces: Iterable[Piece], zone: str) -> Segments:
        """Join neighbours of one kind and count."""
        rows = list(merged(pieces))
        worked = [piece.end - piece.start if piece.counted else piece.carried for piece in rows]
        return cls(
            tuple(
                Segment(piece.start, piece.end, piece.kind, piece.name, piece.source, counted, total, zone)
                for piece, counted, total in zip(rows, worked, accumulate(worked), strict=True)
            )
        )

    @property
    def elapsed(self) -> timedelta:
        """The sum of what counted."""
        return self.segments[-1].total if self.segments else timedelta(0)

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

    @overload
    def __getitem__(self, place: int) -> Segment: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Segment, ...]: ...
    def __getitem__(self, place: int | slice) -> Segment | tuple[Segment, ...]:
        return self.segments[place]

    def __str__(self) -> str:
        return "\n".join(map(str, self.segments))

    def __repr__(self) -> str:
        return f"<Segments: {len(self)}, {duration_text(self.elapsed)} counted>"
