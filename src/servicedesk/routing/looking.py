"""What one may ask of a router: everything pure, at the last instant it reached (ROU-39, ROU-47)."""

from __future__ import annotations

from attrs import frozen

from servicedesk.frozenmap import FrozenMap
from servicedesk.routing import pulling
from servicedesk.routing.decision import FUNNEL
from servicedesk.routing.engine import Engine
from servicedesk.routing.matching import candidates, counted, funnel, unseen_because
from servicedesk.routing.policy import RoutingPolicy
from servicedesk.routing.refusing import known_agent, known_work, refused
from servicedesk.routing.state import WorkState
from servicedesk.routing.timers import next_change

__all__ = ["Gauges", "Looking", "Outlook"]


@frozen(kw_only=True)
class Gauges:
    """Readings of a router, a queue or a group; they equal a recount (ROU-47).

    Attributes:
        waiting: work that waits and is not offered, held work included.
        held: the part of it that a hold covers.
        offered: work under an open offer.
        longest_wait_since: the earliest entry of waiting work.
        idle: routable agents with empty hands who do not rest.
        signed_in: agents at their place; ``routable``: those who may be offered work.
        handling: agents with work in hand.
        presences: agents in each presence.
    """

    waiting: int
    held: int
    offered: int
    longest_wait_since: int | None
    idle: int
    signed_in: int
    routable: int
    handling: int
    presences: FrozenMap[str, int]


@frozen(kw_only=True)
class Outlook:
    """Why work is where it is: how many agents each stage leaves, and at which stage each of the others fell out.

    Who did not get past ``not_declined`` is told apart: they ``declined``, their ``delay`` lasts, or the work is for
    its preferred agents first (``preferred_first``). ``agent`` has the offer or the work.
    """

    work: str
    place: str
    agent: str | None
    step: int
    held: tuple[str, ...]
    funnel: FrozenMap[str, int]
    lost: FrozenMap[str, str]
    next_change: int | None

    def __str__(self) -> str:
        left = ", ".join(f"{stage} {count}" for stage, count in self.funnel.items())
        lost = ", ".join(f"{agent}: {stage}" for agent, stage in self.lost.items())
        held = f"; held by {', '.join(self.held)}" if self.held else ""
        by = "" if self.agent is None else f" ({self.agent})"
        return f"{self.work} is {self.place}{by}{held}; left after {left}; lost {lost or 'nobody'}"


class Looking:
    """The questions."""

    __slots__ = ("_engine",)

    _engine: Engine

    @property
    def policy(self) -> RoutingPolicy:
        """The policy it works by, overrides left out."""
        return self._engine.state.base

    @property
    def now(self) -> int | None:
        """The last instant it reached, ``None`` before the first."""
        return self._engine.at

    @property
    def next_due(self) -> int | None:
        """When something may next happen by itself, ``None`` if nothing will (ROU-41)."""
        if self._engine.facts:
            return self._engine.facts[0].at
        timer = self._engine.index.timers.first()
        return None if timer is None else timer.due

    @property
    def agents(self) -> tuple[str, ...]:
        """Every agent it knows."""
        return tuple(sorted(self._engine.state.agents))

    def waiting(self, queue: str | None = None) -> tuple[str, ...]:
        """Return work that waits and is not offered, in the order of ROU-42.

        Raises:
            Refused: ``unknown_queue``.
        """
        state, at = self._engine.state, self._engine.index.at
        if queue is not None and queue not in state.rules.queues:
            raise refused("look at a queue", "unknown_queue", state.rules.queues, queue=queue)
        found = [ws for ws in self._unassigned(queue) if ws.place == "waiting"]
        return tuple(ws.id for ws in sorted(found, key=lambda ws: state.turn(ws, at)))

    def _unassigned(self, queue: str | None) -> list[WorkState]:
        index, works = self._engine.index, self._engine.state.works
        names = [queue] if queue is not None else list(index.waits)
        return [works[name] for queue in names for name in index.waits.get(queue, ())]

    def position(self, work: str) -> int | None:
        """Return the place of work in its own queue, from 1; ``None`` where it does not wait.

        Raises:
            Refused: ``unknown_work``.
        """
        ws = known_work(self._engine.state, work, f"look at {work}")
        if ws.place != "waiting" or ws.work.queue not in self._engine.state.rules.queues:
            return None
        return self.waiting(ws.work.queue).index(work) + 1

    def available_to(self, agent: str) -> tuple[str, ...]:
        """Return what an agent could take now out of queues of mode ``pull`` or ``both``, in their order (ROU-32).

        Raises:
            Refused: ``unknown_agent``.
        """
        known = known_agent(self._engine.state, agent, f"look at {agent}")
        return tuple(pulling.available(self._engine.index, known))

    def candidates(self, work: str) -> tuple[str, ...]:
        """Return the agents who could be offered waiting work now, the best first (ROU-33).

        Raises:
            Refused: ``unknown_work``.
        """
        ws = known_work(self._engine.state, work, f"look at {work}")
        index = self._engine.index
        if ws.place != "waiting" or ws.held or not index.state.places(ws.work):
            return ()
        return tuple(name for _, name in candidates(index, ws, funnel(index, ws)[-1]))

    def explain(self, work: str) -> Outlook:
        """Return why work is where it is, and who could not take it for which reason.

        Raises:
            Refused: ``unknown_work``.
        """
        ws = known_work(self._engine.state, work, f"look at {work}")
        index = self._engine.index
        stages = funnel(index, ws)
        lost = {}
        for name, place in sorted(index.masks.places.items()):
            bit = 1 << place
            stage = next((stage for stage, mask in zip(FUNNEL, stages, strict=True) if not mask & bit), None)
            if stage is not None:
                lost[name] = unseen_because(index, ws, bit) if stage == "not_declined" else stage
        return Outlook(
            work=work,
            place=ws.place,
            agent=ws.agent,
            step=ws.step,
            held=ws.held,
            funnel=counted(stages),
            lost=FrozenMap(lost),
            next_change=next_change(index.state, ws, index.at) if ws.is_unassigned else None,
        )

    def gauges(self, *, queue: str | None = None, group: str | None = None) -> Gauges:
        """Return the readings of the router, or of a queue, or of a group (ROU-47).

        Raises:
            Refused: ``unknown_queue``, ``unknown_group``.
        """
        index, rules = self._engine.index, self._engine.state.rules
        masks = index.masks
        among, queues = masks.everybody, list(index.waits)
        if queue is not None:
            if queue not in rules.queues:
                raise refused("read gauges", "unknown_queue", rules.queues, queue=queue)
            queues, among = [queue], masks.of("sees", queue, rules.delays[queue][-1])
        elif group is not None:
            names = [known.name for known in rules.policy.groups]
            if group not in names:
                raise refused("read gauges", "unknown_group", names, group=group)
            queues, among = [name for name in queues if rules.sees(group, name)], masks.of("group", group)
        return self._read(queues, among)

    def _read(self, queues: list[str], among: int) -> Gauges:
        index = self._engine.index
        masks, waits = index.masks, [index.waits[name] for name in queues if name in index.waits]
        presences = {name: masks.of("presence", name) & among for name in sorted(index.presences)}
        routable = among & masks.of("routable")
        return Gauges(
            waiting=sum(queue.waiting for queue in waits),
            held=sum(queue.held for queue in waits),
            offered=sum(queue.offered for queue in waits),
            longest_wait_since=min((at for queue in waits if (at := queue.since) is not None), default=None),
            idle=(routable & masks.of("free") & masks.of("cooled")).bit_count(),
            signed_in=(among & masks.of("signed_in")).bit_count(),
            routable=routable.bit_count(),
            handling=(among & masks.of("handling")).bit_count(),
            presences=FrozenMap({name: mask.bit_count() for name, mask in presences.items() if mask}),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Looking):
            return NotImplemented
        mine, theirs = self._engine, other._engine
        return (mine.at, mine.name, mine.state, self.next_due) == (theirs.at, theirs.name, theirs.state, other.next_due)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        state = self._engine.state
        return f"<Router {self._engine.name!r}: {len(state.works)} works, {len(state.agents)} agents>"
