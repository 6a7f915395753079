"""Rows of a CSV file, as the standard library reads them, with what it passes over in silence said aloud."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from os import PathLike, fspath

from servicedesk.importing.files import opened, unreadable

__all__ = ["csv_rows"]


def csv_rows(
    source: str | PathLike[str] | Iterable[str], *, delimiter: str = ",", encoding: str = "utf-8"
) -> Iterator[dict[str, str | None]]:
    r"""Yield the rows of a CSV log by the names of its first line (IMP-1).

    ``source`` is a path, gzipped or not, or the lines themselves: a list, or a file opened with ``newline=""``. A byte
    order mark is taken off. Quotes are those of RFC 4180, strictly: a quote that is never closed is an error, and does
    not swallow the rest of the log. A row that is too short lacks its last cells; one that is too long is told apart
    by `import_log`, which quarantines its case.

    Raises:
        DefinitionInvalid: no header, two columns of one name, broken quoting, another encoding, a damaged archive.
        OSError: the file is not there, or may not be read.

    >>> next(csv_rows(["\ufeffnumber;state", "T-1;New"], delimiter=";"))
    {'number': 'T-1', 'state': 'New'}
    """
    if not isinstance(source, str | PathLike):
        yield from _rows(source, delimiter, "log")
        return
    name = fspath(source)
    with opened(source) as raw:
        lines = io.TextIOWrapper(raw, encoding=encoding, newline="")
        try:
            yield from _rows(lines, delimiter, name)
        except UnicodeDecodeError as error:
            message = f"byte {error.object[error.start]:#04x} is not {encoding}; name the encoding, such as 'gb18030'"
            raise unreadable(name, "encoding", message) from error


def _rows(lines: Iterable[str], delimiter: str, name: str) -> Iterator[dict[str, str | None]]:
    reader = csv.DictReader(_without_mark(lines), delimiter=delimiter, strict=True)
    try:
        header = list(reader.fieldnames or ())
        if not header:
            raise unreadable(name, "line 1", "the log has no header; its first line names the columns")
        if twice := [column for column in dict.fromkeys(header) if column and header.count(column) > 1]:
            raise unreadable(name, "line 1", f"more than one column is called {twice[0]!r}")
        yield from reader
    except csv.Error as error:
        raise unreadable(name, f"line {reader.reader.line_num}", f"it is no CSV: {error}") from error


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.removeprefix("\ufeff") if number == 0 else line
