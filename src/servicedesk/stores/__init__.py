"""Stores that come with the library: `MemoryLog`, and `SqliteLog` on one file of the standard library's SQLite.

Both keep the numbered promises of `servicedesk.ports`; `servicedesk.stores.checks` holds what they check alike.
"""

from __future__ import annotations

from servicedesk.stores.memory import MemoryLog
from servicedesk.stores.sqlite import SqliteLog

__all__ = ["MemoryLog", "SqliteLog"]
