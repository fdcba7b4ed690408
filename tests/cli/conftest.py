"""One small real collection for all tests of the command line that only read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.drawn import draw_folder
from tests.support.program import revsearch


@pytest.fixture(scope="session", autouse=True)
def _plain_environment() -> Iterator[None]:
    """No variable of the user's own reaches the program."""
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith("REVSEARCH_") and name != "REVSEARCH_TEST_DATA":
            patch.delenv(name)
    patch.setenv("ORT_DISABLE_TELEMETRY", "1")
    yield
    patch.undo()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty drawn pictures: `a/p00.png` to `a/p19.png` and `b/p20.png` to `b/p39.png`."""
    folder = tmp_path_factory.mktemp("pictures")
    draw_folder(folder / "a", range(20))
    draw_folder(folder / "b", range(20, 40))
    return folder


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    """A home with the collection `pictures`, indexed by phash and sift."""
    folder = tmp_path_factory.mktemp("home")
    done = revsearch(folder, "index", pictures, "-m", "phash", "-m", "sift")
    assert done.returncode == 0, done.stderr.decode()
    return folder
