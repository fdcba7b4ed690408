"""From pixels of a face to the part of the upright picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageOps
from revsearch_export.datasets.imdb_wiki import FacePicture, face_part, face_picture

from revsearch_tui.api import Box


def test_a_face_is_counted_from_one_and_grown_by_its_own_size() -> None:
    # Pixels 41..60 across and 21..60 down, that is 20 x 40, grown by half of that.
    assert face_part(FacePicture(100, 200), (41, 21, 60, 60), 0.5) == Box(0.30, 0.0, 0.70, 0.40)


def test_a_face_is_clipped_to_its_picture() -> None:
    assert face_part(FacePicture(100, 100), (1, 1, 100, 100), 0.4) == Box(0, 0, 1, 1)
    assert face_part(FacePicture(100, 100), (91, 91, 130, 130), 0) == Box(0.9, 0.9, 1, 1)


@pytest.mark.parametrize(
    "pixels",
    [
        (101, 1, 120, 20),
        (1, 101, 20, 120),
        (-30, 1, 0, 20),
        (30, 1, 20, 20),
        (float("nan"), 1, 20, 20),
        (1, 1, 2, float("inf")),
    ],
)
def test_what_does_not_touch_the_picture_is_no_face(pixels: tuple[float, float, float, float]) -> None:
    assert face_part(FacePicture(100, 100), pixels, 0.4) is None


def test_the_authors_crops_are_known_by_their_size() -> None:
    # The first row of wiki.mat: a face of 141.4 pixels, in a file of 255 x 255.
    assert FacePicture(255, 255).is_authors_crop(141.379, 141.379)
    assert not FacePicture(255, 255).is_authors_crop(100, 100)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_face_stays_on_the_face_when_the_picture_is_turned_upright(orientation: int, tmp_path: Path) -> None:
    image = Image.new("RGB", (80, 48))
    image.paste((255, 255, 255), (16, 8, 32, 40))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "turned.png", exif=exif)
    picture = face_picture(tmp_path / "turned.png")
    assert picture == FacePicture(80, 48, orientation)
    box = face_part(picture, (17, 9, 32, 40), 0)
    with Image.open(tmp_path / "turned.png") as stored:
        upright = ImageOps.exif_transpose(stored)
    assert box is not None
    wide, high = upright.size
    corners = (round(box.left * wide), round(box.top * high), round(box.right * wide), round(box.bottom * high))
    assert upright.convert("L").point(lambda value: value > 128 and 255).getbbox() == corners


def test_files_that_are_absent_or_no_pictures_are_told(tmp_path: Path) -> None:
    (tmp_path / "rubbish.jpg").write_bytes(b"rubbish")
    assert face_picture(tmp_path / "rubbish.jpg") == "an unreadable file"
    assert face_picture(tmp_path / "absent.jpg") == "a missing file"
