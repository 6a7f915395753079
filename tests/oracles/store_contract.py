"""A store under test: how it is made and opened again, and what is asked of every log."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from oracles.store_facts import CODEC
from servicedesk.stores import MemoryLog, SqliteLog


class StoreTests:
    """What a test of a store needs; a subclass says how to make one, and how to open another view of its data."""

    @pytest.fixture(autouse=True)
    def _store(self, tmp_path: Path) -> Any:
        self.tmp_path = tmp_path
        self.log = self.make()
        self.opened: list[Any] = []
        yield
        for log in (self.log, *self.opened):
            self.close(log)

    def make(self, **options: Any) -> Any:
        raise NotImplementedError

    def reopen(self, log: Any) -> Any:
        """Another connection where the store has such a thing, else the same object."""
        return log

    def close(self, log: Any) -> None:
        """Leave nothing open."""

    def everything(self, log: Any) -> list[tuple[Any, ...]]:
        return [(r.id, r.stream, r.version, r.fact, r.key) for r in pages(log, limit=3)]

    def reopen_alone(self, log: Any) -> Any:
        """The same data after everybody had closed it; the same object where nothing outlives it."""
        return log

    def views(self, count: int, shared: bool) -> list[Any]:
        """So many objects on the same data; closed at the end of the test."""
        views = [self.log if shared else self.reopen(self.log) for _ in range(count)]
        self.opened += views
        return views


def pages(log: Any, limit: int = 4, **options: Any) -> Any:
    """Every record, page by page, until the first empty one."""
    page = log.page(limit=limit, **options)
    end = None
    while page.records:
        assert len(page.records) <= limit
        assert end is None or page.next > end
        end = page.next
        yield from page.records
        page = log.page(page.next, limit=limit, **options)


def assert_tail(records: list[Any]) -> None:
    """Each fact once, each stream in version order, positions rising."""
    versions: dict[str, int] = {}
    for record in records:
        assert record.version == versions.get(record.stream, 0) + 1
        versions[record.stream] = record.version
    positions = [record.position for record in records]
    assert positions == sorted(set(positions))


def in_threads(jobs: list[Any]) -> None:
    """Run all jobs at once; a failure of any fails the test."""
    failures: list[BaseException] = []

    def guarded(job: Any) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001  # told below, in the thread of the test
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert not any(thread.is_alive() for thread in threads)


class WithMemory(StoreTests):
    """On the model."""

    def make(self, **options: Any) -> MemoryLog:
        return MemoryLog(codec=CODEC, **options)


class WithSqlite(StoreTests):
    """On a file."""

    count = 0

    def make(self, **options: Any) -> SqliteLog:
        self.count += 1
        return SqliteLog.create(self.tmp_path / f"{self.count}.db", codec=CODEC, durable=False, **options)

    def reopen(self, log: SqliteLog) -> SqliteLog:
        return SqliteLog.open(log.path, codec=CODEC, durable=False)

    def reopen_alone(self, log: SqliteLog) -> SqliteLog:
        log.close()
        return self.reopen(log)

    def close(self, log: SqliteLog) -> None:
        log.close()
