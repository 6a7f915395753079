"""What is derived from a router's state, so that no question needs a scan: made anew at any time, and always equal.

Agents are bits (`agent_masks`), waiting work stands in heaps by signature (`heaps`). A *signature* is what agents are
asked for at this moment: requirement, queue, channel, and how far the wait has opened the queue. A *profile* is what an
agent answers: effective skills, groups, line, and sight of the queues. Which signatures a profile sees is found once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from servicedesk.routing.agent_masks import AgentMasks, Trait
from servicedesk.routing.choosing import standing_values
from servicedesk.routing.heaps import Barred, Heaps, Key, RatioHeaps
from servicedesk.routing.profiles import Asked, Profile
from servicedesk.routing.queues import NEVER, QueuePolicy, due_of, place_of
from servicedesk.routing.requirements import Requirement
from servicedesk.routing.spans import us
from servicedesk.routing.state import AgentState, State, WorkState
from servicedesk.routing.timers import Timers, agent_timers, work_timer
from servicedesk.routing.waits import Waits

__all__ = ["Index"]


class _Signature(NamedTuple):
    need: int
    queue: str
    channel: str
    opened: int
    target: int | None


class Index:
    """Everything derived from a state at an instant; `agent` and `work` bring it up to date with one of them."""

    def __init__(self, state: State, at: int) -> None:
        self.state = state
        self.at = at
        self.masks = AgentMasks()
        self.timers = Timers()
        self.ready: list[tuple[Any, ...]] = []
        self._ready: dict[str, tuple[Any, ...]] = {}
        self.profiles: dict[str, Profile] = {}
        self._profiles: dict[tuple[object, ...], Profile] = {}
        self._needs: dict[Requirement, int] = {}
        self._need_list: list[Requirement] = []
        self._numbers: dict[_Signature, int] = {}
        self._signatures: list[_Signature] = []
        self._asked = Asked()
        self._of_channel: dict[str, int] = defaultdict(int)
        self._heaps: dict[str, Heaps] = {}
        self._promoted = Heaps()
        self._places: dict[str, Heaps] = {}
        self._waiting = 0
        self._ages: dict[str, list[tuple[int, str]]] = {}
        self._barring: dict[str, set[str]] = defaultdict(set)
        self._barred: dict[str, tuple[str, ...]] = {}
        self._own: dict[str, set[str]] = defaultdict(set)
        self._named: dict[str, tuple[str, ...]] = {}
        self.channels = set(state.rules.policy.channels)
        self.waits: dict[str, Waits] = defaultdict(Waits)
        self.presences: set[str] = set()
        self._queue_of: dict[str, str] = {}
        self.skipping: set[str] = set()
        for ws in state.works.values():
            self.channels.add(ws.work.channel)
        for name in state.agents:
            self.agent(name)
        for name in state.works:
            self.work(name)

    # --- agents -------------------------------------------------------------------------------------------------------

    def agent(self, name: str) -> None:
        """Bring an agent up to date."""
        before = self._ready.pop(name, None)
        if before is not None:
            del self.ready[bisect_left(self.ready, before)]
        agent = self.state.agents.get(name)
        if agent is None:
            self._forget(name)
            return
        profile = self.profiles[name] = self._profile(agent)
        fits = self._channels_for(agent)
        self.masks.put(name, "standing", profile.traits)
        self.masks.put(name, "moving", frozenset(self._moving(agent, fits)))
        if agent.routable and fits:
            place = (*standing_values(self.state.rules.policy.choice, agent, profile.skills), name)
            self._ready[name] = place
            insort(self.ready, place)
        self.timers.set(("agent", name), min(agent_timers(agent, self.at), default=None))

    def _forget(self, name: str) -> None:
        if name in self.profiles:
            del self.profiles[name]
            self.masks.remove(name)
            self.timers.set(("agent", name), None)

    def _profile(self, agent: AgentState) -> Profile:
        value, rules = agent.agent, self.state.rules
        skills = value.skills_at(self.at)
        key = (skills, value.groups, value.line)
        found = self._profiles.get(key)
        if found is None:
            effective = rules.policy.graph.closure(skills)
            found = Profile(effective, value.groups, value.line, rules.sight(value.groups))
            found.traits = frozenset(found.standing(rules.delays))
            self._profiles[key] = found
        return found

    def _channels_for(self, agent: AgentState) -> tuple[str, ...]:
        capacity = agent.agent.capacity
        if len(agent.offers) >= capacity.open_offers:
            return ()
        return tuple(name for name in self.channels if capacity.fits(name, agent.held))

    def _moving(self, agent: AgentState, fits: tuple[str, ...]) -> Iterator[Trait]:
        self.presences.add(agent.presence)
        yield "presence", agent.presence
        if agent.signed_in:
            yield ("signed_in",)
        if agent.routable:
            yield ("routable",)
        if agent.rests_until <= self.at:
            yield ("cooled",)
            if agent.limited_until(self.at) is None:
                yield ("rested",)
        yield from (("fits", name) for name in fits)
        yield from (("bound", part.work.queue) for part in agent.wrapping.values() if part.bound)
        if agent.is_free:
            yield ("free",)
        if agent.hands:
            yield ("handling",)

    # --- work ---------------------------------------------------------------------------------------------------------

    def work(self, name: str) -> None:
        """Bring a piece of work up to date."""
        self._leave(name)
        ws = self.state.works.get(name)
        self.timers.set(("work", name), None if ws is None else work_timer(self.state, ws, self.at))
        if ws is None:
            return
        if ws.work.channel not in self.channels:
            self._new_channel(ws.work.channel)
        if ws.is_unassigned:
            self.waits[ws.work.queue].enter(ws)
            self._queue_of[name] = ws.work.queue
            if ws.work.relaxation is not None and ws.work.relaxation.skip_when is not None:
                self.skipping.add(name)
        if ws.place == "waiting" and not ws.held and self.state.places(ws.work):
            queue = self.state.rules.queue(ws.work.queue)
            if queue.mode != "pull":
                self._enter(ws, queue)

    def _new_channel(self, channel: str) -> None:
        self.channels.add(channel)
        for agent in self.state.agents:
            self.agent(agent)

    def _leave(self, name: str) -> None:
        queue = self._queue_of.pop(name, None)
        if queue is not None:
            self.waits[queue].leave(name)
            self.skipping.discard(name)
        for agent in self._named.pop(name, ()):
            self._own[agent].discard(name)
        for agent in self._barred.pop(name, ()):
            self._barring[agent].discard(name)
        heaps = self._places.pop(name, None)
        if heaps is not None:
            self._check_empty(heaps.take(name))

    def _check_empty(self, number: int) -> None:
        bit = 1 << number
        queue = self._heaps[self._signatures[number].queue]
        if not (queue.mask | self._promoted.mask) & bit:
            self._waiting &= ~bit

    def _enter(self, ws: WorkState, queue: QueuePolicy) -> None:
        """Put waiting work where agents find it."""
        work = ws.work
        if ws.is_alone(self.at):
            self._named[ws.id] = work.preferred_agents
            for agent in work.preferred_agents:
                self._own[agent].add(ws.id)
            return
        barred = tuple(dict.fromkeys((*work.excluded, *ws.declined)))
        if barred:
            self._barred[ws.id] = barred
            for agent in barred:
                self._barring[agent].add(ws.id)
        self._put(ws, queue)

    def _put(self, ws: WorkState, queue: QueuePolicy) -> None:
        number = self._number(ws, queue)
        if ws.promoted:
            heaps, key = self._promoted, (ws.entered, ws.id)
        else:
            heaps, key = self._heaps[queue.name], self._key(ws, queue)
        heaps.put(number, key)
        self._places[ws.id] = heaps
        self._waiting |= 1 << number

    def _key(self, ws: WorkState, queue: QueuePolicy) -> Key:
        if queue.order == "ratio":  # the share waited changes with time: see `RatioHeaps`
            return queue.band_of(ws.work), 0, ws.entered - us(ws.work.head_start), ws.entered, ws.id
        if queue.late == "behind" and self.at <= (due := due_of(ws.work, ws.entered)) < NEVER:
            insort(self._ages.setdefault(queue.name, []), (due, ws.id))
        return place_of(queue, ws.work, ws.entered, self.at)

    def grow_old(self) -> None:
        """Put work behind whose due has passed by now (ROU-27)."""
        for ages in self._ages.values():
            count = bisect_left(ages, (self.at,))
            late = [name for _, name in ages[:count]]
            del ages[:count]
            for name in late:
                ws = self.state.works.get(name)
                if ws is not None and name in self._places and not ws.promoted:
                    self._places[name].take(name)
                    self._put(ws, self.state.rules.queue(ws.work.queue))

    def opened(self, ws: WorkState) -> int:
        """Return the longest delay of the queue that its wait has passed."""
        delays = self.state.rules.delays[ws.work.queue]
        return delays[bisect_right(delays, max(self.at - ws.entered, 0)) - 1]

    def need(self, ws: WorkState) -> Requirement:
        """Return the requirement in force, by the names that are meant."""
        return self._need_list[self._need_number(ws)]

    def _need_number(self, ws: WorkState) -> int:
        return self.number_of(ws.work.steps[ws.step][1])

    def number_of(self, need: Requirement) -> int:
        """Return the number under which a requirement is known."""
        number = self._needs.get(need)
        if number is None:
            number = self._needs[need] = len(self._need_list)
            self._need_list.append(need.named(self.state.rules.policy.graph))
        return number

    def meant(self, need: Requirement) -> Requirement:
        """Return a requirement by the names that are meant."""
        return self._need_list[self.number_of(need)]

    def _number(self, ws: WorkState, queue: QueuePolicy) -> int:
        target = us(ws.work.target) if queue.order == "ratio" and ws.work.target is not None else None
        signature = _Signature(self._need_number(ws), queue.name, ws.work.channel, self.opened(ws), target)
        number = self._numbers.get(signature)
        if number is None:
            number = self._numbers[signature] = len(self._signatures)
            self._signatures.append(signature)
            self._asked.add(number, self._need_list[signature.need], queue.name, signature.opened)
            self._of_channel[signature.channel] |= 1 << number
            if queue.name not in self._heaps:
                self._heaps[queue.name] = RatioHeaps() if queue.order == "ratio" else Heaps()
            heaps = self._heaps[queue.name]
            if isinstance(heaps, RatioHeaps):
                heaps.targets[number] = target
        return number

    # --- what an agent sees -------------------------------------------------------------------------------------------

    def first_work(self, agent: AgentState) -> WorkState | None:
        """Return the first work that the agent sees and has room for (ROU-23)."""
        name = agent.agent.id
        profile = self.profiles[name]
        if profile.tested < len(self._signatures):
            profile.ranks = self._asked.seen_by(profile)
            profile.seen = sum(mask for _, mask in profile.ranks)
            profile.tested = len(self._signatures)
        mask, own = profile.seen & self._waiting, self._own.get(name)
        if not mask and not own:
            return None  # nearly always
        channels = self._channels_for(agent)
        mask &= self._room(agent, channels)
        if not channels or not (mask or own):
            return None
        if self._ages:
            self.grow_old()
        barring = self._barring.get(name)
        barred: Barred | None = (lambda work: work in barring and self._bars(work, name)) if barring else None
        found = self._first(profile, mask, barred) if mask else None
        if own:
            keys = (self._own_key(self.state.works[work], agent, profile) for work in own)
            found = min(filter(None, (found, *keys)), default=None)
        return None if found is None else self.state.works[found[-1]]

    def _bars(self, work: str, agent: str) -> bool:
        ws = self.state.works[work]
        return agent in ws.work.excluded or ws.bars(agent, self.at)

    def _first(self, profile: Profile, mask: int, barred: Barred | None) -> Key | None:
        found = self._promoted.first(mask, barred, self.at)
        if found is not None:
            return (0, *found)
        for rank, seen in profile.ranks:
            hit = seen & mask
            if not hit:
                continue
            keys = (heaps.first(hit, barred, self.at) for heaps in self._heaps.values() if heaps.mask & hit)
            best = min(filter(None, keys), default=None)
            if best is not None:
                return (1, rank, *best)
        return None

    def _own_key(self, ws: WorkState, agent: AgentState, profile: Profile) -> Key | None:
        """Return the place of work that its preferred agents have for themselves, if this agent can take it."""
        name = agent.agent.id
        queue = self.state.rules.queue(ws.work.queue)
        rank = profile.rank(queue.name, self.at - ws.entered)
        if rank is None or self._bars(ws.id, name) or not profile.qualifies(self.need(ws)):
            return None
        if not agent.agent.capacity.fits(ws.work.channel, agent.held) or agent.bound(queue.name):
            return None
        return self.seen_at(ws, rank)

    def seen_at(self, ws: WorkState, rank: int) -> Key:
        """Return the place of work in the order of an agent who sees it at a rank (ROU-23)."""
        if ws.promoted:
            return 0, ws.entered, ws.id
        return 1, rank, *place_of(self.state.rules.queue(ws.work.queue), ws.work, ws.entered, self.at)

    def _room(self, agent: AgentState, channels: tuple[str, ...]) -> int:
        """Return the signatures of the channels that fit, without queues a wrap-up keeps from."""
        fits = 0
        for channel in channels:
            fits |= self._of_channel.get(channel, 0)
        for part in agent.wrapping.values():
            if part.bound:
                fits &= ~self._asked.of_queue(part.work.queue)
        return fits

    @property
    def is_crowded(self) -> bool:
        """Whether most signatures ever seen are of no use any longer, so that a new index would be smaller."""
        return len(self._signatures) > 4_096 and 4 * self._waiting.bit_count() < len(self._signatures)
