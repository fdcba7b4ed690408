"""A picture that is decoded: its pixels, the part of it that is asked for, and its eight orientations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    from PIL import Image

    from revsearch_tui.api.types import Picture


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


_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(%?)")
_FORM = "write x,y,w,h in pixels, such as 10,20,300,200, or in percent, such as 10%,10%,50%,50%"


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the upright original: left, top, width, height, each in pixels or, where flagged, in percent."""

    values: tuple[float, float, float, float]
    percent: tuple[bool, bool, bool, bool]

    def __str__(self) -> str:
        return ",".join(
            f"{value:.10g}{'%' if percent else ''}" for value, percent in zip(self.values, self.percent, strict=True)
        )

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in whole pixels of a picture of this size, at least one pixel wide and high.

        Raises `UsageError` where the rectangle reaches beyond the picture.
        """
        left, top, wide, high = (
            value * side / 100 if percent else value
            for value, percent, side in zip(self.values, self.percent, (width, height, width, height), strict=True)
        )
        # A tolerance for percentages such as 33.3% + 66.7%, whose sum may pass 100 % by a rounding error.
        if left + wide > width + 1e-6 or top + high > height + 1e-6 or left >= width or top >= height:
            raise UsageError(f"The crop {self} reaches beyond the picture, which is {width} x {height} pixels.")
        x, y = min(round(left), width - 1), min(round(top), height - 1)
        return x, y, min(max(x + 1, round(left + wide)), width), min(max(y + 1, round(top + high)), height)


def parse_crop(text: str) -> Crop:
    """A crop from `x,y,w,h`, each number in pixels or with `%`. Raises `UsageError` where that cannot be a crop."""
    parts = [_PART.fullmatch(part.strip()) for part in text.split(",")]
    matches = [part for part in parts if part is not None]
    if len(parts) != 4 or len(matches) != 4:
        raise UsageError(f"The crop {text!r} cannot be understood: {_FORM}.")
    values = [float(match[1]) for match in matches]
    percent = [bool(match[2]) for match in matches]
    if not values[2] or not values[3]:
        raise UsageError(f"The crop {text!r} is empty: its width and height must be above 0.")
    for start, length in ((0, 2), (1, 3)):
        beyond = percent[start] and values[start] >= 100
        beyond |= percent[length] and values[length] > 100
        beyond |= percent[start] and percent[length] and values[start] + values[length] > 100 + 1e-6
        if beyond:
            raise UsageError(f"The crop {text!r} reaches beyond the picture: position plus size pass 100 %.")
    return Crop(
        (values[0], values[1], values[2], values[3]),
        (percent[0], percent[1], percent[2], percent[3]),
    )


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
