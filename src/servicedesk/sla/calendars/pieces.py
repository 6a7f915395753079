"""Pieces of time with the reason why they count or not: what `explain` is made of (SLA-80)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from servicedesk.sla.calendars.rule import Piece

__all__ = ["labelled", "merged", "paired"]

_OPEN = {"assumed": 1, "special": 2, "extra": 3}
_CLOSED = {"holiday": 1, "special": 1, "break": 2}


def labelled(bounds: list[int], marks: Iterable[Piece], start: int, end: int) -> Iterator[Piece]:
    """Yield ``[start, end)`` cut at boundaries and marks; of the marks that fit a piece the strongest names it."""
    waiting = sorted(marks, reverse=True)
    opens = dict.fromkeys(bounds, False) | dict.fromkeys(bounds[::2], True)
    points = sorted({start, end, *bounds, *(mark.start for mark in waiting), *(mark.end for mark in waiting)})
    active: list[Piece] = []
    inside = False
    for point, following in pairwise(points):
        inside = opens.get(point, inside)
        while waiting and waiting[-1].start <= point:
            active.append(waiting.pop())
        active = [mark for mark in active if mark.end > point]
        yield _named(point, following, active, inside)


def _named(start: int, end: int, active: list[Piece], inside: bool) -> Piece:
    ranks = _OPEN if inside else _CLOSED
    mark = max(active, key=lambda mark: ranks.get(mark.kind, 0), default=None)
    if mark is None or mark.kind not in ranks:
        return Piece(start, end, "working" if inside else "off_hours", "", "", inside)
    return Piece(start, end, mark.kind, mark.name, mark.source, inside)


def merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield pieces with neighbours of one kind, name and source joined."""
    last: Piece | None = None
    for piece in pieces:
        if last is not None and last[2:] == piece[2:]:
            last = last._replace(end=piece.end)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def paired(left: Iterable[Piece], right: Iterable[Piece], choose: Callable[[Piece, Piece], Piece]) -> Iterator[Piece]:
    """Walk two gapless rows over the same stretch; ``choose`` gives the piece that names what they have in common."""
    lefts, rights = iter(left), iter(right)
    ours, theirs = next(lefts, None), next(rights, None)
    while ours is not None and theirs is not None:
        start, end = max(ours.start, theirs.start), min(ours.end, theirs.end)
        yield choose(ours, theirs)._replace(start=start, end=end)
        if ours.end == end:
            ours = next(lefts, None)
        if theirs.end == end:
            theirs = next(rights, None)
