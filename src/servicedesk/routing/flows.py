"""How much of a demand can be met, and at what least cost: flows from profiles of agents to kinds of need.

Plain alternating paths on bit masks. networkx has the same algorithms, but at 400 profiles × 1,500 kinds of work they
take several times the budget, and it cannot go on from a flow that it has found, which `coverage.training`,
`coverage.loss` and the order of a plan live on (``benchmarks/bench_batch.py``). It is the oracle of the laws instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from servicedesk.routing.bits import bits

__all__ = ["Flow", "Levels", "Prices", "exchange", "turned"]

Levels = Sequence[tuple[int, int]]
"""What serving one kind of need costs: pairs of a cost and the mask of the profiles it holds for."""


def turned(masks: Sequence[int], width: int) -> list[int]:
    """Return the masks of the other side: bit ``a`` of mask ``b`` where bit ``b`` of mask ``a`` is set."""
    found = [0] * width
    for place, mask in enumerate(masks):
        for other in bits(mask):
            found[other] |= 1 << place
    return found


class Flow:
    """Who serves what, in numbers: ``sent[need][profile]`` units. Every unit sent stays served, perhaps by others.

    Args:
        supply: units of each profile.
        demand: units of each need.
        open: for each need the mask of the profiles that may serve it.
    """

    def __init__(self, supply: Sequence[int], demand: Sequence[int], open: Sequence[int]) -> None:  # noqa: A002  # the word of the docstring
        self.spare, self.unmet, self.open = [*supply], [*demand], [*open]
        self.sent: list[dict[int, int]] = [{} for _ in demand]
        self.givers = [0] * len(demand)  # masks of what `sent` holds, both ways
        self.served = [0] * len(supply)
        self.free = sum(1 << profile for profile, units in enumerate(supply) if units)
        self.closed = self.dead = 0

    def copy(self) -> Flow:
        """Return a flow that goes on by itself."""
        other = Flow(self.spare, self.unmet, self.open)
        other.sent = [dict(row) for row in self.sent]
        other.givers, other.served = [*self.givers], [*self.served]
        return other

    @property
    def used(self) -> int:
        """The mask of the profiles that send anything."""
        return sum(1 << profile for profile, needs in enumerate(self.served) if needs)

    def fill(self) -> int:
        """Send as much as can be sent; return the units left unmet.

        Then ``closed`` are the needs that unmet ones reach by exchange and ``dead`` the profiles: all of these are in
        use, for these needs alone. That is the smallest minimum cut: every cut that explains the shortage holds it.
        """
        self.closed = self.dead = 0
        scarce = sorted((mask.bit_count(), need) for need, mask in enumerate(self.open) if self.unmet[need])
        for _, need in scarce:  # who can be served by few goes first: less is to be exchanged later
            left = self.unmet[need]
            while left and (moved := self._push(need)):
                left -= moved
        return sum(self.unmet)

    def _push(self, root: int) -> int:
        """Send what one shortest alternating path carries; 0 if no way leads to a spare unit."""
        came: dict[int, int] = {}
        via: dict[int, int] = {root: -1}
        seen, seen_needs, queue = self.dead, 1 << root, [root]
        for need in queue:
            new = self.open[need] & ~seen
            if hit := new & self.free:
                return self._send(need, (hit & -hit).bit_length() - 1, came, via)
            seen |= new
            for profile in bits(new):
                came[profile] = need
                fresh = self.served[profile] & ~seen_needs
                seen_needs |= fresh
                for other in bits(fresh):
                    via[other] = profile
                    queue.append(other)
        self.dead, self.closed = seen, self.closed | seen_needs
        return 0

    def _send(self, need: int, profile: int, came: dict[int, int], via: dict[int, int]) -> int:
        steps, end = [], profile
        units = self.spare[profile]
        while True:
            before = via[need]
            steps.append((need, profile, before))
            if before < 0:
                break
            units = min(units, self.sent[need][before])
            profile, need = before, came[before]
        units = min(units, self.unmet[need])
        for to, giver, instead_of in steps:
            self.shift(to, giver, units)
            if instead_of >= 0:
                self.shift(to, instead_of, -units)
        self.unmet[need] -= units
        self.give(end, -units)
        return units

    def shift(self, need: int, profile: int, units: int) -> None:
        """Change what a profile sends to a need."""
        row = self.sent[need]
        row[profile] = row.get(profile, 0) + units
        if row[profile]:
            self.givers[need] |= 1 << profile
            self.served[profile] |= 1 << need
        else:
            del row[profile]
            self.givers[need] &= ~(1 << profile)
            self.served[profile] &= ~(1 << need)

    def give(self, profile: int, units: int) -> None:
        """Change how many units a profile has to spare."""
        self.spare[profile] += units
        self.free = self.free | 1 << profile if self.spare[profile] else self.free & ~(1 << profile)

    def join(self, units: int, needs: Iterable[int]) -> None:
        """Let one more profile join, that may serve these needs."""
        place = len(self.spare)
        self.spare.append(0)
        self.served.append(0)
        self.give(place, units)
        for need in needs:
            self.open[need] |= 1 << place

    def release(self, profile: int, units: int) -> None:
        """Take back units that a profile sends: as many of its needs become unmet, and it has them to spare."""
        for need in bits(self.served[profile]):
            taken = min(units, self.sent[need][profile])
            self.shift(need, profile, -taken)
            self.unmet[need] += taken
            self.give(profile, taken)
            units -= taken
            if not units:
                return


class Prices:
    """The fullest flow of least total cost. A unit costs ``base[profile]`` and the level of its need and profile.

    Prices rise until enough pairs are *tight* (cost = price of the need + price of the profile) to carry the fullest
    flow. In the end they prove that nothing is cheaper: no pair costs less than its prices, every pair in use is tight,
    unmet needs have the highest price of all, spare profiles pay nothing.
    """

    def __init__(
        self, supply: Sequence[int], demand: Sequence[int], levels: Sequence[Levels], base: Sequence[int]
    ) -> None:
        self.levels, self.base = levels, base
        self.asked = [*base]  # base, and what the profile's scarcity adds
        lowest = min((extra for row in levels for extra, _ in row), default=0) + min(base, default=0)
        self.price = [lowest] * len(demand)
        self.flow = Flow(supply, demand, [0] * len(demand))
        while self._settle() and (rise := self._rise()) is not None:
            for need in bits(self.flow.closed):
                self.price[need] += rise
            for profile in bits(self.flow.dead):
                self.asked[profile] += rise

    def _settle(self) -> int:
        self.by_asked: dict[int, int] = defaultdict(int)
        for profile, asked in enumerate(self.asked):
            self.by_asked[asked] |= 1 << profile
        for need, row in enumerate(self.levels):
            self.flow.open[need] = self._tight(self.price[need], row)
        return self.flow.fill()

    def _tight(self, price: int, row: Levels) -> int:
        found = 0
        for extra, mask in row:
            found |= mask & self.by_asked.get(price - extra, 0)
        return found

    def _rise(self) -> int | None:
        """Return by how much the prices of the closed needs must rise until one more pair is tight."""
        within: dict[int, int] = defaultdict(int)
        for need in bits(self.flow.closed):
            for extra, mask in self.levels[need]:
                within[extra - self.price[need]] |= mask & ~self.flow.dead
        asked = sorted(self.by_asked.items())
        gaps = (next((gap + value for value, mask in asked if mask & outside), None) for gap, outside in within.items())
        return min((gap for gap in gaps if gap is not None), default=None)

    def costs(self, need: int) -> dict[int, int]:
        """Return what a unit of a need costs from each profile that sends any."""
        sent, row = self.flow.sent[need], self.levels[need]
        return {giver: extra + self.base[giver] for giver in sent for extra, mask in row if mask >> giver & 1}

    def prefer(self, needs: Sequence[Sequence[int]], profiles: Sequence[Sequence[int]]) -> None:
        """Among the flows of this cost take the one that serves the first units of needs, with the first of profiles.

        Given are the ranks of each bucket's units, rising: of two units the one with the smaller rank goes first.
        """
        flow, top = self.flow, max(self.price, default=0)
        able = turned(flow.open, len(self.base))
        equal = [price == top for price in self.price]
        exchange(needs, flow.unmet, equal, flow.open, flow.served, shift=flow.shift)
        equal = [asked == base for asked, base in zip(self.asked, self.base, strict=True)]

        def shift(profile: int, need: int, units: int) -> None:
            flow.shift(need, profile, units)

        exchange(profiles, flow.spare, equal, able, flow.givers, shift=shift)


def exchange(
    ranks: Sequence[Sequence[int]],
    idle: list[int],
    equal: Sequence[bool],
    forth: Sequence[int],
    back: Sequence[int],
    *,
    shift: Callable[[int, int, int], None],
) -> None:
    """Let units that go first take the place of units that go later, wherever an alternating path allows it.

    The buckets of one side, needs or profiles, of which ``idle`` units take no part: always the last ones. ``forth``
    leads to the other side, ``back`` to those who take part there. One pass is enough: the sets that can take part are
    the bases of a matroid, and a unit that was the last one of a circuit is in no best basis.
    """
    waiting = [bucket for bucket, units in enumerate(idle) if units]
    waiting.sort(key=lambda bucket: ranks[bucket][-idle[bucket]])
    for start in waiting:
        while idle[start]:
            came = _reach(start, forth, back)
            last = [(ranks[at][-idle[at] - 1], at) for at in came if equal[at] and idle[at] < len(ranks[at])]
            rank, end = max(last, default=(-1, start))
            if rank < ranks[start][-idle[start]]:
                break
            idle[start] -= 1
            idle[end] += 1
            while end != start:
                before, across = came[end]
                shift(before, across, 1)
                shift(end, across, -1)
                end = before


def _reach(start: int, forth: Sequence[int], back: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return the buckets whose place a bucket can take, each with the one before it and the one they share."""
    came: dict[int, tuple[int, int]] = {}
    seen, crossed, queue = 1 << start, 0, [start]
    for bucket in queue:
        new = forth[bucket] & ~crossed
        crossed |= new
        for across in bits(new):
            fresh = back[across] & ~seen
            seen |= fresh
            for other in bits(fresh):
                came[other] = (bucket, across)
                queue.append(other)
    return came
