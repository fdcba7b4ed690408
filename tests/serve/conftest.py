"""A small real collection, and one server of it for all tests that only ask."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.drawn import draw_folder
from tests.support.program import revsearch
from tests.support.serving import Serving, serving


@pytest.fixture(scope="session", autouse=True)
def _plain_environment() -> Iterator[None]:
    """No variable of the user's own reaches the program."""
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith("REVSEARCH_") and name != "REVSEARCH_TEST_DATA":
            patch.delenv(name)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty drawn pictures of two classes, one of them twice: `a/p03.png` and `a/beach.png`."""
    folder = tmp_path_factory.mktemp("pictures")
    draw_folder(folder / "a", range(15))
    draw_folder(folder / "b", range(20, 35))
    shutil.copy(folder / "a" / "p03.png", folder / "a" / "beach.png")
    return folder


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    """A home with the collection `pictures`, indexed by phash and sift."""
    folder = tmp_path_factory.mktemp("home")
    done = revsearch(folder, "index", pictures, "-m", "phash", "-m", "sift")
    assert done.returncode == 0, done.stderr.decode()
    return folder


@pytest.fixture(scope="session")
def words(home: Path, pictures: Path) -> str:
    """A collection of that home by efficientnet, which takes words."""
    done = revsearch(home, "index", pictures / "a", "-c", "words", "-m", "efficientnet")
    assert done.returncode == 0, done.stderr.decode()
    return "words"


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[Serving]:
    """A server that takes requests of at most a megabyte."""
    with serving(home, "-c", "pictures", environment={"REVSEARCH_NETWORK_MAX_MB": "1"}) as started:
        yield started
