"""The example of the closed loop: its story stands as printed, in both languages, and its rules are cited here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import closed_loop
from servicedesk import Definitions

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def told() -> list[tuple[str, str, str, str]]:
    desk = closed_loop.Desk("en")
    definitions = Definitions(closed_loop.LOOPS.values())
    for line in closed_loop.story():
        desk.give(line, definitions)
    assert desk.refused == 10
    return desk.rows


@pytest.mark.parametrize(
    ("at", "who", "comes_to"),
    [
        ("02 08:55", "seat a7", "✗ not possible here"),  # DEC-2: no way from a seat to the archive
        ("02 08:58", "seat a7", "✗ missing: verification"),  # DEC-6: both reasons at once
        ("02 08:58", "seat a7", "✗ a reason is missing: beyond_knowledge, system_logic, data_permission"),
        ("02 09:10", "another expert e2", "✗ claimed by another: e1 – 09:35"),  # CL-1, CL-2
        ("02 09:20", "expert e1", "W-1 supervision started – 13:20"),  # LIB-5
        ("02 10:00", "expert e1", "✗ work orders are open: W-1"),  # REL-2
        ("02 10:40", "centre n2", "✗ urged too soon: – 11:00"),  # SUP-2
        ("02 09:35", "time itself", "claim ran out"),  # CL-1: dated at its end
        ("02 13:20", "time itself", "W-1 urged"),  # LIB-5: unsigned for four hours
        ("02 13:20", "time itself", "supervision raised 2, – 15:20"),  # SUP-3
        ("02 14:35", "centre n2", "✗ the supervision is unanswered"),  # SUP-4
        ("02 14:41", "centre n2", "W-1 supervision released"),  # SUP-3: closing releases
        ("02 15:00", "callback team b3", "T-7 callback unreachable, attempt 1"),  # CB-1
        ("02 15:30", "callback team b3", "✗ the customer did not confirm"),  # CB-2
        ("02 15:31", "callback team b3", "at an expert seat (round 2)"),  # WF-8, CB-4
        ("02 16:10", "expert e1", "✗ missing: solution"),  # RO-1: the solution clears
        ("02 16:20", "customer c-17", "✗ not in this role: caller, seat"),  # ACT-3
        ("03 16:21", "time itself", "archive → archived (round 2)"),  # TM-2: by itself, at its instant
        ("10 16:22", "customer c-17", "T-7/mail-88 accepted"),  # RO-2: too late, a new ticket follows
        ("10 16:22", "customer c-17", "done before, nothing new"),  # DEC-4
    ],
)
def test_the_story_is_told_as_it_happened(told, at, who, comes_to):
    """One line for each rule the story meets."""
    plain = [(row[0], row[1].replace("[dim]", "").replace("[/]", ""), row[3]) for row in told]
    for tag in ("[green]", "[cyan]", "[red]", "[dim]", "[bold]", "[/]"):
        plain = [(when, name, text.replace(tag, "")) for when, name, text in plain]
    assert any(comes_to in text.replace("\n", "\n ") for when, name, text in plain if (when, name) == (at, who))


def test_both_languages_say_the_same(capsys):
    """LIB-6: every word has its Chinese and its English form."""
    outputs = []
    for language in ("zh", "en"):
        closed_loop.main(["--language", language])
        outputs.append(capsys.readouterr().out)
    chinese, english = outputs
    assert chinese.count("✗") == english.count("✗") == 12
    assert "下级工单未办结: W-1" in chinese
    assert "work orders are open" not in chinese
    assert not any("\u4e00" <= char <= "\u9fff" for char in english)


def test_the_script_runs_alone(tmp_path):
    """It runs from anywhere by its path, and says in one line what it does not understand."""
    command = [sys.executable, str(EXAMPLES / "closed_loop.py")]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, encoding="utf-8")
    assert "一个故障走完闭环，2026年3月 One fault round the closed loop, March 2026" in shown.stdout
    assert shown.stderr == ""
