"""A small collection, and what searches it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.start_search import open_engine
from tests.support.drawn import draw_folder
from tests.support.library import Library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Twelve drawn pictures, by phash and sift."""
    base = tmp_path_factory.mktemp("twelve")
    draw_folder(base / "pictures", range(12))
    made = Library(base / "home", ("phash", "sift"))
    made.index(base / "pictures")
    return made


@pytest.fixture
def engine(library: Library) -> Iterator[SearchEngine]:
    engine = open_engine(library.workspace, library.workspace.collection("pictures"), NullControl(), print)
    yield engine
    engine.close()
