"""The house rules of the design as functions of source text: each returns what breaks it, one line a finding (TOOL-8).

Length of a function means the lines of its body without the docstring, from the first statement to the last, blank
lines and comments between them included. A body that is only ``...`` (a Protocol's method, an overload) has no length.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

__all__ = [
    "FILE_LINES",
    "FUNCTION_LINES",
    "MEDIAN_LINES",
    "chinese_terms",
    "clock_readings",
    "export_problems",
    "function_lengths",
    "long_files",
    "long_functions",
    "sources",
]

FILE_LINES = 400
FUNCTION_LINES = 50
MEDIAN_LINES = 6

Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_files(sources: dict[str, str]) -> list[str]:
    """List the files with more lines than the house allows."""
    lengths = {name: len(text.splitlines()) for name, text in sources.items()}
    return [f"{name}: {lines} lines, at most {FILE_LINES}" for name, lines in lengths.items() if lines > FILE_LINES]


def function_lengths(source: str) -> Iterator[tuple[str, int]]:
    """Yield ``name:line`` and the length of every function of a module, methods and inner functions included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function) and (body := _body(node)):
            yield f"{node.name}:{node.lineno}", (body[-1].end_lineno or 0) - body[0].lineno + 1


def _body(function: Function) -> list[ast.stmt]:
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    is_stub = len(body) == 1 and isinstance(body[0], ast.Expr) and _is_ellipsis(body[0].value)
    return [] if is_stub else body


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def long_functions(sources: dict[str, str]) -> list[str]:
    """List the functions that do not fit a glance."""
    lengths = ((f"{name}:{where}", lines) for name, text in sources.items() for where, lines in function_lengths(text))
    return [f"{where}: {lines} lines, at most {FUNCTION_LINES}" for where, lines in lengths if lines > FUNCTION_LINES]


# Reading a clock or drawing from a generator that nobody handed in. `random.Random(seed)` is the one allowed way.
_CLOCK_NAMES = {"now", "utcnow", "today", "tomorrow", "yesterday"}
_CLOCKS = {
    f"time.{name}{unit}"
    for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime")
    for unit in ("", "_ns")
} | {"time.localtime", "time.gmtime", "time.ctime"}
_CHANCE = {"uuid.uuid1", "uuid.uuid4", "os.urandom", "os.getrandom"}


def clock_readings(source: str) -> list[str]:
    """List every place of a module that reads a clock, or draws chance from anything but a generator it was given."""
    tree = ast.parse(source)
    origins = _origins(tree)
    uses = ((node, _dotted(node, origins)) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute))
    found = [(node.lineno, name) for node, name in uses if name and _is_impure(name)]
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and not node.args and not node.keywords)
    unseeded = [(node.lineno, "random.Random()") for node in calls if _dotted(node.func, origins) == "random.Random"]
    return [f"line {line}: {name}" for line, name in sorted({*found, *unseeded})]


def _origins(tree: ast.Module) -> dict[str, str]:
    """Return what each imported name of a module stands for: ``{"t": "time", "choice": "random.choice"}``."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            whole = ((alias, alias.name.partition(".")[0]) for alias in node.names)
            names |= {alias.asname or top: alias.name if alias.asname else top for alias, top in whole}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _dotted(node: ast.expr, origins: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return origins.get(node.id, "")
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, origins) or '?'}.{node.attr}"
    return ""


def _is_impure(name: str) -> bool:
    module, _, last = name.rpartition(".")
    by_chance = module in {"random", "secrets"} and name != "random.Random"
    return name in _CLOCKS | _CHANCE or by_chance or (bool(module) and last in _CLOCK_NAMES)


def export_problems(module: ModuleType) -> list[str]:
    """List what a module lacks of a good face: a docstring, an ``__all__``, its order, and that each name exists."""
    words = [] if module.__doc__ else ["no docstring"]
    exported = getattr(module, "__all__", None)
    if exported is None:
        return [*words, "no __all__"]
    order = [] if list(exported) == sorted(exported, key=_order) else ["__all__ is not sorted"]
    missing = [f"__all__ names {name!r}, which is not defined" for name in exported if not hasattr(module, name)]
    return words + order + missing


def _order(name: str) -> tuple[int, str]:
    """Order as ruff does: constants, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)


_CHINESE = re.compile(r"(?<![一-鿿])[一-鿿]{2,8}(?![一-鿿])")


def chinese_terms(source: str) -> set[str]:
    """Return the Chinese terms in the texts of a module, two to eight characters each, the examples left out."""
    constants = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    texts = (value.partition(">>>")[0] for value in constants if isinstance(value, str))
    return {term for text in texts for term in _CHINESE.findall(text)}


def sources(*folders: Path) -> dict[str, str]:
    """Read every Python file under some folders, by its path."""
    files = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return {path.as_posix(): path.read_text(encoding="utf-8") for path in files}
