"""Working time: calendars, what they are made of, and the queries on their compiled form."""

from __future__ import annotations

__all__: list[str] = []
