"""Values as plain data and back, strictly: definitions for files, facts for stores.

Plain data is ``dict list str int bool None``. How each type stands in it (PLN-1):

==============================  ====================================================================================
type                            plain form
==============================  ====================================================================================
``str int bool None``           itself: text without U+0000 and lone surrogates, whole numbers of 64 bits
``Fraction``                    ``"3/50"``
``timedelta``                   ``"15min"``; ISO 8601 (``"PT15M"``) is read too
aware ``datetime``              ``"2026-03-02T10:00:00+08:00"``, in definitions only; facts hold whole microseconds
``Condition``                   its text
an enumeration, ``Literal``     the member's value
``tuple[X, ...]``               a list
``FrozenMap[str, X]``           a table
an attrs class                  a table of its fields by alias, without those that have their default
``Any``, ``int | Fraction``, …  itself; ``{"fraction": "3/50"}``, ``{"span": "15min"}``; at most 32 levels deep. A
                                mapping whose only key is ``fraction``, ``span`` or ``map`` stands inside
                                ``{"map": ...}``
==============================  ====================================================================================

A class may have a plain form of its own through two methods, both about the value alone (paths relative to it)::

    def __plain__(self) -> dict | list | str | int | bool | None: ...
    @classmethod
    def __from_plain__(cls, data) -> Self: ...  # raises DefinitionInvalid, ValueError or TypeError
"""

from __future__ import annotations

from servicedesk.plain.codec import FactCodec
from servicedesk.plain.definitions import from_plain, to_plain
from servicedesk.plain.scalars import text_fault
from servicedesk.plain.toml_text import toml_text

__all__ = ["FactCodec", "from_plain", "text_fault", "to_plain", "toml_text"]
