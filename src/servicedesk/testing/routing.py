"""Hypothesis strategies for routing: graphs, requirements, agents, policies, work and overrides, all of a small desk.

Few names, levels and seconds, so that equal instants, full hands and ties are frequent. Every value is valid alone;
what is drawn apart may still not fit together (a band the queue does not have), and a router refuses that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from servicedesk.conditions import Field
from servicedesk.routing import (
    CHOICES,
    Access,
    Agent,
    Capacity,
    ChoicePolicy,
    Group,
    Implication,
    Limit,
    Override,
    QueuePolicy,
    Relaxation,
    Requirement,
    RoutingPolicy,
    Skill,
    SkillGraph,
    Work,
    WrapUp,
)

__all__ = [
    "SECOND",
    "agents",
    "capacities",
    "overrides",
    "queues",
    "relaxations",
    "requirements",
    "routing_policies",
    "skill_graphs",
    "works",
]

SECOND = 1_000_000
SKILLS = ("marketing", "billing", "方言", "cert:itil")
GROUPS = ("desk", "专家")
QUEUES = ("热线", "data", "mail")
AGENTS = ("wang", "李", "zhao", "hu")
WORKS = ("T1", "T2", "工单3", "T4", "T5")
CHANNELS = ("voice", "chat", "mail")

_LEVELS = st.integers(1, 3)
_SKILLS = st.builds(Skill, st.sampled_from(SKILLS), _LEVELS)
_SPANS = st.sampled_from((1, 2, 3, 5)).map(lambda seconds: seconds * SECOND)
_MAYBE_SPANS = st.one_of(st.just(0), _SPANS)
_MOMENTS = st.integers(0, 30).map(lambda second: second * SECOND)


def often(usual: Any, *rare: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw the usual value about twice as often as each of the others."""
    return st.one_of(st.just(usual), st.just(usual), *rare)


# --- skills -----------------------------------------------------------------------------------------------------------


def _edge(told: tuple[int, int, int, int, int | None]) -> Implication:
    """Return an implication of a later skill by an earlier one, so that none goes round."""
    one, other, level, reached, drop = told
    low, high = sorted((one, other))
    names = (SKILLS[low], SKILLS[high] if low != high else "metering")
    return Implication((names[0], level), (names[1], reached), drop=drop)


def _graph(told: tuple[list[Implication], bool, bool]) -> SkillGraph:
    edges, declared, aliased = told
    kept = edges if declared else [edge for edge in edges if edge.drop is None]
    top = dict.fromkeys((*SKILLS, "metering"), 3) if declared else {}
    return SkillGraph(kept, aliases={"营销": "marketing"} if aliased else {}, top=top)


_PLACES = st.integers(0, len(SKILLS) - 1)
_EDGES = st.tuples(_PLACES, _PLACES, _LEVELS, _LEVELS, often(None, st.integers(0, 2))).map(_edge)
_GRAPHS = st.tuples(st.lists(_EDGES, max_size=4), st.booleans(), st.booleans()).map(_graph)


def skill_graphs() -> st.SearchStrategy[SkillGraph]:
    """Graphs without a cycle: single edges and rules for all levels, another name, names declared or not."""
    return _GRAPHS


_LINES = often(None, st.sampled_from(((1, 1), (1, 2), (2, 2), (2, 3))))
_CLAUSES = st.lists(_SKILLS, min_size=1, max_size=2).map(tuple)
_REQUIREMENTS = st.builds(
    Requirement,
    all_of=st.lists(_SKILLS, max_size=2),
    any_of=often((), st.lists(_CLAUSES, max_size=1)),
    preferred=often((), st.lists(st.tuples(_SKILLS, st.integers(0, 3)), max_size=2)),
    groups=often((), st.lists(st.sampled_from(GROUPS), max_size=1)),
    lines=_LINES,
)


def requirements() -> st.SearchStrategy[Requirement]:
    """Requirements of few skills: clauses, preferences, groups and lines, or nothing at all."""
    return _REQUIREMENTS


def _widened(need: Requirement, how: str) -> Requirement:
    if how == "lower":
        lowered = need
        for name in SKILLS:
            lowered = lowered.lower(name, 1)
        return lowered
    if how == "drop" and need.all_of:
        return need.drop(need.all_of[0].name)
    if how == "lines" and need.lines is not None:
        return need.with_lines(1, need.lines[1] + 1)
    return need.with_groups() if how == "groups" else need.anyone() if how == "anyone" else need


def _steps(afters: list[int], needs: list[Requirement]) -> list[tuple[int, Requirement]]:
    return list(zip(sorted(after * SECOND for after in afters), needs, strict=False))


def _relaxation(told: dict[str, Any], need: Requirement) -> Relaxation:
    if not told["widening"]:
        steps = _steps(told["afters"], told["needs"])
        return Relaxation(steps, widening=False, skip_when=told["skip_when"])
    widened = [need]
    for how in told["ways"]:
        widened.append(_widened(widened[-1], how))
    return Relaxation(_steps(told["afters"], widened[1:]), skip_when=told["skip_when"])


_RELAXED = st.fixed_dictionaries(
    {
        "widening": st.booleans(),
        "afters": st.lists(st.integers(1, 8), min_size=1, max_size=2, unique=True),
        "needs": st.lists(_REQUIREMENTS, min_size=2, max_size=2),
        "ways": st.lists(st.sampled_from(("lower", "drop", "lines", "groups", "anyone")), min_size=2, max_size=2),
        "skip_when": st.sampled_from((None, None, "nobody_signed_in", "nobody_routable")),
    }
)


def relaxations(need: Requirement) -> st.SearchStrategy[Relaxation]:
    """Relaxations of a requirement: half of them widen it, the others replace it by whatever there is."""
    return _RELAXED.map(lambda told: _relaxation(told, need))


# --- agents -----------------------------------------------------------------------------------------------------------

_ROOMS = (
    Capacity(),
    Capacity(),
    Capacity(total=2),
    Capacity(total=2, open_offers=2),
    Capacity(total=10, cost={"voice": 8, "chat": 3, "mail": 2}, cap={"voice": 1, "chat": 3}, open_offers=2),
    Capacity(total=10, cost={"voice": 8, "chat": 3, "mail": 2}, exclusive="voice", open_offers=3),
)
_WRAP_UPS = st.one_of(
    st.builds(WrapUp, st.sampled_from(("timed", "mandatory", "discretionary")), _SPANS),
    st.just(WrapUp("discretionary")),
)


def capacities() -> st.SearchStrategy[Capacity]:
    """Room for one thing at a time, for several, for several channels that share it, with and without exclusion."""
    return st.sampled_from(_ROOMS)


def _agent(told: dict[str, Any]) -> Agent:
    until = {name: at for name, at in told.pop("until").items() if name in told["skills"]}
    return Agent(**told, valid_until=until)


_DECLARED = st.dictionaries(st.sampled_from((*SKILLS[:2], *SKILLS)), _LEVELS, max_size=3)
_ABOUT: dict[str, st.SearchStrategy[Any]] = {
    "skills": _DECLARED,
    "groups": st.sampled_from((GROUPS, GROUPS, GROUPS[:1], GROUPS[1:], ())),
    "line": st.sampled_from((1, 1, 2)),
    "capacity": st.sampled_from(_ROOMS),
    "wrap_up": often(None, _WRAP_UPS),
    "limits": often((), st.lists(st.builds(Limit, st.integers(1, 2), _SPANS), max_size=2)),
    "until": often({}, st.dictionaries(st.sampled_from(SKILLS), _MOMENTS, max_size=2)),
}
_AGENTS = st.fixed_dictionaries({"id": st.sampled_from(AGENTS), **_ABOUT}).map(_agent)


def agents() -> st.SearchStrategy[Agent]:
    """Agents of four names: skills that may end, groups, lines, capacities, wrap-ups of every mode, limits."""
    return _AGENTS


# --- policies ---------------------------------------------------------------------------------------------------------

_ORDERS = st.sampled_from(
    (
        {"order": "fifo"},
        {"order": "lifo"},
        {"order": "due"},
        {"order": "due", "late": "behind", "promote_after": 6 * SECOND},
        {"order": "ratio"},
    )
)
_QUEUE: dict[str, st.SearchStrategy[Any]] = {
    "bands": often(("urgent", "normal"), st.just(("normal",))),
    "promote_after": often(None, _SPANS),
    "max_length": often(None, st.integers(1, 2)),
    "join_when": often("always", st.sampled_from(("signed_in", "routable"))),
    "resume_within": often(None, st.just(3 * SECOND)),
    "mode": st.sampled_from(("push", "push", "push", "both", "both", "pull")),
    "cherry_pick": st.booleans(),
    "offer_timeout": often(3 * SECOND, _SPANS, st.none()),
    "cool_down": _MAYBE_SPANS,
    "cool_down_declined": often(0, _SPANS),
    "max_misses": st.integers(1, 3),
    "decline_memory": often(2 * SECOND, _SPANS, st.none()),
    "wrap_up": often(None, _WRAP_UPS),
    "wrap_up_blocks": st.sampled_from(("agent", "agent", "queue")),
}


def _queue(told: dict[str, Any], name: str, order: dict[str, Any]) -> QueuePolicy:
    return QueuePolicy(name=name, **{**told, **order})


_QUEUES = st.tuples(st.fixed_dictionaries(_QUEUE), st.sampled_from(QUEUES), _ORDERS).map(lambda told: _queue(*told))


def queues() -> st.SearchStrategy[QueuePolicy]:
    """Queues of every order, mode, joining rule and kind of delivery."""
    return _QUEUES


_ACCESS = st.tuples(st.sampled_from(QUEUES), st.integers(1, 2), st.sampled_from((0, 0, 1, 2, 4)))
_ACCESSES = st.lists(_ACCESS, min_size=1, max_size=3)
_KEYS = st.one_of(
    st.just(("sticky", "line", "preferred", "fewest_skills", "load", "longest_idle")),
    st.lists(st.sampled_from(sorted(CHOICES)), max_size=3, unique=True),
)
_CHOICES = _KEYS.map(lambda keys: ChoicePolicy(*keys))


def _group(name: str, told: list[tuple[str, int, int]], known: Mapping[str, str]) -> Group:
    """Return a group whose queues of unlike orders stand at ranks of their own (ROU-30)."""
    one_order = len(set(known.values())) == 1
    ranked = [
        (queue, rank if one_order else QUEUES.index(queue), delay) for queue, rank, delay in told if queue in known
    ]
    return Group(name, [Access(queue, rank=rank, delay=delay * SECOND) for queue, rank, delay in ranked])


_POLICIES = st.fixed_dictionaries(
    {
        "graph": _GRAPHS,
        "queues": st.lists(st.fixed_dictionaries(_QUEUE), min_size=2, max_size=3),
        "orders": st.one_of(st.lists(_ORDERS, min_size=1, max_size=1), st.lists(_ORDERS, min_size=3, max_size=3)),
        "overflow": st.booleans(),
        "groups": st.one_of(st.just(()), st.tuples(_ACCESSES, _ACCESSES), st.tuples(_ACCESSES, _ACCESSES)),
        "choice": _CHOICES,
        "channels": often((), st.just(CHANNELS), st.just(CHANNELS[:2])),
    }
)


def _policy(told: dict[str, Any], version: int) -> RoutingPolicy:
    orders = told["orders"] * 3 if len(told["orders"]) == 1 else told["orders"]
    drawn = zip(told["queues"], QUEUES, orders, strict=False)
    rooms = [_queue(values, name, order) for values, name, order in drawn]
    known = {room.name: room.order for room in rooms}
    if told["overflow"]:
        after = [room.name for room in rooms[1:]]
        rooms = [
            QueuePolicy(**{**_fields(room), "overflow_to": next(iter(after[place : place + 1]), None)})
            for place, room in enumerate(rooms)
        ]
    return RoutingPolicy(
        name="desk",
        version=version,
        graph=told["graph"],
        groups=[_group(name, accesses, known) for name, accesses in zip(GROUPS, told["groups"], strict=False)],
        queues=rooms,
        channels=told["channels"],
        choice=told["choice"],
    )


def _fields(room: QueuePolicy) -> dict[str, Any]:
    return {name: getattr(room, name) for name in ("name", "order", "late", *_QUEUE)}


def routing_policies(version: int = 1) -> st.SearchStrategy[RoutingPolicy]:
    """Policies of one to three queues, with and without groups, of one order or several, with overflow."""
    return _POLICIES.map(lambda told: _policy(told, version))


_HOLDS = st.sampled_from(
    (Field("queue") == "热线", Field("channel") == "voice", Field("kind") == "fault", ~(Field("kind") == "fault"))
)
_LENT = st.tuples(st.sampled_from(GROUPS), _ACCESSES).map(
    lambda told: _group(told[0], told[1], {name: str(place) for place, name in enumerate(QUEUES)})
)
_OVERRIDES = st.builds(
    Override,
    name=st.sampled_from(("storm", "演练")),
    groups=often((), st.lists(st.sampled_from(GROUPS), max_size=1)),
    refuse_presences=often((), st.just(("break",))),
    hold=st.one_of(st.none(), _HOLDS),
    access=often((), st.lists(_LENT, max_size=1)),
    queues=often((), st.lists(_QUEUES, max_size=1)),
    choice=often(None, _CHOICES),
)


def overrides() -> st.SearchStrategy[Override]:
    """Overrides of two names: holds, refused breaks, lent groups, queues and choices that differ for a while."""
    return _OVERRIDES


# --- work -------------------------------------------------------------------------------------------------------------


def _work(told: dict[str, Any]) -> Work:
    relaxed = told["relaxation"]
    relaxation = None if relaxed is None else _relaxation(relaxed, told["requirement"])
    return Work(**{**told, "relaxation": relaxation})


WORK: dict[str, st.SearchStrategy[Any]] = {
    "queue": st.sampled_from((*QUEUES[:1] * 4, *QUEUES)),
    "channel": st.sampled_from(CHANNELS),
    "requirement": _REQUIREMENTS,
    "relaxation": often(None, _RELAXED, _RELAXED),
    "band": often(None, st.sampled_from(("urgent", "normal", "normal"))),
    "due": often(None, _MOMENTS),
    "target": often(None, _SPANS),
    "head_start": often(0, _SPANS),
    "preferred_agents": often((), st.lists(st.sampled_from(AGENTS), max_size=2, unique=True)),
    "preferred_for": _MAYBE_SPANS,
    "excluded": often((), st.lists(st.sampled_from(AGENTS), max_size=1)),
    "data": st.sampled_from(({}, {"kind": "fault"}, {"kind": "alarm"})),
}
_WORKS = st.fixed_dictionaries({"id": st.sampled_from(WORKS), **WORK}).map(_work)


def works() -> st.SearchStrategy[Work]:
    """Work of five names: relaxed or not, banded, due, preferred and excluded agents, data for holds."""
    return _WORKS
