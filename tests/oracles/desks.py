"""Small desks for the laws of coverage and batch, and slow answers that share no code with ``src/``.

Bodies, not buckets: agents are listed one by one, subsets and assignments are tried one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

from servicedesk.routing import Access, Agent, Capacity, Group, Requirement, RoutingPolicy, Skill, SkillGraph

__all__ = [
    "SKILLS",
    "agents",
    "demands",
    "desks",
    "held_by",
    "meets",
    "most_served",
    "policies",
    "requirements",
    "room",
]

SKILLS = ("营销", "计量", "Ṁb", "data change", "f")
GROUPS = ("甲", "乙")
QUEUES = ("热线", "data", "mail")

GRAPHS = (
    SkillGraph(),
    SkillGraph([("营销>=2", "计量"), ("`data change`", "f>=2")], aliases={"marketing": "营销"}),
    SkillGraph([("营销", "计量"), ("计量", "Ṁb"), ("Ṁb", "f")]),
)


@st.composite
def policies(draw: Any) -> RoutingPolicy:
    """A policy with or without groups; a group may see nothing, a queue may be seen by nobody."""
    graph = draw(st.sampled_from(GRAPHS))
    places = st.lists(st.sampled_from(range(len(QUEUES))), max_size=3, unique=True)
    groups = []
    for name in draw(st.sampled_from([(), GROUPS])):
        waits = ((place, draw(st.sampled_from([0, 0, 5]))) for place in draw(places))
        groups.append(Group(name, [Access(QUEUES[place], rank=place, delay=wait) for place, wait in waits]))
    return RoutingPolicy(name="desk", graph=graph, queues=QUEUES, groups=groups)


@st.composite
def skills(draw: Any, policy: RoutingPolicy) -> Skill:
    names = [*SKILLS[:2], *SKILLS[:3], *SKILLS, *policy.graph.aliases]
    return Skill(draw(st.sampled_from(names)), draw(st.sampled_from([1, 1, 1, 1, 2, 3])))


@st.composite
def requirements(draw: Any, policy: RoutingPolicy) -> Requirement:
    """Mostly a skill or two; also alternatives, groups, lines, preferences, or nothing at all."""
    skill = skills(policy)
    some = draw(st.sampled_from([1, 1, 1, 2, 2, 0]))
    return Requirement(
        all_of=draw(st.lists(skill, min_size=some, max_size=some)),
        any_of=(draw(st.sampled_from([False, False, True])) and [draw(st.lists(skill, min_size=1, max_size=2))]) or [],
        preferred=draw(st.lists(st.tuples(skill, st.integers(0, 2)), max_size=1)),
        groups=draw(st.sampled_from([(), (), (), (), ("甲",), GROUPS])),
        lines=draw(st.sampled_from([None, None, None, (1, 1), (1, 2), (2, 3)])),
    )


ROOMS = (Capacity(), Capacity(), Capacity(), Capacity(total=2), Capacity(total=5, cost={"voice": 2}))


@st.composite
def agents(draw: Any, policy: RoutingPolicy, most: int = 7) -> list[Agent]:
    """Few kinds of agents, so that profiles are shared; at times nobody."""
    held = st.dictionaries(
        st.sampled_from([*SKILLS[:3], *SKILLS, *policy.graph.aliases]), st.integers(1, 3), max_size=3
    )
    groups = st.sampled_from([("甲",), ("甲",), ("乙",), ("乙",), GROUPS, ()])
    kind = st.tuples(held, groups, st.sampled_from([1, 1, 2]))
    kinds = draw(st.lists(kind, min_size=1, max_size=4))
    size = draw(st.sampled_from([0, *range(1, most + 1), *range(most // 2, most + 1)]))
    made = draw(st.lists(st.tuples(st.sampled_from(kinds), st.sampled_from(ROOMS)), min_size=size, max_size=size))
    ids = draw(st.permutations([f"坐席{number}" for number in range(size)]))
    return [
        Agent(id=name, skills=skills, groups=groups, line=line, capacity=room)
        for name, ((skills, groups, line), room) in zip(ids, made, strict=True)
    ]


@st.composite
def demands(draw: Any, policy: RoutingPolicy, most: int = 6, count: int = 4) -> list[tuple[Requirement, int]]:
    """Pairs of a requirement and a count, which may be 0; one may come twice, or none at all."""
    size = draw(st.sampled_from([0, 1, 2, *range(3, most + 1)]))
    pair = st.tuples(requirements(policy), st.integers(0, count))
    return draw(st.lists(pair, min_size=size, max_size=size))


@st.composite
def crossing(
    draw: Any, most: int = 5, count: int = 3
) -> tuple[RoutingPolicy, list[Agent], list[tuple[Requirement, int]]]:
    """Three skills at one level, agents of one or two of them: where heads mislead, and flows must be exchanged."""
    held = st.lists(st.sampled_from(SKILLS[:3]), min_size=1, max_size=2, unique=True)
    hands = draw(st.lists(st.tuples(held, st.sampled_from(ROOMS)), min_size=2, max_size=7))
    seats = [
        Agent(id=f"坐席{n}", skills=dict.fromkeys(skills, 1), capacity=room) for n, (skills, room) in enumerate(hands)
    ]
    wanted = st.tuples(held.map(lambda names: Requirement(all_of=names)), st.integers(1, count))
    demand = draw(st.lists(wanted, min_size=1, max_size=most))
    return RoutingPolicy(name="desk", queues=QUEUES), seats, demand


def desks(most: int = 6, count: int = 4) -> Any:
    """A policy, its agents, and what is asked of them: anything, or a desk where skills cross."""
    anything = policies().flatmap(
        lambda policy: st.tuples(st.just(policy), agents(policy), demands(policy, most, count))
    )
    return anything | crossing(most, count)


# --- slow answers -----------------------------------------------------------------------------------------------------


def held_by(policy: RoutingPolicy, skills: dict[str, int]) -> dict[str, int]:
    """Everything that follows, edge after edge until nothing changes."""
    meant = policy.graph.aliases
    held: dict[str, int] = {}
    for name, level in skills.items():
        held[meant.get(name, name)] = max(level, held.get(meant.get(name, name), 0))
    changed = True
    while changed:
        changed = False
        for rule in policy.graph.implications:
            source, target = rule.source, rule.target
            if held.get(source.name, 0) >= source.level and held.get(target.name, 0) < target.level:
                held[target.name] = target.level
                changed = True
    return held


def meets(policy: RoutingPolicy, agent: Agent, need: Requirement) -> bool:
    """ROU-6, word for word."""
    held, meant = held_by(policy, agent.skills), policy.graph.aliases

    def has(skill: Skill) -> bool:
        return held.get(meant.get(skill.name, skill.name), 0) >= skill.level

    return (
        all(map(has, need.all_of))
        and all(any(map(has, clause)) for clause in need.any_of)
        and (not need.groups or any(name in need.groups for name in agent.groups))
        and (need.lines is None or need.lines[0] <= agent.line <= need.lines[1])
    )


def room(agent: Agent) -> int:
    """How many calls fit into empty hands, tried one after the other."""
    count = 0
    while agent.capacity.fits("voice", {"voice": count} if count else {}):
        count += 1
    return count


def most_served(works: Sequence[Any], slots: Sequence[Any], fits: Callable[[Any, Any], bool]) -> int:
    """The largest number of pairs, found by trying out every choice for one work after the other."""

    def best(place: int, used: frozenset[int]) -> int:
        if place == len(works):
            return 0
        found = best(place + 1, used)
        for slot, holder in enumerate(slots):
            if slot not in used and fits(works[place], holder):
                found = max(found, 1 + best(place + 1, used | {slot}))
        return found

    return best(0, frozenset())


def spread(items: Iterable[tuple[Any, int]]) -> list[Any]:
    """Each item as many times as it counts."""
    return [item for item, count in items for _ in range(count)]
