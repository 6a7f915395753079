"""The house rules, kept by tests and not by memory (TOOL-7, TOOL-8), each with a proof that it can fail (TOOL-17)."""

from __future__ import annotations

import importlib
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tooling import house

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "servicedesk"
WRITTEN = [ROOT / folder for folder in ("src", "tests", "examples", "benchmarks", "docs", ".ci")]


def module_names() -> list[str]:
    """Name every module of the package."""
    paths = (path.relative_to(PACKAGE.parent).with_suffix("") for path in sorted(PACKAGE.rglob("*.py")))
    return [".".join(path.parts).removesuffix(".__init__") for path in paths]


MODULES = module_names()
ROOMS = [name for name in MODULES if name.count(".") <= 1]


# --- size -------------------------------------------------------------------------------------------------------------


def test_no_file_is_longer_than_the_house_allows():
    """TOOL-8: one noun a file, never over 400 lines."""
    assert house.long_files(house.sources(*WRITTEN)) == []


def test_no_function_is_longer_than_fifty_lines():
    """TOOL-8: a function fits a glance."""
    assert house.long_functions(house.sources(*WRITTEN)) == []


def test_half_of_the_functions_have_at_most_six_lines():
    """TOOL-8: the median length of a function under src/ is at most 6 lines."""
    lengths = [lines for text in house.sources(PACKAGE).values() for _, lines in house.function_lengths(text)]
    assert statistics.median(lengths) <= house.MEDIAN_LINES


def test_the_checks_of_size_can_fail():
    """TOOL-17: a long file and a long function are found; docstrings and stubs do not count as length."""
    long = 'def f():\n    """Say.\n\n    More.\n    """\n' + "    pass\n" * 51 + "def stub(): ...\n"
    assert house.long_files({"a.py": "\n" * 401, "b.py": "\n" * 400}) == ["a.py: 401 lines, at most 400"]
    assert house.long_functions({"a.py": long}) == ["a.py:f:1: 51 lines, at most 50"]
    assert dict(house.function_lengths(long)) == {"f:1": 51}


# --- no clock, no chance ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_reads_a_clock_or_draws_chance(path):
    """TOOL-8: time arrives as ``at=``, randomness as a ``random.Random``."""
    assert house.clock_readings(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        ("import datetime\ndatetime.datetime.now()", "datetime.datetime.now"),
        ("from datetime import datetime as d\nd.utcnow()", "datetime.datetime.utcnow"),
        ("from datetime import date\nf = date.today", "datetime.date.today"),
        ("import pendulum\npendulum.now('UTC')", "pendulum.now"),
        ("from pendulum import now\nnow()", "pendulum.now"),
        ("def f(clock_class):\n    return clock_class.now()", "?.now"),
        ("import time\ntime.time()", "time.time"),
        ("from time import monotonic\nmonotonic()", "time.monotonic"),
        ("import time as t\nt.perf_counter_ns()", "time.perf_counter_ns"),
        ("import random\nrandom.choice([1])", "random.choice"),
        ("from random import shuffle\nshuffle([])", "random.shuffle"),
        ("import random\nrandom.Random()", "random.Random()"),
        ("import secrets\nsecrets.token_hex()", "secrets.token_hex"),
        ("import uuid\nuuid.uuid4()", "uuid.uuid4"),
        ("import os\nos.urandom(8)", "os.urandom"),
    ],
)
def test_the_check_for_clocks_can_fail(bad, found):
    """TOOL-17: each way to read a clock or to draw chance is found under whatever name it was imported."""
    assert [line.partition(": ")[2] for line in house.clock_readings(bad)] == [found]


def test_given_time_and_given_chance_are_no_finding():
    """TOOL-8: ``datetime.time``, a seeded generator and a parameter named like a clock are fine."""
    good = "from datetime import time\nimport random, os.path\ntime(8, 30)\nrandom.Random(7).choice([1])\nos.path.sep\n"
    assert house.clock_readings(good + "def f(now): return now\n") == []


# --- the face of a module ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_and_what_it_offers(name):
    """TOOL-8: a docstring, and a sorted ``__all__`` whose names exist."""
    assert house.export_problems(importlib.import_module(name)) == []


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        ("__all__ = []", "no docstring"),
        ("'''Words.'''", "no __all__"),
        ("'''Words.'''\na = B = None\n__all__ = ['a', 'B']", "__all__ is not sorted"),
        ("'''Words.'''\n__all__ = ['gone']", "__all__ names 'gone', which is not defined"),
    ],
)
def test_the_check_of_a_modules_face_can_fail(bad, found):
    """TOOL-17: each fault of a module's face is found."""
    module = ModuleType("bad")
    exec(bad, module.__dict__)
    assert house.export_problems(module) == [found]


# --- what an import costs ---------------------------------------------------------------------------------------------

HEAVY = {"networkx", "hypothesis", "numpy", "sqlite3", "cattrs", "asyncio"}
HEAVY |= {"holidays", "icalendar", "recurring_ical_events"}  # extras
# What a room may load because it is that room's own work.
ALLOWED = {"servicedesk.stores": {"sqlite3"}, "servicedesk.testing": {"hypothesis", "sqlite3", "asyncio", "networkx"}}


def loaded_by(statement: str) -> set[str]:
    """Run a statement in a fresh interpreter and return the top-level packages it loaded."""
    script = f"{statement}\nimport json, sys\nprint(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(answer.stdout))


@pytest.mark.parametrize("room", ROOMS)
def test_an_import_loads_nothing_heavy(room):
    """TOOL-7: a host pays for a room, not for the tools of other rooms."""
    assert loaded_by(f"import {room}") & (HEAVY - ALLOWED.get(room, set())) == set()


def test_the_check_of_import_cost_can_fail():
    """TOOL-17: a heavy import is seen in the fresh interpreter."""
    assert loaded_by("import sqlite3, networkx.classes") & HEAVY >= {"sqlite3", "networkx"}


# --- the public page --------------------------------------------------------------------------------------------------


def page_check(script: str, page: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "docs" / script, "--check", page]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_public_names_are_the_documented_names():
    """TOOL-8: ``servicedesk.__all__`` is what docs/reference.md lists, and the page is up to date."""
    page = ROOT / "docs" / "reference.md"
    documented = dict(re.findall(r"^- `(\w+)`: (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert sorted(documented) == sorted(importlib.import_module("servicedesk").__all__)
    assert [name for name, text in documented.items() if text == "(no docstring)"] == []
    answer = page_check("make_reference.py", page)
    assert answer.returncode == 0, answer.stdout


def test_every_ready_made_loop_is_drawn_as_it_is():
    """LIB-6: docs/loops.md shows each loop, in both languages, and is up to date."""
    page = ROOT / "docs" / "loops.md"
    assert page.read_text(encoding="utf-8").count("```mermaid\n") == 2 * 14
    answer = page_check("make_loops.py", page)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(("name", "line"), [("reference", "- `Refused`"), ("loops", "    s0 --> s1")])
def test_the_check_of_a_written_page_can_fail(tmp_path, name, line):
    """TOOL-17: a page that lacks a line, or is not there, is refused with what to do."""
    page = tmp_path / f"{name}.md"
    lines = (ROOT / "docs" / page.name).read_text(encoding="utf-8").splitlines(keepends=True)
    page.write_text("".join(one for one in lines if not one.startswith(line)), encoding="utf-8")
    for stale in (page, tmp_path / "nowhere.md"):
        answer = page_check(f"make_{name}.py", stale)
        assert answer.returncode == 1
        assert "make reference" in answer.stderr


# --- the words --------------------------------------------------------------------------------------------------------


def unexplained(sources: dict[str, str]) -> set[str]:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return {term for text in sources.values() for term in house.chinese_terms(text) if term not in glossary}


def test_every_chinese_term_stands_in_the_glossary():
    """TOOL-8: names of the field; the strategies of `servicedesk.testing` invent words and are left out."""
    rooms = {name: text for name, text in house.sources(PACKAGE).items() if "/testing/" not in name}
    assert unexplained(rooms) == set()


def test_the_check_of_the_glossary_can_fail():
    """TOOL-17: a term nobody explained is found; one inside an example is not a term."""
    assert unexplained({"a.py": "x = '督办 and 无此词条'", "b.py": "'''Say.\n\n>>> '无此城市'\n'''"}) == {"无此词条"}
