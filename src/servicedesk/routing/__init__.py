"""Routing 派单: the right person, at once, and why. Work waits, agents have skills, presence and room.

`RoutingPolicy` says what skills imply, who sees which queue and in which order work is served; a `Router` takes what
happens and returns facts. It never looks at a clock: it says when it next wants to be called (`Router.next_due`).
"""

from __future__ import annotations

from servicedesk.routing.agents import PRESENCES, Access, Agent, Capacity, Group, Limit, Presence, Roster, WrapUp
from servicedesk.routing.choice import CHOICES, ChoicePolicy
from servicedesk.routing.policy import Override, RoutingPolicy
from servicedesk.routing.queues import QueuePolicy
from servicedesk.routing.requirements import Relaxation, Requirement
from servicedesk.routing.router import Router
from servicedesk.routing.skills import Implication, Skill, SkillGraph
from servicedesk.routing.work import Work

__all__ = [
    "CHOICES",
    "PRESENCES",
    "Access",
    "Agent",
    "Capacity",
    "ChoicePolicy",
    "Group",
    "Implication",
    "Limit",
    "Override",
    "Presence",
    "QueuePolicy",
    "Relaxation",
    "Requirement",
    "Roster",
    "Router",
    "RoutingPolicy",
    "Skill",
    "SkillGraph",
    "Work",
    "WrapUp",
]
