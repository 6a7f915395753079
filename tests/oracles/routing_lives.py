"""Desks and their days, drawn by chance: policies, agents, work, and calls of a router's verbs, rich in corners.

Instants are few whole seconds, so equal ones and calls at the very end of an offer are frequent. Hypothesis brings the
chance, so that what fails is made small.
"""

from __future__ import annotations

from random import Random
from typing import Any

from attrs import evolve

from servicedesk.routing import (
    CHOICES,
    Access,
    Agent,
    Capacity,
    ChoicePolicy,
    Group,
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
from servicedesk.routing.choice import DEFAULT

__all__ = ["SECOND", "agent", "call", "need", "policy", "work"]

SECOND = 1_000_000
SKILLS, QUEUES, GROUPS = ("a", "b", "彝语"), ("q1", "q2", "队列"), ("g1", "g2")
WORKS, AGENTS = tuple(f"W{number}" for number in range(8)), tuple(f"A{number}" for number in range(1, 6))


def seconds(chance: Random, *choices: float | None) -> int | None:
    """Return one of some spans, in microseconds."""
    chosen = chance.choice(choices)
    return None if chosen is None else int(chosen * SECOND)


def need(chance: Random) -> Requirement:
    """Return a requirement that many agents meet, and some do not."""
    skills = [Skill(name, chance.choice((1, 1, 2))) for name in SKILLS if chance.random() < 0.3]
    return Requirement(
        all_of=skills[: chance.choice((0, 1, 1, 2))],
        any_of=[(Skill("a"), Skill("b", 2))] if chance.random() < 0.15 else [],
        preferred=[(Skill("彝语"), chance.choice((1, 2)))] if chance.random() < 0.3 else [],
        lines=chance.choice((None, None, (1, 1), (1, 2), (2, 2))),
        groups=chance.choice(((), (), (), ("g1",))),
    )


def _relaxation(chance: Random, first: Requirement) -> Relaxation | None:
    if chance.random() < 0.6:
        return None
    steps, after = [], 0
    for _ in range(chance.choice((1, 1, 2))):
        after += seconds(chance, 2, 5, 10) or 0
        steps.append((after, chance.choice((first.anyone(), need(chance), first.with_lines(1, 2)))))
    skip = chance.choice((None, None, "nobody_signed_in", "nobody_routable"))
    return Relaxation(steps, widening=False, skip_when=skip)


def _queue(chance: Random, name: str, order: Any) -> QueuePolicy:
    late = "behind" if order == "due" and chance.random() < 0.6 else "mixed"
    wrap_ups = (
        *(None, None, WrapUp("timed", "3s"), WrapUp("mandatory", "3s")),
        *(WrapUp("discretionary"), WrapUp("discretionary", "4s")),
    )
    return QueuePolicy(
        name=name,
        bands=("urgent", "normal"),
        order=order,
        late=late,
        promote_after=seconds(chance, 5, 12) if late == "behind" or chance.random() < 0.3 else None,
        max_length=chance.choice((None, None, 2)),
        join_when=chance.choice(("always", "always", "always", "signed_in", "routable")),
        mode=chance.choice((*["push"] * 5, "both", "pull")),
        cherry_pick=chance.random() < 0.5,
        offer_timeout=seconds(chance, None, 3, 5, 5),
        cool_down=seconds(chance, 0, 2, 5) or 0,
        cool_down_declined=seconds(chance, 0, 0, 2) or 0,
        max_misses=chance.choice((1, 2, 3)),
        decline_memory=seconds(chance, None, 3, 8),
        wrap_up=chance.choice(wrap_ups),
        wrap_up_blocks=chance.choice(("agent", "agent", "queue")),
        resume_within=seconds(chance, None, None, 4),
    )


def policy(chance: Random, version: int = 1) -> RoutingPolicy:
    """Return a policy of three queues, without problems."""
    common = chance.choice(("fifo", "lifo", "due", "ratio"))
    queues = [_queue(chance, name, common) for name in QUEUES]
    if chance.random() < 0.4:
        queues[0] = evolve(queues[0], overflow_to="q2")
    groups = [Group(name, _access(chance)) for name in GROUPS] if chance.random() < 0.7 else []
    keys = chance.sample(sorted(CHOICES), chance.choice((0, 2, 4, 6)))
    return RoutingPolicy(
        name="desk",
        version=version,
        queues=queues,
        groups=groups,
        choice=ChoicePolicy(*keys) if chance.random() < 0.6 else DEFAULT,
        graph=SkillGraph([("a>=2", "b")], aliases={"other a": "a"}) if chance.random() < 0.5 else SkillGraph(),
    )


def _access(chance: Random) -> list[Access]:
    seen = [name for name in QUEUES if chance.random() < 0.8]
    return [Access(name, rank=chance.choice((1, 1, 2)), delay=seconds(chance, 0, 0, 3, 6) or 0) for name in seen]


def agent(chance: Random, name: str, at: int) -> Agent:
    """Return an agent of any room, some with certificates about to end."""
    mixed = Capacity(
        total=4,
        cost={"voice": 3, "mail": 1},
        cap={"mail": 2},
        exclusive=chance.choice(((), ("voice",))),
        open_offers=chance.choice((1, 3)),
    )
    skills = {skill: chance.choice((1, 2, 3)) for skill in SKILLS if chance.random() < 0.6}
    return Agent(
        id=name,
        skills=skills,
        groups=[group for group in GROUPS if chance.random() < 0.7],
        line=chance.choice((1, 1, 2)),
        capacity=chance.choice((Capacity(), Capacity(total=2, open_offers=2), mixed)),
        wrap_up=chance.choice((None, None, None, WrapUp("timed", "2s"))),
        limits=chance.choice(((), (), (Limit(1, "6s"),), (Limit(2, "10s"), Limit(1, "2s")))),
        valid_until={skill: at + (seconds(chance, 3, 8) or 0) for skill in skills if chance.random() < 0.1},
    )


def work(chance: Random, name: str, at: int) -> Work:
    """Return work that is relaxed, preferred, excluded, late or urgent now and then."""
    first = need(chance)
    return Work(
        id=name,
        queue=chance.choice(QUEUES),
        channel=chance.choice(("voice", "voice", "mail")),
        requirement=first,
        relaxation=_relaxation(chance, first),
        band=chance.choice((None, "urgent", "normal")),
        due=chance.choice((None, at + (seconds(chance, -2, 1, 3, 8) or 0))),
        target=seconds(chance, None, 2, 5, 10),
        head_start=seconds(chance, 0, 0, 3) or 0,
        preferred_agents=chance.choice(((), (), ("A1", "A2"), ("A3",))),
        preferred_for=seconds(chance, 0, 4) or 0,
        excluded=chance.choice(((), (), ("A1",))),
        data={"urgent": chance.random() < 0.5},
    )


def _override(chance: Random, rules: RoutingPolicy, name: str) -> Override:
    other = policy(chance)
    return Override(
        name=name,
        groups=chance.choice(((), ("g1",))) if rules.groups else (),
        refuse_presences=chance.choice(((), ("break",))),
        hold=chance.choice((None, "urgent == false", 'channel == "mail"')),
        queues=chance.choice(((), other.queues[1:2])),
        choice=chance.choice((None, other.choice)),
        access=other.groups[:1] if rules.groups and chance.random() < 0.4 else (),
    )


_VERBS = (
    *(*["enqueue"] * 6, *["agent_changed"] * 3, *["accept"] * 5, *["complete"] * 3, *["decline"] * 2),
    *(*["advance"] * 3, "withdraw", "amend", "transfer", "ready", "take", "take", "assign", "override", "lift"),
    *("agent_left", "apply", "adopt"),
)


def call(
    chance: Random, rules: RoutingPolicy, at: int, offers: list[tuple[str, str]], version: int
) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """Return a verb with its arguments; answers are mostly to one of the last offers."""
    verb, name, who = chance.choice(_VERBS), chance.choice(WORKS), chance.choice(AGENTS)
    when = {"at": at}
    if verb in ("accept", "decline"):
        return verb, chance.choice(offers[-3:]) if offers else (name, who), when
    if verb in ("take", "assign"):
        return verb, (name, who), when | ({"force": chance.random() < 0.5} if verb == "assign" else {})
    if verb in ("complete", "withdraw"):
        return verb, (name,), when
    if verb in ("ready", "agent_left"):
        return verb, (who,), when
    if verb == "advance":
        return verb, (at,), {}
    if verb == "enqueue":
        entered = chance.choice((None, None, None, at - 2 * SECOND, at - 7 * SECOND))
        return verb, (work(chance, name, at),), when | {"entered": entered}
    return _rarer(chance, rules, at, verb, version)


def _rarer(
    chance: Random, rules: RoutingPolicy, at: int, verb: str, version: int
) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    name, who, when = chance.choice(WORKS), chance.choice(AGENTS), {"at": at}
    if verb == "agent_changed":
        presence = chance.choice((*["available"] * 5, "break", "offline"))
        value = agent(chance, who, at) if chance.random() < 0.6 else who
        return verb, (value,), when | {"presence": presence, "on_hand": chance.choice(("keep", "requeue"))}
    if verb in ("amend", "transfer"):
        other = work(chance, name, at)
        some = (("band",), ("requirement", "relaxation"), ("queue",), ("channel",), ("data",), ("excluded",))
        parts = chance.choice((*some, ("preferred_agents", "preferred_for")))
        more = {"restart": chance.random() < 0.4} if verb == "transfer" else {}
        return verb, (name,), when | more | {part: getattr(other, part) for part in parts}
    if verb == "override":
        return verb, (_override(chance, rules, chance.choice("xyz")),), when
    if verb == "lift":
        return verb, (chance.choice("xyz"),), when
    if verb == "adopt":
        return verb, (policy(chance, version),), when
    works = [work(chance, name, at) for name in chance.sample(WORKS, 2)]
    agents = [(agent(chance, who, at), chance.choice(("available", "break"))) for who in chance.sample(AGENTS, 2)]
    gone = [name for name in WORKS if chance.random() < 0.15]
    return "apply", (), when | {"withdrawn": gone, "works": works, "agents": agents}
