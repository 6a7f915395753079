"""Write docs/loops.md: every ready-made loop, drawn, with what it is for, what it promises and how it is written.

``python docs/make_loops.py`` writes the page; with ``--check`` it fails if the page is not what it would write.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from pages import run

from servicedesk.workflow import Mark, Promise, State, Step, Workflow, library

__all__ = ["loops"]

PAGE = Path(__file__).with_name("loops.md")
HEAD = """\
# The ready-made loops

Every loop of `servicedesk.workflow.library`, drawn. Each is a value: take it as it is, or adapt it by
`library.fault().extend(version=2, ...)` ([workflows](workflow.md)). What is *documented* of a desk names the desk;
names of steps, reason codes and spans are *illustrative* and meant to be changed.

A colour is a category: new 受理, active and waiting 处理, resolved 回访, closed 归档. Steps that go the same way
share an arrow; a step that stays stands inside its state; what returns to the last active state goes through the
dashed place. A note is a promise: nobody gets there without these marks, proved over every way round.

The printed form: `step: sources > target [roles]`; target `.` stays, `<` returns to the last active state; `?` fields
that must be known, `#` reasons, `!` marks needed, `+` given, `-` void, `^` counted, `@` by itself after a span or at a
field's instant. This page is written by `make reference`, and a test keeps it true.

"""


def loops() -> str:
    """Return the text of the whole page."""
    made = [(function, function()) for function in library.LOOPS]
    links = "".join(f"- [{_title(flow)}](#{flow.name}-{flow.labels['zh']}): {_purpose(f)}\n" for f, flow in made)
    return HEAD + links + "".join("\n" + "\n".join(_section(f, flow)) + "\n" for f, flow in made)


def _title(flow: Workflow) -> str:
    return f"{flow.name} {flow.labels['zh']}"


def _section(function: Callable[[], Workflow], flow: Workflow) -> Iterator[str]:
    yield f"## {_title(flow)}\n"
    yield f"{_about(function)}\n"
    yield f"Promises: {_promises(flow)}.\n"
    yield _drawn(flow, "zh")
    yield "\n<details><summary>In English</summary>\n"
    yield _drawn(flow, "en")
    yield "\n</details>\n"
    yield f"```python\n{_import(function)}print(library.{function.__name__}())\n```\n```text\n{flow}\n```"


def _import(function: Callable[[], Workflow]) -> str:
    first = function is library.LOOPS[0]  # the examples of a page go on from each other
    return "from servicedesk.workflow import library\n\n" if first else ""


def _purpose(function: Callable[[], Workflow]) -> str:
    return _told(function).splitlines()[0]


def _about(function: Callable[[], Workflow]) -> str:
    told = _told(function)
    return f"{told[0].upper()}{told[1:]}"


def _told(function: Callable[[], Workflow]) -> str:
    """Return the docstring as the page has it: without "Return", and without the numbers of rules."""
    told = (inspect.getdoc(function) or "").removeprefix("Return the loop of ").replace("``", "`")
    return re.sub(r" \([A-Z]+-\d+\)", "", told)


def _promises(flow: Workflow) -> str:
    return "; ".join(_promise(flow, promise) for promise in flow.promises) or "none"


def _promise(flow: Workflow, promise: Promise) -> str:
    marks = {mark.name: mark for mark in flow.all_marks}
    place = next(part for part in (*flow.states, *flow.steps) if part.name == promise.before)
    return f"{_both(place)} ⇒ {', '.join(_both(marks[name]) for name in promise.marks)}"


def _both(part: State | Step | Mark) -> str:
    return f"`{part.name}` {part.labels['zh']}"


def _drawn(flow: Workflow, language: str) -> str:
    return f"```mermaid\n{flow.mermaid(language=language)}```"


if __name__ == "__main__":
    sys.exit(run(__doc__, loops, PAGE))
