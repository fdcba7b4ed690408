"""Pictures by Kitty's graphics protocol, placed through Unicode placeholders so that they scroll and clip like text.

<https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders>
"""

from __future__ import annotations

import base64
import secrets
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

from revsearch_tui.tui.pictures.drawing import Drawing, fit

if TYPE_CHECKING:
    from PIL.Image import Image

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


class Kitty:
    """Sends each drawing once, as PNG, and then places it with characters."""

    name = "kitty"

    def __init__(self, cell: tuple[int, int]) -> None:
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
