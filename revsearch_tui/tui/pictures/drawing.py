"""What renderers make of a picture: rows of coloured cells, and for terminals with graphics what goes over them.

Each cell shows 2 x 2 pixels with two colours. Where upper and lower half tell the picture best this is the half block;
else it is the split of the four quarters that loses least.

<https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders>
"""

from __future__ import annotations

import base64
from functools import lru_cache
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

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

_PLACEHOLDER = "\U0010eeee"
_CHUNK = 4096
# The first of the protocol's diacritics; a row or column number is the place in this list.
_MARKS = tuple(
    chr(code)
    for code in (
        *(0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F, 0x346, 0x34A, 0x34B, 0x34C, 0x350, 0x351, 0x352),
        *(0x357, 0x35B, *range(0x363, 0x370), *range(0x483, 0x488), *range(0x592, 0x596), *range(0x597, 0x59A)),
        *range(0x59C, 0x5A2),
        *(0x5A8, 0x5A9, 0x5AB, 0x5AC, 0x5AF, 0x5C4, *range(0x610, 0x618), *range(0x657, 0x65C), 0x65D, 0x65E),
        *(*range(0x6D6, 0x6DD), *range(0x6DF, 0x6E3), 0x6E4, 0x6E7, 0x6E8, 0x6EB, 0x6EC),
    )
)


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


@lru_cache(maxsize=8192)
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


class Kitty:
    """Sends each drawing once, as PNG, and then places it with characters."""

    name = "kitty"

    def __init__(self, cell: tuple[int, int]) -> None:
        import secrets

        self._cell = cell
        # Ids are shared by all programs in one terminal window: start anywhere.
        self._ids = count(secrets.randbelow(1 << 23) + 1)

    def draw(self, image: Image, width: int, height: int) -> Drawing:
        """See `Renderer`."""
        columns, rows = fit(image.size, min(width, len(_MARKS)), min(height, len(_MARKS)), self._cell)
        identity = next(self._ids) & 0xFFFFFF or 1
        buffer = BytesIO()
        image.convert("RGB").save(buffer, "PNG", compress_level=1)
        prelude = _transmit(identity, base64.standard_b64encode(buffer.getvalue()).decode("ascii"))
        prelude += f"\x1b_Ga=p,U=1,i={identity},c={columns},r={rows},q=2\x1b\\"
        colour = ColorTriplet(identity >> 16 & 255, identity >> 8 & 255, identity & 255)
        style = Style(color=Color.from_triplet(colour))
        lines = tuple(
            tuple(Segment(_PLACEHOLDER + _MARKS[row] + _MARKS[column], style) for column in range(columns))
            for row in range(rows)
        )
        return Drawing(columns, rows, lines, prelude)


def _transmit(identity: int, data: str) -> str:
    chunks = [data[i : i + _CHUNK] for i in range(0, len(data), _CHUNK)]
    parts = []
    for number, chunk in enumerate(chunks):
        head = f"f=100,i={identity},q=2," if number == 0 else "q=2,"
        parts.append(f"\x1b_G{head}m={int(number + 1 < len(chunks))};{chunk}\x1b\\")
    return "".join(parts)
