"""What is unassigned in a queue, how much of it waits, is held and is offered, and since when (ROU-47).

Counted as it changes, so that readings need no scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from servicedesk.routing.state import WorkState

__all__ = ["Waits"]

_SPARE = 16


class Waits:
    """The unassigned work of one queue.

    Entries that have left stand in a heap of their own until they come to the head of both, or outnumber what is here:
    so each piece of work is an integer here, and no more.
    """

    __slots__ = ("_entries", "_gone", "_held", "_works", "offered")

    def __init__(self) -> None:
        self.offered = 0
        self._works: dict[str, int | None] = {}
        self._held: set[str] = set()
        self._entries: list[int] = []
        self._gone: list[int] = []

    def __iter__(self) -> Iterator[str]:
        return iter(self._works)

    def __len__(self) -> int:
        return len(self._works)

    @property
    def waiting(self) -> int:
        """How much waits without an offer, held work included."""
        return len(self._works) - self.offered

    @property
    def held(self) -> int:
        """How much of it is held."""
        return len(self._held)

    @property
    def since(self) -> int | None:
        """The earliest entry of waiting work."""
        entries, gone = self._entries, self._gone
        while gone and entries[0] == gone[0]:
            heappop(entries)
            heappop(gone)
        return entries[0] if entries else None

    def enter(self, ws: WorkState) -> None:
        """Count work."""
        if ws.place == "offered":
            self.offered += 1
            self._works[ws.id] = None
            return
        self._works[ws.id] = ws.entered
        heappush(self._entries, ws.entered)
        if ws.held:
            self._held.add(ws.id)

    def leave(self, name: str) -> None:
        """Count it no more, as whatever it was counted."""
        entered = self._works.pop(name)
        self._held.discard(name)
        if entered is None:
            self.offered -= 1
        else:
            heappush(self._gone, entered)
            if len(self._gone) > len(self._works) + _SPARE:
                self._entries, self._gone = sorted(at for at in self._works.values() if at is not None), []
