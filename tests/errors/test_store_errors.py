"""What is asked wrongly, and what stands in the way: §5 of the adapters, the class and the words."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from oracles import store_facts
from oracles.store_facts import CODEC, Bound, note, notes
from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError, Unavailable
from servicedesk.ports import Append, Commit, Position
from servicedesk.stores import MemoryLog, SqliteLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with three facts in each of forty streams, and nobody using it."""
    path = tmp_path / "desk.db"
    with SqliteLog.create(path, codec=CODEC, durable=False) as log:
        for number in range(40):
            log.append(f"T-{number}", notes(1, 2, 3), expected_version=0, key="k1")
    return path


@pytest.fixture(params=["memory", "sqlite"])
def log(request: Any, tmp_path: Path) -> Iterator[Any]:
    if request.param == "memory":
        yield MemoryLog(codec=CODEC)
        return
    with SqliteLog.create(tmp_path / "log.db", codec=CODEC, durable=False) as log:
        yield log


def open_log(path: Path, **options: Any) -> SqliteLog:
    return SqliteLog.open(path, codec=CODEC, durable=False, **options)


def sql(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, values)
        connection.commit()


# --- what the caller asks for wrongly ---------------------------------------------------------------------------------


def test_all_that_no_store_can_write_is_told_at_once_with_paths(log: Any):
    """Two appends to one stream, text and int against G14, a fact of another stream, in one list."""
    commit = Commit(
        (
            Append("", [5, note(1)], expected_version=0),
            Append("a\0", [], expected_version=0),
            Append("T-9", [note(9, "\ud83d"), Bound(ticket="T-8", at=2**63)], expected_version=0),
            Append("T-9", [], expected_version=0),
        ),
        key="k" * 201,
    )
    with pytest.raises(DefinitionInvalid) as caught:
        log.commit(commit)
    assert str(caught.value).startswith("commit: 8 problems\n  key ")
    assert [(problem.path, problem.message) for problem in caught.value.problems] == [
        ("key", "has 201 characters; allowed: 1 to 200"),
        ("appends[0].stream", "has 0 characters; allowed: 1 to 200"),
        ("appends[1].stream", r"'a\x00' holds U+0000, which not every store can keep"),
        ("appends[3].stream", "'T-9' is in appends[2] already; join the two"),
        ("appends[0].facts[0]", "5 is not a fact known here"),
        ("appends[2].facts[0].text", r"'\ud83d' holds U+D83D, half a character"),
        ("appends[2].facts[1].at", f"{2**63} is not a number of 64 bits; allowed: {-(2**63)} to {2**63 - 1}"),
        ("appends[2].facts[1]", "belongs to stream 'T-8', not 'T-9'"),
    ]
    assert list(log.read_all()) == []


@pytest.mark.parametrize(
    ("commit", "message"),
    [
        (Commit(()), "commit: appends: nothing to write or to check"),
        (Commit((), key="k"), "commit: appends: nothing to write or to check; a key is kept with the first stream"),
    ],
)
def test_an_empty_commit_and_a_key_without_append_are_refused(log: Any, commit: Commit, message: str):
    with pytest.raises(DefinitionInvalid) as caught:
        log.commit(commit)
    assert str(caught.value) == message


@pytest.mark.parametrize("version", [None, 1.0, True, "1", -0.0])
def test_an_expected_version_that_is_none_is_a_type_error_naming_any_version(log: Any, version: Any):
    """PORT-3: no unguarded write by omission."""
    with pytest.raises(TypeError, match="ANY_VERSION"):
        log.append("T-7", notes(1), expected_version=version)
    with pytest.raises(TypeError, match="expected_version"):
        log.append("T-7", notes(1))
    with pytest.raises(ValueError, match="ANY_VERSION, not -1"):
        log.append("T-7", notes(1), expected_version=-1)
    assert log.read("T-7") == ()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda log: log.read("T-7", after=-1), ValueError, "after must be 0 or more"),
        (lambda log: log.read("T-7", after=2**63), ValueError, "after must be 0 or more, at most 9223372036854775807"),
        (lambda log: log.read("T-7", after=1.0), TypeError, "after must be an int, not 1.0"),
        (lambda log: log.read("T-7", after=True), TypeError, "after must be an int, not True"),
        (lambda log: log.page(limit=0), ValueError, "limit must be 1 or more"),
        (lambda log: log.page(limit=None), TypeError, "limit must be an int, not None"),
        (lambda log: log.page(partition=(2, 2)), ValueError, r"i < n, counted from 0, not \(2, 2\)"),
        (lambda log: log.page(partition=(0, 0)), ValueError, r"partition\[1\] must be 1 or more"),
        (lambda log: log.page(partition=(-1, 2)), ValueError, r"partition\[0\] must be 0 or more"),
        (lambda log: log.page(partition=3), ValueError, r"partition must be \(i, n\)"),
        (lambda log: log.read_all(partition=(0.5, 2)), TypeError, r"partition\[0\] must be an int"),
        (lambda log: log.page(12), TypeError, "after must be a Position or None, not 12; Position.parse reads a text"),
        (lambda log: log.page(Position((12, 7))), ValueError, "position '12-7' is of another store; expected a single"),
        (lambda log: log.page(Position((2**63,))), ValueError, "is of another store"),
        (lambda log: log.read_all(after=Position((1, 1))), ValueError, "is of another store"),
        (lambda log: log.commit("T-7"), TypeError, "commit takes a Commit, not 'T-7'"),
        (lambda log: log.commit(Commit(("T-7",))), TypeError, "a commit holds Append values, not 'T-7'"),
        (lambda log: log.append("T-7", note(1), expected_version=0), TypeError, "facts must be a tuple or another"),
    ],
)
def test_a_wrong_argument_is_named(log: Any, call: Callable[[Any], Any], error: type[Exception], message: str):
    with pytest.raises(error, match=message):
        call(log)


@pytest.mark.parametrize("text", ["", "x", "-1", "1-", "01", "1 ", "1\n", "１", "1.0", "9" * 201, 12, None])
def test_a_text_that_is_no_position_is_a_value_error_with_the_expected_form(text: Any):
    with pytest.raises(ValueError, match="is no position; expected what str"):
        Position.parse(text)


def test_positions_print_parse_and_sort():
    parsed = [Position.parse(text) for text in ("0", "9", "10", "10-2", "10-11", "11")]
    assert parsed == sorted(parsed)
    assert [str(position) for position in parsed] == ["0", "9", "10", "10-2", "10-11", "11"]
    assert repr(parsed[3]) == "Position.parse('10-2')"


@pytest.mark.parametrize(
    ("says", "error", "message"),
    [
        (1.5, TypeError, r"clock\(\) must be an aware datetime, not float 1.5"),
        (datetime(2026, 3, 2), NaiveDatetimeError, r"clock\(\)"),
        (10**30, ValueError, r"clock\(\) must be"),
    ],
)
def test_a_clock_that_says_no_instant_stops_the_commit_before_it_writes(
    tmp_path: Path, says: Any, error: type[Exception], message: str
):
    with SqliteLog.create(tmp_path / "log.db", codec=CODEC, clock=lambda: says) as on_disk:
        for log in (MemoryLog(codec=CODEC, clock=lambda: says), on_disk):
            with pytest.raises(error, match=message):
                log.append("T-7", notes(1), expected_version=0)
            assert log.read("T-7") == ()


# --- locked, full, read-only ------------------------------------------------------------------------------------------


def test_a_log_locked_by_another_process_is_unavailable_and_readable_all_the_while(path: Path):
    with closing(sqlite3.connect(path, isolation_level=None)) as other, open_log(path, timeout="50ms") as log:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="another process holds it locked") as caught:
            log.append("T-7", notes(4), expected_version=3, key="k2")
        assert caught.value.outcome_known
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
        assert log.read("T-7") == notes(1, 2, 3)
        other.execute("ROLLBACK")
        assert log.append("T-7", notes(4), expected_version=3, key="k2").duplicate is False


def test_a_full_file_is_unavailable_and_the_commit_is_not_there(path: Path):
    """A quota inside SQLite: no page more than now."""
    with open_log(path) as log:
        with log._file.reading() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
        big = [note(number, "x" * 1_000) for number in range(100)]
        commit = Commit((Append("T-7", big, expected_version=3), Append("big", big, expected_version=0)), key="k2")
        with pytest.raises(Unavailable, match="no room is left on the disk") as caught:
            log.commit(commit)
        assert caught.value.outcome_known
        assert log.read("T-7") == notes(1, 2, 3)
        assert log.read("big") == ()
        with log._file.reading() as connection:
            connection.execute(f"PRAGMA max_page_count = {pages + 1_000}")
        assert log.commit(commit).duplicate is False
        assert log.read("big") == tuple(big)


FULL_DISK = """
import resource, signal, sys
from oracles.store_facts import CODEC, note
from servicedesk.errors import Unavailable
from servicedesk.stores import SqliteLog

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with SqliteLog.open(sys.argv[1], codec=CODEC) as log:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    number = 0
    try:
        while True:
            log.append("full", [note(number, "x" * 5_000)], expected_version=number, key=f"k{number}")
            number += 1
    except Unavailable as error:
        print(number, error.outcome_known, error)
    print(len(log.read("full")))
"""


def test_a_disk_that_takes_no_more_loses_nothing_acknowledged(path: Path):
    """A real limit of the system on the size of a file: the write itself fails, in the middle of a COMMIT."""
    folder = str(Path(store_facts.__file__).parents[1])
    told = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": folder},
    )
    assert told.stderr == ""
    first, seen = told.stdout.splitlines()
    acknowledged, known, message = first.split(" ", 2)
    assert (known, int(acknowledged) > 10) == ("False", True)
    assert "the disk failed" in message
    assert "repeat it with the same key" in message
    assert int(seen) == int(acknowledged)
    with open_log(path) as log:
        assert [fact.at for fact in log.read("full")][: int(acknowledged)] == list(range(int(acknowledged)))
        assert len(log.read("full")) - int(acknowledged) in (0, 1)
        log.append(
            "full", [note(int(acknowledged), "x" * 5_000)], expected_version=int(acknowledged), key=f"k{acknowledged}"
        )
        assert len(log.read("full")) == int(acknowledged) + 1


def test_a_file_that_may_not_be_written_can_be_read(path: Path):
    with open_log(path) as log:
        with log._file.reading() as connection:
            connection.execute("PRAGMA query_only = ON")  # permissions would not stop a test that runs as root
        with pytest.raises(Unavailable, match="it cannot be written") as caught:
            log.append("T-7", notes(4), expected_version=3)
        assert caught.value.outcome_known
        assert log.read("T-7") == notes(1, 2, 3)
