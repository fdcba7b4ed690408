"""A folder with one picture, and a library with nothing in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.library import Library
from tests.support.texture import draw


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds `one.png`."""
    draw(tmp_path / "pictures" / "one.png", 1)
    return tmp_path / "pictures"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Nothing is indexed yet."""
    return Library(tmp_path / "home")
