"""What every store keeps exactly (G14), and the verbs of the port (PORT-1 to 7); see `test_store_guarantees`."""

from __future__ import annotations

from itertools import chain
from typing import Any
from zlib import crc32

import pytest

from oracles.store_contract import StoreTests, WithMemory, WithSqlite, pages
from oracles.store_facts import ALIKE, Bound, note, notes, same
from servicedesk.errors import DefinitionInvalid
from servicedesk.ports import ANY_VERSION, Append, Commit, Position, subject_number


class Port(StoreTests):
    """One method a promise."""

    # --- G14 exact ----------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(("left", "right"), ALIKE)
    def test_G14_ids_and_texts_are_kept_code_point_by_code_point(self, left: str, right: str):
        self.log.append(left, [note(1, left)], expected_version=0)
        self.log.append(right, [note(2, right)], expected_version=0)
        assert [fact.text for fact in self.log.read(left)] == [left]
        assert [fact.text for fact in self.log.read(right)] == [right]
        assert [record.stream for record in pages(self.log)] == [left, right]

    def test_G14_values_come_back_with_their_types(self):
        values = (None, True, 1, 0, False, -(2**63), 2**63 - 1, 2**53 + 1, "", "1", (), (1, (True,)))
        self.log.append("T-7", [note(1, value=value) for value in values], expected_version=0)
        read = self.reopen(self.log)
        assert all(same(fact.value, value) for fact, value in zip(read.read("T-7"), values, strict=True))
        self.close(read)

    @pytest.mark.parametrize("stream", ["", "x" * 201, "a\0b", "\ud83d", 5, None], ids=repr)
    def test_G14_ids_that_no_store_can_keep_are_refused_by_every_store(self, stream: Any):
        with pytest.raises(DefinitionInvalid):
            self.log.append(stream, notes(1), expected_version=0)
        with pytest.raises(DefinitionInvalid):
            self.log.read(stream)
        if stream is not None:
            with pytest.raises(DefinitionInvalid):
                self.log.append("T-7", notes(1), expected_version=0, key=stream)
        assert self.everything(self.log) == []

    def test_G14_the_longest_id_is_two_hundred_characters_of_any_script(self):
        stream = "单" * 199 + "\U0001f4de"
        self.log.append(stream, notes(1), expected_version=0, key=stream)
        assert self.log.read(stream) == notes(1)

    @pytest.mark.parametrize(
        "value", [2**63, -(2**63) - 1, "a\0b", "\udc00", 0.5, float("nan"), [1], {"a": 1}], ids=repr
    )
    def test_G14_values_that_no_store_can_keep_are_refused_by_every_store(self, value: Any):
        with pytest.raises(DefinitionInvalid):
            self.log.append("T-7", [note(1, value=value)], expected_version=0)
        assert self.everything(self.log) == []

    def test_G14_a_fact_of_another_stream_or_of_no_known_kind_is_refused(self):
        for fact in (Bound(ticket="T-8", at=1), "a text", None):
            with pytest.raises(DefinitionInvalid):
                self.log.append("T-7", [fact], expected_version=0)
        self.log.append("T-8", [Bound(ticket="T-8", at=1)], expected_version=0)
        assert self.log.read("T-8") == (Bound(ticket="T-8", at=1),)

    # --- the port -----------------------------------------------------------------------------------------------------

    def test_PORT_1_append_is_a_commit_with_one_append(self):
        by_append = self.log.append("T-7", notes(1, 2), expected_version=0, key="k")
        by_commit = self.log.commit(Commit((Append("T-8", notes(1, 2), expected_version=0),), key="k"))
        assert by_append.versions["T-7"] == by_commit.versions["T-8"] == 2
        assert self.log.read("T-7") == self.log.read("T-8")

    def test_PORT_5_read_after_a_version_is_the_rest_of_the_stream(self):
        """Law 2."""
        self.log.append("T-7", notes(*range(5)), expected_version=0)
        self.log.append("T-8", notes(9), expected_version=0)
        whole = self.log.read("T-7")
        assert [self.log.read("T-7", after=k) for k in range(8)] == [whole[k:] for k in range(8)]
        assert self.log.read("T-7", after=2**63 - 1) == ()
        assert self.log.read("nobody") == ()

    def test_PORT_5_pages_chain_to_read_all_and_to_each_stream(self):
        """Law 3, and where a page ends."""
        for number in range(11):
            self.log.append(f"T-{number % 3}", notes(number, number + 100), expected_version=ANY_VERSION)
        facts = list(self.log.read_all())
        assert len(facts) == 22
        for limit in (1, 2, 5, 21, 22, 23, 2**63 - 1):
            assert [record.fact for record in pages(self.log, limit=limit)] == facts
        for stream in ("T-0", "T-1", "T-2"):
            assert tuple(record.fact for record in pages(self.log) if record.stream == stream) == self.log.read(stream)
        page = self.log.page(limit=3)
        assert page.next == page.records[-1].position
        assert list(self.log.read_all(after=page.next)) == facts[3:]
        assert self.log.page(Position.parse(str(page.next)), limit=1).records[0].fact == facts[3]
        end = list(pages(self.log))[-1].position
        assert (self.log.page(end).records, self.log.page(end).next) == ((), end)

    def test_PORT_5_the_page_of_nothing_goes_on_where_it_began(self):
        assert (self.log.page().records, self.log.page().next) == ((), None)
        assert list(self.log.read_all()) == []

    def test_PORT_5_read_all_includes_what_was_visible_when_it_began(self):
        self.log.append("T-7", notes(*range(1_100)), expected_version=0)  # more than two pages
        reader = self.log.read_all()
        first = next(reader)
        self.log.append("T-8", notes(1), expected_version=0)
        rest = list(reader)
        assert [first, *rest][:1_100] == list(notes(*range(1_100)))

    def test_PORT_6_partitions_are_disjoint_make_the_whole_and_keep_a_subject_together(self):
        """Law 3 and worked example 8."""
        streams = ["T-6", "T-7", "T-8", "T-9", "工单-1", "clocks/T-7", "queue/x/2026-03-03", "queue/x/2026-03-04"]
        for number in range(3):
            for stream in streams:
                self.log.append(stream, notes(number), expected_version=number)
        whole = [record.id for record in pages(self.log)]
        for count in (1, 2, 4, 16):
            parts = [[r.id for r in pages(self.log, limit=2, partition=(i, count))] for i in range(count)]
            assert sorted(chain.from_iterable(parts)) == sorted(whole)
            for part in parts:
                assert [name for name in whole if name in set(part)] == part
        part_of = {r.stream: i for i in range(4) for r in pages(self.log, partition=(i, 4))}
        assert [part_of[stream] for stream in streams[:5]] == [0, 2, 3, 1, 0]
        assert part_of["clocks/T-7"] == part_of["T-7"]
        assert part_of["queue/x/2026-03-03"] == part_of["queue/x/2026-03-04"]
        assert list(self.log.read_all(partition=(2, 4))) == [r.fact for r in pages(self.log, partition=(2, 4))]

    def test_PORT_7_recorded_at_is_what_the_hosts_clock_said_once_a_commit(self):
        ticks = iter(range(100, 200))
        log = self.make(clock=lambda: next(ticks))
        log.append("T-7", notes(1, 2), expected_version=0)
        log.append("T-7", notes(3), expected_version=2)
        assert [record.recorded_at for record in pages(log)] == [100, 100, 101]
        self.close(log)
        self.log.append("T-7", notes(1), expected_version=0)
        assert [record.recorded_at for record in pages(self.log)] == [None]


class TestMemoryLog(WithMemory, Port):
    pass


class TestSqliteLog(WithSqlite, Port):
    pass


@pytest.mark.parametrize(
    ("stream", "number"),
    [("T-6", 2070188040), ("T-7", 207855774), ("T-8", 2631712015), ("T-9", 3957034393), ("工单-1", 2000290712)],
)
def test_PORT_6_the_number_of_a_subject_is_the_crc_of_its_text(stream: str, number: int):
    """Worked example 8: with and without the prefix and the day, and what only looks like them."""
    assert subject_number(stream) == number
    assert subject_number(f"clocks/{stream}") == number
    assert subject_number(f"{stream}/2026-03-03") == number
    assert subject_number(f"{stream}/2026-03-03\n") != number
    for whole in (f"x/clocks/{stream}", f"{stream}/2026-3-3", f"{stream}/2026-03-03/x", f"clock/{stream}"):
        assert subject_number(whole) == crc32(whole.encode())
    assert subject_number(f"clocks/clocks/{stream}") == crc32(f"clocks/{stream}".encode())
