"""The watch: samples in, facts out. It says when it next wants to be called, and never looks at a clock."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Self

from servicedesk.emergency.checks import FAMILIES
from servicedesk.emergency.compiled import compile_plan
from servicedesk.emergency.explain import Explanation, Status, explanation_of, status_of
from servicedesk.emergency.facts import Sample, SampleLate, WatchFact
from servicedesk.emergency.plan import Plan
from servicedesk.emergency.scope import NEVER, Scope
from servicedesk.errors import Refused, UnknownKind
from servicedesk.instants import Instant, from_us, instant_us

__all__ = ["Watch"]

_NAME = attrgetter("name")


class Watch:
    """The tier controller: it watches any number of scopes under one plan, on one line of time.

    `observe` and `advance` return the facts of the instants they close, dated when they became true; however often
    the watch is called in between, the facts are the same (EMG-27). All other methods only look, at the state after
    the last closed instant. A watch holds state and is not for several threads at once.

    Args:
        plan: what to watch for.
        strict: refuse samples of signals that the plan does not know; else they are ignored and counted in `ignored`.

    Raises:
        DefinitionInvalid: the plan has errors; all of them are listed.

    >>> from servicedesk.emergency import library
    >>> watch = Watch(library.yunnan_tier_three())
    >>> half_past_two, minute = 1772433000000000, 60_000_000
    >>> watch.observe(Sample("assets", "waiting", 4, at=half_past_two))
    ()
    >>> [risen] = watch.advance(at=half_past_two + 3 * minute)
    >>> risen.tier, risen.why("Asia/Shanghai")
    ('III', 'waiting > 3 held 3 min since 14:30:00')
    """

    __slots__ = ("_closed", "_compiled", "_open", "_scopes", "_strict", "_wake", "ignored")

    def __init__(self, plan: Plan, *, strict: bool = True) -> None:
        self._compiled = compile_plan(plan)
        self._strict = strict
        self.ignored = 0
        self._scopes: dict[str, Scope] = {}
        self._open: list[Scope] = []  # scopes with samples of the open instant, which is always _closed + 1
        self._closed = -NEVER  # the last closed instant
        self._wake = NEVER  # no hold is complete and no horizon passes earlier: a lower bound

    @classmethod
    def replay(
        cls, plan: Plan, samples: Iterable[Sample | SampleLate], *, at: Instant | None = None, strict: bool = True
    ) -> Self:
        """Return the watch that has seen ``samples``, in the order in which they came (EMG-29).

        A late sample may be given as the `SampleLate` fact that was kept of it. ``at`` is the last instant to which
        the first watch was advanced, where that is later than the last sample.
        """
        watch = cls(plan, strict=strict)
        for sample in samples:
            if isinstance(sample, SampleLate):
                watch.advance(sample.at - 1)
                late = Sample(sample.scope, sample.signal, sample.value, at=sample.stamped)
                watch.observe(late)
            else:
                watch.observe(sample)
        if at is not None:
            watch.advance(at)
        return watch

    @property
    def plan(self) -> Plan:
        """The plan it works by."""
        return self._compiled.plan

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes seen so far, in alphabetical order."""
        return tuple(sorted(self._scopes))

    @property
    def next_due(self) -> int | None:
        """The earliest instant at which something may happen by itself, ``None`` if none (EMG-26).

        It is the open instant, the completion of a hold or the passing of a horizon, whichever comes first.
        Advancing there may give no fact.
        """
        if self._open:
            return self._closed + 1
        due = min((scope.next_due() for scope in self._scopes.values()), default=NEVER)
        return due if due < NEVER else None

    def observe(self, sample: Sample) -> tuple[WatchFact, ...]:
        """Take a sample, close every instant before its own, and return their facts.

        The instant of the sample itself stays open, so that the samples of one instant may come one by one (EMG-24).
        A sample of a closed instant is returned as `SampleLate` (EMG-25).

        Raises:
            UnknownKind: the plan has no such signal (unless the watch is not strict).
            TypeError: the plan compares the signal as another family than the value's.
        """
        types = self._compiled.types.get(sample.signal)
        if types is None or type(sample.value) not in types:
            return self._not_taken(sample)
        at = sample.at
        if at <= self._closed:
            return (self._late(sample),)
        facts = self._close(at - 1)
        self._give(sample)
        return facts

    def advance(self, at: Instant) -> tuple[WatchFact, ...]:
        """Close every instant up to and including ``at``, and return their facts (EMG-24).

        The caller promises that every sample stamped ``at`` or earlier has been given.

        Raises:
            Refused: ``time_went_back``: a later instant has been closed.
            NaiveDatetimeError: ``at`` has no zone.
        """
        until = instant_us(at)
        if until < self._closed:
            last = from_us(self._closed).isoformat()
            details = {"at": from_us(until).isoformat(), "last": last}
            possible = (f"{last} or later",)
            raise Refused.because("time_went_back", details=details, possible=possible, attempt="advance the watch")
        return self._close(until)

    def status(self, scope: str) -> Status:
        """Return where a scope stands (EMG-28).

        Raises:
            Refused: ``unknown_scope``.
        """
        return status_of(self._scope(scope), self._closed)

    def explain(self, scope: str, tier: str) -> Explanation:
        """Return why a tier is not called for yet, or, if it is in force, what ends it (EMG-28).

        Raises:
            Refused: ``unknown_scope``, ``unknown_tier``.
        """
        tiers = [tier.name for tier in self.plan.tiers]
        if tier not in tiers:
            raise Refused.because("unknown_tier", details={"tier": tier}, possible=tiers, attempt="explain a tier")
        return explanation_of(self._scope(scope), tiers.index(tier) + 1, self._closed)

    def __repr__(self) -> str:
        closed = "nothing closed" if self._closed == -NEVER else f"closed until {from_us(self._closed)}"
        return f"Watch({self.plan.name!r} version {self.plan.version}, scopes {list(self.scopes)}, {closed})"

    def _scope(self, name: str) -> Scope:
        try:
            return self._scopes[name]
        except KeyError:
            details = {"scope": name}
            raise Refused.because(
                "unknown_scope", details=details, possible=self.scopes, attempt="look at a scope"
            ) from None

    def _not_taken(self, sample: Sample) -> tuple[WatchFact, ...]:
        types = self._compiled.types.get(sample.signal)
        if types is not None:
            wanted = " or ".join(sorted({FAMILIES[kind] for kind in types if kind in FAMILIES}))
            found = FAMILIES[type(sample.value)]
            raise TypeError(f"signal {sample.signal!r} is a {wanted} in this plan, not a {found}: {sample.value!r}")
        if self._strict:
            raise UnknownKind(sample.signal, f"sample for plan {self.plan.name!r}", self._compiled.types)
        self.ignored += 1
        return ()

    def _give(self, sample: Sample) -> None:
        """Put a sample into the open instant; a new scope opens there."""
        scope = self._scopes.get(sample.scope)
        if scope is None:
            scope = self._scopes[sample.scope] = Scope(sample.scope, self._compiled, self._closed + 1)
        if not scope.given:
            self._open.append(scope)
        scope.give(sample)

    def _late(self, sample: Sample) -> SampleLate:
        scope = self._scopes.get(sample.scope)
        newest = -NEVER if scope is None else scope.stamps.get(sample.signal, -NEVER)
        if used := sample.at > newest:
            self._give(sample)
        return SampleLate(
            scope=sample.scope,
            at=self._closed + 1,
            plan=self.plan.name,
            signal=sample.signal,
            value=sample.value,
            stamped=sample.at,
            used=used,
        )

    def _close(self, until: int) -> tuple[WatchFact, ...]:
        """Close every instant up to ``until``, one after the other; in between nothing changes (EMG-12)."""
        facts: list[WatchFact] = []
        while (at := self._closed + 1 if self._open else self._wake) <= until:
            for scope in self._touched(at):
                facts += scope.close(at)
                self._wake = min(self._wake, scope.wake)
        self._closed = until
        return tuple(facts)

    def _touched(self, at: int) -> list[Scope]:
        """Return the scopes in which something may happen at ``at``, by name."""
        scopes, self._open = self._open, []
        if at >= self._wake:
            scopes = [scope for scope in self._scopes.values() if scope.given or scope.wake <= at]
            self._wake = min((scope.wake for scope in self._scopes.values() if scope.wake > at), default=NEVER)
        if len(scopes) > 1:
            scopes.sort(key=_NAME)
        return scopes
