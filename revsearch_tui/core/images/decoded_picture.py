"""A picture that is decoded, and its eight orientations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from revsearch_tui.api.types import Picture

ORIENTATION_NAMES = (
    "as it is",
    "mirrored",
    "turned by 180 degrees",
    "upside down mirrored",
    "mirrored along the main diagonal",
    "turned right",
    "mirrored along the other diagonal",
    "turned left",
)
"""What was done to the picture at the same index of `all_orientations`."""
EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A picture and what is known of its file.

    `picture`: uint8 RGB H x W x 3, upright, sRGB, alpha over a plain ground, longest side at most `WORKING_SIDE`.
    `width` and `height`: the upright full size of the file in pixels, before any crop. `format`: lower case, as `jpeg`.
    `note`: what to know of the picture, such as which frame of an animation it is; mostly empty.
    """

    picture: Picture
    width: int
    height: int
    format: str
    note: str = ""


def frozen(picture: Picture) -> Picture:
    """The pixels as a contiguous array that nobody can write to: one picture is for all methods.

    A view of what was made read-only, so that a plugin cannot make it writable again either.
    """
    import numpy as np

    if picture.flags.c_contiguous and not picture.flags.writeable:
        return picture
    owner = np.ascontiguousarray(picture)
    owner.flags.writeable = False
    return owner.view()


def all_orientations(picture: Picture) -> list[Picture]:
    """The picture in its eight orientations, uint8 H x W x 3 or W x H x 3, each contiguous; the first is itself.

    Index i applies what a viewer applies to a file whose EXIF orientation is i + 1.
    """

    turned = picture.transpose(1, 0, 2)
    views = (
        picture,
        picture[:, ::-1],
        picture[::-1, ::-1],
        picture[::-1],
        turned,
        turned[:, ::-1],
        turned[::-1, ::-1],
        turned[::-1],
    )
    return [frozen(view) for view in views]


def exif_orientation(image: Image.Image) -> int:
    """The EXIF orientation of an open image, 1 to 8; 1 where there is none or the EXIF block is damaged."""
    try:
        value = image.getexif().get(EXIF_ORIENTATION, 1)
    except Exception:  # a damaged EXIF block raises almost anything, and the pixels are fine without it
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The image turned so that one with this EXIF orientation (1 to 8) stands upright."""
    from PIL.Image import Transpose

    operations = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    operation = operations.get(orientation)
    return image if operation is None else image.transpose(operation)
