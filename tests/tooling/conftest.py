"""What the proofs of the tools share."""

from __future__ import annotations

import shutil

import pytest

from tooling.processes import ROOT


@pytest.fixture
def elsewhere(tmp_path):
    """An empty folder with the settings of the project."""
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path
