"""Documents and tests fail when they should: wrong examples, quiet skips, warnings (TOOL-3, TOOL-12, TOOL-17)."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from tooling.processes import TOOLS, run


def pytest_in(folder: Path, **environment: str) -> tuple[int, dict[str, int]]:
    """Run pytest there and return its exit status and how many passed, failed, were skipped and so on."""
    answer = run(TOOLS / "pytest", "-q", "-p", "no:cacheprovider", ".", cwd=folder, **environment)
    counts = re.findall(r"(\d+) (passed|failed|skipped|error)", answer.stdout.splitlines()[-1])
    return answer.returncode, {what: int(count) for count, what in counts}


NOUN = '''
def one():
    """Return 1.

    >>> one()
    1
    >>> one()
    2
    """
    return 1
'''


def test_documents_fail_on_a_wrong_example(elsewhere):
    """TOOL-12, TOOL-17: wrong blocks and prompts of Markdown, and a wrong docstring however deep, each fail."""
    (elsewhere / "README.md").write_text(
        "```python\nassert 1 + 1 == 2\n```\n\n```python\nassert 1 + 1 == 3\n```\n\n```text\nnot run\n```\n"
    )
    (elsewhere / "docs").mkdir()
    (elsewhere / "docs" / "page.md").write_text("```python\n>>> 1 + 1\n2\n>>> 1 + 2\n4\n```\n")
    package = elsewhere / "src" / "house" / "room"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "noun.py").write_text(
        'def f():\n    """Return 1.\n\n    >>> f()\n    1\n    >>> f()\n    2\n    """\n    return 1\n'
    )
    (package.parent / "__init__.py").write_text("")
    assert pytest_in(elsewhere, PYTHONPATH=str(elsewhere / "src")) == (1, {"failed": 3, "passed": 3})


ROOT = Path(__file__).parents[2]
PRINTED = re.compile(r"^```(python|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["README.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md"))])
def test_what_a_document_prints_stands_below_it(name):
    """TOOL-12: a text block after a Python block is what that block prints, to the letter."""
    namespace: dict[str, object] = {}
    printed = ""
    for kind, body in PRINTED.findall((ROOT / name).read_text(encoding="utf-8")):
        if kind == "text":
            assert printed == body
        elif not body.startswith(">>>"):
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(body, name, "exec"), namespace)
            printed = out.getvalue()


SKIPS = """import pytest

@pytest.mark.skip(reason="{reason}")
def test_skipped():
    pass

@pytest.mark.xfail(reason="known", strict=True)
def test_expected_to_fail():
    assert False
"""


@pytest.mark.parametrize(
    ("reason", "in_ci", "outcome"),
    [
        ("no time today", False, (0, {"skipped": 1})),
        ("no time today", True, (1, {"error": 1})),
        ("the full log is not here: set SERVICEDESK_DATA", True, (0, {"skipped": 1})),
    ],
)
def test_an_unexplained_skip_fails_in_ci(elsewhere, monkeypatch, reason, in_ci, outcome):
    """TOOL-3: in CI a test may be skipped for reasons of a short list only; an expected failure is no skip."""
    monkeypatch.delenv("CI", raising=False)
    (elsewhere / "test_it.py").write_text(SKIPS.format(reason=reason))
    assert pytest_in(elsewhere, **({"CI": "true"} if in_ci else {})) == outcome


def test_a_file_skipped_as_a_whole_fails_in_ci(elsewhere):
    """TOOL-3: an import that quietly skips a file is found too."""
    (elsewhere / "test_it.py").write_text("import pytest\n\npytest.importorskip('no_such_package')\n")
    assert pytest_in(elsewhere, CI="true")[0] != 0


@pytest.mark.parametrize(
    "body",
    [
        "import warnings\n\ndef test_it():\n    warnings.warn('careful')\n",
        "import pytest\n\n@pytest.mark.no_such_mark\ndef test_it():\n    pass\n",
        "import pytest\n\n@pytest.mark.xfail(reason='was broken')\ndef test_it():\n    pass\n",
    ],
    ids=["a warning", "an unknown mark", "an unexpected pass"],
)
def test_pytest_is_strict(elsewhere, body):
    """TOOL-3: warnings, unknown marks and unexpected passes are failures."""
    (elsewhere / "test_it.py").write_text(body)
    assert pytest_in(elsewhere)[0] != 0
