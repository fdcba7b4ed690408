"""A workspace of its own for each test, and a record to keep in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.core.paths import Folders
from revsearch_tui.core.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    home = tmp_path / "home"
    return Workspace(Folders(home / "data", home / "cache", home / "config"))
