"""Rows of an XES log (IEEE 1849), read as a stream by a parser that takes no orders from the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike, fspath
from typing import IO, Any
from xml.parsers import expat

from servicedesk.importing.files import opened, unreadable

__all__ = ["xes_rows"]

_STANDARD = ("case:concept:name", "concept:name", "time:timestamp", "org:resource", "lifecycle:transition")
_TYPES = frozenset({"string", "date", "int", "float", "boolean", "id"})
_EVENTS = (["log", "trace", "event"], ["log", "event"])
_CHUNK = 1 << 16


def xes_rows(
    source: str | PathLike[str] | IO[bytes], *, columns: Iterable[str] = ()
) -> Iterator[dict[str, str | None]]:
    """Yield a row for each event of an XES log (IMP-1).

    ``source`` is a path, gzipped or not, or a file opened for bytes. A row holds the attributes of its event and,
    with ``case:`` before their names, those of its trace; attributes inside attributes are ignored. The columns
    ``case:concept:name``, ``concept:name``, ``time:timestamp``, ``org:resource`` and ``lifecycle:transition`` are
    always there, ``None`` where the event lacks them; ``columns`` names others that not every event has.

    A document type, and with it every entity, is refused: no log needs one, and they can make a short file expand to
    gigabytes or read other files. Memory is that of one trace.

    Raises:
        DefinitionInvalid: no XML, no XES, a document type, a damaged archive; with the line.
        OSError: the file is not there, or may not be read.
    """
    empty = dict.fromkeys((*_STANDARD, *columns))
    if not isinstance(source, str | PathLike):
        yield from _rows(source, empty, "log")
        return
    with opened(source) as raw:
        yield from _rows(raw, empty, fspath(source))


def _rows(raw: IO[bytes], empty: dict[str, str | None], name: str) -> Iterator[dict[str, str | None]]:
    reader = _Reader(empty)
    try:
        more = True
        while more:
            chunk = raw.read(_CHUNK)
            more = bool(chunk)
            reader.parser.Parse(chunk, not more)
            yield from reader.done
            reader.done.clear()
    except (expat.ExpatError, _NoLog) as error:
        text = expat.errors.messages[error.code] if isinstance(error, expat.ExpatError) else str(error)
        raise unreadable(name, f"line {reader.parser.CurrentLineNumber}", text) from error


class _NoLog(Exception):
    """The file is XML, and yet no log we read; the message says why."""


class _Reader:
    """Collects rows while the parser walks through the file."""

    def __init__(self, empty: dict[str, str | None]) -> None:
        self.done: list[dict[str, str | None]] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.refuse
        self._empty = empty
        self._path: list[str] = []
        self._trace: dict[str, str | None] = {}
        self._event: dict[str, str | None] = {}
        self._events: list[dict[str, str | None]] = []

    def refuse(self, *_declaration: Any) -> None:
        raise _NoLog("it declares a document type (<!DOCTYPE ...>), which no log needs and none may bring")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if not self._path and tag != "log":
            raise _NoLog(f"it is no XES log: its root is <{tag}>, not <log>")
        if tag in _TYPES and "key" in attributes:
            if self._path in _EVENTS:
                self._event[attributes["key"]] = attributes.get("value")
            elif self._path == ["log", "trace"]:
                self._trace[f"case:{attributes['key']}"] = attributes.get("value")
        self._path.append(tag)

    def end(self, _name: str) -> None:
        if self._path in _EVENTS:
            self._events.append(self._event)
            self._event = {}
        if self._path in (["log", "trace"], ["log", "event"]):
            # Only here: a trace may tell its name behind its events.
            self.done.extend(self._empty | self._trace | event for event in self._events)
            self._trace, self._events = {}, []
        self._path.pop()
