"""What happened to a clock: its changes, and the crossings that time alone brought about (SLA §3.7, EV-9).

Every fact carries the values *after* it, so that figures are read from the log and need no calendar (KPI-10).
Instants and durations are integer microseconds. All facts of a ticket's clocks share one stream; metric and team tell
the clocks apart. A crossing is known by clock, cycle, revision and name, and happens once (SLA-63).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias, get_args

from attrs import define, field, frozen

from servicedesk.errors import DefinitionInvalid
from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.instants import instant_us
from servicedesk.sla.clocks.pauses import Pause, reason_problems
from servicedesk.sla.clocks.working_days import choice_problems

__all__ = [
    "ClockAttachedLate",
    "ClockBreached",
    "ClockCancelled",
    "ClockCrossed",
    "ClockFact",
    "ClockPaused",
    "ClockReopened",
    "ClockReset",
    "ClockResumed",
    "ClockRetargeted",
    "ClockStarted",
    "ClockStopped",
    "ClockWithdrawn",
    "LateChange",
    "Recorded",
    "RecordedHold",
    "RecordedPromise",
    "RecordedRetarget",
]


@define(kw_only=True)
class Recorded:
    """What every fact of a clock says. The facts are frozen; this is their layout, which the clock fills in.

    Attributes:
        ticket: the ticket's id.
        at: when it happened.
        metric: what the clock measures.
        elapsed: working time used, at ``at``.
        due: when the goal is used up; ``None`` while paused (SLA-58).
        breach_at: when the promise is broken, or was; ``None`` while paused and not yet broken.
        met: whether the promise was kept; only a stop judges (SLA-66).
        team: whose clock it is, where a metric runs once a team (SLA-73).
        cycle: which run of the clock, from 1 (SLA-50).
        revision: how often it was retargeted (SLA-65).
        first_unknown: the first date, as text, that the calendar did not know when it told due and breach (SLA-67).
    """

    ticket: str
    at: int
    metric: str
    elapsed: int
    due: int | None = None
    breach_at: int | None = None
    met: bool | None = None
    team: str = ""
    cycle: int = 1
    revision: int = 0
    first_unknown: str | None = None

    @property
    def stream(self) -> str:
        """The stream it belongs to: one for all clocks of a ticket."""
        return f"clocks/{self.ticket}"


@define(kw_only=True)
class RecordedHold(Recorded):
    """What the facts about pauses say: the reason, and all reasons that hold after it (SLA-57)."""

    reason: str
    held: tuple[str, ...] = ()


@define(kw_only=True)
class RecordedPromise(Recorded):
    """What a promise is: goal in microseconds, boundary, stop state, calendar and version.

    ``values`` are the values of the ticket, in microseconds, that a date goal was told (SLA-45);
    ``promised_by`` names policy, version and rule.
    """

    goal: int
    boundary: str = "inclusive"
    stop: str | None = None
    calendar: str = ""
    calendar_version: str = ""
    values: FrozenMap[str, Any] = EMPTY
    promised_by: str = ""


@frozen(kw_only=True)
class ClockStarted(RecordedPromise):
    """A clock was attached. It counts from ``anchor``, if that was earlier, less the ``pauses`` since (SLA-53)."""

    kind: ClassVar[str] = "clock.started"
    anchor: int | None = None
    pauses: tuple[Pause, ...] = ()


@frozen(kw_only=True)
class ClockPaused(RecordedHold):
    """A reason to pause came up; the clock does not run while any holds (SLA-57)."""

    kind: ClassVar[str] = "clock.paused"


@frozen(kw_only=True)
class ClockResumed(RecordedHold):
    """A reason to pause went away; the clock runs again iff ``held`` is empty (SLA-57)."""

    kind: ClassVar[str] = "clock.resumed"


@frozen(kw_only=True)
class ClockStopped(Recorded):
    """The measuring ended; ``met`` is the verdict (SLA-66). ``ended_by`` names what ended it."""

    kind: ClassVar[str] = "clock.stopped"
    ended_by: str = ""


@frozen(kw_only=True)
class ClockCancelled(Recorded):
    """The clock no longer applies. There is no verdict, but a breach before it stays on record (SLA-66)."""

    kind: ClassVar[str] = "clock.cancelled"
    breached_before_cancel: bool = False
    reason: str = ""


@frozen(kw_only=True)
class ClockReset(Recorded):
    """A cycle ended without a stop and the next began at once (SLA-51): the values after it are those of the next one.

    ``cycle_elapsed`` and ``cycle_met`` are what the ended cycle came to: broken, or no verdict (SLA-66).
    """

    kind: ClassVar[str] = "clock.reset"
    cycle_elapsed: int = 0
    cycle_met: bool | None = None
    values: FrozenMap[str, Any] = EMPTY


@frozen(kw_only=True)
class ClockReopened(Recorded):
    """An ended clock runs again: the same cycle goes on (``resume``), or the next begins (``restart``) (SLA-54)."""

    kind: ClassVar[str] = "clock.reopened"
    mode: str = "resume"
    values: FrozenMap[str, Any] = EMPTY


def _late_at(value: Any) -> int:
    return instant_us(value, "at")


_Late: TypeAlias = Literal["pause", "resume", "stop", "cancel"]


@frozen(kw_only=True)
class LateChange:
    """A change that was learned of only after its instant (SLA-68): what happened, when, and the reason of a pause.

    Raises:
        DefinitionInvalid: no such change, or a pause without a reason.
    """

    change: _Late
    at: int = field(converter=_late_at)
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        problems = choice_problems("change", self.change, get_args(_Late))
        if self.change in {"pause", "resume"}:
            problems += reason_problems(self.reason)
        if problems:
            raise DefinitionInvalid((problem.under("late_change") for problem in problems), "late_change")

    def __str__(self) -> str:
        return f"{self.change} {self.reason}".strip()


@define(kw_only=True)
class RecordedRetarget(RecordedPromise):
    """What a fact about another promise says: how the time used was carried over, who changed it, what came late."""

    carry: str = "keep_elapsed"
    counting: str = "from_now"
    source: str = "policy"
    late: tuple[LateChange, ...] = ()


@frozen(kw_only=True)
class ClockRetargeted(RecordedRetarget):
    """Another promise holds from now on (SLA-65), or late changes have been taken into account (SLA-68).

    ``carry`` and ``counting`` say how the time used was carried over, ``source`` who changed it: ``policy``,
    ``manual``, or ``late`` together with the changes that came ``late``.
    """

    kind: ClassVar[str] = "clock.retargeted"


@frozen(kw_only=True)
class ClockBreached(Recorded):
    """The promise was broken, at this very instant, whenever it was noticed (SLA-63).

    ``notify_at`` is when to tell people of it, where that is later (SLA-64).
    """

    kind: ClassVar[str] = "clock.breached"
    notify_at: int | None = None


@frozen(kw_only=True)
class ClockCrossed(Recorded):
    """A warning before the goal or an escalation after it was reached; an escalation says ``to`` whom (SLA-62)."""

    kind: ClassVar[str] = "clock.crossed"
    name: str
    to: str = ""
    notify_at: int | None = None


@frozen(kw_only=True)
class ClockAttachedLate(Recorded):
    """Thresholds that had been passed already when the promise came to hold: one crossing for all of them (SLA-63).

    Also those that a late change turns out to have brought about unnoticed (SLA-68): ``cycle`` and ``revision`` are
    then those the crossings belong to, perhaps of an earlier cycle; the values are the clock's present ones.
    """

    kind: ClassVar[str] = "clock.attached_late"
    names: tuple[str, ...]
    notify_at: int | None = None


@frozen(kw_only=True)
class ClockWithdrawn(Recorded):
    """A crossing that is on record did not happen after all, because of a late change (SLA-68).

    ``name``, ``crossed_at``, ``crossed_cycle`` and ``crossed_revision`` say which crossing, ``because`` names the
    change; ``cycle`` and ``revision`` are those of the clock when it was learned of.
    """

    kind: ClassVar[str] = "clock.withdrawn"
    name: str
    crossed_at: int
    because: str
    crossed_revision: int = 0
    crossed_cycle: int = 1


ClockFact: TypeAlias = (
    ClockStarted
    | ClockPaused
    | ClockResumed
    | ClockStopped
    | ClockCancelled
    | ClockReset
    | ClockReopened
    | ClockRetargeted
    | ClockBreached
    | ClockCrossed
    | ClockAttachedLate
    | ClockWithdrawn
)
"""Every fact of a clock."""
