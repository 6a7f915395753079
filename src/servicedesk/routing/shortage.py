"""What a demand asks of the agents of a desk, on buckets: the flow, the smallest cut, and what one change would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from attrs import evolve, frozen

from servicedesk.instants import Instant, instant_us
from servicedesk.routing.agents import Agent
from servicedesk.routing.bits import bits
from servicedesk.routing.buckets import (
    Buckets,
    Demand,
    agent_problems,
    check,
    free_units,
    gathered,
    read_demand,
)
from servicedesk.routing.flows import Flow, turned
from servicedesk.routing.policy import RoutingPolicy
from servicedesk.routing.requirements import Requirement
from servicedesk.routing.skills import Node, SkillGraph

__all__ = ["Question", "Shortfall", "asked", "shortfall_of"]


@frozen
class Shortfall:
    """Requirements that ask for more than all the agents give who could serve any of them.

    An agent with room for two pieces counts twice. Of all the sets that explain the shortage it is the smallest. Where
    it falls into sets that share no agent, ``parts`` tells them apart: each of them is short by itself.

    >>> print(Shortfall((Requirement.parse("M"), Requirement.parse("M & B")), demand=7, agents=5, missing=2))
    {M, M & B}: 7 waiting, 5 free agents in all: 2 short
    """

    requirements: tuple[Requirement, ...]
    demand: int
    agents: int
    missing: int
    others: tuple[Shortfall, ...] = ()

    @property
    def parts(self) -> tuple[Shortfall, ...]:
        """The shortfalls that have nothing to do with each other; itself, if it is one."""
        return self.others or (self,)

    def __str__(self) -> str:
        if self.others:
            return "; ".join(map(str, self.others))
        names = ", ".join(map(str, self.requirements))
        agents = f"{self.agents} free agent{'' if self.agents == 1 else 's'} in all"
        return f"{{{names}}}: {self.demand} waiting, {agents}: {self.missing} short"


def shortfall_of(flow: Flow, needs: Sequence[Requirement], counts: Sequence[int]) -> Shortfall | None:
    """Return the smallest minimum cut of a flow that was filled, or ``None`` if nothing is missing (ROU-52)."""
    if not sum(flow.unmet):
        return None
    inside = [*bits(flow.closed)]
    parts = [_short(flow, places, needs, counts) for places in _apart(flow, inside)]
    whole = _short(flow, inside, needs, counts)
    return whole if len(parts) == 1 else evolve(whole, others=tuple(parts))


def _short(flow: Flow, places: Sequence[int], needs: Sequence[Requirement], counts: Sequence[int]) -> Shortfall:
    demand = sum(counts[place] for place in places)
    missing = sum(flow.unmet[place] for place in places)
    return Shortfall(tuple(dict.fromkeys(needs[place] for place in places)), demand, demand - missing, missing)


def _apart(flow: Flow, places: Iterable[int]) -> list[list[int]]:
    """Return the places in sets that share no profile with units to give, in the order of their first."""
    found: list[tuple[int, list[int]]] = []
    for place in places:
        mask = flow.open[place] & flow.used
        touched = [part for part in found if part[0] & mask]
        found = [part for part in found if not part[0] & mask]
        for other, _ in touched:
            mask |= other
        found.append((mask, sorted([place, *(one for _, some in touched for one in some)])))
    return sorted(part for _, part in found)


@frozen
class Question:
    """The agents of a desk in buckets, and the counts asked of them."""

    graph: SkillGraph
    buckets: Buckets
    free: dict[str, int]
    needs: tuple[Requirement, ...]
    counts: tuple[int, ...]

    @cached_property
    def supply(self) -> list[int]:
        """How many pieces the agents of each profile can take."""
        return [sum(self.free[agent.id] for agent in members) for members in self.buckets.members.values()]

    @cached_property
    def open(self) -> list[int]:
        """For each requirement the mask of the profiles that meet it."""
        return [self.buckets.meeting(need) for need in self.needs]

    @cached_property
    def flow(self) -> Flow:
        """The largest flow."""
        flow = Flow(self.supply, self.counts, self.open)
        flow.fill()
        return flow

    @property
    def shortfall(self) -> Shortfall | None:
        """Why not all is served."""
        return shortfall_of(self.flow, self.needs, self.counts)

    def alike(self) -> Iterator[tuple[int, int, list[str]]]:
        """Yield agents who make the same difference: the place of their profile, what each can take, and their ids."""
        for place, members in enumerate(self.buckets.members.values()):
            by_units: dict[int, list[str]] = {}
            for agent in members:
                by_units.setdefault(self.free[agent.id], []).append(agent.id)
            yield from ((place, units, ids) for units, ids in by_units.items())

    def fall(self, place: int, units: int) -> int:
        """Return by how much the flow falls without so many units of a profile."""
        if units <= 1:
            return units and 1 - (self._replaceable >> place & 1)
        return self._without(place, units).fill() - sum(self.flow.unmet)

    @cached_property
    def _serves(self) -> list[int]:
        """For each profile the mask of the requirements it meets."""
        return turned(self.open, len(self.supply))

    @cached_property
    def _replaceable(self) -> int:
        """The mask of the profiles of which one unit could be missing: it is spare, or a spare one can stand in."""
        found = self.flow.free
        queue, seen = [*bits(found)], 0
        for place in queue:
            for need in bits(self._serves[place] & ~seen):
                queue += bits(self.flow.givers[need] & ~found)
                found |= self.flow.givers[need]
            seen |= self._serves[place]
        return found

    def _without(self, place: int, units: int) -> Flow:
        """Return a copy of the flow that lacks these units, whatever they served."""
        flow = self.flow.copy()
        flow.release(place, max(0, units - flow.spare[place]))
        flow.give(place, -units)
        return flow

    def trainings(self) -> Iterator[tuple[int, int, Node, str]]:
        """Yield every single training that raises the flow: the rise, the size of the profile, the skill, the agent.

        Whoever can't be missed where they are helps nobody elsewhere.
        """
        if not sum(self.flow.unmet):
            return
        for place, units, ids in self.alike():
            if units and self._replaceable >> place & 1:
                for node in self._teachable:
                    if rise := self._rise(place, units, node):
                        yield from ((rise, len(self.buckets.profiles[place].skills), node, name) for name in ids)

    @cached_property
    def _teachable(self) -> list[Node]:
        """Every skill at every level that makes a difference: it is asked for, or something follows from it."""
        named = {(skill.name, skill.level) for need in self.needs for clause in need.clauses for skill in clause}
        edges = (edge for rule in self.graph.implications for edge in rule.edges(self.graph.top))
        return sorted(named | {(self.graph.named(name), level) for (name, level), _ in edges})

    @cached_property
    def _naming(self) -> dict[str, int]:
        """For each skill the mask of the requirements that name it."""
        found: dict[str, int] = {}
        for place, need in enumerate(self.needs):
            for name in {skill.name for clause in need.clauses for skill in clause}:
                found[name] = found.get(name, 0) | 1 << place
        return found

    def _rise(self, place: int, units: int, node: Node) -> int:
        """Return by how much the flow rises if one agent of a profile, with so many units, learns a skill."""
        before = self.buckets.profiles[place]
        if before.skills.get(node[0], 0) >= node[1]:
            return 0
        after = evolve(before, skills=self.graph.closure({**before.skills, node[0]: node[1]}))
        named = 0
        for name, level in after.skills.items():
            if before.skills.get(name, 0) < level:
                named |= self._naming.get(name, 0)
        short = named & self.flow.closed
        if not any(after.meets(self.needs[need]) for need in bits(short)):
            return 0  # nothing that is short becomes possible
        if units == 1:
            return 1
        flow = self._without(place, units)
        flow.join(units, (need for need in bits(named | self._serves[place]) if after.meets(self.needs[need])))
        return sum(self.flow.unmet) - flow.fill()


def asked(
    policy: RoutingPolicy,
    agents: Iterable[Agent],
    demand: Demand,
    *,
    at: Instant | None,
    free: Mapping[str, int] | None,
    channel: str,
) -> Question:
    """Read what is given.

    Raises:
        DefinitionInvalid: agents, requirements or counts that cannot be; all problems at once.
    """
    seats = tuple(agents)
    counts, wrong = read_demand(policy.graph, demand)
    units, wrong_units = free_units(seats, free, (channel,))
    check((*agent_problems(policy, seats), *wrong, *wrong_units), "coverage")
    buckets = gathered(policy.graph, seats, at=None if at is None else instant_us(at))
    return Question(policy.graph, buckets, units, tuple(counts), tuple(counts.values()))
