"""Who can take work: agents 坐席, what they are doing, and how much fits into their hands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Literal

from attrs import field, frozen

from servicedesk.errors import Problem, did_you_mean
from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.instants import Instant, Span, instant_us
from servicedesk.routing.checked import each_is, is_a, mapping
from servicedesk.routing.skills import SkillGraph, level_problems, name_problems
from servicedesk.routing.spans import one_span, span_or_none, span_problems

__all__ = ["PRESENCES", "Access", "Agent", "Capacity", "Group", "Limit", "Presence", "Roster", "WrapUp", "names"]


def names(value: str | Iterable[str]) -> tuple[str, ...]:
    """Return names as a tuple; one alone may be given as it is (attrs converter).

    Raises:
        TypeError: one of them is no text.
    """
    found = (value,) if isinstance(value, str) else tuple(value)
    for name in found:
        if not isinstance(name, str):
            raise TypeError(f"names are texts, such as ('wang', 'li'), not {name!r}")
    return found


@frozen
class Presence:
    """What a person declares 坐席状态: whether work may be offered, and whether they are at their place (ROU-13)."""

    name: str
    routable: bool = False
    signed_in: bool = field(default=True, kw_only=True)

    def problems(self) -> tuple[Problem, ...]:
        """List what is wrong with it."""
        away = Problem("routable", "nobody is offered work who is not signed in")
        return (
            *name_problems("name", self.name, "presence"),
            *((away,) if self.routable and not self.signed_in else ()),
        )


PRESENCES: FrozenMap[str, Presence] = FrozenMap(
    {
        presence.name: presence
        for presence in (
            Presence("available", routable=True),
            *map(Presence, ("break", "meal", "training", "meeting", "unresponsive")),
            Presence("offline", signed_in=False),
        )
    }
)
"""Presences ready made; a policy may declare more."""


def _units(values: Mapping[str, int]) -> FrozenMap[str, int]:
    return mapping("cost or cap of a Capacity", values, "{'voice': 8}")


@frozen(kw_only=True)
class Capacity:
    """How much fits into an agent's hands: a budget shared by all channels (ROU-15).

    Args:
        total: the budget, in units of the host's choice.
        cost: units per channel; 1 where none is said.
        cap: the most of a channel at a time.
        exclusive: channels that fit only into empty hands, and beside which nothing fits (ROU-16).
        open_offers: how many offers may be open at a time.
    """

    total: int = 1
    cost: FrozenMap[str, int] = field(default=EMPTY, converter=_units)
    cap: FrozenMap[str, int] = field(default=EMPTY, converter=_units)
    exclusive: tuple[str, ...] = field(default=(), converter=names)
    open_offers: int = 1

    def fits(self, channel: str, held: Mapping[str, int]) -> bool:
        """Whether one more of a channel fits beside what is held, a count for each channel.

        >>> room = Capacity(total=10, cost={"voice": 8, "chat": 3, "mail": 2}, exclusive="voice")
        >>> room.fits("voice", {}), room.fits("voice", {"mail": 1}), room.fits("mail", {"chat": 2})
        (True, False, True)
        """
        if held and (channel in self.exclusive or any(name in self.exclusive for name in held)):
            return False
        capped = held.get(channel, 0) + 1 <= self.cap.get(channel, self.total)
        return capped and self.used(held) + self.cost.get(channel, 1) <= self.total

    def used(self, held: Mapping[str, int]) -> int:
        """Return the units that work in hand takes, a count for each channel."""
        return sum(count * self.cost.get(channel, 1) for channel, count in held.items())

    def problems(self) -> tuple[Problem, ...]:
        """List what is wrong with it."""
        counts = {"total": self.total, "open_offers": self.open_offers}
        counts |= {f"cost.{name}": units for name, units in self.cost.items()}
        counts |= {f"cap.{name}": most for name, most in self.cap.items()}
        found = [
            Problem(path, f"an integer ≥ 1, not {value!r}")
            for path, value in counts.items()
            if type(value) is not int or value < 1
        ]
        if not found:
            too_much = ((name, units) for name, units in self.cost.items() if units > self.total)
            found += [
                Problem(f"cost.{name}", f"{units} is more than the total, {self.total}") for name, units in too_much
            ]
        return tuple(found)


@frozen
class WrapUp:
    """What is left to do after a contact 话后处理: the work keeps its units until then (ROU-17).

    ``timed`` ends by itself, or earlier by hand; ``mandatory`` by itself alone; ``discretionary`` by hand, or by itself
    where a span is given.
    """

    mode: Literal["timed", "mandatory", "discretionary"] = "timed"
    span: timedelta | None = field(default=None, converter=span_or_none)

    def problems(self) -> tuple[Problem, ...]:
        """List what is wrong with it."""
        found = [*span_problems("span", self.span, zero=False)]
        if self.mode not in ("timed", "mandatory", "discretionary"):
            found.append(Problem("mode", f"{self.mode!r} is none of 'timed', 'mandatory', 'discretionary'"))
        elif self.span is None and self.mode != "discretionary":
            found.append(Problem("span", f"a {self.mode} wrap-up needs a span"))
        return tuple(found)


@frozen
class Limit:
    """At most so many assignments within a window that ends now (ROU-19)."""

    assignments: int
    within: timedelta = field(converter=one_span)

    def problems(self) -> tuple[Problem, ...]:
        """List what is wrong with it."""
        whole = type(self.assignments) is int and self.assignments >= 1
        wrong = () if whole else (Problem("assignments", f"an integer ≥ 1, not {self.assignments!r}"),)
        return (*wrong, *span_problems("within", self.within, zero=False))


@frozen
class Access:
    """A queue that a group sees: in which order, and after which wait of the work (ROU-20, ROU-23)."""

    queue: str
    rank: int = field(default=1, kw_only=True)
    delay: timedelta = field(default=timedelta(0), converter=one_span, kw_only=True)

    def problems(self) -> tuple[Problem, ...]:
        """List what is wrong with it."""
        wrong = () if type(self.rank) is int else (Problem("rank", f"an integer, not {self.rank!r}"),)
        return (*wrong, *span_problems("delay", self.delay))


def _accesses(values: str | Iterable[Access | str]) -> tuple[Access, ...]:
    several = (values,) if isinstance(values, str) else values
    return tuple(Access(value) if isinstance(value, str) else value for value in several)


@frozen
class Group:
    """A group of agents 班组 and the queues it sees."""

    name: str
    access: tuple[Access, ...] = field(
        default=(), converter=_accesses, validator=each_is(Access, "Access('hotline', delay='45s')")
    )


def _instants(values: Mapping[str, Instant]) -> FrozenMap[str, int]:
    return FrozenMap({name: instant_us(at, "valid_until") for name, at in values.items()})


def _levels(values: Mapping[str, int]) -> FrozenMap[str, int]:
    return mapping("Agent.skills", values, "{'marketing': 3}")


def _limits(values: Iterable[Limit]) -> tuple[Limit, ...]:
    return tuple(values)


@frozen(kw_only=True)
class Agent:
    """Somebody who takes work: what they can do, not what they are doing now.

    Args:
        id: the name in facts.
        skills: declared skills and their levels; what follows from them is the graph's.
        groups: those they belong to.
        line: support line: 1 first line 一线, 2 expert seat 专家坐席, 3 vendor or department.
        capacity: how much fits into their hands.
        wrap_up: in place of the queue's own.
        limits: how many assignments within which time.
        valid_until: skills that end by themselves, such as a certificate; from that instant on not held (ROU-51).
    """

    id: str
    skills: FrozenMap[str, int] = field(default=EMPTY, converter=_levels)
    groups: tuple[str, ...] = field(default=(), converter=names)
    line: int = 1
    capacity: Capacity = field(default=Capacity(), validator=is_a(Capacity, "Capacity(total=2)"))
    wrap_up: WrapUp | None = field(default=None, validator=is_a(WrapUp, "WrapUp('timed', '30s')", or_none=True))
    limits: tuple[Limit, ...] = field(default=(), converter=_limits, validator=each_is(Limit, "Limit(5, '10min')"))
    valid_until: FrozenMap[str, int] = field(default=EMPTY, converter=_instants)

    def skills_at(self, at: int) -> FrozenMap[str, int]:
        """Return the declared skills that are valid at an instant."""
        if not self.valid_until:
            return self.skills
        until = self.valid_until
        return FrozenMap({name: level for name, level in self.skills.items() if name not in until or at < until[name]})

    def problems(self, graph: SkillGraph | None = None, groups: Iterable[str] | None = None) -> tuple[Problem, ...]:
        """List what is wrong; with a graph and groups also the names which those do not know."""
        return (*self._own_problems(), *self._skill_problems(graph), *self._group_problems(groups))

    def _own_problems(self) -> Iterator[Problem]:
        yield from name_problems("id", self.id, "agent")
        if type(self.line) is not int or self.line < 1:
            yield Problem("line", f"an integer ≥ 1, not {self.line!r}")
        parts: list[tuple[str, Any]] = [("capacity", self.capacity)]
        parts += [] if self.wrap_up is None else [("wrap_up", self.wrap_up)]
        parts += [(f"limits[{index}]", limit) for index, limit in enumerate(self.limits)]
        for path, part in parts:
            yield from (problem.under(path) for problem in part.problems())

    def _skill_problems(self, graph: SkillGraph | None) -> Iterator[Problem]:
        for name, level in self.skills.items():
            wrong = [*name_problems("skills", name), *level_problems(f"skills.{name}", level)]
            yield from wrong or ([] if graph is None else graph.unknown(f"skills.{name}", (name, level)))
        for name in self.valid_until:
            if name not in self.skills:
                yield Problem(f"valid_until.{name}", f"{name!r} is not among the skills")

    def _group_problems(self, groups: Iterable[str] | None) -> Iterator[Problem]:
        known = None if groups is None else tuple(groups)
        for index, name in enumerate(self.groups):
            if known and name not in known:
                yield Problem(f"groups[{index}]", f"{name!r} is not a group of this policy{did_you_mean(name, known)}")


def _shifts(values: Iterable[tuple[str, Span]]) -> tuple[tuple[str, Span], ...]:
    return tuple((agent, span) for agent, span in values)


@frozen
class Roster:
    """Who is there when 排班: pairs of an agent's id and a span. Read by coverage, and by a simulation."""

    shifts: tuple[tuple[str, Span], ...] = field(converter=_shifts)

    def present(self, at: Instant) -> frozenset[str]:
        """Return the agents there at an instant."""
        return frozenset(agent for agent, span in self.shifts if at in span)
