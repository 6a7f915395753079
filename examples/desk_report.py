"""What the example scripts share: tables, progress, percentages, and one clear line for bad input."""

from __future__ import annotations

import csv
import gzip
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from servicedesk import DefinitionInvalid, Ratio, ServiceDeskError, Target

__all__ = ["percent", "progress", "reading", "run", "screen", "table"]

# What a person can get wrong: a file that is not there, not text, not a store, not of the columns expected.
BAD_INPUT = (ServiceDeskError, OSError, ValueError)


def run(main: Callable[[Sequence[str]], None]) -> None:
    """Run a script's ``main``; turn bad input into one line on standard error and exit code 2."""
    try:
        main(sys.argv[1:])
    except BAD_INPUT as error:
        print(f"{Path(sys.argv[0]).name}: {one_line(error)}", file=sys.stderr)
        sys.exit(2)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Name the file in what Python says about its inside: text that is not UTF-8, gzip that is none or is cut."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text (byte {error.start}: {error.reason})") from error
    except (EOFError, zlib.error, gzip.BadGzipFile, csv.Error) as error:
        raise ValueError(f"{path}: {error}") from error


def one_line(error: BaseException) -> str:
    """Say in one line what is wrong."""
    if isinstance(error, DefinitionInvalid):
        return f"{error.what}: {'; '.join(str(problem) for problem in error.problems)}"
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def screen() -> Console:
    """Return the console; where the output is no terminal, it is wide enough for the tables."""
    console = Console()
    return console if console.is_terminal else Console(width=120)


def table(title: str, *columns: str, rows: Iterable[Sequence[object]], markup: bool = False) -> Table:
    """Return a table; columns whose names begin with ``#`` are numbers, aligned to the right.

    Cells are data and printed as they are; ``markup=True`` is for scripts that write colours into their own words.
    """
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    made.caption_justify = "left"
    for column in columns:
        made.add_column(column.lstrip("#"), justify="right" if column.startswith("#") else "left", overflow="fold")
    read = Text.from_markup if markup else Text
    for row in rows:
        made.add_row(*(read(f"{cell:,}" if type(cell) is int else str(cell)) for cell in row))
    return made


def percent(part: int, whole: int) -> str:
    """Return a share with its counts, with enough digits that what is not all is never printed as 100 %."""
    return Ratio(part, whole).text(target=Target("<", "100 %"))


def progress(console: Console) -> Progress:
    """Return a progress display that leaves nothing behind on the screen."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
