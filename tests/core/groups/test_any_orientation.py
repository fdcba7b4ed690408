"""Hashes alone find what was turned or mirrored where they are asked to, say how, and take nothing else for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import NullControl, UsageError
from revsearch_tui.core.groups.duplicates import find_in_library
from revsearch_tui.core.groups.keeping import keep_rules
from revsearch_tui.core.groups.look_for import LookFor
from revsearch_tui.core.groups.opening_sides import Methods, open_sides
from tests.support.drawn import draw, draw_folder
from tests.support.groups import found, names
from tests.support.library import Library

TURNED = {
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "mirrored, turned by 180 degrees": Image.Transpose.FLIP_TOP_BOTTOM,
    "turned by 180 degrees": Image.Transpose.ROTATE_180,
    "turned left by 90 degrees": Image.Transpose.ROTATE_90,
    "turned right by 90 degrees": Image.Transpose.ROTATE_270,
    "mirrored, turned left by 90 degrees": Image.Transpose.TRANSPOSE,
    "mirrored, turned right by 90 degrees": Image.Transpose.TRANSVERSE,
}


@pytest.fixture
def hashed(tmp_path: Path) -> Library:
    """To be indexed by phash alone."""
    return Library(tmp_path / "home", ("phash",))


def _draw_turned(folder: Path) -> None:
    original = draw(1, (640, 480))
    original.save(folder / "original.png")
    for change, transpose in TURNED.items():
        original.transpose(transpose).resize((320, 240)).save(folder / f"{change}.jpg", quality=80)


def test_all_eight_orientations_are_found_and_each_is_named(hashed: Library, folder: Path) -> None:
    draw_folder(folder, range(10, 18))
    _draw_turned(folder)
    hashed.index(folder)
    assert names(found(hashed)) == {}
    (group,) = found(hashed, any_orientation=True)
    assert group.keep.path.name == "original.png"
    assert {member.file.path.stem: member.evidence.change for member in group.others} == {each: each for each in TURNED}
    assert {(member.evidence.tier, member.evidence.unit) for member in group.others} == {("copy", "bits")}


def test_they_are_found_against_a_library_too(hashed: Library, folder: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    _draw_turned(new)
    (new / "original.png").rename(folder / "original.png")
    draw_folder(folder, range(10, 14))
    look_for = LookFor(keep_rules(), any_orientation=True)
    sides = (hashed.workspace, [new], [folder], Methods(["phash"]), NullControl(), hashed.notes.append)
    with open_sides(*sides) as (first, second):
        groups = list(find_in_library(first, second, look_for, NullControl(), hashed.notes.append))
    back = {"turned left by 90 degrees": "turned right by 90 degrees"}
    back |= {there: here for here, there in back.items()}
    members = [member for group in groups for member in group.others]
    assert {group.keep.path.name for group in groups} == {"original.png"}
    # Told is what was done to the new picture.
    assert {each.file.path.stem: each.evidence.change for each in members} == {
        each: back.get(each, each) for each in TURNED
    }


def test_plain_and_symmetric_pictures_are_nothing_but_themselves(hashed: Library, folder: Path) -> None:
    for number in range(12):
        rows = np.linspace(40 + number, 200 - number, 150)[:, None, None]
        Image.fromarray(np.broadcast_to(rows, (150, 200, 3)).astype(np.uint8)).save(folder / f"sky{number}.png")
        Image.new("RGB", (200, 150), (number * 20, 90, 60)).save(folder / f"colour{number}.png")
        half = draw(number + 1, (320, 480))
        whole = Image.new("RGB", (640, 480))
        whole.paste(half)
        whole.paste(half.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (320, 0))
        whole.save(folder / f"symmetric{number}.png")
    hashed.index(folder)
    assert names(found(hashed, any_orientation=True)) == {}


def test_a_hash_that_cannot_be_turned_is_an_error_in_a_sentence(tmp_path: Path, folder: Path) -> None:
    library = Library(tmp_path / "home", ("sift",))
    draw_folder(folder, range(3))
    library.index(folder)
    with pytest.raises(UsageError, match="--any-orientation needs a hash"):
        found(library, any_orientation=True)


def test_what_is_inverted_or_a_small_part_is_found_among_many(library: Library, folder: Path) -> None:
    """By its views; the aggregates of the two alone are no nearer than those of strangers."""
    draw_folder(folder, range(20, 60))
    original = draw(1, (640, 480))
    original.save(folder / "original.png")
    Image.eval(original, lambda value: 255 - value).save(folder / "inverted.png")
    library.index(folder)
    assert names(found(library, rules={"order": ["oldest"]})) == {"original.png": {"inverted.png"}}
