"""Files of logs, plain or compressed by gzip, read as a stream; what cannot be read is the file's fault, in words."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile, GzipFile
from os import PathLike, fspath
from pathlib import Path
from typing import IO, cast

from servicedesk.errors import DefinitionInvalid, Problem

__all__ = ["opened", "unreadable"]

_GZIP = b"\x1f\x8b"


def unreadable(name: str, where: str, message: str) -> DefinitionInvalid:
    """Return the error of a file that is not what it should be."""
    return DefinitionInvalid((Problem(where, message),), name)


@contextmanager
def opened(path: str | PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file for reading bytes, through gzip if its first bytes say so, whatever its name.

    Raises:
        DefinitionInvalid: what is compressed is cut off or damaged.
        OSError: the file is not there, or may not be read.
    """
    with Path(path).open("rb") as raw:
        packed = raw.read(len(_GZIP)) == _GZIP
        raw.seek(0)
        try:
            if packed:
                with GzipFile(fileobj=raw) as unpacked:
                    yield cast("IO[bytes]", unpacked)
            else:
                yield raw
        except (EOFError, BadGzipFile, zlib.error) as error:
            raise unreadable(fspath(path), "gzip", f"it cannot be unpacked: {error}") from error
