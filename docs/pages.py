"""What the scripts that write a page share: write it, or check that it is what would be written."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["run"]


def run(about: str | None, text: Callable[[], str], page: Path) -> int:
    """Write the page, or with ``--check`` compare it; return the exit code."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the page is stale")
    parser.add_argument("page", nargs="?", type=Path, default=page)
    options = parser.parse_args()
    if options.check:
        return _check(options.page, text())
    options.page.write_text(text(), encoding="utf-8")
    return 0


def _check(page: Path, wanted: str) -> int:
    """Print what differs between a page and what would be written; return how many pages are stale, 0 or 1."""
    found = page.read_text(encoding="utf-8") if page.exists() else ""
    if found == wanted:
        return 0
    print("\n".join(difflib.unified_diff(found.splitlines(), wanted.splitlines(), "found", "wanted", lineterm="")))
    sys.stderr.write(f"{page.name} is not up to date: run `make reference`\n")
    return 1
