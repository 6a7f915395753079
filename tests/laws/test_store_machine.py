"""Law 1: every store gives what `MemoryLog` gives, on every trace (KIT-1 b)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from oracles.store_facts import CODEC, facts, ids, same, texts
from servicedesk.errors import Conflict, DefinitionInvalid
from servicedesk.ports import ANY_VERSION, Append, Commit, Partition, Position, Receipt
from servicedesk.stores import MemoryLog, SqliteLog

STREAMS = ("T-7", "t-7", "clocks/T-7", "queue/x/2026-03-03", "工单-1", "T-7 ")
READERS = 3
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # no power cut is tested here, so no disk is needed

streams = st.one_of(st.sampled_from(STREAMS), ids)
commit_keys = st.one_of(st.none(), st.just("k1"), st.sampled_from(["k1", "K1", "k1 "]), texts.filter(bool))
gaps = st.sampled_from([0, 0, 0, 0, None, 1, -1])
appends = st.lists(
    st.tuples(streams, st.lists(facts, max_size=3), gaps), min_size=1, max_size=3, unique_by=lambda row: row[0]
)


class StoreMachine(RuleBasedStateMachine):
    """Do the same to a store and to the model; a subclass says what the store is."""

    def make(self) -> Any:
        raise NotImplementedError

    def reopen(self, log: Any) -> Any:
        raise NotImplementedError

    @initialize(rows=appends, key=commit_keys)
    def begin(self, rows: list[tuple[str, list[Any], int | None]], key: str | None) -> None:
        self.model = MemoryLog(codec=CODEC)
        self.log = self.make()
        self.readers: list[Position | None] = [None] * READERS
        self.seen: list[list[str]] = [[] for _ in range(READERS)]
        self.retries: list[Commit] = []
        self.commit(rows, key)

    def versions(self, rows: list[tuple[str, list[Any], int | None]]) -> tuple[Append, ...]:
        """Expect the present version, one beside it, or any."""
        expected = (
            ANY_VERSION if gap is None else max(0, len(self.model.read(stream)) + gap) for stream, _, gap in rows
        )
        return tuple(
            Append(stream, new, expected_version=version)
            for (stream, new, _), version in zip(rows, expected, strict=True)
        )

    @rule(rows=appends, key=commit_keys)
    def commit(self, rows: list[tuple[str, list[Any], int | None]], key: str | None) -> None:
        commit = Commit(self.versions(rows), key=key)
        event(f"commit: {self.both(lambda log: log.commit(commit))}")
        for append in commit.appends:
            self.read(append.stream, 0)
            self.read(append.stream, 1)
        if key is not None:
            self.retries.append(commit)

    @precondition(lambda self: self.retries)
    @rule(which=st.integers(0, 20))
    def repeat(self, which: int) -> None:
        """A command that was sent already, whatever came of it."""
        commit = self.retries[which % len(self.retries)]
        event(f"retry: {self.both(lambda log: log.commit(commit))}")

    @rule(stream=streams, after=st.integers(0, 5))
    def read(self, stream: str, after: int) -> None:
        found, wanted = self.log.read(stream, after=after), self.model.read(stream, after=after)
        assert same(found, wanted)

    @rule(reader=st.integers(0, READERS - 1), limit=st.integers(1, 4))
    def go_on(self, reader: int, limit: int) -> None:
        """A consumer takes the next page, whatever was written since its last one (G6)."""
        page = self.log.page(self.readers[reader], limit=limit)
        self.readers[reader] = page.next and Position.parse(str(page.next))
        self.seen[reader] += [record.id for record in page.records]
        everything = [record.id for record in self.model.page(limit=10**6).records]
        assert self.seen[reader] == everything[: len(self.seen[reader])]
        assert page.records or len(self.seen[reader]) == len(everything)

    @rule(part=st.sampled_from([(0, 2), (1, 2), (3, 4), (0, 1)]))
    def read_part(self, part: Partition) -> None:
        assert same(tuple(self.log.read_all(partition=part)), tuple(self.model.read_all(partition=part)))

    @rule()
    def open_again(self) -> None:
        self.log = self.reopen(self.log)
        self.compare()

    def compare(self) -> None:
        assert same(envelopes(self.log), envelopes(self.model))

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.compare()
            event(f"facts in the log: {len(envelopes(self.model)) // 10 * 10} and more")

    def both(self, action: Callable[[Any], Receipt]) -> str:
        """Do it to both and compare what comes of it; positions are opaque, so only whether there is one."""
        found, wanted = outcome(action, self.log), outcome(action, self.model)
        assert found == wanted
        return str(wanted[0])


def envelopes(log: Any) -> tuple[Any, ...]:
    records = log.page(limit=10**6).records
    return tuple((r.stream, r.version, r.fact, r.key, r.recorded_at) for r in records)


def outcome(action: Callable[[Any], Receipt], log: Any) -> tuple[object, ...]:
    try:
        receipt = action(log)
    except Conflict as error:
        return ("conflict", error.stream, error.expected, error.actual)
    except DefinitionInvalid as error:
        return ("invalid", error.problems)
    return ("duplicate" if receipt.duplicate else "written", dict(receipt.versions), receipt.position is None)


class SqliteMachine(StoreMachine):
    def make(self) -> SqliteLog:
        self.folder = Path(tempfile.mkdtemp(dir=IN_MEMORY))
        return SqliteLog.create(self.folder / "log.db", codec=CODEC, durable=False)

    def reopen(self, log: SqliteLog) -> SqliteLog:
        log.close()
        return SqliteLog.open(log.path, codec=CODEC, durable=False)

    def teardown(self) -> None:
        if hasattr(self, "log"):
            try:
                super().teardown()
            finally:
                self.log.close()
                shutil.rmtree(self.folder)


TestSqliteIsMemory = SqliteMachine.TestCase
