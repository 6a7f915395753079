"""Which promises a ticket has, and what happens to its clocks."""

from __future__ import annotations

__all__: list[str] = []
