"""What agents answer, and what work asks for: who sees which signatures, without a look at each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from attrs import define, field

from servicedesk.frozenmap import FrozenMap
from servicedesk.routing.agent_masks import AgentMasks, Trait
from servicedesk.routing.compiled import Sight
from servicedesk.routing.requirements import Requirement
from servicedesk.routing.skills import Skill

__all__ = ["Asked", "Profile"]


@define(eq=False)
class Profile:
    """What some agents answer alike; ``ranks`` pairs each rank with the signatures seen at it, the first rank first."""

    skills: FrozenMap[str, int]
    groups: tuple[str, ...]
    line: int
    sight: Sight
    seen: int = 0
    ranks: list[tuple[int, int]] = field(factory=list)
    tested: int = 0
    traits: frozenset[Trait] = frozenset()

    def standing(self, delays: Mapping[str, tuple[int, ...]]) -> Iterator[Trait]:
        """Yield what the funnel asks of them, whatever they are doing."""
        yield "line", self.line
        yield from (("group", name) for name in self.groups)
        yield from AgentMasks.of_skills(self.skills.items())
        for queue, opened in delays.items():
            yield from (("sees", queue, delay) for delay in opened if self.rank(queue, delay) is not None)

    def holds(self, clause: tuple[Skill, ...]) -> bool:
        """Whether at least one of some skills is held at its level."""
        held = self.skills
        return any(held.get(skill.name, 0) >= skill.level for skill in clause)

    def works_in(self, lines: tuple[int, int] | None) -> bool:
        """Whether the line is among those that are asked for."""
        return lines is None or lines[0] <= self.line <= lines[1]

    def belongs_to(self, groups: tuple[str, ...]) -> bool:
        """Whether a group is among those that are asked for."""
        return not groups or any(name in groups for name in self.groups)

    def qualifies(self, need: Requirement) -> bool:
        """Whether lines, groups and clauses are met (ROU-6)."""
        return self.works_in(need.lines) and self.belongs_to(need.groups) and all(map(self.holds, need.clauses))

    def rank(self, queue: str, waited: int) -> int | None:
        """Return the rank at which a queue is seen by now, or ``None`` (ROU-20)."""
        return min((rank for name, rank, delay in self.sight if name == queue and delay <= waited), default=None)


class Asked:
    """What the signatures ask for: a mask of signatures for each clause, line, group and place.

    What a profile sees is everything but the masks of what it does not meet: a look at each thing asked for, of which
    there are few, and not at each signature.
    """

    def __init__(self) -> None:
        self.clauses: dict[tuple[Skill, ...], int] = defaultdict(int)
        self.lines: dict[tuple[int, int] | None, int] = defaultdict(int)
        self.groups: dict[tuple[str, ...], int] = defaultdict(int)
        self.places: dict[tuple[str, int], int] = defaultdict(int)

    def add(self, number: int, need: Requirement, queue: str, opened: int) -> None:
        """Note what a signature asks for."""
        bit = 1 << number
        for clause in need.clauses:
            self.clauses[clause] |= bit
        self.lines[need.lines] |= bit
        self.groups[need.groups] |= bit
        self.places[queue, opened] |= bit

    def of_queue(self, queue: str) -> int:
        """Return the signatures of a queue, however far their wait has opened it."""
        return sum(mask for (name, _), mask in self.places.items() if name == queue)

    def seen_by(self, profile: Profile) -> list[tuple[int, int]]:
        """Return the signatures that a profile sees, by rank, the first rank first."""
        missed = 0
        for clause, mask in self.clauses.items():
            if not profile.holds(clause):
                missed |= mask
        for lines, mask in self.lines.items():
            if not profile.works_in(lines):
                missed |= mask
        for groups, mask in self.groups.items():
            if not profile.belongs_to(groups):
                missed |= mask
        found: dict[int, int] = defaultdict(int)
        for (queue, opened), mask in self.places.items():
            rank = profile.rank(queue, opened)
            if rank is not None:
                found[rank] |= mask & ~missed
        return sorted(found.items())
