"""Agents who are alike, counted together: profiles, and which of them meet a requirement, as bit masks.

`coverage` and `batch` never look at an agent twice: what they ask depends on the profile alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.frozenmap import FrozenMap
from servicedesk.routing.agents import Agent, Capacity
from servicedesk.routing.policy import RoutingPolicy
from servicedesk.routing.requirements import Requirement
from servicedesk.routing.skills import Skill, SkillGraph, name_problems

__all__ = [
    "Buckets",
    "Demand",
    "Profile",
    "agent_problems",
    "check",
    "free_units",
    "gathered",
    "read_demand",
    "same_names",
]

Demand: TypeAlias = Mapping[Requirement, int] | Mapping[str, int] | Iterable[tuple[Requirement | str, int]]
"""How much of what is asked for: requirements, or their texts, each with a count."""


@frozen
class Profile:
    """What agents who are alike share: effective skills, groups, line; ``alone`` holds whoever is named personally."""

    skills: FrozenMap[str, int]
    groups: tuple[str, ...] = ()
    line: int = 1
    alone: str | None = None

    @property
    def place(self) -> tuple[object, ...]:
        """Its place among profiles, specialists first: the same, in whatever order the agents came."""
        return (len(self.skills), sorted(self.skills.items()), self.groups, self.line, self.alone or "")

    def meets(self, need: Requirement) -> bool:
        """Whether agents of this profile qualify (ROU-6)."""
        held = self.skills
        able = all(any(held.get(skill.name, 0) >= skill.level for skill in clause) for clause in need.clauses)
        fits = need.lines is None or need.lines[0] <= self.line <= need.lines[1]
        return able and fits and (not need.groups or not {*need.groups}.isdisjoint(self.groups))


def _room(hands: Capacity, channels: Collection[str]) -> int:
    """Return how many pieces fit into empty hands, whichever of these channels each of them is of."""
    if any(channel in hands.exclusive for channel in channels):
        return 1
    return min(min(hands.cap.get(name, hands.total), hands.total // hands.cost.get(name, 1)) for name in channels)


@frozen
class Buckets:
    """Agents gathered by profile, in an order that does not depend on theirs."""

    graph: SkillGraph
    members: dict[Profile, list[Agent]] = field(repr=False)

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """Every profile; a mask counts by its place here."""
        return tuple(self.members)

    @cached_property
    def _holders(self) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for place, profile in enumerate(self.profiles):
            for name, level in profile.skills.items():
                found.setdefault(name, []).append((place, level))
        return found

    @cached_property
    def _masks(self) -> dict[object, int]:
        """Masks found before, by what was asked."""
        return {}

    def holding(self, skill: Skill) -> int:
        """Return the mask of the profiles that hold a skill, named as it is meant."""
        if (mask := self._masks.get(skill)) is None:
            places = (place for place, level in self._holders.get(skill.name, ()) if level >= skill.level)
            mask = self._masks[skill] = sum(1 << place for place in places)
        return mask

    def in_groups(self, names: Iterable[str]) -> int:
        """Return the mask of the profiles that belong to one of these groups."""
        found = 0
        for name in names:
            if ("group", name) not in self._masks:
                places = (place for place, profile in enumerate(self.profiles) if name in profile.groups)
                self._masks["group", name] = sum(1 << place for place in places)
            found |= self._masks["group", name]
        return found

    def named(self, ids: Iterable[str]) -> int:
        """Return the mask of the profiles of agents who stand alone."""
        return sum(1 << self._alone[name] for name in ids if name in self._alone)

    @cached_property
    def _alone(self) -> dict[str, int]:
        return {profile.alone: place for place, profile in enumerate(self.profiles) if profile.alone is not None}

    def on_lines(self, low: int, high: int) -> int:
        """Return the mask of the profiles on these lines, both included."""
        if (low, high) not in self._masks:
            places = (place for place, profile in enumerate(self.profiles) if low <= profile.line <= high)
            self._masks[low, high] = sum(1 << place for place in places)
        return self._masks[low, high]

    def meeting(self, need: Requirement) -> int:
        """Return the mask of the profiles that qualify (ROU-6), for a requirement by the names that are meant."""
        mask = (1 << len(self.profiles)) - 1
        for clause in need.clauses:
            either = 0
            for skill in clause:
                either |= self.holding(skill)
            mask &= either
        if need.groups:
            mask &= self.in_groups(need.groups)
        return mask if need.lines is None else mask & self.on_lines(*need.lines)


def gathered(graph: SkillGraph, agents: Iterable[Agent], *, at: int | None, alone: Collection[str] = ()) -> Buckets:
    """Gather agents by profile as of an instant; ``None``: as if every skill they declare were valid."""
    closures: dict[FrozenMap[str, int], FrozenMap[str, int]] = {}
    members: dict[Profile, list[Agent]] = {}
    declared: dict[tuple[Any, ...], list[Agent]] = {}
    for agent in sorted(agents, key=lambda agent: agent.id):
        skills = agent.skills if at is None else agent.skills_at(at)
        key = (skills, agent.groups, agent.line, agent.id if agent.id in alone else None)
        declared.setdefault(key, []).append(agent)
    for (skills, groups, line, own), some in declared.items():
        if (closed := closures.get(skills)) is None:
            closed = closures[skills] = graph.closure(skills)
        members.setdefault(Profile(closed, tuple(sorted({*groups})), line, own), []).extend(some)
    return Buckets(graph, {profile: members[profile] for profile in sorted(members, key=lambda one: one.place)})


# --- what is given ----------------------------------------------------------------------------------------------------


def same_names(path: str, given: Iterable[str], known: Collection[str], what: str) -> Iterator[Problem]:
    """Yield a problem for each name that is not known."""
    for name in given:
        if name not in known:
            yield Problem(f"{path}.{name}", f"{name!r} is no {what} given here{did_you_mean(name, known)}")


def agent_problems(policy: RoutingPolicy, agents: Iterable[Agent]) -> Iterator[Problem]:
    """Yield what is wrong with a policy and its agents; those of the same declaration are looked at once."""
    yield from (problem.under("policy") for problem in policy.problems())
    groups = [group.name for group in policy.groups]
    seen: set[str] = set()
    clean: set[tuple[object, ...]] = set()
    for index, agent in enumerate(agents):
        if agent.id in seen:
            yield Problem(f"agents[{index}]", f"the id {agent.id!r} is given twice")
        seen.add(agent.id)
        kind = (agent.skills, agent.groups, agent.line, agent.capacity, agent.wrap_up, agent.limits, agent.valid_until)
        if kind in clean:
            yield from name_problems(f"agents[{index}].id", agent.id, "agent")
            continue
        found = agent.problems(policy.graph, groups)
        yield from (problem.under(f"agents[{index}]") for problem in found)
        clean.update(() if found else (kind,))


def free_units(
    agents: Iterable[Agent], free: Mapping[str, int] | None, channels: Collection[str]
) -> tuple[dict[str, int], list[Problem]]:
    """Return how many pieces each agent can take, and what is wrong with the numbers given."""
    rooms = {hands: _room(hands, channels) for hands in {agent.capacity for agent in agents}}
    units = {agent.id: rooms[agent.capacity] for agent in agents}
    given = {} if free is None else free
    found = [*same_names("free", given, units, "agent")]
    wrong = ((name, value) for name, value in given.items() if type(value) is not int or value < 0)
    found += [Problem(f"free.{name}", f"an integer ≥ 0, not {value!r}") for name, value in wrong]
    return {**units, **given}, found


def read_demand(graph: SkillGraph, demand: Demand) -> tuple[dict[Requirement, int], list[Problem]]:
    """Return the count of each requirement by the names that are meant, and what is wrong with what is given."""
    found: list[Problem] = []
    counts: dict[Requirement, int] = {}
    pairs = demand.items() if isinstance(demand, Mapping) else demand
    for given, count in pairs:
        need = Requirement.parse(given) if isinstance(given, str) else given
        path = f"demand[{str(need)!r}]"
        wrong = need.problems(graph)
        found += [problem.under(path) for problem in wrong]
        if type(count) is not int or count < 0:
            found.append(Problem(path, f"a count is an integer ≥ 0, not {count!r}"))
        elif not wrong:
            meant = need.named(graph)
            counts[meant] = counts.get(meant, 0) + count
    return dict(sorted(counts.items(), key=lambda pair: str(pair[0]))), found


def check(problems: Iterable[Problem], what: str) -> None:
    """Raise all problems at once."""
    if found := tuple(problems):
        raise DefinitionInvalid(found, what)
