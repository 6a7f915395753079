"""The two example scripts of emergency response: their figures, and one clear line for each kind of bad input."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

import surge_1410
import watch_call_queue

EXAMPLES = Path(__file__).parents[2] / "examples"
DAY = watch_call_queue.DATA


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def printed(capsys: pytest.CaptureFixture[str], script: object, *argv: str) -> str:
    assert script.main(argv) == 0  # type: ignore[attr-defined]  # a module
    out, err = capsys.readouterr()
    assert err == ""
    return out


def refused(capsys: pytest.CaptureFixture[str], script: object, *argv: str) -> str:
    assert script.main(argv) == 2  # type: ignore[attr-defined]  # a module
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err.rstrip()


# --- the documented surge ---------------------------------------------------------------------------------------------


def row(out: str, clock: str, *, nth: int = 0) -> list[str]:
    """The lines of a table's row: its own, and those its last column needs below it."""
    lines = out.splitlines()
    first = [place for place, line in enumerate(lines) if line.strip().startswith(clock)][nth]
    after = next(place for place, line in enumerate(lines) if place > first and (line[:4].strip() or not line.strip()))
    return [line.strip() for line in lines[first:after]]


def test_the_surge_is_calm_at_1400_raised_at_1433_and_stood_down_at_1500(capsys: pytest.CaptureFixture[str]) -> None:
    """W1, EMG-53: each with its reason."""
    out = printed(capsys, surge_1410)
    calm = row(out, "14:00:00")
    assert "normal" in calm[0]
    assert calm[1].startswith("waiting 0 > 3 is false since 14:00:00")
    raised = row(out, "14:33:00", nth=1)
    assert raised[0].endswith("RAISED because")
    assert raised[1] == "waiting > 3 held 3 min since 14:30:00"
    down = row(out, "15:00:00")
    assert down[0].endswith("STOOD DOWN because")
    assert down[1:] == [
        "(idle >= 3) & (waiting <= 3) held 15 min since 14:45:00",
        "abandonment <= 2% since 14:45:00",
        "waiting == 0 since 14:45:00",
    ]
    assert (out.count("RAISED"), out.count("STOOD DOWN")) == (1, 1)


def test_the_surge_can_be_played_on_another_day(capsys: pytest.CaptureFixture[str]) -> None:
    """L7: another day, the same clock times."""
    one, other = printed(capsys, surge_1410), printed(capsys, surge_1410, "--date", "2026-03-02")
    assert other == one.replace("2016-08-17", "2026-03-02")


def test_the_surge_refuses_what_is_no_day(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, surge_1410, "--date", "2016-02-30")
    assert said == "surge_1410: --date '2016-02-30' is no day; write it like 2016-08-17"


# --- a real day -------------------------------------------------------------------------------------------------------


def test_the_day_of_the_extract_has_six_raises_and_six_stand_downs(capsys: pytest.CaptureFixture[str]) -> None:
    """Section 1: "more than 3 waiting for more than 3 minutes" on 1,231 real waits, each change with its reason."""
    out = printed(capsys, watch_call_queue)
    assert "Wednesday 13 January 1999" in out
    assert "1,231 callers waited, at most 16 at once" in out
    assert "tier III was called for 6 times, for 7 h 13 min 28 s in all" in out
    raised = [line.split()[0] for line in out.splitlines() if "RAISED" in line]
    assert raised == ["08:34:15", "09:37:41", "11:45:28", "14:08:20", "17:43:05", "23:21:22"]
    assert "waiting > 3 held 3 min since 08:31:15" in out
    down = [line.split("  ")[:1] + line.rsplit("  ", 1)[1:] for line in out.splitlines() if "STOOD DOWN" in line]
    assert len(down) == 6
    assert "09:02:56   STOOD DOWN after 28 min 41 s" in out
    assert max(map(len, out.splitlines())) <= 120


def test_the_picture_shows_every_quarter_of_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    """A column for each quarter of an hour, marks where the tier is called for, and the hours below their quarters."""
    lines = printed(capsys, watch_call_queue).splitlines()
    axis = next(place for place, line in enumerate(lines) if line.startswith("   0 ┼"))
    marks, hours = lines[axis + 1], lines[axis + 2]
    assert lines[axis].index("┬") == hours.index("05")
    assert [marks[hours.index(hour)] for hour in ("07", "09", "12", "13", "14", "19")] == [" ", "▀", "▀", "▀", "▀", " "]
    assert "█" in lines[axis - 8]
    assert lines[axis - 9].strip() == ""


def test_all_days_of_a_log_are_listed_with_their_raises(capsys: pytest.CaptureFixture[str]) -> None:
    """The rule by which the day was chosen can be checked on the full file."""
    out = printed(capsys, watch_call_queue, "--days")
    [line] = [line for line in out.splitlines() if "1999-01-13 Wed" in line]
    assert line.split()[2:4] == ["1,231", "6"]


def test_a_gzipped_log_is_read_like_a_plain_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = tmp_path / "january.txt.gz"
    packed.write_bytes(gzip.compress(DAY.read_bytes()))
    assert printed(capsys, watch_call_queue, "--log", str(packed)) == printed(capsys, watch_call_queue)


HEADER = DAY.read_text(encoding="utf-8").splitlines()[0]


def line_of(**values: str) -> str:
    call = {"date": "990113", "q_start": "10:00:00", "q_time": "60", "outcome": "AGENT", "type": "PS", **values}
    return "\t".join(call.get(name, "0") for name in HEADER.split("\t"))


@pytest.mark.parametrize(
    ("content", "argv", "said"),
    [
        (None, (), "missing.txt: No such file or directory"),
        (b"\xff\xfe\x00x", (), "not UTF-8 text (byte 0: invalid start byte)"),
        (b"", (), "no column type, date, q_start, q_time, outcome; its first line is ''"),
        (b"call\tdate\n", (), "no column type, q_start, q_time, outcome; its first line is 'call\\tdate'"),
        (f"{HEADER}\n1\t2\n".encode(), (), "line 2: 2 columns instead of 17: '1\\t2'"),
        (f"{HEADER}\n{line_of(date='991313')}".encode(), (), "line 2: date '991313' is not like 990113"),
        (f"{HEADER}\n{line_of(q_start='25:00:00')}".encode(), (), "line 2: q_start '25:00:00' is not like 9:05:00"),
        (f"{HEADER}\n{line_of(q_time='long')}".encode(), (), "line 2: q_time 'long' is no number of seconds"),
        (f"{HEADER}\n".encode(), (), "nobody waited on 1999-01-13; the log holds nothing"),
        (f"{HEADER}\n{line_of(q_time='0')}".encode(), (), "nobody waited on 1999-01-13; the log holds 1999-01-13 to"),
        (
            f"{HEADER}\n{line_of()}".encode(),
            ("--day", "1999-02-01"),
            "nobody waited on 1999-02-01; the log holds 1999-01-13",
        ),
        (f"{HEADER}\n{line_of()}".encode(), ("--day", "soon"), "--day 'soon' is no day; write it like 1999-01-13"),
    ],
)
def test_a_log_that_cannot_be_read_is_named_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, argv: tuple[str, ...], said: str
) -> None:
    """Missing file, wrong encoding, missing column, broken line, unknown date: no traceback, exit code 2."""
    path = tmp_path / "missing.txt"
    if content is not None:
        path.write_bytes(content)
    assert said in refused(capsys, watch_call_queue, "--log", str(path), *argv)


def test_a_file_that_only_looks_gzipped_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "january.txt.gz"
    path.write_bytes(b"plain text")
    assert "Not a gzipped file" in refused(capsys, watch_call_queue, "--log", str(path))
    path.write_bytes(gzip.compress(DAY.read_bytes())[:5000])
    assert "january.txt.gz" in refused(capsys, watch_call_queue, "--log", str(path))


@pytest.mark.parametrize("name", ["surge_1410", "watch_call_queue"])
def test_a_script_runs_alone_and_explains_itself(name: str, tmp_path: Path) -> None:
    """Each runs from anywhere by its path; ``--help`` tells the options."""
    command = [sys.executable, str(EXAMPLES / f"{name}.py")]
    shown = subprocess.run([*command, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert shown.stdout.startswith(f"usage: {name}")
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True)
    assert "RAISED" in ran.stdout
