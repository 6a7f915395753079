"""An immutable, hashable mapping: how frozen values hold named data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any, NoReturn, TypeVar

__all__ = ["EMPTY", "FrozenMap", "freeze", "freeze_exact"]

K = TypeVar("K")
V = TypeVar("V")


class FrozenMap(dict[K, V]):
    """A ``dict`` that refuses every change and can be hashed.

    It stays a ``dict`` so that lookups, JSON encoding and equality run at full speed.

    >>> FrozenMap(city="昆明")["city"]
    '昆明'
    """

    __slots__ = ("_hash",)

    def __hash__(self) -> int:  # type: ignore[override]  # dict declares itself unhashable
        """Hash of the items, in any order; computed once."""
        try:
            return self._hash
        except AttributeError:
            self._hash: int = hash(frozenset(self.items()))
            return self._hash

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("a FrozenMap cannot be changed; build a new one: FrozenMap({**old, ...})")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type, tuple[dict[K, V]]]:
        """Pickle by rebuilding: the default would assign item by item."""
        return (FrozenMap, (dict(self),))

    def __copy__(self) -> FrozenMap[K, V]:
        return self

    def __repr__(self) -> str:
        return f"FrozenMap({dict(self)!r})"


EMPTY: FrozenMap[Any, Any] = FrozenMap()


def freeze(data: Mapping[str, Any]) -> FrozenMap[str, Any]:
    """Return ``data`` itself if it is frozen already, else a frozen copy (attrs converter)."""
    if type(data) is FrozenMap:
        return data
    return FrozenMap(data) if data else EMPTY


_PLAIN = (str, int, bool, Fraction, timedelta, type(None))


def freeze_exact(data: Mapping[str, Any]) -> FrozenMap[str, Any]:
    """Freeze host values, refusing what a fact cannot hold exactly (EV-4): now, not when it is stored."""
    if not isinstance(data, Mapping):
        raise TypeError(f"values are given by name, such as {{'solution': 'restarted'}}, not as {data!r}")
    for name, value in data.items():
        _require_plain(name, value)
    return freeze(data)


def _require_plain(name: str, value: object) -> None:
    if type(value) is tuple:
        for item in value:
            _require_plain(name, item)
    elif type(value) is FrozenMap:
        for item in value.values():
            _require_plain(name, item)
    elif type(value) not in _PLAIN:
        raise TypeError(
            f"{name} = {value!r} is a {type(value).__name__}; a fact holds text, int, bool, Fraction, timedelta, None, "
            "tuples and FrozenMaps of those, and instants as to_us(...)"
        )
