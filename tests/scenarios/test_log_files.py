"""Logs as files: CSV as tools write it, XES as process mining keeps it, and what no reader should swallow (IMP-1)."""

import csv
import gzip
import io

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from oracles.demo_log import FLOW, MAPPING, row
from servicedesk.errors import DefinitionInvalid
from servicedesk.importing import LogMapping, csv_rows, import_log, to_rows, xes_rows
from servicedesk.instants import from_us

HEADER = "case,time,revision,code,group,person,priority"
LINE = "A1,2026-03-02 09:00,0,New,,,3"


# --- CSV --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("path_of", [str, lambda path: path], ids=["text", "Path"])
def test_a_csv_file_is_read_whatever_its_name(tmp_path, pack, path_of):
    """IMP-1: gzip is told by its first bytes, a byte order mark is taken off, quotes hold delimiters and lines."""
    path = tmp_path / "log.data"
    path.write_bytes(
        pack(f'\ufeff{HEADER}\r\n{LINE}\r\nA1,2026-03-02 09:10,1,New,"一线,\r\n""二线""",p1,3\r\n'.encode())
    )
    rows = list(csv_rows(path_of(path)))
    assert list(rows[0]) == HEADER.split(",")
    assert (rows[0]["case"], rows[1]["group"]) == ("A1", '一线,\r\n"二线"')
    assert len(import_log(rows, MAPPING, FLOW).cases) == 1


def test_a_row_of_another_length_is_not_read_as_if_it_fitted():
    """§5: a row too long has its cells under wrong names: its case is quarantined; one too short lacks the last."""
    lines = [HEADER, LINE, "A2,2026-03-02 09:00,0,New,a,b,3,4", "A3,2026-03-02 09:00,0,New"]
    log = import_log(csv_rows(lines), MAPPING, FLOW)
    assert [str(problem) for problem in log.problems] == [
        "A2, row 2 quarantined: row 2: the row has more cells than the log has columns"
    ]
    assert [(case.case, case.facts[0].priority) for case in log.cases] == [("A1", "3"), ("A3", None)]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "log: line 1: the log has no header; its first line names the columns"),
        (["a,b,a"], "log: line 1: more than one column is called 'a'"),
        (["a,b", 'x,"y', "z,w"], "log: line 3: it is no CSV: unexpected end of data"),
        (["a,b", '"x"y,z'], "log: line 2: it is no CSV: ',' expected after '\"'"),
    ],
)
def test_lines_that_are_no_csv_say_so(lines, message):
    """§5: an open quote would swallow the rest of the log in silence, a second column of one name the first."""
    with pytest.raises(DefinitionInvalid) as caught:
        list(csv_rows(lines))
    assert str(caught.value) == message


def test_another_encoding_and_a_damaged_archive_are_named(tmp_path):
    """§5: what cannot be read is the file's fault, said in words."""
    path = tmp_path / "log.csv"
    path.write_bytes(f"{HEADER}\nA1,2026-03-02 09:00,0,New,一线,,\n".encode("gb18030"))
    with pytest.raises(DefinitionInvalid, match=r"encoding: byte 0xcf is not utf-8; name the encoding, such as"):
        list(csv_rows(path))
    assert next(csv_rows(path, encoding="gb18030"))["group"] == "一线"
    whole = gzip.compress(f"{HEADER}\n{LINE}\n".encode())
    for damaged in (whole[:-9], whole[:4] + b"\xff" + whole[5:20]):
        path.write_bytes(damaged)
        with pytest.raises(DefinitionInvalid, match="gzip: it cannot be unpacked"):
            list(csv_rows(path))
    with pytest.raises(FileNotFoundError):
        list(csv_rows(tmp_path / "none.csv"))


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=5)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=4), st.sampled_from((",", ";", "\t")))
def test_what_the_standard_library_writes_is_read_back(rows, delimiter):
    """IMP-1: any text, delimiters, quotes and line ends inside cells included."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows([("a", "b"), *rows])
    file.seek(0)
    assert list(csv_rows(file, delimiter=delimiter)) == [dict(zip(("a", "b"), found, strict=True)) for found in rows]


def test_rows_told_back_survive_a_file(tmp_path):
    """IMP-10: ``csv.DictWriter`` writes what ``to_rows`` gives, and it is the same import again."""
    log = import_log([row("A1", "2026-03-02 09:00", 0, "New", group="一线")], MAPPING, FLOW)
    path = tmp_path / "log.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADER.split(","))
        writer.writeheader()
        writer.writerows(to_rows(log, MAPPING))
    assert import_log(csv_rows(path), MAPPING, FLOW) == log


# --- XES --------------------------------------------------------------------------------------------------------------

XES = """<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<log xes.version="1849.2016" xmlns="http://www.xes-standard.org/">
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <global scope="event"><string key="concept:name" value="none"/></global>
  <string key="concept:name" value="the log itself"/>
  <trace>
    <event>
      <string key="concept:name" value="New"><string key="concept:name" value="nested"/></string>
      <date key="time:timestamp" value="2026-03-02T09:00:00.250+08:00"/>
      <string key="org:resource" value="p1 &amp; p2"/>
      <list key="all"><string key="concept:name" value="in a list"/></list>
    </event>
    <event>
      <string key="lifecycle:transition" value="complete"/>
      <string key="concept:name" value="Active"/>
      <date key="time:timestamp" value="2026-03-02T01:30:00Z"/>
      <int key="cost" value="7"/>
    </event>
    <string key="concept:name" value="A1"/>
    <int key="amount" value="4"/>
  </trace>
  <trace><string key="concept:name" value="A2"/></trace>
  <event><string key="concept:name" value="New"/><date key="time:timestamp" value="2026-03-02"/></event>
</log>
"""
OF_XES = LogMapping(
    source="xes", case="case:concept:name", at="time:timestamp", activity="concept:name", actor="org:resource"
)


def of(text):
    return io.BytesIO(text.encode())


def test_an_xes_log_is_rows():
    """IMP-1: attributes of event and trace, wherever the trace names itself; nested ones are ignored."""
    rows = list(xes_rows(of(XES), columns=["cost"]))
    assert rows[0] == {
        "case:concept:name": "A1",
        "concept:name": "New",
        "time:timestamp": "2026-03-02T09:00:00.250+08:00",
        "org:resource": "p1 & p2",
        "lifecycle:transition": None,
        "cost": None,
        "case:amount": "4",
    }
    assert (rows[1]["lifecycle:transition"], rows[1]["cost"], len(rows)) == ("complete", "7", 3)
    log = import_log(rows, OF_XES, FLOW)
    assert [str(from_us(fact.at)) for fact in log.facts] == [
        "2026-03-02 01:00:00.250000+00:00",
        "2026-03-02 01:30:00+00:00",
    ]
    assert log.cases[0].facts[0].actor == "p1 & p2"
    assert [str(problem) for problem in log.problems] == ["no case, row 3 skipped: the row names no case"]


def test_an_xes_file_may_be_packed(tmp_path):
    """IMP-1: .xes.gz, streamed."""
    path = tmp_path / "log.xes.gz"
    path.write_bytes(gzip.compress(XES.encode()))
    assert list(xes_rows(path)) == list(xes_rows(of(XES)))


LAUGHS = '<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><log><trace><event/></trace></log>'
OTHER_FILE = '<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/hostname">]><log>&a;</log>'
NO_LOG_NEEDS = "it declares a document type (<!DOCTYPE ...>), which no log needs and none may bring"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, f"log: line 1: {NO_LOG_NEEDS}"),
        (OTHER_FILE, f"log: line 1: {NO_LOG_NEEDS}"),
        ('<!DOCTYPE log SYSTEM "http://example.org/log.dtd"><log/>', f"log: line 1: {NO_LOG_NEEDS}"),
        ("<log>\n<trace>&a;</trace></log>", "log: line 2: undefined entity"),
        ("<log>\n<trace></log>", "log: line 2: mismatched tag"),
        ("<log><trace>", "log: line 1: no element found"),
        ("", "log: line 1: no element found"),
        ("case,time", "log: line 1: syntax error"),
        ("<html/>", "log: line 1: it is no XES log: its root is <html>, not <log>"),
    ],
)
def test_xml_that_is_no_log_is_refused(text, message):
    """IMP-1: document types and with them all entities, broken XML, other XML."""
    with pytest.raises(DefinitionInvalid) as caught:
        list(xes_rows(of(text)))
    assert str(caught.value) == message


def test_rows_come_while_the_file_is_read():
    """IMP-1: streaming: the first trace is there long before the end, and nothing of it is kept."""

    class Endless:
        pieces = 0

        def read(self, _size):
            self.pieces += 1
            return b"<log>" if self.pieces == 1 else b"<trace><event/></trace>"

    file = Endless()
    rows = xes_rows(file)
    assert [next(rows)["concept:name"] for _ in range(100)] == [None] * 100
    assert file.pieces == 101


@pytest.mark.parametrize(
    ("stamp", "message"),
    [
        ("2026-03-02", "'2026-03-02' does not read as 'iso'"),
        ("2026-03-02T09:00", "'2026-03-02T09:00' has no zone, and the mapping names none"),
        ("09:00 am", "'09:00 am' does not read as 'iso'"),
    ],
)
def test_an_iso_stamp_has_a_time_and_a_zone(stamp, message):
    """IMP-1: naive stamps need a zone; a date is no instant."""
    mapping = evolve(MAPPING, format="iso", zone=None)
    rows = [row("A1", "2026-03-02T09:00:00.5Z", 0, "New"), row("A2", stamp, 0, "New")]
    log = import_log(rows, mapping, FLOW)
    assert [str(problem) for problem in log.problems] == [f"A2, row 2 quarantined: row 2: {message}"]
    assert import_log(to_rows(log, mapping), mapping, FLOW).cases == log.cases
