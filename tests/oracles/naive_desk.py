"""What a naive router knows, and its questions: who qualifies, who is able, in which order; lists and full scans.

Written from ROU-1 to 33 and ROU-49. Of the library it uses the values themselves, what an override makes of a policy,
and the closure of skills (which has its own oracle). Instants and spans are integer microseconds.
"""

from __future__ import annotations

import copy
from datetime import timedelta
from fractions import Fraction
from typing import Any

from servicedesk.errors import Refused
from servicedesk.routing import QueuePolicy

__all__ = ["LAST", "STAGES", "Job", "NaiveDesk", "Seat", "micros"]

STAGES = ("roster", "line", "group", "access", "skills", "signed_in", "routable", "not_declined", "rested", "capacity")
LAST = 1 << 62


def micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


class Job:
    """One piece of work, wherever it is."""

    def __init__(self, work: Any, entered: int) -> None:
        self.work, self.entered = work, entered
        self.place = "waiting"  # or offered, hand, wrap_up
        self.agent: str | None = None
        self.step, self.promoted, self.skipped = 0, False, False
        self.held: tuple[str, ...] = ()
        self.attempt = 0
        self.declined: dict[str, int | None] = {}
        self.told: set[tuple[str, int]] = set()
        self.ended: dict[str, tuple[str, int, str]] = {}  # how the last offer to an agent ended
        self.until: int | None = None  # of the offer or of the wrap-up
        self.number = 0  # of the offer
        self.since = 0  # in hand
        self.mode, self.bound = "", None  # of the wrap-up, and the one queue it blocks

    @property
    def unassigned(self) -> bool:
        return self.place in ("waiting", "offered")


class Seat:
    """One agent."""

    def __init__(self, agent: Any, presence: str, at: int) -> None:
        self.agent, self.presence = agent, presence
        self.idle = at
        self.handled = self.talk = self.misses = self.offered = 0
        self.rest: int | None = None  # the end of the cool-down
        self.taken: list[int] = []  # when work was assigned


class NaiveDesk:
    """The state, and every question that a rule asks of it."""

    def __init__(self, policy: Any, name: str = "router", explain: str = "funnel") -> None:
        policy.check()
        self.base, self.name, self.how = policy, name, explain
        self.overrides: list[tuple[Any, int]] = []
        self.settle_policy()
        self.jobs: dict[str, Job] = {}
        self.seats: dict[str, Seat] = {}
        self.now: Any = None
        self.cursor: tuple[Any, ...] = (-LAST,)
        self.offers = 0
        self.facts: list[Any] = []

    def snapshot(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        state["overrides"] = list(self.overrides)
        state["jobs"] = {name: self._copied(job) for name, job in self.jobs.items()}
        state["seats"] = {name: self._copied(seat) for name, seat in self.seats.items()}
        return state

    @staticmethod
    def _copied(record: Any) -> Any:
        twin = copy.copy(record)
        for name, value in record.__dict__.items():
            if type(value) in (dict, set, list):
                setattr(twin, name, value.copy())
        return twin

    # --- the policy in force ---

    def settle_policy(self) -> None:
        self.policy = self.base.under([override for override, _ in self.overrides])

    def queue(self, name: str) -> QueuePolicy | None:
        return next((queue for queue in self.policy.queues if queue.name == name), None)

    def placed(self, job: Job) -> bool:
        """Does the policy know its queue and its band?"""
        queue = self.queue(job.work.queue)
        return queue is not None and (job.work.band is None or job.work.band in queue.bands)

    def rules(self, job: Job) -> QueuePolicy:
        """Return the queue of work that is out already, though the policy may have forgotten it."""
        return self.queue(job.work.queue) or QueuePolicy(name=job.work.queue)

    def accesses(self, seat: Seat, queue: str) -> list[tuple[int, int]]:
        """Return delay and rank of every way by which the agent sees a queue."""
        policy = self.policy
        if not policy.groups:
            return [(0, 1)] if any(known.name == queue for known in policy.queues) else []
        mine = [group for group in policy.groups if group.name in seat.agent.groups]
        ways = [access for group in mine for access in group.access if access.queue == queue]
        return [(micros(access.delay), access.rank) for access in ways]

    def routable(self, seat: Seat) -> bool:
        presence = self.policy.presence(seat.presence)
        return presence is not None and presence.routable and presence.signed_in

    def signed_in(self, seat: Seat) -> bool:
        presence = self.policy.presence(seat.presence)
        return presence is not None and presence.signed_in

    # --- who can do it (ROU-1 to 7) ---

    def profile(self, seat: Seat) -> dict[str, int]:
        until = seat.agent.valid_until
        valid = {
            name: level for name, level in seat.agent.skills.items() if name not in until or self.now < until[name]
        }
        return self.policy.graph.closure(valid)

    def has(self, seat: Seat, skill: Any) -> bool:
        return self.profile(seat).get(self.policy.graph.named(skill.name), 0) >= skill.level

    def need(self, job: Job, step: int | None = None) -> Any:
        return job.work.steps[job.step if step is None else step][1]

    def qualifies(self, seat: Seat, job: Job, step: int) -> bool:
        """ROU-6, access aside."""
        return all(self.passes(stage, seat, job, step) for stage in ("line", "group", "skills"))

    def passes(self, stage: str, seat: Seat, job: Job, step: int | None = None) -> bool:
        """Does the agent pass one stage of the funnel? (ROU-49)."""
        need, agent, work = self.need(job, step), seat.agent, job.work
        if stage == "line":
            return need.lines is None or need.lines[0] <= agent.line <= need.lines[1]
        if stage == "group":
            return not need.groups or any(name in need.groups for name in agent.groups)
        if stage == "access":
            return self.accesses(seat, work.queue) != []
        if stage == "skills":
            held = [any(self.has(seat, skill) for skill in clause) for clause in need.clauses]
            return all(held) and agent.id not in work.excluded
        if stage == "signed_in":
            return self.signed_in(seat)
        if stage == "routable":
            return self.routable(seat)
        if stage == "not_declined":
            return self.not_declined(seat, job)
        if stage == "rested":
            return self.rested(seat, work.queue)
        if stage == "capacity":
            return len(self.offers_of(agent.id)) < agent.capacity.open_offers and self.fits(seat, job, self.held(seat))
        return True

    def not_declined(self, seat: Seat, job: Job) -> bool:
        if self.barred(seat, job) or (self.sticky_open(job) and seat.agent.id not in job.work.preferred_agents):
            return False
        return self.rank(seat, job) is not None

    def barred(self, seat: Seat, job: Job) -> bool:
        if seat.agent.id not in job.declined:
            return False
        until = job.declined[seat.agent.id]
        return until is None or self.now < until

    def rank(self, seat: Seat, job: Job) -> int | None:
        waited = self.now - job.entered
        return min((rank for delay, rank in self.accesses(seat, job.work.queue) if waited >= delay), default=None)

    def sticky_open(self, job: Job) -> bool:
        work = job.work
        ends = job.entered + micros(work.preferred_for)
        return bool(work.preferred_agents) and not job.skipped and self.now < ends

    def rested(self, seat: Seat, queue: str) -> bool:
        if seat.rest is not None and self.now < seat.rest:
            return False
        if any(job.bound == queue for job in self.wrapping(seat.agent.id)):
            return False
        return not any(self.now < end for end in self.limit_ends(seat))

    @staticmethod
    def limit_ends(seat: Seat) -> list[int]:
        """When each full limit lets go: its n-th last assignment leaves the window (ROU-19)."""
        full = [limit for limit in seat.agent.limits if len(seat.taken) >= limit.assignments]
        return [sorted(seat.taken)[-limit.assignments] + micros(limit.within) for limit in full]

    # --- what is in whose hands ---

    def offers_of(self, agent: str) -> list[Job]:
        mine = [job for job in self.jobs.values() if job.place == "offered" and job.agent == agent]
        return sorted(mine, key=lambda job: job.number)

    def in_hand(self, agent: str) -> list[Job]:
        mine = [job for job in self.jobs.values() if job.place == "hand" and job.agent == agent]
        return sorted(mine, key=lambda job: job.work.id)

    def wrapping(self, agent: str) -> list[Job]:
        mine = [job for job in self.jobs.values() if job.place == "wrap_up" and job.agent == agent]
        return sorted(mine, key=lambda job: job.work.id)

    def held(self, seat: Seat, *, offers: bool = True) -> list[str]:
        """Return the channel of every thing that takes units: in hand, in wrap-up, offered (ROU-15, ROU-17)."""
        name = seat.agent.id
        busy = self.in_hand(name) + [job for job in self.wrapping(name) if job.bound is None]
        return [job.work.channel for job in busy + (self.offers_of(name) if offers else [])]

    def used(self, seat: Seat) -> int:
        return sum(seat.agent.capacity.cost.get(channel, 1) for channel in self.held(seat))

    @staticmethod
    def fits(seat: Seat, job: Job, held: list[str]) -> bool:
        """ROU-15, ROU-16."""
        room, channel = seat.agent.capacity, job.work.channel
        if held and any(name in room.exclusive for name in (channel, *held)):
            return False
        if channel in room.cap and held.count(channel) + 1 > room.cap[channel]:
            return False
        return sum(room.cost.get(name, 1) for name in (channel, *held)) <= room.total

    # --- the funnel ---

    def left(self, job: Job) -> dict[str, list[Seat]]:
        """Return who is left after each stage."""
        seats, found = list(self.seats.values()), {}
        for stage in STAGES:
            seats = [seat for seat in seats if self.passes(stage, seat, job)]
            found[stage] = seats
        return found

    def funnel(self, job: Job) -> dict[str, int]:
        return {stage: len(seats) for stage, seats in self.left(job).items()}

    def able(self, job: Job) -> list[Seat]:
        return self.left(job)["capacity"]

    def first_failed(self, seat: Seat, job: Job) -> str | None:
        return next((stage for stage in STAGES if not self.passes(stage, seat, job)), None)

    # --- the order of work (ROU-23 to 28) ---

    def place_in_band(self, job: Job, at: int) -> tuple[Any, ...]:
        queue, work = self.queue(job.work.queue), job.work
        band = len(queue.bands) - 1 if work.band is None else queue.bands.index(work.band)
        if queue.order == "fifo":
            return (band, 0, job.entered - micros(work.head_start))
        if queue.order == "lifo":
            return (band, 0, -job.entered)
        if queue.order == "due":
            due = LAST if work.target is None else job.entered + micros(work.target)
            due = due if work.due is None else work.due
            return (band, 1 if queue.late == "behind" and due < at else 0, due)
        if work.target is None:
            return (band, 0, LAST)
        return (band, 0, -Fraction(at - job.entered + micros(work.head_start), micros(work.target)))

    def sequence_key(self, job: Job, at: int | None = None) -> tuple[Any, ...]:
        """Return the place among several works that changed at once, whoever sees them (ROU-42)."""
        if job.promoted:
            return (0, job.entered, job.work.id)
        if not self.placed(job):
            return (2, job.entered, job.work.id)
        return (1, *self.place_in_band(job, self.now if at is None else at), job.entered, job.work.id)

    def agent_key(self, seat: Seat, job: Job) -> tuple[Any, ...]:
        """Return the place among the work that an agent sees (ROU-23)."""
        if job.promoted:
            return (0, job.entered, job.work.id)
        return (1, self.rank(seat, job), *self.place_in_band(job, self.now), job.entered, job.work.id)

    def seen(self, seat: Seat, modes: tuple[str, ...]) -> list[Job]:
        """Return the waiting work that an agent sees and is able for, in order (ROU-20, ROU-21)."""
        waiting = [job for job in self.jobs.values() if job.place == "waiting" and not job.held and self.placed(job)]
        mine = [job for job in waiting if self.queue(job.work.queue).mode in modes]
        mine = [job for job in mine if self.first_failed(seat, job) is None]
        return sorted(mine, key=lambda job: self.agent_key(seat, job))

    # --- the choice of an agent (ROU-33) ---

    def keys(self, job: Job) -> tuple[str, ...]:
        keys = self.policy.choice.keys
        return ("sticky", *(key for key in keys if key != "sticky")) if self.sticky_open(job) else keys

    def value(self, key: str, seat: Seat, job: Job) -> Any:
        agent, need, preferred = seat.agent, self.need(job), job.work.preferred_agents
        if key == "sticky":
            return preferred.index(agent.id) if agent.id in preferred else len(preferred)
        if key == "preferred":
            return -sum(weight for skill, weight in need.preferred if self.has(seat, skill))
        if key == "best_skilled":
            held, graph = self.profile(seat), self.policy.graph
            return -sum(held.get(graph.named(skill.name), 0) - skill.level for skill in need.all_of)
        if key == "load":
            return Fraction(self.used(seat), agent.capacity.total)
        plain = {
            "line": agent.line,
            "fewest_skills": len(self.profile(seat)),
            "most_spare": self.used(seat) - agent.capacity.total,
            "longest_idle": seat.idle,
            "round_robin": seat.offered,
            "fewest_handled": seat.handled,
            "least_talk": seat.talk,
        }
        return plain[key]

    def by_choice(self, seats: list[Seat], job: Job) -> list[Seat]:
        keys = self.keys(job)
        return sorted(seats, key=lambda seat: (*(self.value(key, seat, job) for key in keys), seat.agent.id))

    # --- questions of a host ---

    def _job(self, work: str, attempt: str = "ask") -> Job:
        if work not in self.jobs:
            raise Refused.because("unknown_work", attempt=attempt)
        return self.jobs[work]

    def _seat(self, agent: str, attempt: str = "ask") -> Seat:
        if agent not in self.seats:
            raise Refused.because("unknown_agent", attempt=attempt)
        return self.seats[agent]

    def waiting(self, queue: str | None = None) -> tuple[str, ...]:
        jobs = [job for job in self.jobs.values() if job.place == "waiting" and queue in (None, job.work.queue)]
        return tuple(job.work.id for job in sorted(jobs, key=self.sequence_key))

    def available_to(self, agent: str) -> tuple[str, ...]:
        return tuple(job.work.id for job in self.seen(self._seat(agent), ("pull", "both")))

    def candidates(self, work: str) -> tuple[str, ...]:
        job = self._job(work)
        return tuple(seat.agent.id for seat in self.by_choice(self.able(job), job)) if job.unassigned else ()

    def gauges(self, queue: str | None = None) -> dict[str, Any]:
        jobs = [job for job in self.jobs.values() if queue in (None, job.work.queue)]
        waiting = [job for job in jobs if job.place == "waiting"]
        seats = list(self.seats.values())
        busy = {job.agent for job in self.jobs.values() if job.place != "waiting"}
        return {
            "waiting": len(waiting),
            "held": len([job for job in waiting if job.held]),
            "offered": len([job for job in jobs if job.place == "offered"]),
            "longest_since": min((job.entered for job in waiting), default=None),
            "signed_in": len([seat for seat in seats if self.signed_in(seat)]),
            "routable": len([seat for seat in seats if self.routable(seat)]),
            "idle": len([seat for seat in seats if self.routable(seat) and seat.agent.id not in busy]),
            "handling": len({job.agent for job in self.jobs.values() if job.place == "hand"}),
        }
