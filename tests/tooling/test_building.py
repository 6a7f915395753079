"""The wheel, the make file, the constraints and the table of rules (TOOL-1, TOOL-2, TOOL-8, TOOL-17)."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter

import pytest

from tooling import rules
from tooling.processes import ROOT, run


def test_the_check_of_the_wheel_can_fail():
    """TOOL-2: a wheel without the marker of types or the licence, or with tests in it, is refused."""
    specification = importlib.util.spec_from_file_location("check_wheel", ROOT / ".ci" / "check_wheel.py")
    check_wheel = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(check_wheel)
    good = ["servicedesk/__init__.py", "servicedesk/py.typed", "servicedesk-0.1.0.dist-info/licenses/LICENSE"]
    assert check_wheel.problems(good) == []
    for name in good:
        assert len(check_wheel.problems(set(good) - {name})) == 1
    for name in ("tests/test_house.py", "servicedesk/tests/laws.py", "servicedesk/sla/test_clock.py", "conftest.py"):
        assert check_wheel.problems([*good, name]) == [f"{name} does not belong in the wheel"]


def test_make_says_what_to_do_without_a_fitting_python(tmp_path):
    """TOOL-1: no interpreter that fits is one clear message, and nothing is left behind."""
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    environment = tmp_path / "environment"
    answer = run("make", f"PYTHON=no-such-python {old}", f"VENV={environment}", "test", cwd=ROOT)
    assert answer.returncode != 0
    assert (
        f"No Python >= 3.11 that can make virtual environments runs here; tried: no-such-python {old}." in answer.stdout
    )
    assert not environment.exists()


def test_constraints_pin_every_requirement_by_name_and_version_alone():
    """TOOL-1: whatever pyproject.toml asks for is pinned; no address of an index is written down."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", line)] == []
    pinned = {line.partition("==")[0].lower() for line in lines}
    wanted = re.findall(r'"([a-z-]+)>=', (ROOT / "pyproject.toml").read_text())
    assert len(wanted) > 10
    assert set(wanted) - pinned == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SLA-21", ["SLA-21"]),
        ("(SLA-21, 22 and SLA-30)", ["SLA-21", "SLA-22", "SLA-30"]),
        ("EMG-8, 10..12, EMG-14", ["EMG-8", "EMG-10", "EMG-11", "EMG-12", "EMG-14"]),
        ("SUP-1 to SUP-3", ["SUP-1", "SUP-2", "SUP-3"]),
        ("KPI-4, COND-4", ["KPI-4", "COND-4"]),
        ("R043 holds", ["R043"]),
        ("PORT-3, 2026-03-02; XSLA-4; SIM300; EMG-9, 15:30", ["PORT-3", "EMG-9"]),
    ],
)
def test_citations_of_rules_are_read(text, found):
    """TOOL-8: numbers alone, in lists and in ranges; dates and other words are none."""
    assert rules.cited(text) == Counter(found)


def test_a_rule_that_no_test_cites_is_listed():
    """TOOL-17: the table of rules shows what is missing."""
    wanted = rules.stated("- **SLA-1** Instants.\n- **SLA-2 Zones**: as in SLA-9.\n| R043 | YT | seats |\n")
    assert wanted == {"SLA-1", "SLA-2", "R043"}
    assert "not cited: 2\n" in rules.table(Counter({"SLA-1": 3}), wanted)
