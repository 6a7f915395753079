"""A policy in its fast form: look-ups by name, spans as integers. Made again when it changes."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from servicedesk.routing.agents import Presence
from servicedesk.routing.policy import RoutingPolicy
from servicedesk.routing.queues import QueuePolicy
from servicedesk.routing.spans import us
from servicedesk.routing.work import Work

__all__ = ["Rules", "Sight"]

Sight: TypeAlias = tuple[tuple[str, int, int], ...]
"""The queues an agent sees: name, rank, and the wait from which on."""


class Rules:
    """What a router looks up all the time."""

    def __init__(self, policy: RoutingPolicy) -> None:
        self.policy = policy
        self.queues = {queue.name: queue for queue in policy.queues}
        self.presences = {name: policy.presence(name) for name in policy.presence_names}
        self._by_group = {
            group.name: tuple((access.queue, access.rank, us(access.delay)) for access in group.access)
            for group in policy.groups
        }
        self._all: Sight = () if policy.groups else tuple((queue.name, 1, 0) for queue in policy.queues)
        delays: dict[str, set[int]] = {name: {0} for name in self.queues}
        for sight in self._by_group.values():
            for queue, _, delay in sight:
                delays.setdefault(queue, {0}).add(delay)
        self.delays = {name: tuple(sorted(found)) for name, found in delays.items()}
        self.sight = lru_cache(maxsize=None)(self._sight)

    def queue(self, name: str) -> QueuePolicy:
        """Return a queue that is known to be there."""
        return self.queues[name]

    def places(self, work: Work) -> bool:
        """Whether queue and band of work are known."""
        queue = self.queues.get(work.queue)
        return queue is not None and (work.band is None or work.band in queue.bands)

    def presence(self, name: str) -> Presence:
        """Return a presence; one that the policy no longer knows takes no work."""
        return self.presences.get(name) or Presence(name)

    def _sight(self, groups: tuple[str, ...]) -> Sight:
        """Return what the members of some groups see."""
        return self._all or tuple(part for name in groups for part in self._by_group.get(name, ()))

    def sees(self, group: str, queue: str) -> bool:
        """Whether a group has access to a queue, at once or later."""
        return any(part[0] == queue for part in self._all or self._by_group.get(group, ()))

    def group_of(self, groups: tuple[str, ...], queue: str) -> str | None:
        """Return the first of some groups that has access to a queue."""
        return next((name for name in groups if self.sees(name, queue)), None)
