"""What a renderer makes of a picture: rows of cells and, for terminals with graphics, what goes over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from rich.segment import Segment

if TYPE_CHECKING:
    from PIL.Image import Image


class Drawing(NamedTuple):
    """A picture ready for the screen.

    `rows` are lines of exactly `width` cells. `prelude` is sent to the terminal once before the rows are first
    shown. `overlay` is written at the drawing's top left corner after its rows, whenever they are painted.
    """

    width: int
    height: int
    rows: tuple[tuple[Segment, ...], ...]
    prelude: str = ""
    overlay: str = ""


class Renderer(Protocol):
    """Turns pictures into drawings, in worker threads."""

    name: str

    def draw(self, image: Image, width: int, height: int) -> Drawing:
        """The picture, aspect kept, in at most `width` x `height` cells."""


def fit(picture: tuple[int, int], width: int, height: int, cell: tuple[int, int]) -> tuple[int, int]:
    """The largest columns x rows, each at least 1, that show a picture of that size undistorted.

    `cell` is a cell's width and height in any unit.
    """
    wide, high = max(1, picture[0]) / cell[0], max(1, picture[1]) / cell[1]
    scale = min(width / wide, height / high)
    return max(1, min(width, round(wide * scale))), max(1, min(height, round(high * scale)))
