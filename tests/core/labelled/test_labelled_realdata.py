"""Real faces by name: split and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.core.labelled.open import open_labelled
from revsearch_tui.core.workspace import Workspace
from tests.support.realdata import unpacked


@pytest.mark.realdata
def test_real_faces_are_split_by_name_and_all_are_read(workspace: Workspace, tmp_path: Path) -> None:
    root = unpacked("people96-train.tar.gz", tmp_path) / "people96"
    with open_labelled(workspace, str(root)) as data:
        counts = data.describe()["counts"]
        pictures = list(data.pictures(data.test))
    assert len(data.classes) == 96 and sum(counts.values()) == 1951
    assert abs(counts["test"] - 195) <= 10 and abs(counts["validation"] - 88) <= 15
    assert all(picture is not None and picture.shape == (250, 250, 3) for picture in pictures)
