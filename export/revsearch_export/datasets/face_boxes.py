"""From where a face is, in pixels of a file, to the part of the upright picture that is looked at. Imports Pillow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from revsearch_tui.api import Box

_EXIF_ORIENTATION = 0x0112
_AUTHORS_MARGIN = 0.4
"""What IMDB-WIKI's authors add to each side of a face, in its own size, where they distribute crops."""


@dataclass(frozen=True, slots=True)
class FacePicture:
    """Size of a picture in pixels as it is stored, and its EXIF orientation, 1 to 8."""

    width: int
    height: int
    orientation: int = 1

    def is_authors_crop(self, width: float, height: float) -> bool:
        """Whether the picture is just as large as the authors' crop of a face of this size would be.

        A face's place is told in pixels of the picture that it was cut out of, and means nothing in the crop.
        """
        scale = 1 + 2 * _AUTHORS_MARGIN
        return abs(self.width - scale * width) <= 2 and abs(self.height - scale * height) <= 2


def face_picture(path: Path) -> FacePicture | str:
    """What the file's header tells, or why the file is of no use."""
    from PIL import Image

    if not path.is_file():
        return "a missing file"
    try:
        with Image.open(path) as image:
            orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
            picture = FacePicture(*image.size, orientation if orientation in range(1, 9) else 1)
    except Exception:  # damaged files raise anything that Pillow comes upon
        return "an unreadable file"
    return picture if picture.width > 0 and picture.height > 0 else "an unreadable file"


def face_part(picture: FacePicture, pixels: tuple[float, float, float, float], margin: float) -> Box | None:
    """The face, grown on each side by `margin` of its width and height, within the upright picture.

    `pixels` are x1, y1, x2, y2, counted from 1, both corners in the face. None where they are no rectangle that
    touches the picture.
    """
    x1, y1, x2, y2 = pixels
    if not all(map(math.isfinite, pixels)) or x2 < x1 or y2 < y1:
        return None
    left, top, right, bottom = x1 - 1, y1 - 1, x2, y2
    if left >= picture.width or top >= picture.height or right <= 0 or bottom <= 0:
        return None
    across, down = margin * (right - left), margin * (bottom - top)
    return _upright(
        max(0.0, left - across) / picture.width,
        max(0.0, top - down) / picture.height,
        min(picture.width, right + across) / picture.width,
        min(picture.height, bottom + down) / picture.height,
        picture.orientation,
    )


def _upright(left: float, top: float, right: float, bottom: float, orientation: int) -> Box:
    """The same part after the picture was turned as its EXIF orientation asks."""
    if orientation in (5, 6, 7, 8):  # mirrored along the main diagonal first
        left, top, right, bottom = top, left, bottom, right
    if orientation in (2, 3, 6, 7):
        left, right = 1 - right, 1 - left
    if orientation in (3, 4, 7, 8):
        top, bottom = 1 - bottom, 1 - top
    return Box(max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom))
