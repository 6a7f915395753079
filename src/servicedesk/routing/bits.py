"""Integers as sets: the places of the bits that are set."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["bits"]


def bits(mask: int) -> Iterator[int]:
    """Yield the places of the bits set, the lowest first.

    >>> [*bits(0b1010)]
    [1, 3]
    """
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
