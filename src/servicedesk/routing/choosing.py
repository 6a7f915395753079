"""What the choice keys come to for an agent (ROU-33): smaller is better, everything an integer or a `Fraction`.

Most keys do not depend on the work, so able agents stand in one sorted list; only ``sticky``, ``preferred`` and
``best_skilled`` ask for a look at each candidate, and only for work that prefers somebody or something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from servicedesk.routing.choice import ChoicePolicy
from servicedesk.routing.requirements import Requirement
from servicedesk.routing.state import AgentState
from servicedesk.routing.work import Work

__all__ = ["depends_on", "keys_of", "standing_values", "values"]

_share = lru_cache(maxsize=4_096)(Fraction)

_STANDING: Mapping[str, Callable[[AgentState, Mapping[str, int]], Any]] = {
    "line": lambda agent, _: agent.agent.line,
    "fewest_skills": lambda _, skills: len(skills),
    "load": lambda agent, _: _share(agent.used, agent.agent.capacity.total),
    "most_spare": lambda agent, _: agent.used - agent.agent.capacity.total,
    "longest_idle": lambda agent, _: agent.idle_since,
    "round_robin": lambda agent, _: agent.last_offer,
    "fewest_handled": lambda agent, _: agent.handled,
    "least_talk": lambda agent, _: agent.talk,
}


def standing_values(choice: ChoicePolicy, agent: AgentState, skills: Mapping[str, int]) -> tuple[Any, ...]:
    """Return the values of all keys for work that prefers nobody and nothing."""
    return tuple(_STANDING[key](agent, skills) if key in _STANDING else 0 for key in choice.keys)


def depends_on(choice: ChoicePolicy, work: Work, need: Requirement) -> bool:
    """Whether the choice depends on this work, so that the sorted list does not answer."""
    return bool(
        ("sticky" in choice.keys and work.preferred_agents)
        or ("preferred" in choice.keys and need.preferred)
        or ("best_skilled" in choice.keys and need.all_of)
    )


def keys_of(choice: ChoicePolicy, *, alone: bool) -> tuple[str, ...]:
    """Return the keys in force; while preferred agents have work for themselves, their order comes first (ROU-12)."""
    return ("sticky", *(key for key in choice.keys if key != "sticky")) if alone else choice.keys


def values(
    keys: tuple[str, ...], agent: AgentState, skills: Mapping[str, int], work: Work, need: Requirement
) -> tuple[Any, ...]:
    """Return the values of keys for an agent and a piece of work."""
    return tuple(
        _STANDING[key](agent, skills) if key in _STANDING else _about(key, agent, skills, work, need) for key in keys
    )


def _about(key: str, agent: AgentState, skills: Mapping[str, int], work: Work, need: Requirement) -> int:
    if key == "sticky":
        preferred = work.preferred_agents
        return preferred.index(agent.agent.id) if agent.agent.id in preferred else len(preferred)
    if key == "preferred":
        return -sum(weight for skill, weight in need.preferred if skills.get(skill.name, 0) >= skill.level)
    return -sum(skills.get(skill.name, 0) - skill.level for skill in need.all_of)
