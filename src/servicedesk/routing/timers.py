"""When something next happens by itself: one pending timer for each agent and each piece of work (ROU-40)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from servicedesk.routing.queues import NEVER
from servicedesk.routing.spans import us
from servicedesk.routing.state import AgentState, State, WorkState

__all__ = ["KINDS", "ON_RECORD", "Timer", "Timers", "agent_timers", "next_change", "work_timer"]

KINDS = (
    "offer_expiry",
    "wrap_up_end",
    "cool_down_end",
    "limit",
    "skill_expiry",
    "decline_memory",
    "sticky",
    "relaxation",
    "delay",
    "promotion",
)
"""In the order in which they fall due at one instant."""
_OFFER, _WRAP_UP, _COOL_DOWN, _LIMIT, _SKILL, _DECLINE, _STICKY, _RELAXATION, _DELAY, _PROMOTION = range(len(KINDS))
ON_RECORD = frozenset({_OFFER, _WRAP_UP, _RELAXATION, _PROMOTION})
"""The kinds that are facts of their own; the others only let something be seen, or somebody be able."""


class Timer(NamedTuple):
    """An instant, the place of its kind in `KINDS`, whom it concerns, and who else."""

    due: int
    kind: int
    name: str
    other: str = ""


class Timers:
    """The pending timers, the earliest first. Those that were replaced are dropped when they come up."""

    __slots__ = ("_heap", "_set")

    def __init__(self) -> None:
        self._heap: list[tuple[Timer, tuple[str, str]]] = []
        self._set: dict[tuple[str, str], Timer] = {}

    def set(self, owner: tuple[str, str], timer: Timer | None) -> None:
        """Arm the one timer of an agent or of work, or none."""
        if timer is None:
            self._set.pop(owner, None)
        elif self._set.get(owner) != timer:
            self._set[owner] = timer
            heappush(self._heap, (timer, owner))

    def first(self) -> Timer | None:
        """Return the earliest, if there is one."""
        while self._heap:
            timer, owner = self._heap[0]
            if self._set.get(owner) == timer:
                return timer
            heappop(self._heap)
        return None

    def spend(self) -> tuple[str, str]:
        """Take out the earliest; return whose it was."""
        _, owner = heappop(self._heap)
        del self._set[owner]
        return owner

    def due_at(self, at: int) -> Iterator[tuple[Timer, tuple[str, str]]]:
        """Take out every timer that is due at an instant, with whose it is."""
        while (timer := self.first()) is not None and timer.due == at:
            yield timer, self.spend()


def agent_timers(agent: AgentState, at: int) -> list[Timer]:
    """Return everything an agent waits for after an instant."""
    name = agent.agent.id
    found = [Timer(until, _SKILL, name) for until in agent.agent.valid_until.values() if until > at]
    if agent.rests_until > at:
        found.append(Timer(agent.rests_until, _COOL_DOWN, name))
    if (limited := agent.limited_until(at)) is not None:
        found.append(Timer(limited, _LIMIT, name))
    return found


def work_timer(state: State, ws: WorkState, at: int) -> Timer | None:
    """Return what work waits for next, an offer or a wrap-up that ends included."""
    if ws.place == "wrap_up":
        until = state.agents[ws.agent or ""].wrapping[ws.id].until
        return None if until is None else Timer(until, _WRAP_UP, ws.id)
    if ws.place == "hand":
        return None
    found = list(_waiting(state, ws, at))
    if ws.place == "offered":
        found.append(Timer(state.agents[ws.agent or ""].offers[ws.id], _OFFER, ws.id))
    return min(found, default=None)


def _waiting(state: State, ws: WorkState, at: int) -> list[Timer]:
    """Return what unassigned work waits for: only what is still to come."""
    name, entered = ws.id, ws.entered
    found = [
        Timer(until, _DECLINE, name, agent) for agent, until in ws.declined.items() if until is not None and until > at
    ]
    if ws.is_alone(at):
        found.append(Timer(ws.alone_until(), _STICKY, name))
    steps = ws.work.steps
    if ws.step + 1 < len(steps):
        found.append(Timer(entered + steps[ws.step + 1][0], _RELAXATION, name))
    delays = state.rules.delays.get(ws.work.queue, (0,))
    later = bisect_right(delays, at - entered)
    if later < len(delays):
        found.append(Timer(entered + delays[later], _DELAY, name))
    queue = state.rules.queues.get(ws.work.queue)
    if queue is not None and queue.promote_after is not None and not ws.promoted:
        found.append(Timer(entered + us(queue.promote_after), _PROMOTION, name))
    return found


def next_change(state: State, ws: WorkState, at: int) -> int | None:
    """Return when waiting work itself changes next, a promotion left out."""
    due = min((timer.due for timer in _waiting(state, ws, at) if timer.kind != _PROMOTION), default=NEVER)
    return None if due == NEVER else due
