"""The facts of emergency response: what was measured, what went missing, which tier the rules call for.

Instants are integer microseconds UTC, as in every fact; each text takes the zone it is printed in. A fact that a watch
returns carries the name of the plan, because several plans may watch one scope.
"""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from typing import ClassVar, TypeAlias

from attrs import field, frozen

from servicedesk.frozenmap import FrozenMap, freeze
from servicedesk.instants import MICROSECOND, Zone, duration_text, from_us, instant_us

__all__ = [
    "NORMAL",
    "Reason",
    "Sample",
    "SampleLate",
    "SignalBack",
    "SignalLost",
    "TierRecommended",
    "Value",
    "WatchFact",
    "clock_text",
    "spoken",
]

NORMAL = "normal"
"""The name of rank 0, where no tier is in force."""

Value: TypeAlias = bool | int | Fraction | str | timedelta
"""What a gauge may read. ``None`` in its place means "not known"; a float is never exact and is refused."""

_VALUES = frozenset({bool, int, Fraction, str, timedelta, type(None)})


@frozen
class Sample:
    """One reading of a gauge: from ``at`` on, ``signal`` of ``scope`` has this value (EMG-1).

    ``value=None`` says that the value is not known. ``at`` takes an aware datetime or integer microseconds.

    Raises:
        TypeError: a float or another type that is not exact plain data, a scope or signal that is no text.
        NaiveDatetimeError: an instant without a zone.

    >>> Sample("assets", "waiting", 4, at=1772433000000000).value
    4
    """

    kind: ClassVar[str] = "sample.taken"
    scope: str
    signal: str
    value: Value | None
    at: int = field(converter=instant_us, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if type(self.value) not in _VALUES:
            raise TypeError(_no_reading(self.signal, self.value))
        if type(self.scope) is not str or type(self.signal) is not str:
            raise TypeError(f"scope and signal of a sample are texts, not {self.scope!r} and {self.signal!r}")


def _no_reading(signal: str, value: object) -> str:
    advice = "write 6 % as Fraction(6, 100)" if isinstance(value, float) else "use None where it is not known"
    families = "number (int, Fraction), flag (bool), text (str) or span (timedelta)"
    return f"signal {signal!r}: {value!r} is a {type(value).__name__}, not a {families}; {advice}"


@frozen(kw_only=True)
class SampleLate:
    """A sample came after its instant had been closed (EMG-25).

    ``at`` is the first open instant then, one microsecond after the last closed one; ``stamped`` is the sample's own
    instant. ``used`` tells whether it takes effect at ``at``, or came too late because a newer one was known.
    """

    kind: ClassVar[str] = "sample.late"
    scope: str
    at: int
    plan: str
    signal: str
    value: Value | None
    stamped: int
    used: bool


@frozen(kw_only=True)
class SignalLost:
    """A gauge became unknown: its horizon passed without a new sample (EMG-2). ``last`` is the last one's instant."""

    kind: ClassVar[str] = "signal.lost"
    scope: str
    at: int
    plan: str
    signal: str
    last: int


@frozen(kw_only=True)
class SignalBack:
    """A lost gauge is known again (EMG-2); ``gap`` is how long it was lost."""

    kind: ClassVar[str] = "signal.back"
    scope: str
    at: int
    plan: str
    signal: str
    gap: timedelta


@frozen(kw_only=True)
class Reason:
    """One condition that decided: true since ``since``, and where it had to hold, for how long.

    ``tier`` names the tier whose rule it belongs to; ``values`` holds the signals it looks at, as they were at the
    instant of the decision. A hold of ``held`` that runs since ``since`` is due at `due`.

    >>> since = 1772433000000000
    >>> held = timedelta(minutes=3)
    >>> reason = Reason(tier="III", condition="waiting > 3", values={"waiting": 6}, since=since, held=held)
    >>> print(reason.text("Asia/Shanghai"))
    waiting > 3 held 3 min since 14:30:00
    """

    tier: str
    condition: str
    values: FrozenMap[str, Value | None] = field(converter=freeze)
    since: int
    held: timedelta | None = None

    @property
    def due(self) -> int | None:
        """The instant at which the hold was complete, ``None`` where nothing had to hold."""
        return None if self.held is None else self.since + self.held // MICROSECOND

    def text(self, zone: Zone = "UTC", *, beside: int | None = None) -> str:
        """Return the reason as a phrase; the day of ``since`` is named if it differs from that of ``beside``."""
        held = "" if self.held is None else f" held {spoken(self.held)}"
        return f"{self.condition}{held} since {clock_text(self.since, zone, beside=beside)}"


@frozen(kw_only=True, repr=False)
class TierRecommended:
    """The rules call for another tier: a rise, or a fall, from one rank to another (EMG-14).

    Rank 0 is normal, 1 the mildest tier. ``tier`` is the name of the tier at ``to_rank`` (`NORMAL` at 0), ``episode``
    the number of the activation in this scope (EMG-17), ``because`` the reasons, in the order of the rule.
    """

    kind: ClassVar[str] = "tier.recommended"
    scope: str
    at: int
    plan: str
    plan_version: int
    episode: int
    from_rank: int
    to_rank: int
    tier: str
    because: tuple[Reason, ...]

    def why(self, zone: Zone = "UTC") -> str:
        """Return the reasons as one line, with instants as clock times of ``zone``."""
        return "; ".join(reason.text(zone, beside=self.at) for reason in self.because)

    def __repr__(self) -> str:
        ranks = f"{self.from_rank} → {self.to_rank}"
        return f"TierRecommended({self.scope!r} {ranks} {self.tier!r} at {from_us(self.at)}, because {self.why()})"


WatchFact: TypeAlias = SampleLate | SignalLost | SignalBack | TierRecommended
"""What a watch returns. Its samples are facts too, but those are given to it."""


def clock_text(at: int, zone: Zone, *, beside: int | None = None) -> str:
    """Return an instant as clock time of ``zone``, with the fraction of a second and the date only where needed.

    >>> clock_text(1772433000000000, "Asia/Shanghai"), clock_text(1772433000000001, "UTC", beside=0)
    ('14:30:00', '2026-03-02 06:30:00.000001')
    """
    moment = from_us(at, zone)
    other_day = beside is not None and from_us(beside, zone).date() != moment.date()
    return f"{moment.date().isoformat()} {moment.time().isoformat()}" if other_day else moment.time().isoformat()


def spoken(duration: timedelta) -> str:
    """Return a duration as people read it.

    >>> spoken(timedelta(minutes=2, seconds=10)), spoken(timedelta(0))
    ('2 min 10 s', '0 s')
    """
    return " ".join(re.findall(r"-?\d+|[a-z]+", duration_text(duration)))
