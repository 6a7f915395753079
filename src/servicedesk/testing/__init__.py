"""Strategies for hosts that test their own adapters, workflows and policies with Hypothesis.

Needs the extra: ``pip install servicedesk[testing]``. Nothing else in the library imports this package.
"""

from servicedesk.testing.router_machine import RouterMachine
from servicedesk.testing.routing import (
    agents,
    capacities,
    overrides,
    queues,
    relaxations,
    requirements,
    routing_policies,
    skill_graphs,
    works,
)
from servicedesk.testing.routing_histories import Ledger, Move, play, router_histories, router_moves
from servicedesk.testing.stories import RouterStory, Story, TicketStory
from servicedesk.testing.strategies import Standing, actors, names, resolvers, standings, values, workflows

__all__ = [
    "Ledger",
    "Move",
    "RouterMachine",
    "RouterStory",
    "Standing",
    "Story",
    "TicketStory",
    "actors",
    "agents",
    "capacities",
    "names",
    "overrides",
    "play",
    "queues",
    "relaxations",
    "requirements",
    "resolvers",
    "router_histories",
    "router_moves",
    "routing_policies",
    "skill_graphs",
    "standings",
    "values",
    "workflows",
    "works",
]
