"""Facts as text: what a store keeps of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from servicedesk.errors import DefinitionInvalid, Problem, StoreDamaged, UnknownKind
from servicedesk.plain.classes import Forms
from servicedesk.plain.scalars import shown

__all__ = ["FactCodec"]


class FactCodec:
    """Write facts as canonical text and read them back: equal facts have equal text (PLN-5).

    The text is JSON with keys sorted by code point, no blanks, no escape beyond JSON's need; ``kind`` stands for the
    class. Fields that have their default are left out, so a class may grow fields with defaults and keep the text of
    every older fact.

    Raises:
        TypeError: a class without a ``kind``, two of one kind, or a field whose type has no exact plain form.
    """

    def __init__(self, classes: Iterable[type]) -> None:
        forms = Forms(strict=False)
        self._writers: dict[type, Callable[[Any], str]] = {}
        self._readers: dict[str, Callable[[Any], Any]] = {}
        for cls in classes:
            kind = getattr(cls, "kind", None)
            if type(kind) is not str or kind in self._readers:
                raise TypeError(f"{cls.__name__}: a fact needs a kind of its own as class attribute, not {kind!r}")
            self._writers[cls], self._readers[kind] = forms.attrs_form(cls, tag="kind")
        self._parse = json.JSONDecoder().raw_decode

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind this codec knows, in the order of its classes."""
        return tuple(self._readers)

    def __repr__(self) -> str:
        return f"FactCodec({len(self._readers)} kinds)"

    def encode(self, fact: object) -> str:
        """Return the canonical text of a fact.

        Raises:
            DefinitionInvalid: its class is not one of this codec's, or a field holds what its type or a store does
                not allow (G14); all problems, with their paths.
        """
        write = self._writers.get(type(fact))
        if write is None:
            raise DefinitionInvalid((Problem("", f"{shown(fact)} is not a fact known here"),), "fact")
        return write(fact)

    def decode(self, text: str, *, stream: str = "", version: int = 0) -> Any:
        """Return the fact of a text; ``stream`` and ``version`` only say where it stands.

        Fields that the class does not have are ignored, so that readers may be older than writers (PLN-4).

        Raises:
            UnknownKind: no class of this codec has that kind.
            StoreDamaged: no JSON object with a kind, a missing field, a value of another type.
        """
        try:
            data, end = self._parse(text)
        except (ValueError, TypeError, RecursionError) as error:  # TypeError: what the store gave is not even text
            raise _damaged(stream, version, "it is not JSON") from error
        kind = data.get("kind") if type(data) is dict and end == len(text) else None
        if type(kind) is not str:
            raise _damaged(stream, version, "it is not one JSON table with a kind")
        read = self._readers.get(kind)
        if read is None:
            raise UnknownKind(kind, f"{stream}@{version}" if stream else "fact", self._readers)
        try:
            return read(data)
        except DefinitionInvalid as error:
            reason = "; ".join(str(problem) for problem in error.problems)
            raise _damaged(stream, version, reason) from error


def _damaged(stream: str, version: int, reason: str) -> StoreDamaged:
    return StoreDamaged(stream or "fact", version or None, reason)
