"""How a naive router settles and matches, and its timers (ROU-8 to 12, 34 to 42, 50).

There is no queue of timers: what is pending is worked out anew from what is known, and a cursor tells what has fired.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oracles.naive_desk import LAST, Job, NaiveDesk, Seat, micros
from servicedesk.routing import facts

__all__ = ["KINDS", "NaiveMatching"]

KINDS = ("offer", "wrap_up", "cool_down", "limit", "skill", "memory", "sticky", "relaxation", "delay", "promotion")


class NaiveMatching(NaiveDesk):
    """Settling, picking, and what follows a change."""

    def fact(self, kind: Any, **values: Any) -> None:
        self.facts.append(kind(router=self.name, at=self.now, **values))

    # --- settle: steps, promotion, holds ---

    def steps_passed(self, job: Job) -> int:
        return len([after for after, _ in job.work.steps[1:] if after <= self.now - job.entered])

    def step_now(self, job: Job) -> int:
        step, relaxation = max(job.step, self.steps_passed(job)), job.work.relaxation
        while relaxation is not None and step < len(relaxation.steps) and self.nobody(relaxation.skip_when, job, step):
            step += 1
        return step

    def nobody(self, word: str | None, job: Job, step: int) -> bool:
        """Is nobody there who qualifies under a step? (ROU-11)."""
        if word is None:
            return False
        there = self.signed_in if word.endswith("signed_in") else self.routable
        return not any(there(seat) and self.qualifies(seat, job, step) for seat in self.seats.values())

    def settle(self, job: Job) -> bool:
        """Bring work up to date; return whether more agents may see it now."""
        step, more = self.step_now(job), False
        if step > job.step:
            job.step, more = step, True
            self.fact(facts.WorkRelaxed, work=job.work.id, step=step, skipped=step > self.steps_passed(job))
        queue = self.queue(job.work.queue)
        late = queue is not None and queue.promote_after is not None and not job.promoted
        if late and self.now - job.entered >= micros(queue.promote_after):
            job.promoted = True
            self.fact(facts.WorkPromoted, work=job.work.id)
        return self.settle_holds(job) or more

    def settle_holds(self, job: Job) -> bool:
        holds = tuple(override.name for override, _ in self.overrides if self.holds(override, job.work))
        if holds == job.held:
            return False
        job.held = holds
        if holds:
            self.fact(facts.WorkHeld, work=job.work.id, overrides=holds)
        else:
            self.fact(facts.WorkReleased, work=job.work.id)
        return not holds

    def holds(self, override: Any, work: Any) -> bool:
        if override.hold is None:
            return False
        values = {"id": work.id, "queue": work.queue, "channel": work.channel, "band": work.band}
        seeing = [g.name for g in self.policy.groups if any(access.queue == work.queue for access in g.access)]
        concerned = not override.groups or not self.policy.groups or any(name in seeing for name in override.groups)
        return concerned and override.hold.holds({**work.data, **values})

    # --- pick: one work its agent, one agent its work (ROU-42) ---

    def pick_agent(self, job: Job) -> None:
        queue = self.queue(job.work.queue)
        if job.place != "waiting" or job.held or not self.placed(job) or queue.mode == "pull":
            return
        found = self.by_choice(self.able(job), job)
        if found:
            runner_up = found[1] if len(found) > 1 else None
            self.offer(job, found[0], "work", runner_up)
        else:
            self.tell_nobody(job)

    def pick_work(self, seat: Seat) -> None:
        while found := self.seen(seat, ("push", "both")):
            others = [other for other in self.by_choice(self.able(found[0]), found[0]) if other is not seat]
            self.offer(found[0], seat, "agent", others[0] if others else None)

    def offer(self, job: Job, seat: Seat, trigger: str, runner_up: Seat | None) -> None:
        decision = self.decision(job, seat, trigger, runner_up)
        self.offers += 1
        seat.offered = job.number = self.offers
        job.attempt += 1
        timeout = self.queue(job.work.queue).offer_timeout
        if timeout is None:
            self.assign_to(job, seat, "forced", decision=decision)
            return
        job.place, job.agent, job.until = "offered", seat.agent.id, self.now + micros(timeout)
        work, agent = job.work.id, seat.agent.id
        values = {"attempt": job.attempt, "until": job.until, "decision": decision}
        self.fact(facts.WorkOffered, work=work, agent=agent, **values)

    def decision(self, job: Job, seat: Seat, trigger: str, runner_up: Seat | None) -> Any:
        keys = self.keys(job)
        lost_at = None
        if runner_up is not None:
            differ = [key for key in keys if self.value(key, seat, job) != self.value(key, runner_up, job)]
            lost_at = [*differ, "id"][0]
        return facts.Decision(
            work=job.work.id,
            agent=seat.agent.id,
            at=self.now,
            trigger=trigger,
            step=job.step,
            key=tuple((key, self.value(key, seat, job)) for key in keys),
            runner_up=None if runner_up is None else runner_up.agent.id,
            lost_at=lost_at,
            funnel=self.funnel(job) if self.how == "funnel" else {},
            overrides=tuple(override.name for override, _ in self.overrides),
            policy=(self.policy.name, self.policy.version),
        )

    def tell_nobody(self, job: Job) -> None:
        """ROU-50."""
        cause = self.cause(job)
        if cause is None or (cause, job.step) in job.told:
            return
        job.told.add((cause, job.step))
        changes = [
            timer[0] for timer in self.timers_of(job) if timer[1] != KINDS.index("promotion") and timer[0] > self.now
        ]
        values = {
            "cause": cause,
            "step": job.step,
            "funnel": self.funnel(job),
            "next_change": min(changes, default=None),
        }
        self.fact(facts.NoEligibleAgent, work=job.work.id, **values)

    def cause(self, job: Job) -> str | None:
        left = self.left(job)
        empty = next(stage for stage, seats in left.items() if not seats)
        if empty in ("roster", "line", "group", "access", "skills"):
            later = range(job.step + 1, len(job.work.steps))
            somebody = any(
                self.passes("access", seat, job) and self.qualifies(seat, job, step)
                for step in later
                for seat in self.seats.values()
            )
            return None if somebody else "nobody_has_it"
        if empty in ("signed_in", "routable"):
            return f"nobody_{empty}"
        if empty == "not_declined" and all(self.barred(seat, job) for seat in left["routable"]):
            return "all_declined"
        return None

    def follow(self, works: dict[Job, bool], seats: Iterable[Seat] = ()) -> None:
        """Let works and then agents have their turn; of a work is said whether it picks in any case."""
        for job in sorted(works, key=self.sequence_key):
            more = self.settle(job)
            if more or works[job]:
                self.pick_agent(job)
        for seat in sorted(seats, key=lambda seat: (seat.idle, seat.agent.id)):
            self.pick_work(seat)

    def follow_agents(self, back: Iterable[Job], seats: Iterable[Seat]) -> None:
        """The same after agents changed: sticky phases may end, steps may be skipped."""
        works = dict.fromkeys(back, True)
        for job in self.jobs.values():
            if job.unassigned and self.skip_sticky(job):
                works[job] = True
            elif job.unassigned and self.step_now(job) > self.steps_passed(job) and self.step_now(job) > job.step:
                works.setdefault(job, False)
        self.follow(works, seats)

    def skip_sticky(self, job: Job) -> bool:
        """End a sticky phase for good when none of the preferred agents is there (ROU-12)."""
        there = [seat for seat in self.seats.values() if self.signed_in(seat)]
        if not self.sticky_open(job) or any(seat.agent.id in job.work.preferred_agents for seat in there):
            return False
        job.skipped = True
        return True

    # --- moves between waiting, offered and in hand ---

    def assign_to(self, job: Job, seat: Seat, how: str, **more: Any) -> None:
        """ROU-43."""
        policy, queue = self.policy, job.work.queue
        seeing = [g.name for g in policy.groups if any(access.queue == queue for access in g.access)] or (
            seat.agent.groups if not policy.groups else ()
        )
        job.place, job.agent, job.since, job.until = "hand", seat.agent.id, self.now, None
        job.declined = {}
        seat.handled += 1
        seat.taken.append(self.now)
        self.fact(
            facts.WorkAssigned,
            work=job.work.id,
            agent=seat.agent.id,
            line=seat.agent.line,
            group=next((name for name in seat.agent.groups if name in seeing), None),
            queue=queue,
            channel=job.work.channel,
            step=job.step,
            attempt=job.attempt,
            wait=self.now - job.entered,
            how=how,
            **more,
        )

    def revoke(self, job: Job, because: str) -> Seat:
        seat = self.seats[job.agent]
        self.fact(facts.OfferRevoked, work=job.work.id, agent=job.agent, because=because)
        self.back(job, "revoked", because)
        return seat

    def back(self, job: Job, how: str, because: str = "") -> None:
        job.ended[job.agent] = (how, self.now if how != "expired" else job.until, because)
        job.place, job.agent, job.until = "waiting", None, None

    def recheck(self, seat: Seat) -> list[Job]:
        """Revoke the offers that a changed agent can't keep (ROU-38)."""
        held, lost = self.held(seat, offers=False), []
        for job in self.offers_of(seat.agent.id):
            able = all(self.passes(stage, seat, job) for stage in ("line", "group", "access", "skills", "routable"))
            if able and self.fits(seat, job, held):
                held.append(job.work.channel)
            else:
                self.revoke(job, "agent_changed")
                lost.append(job)
        return lost

    # --- timers ---

    def timers_of(self, job: Job) -> list[tuple[Any, ...]]:
        """Return every timer of unassigned work that has not fallen due."""
        name, start, queue = job.work.id, job.entered, self.queue(job.work.queue)
        found: list[tuple[Any, ...]] = [
            (until, KINDS.index("memory"), name, agent) for agent, until in job.declined.items() if until is not None
        ]
        if job.work.preferred_agents and not job.skipped:
            found.append((start + micros(job.work.preferred_for), KINDS.index("sticky"), name))
        found += [(start + after, KINDS.index("relaxation"), name) for after, _ in job.work.steps[job.step + 1 :][:1]]
        if queue is not None:
            ways = [access for group in self.policy.groups for access in group.access if access.queue == queue.name]
            found += [(start + micros(access.delay), KINDS.index("delay"), name) for access in ways]
            if queue.promote_after is not None and not job.promoted:
                found.append((start + micros(queue.promote_after), KINDS.index("promotion"), name))
        return [timer for timer in found if timer > self.cursor]

    def timers(self) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for name, job in self.jobs.items():
            found += self.timers_of(job) if job.unassigned else []
            if job.place in ("offered", "wrap_up") and job.until is not None:
                found.append((job.until, KINDS.index("offer" if job.place == "offered" else "wrap_up"), name))
        for name, seat in self.seats.items():
            found += [] if seat.rest is None else [(seat.rest, KINDS.index("cool_down"), name)]
            found += [
                (end, KINDS.index("limit"), name) for end in self.limit_ends(seat) if end == max(self.limit_ends(seat))
            ]
            found += [(end, KINDS.index("skill"), name) for end in seat.agent.valid_until.values()]
        return sorted(timer for timer in found if timer > self.cursor)

    @property
    def next_due(self) -> int | None:
        return next((timer[0] for timer in self.timers()), None)

    def fall_due(self, at: int) -> None:
        while (due := self.timers()) and due[0][0] <= at:
            self.cursor = due[0]
            self.now, kind, name = due[0][:3]
            getattr(self, f"due_{KINDS[kind]}")(name, *due[0][3:])

    def due_offer(self, name: str) -> None:
        """ROU-36."""
        job = self.jobs[name]
        seat, rules = self.seats[job.agent], self.rules(job)
        seat.misses += 1
        self.fact(facts.OfferExpired, work=name, agent=job.agent, misses=seat.misses)
        self.back(job, "expired")
        self.cool(seat, rules.cool_down)
        if seat.misses < rules.max_misses:
            self.follow({job: True}, [seat])
            return
        self.fact(facts.AgentUnresponsive, agent=seat.agent.id, misses=seat.misses)
        self.sign(seat, "unresponsive")
        seat.misses = 0
        self.follow_agents([job, *self.recheck(seat)], [seat])

    def cool(self, seat: Seat, span: Any) -> None:
        if span:
            seat.rest = max(self.now + micros(span), seat.rest or -LAST)

    def sign(self, seat: Seat, presence: str) -> None:
        was_routable, was_there = self.routable(seat), self.signed_in(seat)
        seat.presence = presence
        if self.routable(seat) and not was_routable:
            seat.idle = self.now
        if self.signed_in(seat) and not was_there:
            seat.handled = seat.talk = 0

    def due_wrap_up(self, name: str) -> None:
        self.end_wrap_up(self.jobs[name], early=False)

    def end_wrap_up(self, job: Job, *, early: bool) -> None:
        self.leave_wrap_up(job, early=early)
        self.pick_work(self.seats[job.agent])

    def leave_wrap_up(self, job: Job, *, early: bool) -> None:
        self.fact(facts.WrapUpEnded, work=job.work.id, agent=job.agent, early=early)
        self.seats[job.agent].idle = self.now
        del self.jobs[job.work.id]

    def due_cool_down(self, name: str) -> None:
        self.pick_work(self.seats[name])

    due_limit = due_cool_down

    def due_skill(self, name: str) -> None:
        seat = self.seats[name]
        self.follow_agents(self.recheck(seat), [seat])

    def due_memory(self, name: str, *_: str) -> None:
        self.due_sticky(name)

    def due_sticky(self, name: str) -> None:
        self.follow({self.jobs[name]: True})

    due_delay = due_sticky

    def due_relaxation(self, name: str) -> None:
        self.follow({self.jobs[name]: False})

    def due_promotion(self, name: str) -> None:
        self.jobs[name].promoted = True
        self.fact(facts.WorkPromoted, work=name)
