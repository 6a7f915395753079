"""The catalogue example (SLA example 30): documented limits over the Spring Festival, and one line for bad input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import sla_catalogue
from servicedesk.errors import DefinitionInvalid

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> str:
    sla_catalogue.main([])
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("ticket", "within", "due", "without_holidays"),
    [
        ("data by phone", "3 working days", "Tue 02-24 18:00", "Tue 02-17 18:00"),
        ("data by self-service", "1 working day", "Sat 02-14 18:00", "Mon 02-16 18:00"),
        ("repair, city", "45min", "Tue 02-17 03:57", "the same"),
        ("repair, remote", "2h", "Wed 02-18 01:30", "the same"),
        ("charging, booked", "latest of 45min", "Tue 02-17 13:00", "the same"),
        ("meter test", "5 working days", "Fri 02-27 18:00", "Fri 02-20 18:00"),
        ("dual-source supply", "32 working days", "Tue 03-10 18:00", "Wed 03-04 18:00"),
    ],
)
def test_example_30_every_documented_limit(out, ticket, within, due, without_holidays):
    """SLA-41, 43, 12: minutes, hours and working days, on a week a Monday-to-Friday calendar gets wrong."""
    line = next(line for line in out.splitlines() if line.strip().startswith(ticket) and within in line)
    cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
    assert cells[-2:] == [due, without_holidays]


def test_example_30_two_clocks_a_ticket(out):
    """SLA-48: a complaint is contacted within 1 and answered within 7 working days; each clock has its own verdict."""
    story = out[out.index("A complaint has two clocks") :]
    assert "contact      clock.stopped  kept" in story
    assert "resolution   clock.crossed 8h before" in story
    assert "resolution   clock.stopped  broken" in story


def test_sla_67_what_is_not_announced_is_said(out):
    """SLA-67: the due date at the year's end is assumed, with the first unknown date."""
    assert "Thu 12-31 18:00 *" in out
    assert "* assumed: 2026-12-29 is the first date whose holidays are not announced yet." in out


def test_sla_80_the_explanation_adds_up(out):
    """SLA-80: the printed rows end in the elapsed time that is judged."""
    assert "Sat 02-14 10:00   Tue 02-24 10:00   paused: customer" in out
    assert "8:10:00 of 8:00:00 used, broken; paused 7:30:00 of working time." in out


def test_a_broken_policy_is_refused_with_every_problem(tmp_path):
    """SLA-83: all at once, with their paths."""
    path = tmp_path / "broken.toml"
    path.write_text(
        'name = "x"\nruls = []\n[[rules]]\nwhen = "kind = 1"\n[rules.goals.answer]\nwithin = "2d"\n', encoding="utf-8"
    )
    with pytest.raises(DefinitionInvalid) as caught:
        sla_catalogue.main(["--policy", str(path)])
    paths = [problem.path for problem in caught.value.problems]
    assert paths[:2] == ["broken.toml.ruls", "broken.toml.rules[0].goals.answer.calendar"]


def test_the_script_runs_alone_and_explains_itself(tmp_path):
    """It runs from anywhere by its path; a file that is not there is one line and exit code 2."""
    command = [sys.executable, str(EXAMPLES / "sla_catalogue.py")]
    shown = subprocess.run([*command, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "--policy" in shown.stdout
    wrong = subprocess.run(
        [*command, "--policy", "none.toml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert wrong.stderr.startswith("sla_catalogue.py: none.toml: ")
