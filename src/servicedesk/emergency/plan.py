"""The plan of an emergency response 应急预案 as data: what is watched, and when each tier is called for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from attrs import field, frozen

from servicedesk.conditions import Condition
from servicedesk.emergency import checks
from servicedesk.emergency.rules import effective_exit
from servicedesk.errors import Problem
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.instants import to_duration

__all__ = ["Plan", "Signal", "Tier"]


def _horizon(value: timedelta | str | None) -> timedelta | None:
    return None if value is None else to_duration(value, argument="horizon")


@frozen
class Signal:
    """A gauge: a named reading that keeps its value until the next sample (EMG-1).

    From exactly ``horizon`` after its last sample it is unknown; without a horizon the last reading stands for ever.

    >>> Signal("waiting", "90s").horizon
    datetime.timedelta(seconds=90)
    """

    name: str
    horizon: timedelta | None = field(default=None, converter=_horizon)


def _condition(value: Condition | str) -> Condition:
    condition = Condition.parse(value) if isinstance(value, str) else value
    if not isinstance(condition, Condition):
        raise TypeError(f"a tier's rule is a Condition or its text, not {type(value).__name__} {value!r}")
    return condition


@frozen
class Tier:
    """One response tier 响应级别: when it is called for, and when it may end. A text is read as a condition.

    What holds inside ``enter`` delays the rise, what holds inside ``exit`` delays the stand-down; nothing else does
    (EMG-15). A tier never ends while its trigger is true or unknown, whatever ``exit`` says: see `effective_exit`.

    >>> tier = Tier("III", enter="held(waiting > 3, 3min)", exit="held(idle >= 3, 15min)", labels={"zh": "三级"})
    >>> tier.effective_exit
    Condition.parse('held((idle >= 3) & (waiting <= 3), 15min) & (waiting <= 3)')
    """

    name: str
    enter: Condition = field(converter=_condition, kw_only=True)
    exit: Condition = field(converter=_condition, kw_only=True)
    labels: FrozenMap[str, str] = field(default=EMPTY, converter=freeze, kw_only=True)

    @property
    def effective_exit(self) -> Condition:
        """What really ends the tier: ``exit``, guarded by the trigger being false, at the top and in holds (EMG-13)."""
        return effective_exit(self.enter, self.exit)


def _tiers(values: Iterable[Tier]) -> tuple[Tier, ...]:
    return tuple(values)


def _signals(values: str | Iterable[Signal | str]) -> tuple[Signal, ...]:
    several = (values,) if isinstance(values, str) else values
    return tuple(Signal(value) if isinstance(value, str) else value for value in several)


@frozen
class Plan:
    """A plan: signals, and tiers from the mildest (rank 1) to the gravest; rank 0 is *normal*.

    A plain name among ``signals`` is a signal without a horizon. ``source`` names the document the plan is taken from.
    Nothing is checked when it is built: `problems` lists everything at once, and a `Watch` refuses a plan with errors.

    >>> calm = Tier("III", enter="held(waiting > 3, 3min)", exit="held(waitng <= 3, 15min)")
    >>> for problem in Plan("surge", 1, signals=("waiting", "idle"), tiers=(calm,)).problems():
    ...     print(problem)
    tiers[0].exit: no signal 'waitng' in this plan; did you mean 'waiting'?
    """

    name: str
    version: int = 1
    signals: tuple[Signal, ...] = field(converter=_signals, kw_only=True)
    tiers: tuple[Tier, ...] = field(converter=_tiers, kw_only=True)
    source: str = field(default="", kw_only=True)

    def problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with the plan, each with its path, code and witness (EMG-50)."""
        return checks.problems(self)
