"""What a person reads who gives the replay script something it cannot use: one line, exit code 2, no traceback."""

import gzip
import subprocess
import sys

import pytest

import replay_incident_log as script

HEADER = (
    "number,incident_state,reassignment_count,reopen_count,sys_mod_count,made_sla,opened_at,sys_updated_by,"
    "sys_updated_at,category,u_symptom,priority,assignment_group,assigned_to,closed_at"
)
ROW = "INC1,New,0,0,0,true,29/2/2016 01:16,u1,{},c1,s1,3 - Moderate,Group 70,p1,5/3/2016 12:00"


def replay(*arguments):
    command = [sys.executable, script.__file__, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def csv_of(*rows, header=HEADER):
    return "\n".join((header, *rows)) + "\n"


@pytest.fixture
def bad_log(request, tmp_path):
    make = {
        "missing": lambda: tmp_path / "nowhere.csv",
        "folder": lambda: tmp_path,
        "latin-1": lambda: written(
            tmp_path / "l.csv", csv_of(ROW.format("29/2/2016 01:23").replace("c1", "é")), "latin-1"
        ),
        "column": lambda: written(
            tmp_path / "c.csv",
            csv_of(header=HEADER.replace("sys_updated_at", "sys_updated_on")) + ROW.format("29/2/2016 01:23") + "\n",
        ),
        "dates": lambda: written(tmp_path / "d.csv", csv_of(ROW.format("2016-02-29 01:23"))),
        "no rows": lambda: written(tmp_path / "e.csv", csv_of()),
        "empty": lambda: written(tmp_path / "n.csv", ""),
        "cut gzip": lambda: cut(tmp_path / "t.csv.gz"),
        "binary": lambda: bytes_at(tmp_path / "b.csv", bytes(range(256))),
    }
    return make[request.param]()


def cut(path):
    whole = gzip.compress(csv_of(*[ROW.format("29/2/2016 01:23")] * 50).encode())
    return bytes_at(path, whole[: len(whole) // 2])


def bytes_at(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("bad_log", "line"),
    [
        ("missing", "{path}: No such file or directory"),
        ("folder", "{path}: Is a directory"),
        ("latin-1", "{path}: encoding: byte 0xe9 is not utf-8; name the encoding"),
        ("binary", "{path}: encoding: byte 0x80 is not utf-8; name the encoding"),
        (
            "column",
            "mapping of 'uci-incident-log': at: the log has no column 'sys_updated_at'; did you mean 'sys_updated_on'?",
        ),
        (
            "dates",
            (
                "mapping of 'uci-incident-log': format: no row of the log could be read; case INC1, row 1: "
                "'2016-02-29 01:23' does not read as '%d/%m/%Y %H:%M'"
            ),
        ),
        ("no rows", "{path} holds no incident"),
        ("empty", "{path}: line 1: the log has no header"),
        ("cut gzip", "{path}: gzip: it cannot be unpacked: Compressed file ended before the end-of-stream marker was"),
    ],
    indirect=["bad_log"],
)
def test_a_log_that_cannot_be_used(bad_log, line):
    """Issue 2: missing file, wrong encoding, missing column, dates in another format; and what else people try."""
    answer = replay("--log", bad_log)
    assert answer.returncode == 2
    assert answer.stderr.startswith("replay_incident_log.py: " + line.format(path=bad_log))
    assert answer.stderr.count("\n") == 1


def test_one_bad_row_is_listed_and_the_rest_goes_on(tmp_path):
    """IMP-5: a date nobody can read spoils its own incident, not the log."""
    log = written(tmp_path / "x.csv", csv_of(ROW.format("29/2/2016 01:23"), ROW.format("soon").replace("INC1", "INC2")))
    answer = replay("--log", log)
    assert answer.returncode == 0
    assert "INC2, row 2 quarantined: row 2: 'soon' does not read as '%d/%m/%Y %H:%M'" in answer.stdout


def test_a_store_that_is_not_ours_is_left_alone(tmp_path):
    """ST-7: refused untouched."""
    path = written(tmp_path / "notes.db", "these are my notes\n" * 100)
    before = path.read_bytes()
    answer = replay("--store", path)
    assert answer.returncode == 2
    assert answer.stderr.startswith("replay_incident_log.py: ")
    assert answer.stderr.count("\n") == 1
    assert path.read_bytes() == before


def test_a_store_is_kept_and_a_second_run_adds_nothing(tmp_path):
    """IMP-8, G8: the same log into the same store, twice, gives the same report."""
    first, second = (replay("--store", tmp_path / "desk.db") for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout


def test_the_report_of_the_extract():
    """The main job: the figures of the extract in examples/data, as the README's `make demo` prints them."""
    text = " ".join(replay().stdout.split())
    assert "rows read 11,582 2,077 incidents" in text
    assert "incidents with allowed moves only 2,074 / 2,077 = 99.86 %" in text
    assert "log fitness, from New to Closed 12,808 / 13,539 = 94.60 %" in text
    assert "allow the move Closed → Active 2 INC0022792" in text
    assert "entering Closed, from our facts 1,948 / 1,950 = 99.90 % 1,915 / 1,950 = 98.21 %" in text
    assert "by the log's counter agree" in text
    assert "23 23 2,077 / 2,077 = 100 %" in text or "23 23 2,077 / 2,077 = 100.00 %" in text
