"""Pictures as trained networks take them. Training and search both come here, so that both see the same pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from revsearch_onnx.pictures import fit

if TYPE_CHECKING:
    from revsearch_onnx.manifest import Resize
    from revsearch_tui.api.types import Picture


def prepare(picture: Picture, side: int, resize: str, crop: float = 1.0) -> Picture:
    """(side, side, 3) uint8 RGB. The centre is cut out first: the fraction `crop`, 0..1, of width and height."""
    if crop < 1:
        height, width = picture.shape[:2]
        rows, columns = max(1, round(height * crop)), max(1, round(width * crop))
        top, left = (height - rows) // 2, (width - columns) // 2
        picture = picture[top : top + rows, left : left + columns]
    return fit(picture, (side, side), cast("Resize", resize), None, 0)
