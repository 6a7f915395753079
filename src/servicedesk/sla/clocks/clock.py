"""One metric of one ticket on its way: started, paused, resumed, stopped, and broken at an exact instant or kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast, get_args

from attrs import frozen

from servicedesk.errors import DefinitionInvalid, did_you_mean
from servicedesk.frozenmap import EMPTY
from servicedesk.instants import Instant, instant_us
from servicedesk.sla.clocks import changing
from servicedesk.sla.clocks.answers import Answers
from servicedesk.sla.clocks.changing import Mode
from servicedesk.sla.clocks.correcting import corrected
from servicedesk.sla.clocks.counting import Draft, cross, refusal, run_to, runs, said, thawed
from servicedesk.sla.clocks.goal import Goal
from servicedesk.sla.clocks.pauses import Pause, reason_problems
from servicedesk.sla.clocks.replaying import Goals, replayed
from servicedesk.sla.clocks.retargeting import Carry, Counting, retarget
from servicedesk.sla.facts import ClockFact, LateChange

__all__ = ["Carry", "Clock", "Counting", "Mode"]

_MODES = get_args(Mode)
_CARRIES = get_args(Carry)
_COUNTINGS = (None, *get_args(Counting))


@frozen(weakref_slot=False, repr=False)
class Clock(Answers):
    """The state of one clock: the fold of its changes and crossings (SLA §3.7).

    Every verb takes the instant it happened at, an aware datetime or microseconds, and returns a new clock. Before
    the change it records what time alone has brought about, each crossing at its own instant, so that polling more
    or less often gives the same facts. A change that cannot be taken is `Refused` and leaves the clock as it was.

    >>> import pendulum
    >>> from servicedesk.sla import Calendar
    >>> office = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai")
    >>> goal = Goal("resolution", within="6h", calendar=office, stop="resolved")
    >>> def monday(hour: int) -> pendulum.DateTime:
    ...     return pendulum.datetime(2026, 3, 2, hour, tz="Asia/Shanghai")
    >>> clock = Clock.start(goal, at=monday(9), ticket="T-7").pause("customer", at=monday(11))
    >>> print(clock.status(monday(14)).due)
    None
    >>> print(clock.resume("customer", at=monday(15)).status(monday(16)).due)
    2026-03-03 09:30:00+08:00

    Attributes:
        goal: the promise.
        ticket: the ticket's id.
        team: whose clock it is, where the metric runs once a team (SLA-73).
        stage: where it stands (SLA-60).
        started_us: from when the present cycle counts: its anchor (SLA-53).
        counted_from_us: from when a recount counts: the same, or the last retarget that restarted it.
        at_us: when it last changed, or crossed a threshold.
        elapsed_us: working time used up to then.
        goal_us: working time allowed; of a date goal, the working time up to due.
        due_us: when the goal is used up; ``None`` while paused (SLA-58).
        breach_at_us: when the promise is broken, or was; ``None`` while paused and not yet broken.
        breached: whether that breach is on record.
        used_up_us: when the goal was used up, where a pause began after that.
        met: the verdict of a stop.
        next_target_us: elapsed time at which the next threshold is reached, the breach counting as reached at due.
        passed: thresholds behind it in this revision, by name.
        fired: thresholds told in this cycle, in whatever revision.
        pauses: the pauses of this cycle that are over, in the order they ended.
        holds: the pauses that hold now.
        cycle: which run it is, from 1.
        revision: how often it was retargeted.
        source: who set the present promise: ``policy`` or ``manual`` (SLA-71).
        promised_by: the policy, version and rule that promise it.
        values: the values of the ticket that a date goal was told, in microseconds.
        results: what the finished cycles came to (SLA-66).
        changes: the facts since they were last dropped, oldest first; no part of the clock's identity.
    """

    @classmethod
    def start(
        cls,
        goal: Goal,
        *,
        at: Instant,
        ticket: str = "",
        team: str = "",
        anchor: Instant | None = None,
        pauses: Iterable[Pause] = (),
        values: Mapping[str, Any] = EMPTY,
        promised_by: str = "",
    ) -> Clock:
        """Start a clock; outside hours it waits for the opening by itself.

        Args:
            goal: the promise.
            at: when it is attached.
            ticket: the ticket's id.
            team: whose clock it is.
            anchor: from when it counts, if that was earlier; thresholds passed since give one crossing (SLA-53, 63).
            pauses: the pauses since the anchor, those without an end holding still.
            values: what a date goal needs to be told (`Goal.fields`): aware datetimes or microseconds.
            promised_by: the policy, version and rule that promise it, as facts and status repeat them.

        Raises:
            NoWorkingTime: the calendar does not hold as much working time as the goal.
            Refused: ``field_missing`` (SLA-45); ``pause_forbidden`` (SLA-44).
            ValueError: the anchor is later than ``at``, a pause does not lie before it, or overlaps one of its reason.
        """
        facts: list[ClockFact] = []
        early = None if anchor is None else instant_us(anchor, "anchor")
        us = instant_us(at)
        who = {"ticket": ticket, "team": team, "promised_by": promised_by}
        draft = changing.begin(goal, us, **who, anchor=early, pauses=pauses, values=values, facts=facts)
        return _frozen(draft, facts)

    @classmethod
    def replay(cls, goals: Goals, facts: Iterable[ClockFact], *, team: str = "", keep_changes: bool = False) -> Clock:
        """Fold recorded facts, ordered by instant and then as given, so a late fact is refolded (SLA-59).

        The values on the facts are computed anew. Facts of other metrics and teams, which share the stream, are
        passed over.

        Args:
            goals: one goal that judges the whole life, or a function that finds the goal of a start or a retarget.
            facts: those of the clock's stream.
            team: whose clock.
            keep_changes: whether the facts, built anew, stand in ``changes``; else there are none, as in a clock whose
                changes are in the log.

        Raises:
            Refused: ``not_started``, ``already_started``, or what the verb of a fact refuses.
            UnknownKind: what is no fact of a clock, or has a mode unknown here.
        """
        built: list[ClockFact] | None = [] if keep_changes else None
        return _frozen(replayed(goals, facts, team=team, built=built), built or [])

    @classmethod
    def correct(
        cls, goals: Goals, facts: Iterable[ClockFact], late: Sequence[LateChange], *, at: Instant, team: str = ""
    ) -> Clock:
        """Take changes into account that came late, and return the clock with what to append in ``changes`` (SLA-68).

        Those are a `ClockWithdrawn` for each crossing on record that did not happen, one `ClockRetargeted` with the
        late changes and the values after them, and a `ClockAttachedLate` for crossings nobody noticed, one for each
        cycle and revision. A replay of the facts with these gives the same clock. Recorded changes after an end that
        came late are passed over.

        Raises:
            Refused: ``time_went_back``, ``not_started``, or what a change refuses where it now stands.
            ValueError: there are no late changes.
        """
        return _frozen(*corrected(goals, facts, late, instant_us(at), team=team))

    def pause(self, reason: str, *, at: Instant) -> Clock:
        """Hold the clock for a reason; one that holds already changes nothing (SLA-57).

        Raises:
            Refused: ``pause_forbidden``, a date goal that does not allow it; ``clock_ended``; ``time_went_back``.
            DefinitionInvalid: the reason names none.
        """
        us = self._ready(at, "pause")
        if not (reason and isinstance(reason, str)):
            raise DefinitionInvalid(reason_problems(reason), "pause")
        if self.holds and reason in self.held:
            return self.advance(us)
        draft = thawed(self)
        facts: list[ClockFact] = []
        run_to(draft, us, facts)
        changing.hold(draft, reason, facts)
        return _frozen(draft, facts)

    def resume(self, reason: str, *, at: Instant) -> Clock:
        """Let go of a reason; the clock runs again iff no other holds (SLA-57).

        Raises:
            Refused: ``not_paused``, the reason does not hold; ``clock_ended``; ``time_went_back``.
        """
        us = self._ready(at, "resume")
        draft = thawed(self)
        facts: list[ClockFact] = []
        run_to(draft, us, facts)
        changing.release(draft, reason, facts)
        return _frozen(draft, facts)

    def stop(self, *, at: Instant, ended_by: str | None = None) -> Clock:
        """End the cycle with a verdict: the promise is met unless it was broken by now (SLA-66).

        ``ended_by`` names an end that is not the stop of the goal (a case closed without a reply): it is judged only
        if the promise was broken.
        """
        return self._taken("stop", at, changing.stop, ended_by)

    def cancel(self, *, at: Instant, reason: str = "") -> Clock:
        """End the cycle without a verdict; a breach before it stays on record (SLA-66)."""
        return self._taken("cancel", at, changing.cancel, reason)

    def reset(self, *, at: Instant, values: Mapping[str, Any] = EMPTY) -> Clock:
        """End the cycle without a stop, and begin the next at once (SLA-51, 66); reasons to pause persist."""
        return self._taken("reset", at, changing.reset, values)

    def reopen(self, *, at: Instant, mode: Mode = "resume", values: Mapping[str, Any] = EMPTY) -> Clock:
        """Let an ended clock run again (SLA-54).

        Args:
            at: when.
            mode: ``"resume"`` goes on with the same cycle, whose result is superseded, the time between not counted;
                ``"restart"`` begins the next cycle; ``"stay"`` leaves the clock as it is.
            values: what a date goal needs to be told.

        Raises:
            Refused: ``already_started``, it has not ended; ``time_went_back``.
            ValueError: no such mode.
        """
        _one_of("mode", mode, _MODES)
        if not self.ended:
            raise refusal(self, "reopen", "already_started", stage=self.stage, started=said(self, self.started_us))
        us = self._not_before(at, "reopen")
        if mode == "stay":
            return self
        draft = thawed(self)
        facts: list[ClockFact] = []
        draft.at_us = us
        changing.reopen(draft, mode, values, facts)
        return _frozen(draft, facts)

    def retarget(
        self,
        goal: Goal,
        *,
        at: Instant,
        carry: Carry = "keep_elapsed",
        counting: Counting | None = None,
        source: str = "policy",
        values: Mapping[str, Any] = EMPTY,
        promised_by: str = "",
    ) -> Clock:
        """Put another promise in force from ``at`` on (SLA-65); reasons to pause persist.

        A threshold told before is told again only if its new instant lies ahead; those passed already and not told
        give one crossing. A time that lies in the past is found by counting back over the time that ran.

        Args:
            goal: the new promise, on the same metric.
            at: when.
            carry: what becomes of the time used: kept, forgotten (``"restart"``), scaled to the new goal
                (``"proportional"``), or counted anew from the anchor under the new goal (``"retroactive"``).
            counting: whether the new calendar counts from the start or from now; by default a new version of the same
                calendar is a correction and counts from the start, another calendar from now.
            source: ``"policy"``, or ``"manual"`` for a promise set by hand.
            values: what a date goal needs to be told, beside what the clock was told before.
            promised_by: the policy, version and rule that promise it.

        Raises:
            Refused: ``pause_forbidden``, it is paused and the new goal does not allow that; ``not_proportional``, one
                of the goals is a date; ``field_missing``; ``clock_ended``; ``time_went_back``.
            ValueError: another metric, or no such mode.
        """
        if not (carry in _CARRIES and counting in _COUNTINGS and goal.metric == self.goal.metric):
            _one_of("carry", carry, _CARRIES)
            _one_of("counting", counting, _COUNTINGS)
            _one_of("metric", goal.metric, (self.goal.metric,))
        us = self._ready(at, "retarget")
        draft = thawed(self)
        facts: list[ClockFact] = []
        run_to(draft, us, facts)
        draft.source, draft.promised_by = source, promised_by
        retarget(draft, goal, carry=carry, counting=counting, values=values, facts=facts)
        return _frozen(draft, facts)

    def advance(self, at: Instant) -> Clock:
        """Record the crossings up to ``at``, each at its own instant; an ended clock stays as it is (SLA-63).

        Raises:
            Refused: ``time_went_back``.
        """
        if self.ended:
            return self
        us = self._not_before(at, "advance")
        if not runs(self):
            return self
        draft = thawed(self)
        facts: list[ClockFact] = []
        cross(draft, us, facts)
        return _frozen(draft, facts) if facts else self

    def _taken(self, verb: str, at: Instant, change: Callable[..., None], *arguments: Any) -> Clock:
        """Return the clock after time has passed and a change was taken."""
        us = self._ready(at, verb)
        draft = thawed(self)
        facts: list[ClockFact] = []
        run_to(draft, us, facts)
        change(draft, *arguments, facts)
        return _frozen(draft, facts)

    def _ready(self, at: Instant, attempt: str) -> int:
        if self.ended:
            raise refusal(self, attempt, "clock_ended", stage=self.stage, ended=said(self, self.at_us))
        return self._not_before(at, attempt)

    def drop_changes(self) -> Clock:
        """Return the same clock without its ``changes``: they are in the log now (SLA-80)."""
        draft = thawed(self)
        draft.changes = ()
        return _frozen(draft, [])


def _one_of(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        raise ValueError(
            f"{name} = {value!r} is none of {', '.join(map(repr, allowed))}{did_you_mean(value, _words(allowed))}"
        )


def _words(values: tuple[object, ...]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _frozen(draft: Draft, facts: list[ClockFact]) -> Clock:
    """Turn the draft itself into a clock: equal slots, so no copy is needed. The draft must not be used again."""
    draft.changes = (*draft.changes, *facts)
    draft.__class__ = Clock
    return cast("Clock", draft)
