"""Small labelled pictures, and a workspace that measures on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.workspace import Workspace
from tests.support.labelled import draw_classes

NAMES = {"checks": "cat", "rows": "dog", "stripes": "ship"}
"""Classes of the drawn pictures, called as classes that the network which is shipped knows."""


def new_workspace(home: Path) -> Workspace:
    """A workspace with everything below `home`."""
    return Workspace(Folders(home / "data", home / "cache", home / "config"))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return new_workspace(tmp_path / "home")


@pytest.fixture(scope="session")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty pictures each of cat, dog and ship, to be left as they are."""
    root = draw_classes(tmp_path_factory.mktemp("labelled") / "patterns")
    for drawn, name in NAMES.items():
        (root / drawn).rename(root / name)
    return root
