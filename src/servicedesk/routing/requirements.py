"""What work asks for: skills that decide whether, preferences that decide who, and how both widen while it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

from attrs import evolve, field, frozen

from servicedesk.errors import Problem
from servicedesk.instants import duration_text
from servicedesk.routing.checked import require
from servicedesk.routing.notation import read_requirement, requirement_text
from servicedesk.routing.skills import Node, Skill, SkillGraph, name_problems, to_skill
from servicedesk.routing.spans import AnySpan, one_span, span_problems

__all__ = ["Relaxation", "Requirement"]

_AnySkill = Skill | Node | str


def _clauses(values: Iterable[Iterable[_AnySkill]]) -> tuple[tuple[Skill, ...], ...]:
    return tuple(tuple(map(to_skill, clause)) for clause in values)


def _skills(values: Iterable[_AnySkill]) -> tuple[Skill, ...]:
    return tuple(map(to_skill, values))


def _names(values: str | Iterable[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)


def _weights(values: Iterable[tuple[_AnySkill, int] | str | Skill]) -> tuple[tuple[Skill, int], ...]:
    pairs = ((value, 1) if isinstance(value, str | Skill) else value for value in values)
    return tuple((to_skill(skill), weight) for skill, weight in pairs)


def _lines(value: int | tuple[int, int] | None) -> tuple[int, int] | None:
    return (value, value) if isinstance(value, int) else value


@frozen(kw_only=True, repr=False, cache_hash=True)
class Requirement:
    """Who can do it (ROU-6), and who would do it best (ROU-7). Nothing asked for: anyone.

    Args:
        all_of: every one of these must be held, each at its level.
        any_of: of each of these groups at least one.
        preferred: pairs of a skill and a weight, 1 where a skill stands alone; the weights of those held are a
            candidate's score.
        groups: the agent belongs to one of these; empty: to any.
        lines: first and last support line, both included, or one; ``None``: any.

    >>> need = Requirement.parse("system:marketing>=3 & (language:yi or language:han); prefer cert:itil*2; lines 1-2")
    >>> need.all_of, need.lines
    ((Skill(name='system:marketing', level=3),), (1, 2))
    >>> need.lower("system:marketing", 2).with_lines(1)
    Requirement.parse('system:marketing>=2 & (language:yi or language:han); prefer cert:itil*2; lines 1')
    """

    all_of: tuple[Skill, ...] = field(default=(), converter=_skills)
    any_of: tuple[tuple[Skill, ...], ...] = field(default=(), converter=_clauses)
    preferred: tuple[tuple[Skill, int], ...] = field(default=(), converter=_weights)
    groups: tuple[str, ...] = field(default=(), converter=_names)
    lines: tuple[int, int] | None = field(default=None, converter=_lines)

    @staticmethod
    def parse(text: str) -> Requirement:
        """Return the requirement of a text; ``str`` gives the text back.

        Raises:
            DefinitionInvalid: with the position, what was found there, and what was expected.
        """
        return Requirement(**read_requirement(text))

    @cached_property
    def clauses(self) -> tuple[tuple[Skill, ...], ...]:
        """Every clause, those of a single skill too: of each, at least one must be held."""
        return (*((skill,) for skill in self.all_of), *self.any_of)

    # --- what a relaxation makes of it ---

    def lower(self, name: str, level: int) -> Requirement:
        """Return it with a lower level of a skill."""
        return self._each(lambda skill: Skill(name, level) if skill.name == name else skill)

    def drop(self, name: str) -> Requirement:
        """Return it without a skill; a clause of several that names it goes altogether, since it only gave a choice."""
        kept = tuple(clause for clause in self.any_of if all(skill.name != name for skill in clause))
        return evolve(self, all_of=tuple(skill for skill in self.all_of if skill.name != name), any_of=kept)

    def with_lines(self, low: int, high: int | None = None) -> Requirement:
        """Return it for other support lines."""
        return evolve(self, lines=(low, low if high is None else high))

    def with_groups(self, *names: str) -> Requirement:
        """Return it for other groups; none named: for any."""
        return evolve(self, groups=names)

    def anyone(self) -> Requirement:
        """Return what anyone meets; preferences stay."""
        return Requirement(preferred=self.preferred)

    def _each(self, change: Callable[[Skill], Skill]) -> Requirement:
        return evolve(
            self,
            all_of=tuple(map(change, self.all_of)),
            any_of=tuple(tuple(map(change, clause)) for clause in self.any_of),
        )

    def named(self, graph: SkillGraph) -> Requirement:
        """Return it by the names that are meant (ROU-4)."""
        meant = self._each(lambda skill: Skill(graph.named(skill.name), skill.level))
        return evolve(meant, preferred=((Skill(graph.named(s.name), s.level), weight) for s, weight in self.preferred))

    def problems(self, graph: SkillGraph | None = None) -> tuple[Problem, ...]:
        """List what is wrong with it; with a graph also names and levels which that does not know."""
        return (*self._skill_problems(graph), *self._other_problems())

    def _skill_problems(self, graph: SkillGraph | None) -> Iterator[Problem]:
        named = [(f"all_of[{index}]", skill) for index, skill in enumerate(self.all_of)]
        for index, clause in enumerate(self.any_of):
            if not clause:
                yield Problem(f"any_of[{index}]", "of no skill none can be held; leave the clause out")
            named += [(f"any_of[{index}][{place}]", skill) for place, skill in enumerate(clause)]
        named += [(f"preferred[{index}]", skill) for index, (skill, _) in enumerate(self.preferred)]
        for path, skill in named:
            yield from (problem.under(path) for problem in skill.problems())
            if graph is not None and not skill.problems():
                yield from graph.unknown(path, skill)

    def _other_problems(self) -> Iterator[Problem]:
        for index, (_, weight) in enumerate(self.preferred):
            if type(weight) is not int:
                yield Problem(f"preferred[{index}]", f"a weight is an integer, not {weight!r}")
        for index, name in enumerate(self.groups):
            yield from name_problems(f"groups[{index}]", name, "group")
        lines = (1, 1) if self.lines is None else self.lines
        if [*map(type, lines)] != [int, int] or not 1 <= lines[0] <= lines[1]:
            yield Problem("lines", f"lines are two integers ≥ 1, the lower one first, not {lines!r}")

    def __plain__(self) -> str:
        return str(self)

    @classmethod
    def __from_plain__(cls, data: Any) -> Requirement:
        return cls.parse(data)

    def __str__(self) -> str:
        return requirement_text(self)

    def __repr__(self) -> str:
        return f"Requirement.parse({str(self)!r})"


def _steps(values: Iterable[tuple[AnySpan, Requirement | str]]) -> tuple[tuple[timedelta, Requirement], ...]:
    return tuple(_step(f"Relaxation.steps[{index}]", value) for index, value in enumerate(values))


def _step(where: str, value: Any) -> tuple[timedelta, Requirement]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(
            f"{where} is a pair of a span and a requirement, such as ('60s', 'marketing>=2'), not {value!r}"
        )
    need = Requirement.parse(value[1]) if isinstance(value[1], str) else value[1]
    require(f"{where}[1]", need, Requirement, "Requirement.parse('marketing>=2')")
    return one_span(value[0]), need


@frozen
class Relaxation:
    """How a requirement widens while its work waits: whole requirements, each from a span after *entry* on (ROU-8).

    Args:
        steps: pairs of a span and the requirement in force from then on; the last one stays.
        widening: every step admits whoever the step before admits, and `problems` proves it (ROU-10). A hand-over
            that replaces the pool says ``widening=False``.
        skip_when: go on at once while no qualified agent is signed in, or none is in a routable presence (ROU-11).

    >>> need = Requirement.parse("marketing>=3; lines 1")
    >>> Relaxation([("60s", need.lower("marketing", 2)), ("150s", "marketing; lines 2")]).problems(need)[0].message
    'step 2 admits fewer: lines 2-2 do not include 1-1'
    """

    steps: tuple[tuple[timedelta, Requirement], ...] = field(converter=_steps)
    widening: bool = field(default=True, kw_only=True)
    skip_when: Literal["nobody_signed_in", "nobody_routable"] | None = field(default=None, kw_only=True)

    def problems(self, first: Requirement | None = None, graph: SkillGraph | None = None) -> tuple[Problem, ...]:
        """List what is wrong: spans, requirements, and steps that narrow; ``first`` is the work's own requirement."""
        found = [*self._span_problems()]
        for index, (_, need) in enumerate(self.steps):
            found += [problem.under(f"steps[{index}]") for problem in need.problems(graph)]
        if self.skip_when not in (None, "nobody_signed_in", "nobody_routable"):
            message = f"{self.skip_when!r} is neither 'nobody_signed_in' nor 'nobody_routable'"
            found.append(Problem("skip_when", message))
        if self.widening and not found:
            found += self._narrowing(first, graph or SkillGraph())
        return tuple(found)

    def __plain__(self) -> dict[str, Any]:
        steps = [{"after": duration_text(after), "requirement": str(need)} for after, need in self.steps]
        more = {} if self.widening else {"widening": False}
        return {"steps": steps, **more, **({} if self.skip_when is None else {"skip_when": self.skip_when})}

    @classmethod
    def __from_plain__(cls, data: Any) -> Relaxation:
        if not isinstance(data, dict) or "steps" not in data or not data.keys() <= {"steps", "widening", "skip_when"}:
            raise TypeError("a relaxation is a table of steps, and where need be widening and skip_when")
        steps = data["steps"]
        if not isinstance(steps, list) or any(set(step) != {"after", "requirement"} for step in steps):
            raise TypeError("steps is a list of tables of after and requirement")
        return cls(**{**data, "steps": [(step["after"], step["requirement"]) for step in steps]})

    def _span_problems(self) -> Iterator[Problem]:
        if not self.steps:
            yield Problem("steps", "there are none; leave the relaxation out")
        before = timedelta(0)
        for index, (after, _) in enumerate(self.steps):
            yield from span_problems(f"steps[{index}]", after)
            if after <= before:
                yield Problem(f"steps[{index}]", f"step {index + 1} begins no later than what is before it")
            before = after

    def _narrowing(self, first: Requirement | None, graph: SkillGraph) -> Iterator[Problem]:
        needs = [*([] if first is None else [first]), *(need for _, need in self.steps)]
        shift = 0 if first is None else 1
        for index, (earlier, later) in enumerate(pairwise(needs)):
            step = index + 2 - shift
            if why := narrows(earlier.named(graph), later.named(graph), graph):
                message = f"step {step} admits fewer: {why}"
                yield Problem(f"steps[{step - 1}]", message, code="narrows")


def narrows(earlier: Requirement, later: Requirement, graph: SkillGraph) -> str | None:
    """Return what of the later requirement keeps somebody out whom the earlier one admits, or ``None`` (ROU-10)."""
    for clause in later.clauses:
        if not any(_entails(known, clause, graph) for known in earlier.clauses):
            return f"{' or '.join(map(str, clause))} is asked for"
    if later.groups and (not earlier.groups or not {*earlier.groups} <= {*later.groups}):
        return f"groups {', '.join(later.groups)} do not include {', '.join(earlier.groups) or 'all'}"
    if later.lines is not None:
        low, high = later.lines
        before = earlier.lines
        if before is None or before[0] < low or before[1] > high:
            return f"lines {low}-{high} do not include {'all' if before is None else f'{before[0]}-{before[1]}'}"
    return None


def _entails(known: tuple[Skill, ...], clause: tuple[Skill, ...], graph: SkillGraph) -> bool:
    """Whether whoever meets the one clause meets the other: each of its skills implies one of the other's."""
    return all(any(graph.implies(held, wanted) for wanted in clause) for held in known)
