"""One scope under one plan: what is known, what is true since when, and which rank the rules call for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from servicedesk.emergency.compiled import CompiledPlan
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
        "dues",
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
        self.dues: dict[int, int] = {}  # when each hold that runs now will be complete
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
        undecided = self._expire(at, facts) | self._ripe(at) if timed else set()
        if self.given:
            undecided |= self._take(at, facts)
        if undecided or timed:
            self._decide(sorted(undecided), at)
            rank = self._called()
            if rank != self.rank:
                facts.append(self._moved(rank, at))
            self.wake = self.next_due()
        return facts

    def next_due(self) -> int:
        """Return the earliest instant at which a hold is complete or a horizon passes, else `NEVER` (EMG-26)."""
        return min((*self.dues.values(), *self.expiries.values()), default=NEVER)

    def _expire(self, at: int, facts: list[WatchFact]) -> set[int]:
        """Step 1 of an instant: horizons. A sample given for exactly that instant leaves no gap (EMG-1)."""
        undecided: set[int] = set()
        for name in [name for name in self.values if self.expiries.get(name, NEVER) <= at and name not in self.given]:
            del self.expiries[name]
            self.values[name], self.lost[name] = None, at
            plan, last = self.compiled.plan.name, self.stamps[name]
            facts.append(SignalLost(scope=self.name, at=at, plan=plan, signal=name, last=last))
            undecided |= self._flipped(name)
        return undecided

    def _take(self, at: int, facts: list[WatchFact]) -> set[int]:
        """Step 2: all samples of the instant as one batch, in the plan's order of signals."""
        given, self.given = self.given, {}
        undecided: set[int] = set()
        for name in given if len(given) == 1 else [name for name in self.values if name in given]:
            if self._read(given[name], at, facts):
                undecided |= self._flipped(name)
        return undecided

    def _read(self, sample: Sample, at: int, facts: list[WatchFact]) -> bool:
        """Take one sample over; return whether its signal has another value now."""
        name, value = sample.signal, sample.value
        horizon = self.compiled.horizons.get(name)
        if horizon is not None:
            self.expiries.pop(name, None)
            expiry = sample.at + horizon if value is not None else NEVER
            if expiry <= at:
                return False  # late, and too old already (EMG-25): so is what was known before, if anything was
            if value is not None:
                self._lasts(name, expiry, at, facts)
        before, self.values[name] = self.values[name], value
        return before != value

    def _lasts(self, name: str, expiry: int, at: int, facts: list[WatchFact]) -> None:
        """Note how long a signal will be known; if it was lost, it is back (EMG-2)."""
        self.expiries[name] = expiry
        self.wake = min(self.wake, expiry)
        if name in self.lost:
            gap = timedelta(microseconds=at - self.lost.pop(name))
            facts.append(SignalBack(scope=self.name, at=at, plan=self.compiled.plan.name, signal=name, gap=gap))

    def _flipped(self, signal: str) -> set[int]:
        """Return the signal's leaves whose truth is another now, with every node above one."""
        nodes: set[int] = set()
        for leaf, truth in self.compiled.leaves[signal]:
            if truth(self.values) is not self.truths[leaf]:
                nodes.update(self.compiled.above[leaf])
        return nodes

    def _ripe(self, at: int) -> set[int]:
        """Return the holds that are due, with every node above one."""
        ripe = [hold for hold, due in self.dues.items() if due <= at]
        return {node for hold in ripe for node in self.compiled.above[hold]}

    def _decide(self, nodes: Iterable[int], at: int) -> None:
        """Step 3: conditions, bottom-up."""
        judges, truths = self.compiled.judges, self.truths
        for node in nodes:
            truth = judges[node](self, at)
            if truth is not truths[node]:
                truths[node], self.since[node] = truth, at

    def _called(self) -> int:
        """Steps 4 and 5: the highest rank above that is called for, else fall rank by rank while an exit is true."""
        rank, plan, truths = self.rank, self.compiled, self.truths
        for higher in range(len(plan.enters), rank, -1):
            if truths[plan.enters[higher - 1]] is True:
                return higher
        while rank > 0 and truths[plan.exits[rank - 1]] is True:
            rank -= 1
        return rank

    def _moved(self, rank: int, at: int) -> TierRecommended:
        """Step 6: one fact if the rank is another now; a new episode begins when rank 0 is left (EMG-17)."""
        before, plan = self.rank, self.compiled.plan
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
            tier=plan.tiers[rank - 1].name if rank else NORMAL,
            because=reasons_for(self, before, rank),
        )
