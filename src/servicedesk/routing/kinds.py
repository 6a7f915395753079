"""Work that is alike, counted together: what decides who can take it at an instant, and what each profile costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from servicedesk.routing.buckets import Buckets
from servicedesk.routing.flows import Levels
from servicedesk.routing.policy import RoutingPolicy
from servicedesk.routing.requirements import Requirement
from servicedesk.routing.skills import Skill
from servicedesk.routing.spans import us
from servicedesk.routing.work import Work

__all__ = ["Kind", "choice_costs", "kind_of"]

_Parts: TypeAlias = Mapping[int, int]
"""Values of a key, each with the mask of the profiles that have it."""


@frozen
class Kind:
    """What pieces of work share that the same agents can take, at the same cost.

    ``groups`` see it, ``None``: everybody; ``only`` those preferred may have it now; ``alone`` tells apart what a host
    prices by itself.
    """

    requirement: Requirement
    groups: tuple[str, ...] | None = None
    preferred: tuple[str, ...] = ()
    only: bool = False
    excluded: tuple[str, ...] = ()
    alone: str = ""

    def mask(self, buckets: Buckets) -> int:
        """Return the mask of the profiles to whom it could be offered."""
        mask = buckets.meeting(self.requirement)
        if self.groups is not None:
            mask &= buckets.in_groups(self.groups)
        if self.only:
            mask &= buckets.named(self.preferred)
        return mask & ~buckets.named(self.excluded)


def kind_of(
    policy: RoutingPolicy, work: Work, wait: int, present: Collection[str], meant: dict[Requirement, Requirement]
) -> Kind:
    """Return what work is like after a wait: step in force, access, sticky phase (ROU-8, 12, 20).

    ``meant`` remembers requirements by the names that are meant.
    """
    need = work.requirement
    if work.relaxation is not None:
        need = [need for after, need in work.steps if after <= wait][-1]
    if (named := meant.get(need)) is None:
        named = meant[need] = need.named(policy.graph)
    seen = None
    if policy.groups:
        seen = tuple(
            group.name
            for group in policy.groups
            if any(access.queue == work.queue and us(access.delay) <= wait for access in group.access)
        )
    only = wait < us(work.preferred_for) and not {*work.preferred_agents}.isdisjoint(present)
    excluded = tuple(sorted({*work.excluded}.intersection(present)))
    return Kind(named, seen, work.preferred_agents, only, excluded)


# --- costs ------------------------------------------------------------------------------------------------------------


def choice_costs(
    keys: Sequence[str], buckets: Buckets, kinds: Sequence[Kind], masks: Sequence[int], most: int
) -> tuple[list[int], list[Levels]]:
    """Return the cost of each profile, and what each kind of work adds for which profiles.

    The keys are digits of one number, each so wide that no total of ``most`` pairs carries into the next: the total of
    an earlier key decides before that of a later one. Keys of a single agent's moment are no digits.
    """
    whole = (1 << len(buckets.profiles)) - 1
    base, levels = [0] * len(buckets.profiles), [dict.fromkeys((0,), mask) for mask in masks]
    weight = 1
    for key in reversed([key for key in keys if key in _OF_PROFILE or key in _OF_PAIR]):
        if key in _OF_PROFILE:
            values = [_OF_PROFILE[key](profile.skills, profile.line) for profile in buckets.profiles]
            base = [cost + weight * value for cost, value in zip(base, values, strict=True)]
        else:
            parts = [_OF_PAIR[key](kind, buckets, whole) for kind in kinds]
            levels = [_digit(row, weight, part) for row, part in zip(levels, parts, strict=True)]
            values = [value for part in parts for value in part]
        weight *= most * (max(values, default=0) - min(values, default=0)) + 1
    return base, [[*row.items()] for row in levels]


def _digit(row: _Parts, weight: int, parts: _Parts) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for cost, mask in row.items():
        for value, part in parts.items():
            if both := mask & part:
                found[cost + weight * value] |= both
    return dict(found)


def _sticky(kind: Kind, buckets: Buckets, whole: int) -> dict[int, int]:
    found: dict[int, int] = {}
    rest = whole
    for place, name in enumerate(kind.preferred):
        found[place] = buckets.named((name,)) & rest
        rest &= ~found[place]
    return {**found, len(kind.preferred): rest}


def _preferred(kind: Kind, buckets: Buckets, whole: int) -> dict[int, int]:
    found: dict[int, int] = {0: whole}
    for skill, weight in kind.requirement.preferred:
        held = buckets.holding(skill)
        split: dict[int, int] = defaultdict(int)
        for score, mask in found.items():
            split[score - weight] |= mask & held
            split[score] |= mask & ~held
        found = {score: mask for score, mask in split.items() if mask}
    return found


def _best_skilled(kind: Kind, buckets: Buckets, whole: int) -> dict[int, int]:
    found: dict[int, int] = {0: whole}
    for skill in kind.requirement.all_of:
        split: dict[int, int] = defaultdict(int)
        for surplus, mask in found.items():
            level, at_least = skill.level, mask & buckets.holding(skill)
            while at_least:
                more = mask & buckets.holding(Skill(skill.name, level + 1))
                split[surplus - (level - skill.level)] |= at_least & ~more
                level, at_least = level + 1, more
        found = {surplus: mask for surplus, mask in split.items() if mask}
    return found


_OF_PROFILE: dict[str, Callable[[Mapping[str, int], int], int]] = {
    "line": lambda _, line: line,
    "fewest_skills": lambda skills, _: len(skills),
}
_OF_PAIR: dict[str, Callable[[Kind, Buckets, int], dict[int, int]]] = {
    "sticky": _sticky,
    "preferred": _preferred,
    "best_skilled": _best_skilled,
}
