"""One scope under one plan: what is known, what is true since when, and which rank the rules call for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from servicedesk.emergency.compiled import CompiledPlan, Hold
from servicedesk.emergency.facts import NORMAL, Sample, SignalBack, SignalLost, TierRecommended, Value, WatchFact
from servicedesk.emergency.reasons import reasons_for

__all__ = ["NEVER", "Scope"]

NEVER: Final = 1 << 80
"""Later than every instant."""


class Scope:
    """The state of one scope: flat lists and dicts, which only `close` moves on.

    The watch decides which instants are closed, and when; the scope works out what happened in one.
    """

    __slots__ = (
        "compiled",
        "episode",
        "expiries",
        "given",
        "lost",
        "name",
        "rank",
        "rank_since",
        "since",
        "stamps",
        "truths",
        "values",
        "wake",
    )

    def __init__(self, name: str, compiled: CompiledPlan, at: int) -> None:
        """Open a scope at the instant of its first sample (EMG-17); no hold starts earlier."""
        self.name, self.compiled = name, compiled
        self.given: dict[str, Sample] = {}  # the samples of the open instant, by signal
        self.values: dict[str, Value | None] = dict.fromkeys(compiled.leaves)
        self.stamps: dict[str, int] = {}  # the instant of each signal's newest sample, given or known
        self.expiries: dict[str, int] = {}  # when each signal that is known now will be unknown
        self.lost: dict[str, int] = {}  # since when a signal is lost
        self.truths: list[bool | None] = [None] * len(compiled.nodes)
        self.since: list[int] = [at] * len(compiled.nodes)  # since when each node has the truth it has
        self.rank, self.rank_since, self.episode = 0, at, 0
        self.wake = at  # nothing falls due before: a lower bound of `next_due`, exact when it is reached
        self._decide(range(len(compiled.nodes)), at)

    def give(self, sample: Sample) -> None:
        """Put a sample into the open instant; of one signal the last given wins (EMG-14)."""
        self.given[sample.signal] = sample
        self.stamps[sample.signal] = sample.at

    def close(self, at: int) -> list[WatchFact]:
        """Work out what happened at ``at``, in the order of EMG-14, and return the facts."""
        facts: list[WatchFact] = []
        timed = at >= self.wake
        touched = self._expire(at, facts) if timed else []
        touched += self._take(at, facts)
        undecided = self._flipped(touched, at)
        if timed:
            undecided |= self._ripe(at)
        if undecided or timed:
            self._decide(sorted(undecided), at)
            self._judge(at, facts)
            self.wake = self.next_due()
        return facts

    def next_due(self) -> int:
        """Return the earliest instant at which a hold is complete or a horizon passes, else `NEVER` (EMG-26)."""
        return min((*self.expiries.values(), *map(self._due, self.compiled.holds)), default=NEVER)

    def _due(self, hold: Hold) -> int:
        runs = self.truths[hold.part] is True and self.truths[hold.node] is not True
        return self.since[hold.part] + hold.length if runs else NEVER

    def _expire(self, at: int, facts: list[WatchFact]) -> list[str]:
        """Step 1 of an instant: horizons. A sample given for exactly that instant leaves no gap (EMG-1)."""
        names = [name for name in self.values if self.expiries.get(name, NEVER) <= at and name not in self.given]
        for name in names:
            del self.expiries[name]
            self.values[name], self.lost[name] = None, at
            plan, last = self.compiled.plan.name, self.stamps[name]
            facts.append(SignalLost(scope=self.name, at=at, plan=plan, signal=name, last=last))
        return names

    def _take(self, at: int, facts: list[WatchFact]) -> list[str]:
        """Step 2: all samples of the instant as one batch, in the plan's order of signals."""
        given, self.given = self.given, {}
        names = list(given) if len(given) < 2 else [name for name in self.values if name in given]
        return [name for name in names if self._read(given[name], at, facts)]

    def _read(self, sample: Sample, at: int, facts: list[WatchFact]) -> bool:
        """Take one sample over; return whether its signal has another value now."""
        name, value = sample.signal, sample.value
        self.expiries.pop(name, None)
        horizon = self.compiled.horizons.get(name)
        if value is not None and horizon is not None:
            expiry = sample.at + horizon
            if expiry <= at:
                return False  # it came late and has aged already (EMG-25): whatever was known before has, too
            self.expiries[name] = expiry
            self.wake = min(self.wake, expiry)
        if value is not None and name in self.lost:
            gap = timedelta(microseconds=at - self.lost.pop(name))
            facts.append(SignalBack(scope=self.name, at=at, plan=self.compiled.plan.name, signal=name, gap=gap))
        before, self.values[name] = self.values[name], value
        return before != value

    def _flipped(self, names: list[str], at: int) -> set[int]:
        """Return the leaves whose truth is another now, and every node above one."""
        judges, truths = self.compiled.judges, self.truths
        leaves = [leaf for name in names for leaf in self.compiled.leaves[name]]
        flipped = [leaf for leaf in leaves if judges[leaf](self, at) is not truths[leaf]]
        return self._with_all_above(flipped)

    def _ripe(self, at: int) -> set[int]:
        """Return the holds that are due, and every node above one."""
        return self._with_all_above([hold.node for hold in self.compiled.holds if self._due(hold) <= at])

    def _with_all_above(self, nodes: list[int]) -> set[int]:
        return {*nodes}.union(*(self.compiled.above[node] for node in nodes)) if nodes else set()

    def _decide(self, nodes: Iterable[int], at: int) -> None:
        """Step 3: conditions, bottom-up."""
        for node in nodes:
            truth = self.compiled.judges[node](self, at)
            if truth is not self.truths[node]:
                self.truths[node], self.since[node] = truth, at

    def _judge(self, at: int, facts: list[WatchFact]) -> None:
        """Steps 4 to 6: rise at once, else fall rank by rank; one fact if the rank is another then."""
        entered = (rank for rank, node in enumerate(self.compiled.enters, 1) if self.truths[node] is True)
        rank = max(entered, default=0)
        if rank <= self.rank:
            rank = self._fallen()
        if rank != self.rank:
            facts.append(self._moved(rank, at))

    def _fallen(self) -> int:
        rank = self.rank
        while rank > 0 and self.truths[self.compiled.exits[rank - 1]] is True:
            rank -= 1
        return rank

    def _moved(self, rank: int, at: int) -> TierRecommended:
        before, tiers, plan = self.rank, self.compiled.plan.tiers, self.compiled.plan
        self.episode += before == 0
        self.rank, self.rank_since = rank, at
        return TierRecommended(
            scope=self.name,
            at=at,
            plan=plan.name,
            plan_version=plan.version,
            episode=self.episode,
            from_rank=before,
            to_rank=rank,
            tier=tiers[rank - 1].name if rank else NORMAL,
            because=reasons_for(self, before, rank),
        )
