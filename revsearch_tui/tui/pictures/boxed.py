"""A box drawn on a picture: a line in black and white about what is in it, and all else darkened."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_LEFT = 0.4
"""How much of the light of what lies outside is left."""


def stroke_for(picture: tuple[int, int], width: int, height: int, renderer: str) -> int:
    """Pixels of a line that is seen when a picture of that size is drawn in so many cells."""
    if renderer != "half-cells":
        return 2
    return max(1, math.ceil(max(picture[0] / (2 * max(1, width)), picture[1] / (2 * max(1, height)))))


def with_box(image: Image, part: tuple[float, float, float, float], stroke: int) -> Image:
    """A copy with a box of left, top, width and height in percent."""
    from PIL import ImageDraw

    left, top, wide, high = part
    shown = image.convert("RGB")
    x, y = round(left * shown.width / 100), round(top * shown.height / 100)
    right = max(x + 1, round((left + wide) * shown.width / 100))
    bottom = max(y + 1, round((top + high) * shown.height / 100))
    boxed = shown.point([round(value * _LEFT) for value in range(256)] * 3)
    boxed.paste(shown.crop((x, y, right, bottom)), (x, y))
    pen = ImageDraw.Draw(boxed)
    # The white line lies within the box, where nothing is dark, and the black one in it.
    pen.rectangle((x, y, right - 1, bottom - 1), outline=(255, 255, 255), width=stroke)
    if min(right - x, bottom - y) > 12 * stroke:
        inner = (x + stroke, y + stroke, right - 1 - stroke, bottom - 1 - stroke)
        pen.rectangle(inner, outline=(0, 0, 0), width=stroke)
    return boxed
