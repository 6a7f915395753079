"""What every store promises, by the numbers of the specification: G1 to G10.

`Guarantees` is run against each store; `test_store_teeth` runs it against broken ones.
"""

from __future__ import annotations

import threading
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from oracles.store_contract import StoreTests, WithMemory, WithSqlite, assert_tail, in_threads, pages
from oracles.store_facts import ALIKE, note, notes
from servicedesk.errors import Conflict, DefinitionInvalid
from servicedesk.ports import ANY_VERSION, Append, Commit


class Guarantees(StoreTests):
    """One method a promise."""

    # --- G1 atomic ----------------------------------------------------------------------------------------------------

    def test_G1_a_commit_to_several_streams_is_written_whole(self):
        receipt = self.log.commit(
            Commit((Append("Q", notes(1, 2), expected_version=0), Append("T-7", notes(3), expected_version=0)))
        )
        assert dict(receipt.versions) == {"Q": 2, "T-7": 1}
        assert (self.log.read("Q"), self.log.read("T-7")) == (notes(1, 2), notes(3))

    def test_G1_a_conflict_in_the_second_stream_leaves_the_first_alone(self):
        """Worked example 2."""
        self.log.append("T-7", notes(1, 2, 3), expected_version=0)
        with pytest.raises(Conflict) as caught:
            self.log.commit(
                Commit((Append("Q", notes(4), expected_version=0), Append("T-7", notes(5), expected_version=1)))
            )
        assert (caught.value.stream, caught.value.expected, caught.value.actual) == ("T-7", 1, 3)
        assert self.log.read("Q") == ()
        assert self.log.read("T-7") == notes(1, 2, 3)

    def test_G1_a_bad_second_fact_leaves_nothing(self):
        before = self.everything(self.log)
        with pytest.raises(DefinitionInvalid):
            self.log.append("T-7", [note(1), note(2, value=0.5)], expected_version=0, key="k1")
        assert self.everything(self.log) == before
        assert self.log.append("T-7", notes(1), expected_version=0, key="k1").duplicate is False

    def test_G1_a_conflict_leaves_its_key_free(self):
        with pytest.raises(Conflict):
            self.log.append("T-7", notes(1), expected_version=4, key="k1")
        assert self.log.append("T-7", notes(1), expected_version=0, key="k1").duplicate is False

    # --- G2, G4 versions ----------------------------------------------------------------------------------------------

    def test_G2_the_facts_of_a_stream_are_one_to_n(self):
        for version, count in ((0, 2), (2, 1), (3, 4)):
            self.log.append("T-7", notes(*range(count)), expected_version=version)
            self.log.append("T-8", notes(9), expected_version=ANY_VERSION)
        versions = [record.version for record in pages(self.log) if record.stream == "T-7"]
        assert versions == list(range(1, 8))

    def test_G2_a_stale_version_is_a_conflict_that_names_both(self):
        self.log.append("T-7", notes(1, 2, 3), expected_version=0)
        for stale in (0, 1, 2, 4, 99):
            with pytest.raises(Conflict) as caught:
                self.log.append("T-7", notes(4), expected_version=stale)
            assert (caught.value.stream, caught.value.expected, caught.value.actual) == ("T-7", stale, 3)
        assert self.log.read("T-7") == notes(1, 2, 3)

    def test_G4_zero_means_new_and_any_never_conflicts(self):
        self.log.append("T-7", notes(1), expected_version=0)
        with pytest.raises(Conflict):
            self.log.append("T-7", notes(2), expected_version=0)
        assert self.log.append("T-7", notes(2), expected_version=ANY_VERSION).versions["T-7"] == 2
        assert self.log.append("T-8", notes(3), expected_version=ANY_VERSION).versions["T-8"] == 1

    # --- G3, G6 several writers ---------------------------------------------------------------------------------------

    @pytest.mark.parametrize("shared", [True, False], ids=["one object", "an object each"])
    def test_G3_one_winner(self, shared: bool):
        """Of N threads that expect the same version exactly one writes, and the others get a Conflict (G16)."""
        rounds, racers = 25, 6
        results: list[object] = []
        barrier = threading.Barrier(racers, timeout=30)

        def race(log: Any, me: int) -> None:
            for version in range(rounds):
                barrier.wait()
                try:
                    results.append(log.append("T-7", [note(version, str(me))], expected_version=version))
                except Exception as error:  # noqa: BLE001  # whatever comes out is what the test is about
                    results.append(error)

        in_threads([lambda log=log, me=me: race(log, me) for me, log in enumerate(self.views(racers, shared))])
        assert Counter(type(result).__name__ for result in results) == {
            "Receipt": rounds,
            "Conflict": rounds * (racers - 1),
        }
        assert [fact.at for fact in self.log.read("T-7")] == list(range(rounds))

    @pytest.mark.parametrize("shared", [True, False], ids=["one object", "an object each"])
    def test_G6_a_reader_of_the_tail_sees_every_fact_once_and_in_order(self, shared: bool):
        """Three writers while a reader only moves forward; another that begins late sees the same."""
        each, writers = 60, 3
        seen: list[Any] = []
        writing = list(range(writers))

        def write(log: Any, me: int) -> None:
            for number in range(each):
                appends = (
                    Append(f"own/{me}", notes(number), expected_version=number),
                    Append("common", [note(number, str(me))], expected_version=ANY_VERSION),
                )
                log.commit(Commit(appends if number % 2 else appends[::-1]))
            writing.pop()

        def follow(log: Any) -> None:
            after = None
            while True:
                last = not writing  # asked before the page: what is there then must be in it
                page = log.page(after, limit=7)
                seen.extend(page.records)
                after = page.next
                if last and not page.records:
                    return

        reader, *logs = self.views(1 + writers, shared)
        in_threads([lambda: follow(reader), *(lambda log=log, me=me: write(log, me) for me, log in enumerate(logs))])
        assert_tail(seen)
        assert len(seen) == 2 * each * writers
        assert [record.id for record in seen] == [record.id for record in pages(self.log, limit=11)]

    def test_G6_nothing_is_inserted_behind_a_position_already_given(self):
        ends = []
        for stream in ("m", "z", "a", "m", "a", "0"):
            self.log.append(stream, notes(1), expected_version=ANY_VERSION)
            ends.append([record.id for record in pages(self.log)])
        for shorter, longer in pairwise(ends):
            assert longer[: len(shorter)] == shorter
        assert_tail(list(pages(self.log)))

    # --- G5, G7, G10 what was written stays ---------------------------------------------------------------------------

    def test_G5_read_your_writes_on_every_connection(self):
        other = self.reopen(self.log)
        self.log.append("T-7", notes(1), expected_version=0)
        assert other.read("T-7") == self.log.read("T-7") == notes(1)
        assert self.everything(other) == self.everything(self.log)
        self.close(other)

    def test_G7_stream_and_version_name_a_fact_for_ever(self):
        self.log.append("T-7", notes(1, 2, 3), expected_version=0)
        self.log.append("T-8", notes(4), expected_version=0)
        names = {record.id: record.fact for record in pages(self.log)}
        assert names["T-7@3"] == note(3)
        with pytest.raises(Conflict):
            self.log.append("T-7", notes(5), expected_version=0)
        self.log.append("T-7", notes(6), expected_version=3)
        again = self.reopen(self.log)
        assert {record.id: record.fact for record in pages(again)} == {**names, "T-7@4": note(6)}
        self.close(again)

    def test_G10_what_was_acknowledged_is_there_after_reopening(self):
        receipt = self.log.append("T-7", notes(1, 2), expected_version=0, key="k1")
        before = self.everything(self.log)
        self.log = self.reopen_alone(self.log)
        assert self.everything(self.log) == before
        known = self.log.append("T-7", notes(9), expected_version=0, key="k1")
        assert (known.versions, known.position, known.duplicate) == (receipt.versions, receipt.position, True)

    # --- G8 keys ------------------------------------------------------------------------------------------------------

    def test_G8_a_repeated_key_is_the_first_receipt_and_is_looked_up_before_versions(self):
        """Worked example 1."""
        first = self.log.append("T-7", notes(1), expected_version=0, key="k1")
        assert (dict(first.versions), first.duplicate) == ({"T-7": 1}, False)
        again = self.log.append("T-7", notes(1), expected_version=0, key="k1")
        assert (again.versions, again.position, again.duplicate) == (first.versions, first.position, True)
        second = self.log.append("T-7", notes(2, 3), expected_version=1, key="k2")
        assert (dict(second.versions), second.duplicate) == ({"T-7": 3}, False)
        assert second.position > first.position
        with pytest.raises(Conflict) as caught:
            self.log.append("T-7", notes(4), expected_version=1)
        assert (caught.value.stream, caught.value.expected, caught.value.actual) == ("T-7", 1, 3)
        assert self.log.read("T-7") == notes(1, 2, 3)

    def test_G8_the_contents_of_a_retry_are_not_compared(self):
        self.log.append("T-7", notes(1), expected_version=0, key="k1")
        assert self.log.append("T-7", [note(2, "later")], expected_version=0, key="k1").duplicate is True
        assert self.log.read("T-7") == notes(1)

    def test_G8_a_key_never_expires(self):
        first = self.log.append("T-7", notes(1), expected_version=0, key="k1")
        for number in range(300):
            self.log.append("T-7", notes(number), expected_version=ANY_VERSION, key=f"later{number}")
        again = self.log.append("T-7", notes(1), expected_version=0, key="k1")
        assert (again.versions, again.position, again.duplicate) == (first.versions, first.position, True)

    def test_G8_a_key_belongs_to_the_first_stream(self):
        def commit(*streams: str) -> Any:
            return self.log.commit(
                Commit(tuple(Append(stream, notes(1), expected_version=ANY_VERSION) for stream in streams), key="k1")
            )

        assert commit("T-7", "Q").duplicate is False
        assert commit("T-8", "Q").duplicate is False
        assert commit("Q", "T-7").duplicate is False  # Q was not the first before
        again = commit("T-7", "other")
        assert (again.duplicate, dict(again.versions)) == (True, {"T-7": 1, "Q": 1})
        assert self.log.read("other") == ()

    def test_G8_keys_are_compared_exactly(self):
        for left, right in ALIKE:
            self.log.append(f"s{left}", notes(1), expected_version=ANY_VERSION, key=left)
            assert self.log.append(f"s{left}", notes(1), expected_version=ANY_VERSION, key=right).duplicate is False

    def test_G8_the_key_stands_with_every_fact_of_its_commit(self):
        appends = (Append("T-7", notes(1, 2), expected_version=0), Append("Q", notes(3), expected_version=0))
        self.log.commit(Commit(appends, key="k1"))
        self.log.append("T-7", notes(4), expected_version=2)
        assert [(record.id, record.key) for record in pages(self.log)] == [
            ("T-7@1", "k1"),
            ("T-7@2", "k1"),
            ("Q@1", "k1"),
            ("T-7@3", None),
        ]

    # --- G9 no facts --------------------------------------------------------------------------------------------------

    def test_G9_a_commit_without_facts_checks_versions_and_changes_none(self):
        self.log.append("T-7", notes(1, 2, 3), expected_version=0)
        receipt = self.log.append("T-7", (), expected_version=3)
        assert (dict(receipt.versions), receipt.position, receipt.duplicate) == ({"T-7": 3}, None, False)
        with pytest.raises(Conflict):
            self.log.append("T-7", (), expected_version=2)
        with pytest.raises(Conflict):
            self.log.append("T-8", (), expected_version=1)
        assert dict(self.log.append("T-8", (), expected_version=0).versions) == {"T-8": 0}
        assert self.log.append("T-8", notes(1), expected_version=0).versions["T-8"] == 1
        assert self.log.append("T-7", notes(4), expected_version=3).versions["T-7"] == 4

    def test_G9_its_key_counts_all_the_same(self):
        assert self.log.append("T-7", (), expected_version=0, key="k1").duplicate is False
        again = self.log.append("T-7", notes(1), expected_version=5, key="k1")
        assert (dict(again.versions), again.position, again.duplicate) == ({"T-7": 0}, None, True)
        assert self.log.read("T-7") == ()


class TestMemoryLog(WithMemory, Guarantees):
    pass


class TestSqliteLog(WithSqlite, Guarantees):
    pass
