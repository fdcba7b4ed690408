"""Pictures of any size to the model's input size: resized, cropped or padded, still uint8 RGB. Training and search both
come here, so that both see the same pixels.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

if TYPE_CHECKING:
    from revsearch_onnx.manifest import Resize
    from revsearch_tui.api.types import Picture


def fit(picture: Picture, size: tuple[int, int], rule: Resize, resize_to: int | None, fill: int) -> Picture:
    """The picture as (height, width, 3) uint8 of the given size.

    `crop`: the shorter side becomes `resize_to` (where None, the picture just covers the size) and the centre is cut
    out. `stretch`: the aspect ratio is given up. `letterbox`: the whole picture, with bars of the grey `fill`.
    Enlarges bilinearly, reduces by area.
    """
    if rule == "stretch":
        return _resized(picture, size)
    if rule == "letterbox":
        return _letterboxed(picture, size, fill)
    height, width = picture.shape[:2]
    factor = resize_to / min(height, width) if resize_to else max(size[0] / height, size[1] / width)
    # A strip of 1 x 4000 pixels, its shorter side enlarged, would become a monster of which the crop needs little.
    part = picture[_window(height, 4 * size[0] / factor), _window(width, 4 * size[1] / factor)]
    target = (max(size[0], round(part.shape[0] * factor)), max(size[1], round(part.shape[1] * factor)))
    resized = _resized(part, target)
    top, left = (target[0] - size[0]) // 2, (target[1] - size[1]) // 2
    return resized[top : top + size[0], left : left + size[1]]


def _window(length: int, wanted: float) -> slice:
    """The centre of a side, at least as long as wanted where the side is, cut off equally at both ends."""
    spare = max(0, length - math.ceil(wanted)) // 2
    return slice(spare, length - spare)


def _letterboxed(picture: Picture, size: tuple[int, int], fill: int) -> Picture:
    height, width = picture.shape[:2]
    factor = min(size[0] / height, size[1] / width)
    inner = (min(size[0], max(1, round(height * factor))), min(size[1], max(1, round(width * factor))))
    canvas = np.full((*size, 3), fill, dtype=np.uint8)
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    canvas[top : top + inner[0], left : left + inner[1]] = _resized(picture, inner)
    return canvas


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    if picture.shape[:2] == size:
        return picture
    smaller = size[0] * size[1] < picture.shape[0] * picture.shape[1]
    resized: Picture = cv2.resize(  # type: ignore[assignment]
        picture, (size[1], size[0]), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    )
    return resized


def prepare(picture: Picture, side: int, resize: str, crop: float = 1.0) -> Picture:
    """(side, side, 3) uint8 RGB. The centre is cut out first: the fraction `crop`, 0..1, of width and height."""
    if crop < 1:
        height, width = picture.shape[:2]
        rows, columns = max(1, round(height * crop)), max(1, round(width * crop))
        top, left = (height - rows) // 2, (width - columns) // 2
        picture = picture[top : top + rows, left : left + columns]
    return fit(picture, (side, side), cast("Resize", resize), None, 0)
