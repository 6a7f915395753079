"""The file of a `SqliteLog`: made, opened, recognised; its transactions; its driver's errors in our words.

Nothing here knows what is kept in it but for the schema. It is the only module that loads sqlite3.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Final

from servicedesk.errors import SchemaMismatch, StoreDamaged, StoreError, Unavailable

__all__ = ["SqliteFile"]

_APPLICATION_ID: Final = 0x53444C67  # "SDLg": tells our files from those of other applications
_SCHEMA_VERSION: Final = 1
_WANTED: Final = f"a servicedesk store of schema {_SCHEMA_VERSION}"
_UNTOUCHED: Final = "it was not touched"

_SCHEMA: Final = f"""
    BEGIN;
    CREATE TABLE facts (
        position INTEGER PRIMARY KEY,      -- order of the log; nothing is ever deleted, so none is used twice
        stream TEXT NOT NULL,
        version INTEGER NOT NULL,
        subject INTEGER NOT NULL,          -- ports.subject_number(stream), for partitions
        text TEXT NOT NULL,                -- the canonical text, never changed (ST-7)
        key TEXT,                          -- that of its commit
        recorded_at INTEGER,               -- microseconds by the host's clock
        UNIQUE (stream, version)
    );
    CREATE TABLE keys (
        stream TEXT NOT NULL,              -- the commit's first
        key TEXT NOT NULL,
        versions TEXT NOT NULL,            -- the receipt, as JSON
        position INTEGER,
        PRIMARY KEY (stream, key)
    ) WITHOUT ROWID;
    PRAGMA application_id = {_APPLICATION_ID};
    PRAGMA user_version = {_SCHEMA_VERSION};
    COMMIT;
"""


class SqliteFile:
    """An open store file: for all threads of the process that opened it, one call at a time (G16)."""

    def __init__(self, path: Path, *, durable: bool, timeout: timedelta) -> None:
        """Open a store file.

        Raises:
            Unavailable: it is not there, cannot be opened, or stays locked for ``timeout``.
            SchemaMismatch: it is not ours, or of another schema; it was not touched.
            StoreDamaged: it is ours, but cannot be read.
        """
        self.path = path.absolute()
        self._process = os.getpid()
        self._lock = Lock()
        _recognise(self.path)
        with _in_our_words(self.path):
            connection = _connect(self.path, "mode=rw", timeout)
            try:
                connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                _check_schema(self.path, _pragma(connection, "user_version"))  # it may stand in the WAL as yet
                connection.execute("SELECT max(position) FROM facts").fetchone()  # damage shows here, if it can
            except BaseException:
                connection.close()
                raise
        self._connection: sqlite3.Connection | None = connection

    @staticmethod
    def create(path: Path) -> None:
        """Make an empty store file.

        It is made beside its place and linked there when it is whole: at the path there is nothing, or a store. So it
        does not matter how many processes try at once; one of them makes it (ST-2).

        Raises:
            SchemaMismatch: there is a file already; it was not touched.
            Unavailable: the folder is not there, cannot be written, or knows no hard links.
        """
        path = path.absolute()
        try:
            with TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
                new = Path(folder, path.name)
                with _in_our_words(path), closing(_connect(new, "mode=rwc", timedelta(0))) as connection:
                    connection.execute("PRAGMA synchronous = OFF")  # one flush, below, instead of six
                    connection.executescript(_SCHEMA)
                    connection.execute("PRAGMA journal_mode = WAL").fetchone()  # kept in the file, never set again
                with new.open("rb+") as whole:
                    os.fsync(whole)
                os.link(new, path)
        except FileExistsError:
            advice = "open it with SqliteLog.open, or choose another path"
            raise SchemaMismatch(f"a file at {path}", "a path where none is yet", advice) from None
        except OSError as error:
            raise Unavailable(f"cannot make {path}: {error.strerror}", outcome_known=True) from error

    def close(self) -> None:
        """Close the file; again is allowed. Later use is `Unavailable`."""
        if self._process != os.getpid():
            return  # it is the parent's
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one statement, which sees one state of the whole file."""
        with self._held() as connection, _in_our_words(self.path):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a transaction: committed if the block ends well, rolled back if it raises.

        The transaction has the write lock from its beginning, so what it reads stays true until it has written.
        """
        with self._held() as connection:
            try:
                with _in_our_words(self.path):
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                with _in_our_words(self.path, outcome_known=False):
                    connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    with suppress(sqlite3.Error):  # the error under way is the one to tell
                        connection.execute("ROLLBACK")

    @contextmanager
    def _held(self) -> Iterator[sqlite3.Connection]:
        if self._process != os.getpid():  # before the lock, which a fork may have copied while it was held
            reason = f"{self.path} was opened by process {self._process}; open it anew in process {os.getpid()}"
            raise Unavailable(reason, outcome_known=True)
        with self._lock:
            if self._connection is None:
                raise Unavailable(f"{self.path} has been closed here", outcome_known=True)
            yield self._connection


def _connect(path: Path, mode: str, timeout: timedelta) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.as_uri()}?{mode}",
        uri=True,
        timeout=timeout.total_seconds(),
        isolation_level=None,  # transactions are written out, in `writing`
        check_same_thread=False,  # calls are serialised by our lock
    )


def _recognise(path: Path) -> None:
    """Look whether a file is a store of our schema, without touching it: no lock, no recovery, no file beside it."""
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError as error:
        raise Unavailable(f"cannot open {path}: {error.strerror}", outcome_known=True) from error
    if size is None:
        raise Unavailable(f"there is no file {path}; SqliteLog.create(path) makes one", outcome_known=True)
    if size == 0:
        raise SchemaMismatch(f"an empty file at {path}", _WANTED, _UNTOUCHED)
    try:
        with closing(_connect(path, "mode=ro&immutable=1", timedelta(0))) as connection:
            # While another process copies its WAL into the file, the file is for a moment shorter than it says; with
            # this pragma SQLite overlooks that. The identity stands on the first page, which never changes.
            connection.execute("PRAGMA writable_schema = ON")
            application, schema = (_pragma(connection, name) for name in ("application_id", "user_version"))
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_NOTADB:
            raise _told(error, path, outcome_known=True) from error
        raise SchemaMismatch(f"a file that is no SQLite database at {path}", _WANTED, _UNTOUCHED) from error
    if application != _APPLICATION_ID:
        raise SchemaMismatch(f"a SQLite database of another application at {path}", _WANTED, _UNTOUCHED)
    _check_schema(path, schema)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _check_schema(path: Path, schema: int) -> None:
    from servicedesk import __version__  # noqa: PLC0415  # the root page imports the stores

    if schema != _SCHEMA_VERSION:
        why = "was written by a newer servicedesk: install that one" if schema > _SCHEMA_VERSION else "is damaged"
        advice = f"it {why}; this is servicedesk {__version__}; {_UNTOUCHED}"
        raise SchemaMismatch(f"schema {schema} at {path}", _WANTED, advice)


# --- the driver's errors ----------------------------------------------------------------------------------------------


@contextmanager
def _in_our_words(path: Path, *, outcome_known: bool = True) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _told(error, path, outcome_known=outcome_known) from error


def _told(error: sqlite3.Error, path: Path, *, outcome_known: bool) -> StoreError:
    """Return what a driver's error means for the host (§5 of the specification)."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF  # without a code: text that is not UTF-8
    reason = _REASONS.get(code)
    if reason is None:
        return StoreDamaged(str(path), None, str(error))
    return Unavailable(f"{path}: {reason} ({error})", outcome_known=outcome_known or code in _BEFORE_WRITING)


_REASONS: Final = {
    sqlite3.SQLITE_BUSY: "another process holds it locked",
    sqlite3.SQLITE_LOCKED: "another connection holds it locked",
    sqlite3.SQLITE_FULL: "no room is left on the disk",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PERM: "access is denied",
    sqlite3.SQLITE_AUTH: "access is denied",
    sqlite3.SQLITE_NOMEM: "memory is short",
    sqlite3.SQLITE_NOLFS: "the file is larger than the system allows",
    sqlite3.SQLITE_PROTOCOL: "its locks do not work; it must be on a local disk",
    sqlite3.SQLITE_INTERRUPT: "the call was interrupted",
    sqlite3.SQLITE_TOOBIG: "a text is larger than it can hold",
}
"""What stands in the way, by primary result code; whatever else SQLite says means that the file is damaged."""

_BEFORE_WRITING: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY})
"""Codes that even a failing COMMIT gives only if nothing was written."""
