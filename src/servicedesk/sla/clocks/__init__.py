"""Promises and the clocks that run on them: limits, thresholds, pauses, verdicts."""

from __future__ import annotations

__all__: list[str] = []
