"""A library with nothing in it yet, and a trash of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.library import Library


@pytest.fixture(autouse=True)
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's trash."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path / "share" / "Trash"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """To be indexed by phash and sift."""
    return Library(tmp_path / "home", ("phash", "sift"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """To hold pictures."""
    made = tmp_path / "pictures"
    made.mkdir()
    return made
