"""Plain data as TOML text; `tomllib` reads it back (PLN-7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any

from servicedesk.errors import DefinitionInvalid, Problem

__all__ = ["toml_text"]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(data: dict[str, Any]) -> str:
    """Write plain data as TOML: single values first, then a section for each table and each list of tables.

    ``tomllib.loads(toml_text(data)) == data`` for whatever `to_plain` gives, except null, which TOML cannot say.

    Raises:
        DefinitionInvalid: a null, with its path.

    >>> print(toml_text({"name": "III", "signals": ["waiting"], "tier": {"rank": 1}}))
    name = "III"
    signals = ["waiting"]
    <BLANKLINE>
    [tier]
    rank = 1
    <BLANKLINE>
    """
    return "\n".join(_section(data, "")).lstrip("\n") + "\n"


def _section(table: dict[str, Any], path: str) -> Iterator[str]:
    below = {key: value for key, value in table.items() if _stands_below(value)}
    for key, value in table.items():
        if key not in below:
            yield f"{_key(key)} = {_inline(value, _joined(path, key))}"
    for key, value in below.items():
        where = _joined(path, key)
        for part in value if isinstance(value, list) else (value,):
            yield f"\n[[{where}]]" if isinstance(value, list) else f"\n[{where}]"
            yield from _section(part, where)


def _stands_below(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
    )


def _joined(path: str, key: str) -> str:
    return f"{path}.{_key(key)}" if path else _key(key)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _text(value: str) -> str:
    return encode_basestring(value).replace("\x7f", "\\u007f")  # TOML, unlike JSON, escapes DEL too


def _inline(value: Any, path: str) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_inline(item, f'{path}[{index}]') for index, item in enumerate(value))}]"
    if isinstance(value, dict):
        inside = (f"{_key(key)} = {_inline(item, _joined(path, key))}" for key, item in value.items())
        return f"{{ {', '.join(inside)} }}" if value else "{}"
    raise DefinitionInvalid((Problem(path, "TOML has no null; leave the key out"),), "table")
