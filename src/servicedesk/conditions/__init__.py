"""Conditions: comparisons over named values as data. They print, parse, compare, hash and explain themselves.

>>> condition = (Field("waiting") > 3) & (Field("kind") == "fault")
>>> condition.holds({"waiting": 5, "kind": "fault"})
True
>>> str(condition)
'(waiting > 3) & (kind == "fault")'

A missing key or ``None`` is *unknown*; logic is Kleene's three-valued one, so a condition and its negation may both
fail to hold, but never hold together (COND-4). Every part is always looked at: neither a result nor an error depends
on the order of the parts.
"""

from __future__ import annotations

from servicedesk.conditions.explain import Explanation, Leaf
from servicedesk.conditions.leaves import Comparison, Field, Known, Membership
from servicedesk.conditions.tree import And, Condition, Held, Not, Or

__all__ = [
    "And",
    "Comparison",
    "Condition",
    "Explanation",
    "Field",
    "Held",
    "Known",
    "Leaf",
    "Membership",
    "Not",
    "Or",
]
