"""Waiting work in heaps by signature: the first of all that a mask of signatures lets through, without a scan.

A bucket holds work that the same agents see. The heads of the buckets stand in one sorted list, so that somebody who
sees much finds the first after a few steps, and somebody who sees little looks at those few buckets alone.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from fractions import Fraction
from heapq import heappop, heappush
from typing import Any, TypeAlias

from servicedesk.routing.bits import bits
from servicedesk.routing.queues import NEVER

__all__ = ["Barred", "Heaps", "Key", "RatioHeaps"]

Key: TypeAlias = tuple[Any, ...]
"""A place in an order; its last item is the id of the work."""

Barred: TypeAlias = Callable[[str], bool]
"""Whether an agent does not see this one piece of work, although they see others of its bucket."""

_FEW = 12


class Heaps:
    """Keys in buckets; ``mask`` has the bits of those that are not empty."""

    __slots__ = ("_heads", "_heaps", "_where", "mask")

    def __init__(self) -> None:
        self.mask = 0
        self._heaps: dict[int, list[Key]] = {}
        self._heads: list[tuple[Key, int]] = []
        self._where: dict[str, tuple[int, Key]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._where

    def put(self, bucket: int, key: Key) -> None:
        """Add work by its key."""
        self._where[key[-1]] = bucket, key
        heap = self._heaps.setdefault(bucket, [])
        if not heap:
            self.mask |= 1 << bucket
        elif key < heap[0]:
            self._unhead(bucket, heap[0])
        else:
            heappush(heap, key)
            return
        heappush(heap, key)
        insort(self._heads, (key, bucket))

    def take(self, name: str) -> int:
        """Remove work that is here; return its bucket."""
        bucket, key = self._where.pop(name)
        heap = self._heaps[bucket]
        if heap[0] is not key:
            return bucket  # it goes once it comes to the head
        self._unhead(bucket, key)
        while heap and not self._is_here(heap[0]):
            heappop(heap)
        if heap:
            insort(self._heads, (heap[0], bucket))
        else:
            self.mask &= ~(1 << bucket)
        return bucket

    def _unhead(self, bucket: int, key: Key) -> None:
        del self._heads[bisect_left(self._heads, (key, bucket))]

    def _is_here(self, key: Key) -> bool:
        found = self._where.get(key[-1])
        return found is not None and found[1] is key

    def first(self, mask: int, barred: Barred | None, at: int) -> Key | None:  # noqa: ARG002  # an order may need the time
        """Return the smallest key among some buckets, what is barred left out."""
        hit = mask & self.mask
        if not hit:
            return None
        if hit.bit_count() <= _FEW:
            return min(filter(None, (self._head(bucket, barred) for bucket in bits(hit))), default=None)
        best: Key | None = None
        for key, bucket in self._heads:
            if best is not None and best < key:
                break
            if hit >> bucket & 1:
                found = self._head(bucket, barred)
                if found is not None and (best is None or found < best):
                    best = found
        return best

    def _head(self, bucket: int, barred: Barred | None) -> Key | None:
        """Return the smallest key of a bucket that is not empty."""
        heap = self._heaps[bucket]
        if barred is None or not barred(heap[0][-1]):
            return heap[0]
        aside, found = [], None
        while heap and found is None:
            key = heap[0]
            if self._is_here(key) and not barred(key[-1]):
                found = key
            else:
                aside.append(heappop(heap))
        for key in aside:
            if self._is_here(key):
                heappush(heap, key)
        return found


class RatioHeaps(Heaps):
    """Heaps whose work shares a target each, so that only their heads change places as time goes by (ROU-25)."""

    __slots__ = ("targets",)

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[int, int | None] = {}

    def first(self, mask: int, barred: Barred | None, at: int) -> Key | None:
        """Return the smallest key at an instant; the place in its order becomes the share of the target waited."""
        buckets = list(bits(mask & self.mask))
        heads = ((bucket, self._head(bucket, barred)) for bucket in buckets)
        return min((self._now(bucket, key, at) for bucket, key in heads if key is not None), default=None)

    def _now(self, bucket: int, key: Key, at: int) -> Key:
        band, late, since, entered, name = key
        target = self.targets[bucket]
        return band, late, NEVER if target is None else Fraction(since - at, target), entered, name
