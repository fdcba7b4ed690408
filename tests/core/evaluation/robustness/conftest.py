"""A collection of drawn pictures, indexed by a vector method and a local one."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw_folder


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 24 pictures in `mine` and 8 others in `others`."""
    folder = tmp_path_factory.mktemp("robustness")
    draw_folder(folder / "mine", range(24))
    draw_folder(folder / "others", range(30, 38))
    return folder


@pytest.fixture(scope="session")
def workspace(base: Path) -> Workspace:
    """`mine` as a collection of that name."""
    workspace = Workspace(Folders(base / "data", base / "cache", base / "config"))
    index_collection(workspace, "mine", [base / "mine"], ["phash", "sift"], control=NullControl())
    return workspace
