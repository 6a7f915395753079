"""Strategies for hosts that test their own adapters, workflows and policies with Hypothesis.

Needs the extra: ``pip install servicedesk[testing]``. Nothing else in the library imports this package.
"""

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
from servicedesk.testing.routing_histories import Ledger, Move, play, router_histories
from servicedesk.testing.strategies import Standing, actors, names, resolvers, standings, values, workflows

__all__ = [
    "Ledger",
    "Move",
    "Standing",
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
    "routing_policies",
    "skill_graphs",
    "standings",
    "values",
    "workflows",
    "works",
]
