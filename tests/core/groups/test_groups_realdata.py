"""Shots of one scene are told from copies, on real photographs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.groups import found, names
from tests.support.library import Library
from tests.support.realdata import unpacked

pytestmark = pytest.mark.realdata

BURSTS = (
    ("horses", "761", "776"),
    ("horses", "768", "789"),
    ("horses", "727", "748"),
    ("elephants", "503", "567"),
    ("elephants", "589", "595"),
    ("buildings", "284", "285"),
)
"""The same animals a moment later; a building from another place."""
COPIES = (("food", "935", "981"), ("food", "918", "924"))
"""One mirrored, and one cut a little otherwise, as Corel-1k has them."""


def test_bursts_are_the_same_thing_and_one_photo_twice_is_a_copy(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    photos = unpacked("corel1k.tar.gz", tmp_path / "data") / "corel1k"
    for kind, *numbers in (*BURSTS, *COPIES):
        for number in numbers:
            shutil.copyfile(photos / kind / f"{number}.jpg", folder / f"{number}.jpg")
    library.index(folder)
    assert {frozenset({kept, *others}) for kept, others in names(found(library)).items()} == {
        frozenset({f"{one}.jpg", f"{other}.jpg"}) for _, one, other in COPIES
    }
    groups = found(library, same_thing=True)
    tiers = {frozenset({group.keep.path.stem, group.others[0].file.path.stem}): group.tier for group in groups}
    assert tiers == {frozenset(pair): "same thing" for _, *pair in BURSTS} | {
        frozenset(pair): "copy" for _, *pair in COPIES
    }
