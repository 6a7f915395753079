"""Write docs/reference.md: every public name with the first line of its docstring, grouped by room.

``python docs/make_reference.py`` writes the page; with ``--check`` it fails if the page is not what it would write.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path

from pages import run

__all__ = ["reference"]

PACKAGE = "servicedesk"
PAGE = Path(__file__).with_name("reference.md")
HEAD = """\
# Reference

Every name of `import servicedesk`, grouped by the room it comes from, with the first line of its docstring; `help(...)`
shows the rest. This page is written by `make reference`, and a test keeps it true.
"""


def reference() -> str:
    """Return the text of the whole page."""
    names = importlib.import_module(PACKAGE).__all__
    rooms = _order_of_the_house()
    names = sorted(names, key=lambda name: (rooms.index(room(name)), name.lower(), name))
    return HEAD + "".join(_section(title, members) for title, members in groupby(names, key=room))


def _order_of_the_house() -> list[str]:
    """Return the rooms in the order in which the public page imports from them."""
    imports = (node for node in _tree(PACKAGE) if isinstance(node, ast.ImportFrom))
    return list(dict.fromkeys(room(alias.asname or alias.name) for node in imports for alias in node.names))


def _section(title: str, members: Iterator[str]) -> str:
    about = first_line(importlib.import_module(title).__doc__)
    lines = "".join(f"- `{name}`: {summary(name)}\n{_inside(name)}" for name in members)
    return f"\n## {title.removeprefix(PACKAGE + '.')}\n\n{about}\n\n{lines}"


def _inside(name: str) -> str:
    """Return the names of a public module, each with its first line, as a list below it."""
    module = getattr(importlib.import_module(PACKAGE), name)
    if not inspect.ismodule(module):
        return ""
    inner = sorted(module.__all__, key=lambda member: (member.lower(), member))
    return "".join(f"  - `{name}.{member}`: {summary(member, module.__name__)}\n" for member in inner)


def room(name: str) -> str:
    """Return the room of a public name: the module under the package through which it comes."""
    return ".".join(_home(PACKAGE, name).split(".")[:2])


def summary(name: str, module: str = PACKAGE) -> str:
    """Return the first line about a public name; a constant's stands as a text below it."""
    home, value = _home(module, name), getattr(importlib.import_module(module), name)
    if inspect.ismodule(value):
        return first_line(value.__doc__)
    if inspect.isclass(value) or inspect.isroutine(value):
        return first_line(inspect.getdoc(value))
    return first_line(_text_below(home, name))


def first_line(text: str | None) -> str:
    """Return the first line of a docstring."""
    return (text or "(no docstring)").strip().splitlines()[0]


def _tree(module: str) -> list[ast.stmt]:
    return ast.parse(inspect.getsource(importlib.import_module(module))).body


def _home(module: str, name: str) -> str:
    """Follow a name through ``from … import`` lines to the module that defines it; a module is its own home."""
    for node in _tree(module):
        if isinstance(node, ast.ImportFrom) and node.module and name in {a.asname or a.name for a in node.names}:
            return f"{module}.{name}" if node.module == module else _home(node.module, name)
    return module


def _text_below(module: str, name: str) -> str | None:
    """Return the text that stands below ``name = …`` in a module."""
    for node, after in pairwise(_tree(module)):
        targets = {target.id for target in ast.walk(node) if isinstance(target, ast.Name)}
        if isinstance(node, ast.Assign | ast.AnnAssign) and name in targets and isinstance(after, ast.Expr):
            return str(getattr(after.value, "value", ""))
    return None


if __name__ == "__main__":
    sys.exit(run(__doc__, reference, PAGE))
