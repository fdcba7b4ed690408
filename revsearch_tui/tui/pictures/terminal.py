"""What textual-image knows: which graphics the terminal has, and Sixel encoding. The one module that imports it.

Importing textual-image asks the terminal and waits for its answer, so this happens before the app runs, and only
where an answer is likely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from textual_image.renderable import Image as Detected
from textual_image.renderable import SixelImage, TGPImage

from revsearch_tui.tui.pictures.drawing import Drawing, HalfCells, fit

if TYPE_CHECKING:
    from PIL.Image import Image


def detected() -> str:
    """`kitty`, `sixel`, or nothing where the terminal has neither."""
    return "sixel" if Detected is SixelImage else "kitty" if Detected is TGPImage else ""


class Sixel:
    """Half cells, with the picture written over them wherever it is wholly in sight."""

    name = "sixel"

    def __init__(self, cell: tuple[int, int]) -> None:
        self._cell = cell
        self._console = Console(force_terminal=True, width=400, height=200)

    def draw(self, image: Image, width: int, height: int) -> Drawing:
        """See `Renderer`."""
        columns, rows = fit(image.size, width, height, self._cell)
        segments = self._console.render(SixelImage(image.convert("RGB"), width=columns, height=rows))
        data = next((segment.text for segment in segments if segment.text.startswith("\x1bP")), "")
        return Drawing(columns, rows, HalfCells().rows(image, columns, rows), overlay=data)
