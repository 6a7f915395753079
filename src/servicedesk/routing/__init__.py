"""Routing 派单: the right person, at once, and why. Work waits, agents have skills, presence and room.

`RoutingPolicy` says what skills imply, who sees which queue and in which order work is served; a `Router` takes what
happens and returns facts. It never looks at a clock: it says when it next wants to be called (`Router.next_due`).
"""

from __future__ import annotations

from servicedesk.routing.agents import PRESENCES, Access, Agent, Capacity, Group, Limit, Presence, Roster, WrapUp
from servicedesk.routing.choice import CHOICES, ChoicePolicy
from servicedesk.routing.decision import FUNNEL, Decision
from servicedesk.routing.facts import NoEligibleAgent, RouterFact
from servicedesk.routing.looking import Gauges, Outlook
from servicedesk.routing.policy import Override, RoutingPolicy
from servicedesk.routing.queues import QueuePolicy
from servicedesk.routing.requirements import Relaxation, Requirement
from servicedesk.routing.router import Router
from servicedesk.routing.skills import Implication, Skill, SkillGraph
from servicedesk.routing.work import Work

__all__ = [
    "CHOICES",
    "FUNNEL",
    "PRESENCES",
    "Access",
    "Agent",
    "Capacity",
    "ChoicePolicy",
    "Decision",
    "Gauges",
    "Group",
    "Implication",
    "Limit",
    "NoEligibleAgent",
    "Outlook",
    "Override",
    "Presence",
    "QueuePolicy",
    "Relaxation",
    "Requirement",
    "Roster",
    "Router",
    "RouterFact",
    "RoutingPolicy",
    "Skill",
    "SkillGraph",
    "Work",
    "WrapUp",
]
