"""A naive router: the verbs (ROU-39), each on full scans; a refused verb puts the whole state back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from oracles.naive_desk import STAGES, Job, Seat, micros
from oracles.naive_matching import KINDS, NaiveMatching
from servicedesk.errors import DefinitionInvalid, Refused
from servicedesk.instants import instant_us
from servicedesk.routing import Agent, facts

__all__ = ["NaiveRouter"]


def refuse(code: str, attempt: str = "do this", **details: Any) -> None:
    raise Refused.because(code, details=details, attempt=attempt)


class NaiveRouter(NaiveMatching):
    """The verbs (ROU-39)."""

    def _do(self, at: Any, change: Callable[[], None]) -> tuple[Any, ...]:
        before = self.snapshot()
        try:
            at = instant_us(at)
            if self.now is not None and at < self.now:
                refuse("time_went_back", at=at, last=self.now)
            self.facts = []
            self.fall_due(at)
            self.now = at
            change()
        except BaseException:
            self.__dict__ = before
            raise
        self.cursor = (at, len(KINDS))
        return tuple(self.facts)

    # --- work ---

    def enqueue(self, work: Any, *, at: Any, entered: Any = None) -> tuple[Any, ...]:
        return self._do(at, lambda: self._enqueue(work, entered))

    def _valid(self, work: Any) -> Any:
        if found := work.problems(self.policy.graph):
            raise DefinitionInvalid(found, "work")
        queue = self.queue(work.queue)
        if queue is None:
            refuse("unknown_queue")
        if work.band is not None and work.band not in queue.bands:
            refuse("unknown_band")
        if self.policy.channels and work.channel not in self.policy.channels:
            refuse("unknown_channel")
        return queue

    def _enqueue(self, work: Any, entered: Any) -> None:
        queue = self._valid(work)
        start = self.now if entered is None else instant_us(entered, "entered")
        if work.id in self.jobs:
            refuse("already_queued")
        if start > self.now:
            refuse("entered_in_future")
        if queue.resume_within is not None and start < self.now - micros(queue.resume_within):
            refuse("entered_too_early")
        job, first = Job(work, start), self.turned_away(queue, work)
        reason = first
        while reason is not None:
            queue = self.queue(queue.overflow_to) if queue.overflow_to is not None else None
            if queue is None:
                self.fact(facts.WorkTurnedAway, work=work.id, queue=work.queue, reason=first)
                return
            job.work = evolve(work, queue=queue.name, band=work.band if work.band in queue.bands else None)
            reason = self.turned_away(queue, job.work)
        self.jobs[work.id] = job
        overflow = None if first is None else work.queue
        self.fact(facts.WorkEnqueued, work=job.work, entered=start, overflow_from=overflow)
        self.skip_sticky(job)
        self.follow({job: True})

    def turned_away(self, queue: Any, work: Any) -> str | None:
        """ROU-31."""
        if queue.max_length is not None and len(self.waiting(queue.name)) >= queue.max_length:
            return "full"
        if queue.join_when == "always":
            return None
        there, job = (self.signed_in if queue.join_when == "signed_in" else self.routable), Job(work, self.now)
        could = [
            seat
            for seat in self.seats.values()
            if there(seat)
            and self.passes("access", seat, job)
            and any(self.qualifies(seat, job, step) for step in range(len(work.steps)))
        ]
        return None if could else f"nobody_{queue.join_when}"

    def amend(self, id: str, *, at: Any, **changes: Any) -> tuple[Any, ...]:  # noqa: A002  # the verb's own word
        return self._do(at, lambda: self._amend(id, changes))

    def _unassigned(self, work: str) -> Job:
        job = self._job(work)
        if not job.unassigned:
            refuse("not_waiting")
        return job

    def _amend(self, name: str, changes: dict[str, Any]) -> None:
        job = self._unassigned(name)
        lost = []
        if job.place == "offered":
            old, oldstep = job.work, job.step
            self._change(job, changes)
            if (old.requirement, old.relaxation) != (job.work.requirement, job.work.relaxation):
                job.step = self.step_now(job)
            seat = self.seats[job.agent]
            able = all(self.passes(stage, seat, job) for stage in ("line", "group", "access", "skills"))
            moved = (old.queue, old.channel) != (job.work.queue, job.work.channel)
            job.work, job.step = old, oldstep
            if not able or moved:
                lost.append(self.revoke(job, "amended"))
        self._change(job, changes)
        self.fact(facts.WorkAmended, work=job.work)
        self.skip_sticky(job)
        self.follow({job: True}, lost)

    def _change(self, job: Job, changes: dict[str, Any]) -> None:
        before, after = job.work, evolve(job.work, **changes)
        self._valid(after)
        if (before.requirement, before.relaxation) != (after.requirement, after.relaxation):
            job.step = 0
        job.work = after

    def withdraw(self, id: str, *, at: Any, reason: str = "abandoned") -> tuple[Any, ...]:  # noqa: A002  # as above
        return self._do(at, lambda: self.follow({}, self._withdraw(id, reason)))

    def _withdraw(self, name: str, reason: str) -> list[Seat]:
        job = self._unassigned(name)
        lost = [self.revoke(job, "withdrawn")] if job.place == "offered" else []
        values = {"queue": job.work.queue, "reason": reason, "wait": self.now - job.entered}
        self.fact(facts.WorkWithdrawn, work=name, **values)
        del self.jobs[name]
        return lost

    # --- agents ---

    def agent_changed(
        self, agent: Any, *, at: Any, presence: str | None = None, on_hand: str = "keep", **changes: Any
    ) -> tuple[Any, ...]:
        return self._do(at, lambda: self._agent_changed(agent, presence, on_hand, changes))

    def _agent_changed(self, agent: Any, presence: str | None, on_hand: str, changes: dict[str, Any]) -> None:
        name = agent if isinstance(agent, str) else agent.id
        seat = self.seats.get(name)
        if isinstance(agent, str):
            agent = Agent(id=name, **changes) if seat is None else evolve(seat.agent, **changes)
        if found := agent.problems(self.policy.graph, [group.name for group in self.policy.groups]):
            raise DefinitionInvalid(found, "agent")
        if presence is not None and self.policy.presence(presence) is None:
            refuse("unknown_presence")
        if presence is not None and (seat is None or seat.presence != presence):
            self._may(agent, presence)
        if seat is None:
            seat = self.seats[name] = Seat(agent, presence or "offline", self.now)
        else:
            seat.agent = agent
            self.sign(seat, presence or seat.presence)
        self.fact(facts.AgentChanged, agent=agent, presence=seat.presence)
        back = self.recheck(seat)
        if on_hand == "requeue" and not self.signed_in(seat):
            for job in self.in_hand(name):
                self._requeue(job, "offline")
                back.append(job)
        self.follow_agents(back, [seat])

    def _may(self, agent: Any, presence: str) -> None:
        """ROU-45."""
        for override, since in self.overrides:
            mine = not override.groups or any(name in override.groups for name in agent.groups)
            if mine and presence in override.refuse_presences:
                refuse("presence_suspended", override=override.name, since=since)

    def _requeue(self, job: Job, because: str, restarted: bool = False) -> None:
        name = job.agent
        self.seats[name].idle = self.now
        job.place, job.agent = "waiting", None
        self.fact(
            facts.WorkRequeued, work=job.work, agent=name, entered=job.entered, because=because, restarted=restarted
        )
        self.skip_sticky(job)

    def agent_left(self, id: str, *, at: Any) -> tuple[Any, ...]:  # noqa: A002  # the verb's own word
        return self._do(at, lambda: self._agent_left(id))

    def _agent_left(self, name: str) -> None:
        seat = self._seat(name)
        if self.in_hand(name):
            refuse("hands_not_empty", works=tuple(job.work.id for job in self.in_hand(name)))
        back = self.offers_of(name)
        for job in back:
            self.revoke(job, "agent_changed")
        for job in self.wrapping(name):
            del self.jobs[job.work.id]
        del self.seats[name]
        self.fact(facts.AgentChanged, agent=seat.agent, presence=seat.presence, left=True)
        self.follow_agents(back, [])

    def accept(self, work: str, agent: str, *, at: Any) -> tuple[Any, ...]:
        return self._do(at, lambda: self._accept(work, agent))

    def _offered(self, work: str, agent: str) -> tuple[Job, Seat]:
        """Return work and agent of an open offer, or tell how it ended (ROU-35)."""
        job, seat = self._job(work), self._seat(agent)
        if job.place == "offered" and job.agent == agent:
            return job, seat
        if agent in job.ended:
            how, at, because = job.ended[agent]
            refuse(f"offer_{how}", at=at, because=because)
        refuse("no_offer" if job.unassigned else "offer_taken")
        raise AssertionError

    def _accept(self, work: str, agent: str) -> None:
        job, seat = self._offered(work, agent)
        seat.misses = 0
        self.assign_to(job, seat, "accepted")
        self.pick_work(seat)

    def decline(self, work: str, agent: str, *, at: Any, reason: str | None = None) -> tuple[Any, ...]:
        return self._do(at, lambda: self._decline(work, agent, reason))

    def _decline(self, work: str, agent: str, reason: str | None) -> None:
        job, seat = self._offered(work, agent)
        rules = self.rules(job)
        until = None if rules.decline_memory is None else self.now + micros(rules.decline_memory)
        self.back(job, "declined")
        job.declined[agent] = until
        self.cool(seat, rules.cool_down_declined)
        self.fact(facts.OfferDeclined, work=work, agent=agent, reason=reason, until=until)
        self.follow({job: True}, [seat])

    def _handled(self, work: str) -> tuple[Job, Seat]:
        job = self._job(work)
        if job.place != "hand":
            refuse("not_in_hand")
        return job, self.seats[job.agent]

    def complete(self, work: str, *, at: Any) -> tuple[Any, ...]:
        return self._do(at, lambda: self._complete(work))

    def _complete(self, work: str) -> None:
        """ROU-17."""
        job, seat = self._handled(work)
        queue, took = self.queue(job.work.queue), self.now - job.since
        wrap_up = seat.agent.wrap_up or (queue.wrap_up if queue is not None else None)
        seat.talk += took
        until = None if wrap_up is None or wrap_up.span is None else self.now + micros(wrap_up.span)
        values = {"took": took, "wrapping_up": wrap_up is not None, "wrap_up_until": until}
        self.fact(facts.WorkCompleted, work=work, agent=job.agent, **values)
        if wrap_up is None:
            del self.jobs[work]
            seat.idle = self.now
        else:
            job.place, job.until, job.mode = "wrap_up", until, wrap_up.mode
            job.bound = queue.name if queue is not None and queue.wrap_up_blocks == "queue" else None
        self.pick_work(seat)

    def ready(self, agent: str, *, at: Any, work: str | None = None) -> tuple[Any, ...]:
        return self._do(at, lambda: self._ready(agent, work))

    def _ready(self, agent: str, work: str | None) -> None:
        seat = self._seat(agent)
        ended = [job for job in self.wrapping(agent) if work in (None, job.work.id)]
        if not ended:
            refuse("not_wrapping_up")
        if any(job.mode == "mandatory" for job in ended):
            refuse("wrap_up_mandatory")
        for job in ended:
            self.leave_wrap_up(job, early=True)
        self.pick_work(seat)

    # --- work goes where a person says ---

    def take(self, work: str, agent: str, *, at: Any) -> tuple[Any, ...]:
        return self._do(at, lambda: self._take(work, agent))

    def _take(self, work: str, agent: str) -> None:
        """ROU-32."""
        job, seat = self._job(work), self._seat(agent)
        if job.place != "waiting":
            refuse("not_waiting")
        queue = self.queue(job.work.queue)
        if queue is not None and queue.mode == "push":
            refuse("not_pull")
        self._sees(job, seat)
        before = self.available_to(agent).index(work)
        if before and not queue.cherry_pick:
            refuse("not_first", first=self.available_to(agent)[0])
        self.assign_to(job, seat, "taken", overtook=before)

    def _sees(self, job: Job, seat: Seat) -> None:
        stage = "held" if job.held else self.first_failed(seat, job) or (None if self.placed(job) else "access")
        if stage is not None:
            refuse("over_capacity" if stage in ("rested", "capacity") else "not_visible", stage=stage)

    def assign(self, work: str, agent: str, *, at: Any, force: bool = False) -> tuple[Any, ...]:
        return self._do(at, lambda: self._assign(work, agent, force=force))

    def _assign(self, work: str, agent: str, *, force: bool) -> None:
        """ROU-46."""
        job, seat = self._unassigned(work), self._seat(agent)
        if not self.signed_in(seat):
            refuse("not_signed_in")
        lost = [self.revoke(job, "assigned")] if job.place == "offered" else []
        failed = ["held"] if job.held else []
        failed += [stage for stage in STAGES if not self.passes(stage, seat, job)]
        if not force:
            self._sees(job, seat)
        self.assign_to(job, seat, "assigned", overrode=tuple(failed))
        self.follow({}, lost)

    def transfer(self, work: str, *, at: Any, restart: bool = False, **changes: Any) -> tuple[Any, ...]:
        return self._do(at, lambda: self._transfer(work, restart, changes))

    def _transfer(self, work: str, restart: Any, changes: dict[str, Any]) -> None:
        job, seat = self._handled(work)
        self._change(job, changes)
        if restart:
            job.entered, job.step, job.promoted, job.skipped = self.now, 0, False, False
        self._requeue(job, "transferred", restart)
        self.follow({job: True}, [seat])

    # --- the policy ---

    def override(self, override: Any, *, at: Any) -> tuple[Any, ...]:
        return self._do(at, lambda: self._override(override))

    def _override(self, override: Any) -> None:
        if any(override.name == known.name for known, _ in self.overrides):
            refuse("already_set")
        if found := self.base.override_problems(override):
            raise DefinitionInvalid(found, "override")
        self.overrides.append((override, self.now))
        self.fact(facts.OverrideSet, override=override)
        self._ruled_anew()

    def lift(self, name: str, *, at: Any) -> tuple[Any, ...]:
        return self._do(at, lambda: self._lift(name))

    def _lift(self, name: str) -> None:
        kept = [pair for pair in self.overrides if pair[0].name != name]
        if len(kept) == len(self.overrides):
            refuse("not_set")
        self.overrides = kept
        self.fact(facts.OverrideLifted, name=name)
        self._ruled_anew()

    def adopt(self, policy: Any, *, at: Any) -> tuple[Any, ...]:
        return self._do(at, lambda: self._adopt(policy))

    def _adopt(self, policy: Any) -> None:
        policy.check()
        self.base = policy
        self.settle_policy()
        unplaced = sorted(name for name, job in self.jobs.items() if job.unassigned and not self.placed(job))
        self.fact(facts.PolicyAdopted, policy=policy.name, version=policy.version, unplaced=tuple(unplaced))
        self._ruled_anew()

    def _ruled_anew(self) -> None:
        self.settle_policy()
        works = {job: False for job in self.jobs.values() if job.unassigned}
        for job in sorted(works, key=self.sequence_key):
            held = job.held
            self.settle(job)
            if held and not job.held:
                self.pick_agent(job)
        self.follow({}, self.seats.values())

    # --- time, and several changes at once ---

    def advance(self, at: Any) -> tuple[Any, ...]:
        return self._do(at, lambda: None)

    def apply(self, *, at: Any, withdrawn: Any = (), works: Any = (), agents: Any = ()) -> tuple[Any, ...]:
        return self._do(at, lambda: self._apply(withdrawn, works, agents))

    def _apply(self, withdrawn: Any, works: Any, agents: Any) -> None:
        """ROU-42."""
        freed = [seat for name in sorted(withdrawn) for seat in self._withdraw(name, "abandoned")]
        for work in sorted(works, key=lambda work: self.sequence_key(Job(work, self.now))):
            self._enqueue(work, None)
        seats = {name: seat.idle for name, seat in self.seats.items()}
        for agent, presence in sorted(agents, key=lambda pair: (seats.get(pair[0].id, self.now), pair[0].id)):
            self._agent_changed(agent, presence, "keep", {})
        self.follow({}, dict.fromkeys(freed))
