"""An import on its way into a store: in commits that may be run again, and behind what is there already (IMP-8)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from attrs import evolve

from servicedesk.events import to_json
from servicedesk.importing.imported import ImportedCase, ImportedLog
from servicedesk.ports import Append, Commit, EventLog

__all__ = ["commits"]


def commits(
    imported: ImportedLog,
    *,
    size: int = 100,
    beside: Callable[[ImportedCase], Iterable[Append]] = lambda _case: (),
    into: EventLog | None = None,
) -> Iterator[Commit]:
    """Return the commits that store an import, ``size`` cases each, in the order of the log (IMP-8).

    Every commit has a key made of everything it holds, so that an import that was interrupted is simply run again:
    what is there already answers ``duplicate`` and adds nothing. That holds for the same log, mapping, ``size`` and
    ``beside``; if one of them changed, a stored case is a `Conflict`, and nothing is written over.

    A log that grew is imported again with ``into``, the store that holds its earlier form. Each stream is then read,
    and only what comes behind the facts it has is committed; row numbers, which shift when a log grows, do not count.
    Where the new rows do not come behind the old ones, the case has become another one: it stands in a commit of its
    own, whose `Conflict` holds up nobody else.

    ``beside`` gives what else belongs to a case and must stand or fall with it, such as the facts of its clocks.

    Raises:
        ValueError: ``size`` is less than 1.
    """
    if size < 1:
        raise ValueError(f"size is a number of cases from 1 on, not {size!r}")
    return _commits(imported, size, beside, into)


def _commits(
    imported: ImportedLog,
    size: int,
    beside: Callable[[ImportedCase], Iterable[Append]],
    into: EventLog | None,
) -> Iterator[Commit]:
    for start in range(0, len(imported.cases), size):
        together: list[Append] = []
        for case in imported.cases[start : start + size]:
            whole = (Append(case.case, case.facts, expected_version=0), *beside(case))
            new = whole if into is None else _behind(whole, into)
            if new is None:
                yield _commit(imported.source, whole)
            else:
                together.extend(new)
        if together:
            yield _commit(imported.source, together)


def _commit(source: str, appends: Sequence[Append]) -> Commit:
    return Commit(tuple(appends), key=f"import/{source[:100]}/{_digest(appends)}")


def _digest(appends: Iterable[Append]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for append in appends:
        digest.update(append.stream.encode())
        for fact in append.facts:
            digest.update(to_json(fact).encode())
    return digest.hexdigest()


def _behind(appends: Iterable[Append], log: EventLog) -> list[Append] | None:
    """Return what of the appends is new behind their streams; ``None`` if a stream tells another story.

    Only streams that are to begin here are looked at: where ``beside`` expects a version, it knows what it does.
    """
    new: list[Append] = []
    for append in appends:
        if append.expected_version != 0:
            new.append(append)
            continue
        stored = log.read(append.stream)
        if not all(map(_same, stored, append.facts)):
            return None
        if len(append.facts) > len(stored):
            new.append(Append(append.stream, append.facts[len(stored) :], expected_version=len(stored)))
    return new


def _same(stored: Any, fact: Any) -> bool:
    """Whether two facts say the same; their keys hold the row's number, which may have shifted."""
    if stored == fact:
        return True
    return type(stored) is type(fact) and hasattr(fact, "key") and evolve(stored, key=None) == evolve(fact, key=None)
