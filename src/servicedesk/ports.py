"""What a host's store must offer, and the values that pass through it.

The core computes facts; a store keeps them and contains no rule of the domain (PORT-2). It offers one way to write,
`commit`, and two to read: `read` gives the facts of one stream to folds, `page` gives all streams to consumers. What a
store promises is numbered G1 to G16 in the specification; names of tests use these numbers.

A *stream* is the life of one ticket, alert or queue; its *version* is the number of facts in it, 0 meaning that it is
not there. The *log* is all streams of one store in one total order, a *position* a place in that order.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, Final, Protocol, TypeAlias
from zlib import crc32

from attrs import field, frozen

from servicedesk.frozenmap import FrozenMap

__all__ = [
    "ANY_VERSION",
    "AnyVersion",
    "Append",
    "Commit",
    "EventLog",
    "EventLogBase",
    "ExpectedVersion",
    "Page",
    "Partition",
    "Position",
    "Receipt",
    "Recorded",
    "subject_number",
]


class AnyVersion(Enum):
    """The type of `ANY_VERSION`."""

    ANY_VERSION = "any version"

    def __repr__(self) -> str:
        return self.name


ANY_VERSION: Final = AnyVersion.ANY_VERSION
"""Write whatever the version of the stream is; said on purpose, never by omission (PORT-3)."""

ExpectedVersion: TypeAlias = int | AnyVersion
"""The version a decision was made on, 0 for a stream that must be new; or `ANY_VERSION`."""

Partition: TypeAlias = tuple[int, int]
"""``(i, n)``: part i of n, counted from 0 (PORT-6)."""


# --- what is written --------------------------------------------------------------------------------------------------


def _tuple_of(what: str, values: Iterable[Any]) -> tuple[Any, ...]:
    if type(values) is tuple:
        return values
    if not isinstance(values, Iterable):
        raise TypeError(f"{what} must be a tuple or another iterable, not {values!r}")
    return tuple(values)


def _facts(values: Iterable[Any]) -> tuple[Any, ...]:
    return _tuple_of("facts", values)


def _appends(values: Iterable[Append]) -> tuple[Append, ...]:
    return _tuple_of("appends", values)


def _check_expected(_append: object, _attribute: object, value: ExpectedVersion) -> None:
    if value is ANY_VERSION:
        return
    if type(value) is not int:
        raise TypeError(f"expected_version must be the version that was read (0: new), or ANY_VERSION, not {value!r}")
    if value < 0:
        raise ValueError(f"expected_version must be 0 (new) or more, or ANY_VERSION, not {value}")


@frozen
class Append:
    """Facts of one stream, to be written behind those it has if it is at the expected version.

    Without facts it only checks the version (G9).

    Raises:
        TypeError: an expected version that is neither an int nor `ANY_VERSION`; facts that are not iterable.
        ValueError: a negative expected version.
    """

    stream: str
    facts: tuple[Any, ...] = field(converter=_facts)
    expected_version: ExpectedVersion = field(kw_only=True, validator=_check_expected)


@frozen
class Commit:
    """The atomic unit: appends to one or several streams, at most one per stream, all written or none (PORT-4).

    ``key`` is the command's: a repeated key of the first stream writes nothing and gives the first receipt (G8).
    """

    appends: tuple[Append, ...] = field(converter=_appends)
    key: str | None = field(default=None, kw_only=True)


# --- what comes back --------------------------------------------------------------------------------------------------

_POSITION = re.compile(r"(0|[1-9][0-9]*)(-(0|[1-9][0-9]*))*")


@frozen(order=True, repr=False)
class Position:
    """A place in the log: opaque, ordered within one store, with gaps; ``str`` and `parse` carry it elsewhere.

    >>> str(Position.parse("12")), Position.parse("9") < Position.parse("12")
    ('12', True)
    """

    parts: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Position:
        """Return the position of a text that ``str`` gave.

        Raises:
            ValueError: another text.
        """
        if type(text) is not str or len(text) > 200 or not _POSITION.fullmatch(text):
            raise ValueError(f"{text!r} is no position; expected what str(position) gave, like '12'")
        return cls(tuple(int(part) for part in text.split("-")))

    def __str__(self) -> str:
        return "-".join(map(str, self.parts))

    def __repr__(self) -> str:
        return f"Position.parse('{self}')"


@frozen(kw_only=True)
class Receipt:
    """What a commit came to: the version of each of its streams, and the position of its last fact.

    ``position`` is ``None`` if no fact was written (G9); ``duplicate`` tells that the key was known, and that this is
    the receipt of the first time (G8).
    """

    versions: FrozenMap[str, int]
    position: Position | None
    duplicate: bool = False


@frozen(kw_only=True)
class Recorded:
    """A fact with its envelope, for consumers and exporters; ``key`` is that of its commit.

    ``recorded_at`` is what the host's clock said, in microseconds, or ``None`` without one (PORT-7).
    """

    position: Position
    stream: str
    version: int
    fact: Any
    key: str | None
    recorded_at: int | None

    @property
    def id(self) -> str:
        """The name of this fact for ever, like ``T-7@3`` (G7)."""
        return f"{self.stream}@{self.version}"


@frozen
class Page:
    """A stretch of the log: the facts with their envelopes, and where to go on.

    Short does not mean the end; empty means nothing more yet, and ``next`` is then what was given (PORT-5).
    """

    records: tuple[Recorded, ...]
    next: Position | None


# --- the port ---------------------------------------------------------------------------------------------------------


class EventLog(Protocol):
    """Where facts are kept. A host implements it on its own database, best on top of `EventLogBase`."""

    def commit(self, commit: Commit) -> Receipt:
        """Write a commit, wholly or not at all (G1).

        Raises:
            DefinitionInvalid: the commit cannot be written by any store; all reasons (G14).
            Conflict: a stream is not at the version expected; nothing was written (G2, G3).
            Unavailable: the store cannot be used now; the message says whether to repeat with the same key.
        """
        ...

    def read(self, stream: str, *, after: int = 0) -> tuple[Any, ...]:
        """Return the facts of a stream in order, those with a version greater than ``after``.

        Raises:
            StoreDamaged: a fact cannot be read; it is named.
            UnknownKind: a fact is of a kind that is not loaded; it is named.
        """
        ...

    def page(self, after: Position | None = None, *, limit: int = 500, partition: Partition | None = None) -> Page:
        """Return up to ``limit`` facts behind a position, over all streams or those of a partition (G6, PORT-6).

        Raises:
            ValueError: ``limit < 1``, a partition that is none, a position of another store.
        """
        ...

    def append(
        self, stream: str, facts: Iterable[Any], *, expected_version: ExpectedVersion, key: str | None = None
    ) -> Receipt:
        """Write facts of one stream: a commit with a single append. Errors as in `commit`, and of `Append`."""
        ...

    def read_all(self, *, after: Position | None = None, partition: Partition | None = None) -> Iterator[Any]:
        """Yield the facts of all streams in the order of the log; at least all that are visible now."""
        ...


class EventLogBase(ABC):
    """The two derived verbs; an adapter implements `commit`, `read` and `page` (PORT-1)."""

    @abstractmethod
    def commit(self, commit: Commit) -> Receipt:
        """Write a commit, wholly or not at all."""

    @abstractmethod
    def read(self, stream: str, *, after: int = 0) -> tuple[Any, ...]:
        """Return the facts of a stream."""

    @abstractmethod
    def page(self, after: Position | None = None, *, limit: int = 500, partition: Partition | None = None) -> Page:
        """Return a stretch of the log."""

    def append(
        self, stream: str, facts: Iterable[Any], *, expected_version: ExpectedVersion, key: str | None = None
    ) -> Receipt:
        """Write facts of one stream: a commit with a single append."""
        return self.commit(Commit((Append(stream, facts, expected_version=expected_version),), key=key))

    def read_all(self, *, after: Position | None = None, partition: Partition | None = None) -> Iterator[Any]:
        """Yield the facts of all streams in the order of the log, page by page (PORT-5)."""
        first = self.page(after, partition=partition)  # at once: a bad argument fails here, not at the first fact
        return self._facts_from(first, partition)

    def _facts_from(self, page: Page, partition: Partition | None) -> Iterator[Any]:
        while page.records:
            yield from [record.fact for record in page.records]
            page = self.page(page.next, partition=partition)


# --- partitions -------------------------------------------------------------------------------------------------------

_DAY = re.compile(r"/[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def subject_number(stream: str) -> int:
    """Return the number whose remainder by n is a stream's part of n (PORT-6): the CRC-32 of its subject in UTF-8.

    The subject is the stream without a leading ``clocks/`` and a trailing day, so that what one subject needs stays
    together. Every host and every language agrees on it.

    >>> subject_number("T-6"), subject_number("clocks/T-6") % 16
    (2070188040, 8)
    """
    return crc32(_DAY.sub("", stream.removeprefix("clocks/")).encode())
