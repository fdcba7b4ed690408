"""Small labelled data, drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw

MakeTree = Callable[..., Path]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    home = tmp_path / "home"
    return Workspace(Folders(home / "data", home / "cache", home / "config"))


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    """`make_tree(cat=20, dog=10)`: folders of that many small drawn pictures, no two alike, below `name`."""

    def make(name: str = "classes", **classes: int) -> Path:
        for place, (label, count) in enumerate(classes.items()):
            (tmp_path / name / label).mkdir(parents=True)
            for number in range(count):
                draw(1000 * place + number, (24, 16)).save(tmp_path / name / label / f"{number:03d}.png")
        return tmp_path / name

    return make
