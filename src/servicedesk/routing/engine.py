"""What follows from what: timers fall due, work looks for an agent, agents look for work (ROU-40, ROU-42).

Every change is a fact, applied at once; the index is brought up to date with whom it concerns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop
from typing import Any, Literal

from servicedesk.errors import Refused
from servicedesk.instants import from_us
from servicedesk.routing.decision import Decision
from servicedesk.routing.facts import (
    AgentUnresponsive,
    NoEligibleAgent,
    OfferExpired,
    OfferRevoked,
    OverrideLifted,
    OverrideSet,
    PolicyAdopted,
    RouterFact,
    WorkAssigned,
    WorkHeld,
    WorkOffered,
    WorkPromoted,
    WorkRelaxed,
    WorkReleased,
    WrapUpEnded,
)
from servicedesk.routing.folding import apply
from servicedesk.routing.index import Index
from servicedesk.routing.matching import counted, decided, funnel, ineligible, meeting
from servicedesk.routing.spans import us
from servicedesk.routing.state import AgentState, State, WorkState
from servicedesk.routing.timers import KINDS, ON_RECORD, Timer, agent_timers, next_change
from servicedesk.routing.work import Work

__all__ = ["Engine"]

_EVERYTHING = (OverrideSet, OverrideLifted, PolicyAdopted)


class Engine:
    """State, index, and the facts of the verb that runs."""

    def __init__(self, state: State, name: str, *, count: bool, at: int | None = None) -> None:
        self.state = state
        self.name = name
        self.count = count
        self.at = at
        self.index = Index(state, at or 0)
        self.facts: list[RouterFact] = []

    # --- facts --------------------------------------------------------------------------------------------------------

    def emit(self, cls: Callable[..., RouterFact], **values: Any) -> None:
        """Let a fact happen now."""
        fact = cls(router=self.name, at=self.index.at, **values)
        apply(self.state, fact)
        self.facts.append(fact)
        if isinstance(fact, _EVERYTHING) or self.index.is_crowded:
            self.index = Index(self.state, self.index.at)
            return
        agent = values.get("agent")
        if agent is not None:
            self.index.agent(agent if isinstance(agent, str) else agent.id)
        work = values.get("work")
        if work is not None:
            self.index.work(work if isinstance(work, str) else work.id)

    def emit_of_agent(self, cls: Callable[..., RouterFact], name: str, **values: Any) -> set[str]:
        """Let a change of an agent happen; return the work that its preferred agents no longer have for themselves."""
        wrapping = [*self.state.agents[name].wrapping] if name in self.state.agents else []
        works = [self.state.works[work] for work in self.state.alone]
        alone = {ws.id for ws in works if name in ws.work.preferred_agents and ws.is_alone(self.index.at)}
        self.emit(cls, **values)
        ended = alone - self.state.alone
        for work in (*ended, *wrapping):
            self.index.work(work)
        return ended

    # --- time ---------------------------------------------------------------------------------------------------------

    def reach(self, at: int) -> int:
        """Let everything fall due up to an instant; return the last one at which something did, or where it stood.

        Raises:
            Refused: ``time_went_back``.
        """
        if self.at is not None and at < self.at:
            last = from_us(self.at).isoformat()
            details = {"at": from_us(at).isoformat(), "last": last}
            raise Refused.because("time_went_back", details=details, possible=(f"{last} or later",), attempt="go on")
        stood = at if self.at is None else self.at
        while (timer := self.index.timers.first()) is not None and timer.due <= at:
            stood = timer.due
            self._at_instant(timer.due)
        self.at = self.index.at = at
        return stood

    def _at_instant(self, at: int) -> None:
        """Handle everything due at one instant, in the order of kinds and names; first, all see that time has come."""
        index = self.index
        index.at = self.at = at
        silent: list[Timer] = []
        owners = []
        for timer, owner in [*index.timers.due_at(at)]:
            owners.append(owner)
            kind, name = owner
            if kind == "agent":
                several = agent_timers(self.state.agents[name], at - 1)
                silent += [one for one in several if one.due == at]
            elif timer.kind not in ON_RECORD:
                silent.append(timer)
        heapify(silent)
        for kind, name in owners:
            (index.agent if kind == "agent" else index.work)(name)
        while (pending := self._next(silent, at)) is not None:
            _FIRE[KINDS[pending.kind]](self, pending)

    def _next(self, silent: list[Timer], at: int) -> Timer | None:
        armed = self.index.timers.first()
        pending = armed if armed is not None and armed.due <= at else None
        if silent and (pending is None or silent[0] < pending):
            return heappop(silent)
        if pending is not None:
            self.index.timers.spend()
        return pending

    def offer_expires(self, timer: Timer) -> None:
        """End an offer that nobody answered (ROU-36)."""
        ws = self.state.works[timer.name]
        name = ws.agent or ""
        agent = self.state.agents[name]
        queue = self.state.rules.queues.get(ws.work.queue)
        misses = agent.misses + 1
        self.emit(OfferExpired, work=ws.id, agent=name, misses=misses)
        affected: set[str] = set()
        gone = queue is not None and misses >= queue.max_misses
        if gone:
            affected = self.emit_of_agent(AgentUnresponsive, name, agent=name, misses=misses)
            affected |= self.recheck(name)
        self.follow({ws.id, *affected}, (name,), staffed=gone)

    def wrap_up_ends(self, timer: Timer) -> None:
        """Free an agent's hands of work that is wrapped up."""
        name = self.state.works[timer.name].agent or ""
        self.emit(WrapUpEnded, work=timer.name, agent=name)
        self.follow((), (name,))

    def agent_may(self, timer: Timer) -> None:
        """Let an agent look who has rested."""
        self.follow((), (timer.name,))

    def skill_ends(self, timer: Timer) -> None:
        """Take back what an agent may no longer be offered."""
        self.follow(self.recheck(timer.name), (timer.name,), staffed=True)

    def work_may(self, timer: Timer) -> None:
        """Let work look that more agents see now, by a step, a delay, or because a time is over."""
        self.follow((timer.name,), ())

    def promote(self, timer: Timer) -> None:
        """Let work go first from now on (ROU-28)."""
        self.settle(self.state.works[timer.name])

    # --- what follows -------------------------------------------------------------------------------------------------

    def follow(self, works: Iterable[str], agents: Iterable[str], *, staffed: bool = False) -> None:
        """Let changed work look, then changed agents, each in turn (ROU-42).

        ``staffed``: who is there, or what they can do, is not as before, so that steps may be skipped.
        """
        changed = {*works}
        moving = changed | self._skipping() if staffed else changed
        turns = [ws for name in moving if (ws := self.state.works.get(name))]
        for ws in sorted(turns, key=self._turn) if len(turns) > 1 else turns:
            if ws.is_unassigned and (self.settle(ws) or ws.id in changed):
                self.work_looks(ws)
        known = [self.state.agents[name] for name in agents if name in self.state.agents]
        for agent in sorted(known, key=lambda agent: (agent.idle_since, agent.agent.id)):
            self.agent_looks(agent)

    def _turn(self, ws: WorkState) -> tuple[Any, ...]:
        return self.state.turn(ws, self.index.at)

    def _skipping(self) -> set[str]:
        """Return the work whose step now goes on before its time, because nobody is there for it (ROU-11)."""
        works = (self.state.works[name] for name in self.index.skipping)
        return {ws.id for ws in works if self.step(ws) > max(ws.step, self._by_time(ws))}

    def settle(self, ws: WorkState) -> bool:
        """Bring step, promotion and holds of unassigned work up to now; return whether more agents may see it."""
        step = self.step(ws)
        moved = step > ws.step
        if moved:
            early = ws.work.steps[step][0] > self.index.at - ws.entered
            self.emit(WorkRelaxed, work=ws.id, step=step, skipped=early)
        queue = self.state.rules.queues.get(ws.work.queue)
        after = None if queue is None else queue.promote_after
        if after is not None and not ws.promoted and self.index.at - ws.entered >= us(after):
            self.emit(WorkPromoted, work=ws.id)
        held = ws.held
        holds = self.state.holds_on(ws.work)
        if holds and holds != held:
            self.emit(WorkHeld, work=ws.id, overrides=holds)
        elif held and not holds:
            self.emit(WorkReleased, work=ws.id)
        return moved or (bool(held) and not holds)

    def step(self, ws: WorkState) -> int:
        """Return the step in force: by time, then on while nobody is there for it (ROU-8, ROU-11)."""
        steps = ws.work.steps
        if len(steps) == 1:
            return 0
        step = max(ws.step, self._by_time(ws))
        skip = None if ws.work.relaxation is None else ws.work.relaxation.skip_when
        if skip is not None:
            there = self.index.masks.of(skip.removeprefix("nobody_"))
            while step + 1 < len(steps) and not meeting(self.index, ws, self.index.meant(steps[step][1])) & there:
                step += 1
        return step

    def _by_time(self, ws: WorkState) -> int:
        waited = self.index.at - ws.entered
        return sum(after <= waited for after, _ in ws.work.steps[1:])

    def recheck(self, name: str) -> set[str]:
        """Take back the offers that an agent can no longer take (ROU-38); return their work."""
        agent = self.state.agents[name]
        gone = [work for work, fits in self._kept(agent) if not fits]
        for work in gone:
            self.emit(OfferRevoked, work=work, agent=name, because="agent_changed")
        return {*gone}

    def _kept(self, agent: AgentState) -> list[tuple[str, bool]]:
        """Return each open offer, the oldest first, and whether it can stay beside those that do."""
        works = [self.state.works[name] for name in agent.offers]
        held = dict(agent.held)
        for ws in works:
            held[ws.work.channel] -= 1
        held = {channel: count for channel, count in held.items() if count}
        answers = []
        for ws in works:
            fits = self.may_keep(agent, ws.work, ws.step) and agent.agent.capacity.fits(ws.work.channel, held)
            if fits:
                held[ws.work.channel] = held.get(ws.work.channel, 0) + 1
            answers.append((ws.id, fits))
        return answers

    def may_keep(self, agent: AgentState, work: Work, step: int) -> bool:
        """Whether an agent qualifies for offered work, or for what it is to become, at a step."""
        profile = self.index.profiles[agent.agent.id]
        need = self.index.meant(work.steps[step][1])
        delays = self.state.rules.delays.get(work.queue)
        sees = delays is not None and profile.rank(work.queue, delays[-1]) is not None
        return agent.routable and sees and profile.qualifies(need) and agent.agent.id not in work.excluded

    # --- matching -----------------------------------------------------------------------------------------------------

    def work_looks(self, ws: WorkState) -> None:
        """Let waiting work find the best of the agents who can take it (ROU-33)."""
        if ws.place != "waiting" or ws.held or not self.state.places(ws.work):
            return
        if self.state.rules.queue(ws.work.queue).mode == "pull":
            return
        stages = funnel(self.index, ws)
        if stages[-1]:
            self._give(ws, decided(self.index, ws, None, stages, "work", count=self.count))
            return
        cause = ineligible(self.index, ws, stages)
        if cause is not None and (cause, ws.step) not in ws.told:
            change = next_change(self.state, ws, self.index.at)
            values = {"cause": cause, "step": ws.step, "funnel": counted(stages), "next_change": change}
            self.emit(NoEligibleAgent, work=ws.id, **values)

    def agent_looks(self, agent: AgentState) -> None:
        """Let an agent find work until their hands are full (ROU-23)."""
        while self._may_look(agent) and (ws := self.index.first_work(agent)) is not None:
            stages = funnel(self.index, ws)
            self._give(ws, decided(self.index, ws, agent.agent.id, stages, "agent", count=self.count))

    def _may_look(self, agent: AgentState) -> bool:
        at = self.index.at
        return agent.routable and agent.rests_until <= at and agent.limited_until(at) is None

    def _give(self, ws: WorkState, decision: Decision) -> None:
        """Offer work, or deliver it where its queue does not ask (ROU-34)."""
        timeout = self.state.rules.queue(ws.work.queue).offer_timeout
        if timeout is None:
            self.assign(ws, decision.agent, "forced", attempt=ws.attempt + 1, decision=decision)
            return
        until = self.index.at + us(timeout)
        values = {"attempt": ws.attempt + 1, "until": until, "decision": decision}
        self.emit(WorkOffered, work=ws.id, agent=decision.agent, **values)

    def assign(
        self, ws: WorkState, name: str, how: Literal["accepted", "forced", "taken", "assigned"], **more: Any
    ) -> None:
        """Put work into an agent's hands."""
        agent = self.state.agents[name].agent
        values: Mapping[str, Any] = {
            "line": agent.line,
            "group": self.state.rules.group_of(agent.groups, ws.work.queue),
            "queue": ws.work.queue,
            "channel": ws.work.channel,
            "step": ws.step,
            "attempt": ws.attempt,
            "wait": self.index.at - ws.entered,
            "how": how,
        }
        self.emit(WorkAssigned, work=ws.id, agent=name, **{**values, **more})


_FIRE: Mapping[str, Callable[[Engine, Timer], None]] = {
    "offer_expiry": Engine.offer_expires,
    "wrap_up_end": Engine.wrap_up_ends,
    "cool_down_end": Engine.agent_may,
    "limit": Engine.agent_may,
    "skill_expiry": Engine.skill_ends,
    "decline_memory": Engine.work_may,
    "sticky": Engine.work_may,
    "relaxation": Engine.work_may,
    "delay": Engine.work_may,
    "promotion": Engine.promote,
}
