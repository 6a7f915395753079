"""Dated exceptions from the world: notices, the holidays package, calendar files."""

from __future__ import annotations

__all__: list[str] = []
