"""The clocks of one ticket, moved by what happens to it: attached, retargeted, paused and ended by a policy's rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import pendulum
from attrs import evolve, field, frozen

from servicedesk.errors import CalendarCoverageError, DefinitionInvalid, Problem, Refused, UnknownKind
from servicedesk.instants import Instant, from_us, instant_us
from servicedesk.sla.clocks.clock import Clock
from servicedesk.sla.clocks.goal import Goal
from servicedesk.sla.clocks.limits import Until
from servicedesk.sla.clocks.metric import Metric
from servicedesk.sla.facts import ClockFact, ClockRetargeted, ClockStarted, LateChange
from servicedesk.sla.policies.moving import Change, Kept, Key, Values, attach, move
from servicedesk.sla.policies.ola import OlaNote, ola_notes
from servicedesk.sla.policies.policy import Promise, SlaPolicy

__all__ = ["NextDue", "TicketClocks"]


class NextDue(NamedTuple):
    """What falls due next: when, on which clock, and which threshold."""

    at: pendulum.DateTime
    metric: str
    team: str
    threshold: str


@frozen(kw_only=True, repr=False)
class TicketClocks:
    """Every clock of a ticket under one version of a policy; each verb returns the next value.

    `observe` is told the ticket's values after each change, with the ``event`` that brought it, and does all that
    follows; `advance` lets time pass; `next_due` says when it next has something to record. ``changes`` are the facts
    since they were last dropped.

    >>> from servicedesk.sla import Calendar, Goal, SlaPolicy, SlaRule
    >>> desk = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", name="desk")
    >>> reply = Goal("first_response", within="1h", calendar=desk)
    >>> solve = Goal("resolution", within="8h", calendar=desk, stop="resolved")
    >>> policy = SlaPolicy("promises", [SlaRule([reply, solve])])
    >>> def at(hour: int) -> pendulum.DateTime:
    ...     return pendulum.datetime(2026, 3, 2, hour, tz="Asia/Shanghai")
    >>> clocks = TicketClocks.accept(policy, ticket="T-7", at=at(10))
    >>> clocks.next_due.metric, clocks.next_due.at.hour
    ('first_response', 11)
    >>> clocks = clocks.observe({"event": "resolved"}, at=at(15))
    >>> [(fact.kind, fact.metric) for fact in clocks.changes][-2:]
    [('clock.breached', 'first_response'), ('clock.stopped', 'resolution')]
    """

    policy: SlaPolicy
    ticket: str
    accepted_us: int
    at_us: int
    notes: tuple[OlaNote, ...] = ()
    _kept: tuple[Kept, ...] = field(default=(), alias="kept")

    @classmethod
    def accept(cls, policy: SlaPolicy, *, ticket: str, at: Instant, values: Values | None = None) -> TicketClocks:
        """Begin with a ticket that is accepted now; its event is ``"accepted"`` unless the values say otherwise."""
        us = instant_us(at)
        empty = cls(policy=policy, ticket=ticket, accepted_us=us, at_us=us)
        return empty.observe({"event": "accepted", **(values or {})}, at=us)

    @classmethod
    def replay(
        cls, policy: SlaPolicy, facts: Iterable[ClockFact], *, older: Iterable[SlaPolicy] = (), accepted: Instant
    ) -> TicketClocks:
        """Fold the recorded facts of one ticket's clocks; notes are not in them.

        Args:
            policy: the one that judges the ticket now.
            facts: the stream of the ticket's clocks.
            older: policies that judged it before.
            accepted: when the ticket was accepted.

        Raises:
            UnknownKind: a promise that none of the policies makes.
        """
        own, policies = tuple(facts), (policy, *older)
        _check_versions(policies)
        starts = [fact for fact in own if isinstance(fact, ClockStarted)]
        promised = [fact for fact in own if isinstance(fact, ClockStarted | ClockRetargeted)]
        kept = []
        for start in starts:
            last = [fact for fact in promised if (fact.metric, fact.team) == (start.metric, start.team)][-1]
            same = [fact for fact in own if fact.metric == start.metric]
            clock = Clock.replay(lambda fact: _goal_of(policies, fact), same, team=start.team)
            kept.append(Kept(clock, _promise_of(policies, last), manual=clock.source == "manual"))
        us = instant_us(accepted, "accepted")
        at = max((fact.at for fact in own), default=us)
        ticket = starts[0].ticket if starts else ""
        return cls(policy=policy, ticket=ticket, accepted_us=us, at_us=at, kept=tuple(kept))

    def observe(self, values: Values, *, at: Instant, history: Iterable[tuple[Instant, Values]] = ()) -> TicketClocks:
        """Take a change: the ticket's values after it, with the ``event`` that brought it.

        New clocks attach first, changed goals are carried over, then each clock meets stop > lapse > cancel > reset >
        pause > resume (SLA-52). ``history`` is what was observed before, for clocks that attach late: the pauses
        since their anchor are found in it (SLA-53).

        Raises:
            Refused: ``time_went_back``; ``field_missing`` where a goal needs a value the ticket has not.
            CalendarCoverageError: the policy refuses due dates that unpublished holidays may move (SLA-67).
        """
        us = self._not_before(at)
        wanted, owners, seen = self._wanted(values), _owners(values), tuple(history)

        def change(key: Key, metric: Metric) -> Change:
            owned = not metric.per_team or key[1] in owners
            return Change(self.policy, wanted.get(key), _of_team(values, key[1]), us, owned=owned)

        known = {kept.key for kept in self._kept}
        passed = self._passed(us)  # what time brought about comes first: the facts of one stream never go back
        moved = [move(kept, change(kept.key, kept.promise.metric)) for kept in passed]
        new = [(key, promise.metric) for key, promise in wanted.items() if key not in known]
        fresh = [attach(change(key, metric), self.ticket, key[1], self.accepted_us, seen) for key, metric in new]
        kept = (*moved, *(one for one in fresh if one is not None))
        if self.policy.on_unknown == "raise":
            _check_known(self._kept, kept)
        running = [one.key for one in self._kept if not one.clock.ended]
        clocks = [one.clock for one in kept if not one.clock.ended]
        return evolve(self, at_us=us, kept=kept, notes=(*self.notes, *ola_notes(running, clocks, us)))

    def advance(self, at: Instant) -> TicketClocks:
        """Record what time alone has brought about up to ``at``, on every clock (SLA-63)."""
        us = self._not_before(at)
        return evolve(self, at_us=us, kept=self._passed(us))

    def set_due(self, metric: str, due: Instant, *, at: Instant, team: str = "") -> TicketClocks:
        """Set by hand when a clock is due; rules and newer policies leave it alone from now on (SLA-71).

        Raises:
            Refused: ``no_clock``, or what `Clock.retarget` refuses.
        """
        us = self._not_before(at)
        kept = self._of(metric, team)
        instant = max(instant_us(due, "due"), kept.clock.counted_from_us)  # no earlier than the clock counts
        goal = kept.clock.goal.with_limit(Until(instant, on_pause="ignore"))
        clock = kept.clock.retarget(goal, at=us, source="manual", promised_by=kept.clock.promised_by)
        changed = evolve(kept, clock=clock, manual=True)
        return evolve(self, at_us=us, kept=tuple(changed if one is kept else one for one in self._kept))

    def correct(
        self,
        metric: str,
        late: Sequence[LateChange],
        *,
        at: Instant,
        facts: Iterable[ClockFact],
        team: str = "",
        older: Iterable[SlaPolicy] = (),
    ) -> TicketClocks:
        """Take changes of one clock into account that were learned of late (SLA-68, `Clock.correct`).

        Args:
            metric: whose clock.
            late: what happened, and when.
            at: now.
            facts: all that was recorded of the ticket's clocks: store their changes first.
            team: whose clock, where a metric runs once a team.
            older: policies that judged the ticket before.

        Raises:
            Refused: ``no_clock``; ``changes_pending``; or what `Clock.correct` refuses.
        """
        us, kept = self._not_before(at), self._of(metric, team)
        if kept.clock.changes:
            possible = ("store the changes, then drop_changes()",)
            raise Refused.because("changes_pending", possible=possible, attempt=f"correct {metric!r}")
        policies = (self.policy, *older)
        own = [fact for fact in facts if fact.metric == metric]
        clock = Clock.correct(lambda fact: _goal_of(policies, fact), own, late, at=us, team=team)
        changed = evolve(kept, clock=clock)
        return evolve(self, at_us=us, kept=tuple(changed if one is kept else one for one in self._kept))

    def adopt(self, policy: SlaPolicy, values: Values, *, at: Instant) -> TicketClocks:
        """Judge the ticket by another policy, or a newer version, from now on; nothing else ever does (SLA-71).

        A clock whose due was set by hand stays as it is, also where no rule of the new policy fits.

        Raises:
            DefinitionInvalid: another policy with the name and version of the present one.
        """
        _check_versions((self.policy, policy))
        return evolve(self, policy=policy).observe({**values, "event": "policy_changed"}, at=at)

    def clock(self, metric: str, team: str = "") -> Clock:
        """Return one clock.

        Raises:
            Refused: ``no_clock``; what there is stands in it.
        """
        return self._of(metric, team).clock

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """Every clock, in the order they were attached; ended ones too."""
        return tuple(kept.clock for kept in self._kept)

    @property
    def next_due(self) -> NextDue | None:
        """What falls due next on any clock, with its name (SLA-48)."""
        dues = [
            (clock.next_due_us, clock.goal.metric, clock.team, clock.next_name)
            for clock in self.clocks
            if clock.next_due_us is not None
        ]
        if not dues:
            return None
        us, metric, team, threshold = min(dues)
        calendar = self.clock(metric, team).goal.calendar
        return NextDue(calendar.local(us), metric, team, threshold or "")

    @property
    def changes(self) -> tuple[ClockFact, ...]:
        """The facts since they were last dropped, in the order they happened."""
        facts = [fact for clock in self.clocks for fact in clock.changes]
        return tuple(sorted(facts, key=lambda fact: fact.at))

    def drop_changes(self) -> TicketClocks:
        """Return it without changes and notes, once they are stored."""
        return evolve(self, notes=(), kept=tuple(evolve(one, clock=one.clock.drop_changes()) for one in self._kept))

    def _passed(self, us: int) -> tuple[Kept, ...]:
        return tuple(evolve(kept, clock=kept.clock.advance(us)) for kept in self._kept)

    def _not_before(self, at: Instant) -> int:
        us = instant_us(at)
        if us < self.at_us:
            zone = self._kept[0].clock.goal.calendar.zone if self._kept else "UTC"
            details = {"at": from_us(us, zone).isoformat(), "last": from_us(self.at_us, zone).isoformat()}
            raise Refused.because("time_went_back", attempt=f"move the clocks of {self.ticket!r}", details=details)
        return us

    def _of(self, metric: str, team: str) -> Kept:
        for kept in self._kept:
            if kept.key == (metric, team):
                return kept
        possible = tuple(f"{name} of {team}" if team else name for name, team in (kept.key for kept in self._kept))
        details = {"metric": metric, "team": team}
        raise Refused.because("no_clock", possible=possible, attempt=f"find {metric!r}", details=details)

    def _wanted(self, values: Values) -> dict[Key, Promise]:
        """Return the promise of each clock the ticket should have now; metrics of teams once for each owner."""
        wanted: dict[Key, Promise] = {}
        for name, promise in self.policy.promises(values).items():
            if not promise.metric.per_team:
                wanted[name, ""] = promise
        for team in _owners(values):
            for name, promise in self.policy.promises(_of_team(values, team)).items():
                if promise.metric.per_team:
                    wanted[name, team] = promise
        return wanted

    def __repr__(self) -> str:
        stages = ", ".join(f"{' of '.join(filter(None, kept.key))} {kept.clock.stage}" for kept in self._kept)
        return f"<TicketClocks {self.ticket}: {stages or 'none'}; policy {self.policy.name} {self.policy.version}>"


def _check_versions(policies: Iterable[SlaPolicy]) -> None:
    """Refuse two policies under one name and version: facts could not say which of them promised."""
    known: dict[tuple[str, str], SlaPolicy] = {}
    for policy in policies:
        if known.setdefault((policy.name, policy.version), policy) != policy:
            message = f"two different policies are {policy.name!r} version {policy.version!r}; give each its version"
            raise DefinitionInvalid((Problem("policy.version", message),), "policy")


def _promise_of(policies: Iterable[SlaPolicy], fact: ClockStarted | ClockRetargeted) -> Promise:
    unknown: UnknownKind | None = None
    for policy in policies:
        try:
            return policy.promise_of(fact)
        except UnknownKind as error:
            unknown = unknown or error
    assert unknown is not None  # noqa: S101  # there is at least one policy
    raise unknown


def _goal_of(policies: Iterable[SlaPolicy], fact: ClockStarted | ClockRetargeted) -> Goal:
    """Return the goal of a recorded promise; one set by hand is its instant (SLA-71)."""
    goal = _promise_of(policies, fact).goal
    if isinstance(fact, ClockRetargeted) and fact.source == "manual":
        return goal.with_limit(Until(fact.due or fact.at, on_pause="ignore"))
    return goal


def _owners(values: Values) -> tuple[str, ...]:
    """Return the teams that hold the ticket; nobody's time is that of the team without a name (SLA-73)."""
    team = values.get("team")
    if team is not None and not isinstance(team, str | list | tuple | set | frozenset):
        raise TypeError(f"team is a name, several of them, or None for nobody, not {type(team).__name__} {team!r}")
    several = (team,) if team is None or isinstance(team, str) else sorted(team, key=str)
    return tuple(one or "" for one in several) or ("",)


def _of_team(values: Values, team: str) -> Values:
    return {**values, "team": team} if team or "team" in values else values


def _check_known(before: tuple[Kept, ...], after: tuple[Kept, ...]) -> None:
    """Refuse a promise made now whose due date holidays not yet published may move (SLA-67)."""
    made = {(one.key, one.clock.cycle, one.clock.revision) for one in before}
    for one in after:
        clock = one.clock
        new = (one.key, clock.cycle, clock.revision) not in made
        if new and not clock.ended and clock.first_unknown is not None:
            days = clock.goal.calendar.rule.known_days
            first, last = (None if day is None else date.fromordinal(day) for day in days)
            raise CalendarCoverageError(clock.goal.calendar.label, clock.first_unknown, last, first)
