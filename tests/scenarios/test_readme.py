"""The README's examples print what the README says it prints."""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_examples_print_what_they_promise(capsys):
    """Both examples, one after the other, in one namespace; and their workflow has no problems."""
    examples = re.findall(r"```python\n(.*?)```\n```text\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 2
    names = {}
    for code, printed in examples:
        exec(compile(code, "README.md", "exec"), names)
        assert capsys.readouterr().out == printed
    assert names["fault"].problems() == ()


def test_the_first_screen_holds_the_two_commands():
    first_screen = "\n".join(README.read_text(encoding="utf-8").splitlines()[:40])
    assert "make demo" in first_screen
    assert "make test" in first_screen
