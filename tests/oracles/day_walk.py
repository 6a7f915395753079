"""Working time over years, slowly: date by date, each wall time looked up in the standard ``zoneinfo``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise

from oracles.layer_walk import FULL_DAY, Layers
from oracles.minute_walk import zone_of

__all__ = ["day_spans", "starts_on", "wall_us", "worked"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=200_000)
def wall_us(key: str, day: date, minute: int) -> int:
    """Return the first instant at which the clock reads a minute of a date or later (SLA-10), in microseconds.

    Where no instant reads it, the seconds around are tried one after the other.
    """
    zone = zone_of(key)
    wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    tries = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    hits = [at for at in tries if at.astimezone(zone).replace(tzinfo=None) == wall]
    at = hits[0] if hits else _scan(tries[0] - timedelta(seconds=1), wall, zone)
    return (at - EPOCH) // timedelta(microseconds=1)


def _scan(at: datetime, wall: datetime, zone: tzinfo) -> datetime:
    while at.astimezone(zone).replace(tzinfo=None) < wall:
        at += timedelta(seconds=1)
    return at


def _instants(key: str, day: date, windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(wall_us(key, day, start), wall_us(key, day, end)) for start, end in windows]


def _base(layers: Layers, key: str, day: date) -> list[tuple[int, int]]:
    """Return the windows that start on a date; a holiday may cut them at the next midnight."""
    spans = _instants(key, day, layers.base(day))
    following = day + timedelta(days=1)
    if layers.cut and layers.ruling(following) == "holiday":
        ((midnight, over),) = _instants(key, following, FULL_DAY)
        spans = [(start, end if midnight == over else min(end, midnight)) for start, end in spans]
    return spans


def _near(layers: Layers, key: str, day: date) -> tuple[list[tuple[int, int]], ...]:
    days = [day + timedelta(days=step) for step in (-2, -1, 0, 1, 2)]
    base = [span for near in days for span in _base(layers, key, near)]
    breaks = [span for near in days for part in layers.breaks.get(near, ()) for span in _instants(key, near, part)]
    extra = [span for near in days for part in layers.extra.get(near, ()) for span in _instants(key, near, part)]
    return base, breaks, extra


def _inside(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def day_spans(layers: Layers, key: str, day: date) -> Iterator[tuple[int, int]]:
    """Yield the open stretches from midnight to midnight of a date, cut wherever anything begins or ends."""
    start, end = wall_us(key, day, 0), wall_us(key, day + timedelta(days=1), 0)
    base, breaks, extra = _near(layers, key, day)
    edges = {start, end, *(edge for spans in (base, breaks, extra) for span in spans for edge in span)}
    for left, right in pairwise(sorted(edge for edge in edges if start <= edge <= end)):
        if (_inside(left, base) and not _inside(left, breaks)) or _inside(left, extra):
            yield left, right


def worked(layers: Layers, key: str, first: date, last: date) -> int:
    """Return the working time from the midnight of ``first`` to that of ``last``, in microseconds."""
    days = (first + timedelta(days=step) for step in range((last - first).days))
    return sum(end - start for day in days for start, end in day_spans(layers, key, day))


def starts_on(layers: Layers, key: str, day: date) -> bool:
    """Whether a non-empty window starts on a date (SLA-28): what breaks leave of its own windows, or extra hours."""
    _, breaks, _ = _near(layers, key, day)
    own = _base(layers, key, day)
    edges = sorted({edge for spans in (own, breaks) for span in spans for edge in span})
    left = any(_inside(start, own) and not _inside(start, breaks) for start, _ in pairwise(edges))
    extra = [span for part in layers.extra.get(day, ()) for span in _instants(key, day, part)]
    return left or any(start < end for start, end in extra)
