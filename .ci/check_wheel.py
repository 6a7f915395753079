"""Open a wheel and look: the marker of types is in it, tests and other top-level names are not (TOOL-2)."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable

__all__ = ["problems"]


def problems(names: Iterable[str]) -> list[str]:
    """List what is wrong with a wheel that holds files of these names."""
    files = set(names)
    required = ("servicedesk/__init__.py", "servicedesk/py.typed")
    missing = [f"{name} is missing" for name in required if name not in files]
    licence = [] if any(name.endswith("/licenses/LICENSE") for name in files) else ["the licence is missing"]
    return missing + licence + [f"{name} does not belong in the wheel" for name in sorted(files) if _is_foreign(name)]


def _is_foreign(name: str) -> bool:
    top, *inner = name.split("/")
    metadata = top.startswith("servicedesk-") and top.endswith(".dist-info")
    is_test = any(part in {"tests", "conftest.py"} or part.startswith("test_") for part in inner)
    return is_test or not (top == "servicedesk" or metadata)


if __name__ == "__main__":
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        found = problems(wheel.namelist())
        print(f"{sys.argv[1].rpartition('/')[2]}: {len(wheel.namelist())} files, {len(found)} problems")
    sys.exit("\n".join(found) or 0)
