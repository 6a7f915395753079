"""Decisions as sentences, for people who ask why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from servicedesk.routing.facts import Decision

__all__ = ["decision_text"]


def decision_text(decision: Decision) -> str:
    """Return why an agent got the work: the funnel, the key, the runner-up, and what was in force."""
    left = [f"{stage} {count}" for stage, count in decision.funnel.items()]
    keys = ", ".join(f"{name} {value}" for name, value in decision.key)
    beside = "no runner-up" if decision.runner_up is None else f"before {decision.runner_up} by {decision.lost_at}"
    parts = [f"{decision.work} → {decision.agent} ({keys or 'by id'}), {beside}"]
    parts += [f"left after {', '.join(left)}"] if left else []
    parts += [f"step {decision.step}"] if decision.step else []
    parts += [f"under {', '.join(decision.overrides)}"] if decision.overrides else []
    return "; ".join(parts)
