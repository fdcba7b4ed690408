"""Pictures as coloured blocks: works in every terminal with colours.

Each cell shows 2 x 2 pixels with two colours. Where upper and lower half tell the picture best this is the half block;
else it is the split of the four quarters that loses least.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

from revsearch_tui.tui.pictures.drawing import Drawing, fit

if TYPE_CHECKING:
    from PIL.Image import Image

_CELL = (1, 2)
# Quarters in the foreground colour (upper left, upper right, lower left, lower right) and their character. The
# first wins ties. The complement of each is the same picture with the colours swapped.
_SPLITS = (
    ((1, 1, 0, 0), "▀"),
    ((1, 0, 1, 0), "▌"),
    ((1, 0, 0, 1), "▚"),
    ((1, 0, 0, 0), "▘"),
    ((0, 1, 0, 0), "▝"),
    ((0, 0, 1, 0), "▖"),
    ((0, 0, 0, 1), "▗"),
)


@lru_cache(maxsize=65536)
def _style(front: int, back: int) -> Style:
    return Style(color=_colour(front), bgcolor=_colour(back))


def _colour(rgb: int) -> Color:
    return Color.from_triplet(ColorTriplet(rgb >> 16, rgb >> 8 & 255, rgb & 255))


class HalfCells:
    """Two colours a cell."""

    name = "half-cells"

    def draw(self, image: Image, width: int, height: int) -> Drawing:
        """See `Renderer`."""
        columns, rows = fit(image.size, width, height, _CELL)
        return Drawing(columns, rows, self.rows(image, columns, rows))

    def rows(self, image: Image, columns: int, rows: int) -> tuple[tuple[Segment, ...], ...]:
        """The picture stretched to exactly that many cells."""
        import numpy as np
        from PIL.Image import Resampling

        small = image.convert("RGB").resize((columns * 2, rows * 2), Resampling.LANCZOS, reducing_gap=3.0)
        pixels = np.asarray(small, dtype=np.float32)
        # (rows, columns, quarter, channel)
        quarters = pixels.reshape(rows, 2, columns, 2, 3).transpose(0, 2, 1, 3, 4).reshape(rows, columns, 4, 3)
        masks = np.array([mask for mask, _ in _SPLITS], dtype=np.float32)
        fronts = np.einsum("rcqk,sq->rcsk", quarters, masks) / masks.sum(1)[:, None]
        backs = np.einsum("rcqk,sq->rcsk", quarters, 1 - masks) / (1 - masks).sum(1)[:, None]
        # The variance that a split explains: the larger, the less is lost.
        kept = (fronts**2).sum(3) * masks.sum(1) + (backs**2).sum(3) * (1 - masks).sum(1)
        best = kept.argmax(2)[:, :, None, None]
        front = _packed(np.take_along_axis(fronts, best, 2)[:, :, 0])
        back = _packed(np.take_along_axis(backs, best, 2)[:, :, 0])
        chars = best[:, :, 0, 0].tolist()
        return tuple(_line(*parts) for parts in zip(chars, front, back, strict=True))


def _packed(colours: object) -> list[list[int]]:
    import numpy as np

    whole = np.rint(np.asarray(colours)).clip(0, 255).astype(np.int64)
    packed: list[list[int]] = (whole[..., 0] << 16 | whole[..., 1] << 8 | whole[..., 2]).tolist()
    return packed


def _line(splits: list[int], fronts: list[int], backs: list[int]) -> tuple[Segment, ...]:
    return tuple(
        Segment(_SPLITS[split][1], _style(front, back))
        for split, front, back in zip(splits, fronts, backs, strict=True)
    )
