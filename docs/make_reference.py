"""Write docs/reference.md: every public name with the first line of its docstring, grouped by room.

``python docs/make_reference.py`` writes the page; with ``--check`` it fails if the page is not what it would write.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import importlib
import inspect
import sys
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path

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


def check(page: Path) -> int:
    """Print what differs between a page and what would be written; return how many pages are stale, 0 or 1."""
    found, wanted = page.read_text(encoding="utf-8") if page.exists() else "", reference()
    if found == wanted:
        return 0
    print("\n".join(difflib.unified_diff(found.splitlines(), wanted.splitlines(), "found", "wanted", lineterm="")))
    sys.stderr.write(f"{page.name} is not up to date: run `make reference`\n")
    return 1


def main() -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the page is stale")
    parser.add_argument("page", nargs="?", type=Path, default=PAGE)
    options = parser.parse_args()
    if options.check:
        return check(options.page)
    options.page.write_text(reference(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
