"""The policy of a router as one value, and the temporary changes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from attrs import evolve, field, frozen

from servicedesk.conditions import Condition
from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.routing.agents import PRESENCES, Group, Presence, names
from servicedesk.routing.checked import each_is, is_a
from servicedesk.routing.choice import DEFAULT, ChoicePolicy
from servicedesk.routing.queues import QueuePolicy
from servicedesk.routing.skills import SkillGraph, name_problems

__all__ = ["Override", "RoutingPolicy"]


def _queues(values: str | Iterable[QueuePolicy | str]) -> tuple[QueuePolicy, ...]:
    several = (values,) if isinstance(values, str) else values
    return tuple(QueuePolicy(name=value) if isinstance(value, str) else value for value in several)


_A_QUEUE, _A_GROUP = "QueuePolicy(name='hotline')", "Group('experts', ['hotline'])"
_A_CHOICE = "ChoicePolicy('line', 'longest_idle')"


def _groups(values: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(values)


def _presences(values: Iterable[Presence]) -> tuple[Presence, ...]:
    return tuple(values)


def _condition(value: Condition | str | None) -> Condition | None:
    return Condition.parse(value) if isinstance(value, str) else value


@frozen(kw_only=True)
class Override:
    """A temporary change, set and lifted by name (ROU-45): how a measure of an emergency takes effect.

    Args:
        name: by which it is lifted.
        groups: whom it concerns, and the queues they see; empty: all.
        refuse_presences: presences that nobody may change to; who is in one stays until back.
        hold: work for which this is true waits, unseen; its place, steps and promotion go on.
        access: groups that see other queues for the time being, in place of those of the same name.
        queues: queues that work otherwise for the time being, in place of those of the same name.
        choice: another way to choose.
        reason: for the record.
    """

    name: str
    groups: tuple[str, ...] = field(default=(), converter=names)
    refuse_presences: tuple[str, ...] = field(default=(), converter=names)
    hold: Condition | None = field(
        default=None, converter=_condition, validator=is_a(Condition, "Field('urgent') == False", or_none=True)
    )
    access: tuple[Group, ...] = field(default=(), converter=_groups, validator=each_is(Group, _A_GROUP))
    queues: tuple[QueuePolicy, ...] = field(default=(), converter=_queues, validator=each_is(QueuePolicy, _A_QUEUE))
    choice: ChoicePolicy | None = field(default=None, validator=is_a(ChoicePolicy, _A_CHOICE, or_none=True))
    reason: str | None = None


@frozen(kw_only=True, repr=False)
class RoutingPolicy:
    """Everything a router is told beforehand. Its identity is ``(name, version)``.

    Args:
        graph: what follows from which skill.
        groups: who sees which queues; without any group, every agent sees every queue.
        queues: the waiting rooms; a plain name is a queue with every default.
        channels: the channels there are; empty: any.
        choice: how to choose among able agents.
        presences: beside those ready made, or in place of one of the same name.

    >>> policy = RoutingPolicy(name="desk", queues=["hotline"], groups=[Group("experts", ["hotlin"])])
    >>> print(policy.problems()[0])
    groups[0].access[0].queue: 'hotlin' is not a queue of this policy; did you mean 'hotline'?
    """

    name: str
    version: int = 1
    graph: SkillGraph = field(
        factory=SkillGraph, validator=is_a(SkillGraph, "SkillGraph([('marketing>=4', 'billing')])")
    )
    groups: tuple[Group, ...] = field(default=(), converter=_groups, validator=each_is(Group, _A_GROUP))
    queues: tuple[QueuePolicy, ...] = field(converter=_queues, validator=each_is(QueuePolicy, _A_QUEUE))
    channels: tuple[str, ...] = field(default=(), converter=names)
    choice: ChoicePolicy = field(default=DEFAULT, validator=is_a(ChoicePolicy, _A_CHOICE))
    presences: tuple[Presence, ...] = field(
        default=(), converter=_presences, validator=each_is(Presence, "Presence('lunch')")
    )

    def queue(self, name: str) -> QueuePolicy | None:
        """Return the queue of that name, or ``None``."""
        return next((queue for queue in self.queues if queue.name == name), None)

    def presence(self, name: str) -> Presence | None:
        """Return the presence of that name, or ``None``."""
        own = (presence for presence in self.presences if presence.name == name)
        return next(own, PRESENCES.get(name))

    @property
    def presence_names(self) -> tuple[str, ...]:
        """Every presence there is."""
        return tuple(dict.fromkeys((*PRESENCES, *(presence.name for presence in self.presences))))

    def under(self, overrides: Iterable[Override]) -> RoutingPolicy:
        """Return the policy as overrides change it; of two that change the same thing, the later one wins."""
        groups = {group.name: group for group in self.groups}
        queues = {queue.name: queue for queue in self.queues}
        choice = self.choice
        for override in overrides:
            groups |= {group.name: group for group in override.access}
            queues |= {queue.name: queue for queue in override.queues}
            choice = override.choice or choice
        return evolve(self, groups=groups.values(), queues=queues.values(), choice=choice)

    def problems(self) -> tuple[Problem, ...]:
        """List everything wrong with the policy at once, each with its path."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[Problem]:
        yield from name_problems("name", self.name, "policy")
        if type(self.version) is not int or self.version < 1:
            yield Problem("version", f"an integer ≥ 1, not {self.version!r}")
        yield from (problem.under("graph") for problem in self.graph.problems())
        if not self.queues:
            yield Problem("queues", "there are none, so nothing could ever wait")
        parts: tuple[tuple[str, tuple[Any, ...]], ...] = (("queues", self.queues), ("presences", self.presences))
        for path, values in parts:
            for index, value in enumerate(values):
                yield from (problem.under(f"{path}[{index}]") for problem in value.problems())
        for path, values in (*parts, ("groups", self.groups)):
            yield from _twice(path, [value.name for value in values])
        yield from self._group_problems()
        yield from self._overflow_problems()
        yield from (problem.under("choice") for problem in self.choice.problems())

    def _group_problems(self) -> Iterator[Problem]:
        known = [queue.name for queue in self.queues]
        for index, group in enumerate(self.groups):
            for place, access in enumerate(group.access):
                path = f"groups[{index}].access[{place}]"
                yield from (problem.under(path) for problem in access.problems())
                if access.queue not in known:
                    message = f"{access.queue!r} is not a queue of this policy{did_you_mean(access.queue, known)}"
                    yield Problem(f"{path}.queue", message)
            yield from self._unlike(f"groups[{index}]", group)

    def _unlike(self, path: str, group: Group) -> Iterator[Problem]:
        """Two queues that a group sees at one rank are compared, so they have one order (ROU-30)."""
        for one, other in combinations(group.access, 2):
            first, second = self.queue(one.queue), self.queue(other.queue)
            if one.rank == other.rank and first and second and first.order != second.order:
                names = f"{first.name!r} ({first.order}) and {second.name!r} ({second.order})"
                yield Problem(path, f"{names} stand at one rank, {one.rank}, but their orders do not compare")

    def _overflow_problems(self) -> Iterator[Problem]:
        by_name = {queue.name: queue for queue in self.queues}
        for index, queue in enumerate(self.queues):
            path, chain, after = f"queues[{index}].overflow_to", [queue.name], queue.overflow_to
            if after is not None and after not in by_name:
                yield Problem(path, f"{after!r} is not a queue of this policy{did_you_mean(after, by_name)}")
            while after in by_name and after not in chain:
                chain.append(after)
                after = by_name[after].overflow_to
            if after == queue.name:
                yield Problem(path, f"overflow goes round: {', '.join((*chain, after))}")

    def override_problems(self, override: Override) -> tuple[Problem, ...]:
        """List what is wrong with an override of this policy."""
        found: list[Problem] = [*name_problems("name", override.name, "override")]
        known = {
            "groups": [group.name for group in self.groups],
            "refuse_presences": self.presence_names,
            "access": [group.name for group in self.groups],
            "queues": [queue.name for queue in self.queues],
        }
        for path, names_known in known.items():
            for index, value in enumerate(getattr(override, path)):
                name = value if isinstance(value, str) else value.name
                if name not in names_known:
                    message = f"{name!r} is not known here{did_you_mean(name, names_known)}"
                    found.append(Problem(f"{path}[{index}]", message))
        return tuple(found) or self.under([override]).problems()

    def check(self) -> None:
        """Raise what `problems` lists.

        Raises:
            DefinitionInvalid: with every problem at once.
        """
        if found := self.problems():
            raise DefinitionInvalid(found, f"routing policy {self.name!r}")

    def __repr__(self) -> str:
        size = f"{len(self.queues)} queues, {len(self.groups)} groups"
        return f"<RoutingPolicy {self.name!r} version {self.version}: {size}>"


def _twice(path: str, found: list[str]) -> Iterator[Problem]:
    for index, name in enumerate(found):
        if name in found[:index]:
            yield Problem(f"{path}[{index}]", f"{name!r} is declared twice")
