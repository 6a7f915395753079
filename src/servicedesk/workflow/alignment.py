"""The fewest repairs that turn a case of a foreign log into a run of a workflow (IMP-9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from attrs import frozen

__all__ = ["Aligner", "Alignment", "Repair"]

Repair: TypeAlias = Literal["kept", "inserted", "skipped"]
_SIGNS: Mapping[Repair, str] = {"kept": "", "inserted": "+", "skipped": "−"}
_Paths: TypeAlias = dict[str, tuple[str, ...]]

# One repair weighs as much as any number of rows that are skipped, plus one for a skipped row: so the fewest repairs
# win, and of equally many those that believe more of the history.
_REPAIR = 1 << 32


@frozen
class Alignment:
    """How a case becomes a run: each of its states is kept or skipped, and what the run lacks is inserted.

    >>> print(Alignment((("inserted", "New"), ("kept", "Active"), ("skipped", "New"), ("kept", "Closed"))))
    +New, Active, −New, Closed
    """

    moves: tuple[tuple[Repair, str], ...]
    """What was done with which state, in the order of the run."""

    @property
    def cost(self) -> int:
        """The number of repairs: states inserted and states skipped, one each."""
        return sum(repair != "kept" for repair, _ in self.moves)

    @property
    def run(self) -> tuple[str, ...]:
        """The run of the workflow that comes out."""
        return tuple(state for repair, state in self.moves if repair != "skipped")

    @property
    def inserted(self) -> tuple[str, ...]:
        """The states that the log lacks."""
        return tuple(state for repair, state in self.moves if repair == "inserted")

    @property
    def skipped(self) -> tuple[str, ...]:
        """The states that the log has too many."""
        return tuple(state for repair, state in self.moves if repair == "skipped")

    def __str__(self) -> str:
        return ", ".join(_SIGNS[repair] + state for repair, state in self.moves)


class _Kept(NamedTuple):
    """The best way found so far that ends with keeping this place of a case."""

    weight: int
    place: int
    before: _Kept | None


class Aligner:
    """Finds alignments in one graph of states: a shortest path over (place in the case, state of the run).

    A run begins in one of ``starts``, follows the edges, and ends in one of ``ends``. The ways between two states are
    searched once; then a case of n places takes n steps over the states it visits, however large the workflow is.
    """

    def __init__(self, edges: Mapping[str, Sequence[str]], starts: Iterable[str], ends: Iterable[str]) -> None:
        self._edges = edges
        self._ends = frozenset(ends)
        self._between: dict[str, _Paths] = {}
        self._before = _ways(edges, dict.fromkeys(starts, ()))
        runs = [(*way, state, *rest) for state, way in self._before.items() if (rest := self._after(state)) is not None]
        self.shortest: tuple[str, ...] | None = min(runs, key=len, default=None)
        """The shortest run; ``None`` if no start reaches an end, and then nothing can be aligned."""

    def _ways_from(self, state: str) -> _Paths:
        """Return what stands between a state and each it can reach by one move or more."""
        ways = self._between.get(state)
        if ways is None:
            ways = self._between[state] = _ways(self._edges, dict.fromkeys(self._edges[state], ()))
        return ways

    def _after(self, state: str) -> tuple[str, ...] | None:
        """Return the shortest way from a state to an end, the state itself left out."""
        if state in self._ends:
            return ()
        ways = [(*way, end) for end, way in self._ways_from(state).items() if end in self._ends]
        return min(ways, key=len, default=None)

    def align(self, states: Sequence[str]) -> Alignment | None:
        """Return the alignment with the fewest repairs; of equal ones, that which keeps more of the case.

        ``None`` if the workflow has no run at all.
        """
        if self.shortest is None:
            return None
        best: dict[str, _Kept] = {}
        for place, state in enumerate(states):
            kept = self._keep(place, state, best)
            if kept is not None:  # no worse than an earlier place of this state: what led there leads here too
                best[state] = kept
        ways = {state: way for state in best if (way := self._after(state)) is not None}
        last = min(ways, key=lambda state: best[state].weight + len(ways[state]) * _REPAIR, default=None)
        if last is None or best[last].weight + len(ways[last]) * _REPAIR >= len(self.shortest) * _REPAIR:
            return Alignment((*_skip(states), *_insert(self.shortest)))
        return Alignment((*self._told(best[last], states), *_insert(ways[last])))

    def _keep(self, place: int, state: str, best: Mapping[str, _Kept]) -> _Kept | None:
        """Return the best way to keep this place. Weights are relative to skipping every place of the case."""
        first = self._before.get(state)
        weight = None if first is None else len(first) * _REPAIR
        before: _Kept | None = None
        for source, kept in best.items():
            way = self._ways_from(source).get(state)
            if way is not None and (weight is None or kept.weight + len(way) * _REPAIR < weight):
                weight, before = kept.weight + len(way) * _REPAIR, kept
        return None if weight is None else _Kept(weight - _REPAIR - 1, place, before)

    def _told(self, last: _Kept, states: Sequence[str]) -> list[tuple[Repair, str]]:
        """Write the moves up to the last place kept, the places behind it skipped."""
        chain: list[_Kept] = []
        link: _Kept | None = last
        while link is not None:
            chain.append(link)
            link = link.before
        moves: list[tuple[Repair, str]] = []
        done, ways = 0, self._before
        for kept in reversed(chain):
            state = states[kept.place]
            moves += (*_skip(states[done : kept.place]), *_insert(ways[state]), ("kept", state))
            done, ways = kept.place + 1, self._ways_from(state)
        return moves + _skip(states[done:])


def _ways(edges: Mapping[str, Sequence[str]], reached: _Paths) -> _Paths:
    """Search breadth first from the states reached already; return what stands before each state that can be reached.

    Of equally short ways the first in the order of the edges is taken.
    """
    found = dict(reached)
    queue = list(reached)
    for state in queue:  # it grows while it is read
        way = (*found[state], state)
        for target in edges[state]:
            if target not in found:
                found[target] = way
                queue.append(target)
    return found


def _skip(states: Sequence[str]) -> list[tuple[Repair, str]]:
    return [("skipped", state) for state in states]


def _insert(states: Sequence[str]) -> list[tuple[Repair, str]]:
    return [("inserted", state) for state in states]
