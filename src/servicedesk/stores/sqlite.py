"""The log in one SQLite file: durable, for several threads and processes of one machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from servicedesk.errors import StoreDamaged
from servicedesk.frozenmap import FrozenMap
from servicedesk.instants import to_duration
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

if TYPE_CHECKING:
    from sqlite3 import Connection

    from servicedesk.stores.sqlite_file import SqliteFile

__all__ = ["SqliteLog"]


class SqliteLog(EventLogBase):
    """A log in a file, by the standard library's SQLite (ST-2).

    *Who may use it* (G16): one object from any thread, its calls waiting for each other; several processes with an
    object each on the same file, on a local disk; never the same object after ``fork``, which raises. An event loop
    calls it in a thread.

    *What survives* (G10): each acknowledged commit survives the end of the process, however it ends. With
    ``durable=True`` it is flushed to the disk before it is acknowledged and survives a power cut too; with
    ``durable=False`` a power cut may take the last commits, whole ones from the end, and never damages the file.

    Positions grow in the order of the commits, and a fact is seen by `page` as soon as it is committed (G6).

    >>> from tempfile import mkdtemp
    >>> from servicedesk.events import NoteAdded
    >>> with SqliteLog.create(f"{mkdtemp()}/desk.db") as log:
    ...     receipt = log.append("T-7", [NoteAdded(ticket="T-7", at=0, text_ref="话务/1")], expected_version=0)
    ...     len(log.read("T-7")), str(receipt.position)
    (1, '1')
    """

    def __init__(self, file: SqliteFile, *, codec: FactCodec | None, clock: Clock | None) -> None:
        self._file = file
        self._codec = codec or every_fact()
        self._clock = clock

    @classmethod
    def create(
        cls,
        path: str | PathLike[str],
        *,
        codec: FactCodec | None = None,
        clock: Clock | None = None,
        durable: bool = True,
        timeout: timedelta | str = "5s",
    ) -> Self:
        """Make a new store at a path where no file is yet, and open it; arguments as in `open`.

        Of several that try at once one makes it, the others are refused.

        Raises:
            SchemaMismatch: there is a file already; it was not touched.
            Unavailable: the folder is not there, cannot be written, or is on a disk without hard links.
        """
        from servicedesk.stores.sqlite_file import SqliteFile  # noqa: PLC0415  # the import budget: sqlite3

        patience = to_duration(timeout, argument="timeout")  # what may be refused is looked at before a file is made
        SqliteFile.create(Path(path))
        return cls.open(path, codec=codec, clock=clock, durable=durable, timeout=patience)

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        *,
        codec: FactCodec | None = None,
        clock: Clock | None = None,
        durable: bool = True,
        timeout: timedelta | str = "5s",
    ) -> Self:
        """Open a store that `create` made.

        Args:
            path: of the file.
            codec: which facts it takes; all of `servicedesk.events` by default.
            clock: gives the instant of recording (aware datetime or microseconds); called once per commit (PORT-7).
            durable: flush to the disk before a commit is acknowledged.
            timeout: how long to wait for another process that writes, before `Unavailable`.

        Raises:
            Unavailable: there is no such file, or it cannot be opened.
            SchemaMismatch: it is no store of ours, or one of another schema; it was not touched (ST-7).
            StoreDamaged: it is ours, but cannot be read.
        """
        from servicedesk.stores.sqlite_file import SqliteFile  # noqa: PLC0415  # the import budget: sqlite3

        file = SqliteFile(Path(path), durable=durable, timeout=to_duration(timeout, argument="timeout"))
        return cls(file, codec=codec, clock=clock)

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    def __repr__(self) -> str:
        return f"SqliteLog({str(self.path)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; again is allowed. Later use is `Unavailable`."""
        self._file.close()

    def commit(self, commit: Commit) -> Receipt:
        """Write a commit, wholly or not at all; rules and errors as in `EventLog.commit`."""
        texts = encoded(commit, self._codec.encode)
        recorded_at = recording_instant(self._clock)
        with self._file.writing() as connection:
            return _known(connection, commit) or _written(connection, commit, texts, recorded_at)

    def read(self, stream: str, *, after: int = 0) -> tuple[Any, ...]:
        """Return the facts of a stream; rules and errors as in `EventLog.read`."""
        check_read(stream, after)
        with self._file.reading() as connection:
            rows = connection.execute(_READ, (stream, after)).fetchall()
        return tuple(self._facts(stream, after, rows))

    def _facts(self, stream: str, after: int, rows: list[tuple[Any, ...]]) -> Iterator[Any]:
        for expected, (version, text) in enumerate(rows, after + 1):
            if version != expected:
                raise StoreDamaged(stream, expected, "it is missing")
            yield self._fact(text, stream, version)

    def _fact(self, text: bytes, stream: str, version: int) -> Any:
        try:
            return self._codec.decode(text.decode(), stream=stream, version=version)
        except UnicodeDecodeError as error:
            raise StoreDamaged(stream, version, "it is not UTF-8") from error

    def page(self, after: Position | None = None, *, limit: int = 500, partition: Partition | None = None) -> Page:
        """Return a stretch of the log; rules and errors as in `EventLog.page`."""
        check_page(limit, partition)
        records = tuple(
            Recorded(
                position=Position((position,)),
                stream=stream,
                version=version,
                fact=self._fact(text, stream, version),
                key=key,
                recorded_at=recorded_at,
            )
            for position, stream, version, text, key, recorded_at in self._rows(ordinal(after), limit, partition)
        )
        return Page(records, records[-1].position if records else after)

    def _rows(self, after: int, limit: int, partition: Partition | None) -> list[tuple[Any, ...]]:
        part, parts = partition or (0, 1)
        with self._file.reading() as connection:
            return connection.execute(_PAGE, (after, parts, part, limit)).fetchall()

    def read_all(self, *, after: Position | None = None, partition: Partition | None = None) -> Iterator[Any]:
        """Yield all facts as `EventLog.read_all` does; the envelopes that nobody asked for are not made."""
        check_page(_STRIDE, partition)
        rows = self._rows(ordinal(after), _STRIDE, partition)  # at once: a bad argument fails here
        return self._facts_behind(rows, partition)

    def _facts_behind(self, rows: list[tuple[Any, ...]], partition: Partition | None) -> Iterator[Any]:
        while rows:
            for _position, stream, version, text, _key, _recorded_at in rows:
                yield self._fact(text, stream, version)
            rows = self._rows(rows[-1][0], _STRIDE, partition)


_STRIDE: Final = 1_000
"""How many facts `SqliteLog.read_all` holds at a time."""

# The text is read as bytes: what is not UTF-8 is then told with the name of the fact.
_READ = "SELECT version, CAST(text AS BLOB) FROM facts WHERE stream = ? AND version > ? ORDER BY version"
_PAGE = """
    SELECT position, stream, version, CAST(text AS BLOB), key, recorded_at
    FROM facts WHERE position > ? AND subject % ? = ? ORDER BY position LIMIT ?
"""
_WRITE = """
    INSERT INTO facts (position, stream, version, subject, text, key, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def _known(connection: Connection, commit: Commit) -> Receipt | None:
    """Return the first receipt of a commit's key, looked up before versions are (G8)."""
    if commit.key is None:
        return None
    first = commit.appends[0].stream
    found = connection.execute(
        "SELECT versions, position FROM keys WHERE stream = ? AND key = ?", (first, commit.key)
    ).fetchone()
    if found is None:
        return None
    try:
        versions = FrozenMap(json.loads(found[0]))
    except ValueError as error:
        raise StoreDamaged(first, None, f"the receipt of key {commit.key!r} is not JSON") from error
    return Receipt(versions=versions, position=_position(found[1]), duplicate=True)


def _written(connection: Connection, commit: Commit, texts: list[list[str]], recorded_at: int | None) -> Receipt:
    """Check the versions of all streams, then write all facts and the key; the caller's transaction makes it one."""
    start = connection.execute("SELECT coalesce(max(position), 0) FROM facts").fetchone()[0]
    versions: dict[str, int] = {}
    rows: list[tuple[Any, ...]] = []
    for append, written in zip(commit.appends, texts, strict=True):
        version = connection.execute(
            "SELECT coalesce(max(version), 0) FROM facts WHERE stream = ?", (append.stream,)
        ).fetchone()[0]
        check_version(append, version)
        subject = subject_number(append.stream)
        for text in written:
            version += 1
            rows.append((start + len(rows) + 1, append.stream, version, subject, text, commit.key, recorded_at))
        versions[append.stream] = version
    connection.executemany(_WRITE, rows)
    last = start + len(rows) if rows else None
    if commit.key is not None:
        receipt = (commit.appends[0].stream, commit.key, json.dumps(versions), last)
        connection.execute("INSERT INTO keys (stream, key, versions, position) VALUES (?, ?, ?, ?)", receipt)
    return Receipt(versions=FrozenMap(versions), position=_position(last))


def _position(ordinal: int | None) -> Position | None:
    return None if ordinal is None else Position((ordinal,))
