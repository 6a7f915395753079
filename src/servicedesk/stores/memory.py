"""The log in memory: the model of all stores, and enough for tests, examples and short-lived tools."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from threading import Lock
from typing import Any, TypeAlias

from attrs import evolve

from servicedesk.frozenmap import FrozenMap
from servicedesk.plain import FactCodec
from servicedesk.ports import Commit, EventLogBase, Page, Partition, Position, Receipt, Recorded, subject_number
from servicedesk.stores.checks import (
    Clock,
    check_page,
    check_read,
    check_version,
    encoded,
    every_fact,
    ordinal,
    recording_instant,
)

__all__ = ["MemoryLog"]

_Row: TypeAlias = tuple[str, int, Any, str | None, int | None]
"""Stream, version, fact, key, recorded at; the position is the place in the list, from 1."""


class MemoryLog(EventLogBase):
    """A log in lists and dicts, kept as long as the object (ST-1).

    A commit is prepared before anything of it is published, so it is whole or not there (G1). One object may be used
    by any number of threads; it belongs to one process (G16). It refuses what a store with a disk would refuse.

    Args:
        codec: which facts it takes; all of `servicedesk.events` by default.
        clock: gives the instant of recording, as an aware datetime or in microseconds; called once per commit (PORT-7).

    >>> from servicedesk.events import NoteAdded
    >>> log = MemoryLog()
    >>> log.append("T-7", [NoteAdded(ticket="T-7", at=0, text_ref="话务/1")], expected_version=0).versions
    FrozenMap({'T-7': 1})
    >>> log.read("T-7")
    (NoteAdded(ticket='T-7', at=0, text_ref='话务/1', actor=None, key=None),)
    """

    def __init__(self, *, codec: FactCodec | None = None, clock: Clock | None = None) -> None:
        self._codec = codec or every_fact()
        self._clock = clock
        self._lock = Lock()
        self._log: list[_Row] = []
        self._streams: dict[str, list[Any]] = {}
        self._receipts: dict[tuple[str, str], Receipt] = {}

    def __repr__(self) -> str:
        return f"MemoryLog({len(self._log)} facts)"

    def commit(self, commit: Commit) -> Receipt:
        """Write a commit, wholly or not at all; rules and errors as in `EventLog.commit`."""
        encoded(commit, self._codec.encode)  # the texts are not kept: this is the check that all stores share
        recorded_at = recording_instant(self._clock)
        key, first = commit.key, commit.appends[0].stream
        with self._lock:
            if key is not None and (known := self._receipts.get((first, key))):
                return evolve(known, duplicate=True)
            versions: dict[str, int] = {}
            rows: list[_Row] = []
            for append in commit.appends:
                version = len(self._streams.get(append.stream, ()))
                check_version(append, version)
                for fact in append.facts:
                    version += 1
                    rows.append((append.stream, version, fact, key, recorded_at))
                versions[append.stream] = version
            self._log += rows
            for append in commit.appends:
                self._streams.setdefault(append.stream, []).extend(append.facts)
            receipt = Receipt(versions=FrozenMap(versions), position=Position((len(self._log),)) if rows else None)
            if key is not None:
                self._receipts[first, key] = receipt
        return receipt

    def read(self, stream: str, *, after: int = 0) -> tuple[Any, ...]:
        """Return the facts of a stream; rules and errors as in `EventLog.read`."""
        check_read(stream, after)
        with self._lock:
            return tuple(self._streams.get(stream, ())[after:])

    def page(self, after: Position | None = None, *, limit: int = 500, partition: Partition | None = None) -> Page:
        """Return a stretch of the log; rules and errors as in `EventLog.page`."""
        check_page(limit, partition)
        start = ordinal(after)
        with self._lock:
            places: Iterable[int] = range(start, len(self._log))
            if partition is not None:
                part, parts = partition
                places = (place for place in places if subject_number(self._log[place][0]) % parts == part)
            rows = [(place + 1, *self._log[place]) for place in islice(places, limit)]
        records = tuple(
            Recorded(
                position=Position((position,)),
                stream=stream,
                version=version,
                fact=fact,
                key=key,
                recorded_at=recorded_at,
            )
            for position, stream, version, fact, key, recorded_at in rows
        )
        return Page(records, records[-1].position if records else after)
