"""Skills and what follows from them: one namespace for skills, languages, regions, systems, permissions, certificates.

A skill that is not held is absent, never 0; holding a level means holding every level below it (ROU-1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.routing.checked import require

__all__ = ["Implication", "Node", "Skill", "SkillGraph", "level_problems", "name_problems", "to_skill"]

Node: TypeAlias = tuple[str, int]
"""A skill at a level."""


def name_problems(path: str, name: object, what: str = "skill") -> Iterator[Problem]:
    """Yield what is wrong with a name: not a text, empty, outer blanks, or a backquote, which quotes names."""
    if not isinstance(name, str) or not name or name != name.strip() or "`" in name or not name.isprintable():
        article = "an" if what[0] in "aeiou" else "a"
        yield Problem(path, f"{name!r} is not the name of {article} {what}")


def level_problems(path: str, level: object) -> Iterator[Problem]:
    """Yield what is wrong with a level."""
    if type(level) is not int or level < 1:
        yield Problem(path, f"level must be an integer ≥ 1, not {level!r}")


@frozen
class Skill:
    """One capability, at least at a level. Its kind may stand in front: ``system:marketing``, ``language:yi``.

    >>> print(Skill("system:marketing", 3), Skill("language:yi"))
    system:marketing>=3 language:yi
    """

    name: str
    level: int = 1

    def problems(self) -> tuple[Problem, ...]:
        """List what is wrong with name and level."""
        return (*name_problems("name", self.name), *level_problems("level", self.level))

    def __str__(self) -> str:
        from servicedesk.routing.notation import skill_text  # noqa: PLC0415  # it imports this module

        return skill_text(self)


def to_skill(value: Skill | Node | str) -> Skill:
    """Return a skill given as such, as a pair, or as text: ``"system:marketing>=3"`` (attrs converter)."""
    if isinstance(value, Skill):
        return value
    if isinstance(value, tuple):
        return Skill(*value)
    from servicedesk.routing.notation import read_skill  # noqa: PLC0415  # it imports this module

    return read_skill(value)


@frozen
class Implication:
    """Whoever holds ``source`` holds ``target`` too (ROU-2).

    With ``drop`` it is a rule for all levels: a level ``l`` of the source gives ``l - drop`` of the target (ROU-3).

    >>> Implication("marketing>=4", "billing>=2").edges({})
    ((('marketing', 4), ('billing', 2)),)
    >>> Implication("marketing", "metering", drop=1).edges({"marketing": 3})
    ((('marketing', 2), ('metering', 1)), (('marketing', 3), ('metering', 2)))
    """

    source: Skill = field(converter=to_skill)
    target: Skill = field(converter=to_skill)
    drop: int | None = field(default=None, kw_only=True)

    def edges(self, top: Mapping[str, int]) -> tuple[tuple[Node, Node], ...]:
        """Return the edges it stands for; a rule for all levels ends at the highest of its source."""
        if self.drop is None:
            return (((self.source.name, self.source.level), (self.target.name, self.target.level)),)
        levels = range(self.drop + 1, top.get(self.source.name, 0) + 1)
        return tuple(((self.source.name, level), (self.target.name, level - self.drop)) for level in levels)


def _implications(values: Iterable[Any]) -> tuple[Implication, ...]:
    return tuple(_implication(index, value) for index, value in enumerate(values))


def _implication(index: int, value: Any) -> Implication:
    if isinstance(value, Implication):
        return value
    if not isinstance(value, tuple | list) or len(value) != 2:
        pair = "a pair of skills, such as ('marketing>=4', 'billing>=2')"
        raise TypeError(f"SkillGraph.implications[{index}] is {pair}, not {value!r}")
    return Implication(*value)


@frozen(repr=False)
class SkillGraph:
    """What follows from a skill 技能图, to the last consequence.

    Args:
        implications: pairs of skills, or `Implication` values.
        aliases: other names of a skill, each with the name that is meant; merged before anything else (ROU-4).
        top: each skill there is, and its highest level; where given, no other name and no higher level is known
            (ROU-5).

    >>> graph = SkillGraph([("marketing>=4", "billing>=2"), ("billing>=2", "metering")])
    >>> graph.closure({"marketing": 5})
    FrozenMap({'marketing': 5, 'billing': 2, 'metering': 1})
    >>> graph.implies("marketing>=4", "metering"), graph.implies("marketing>=3", "metering")
    (True, False)
    >>> print(SkillGraph([("a", "b"), ("b", "a")]).problems()[0])
    implications[0]: these imply each other: a, b, a
    """

    implications: tuple[Implication, ...] = field(default=(), converter=_implications)
    aliases: FrozenMap[str, str] = field(default=EMPTY, converter=freeze, kw_only=True)
    top: FrozenMap[str, int] = field(default=EMPTY, converter=freeze, kw_only=True)

    def named(self, name: str) -> str:
        """Return the name that is meant by a name."""
        return self.aliases.get(name, name)

    def closure(self, skills: Mapping[str, int]) -> FrozenMap[str, int]:
        """Return the effective profile: the least that holds what is declared and all that follows (ROU-2).

        Levels are never lowered. The order of names is that of the declaration, then that of the consequences.
        """
        require("skills", skills, Mapping, "{'marketing': 4}")
        found: dict[str, int] = {}
        for name, level in skills.items():
            meant = self.aliases.get(name, name)
            found[meant] = max(level, found.get(meant, 0))
        pending = list(found)
        while pending:
            name = pending.pop()
            level = found[name]
            for wanted, target, reached in self._out.get(name, ()):
                if wanted <= level and found.get(target, 0) < reached:
                    found[target] = reached
                    pending.append(target)
        return FrozenMap(found)

    def implies(self, first: Skill | Node | str, second: Skill | Node | str) -> bool:
        """Whether holding the first skill means holding the second."""
        held, wanted = to_skill(first), to_skill(second)
        return self.closure({held.name: held.level}).get(self.named(wanted.name), 0) >= wanted.level

    @cached_property
    def _out(self) -> dict[str, list[tuple[int, str, int]]]:
        """Each source with what it gives: from which level, which skill, at which level."""
        out: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
        for _, (source, level), (target, reached) in self._edges():
            out[source].append((level, target, reached))
        return dict(out)

    def _edges(self) -> Iterator[tuple[int, Node, Node]]:
        """Yield every edge with the index of its implication, by the names that are meant."""
        top = {self.named(name): level for name, level in self.top.items()}
        for index, rule in enumerate(self.implications):
            meant = Implication(
                (self.named(rule.source.name), rule.source.level),
                (self.named(rule.target.name), rule.target.level),
                drop=rule.drop,
            )
            yield from ((index, source, target) for source, target in meant.edges(top))

    def unknown(self, path: str, skill: Skill | Node) -> Iterator[Problem]:
        """Yield the problem that a skill, or its level, is not among the declared ones (ROU-5)."""
        name, level = (skill.name, skill.level) if isinstance(skill, Skill) else skill
        known = {self.named(known): highest for known, highest in self.top.items()}
        meant = self.named(name)
        if known and meant not in known:
            yield Problem(path, f"{name!r} is not a skill of this graph{did_you_mean(name, [*known, *self.aliases])}")
        elif known and type(level) is int and level > known[meant]:
            yield Problem(path, f"level {level} of {name!r} is above its highest, {known[meant]}")

    def problems(self) -> tuple[Problem, ...]:
        """List everything wrong with the graph: names, levels, then the first cycle, with its nodes as witness."""
        found = (*self._name_problems(), *self._rule_problems())
        return found or tuple(self._cycles())

    def _name_problems(self) -> Iterator[Problem]:
        for name, level in self.top.items():
            yield from name_problems("top", name)
            yield from level_problems(f"top.{name}", level)
        for other, name in self.aliases.items():
            yield from name_problems("aliases", other)
            yield from name_problems(f"aliases.{other}", name)
            if name in self.aliases:
                yield Problem(f"aliases.{other}", f"{name!r} is itself another name, of {self.aliases[name]!r}")
            if self.top and name not in self.top:
                yield Problem(
                    f"aliases.{other}", f"{name!r} is not a skill of this graph{did_you_mean(name, self.top)}"
                )

    def _rule_problems(self) -> Iterator[Problem]:
        for index, rule in enumerate(self.implications):
            path = f"implications[{index}]"
            for end, skill in (("source", rule.source), ("target", rule.target)):
                yield from (problem.under(f"{path}.{end}") for problem in skill.problems())
                if not skill.problems():
                    yield from self.unknown(f"{path}.{end}", skill)
            if rule.drop is not None:
                yield from self._drop_problems(path, rule)

    def _drop_problems(self, path: str, rule: Implication) -> Iterator[Problem]:
        if type(rule.drop) is not int or rule.drop < 0:
            yield Problem(f"{path}.drop", f"drop must be an integer ≥ 0, not {rule.drop!r}")
        elif self.named(rule.source.name) not in map(self.named, self.top):
            yield Problem(f"{path}.drop", f"a rule for all levels needs top[{rule.source.name!r}], its highest level")

    def _cycles(self) -> Iterator[Problem]:
        """Yield the first cycle of level nodes, the step from each level to the one below included (ROU-4)."""
        edges = list(self._edges())
        nodes = sorted({node for _, source, target in edges for node in (source, target)})
        below = [(one, other) for other, one in pairwise(nodes) if one[0] == other[0]]
        out: dict[Node, list[Node]] = defaultdict(list)
        for source, target in (*((source, target) for _, source, target in edges), *below):
            out[source].append(target)
        cycle = _first_cycle(nodes, out)
        if cycle:
            steps = set(pairwise(cycle))
            index = min(number for number, source, target in edges if (source, target) in steps)
            witness = tuple(str(Skill(*node)) for node in cycle)
            message = f"these imply each other: {', '.join(witness)}"
            yield Problem(f"implications[{index}]", message, code="cycle", witness=witness)

    def mermaid(self) -> str:
        """Return a Mermaid flow chart of the implications."""
        edges = list(self._edges())
        ids = {node: f"n{index}" for index, node in enumerate(sorted({end for _, *ends in edges for end in ends}))}
        lines = [
            f'    {ids[node]}["{name.replace(chr(34), "#quot;")} {level}"]' for node in ids for name, level in [node]
        ]
        lines += [f"    {ids[source]} --> {ids[target]}" for _, source, target in edges]
        return "\n".join(("flowchart LR", *lines)) + "\n"

    def check(self) -> None:
        """Raise what `problems` lists.

        Raises:
            DefinitionInvalid: with every problem at once.
        """
        if found := self.problems():
            raise DefinitionInvalid((problem.under("graph") for problem in found), "skill graph")

    def __repr__(self) -> str:
        return f"<SkillGraph: {len(self.implications)} implications, {len(self.top) or 'any'} skills>"


def _first_cycle(nodes: Iterable[Node], out: Mapping[Node, list[Node]]) -> tuple[Node, ...]:
    """Return the nodes of a cycle, the first one again at its end, or nothing. Depth first, without recursion."""
    done: set[Node] = set()
    for start in nodes:
        way: dict[Node, Iterator[Node]] = {} if start in done else {start: iter(out.get(start, ()))}
        while way:
            node = next(reversed(way))
            after = next(way[node], None)
            if after is None:
                way.popitem()
                done.add(node)
            elif after in way:
                cycle = list(way)
                return (*cycle[cycle.index(after) :], after)
            elif after not in done:
                way[after] = iter(out.get(after, ()))
    return ()
