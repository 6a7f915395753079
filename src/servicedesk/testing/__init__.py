"""Strategies for hosts that test their own adapters, workflows and policies with Hypothesis.

Needs the extra: ``pip install servicedesk[testing]``. Nothing else in the library imports this package.
"""

from servicedesk.testing.strategies import Standing, actors, names, resolvers, standings, values, workflows

__all__ = ["Standing", "actors", "names", "resolvers", "standings", "values", "workflows"]
