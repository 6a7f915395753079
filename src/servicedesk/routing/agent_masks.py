"""Agents as bits: who passes a stage of the funnel is an integer, and a funnel is a few ANDs (ROU-49)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

from servicedesk.routing.requirements import Requirement
from servicedesk.routing.skills import Node

__all__ = ["AgentMasks", "Trait"]

Trait: TypeAlias = tuple[Any, ...]
"""What agents may have in common: ``("line", 2)``, ``("skill", "marketing", 3)``, ``("fits", "voice")``."""


class AgentMasks:
    """One bit an agent, one mask a trait."""

    __slots__ = ("_free", "_lines", "_traits", "everybody", "masks", "names", "places")

    def __init__(self) -> None:
        self.everybody = 0
        self.masks: dict[Trait, int] = defaultdict(int)
        self.names: list[str] = []
        self.places: dict[str, int] = {}
        self._traits: dict[tuple[str, str], frozenset[Trait]] = {}
        self._free: list[int] = []
        self._lines: set[int] = set()

    def put(self, name: str, layer: str, traits: frozenset[Trait]) -> None:
        """Add an agent, or change their traits; those of another layer stay."""
        place = self.places.get(name)
        if place is None:
            place = self._place(name)
        before = self._traits.get((name, layer), frozenset())
        if before != traits:
            bit = 1 << place
            for trait in before - traits:
                self.masks[trait] &= ~bit
            for trait in traits - before:
                self.masks[trait] |= bit
                if trait[0] == "line":
                    self._lines.add(trait[1])
            self._traits[name, layer] = traits

    def _place(self, name: str) -> int:
        if self._free:
            place = self._free.pop()
            self.names[place] = name
        else:
            place = len(self.names)
            self.names.append(name)
        self.places[name] = place
        self.everybody |= 1 << place
        return place

    def remove(self, name: str) -> None:
        """Forget an agent."""
        for layer in ("standing", "moving"):
            self.put(name, layer, frozenset())
            self._traits.pop((name, layer), None)
        place = self.places.pop(name)
        self.everybody &= ~(1 << place)
        self._free.append(place)

    def of(self, *trait: object) -> int:
        """Return who has a trait."""
        return self.masks.get(trait, 0)

    def any_of(self, traits: Iterable[Trait]) -> int:
        """Return who has at least one of some traits."""
        found = 0
        for trait in traits:
            found |= self.masks.get(trait, 0)
        return found

    def bits(self, names: Iterable[str]) -> int:
        """Return the bits of those agents that are known."""
        found = 0
        for name in names:
            if (place := self.places.get(name)) is not None:
                found |= 1 << place
        return found

    def lines(self, need: Requirement) -> int:
        """Return who works in the lines that are asked for."""
        if need.lines is None:
            return self.everybody
        low, high = need.lines
        return self.any_of(("line", line) for line in self._lines if low <= line <= high)

    def groups(self, need: Requirement) -> int:
        """Return who belongs to the groups that are asked for."""
        return self.any_of(("group", name) for name in need.groups) if need.groups else self.everybody

    def skilled(self, need: Requirement, among: int) -> int:
        """Return who holds what is asked for."""
        for skill in need.all_of:
            among &= self.masks.get(("skill", skill.name, skill.level), 0)
        for clause in need.any_of:
            among &= self.any_of(("skill", skill.name, skill.level) for skill in clause)
        return among

    @staticmethod
    def of_skills(nodes: Iterable[Node]) -> Iterable[Trait]:
        """Return the traits of skills: a level is every level below it too (ROU-1)."""
        return (("skill", name, level) for name, highest in nodes for level in range(1, highest + 1))
