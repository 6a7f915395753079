"""Several processes on one file: races (G3, G6), kill -9 (G1, G10), fork (G16), and who makes the file (ST-2)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from oracles import store_facts
from oracles.store_contract import assert_tail, pages
from oracles.store_facts import CODEC, command, note, notes
from servicedesk.errors import SchemaMismatch, Unavailable
from servicedesk.stores import SqliteLog
from servicedesk.stores import sqlite_file as files

WRITER = [sys.executable, "-m", store_facts.__name__]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.db"
    SqliteLog.create(path, codec=CODEC).close()
    return path


def start(*arguments: object) -> subprocess.Popen[str]:
    folder = str(Path(store_facts.__file__).parents[1])
    return subprocess.Popen(
        [*WRITER, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": folder},
    )


def test_G3_G6_processes_race_for_one_stream_while_a_reader_follows(path: Path):
    """Each version has one winner, every loser got a Conflict and tried again, and the tail missed nothing."""
    wanted, names = 60, ("a", "b", "c")
    writers = [start("turns", path, name, wanted) for name in names]
    seen: list[Any] = []
    with SqliteLog.open(path, codec=CODEC) as log:
        after, ended = None, False
        while True:
            page = log.page(after, limit=9)
            seen += page.records
            after = page.next
            if not page.records:
                if ended:
                    break
                ended = all(writer.poll() is not None for writer in writers)
        lost = [writer.communicate(timeout=60)[0] for writer in writers]
        assert [writer.returncode for writer in writers] == [0, 0, 0]
        assert_tail(seen)
        assert Counter(record.stream for record in seen) == {
            "race": wanted * len(names),
            **{f"own/{name}": wanted for name in names},
        }
        assert Counter(fact.text for fact in log.read("race")) == dict.fromkeys(names, wanted)
        assert [fact.at for fact in log.read("race")] == list(range(wanted * len(names)))
        assert all(line.strip().isdigit() for line in lost)


@pytest.mark.crash
def test_G10_kill_minus_nine_loses_nothing_acknowledged_and_tears_nothing(path: Path):
    """Twenty times: kill the writer at a random moment, look, and let another go on with the same keys (G1, G8)."""
    chance = random.Random(20261121)
    begin, in_flight, retried = 0, 0, 0
    for _ in range(20):
        acknowledged, duplicates = killed_writer(path, begin, chance)
        written = commits_in(path)
        assert written in (acknowledged, acknowledged + 1)
        in_flight += written - acknowledged
        retried += duplicates
        begin = max(0, acknowledged - 1)  # the last acknowledged one again, as a caller would who missed the answer
    assert commits_in(path) > 20
    assert in_flight > 0  # some kill fell between the writing and the answer, else nothing was shown
    assert retried >= 19  # the retry of the first command of each later round, and those that had been in flight


def killed_writer(path: Path, begin: int, chance: random.Random) -> tuple[int, int]:
    """Return how many commits had been acknowledged when the writer was killed, and how many of its were retries."""
    writer = start("forever", path, begin)
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(chance.randrange(1, 40))]
    time.sleep(chance.random() * 0.01)  # somewhere inside a later commit
    writer.kill()
    with writer.stdout as rest:  # communicate() would read past what readline() has buffered
        lines += rest.readlines()
    writer.wait(60)
    told = [line.split() for line in lines if line.endswith("\n")]
    assert [int(number) for number, _ in told] == list(range(begin, begin + len(told)))
    return begin + len(told), sum(duplicate == "True" for _, duplicate in told)


def commits_in(path: Path) -> int:
    """Return the number of commits, after checking that each is whole and none is there twice."""
    with SqliteLog.open(path, codec=CODEC) as log:
        records = list(pages(log, limit=100))
        assert_tail(records)
        by_key = Counter(record.key for record in records)
        count = len(by_key)
        assert by_key == {f"k{number}": 3 for number in range(count)}
        expected = [
            (f"k{number}", append.stream, fact)
            for number in range(count)
            for append in command(number).appends
            for fact in append.facts
        ]
        assert [(record.key, record.stream, record.fact) for record in records] == expected
        assert all(log.commit(command(number)).duplicate for number in range(max(0, count - 3), count))
        return count


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork here")
def test_G16_after_fork_the_old_object_raises_and_the_parent_goes_on(path: Path):
    with SqliteLog.open(path, codec=CODEC) as log:
        log.append("T-7", notes(1), expected_version=0)
        said = in_a_fork(lambda: attempts(log, path))
        assert said == "refused; version 2"
        assert log.read("T-7") == notes(1, 2)
        log.append("T-7", notes(3), expected_version=2)


def attempts(log: SqliteLog, path: Path) -> str:
    def append() -> object:
        return log.append("T-7", notes(9), expected_version=1)

    for attempt in (lambda: log.read("T-7"), log.page, append):
        with pytest.raises(Unavailable, match="open it anew") as caught:
            attempt()
        assert caught.value.outcome_known
    log.close()  # closes nothing of the parent's
    with SqliteLog.open(path, codec=CODEC) as own:
        return f"refused; version {own.append('T-7', notes(2), expected_version=1).versions['T-7']}"


def in_a_fork(job: Any) -> str:
    """Return what the job says in a forked child; it ends by a signal, so that nothing of pytest runs twice."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 warns if any thread is left over from other tests
        child = os.fork()
    if child == 0:
        try:
            said = job()
        except BaseException as error:  # noqa: BLE001  # told to the parent
            said = repr(error)
        os.write(writing, said.encode())
        os.close(writing)
        os.kill(os.getpid(), 9)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


def test_ST_2_of_many_that_create_one_store_one_makes_it(tmp_path: Path):
    path, racers = tmp_path / "log.db", 8
    outcomes: list[str] = []
    barrier = threading.Barrier(racers)

    def create() -> None:
        barrier.wait()
        try:
            SqliteLog.create(path, codec=CODEC).close()
            outcomes.append("made")
        except SchemaMismatch as error:
            outcomes.append("there already" if "a file at" in str(error) else str(error))

    threads = [threading.Thread(target=create) for _ in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(outcomes) == {"made": 1, "there already": racers - 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["log.db"]
    with SqliteLog.open(path, codec=CODEC) as log:
        log.append("T-7", [note(1)], expected_version=0)


def test_ST_2_what_breaks_off_while_creating_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class PowerCutError(BaseException):
        pass

    def cut(*_: object) -> None:
        raise PowerCutError

    monkeypatch.setattr(files.os, "link", cut)
    with pytest.raises(PowerCutError):
        SqliteLog.create(tmp_path / "log.db", codec=CODEC)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    SqliteLog.create(tmp_path / "log.db", codec=CODEC).close()


def test_ST_2_the_file_is_in_wal_mode_and_open_does_not_set_it(path: Path):
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert other.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    with SqliteLog.open(path, codec=CODEC) as log:
        log.append("T-7", notes(1), expected_version=0)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_ST_2_a_durable_log_flushes_at_each_commit(path: Path, durable: bool, level: int):
    """2 is FULL, 1 is NORMAL: SQLite's documentation says that only FULL flushes the WAL at each commit."""
    with SqliteLog.open(path, codec=CODEC, durable=durable) as log, log._file.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
