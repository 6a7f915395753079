"""Lint, types and layers refuse a known bad input, with our own settings (TOOL-17)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tooling.processes import TOOLS, run

CLEAN = '"""Words."""\n\n\ndef double(number: int) -> int:\n    """Return twice the number."""\n    return number * 2\n'


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (CLEAN, None),
        (CLEAN.replace("\n\n\n", "\n\nimport os\n\n\n"), "F401"),
        (CLEAN.replace('    """Return twice the number."""\n', ""), "D103"),
        (CLEAN.replace("Words.", "Words"), "D415"),
        (CLEAN.replace(" -> int", ""), "ANN201"),
        (CLEAN + "    # return number\n", "ERA001"),
    ],
)
def test_lint_fails_on_bad_style(elsewhere, source, rule):
    """TOOL-17: ruff with our rules passes the clean module and names the rule each bad one breaks."""
    (elsewhere / "bad.py").write_text(source)
    answer = run(TOOLS / "ruff", "check", "--no-cache", "bad.py", cwd=elsewhere)
    assert (answer.returncode, set(re.findall(r"^([A-Z]+\d+)", answer.stdout, re.MULTILINE))) == (
        (1, {rule}) if rule else (0, set())
    )


def test_lint_fails_on_bad_format(elsewhere):
    """TOOL-17: the format check refuses what the formatter would change."""
    (elsewhere / "bad.py").write_text("x = {  'a':1 }\n")
    assert run(TOOLS / "ruff", "format", "--no-cache", "--check", "bad.py", cwd=elsewhere).returncode == 1


def test_types_fail_on_a_wrong_type(elsewhere):
    """TOOL-17: mypy with our settings accepts the clean module and refuses a missing and a wrong type."""
    (elsewhere / "clean.py").write_text(CLEAN)
    (elsewhere / "wrong.py").write_text("def untyped(a):\n    return a\n\n\nnumber: int = 'text'\n")
    cache = f"--cache-dir={elsewhere / 'cache'}"
    assert run(TOOLS / "mypy", cache, "clean.py", cwd=elsewhere).returncode == 0
    answer = run(TOOLS / "mypy", cache, "wrong.py", cwd=elsewhere)
    assert answer.returncode == 1
    assert set(re.findall(r"\[([a-z-]+)\]", answer.stdout)) == {"no-untyped-def", "assignment"}


# --- layers -----------------------------------------------------------------------------------------------------------

HOUSE = """
__init__ frozenmap errors instants conditions plain workflow sla routing emergency events catalogue tickets alerts
metrics ports stores/__init__ stores/sqlite desk simulation testing
"""


@pytest.fixture
def house(elsewhere):
    """A small house with the names of ours, good arrows, and our contracts; its rooms by name."""
    rooms = {path.replace("/__init__", "").replace("/", "."): path for path in HOUSE.split()}
    rooms = {name: elsewhere / "servicedesk" / f"{path}.py" for name, path in rooms.items()}
    rooms["stores"].parent.mkdir(parents=True)
    good = {
        "testing": "import hypothesis, pytest, servicedesk.desk\n",
        "stores.sqlite": "import sqlite3, servicedesk.ports\n",
        "plain": "def late():\n    import cattrs\n",
        "tickets": "import servicedesk.events, servicedesk.workflow, servicedesk.errors\n",
    }
    for name, path in rooms.items():
        path.write_text(good.get(name, ""))
    return rooms


def layers(house: dict[str, Path]) -> subprocess.CompletedProcess[str]:
    folder = house["__init__"].parents[1]
    return run(TOOLS / "lint-imports", "--no-cache", cwd=folder, PYTHONPATH=str(folder))


def test_layers_accept_a_good_house(house):
    """TOOL-17: arrows that point down, and each outside package in its own room, are kept."""
    answer = layers(house)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("room", "imports"),
    [
        ("sla", "servicedesk.workflow"),  # calculators do not know each other
        ("emergency", "servicedesk.events"),  # nor the page of facts
        ("workflow", "servicedesk.ports"),
        ("errors", "servicedesk.instants"),
        ("conditions", "servicedesk.plain"),
        ("tickets", "servicedesk.alerts"),  # streams do not know each other
        ("events", "servicedesk.tickets"),
        ("stores.sqlite", "servicedesk.desk"),
        ("desk", "servicedesk.testing"),  # nobody imports the test kits
        ("metrics", "hypothesis"),
        ("ports", "pytest"),
        ("metrics", "sqlite3"),
        ("events", "cattrs"),
        ("sla", "icalendar"),  # only in the module that reads calendar files
        ("sla", "recurring_ical_events"),
        ("sla", "holidays"),
        ("sla", "numpy"),
    ],
)
def test_layers_fail_on_a_forbidden_arrow(house, room, imports):
    """TOOL-17: every kind of arrow the picture forbids is found, in a function too."""
    house[room].write_text(house[room].read_text() + f"def late():\n    import {imports}\n")
    answer = layers(house)
    assert answer.returncode == 1, answer.stdout
    assert f"servicedesk.{room} -> {imports}" in answer.stdout


def test_layers_fail_on_a_room_outside_the_picture(house):
    """TOOL-17: a new room must be given its place."""
    house["errors"].with_name("attic.py").write_text("")
    answer = layers(house)
    assert answer.returncode == 1
    assert "attic" in answer.stdout
