"""Files that are not ours, of another time, or damaged (ST-7, §5): told clearly, left untouched, nothing skipped."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from oracles.store_facts import CODEC, notes
from servicedesk.errors import (
    Conflict,
    DefinitionInvalid,
    SchemaMismatch,
    StoreDamaged,
    StoreError,
    Unavailable,
    UnknownKind,
)
from servicedesk.ports import ANY_VERSION
from servicedesk.stores import SqliteLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with three facts in each of forty streams, and nobody using it."""
    path = tmp_path / "desk.db"
    with SqliteLog.create(path, codec=CODEC, durable=False) as log:
        for number in range(40):
            log.append(f"T-{number}", notes(1, 2, 3), expected_version=0, key="k1")
    return path


def open_log(path: Path, **options: Any) -> SqliteLog:
    return SqliteLog.open(path, codec=CODEC, durable=False, **options)


def sql(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, values)
        connection.commit()


# --- files that are not ours, or not of our time ----------------------------------------------------------------------


def foreign_text(path: Path) -> None:
    path.write_text("ticket,opened\n" * 1_000)


def short_text(path: Path) -> None:
    path.write_text("hello")


def empty(path: Path) -> None:
    path.touch()


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE facts (position, text)")
        connection.commit()


def other_database_after_a_crash(path: Path) -> None:
    """With a WAL that its own application has yet to take in; whoever opens it to write would do that instead."""
    with closing(sqlite3.connect(path.with_suffix(".live"))) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE facts (position, text)")
        connection.commit()
        for suffix in ("", "-wal"):
            shutil.copy(f"{path.with_suffix('.live')}{suffix}", f"{path}{suffix}")


def newer_schema(path: Path) -> None:
    SqliteLog.create(path, codec=CODEC).close()
    sql(path, "PRAGMA user_version = 7")


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (foreign_text, "a file that is no SQLite database at "),
        (short_text, "a file that is no SQLite database at "),
        (empty, "an empty file at "),
        (other_database, "a SQLite database of another application at "),
        (other_database_after_a_crash, "a SQLite database of another application at "),
        (newer_schema, "schema 7 at "),
    ],
)
def test_ST_7_a_file_that_is_not_ours_or_newer_is_refused_untouched(
    tmp_path: Path, make: Callable[[Path], None], found: str
):
    path = tmp_path / "desk.db"
    make(path)
    before = state_of(tmp_path)
    with pytest.raises(SchemaMismatch) as caught:
        open_log(path)
    assert caught.value.found == f"{found}{path}"
    assert caught.value.wanted == "a servicedesk store of schema 1"
    assert str(caught.value).endswith("it was not touched")
    if make is newer_schema:
        from servicedesk import __version__

        assert f"written by a newer servicedesk: install that one; this is servicedesk {__version__}" in str(
            caught.value
        )
    assert state_of(tmp_path) == before


def state_of(folder: Path) -> list[tuple[str, bytes, int]]:
    return sorted((entry.name, entry.read_bytes(), entry.stat().st_mtime_ns) for entry in folder.iterdir())


def test_ST_7_a_newer_schema_that_stands_in_the_wal_as_yet_is_seen_too(path: Path):
    """Another process migrated and nothing was copied into the file: its first page still says the old schema."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 7")
        other.commit()
        assert int.from_bytes(path.read_bytes()[60:64]) == 1
        with pytest.raises(SchemaMismatch, match="found schema 7 at"):
            open_log(path)


def test_create_makes_no_file_if_an_argument_is_wrong(tmp_path: Path):
    for wrong in ({"timeout": "soon"}, {"durabel": True}, {"timeout": 5}):
        with pytest.raises((DefinitionInvalid, TypeError)):
            SqliteLog.create(tmp_path / "desk.db", codec=CODEC, **wrong)
    assert list(tmp_path.iterdir()) == []


def test_create_refuses_any_file_that_is_there(tmp_path: Path):
    for make in (foreign_text, empty, other_database):
        path = tmp_path / make.__name__
        make(path)
        before = path.read_bytes()
        with pytest.raises(SchemaMismatch, match=r"open it with SqliteLog\.open, or choose another path"):
            SqliteLog.create(path, codec=CODEC)
        assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda folder: open_log(folder / "no.db"), r"there is no file .*no.db; SqliteLog.create\(path\) makes one"),
        (open_log, "there is no file"),
        (lambda folder: SqliteLog.create(folder / "no" / "desk.db", codec=CODEC), "cannot make .*: No such file"),
        (lambda folder: open_log(Path(f"{folder}/{'x' * 300}")), r"cannot open .*|there is no file"),
    ],
)
def test_a_path_where_nothing_can_be_is_unavailable(tmp_path: Path, call: Callable[[Path], Any], message: str):
    with pytest.raises(Unavailable, match=message) as caught:
        call(tmp_path)
    assert caught.value.outcome_known


def test_paths_with_signs_of_a_uri_are_just_names(tmp_path: Path):
    for name in ("a?mode=ro", "a#b", "50% off", "工单.db", "a&b=c", ":memory:"):
        with SqliteLog.create(tmp_path / name, codec=CODEC) as log:
            log.append("T-7", notes(1), expected_version=0)
        with SqliteLog.open(str(tmp_path / name), codec=CODEC) as log:
            assert log.read("T-7") == notes(1)
    assert len(list(tmp_path.iterdir())) == 6


def test_a_closed_log_says_so_and_may_be_closed_again(path: Path):
    log = open_log(path)
    log.close()
    log.close()
    for call in (lambda: log.read("T-7"), log.page, lambda: log.append("T-7", notes(1), expected_version=0)):
        with pytest.raises(Unavailable, match="has been closed here"):
            call()


# --- damage -----------------------------------------------------------------------------------------------------------


def test_a_truncated_file_is_told_as_damage_or_as_no_store(path: Path, tmp_path: Path):
    data = path.read_bytes()
    for length in (1, 50, 99, 100, 511, 512, 4_095, 4_096, 8_192, len(data) // 2, len(data) - 4_096):
        (tmp_path / "cut.db").write_bytes(data[:length])
        with pytest.raises((StoreDamaged, SchemaMismatch)) as caught:
            open_log(tmp_path / "cut.db")
        assert "cut.db" in str(caught.value)
        assert length < 100 or isinstance(caught.value, StoreDamaged)


def test_a_file_with_random_pages_gives_the_facts_or_an_error_of_ours(path: Path, tmp_path: Path):
    """Whatever page is overwritten: what is given is right, and no error of the driver leaves."""
    chance = random.Random(7)
    data = path.read_bytes()
    outcomes = set()
    for page in range(len(data) // 4_096):
        broken = bytearray(data)
        broken[page * 4_096 + 100 : (page + 1) * 4_096] = chance.randbytes(4_096 - 100)
        (tmp_path / "broken.db").write_bytes(broken)
        try:
            with open_log(tmp_path / "broken.db") as log:
                facts = list(log.read_all())
                assert [fact.at for fact in facts] == [1, 2, 3] * 40
                assert all(log.read(f"T-{number}") == notes(1, 2, 3) for number in range(40))
                outcomes.add("whole")
        except StoreError as error:
            outcomes.add(type(error).__name__)
    assert "StoreDamaged" in outcomes


@pytest.mark.parametrize(
    ("statement", "error", "message"),
    [
        ("""UPDATE facts SET text = '{"at":1' WHERE stream = 'T-7' AND version = 2""", StoreDamaged, "it is not JSON"),
        ("UPDATE facts SET text = '[1]' WHERE stream = 'T-7' AND version = 2", StoreDamaged, "not one JSON table with"),
        (
            """UPDATE facts SET text = text || ' ' WHERE stream = 'T-7' AND version = 2""",
            StoreDamaged,
            "it is not one JSON table with a kind",
        ),
        (
            "UPDATE facts SET text = CAST(x'7bff7d' AS TEXT) WHERE stream = 'T-7' AND version = 2",
            StoreDamaged,
            "it is not UTF-8",
        ),
        (
            """UPDATE facts SET text = replace(text, '"at":2', '"at":2.0') WHERE stream = 'T-7' AND version = 2""",
            StoreDamaged,
            "at: 2.0 is not a whole number",
        ),
        (
            """UPDATE facts SET text = replace(text, '"at":2,', '') WHERE stream = 'T-7' AND version = 2""",
            StoreDamaged,
            "at: missing",
        ),
        ("UPDATE facts SET text = 5 WHERE stream = 'T-7' AND version = 2", StoreDamaged, "not one JSON table with"),
        (
            """UPDATE facts SET text = replace(text, 'test.noted', 'test.note') WHERE stream = 'T-7' AND version = 2""",
            UnknownKind,
            "'test.note' is not known here; did you mean 'test.noted'?",
        ),
    ],
)
def test_a_damaged_fact_is_named_and_never_skipped(path: Path, statement: str, error: type[Exception], message: str):
    """`read` and `page` both name it; what stands before it and beside it is still given."""
    sql(path, statement)
    with open_log(path) as log:
        for call in (lambda: log.read("T-7"), lambda: log.page(limit=500), lambda: list(log.read_all())):
            with pytest.raises(error) as caught:
                call()
            assert "T-7@2" in str(caught.value)
            assert message in str(caught.value)
        assert log.read("T-7", after=2) == notes(3)
        assert log.read("T-8") == notes(1, 2, 3)
        assert len(log.page(limit=22).records) == 22  # seven streams of three, and T-7@1
        assert log.append("T-7", notes(4), expected_version=3).versions["T-7"] == 4


def test_a_missing_fact_is_told_as_damage(path: Path):
    """G2: no holes; a stream without its second fact is not a shorter stream."""
    sql(path, "DELETE FROM facts WHERE stream = 'T-7' AND version = 2")
    with open_log(path) as log, pytest.raises(StoreDamaged, match="T-7@2 is damaged: it is missing"):
        log.read("T-7")


def test_a_damaged_receipt_and_a_missing_table_are_told_as_damage(path: Path):
    sql(path, "UPDATE keys SET versions = '{' WHERE stream = 'T-7'")
    with open_log(path) as log:
        with pytest.raises(StoreDamaged, match="the receipt of key 'k1' is not JSON"):
            log.append("T-7", notes(1), expected_version=0, key="k1")
        assert log.append("T-7", notes(4), expected_version=3, key="k2").versions["T-7"] == 4
    sql(path, "DROP TABLE keys")
    with open_log(path) as log, pytest.raises(StoreDamaged, match="no such table"):
        log.append("T-7", notes(5), expected_version=4, key="k1")
    sql(path, "DROP TABLE facts")
    with pytest.raises(StoreDamaged, match="no such table"):
        open_log(path)


def test_a_commit_that_fails_half_way_leaves_the_log_usable(path: Path):
    """A trigger stands for any error of the driver in the middle of a commit (G1)."""
    sql(path, "CREATE TRIGGER stop BEFORE INSERT ON facts WHEN NEW.version = 5 BEGIN SELECT RAISE(ABORT, 'stop'); END")
    with open_log(path) as log:
        with pytest.raises(StoreError):
            log.append("T-7", notes(4, 5), expected_version=3, key="k2")
        assert log.read("T-7") == notes(1, 2, 3)
        assert log.append("T-7", notes(4), expected_version=3, key="k2").duplicate is False
        with pytest.raises(Conflict):
            log.append("T-7", notes(4), expected_version=3)
        assert log.append("T-8", notes(4), expected_version=ANY_VERSION).versions["T-8"] == 4
