"""Pictures side by side on one sheet, each with lines of text below it: a PNG, or a page of HTML that needs nothing
else.
"""

from __future__ import annotations

import contextlib
import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from revsearch_tui.api import Cancelled, Control, PictureError, RevsearchError, UsageError
from revsearch_tui.core.base.files import new_file

if TYPE_CHECKING:
    from PIL.Image import Image

SHEET_SUFFIXES = (".png", ".html")
MOST_ON_A_PNG = 1_000
"""More make a picture that few programs open."""

_BOX, _EDGE, _LINE, _SIZE = 240, 12, 18, 13
_INK, _FAINT, _PAPER = (28, 31, 36), (110, 116, 128), (255, 255, 255)
_FEWEST_COLUMNS = 4
_FONTS = ("NotoSans-Regular.ttf", "DejaVuSans.ttf", "Arial Unicode.ttf", "Arial.ttf", "LiberationSans-Regular.ttf")
_COMPRESSION = 3
"""Of the PNG: half the time of the usual 6, for files a few percent larger."""
_STYLE = """
:root { color-scheme: light dark; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 1.5em 1em; }
figure { margin: 0; } img { max-width: 100%; max-height: 240px; } figcaption { overflow-wrap: anywhere; }
small { display: block; opacity: .7; }
"""


class Tile(NamedTuple):
    """A picture of a sheet: its file, with the image id where that is known, and the lines below it, the name first."""

    path: Path
    image_id: str
    lines: tuple[str, ...]


def write_contact_sheet(
    file: Path, title: str, tiles: Sequence[Tile], picture_of: Callable[[Tile], Image], control: Control
) -> int:
    """Write the tiles to a file whose suffix says how; how many pictures could be shown.

    `picture_of` gives a small picture, and raises `RevsearchError` or OSError where there is none: then the sheet says
    why. Raises `UsageError` for another suffix, or for more tiles than a PNG takes, and what `control` raises.
    """
    suffix = file.suffix.lower()
    if suffix not in SHEET_SUFFIXES:
        raise UsageError(f"a contact sheet is a {' or '.join(SHEET_SUFFIXES)} file, not '{file.name}'")
    if suffix == ".png" and len(tiles) > MOST_ON_A_PNG:
        raise UsageError(f"a PNG takes at most {MOST_ON_A_PNG:,} pictures; write an .html file, or mark fewer")
    pictures = _Pictures(tiles, picture_of, control)
    with new_file(file) as stream:
        (_write_png if suffix == ".png" else _write_html)(stream, title, tiles, pictures)
    return pictures.shown


class _Pictures:
    """The picture of each tile, or why there is none."""

    def __init__(self, tiles: Sequence[Tile], picture_of: Callable[[Tile], Image], control: Control) -> None:
        self._tiles, self._picture_of, self._control = tiles, picture_of, control
        self.shown = 0

    def __iter__(self) -> Iterator[Image | str]:
        for number, tile in enumerate(self._tiles):
            self._control.check()
            self._control.progress(number, len(self._tiles), "drawing")
            try:
                image = self._picture_of(tile)
                image.thumbnail((_BOX, _BOX))
            except PictureError as error:
                yield error.reason
            except Cancelled:
                raise
            except RevsearchError as error:
                yield str(error)
            except OSError as error:
                yield error.strerror or "cannot be read"
            else:
                self.shown += 1
                yield image.convert("RGB")


def _write_png(stream: Any, _title: str, tiles: Sequence[Tile], pictures: _Pictures) -> None:
    from PIL import Image, ImageDraw

    columns = max(1, min(len(tiles), max(_FEWEST_COLUMNS, math.ceil(math.sqrt(len(tiles))))))
    rows = max(1, math.ceil(len(tiles) / columns))
    texts = max((len(tile.lines) for tile in tiles), default=0)
    width, height = _BOX + _EDGE, _BOX + texts * _LINE + 2 * _EDGE
    sheet = Image.new("RGB", (columns * width + _EDGE, rows * height + _EDGE), _PAPER)
    pen, letters = ImageDraw.Draw(sheet), _Letters()

    def write(x: int, y: int, text: str, ink: tuple[int, int, int]) -> None:
        pen.text((x, y), letters.fitting(text), ink, font=letters.font)

    for number, (tile, picture) in enumerate(zip(tiles, pictures, strict=True)):
        left, top = _EDGE + number % columns * width, _EDGE + number // columns * height
        if isinstance(picture, str):
            write(left, top + _BOX // 2, picture, _FAINT)
        else:
            sheet.paste(picture, (left + (_BOX - picture.width) // 2, top + (_BOX - picture.height)))
        for line, text in enumerate(tile.lines):
            write(left, top + _BOX + 4 + line * _LINE, text, _FAINT if line else _INK)
    sheet.save(stream, "PNG", compress_level=_COMPRESSION)


class _Letters:
    """The font to write with: one of the system's or, without any, Pillow's own, which knows English letters."""

    def __init__(self) -> None:
        from PIL import ImageFont

        self.font: Any = ImageFont.load_default(_SIZE)
        for name in _FONTS:
            with contextlib.suppress(OSError):
                self.font = ImageFont.truetype(name, _SIZE)
                break
        self._lacking = bytes(self.font.getmask("\U0010fffe"))
        self._known: dict[str, str] = {}

    def fitting(self, text: str) -> str:
        """As much of a text as a tile is wide: of a name the beginning and the end."""
        text = "".join(map(self._drawn, text))
        if self.font.getlength(text) <= _BOX:
            return text
        tail, kept = text[-8:], len(text) - 8
        while kept > 0 and self.font.getlength(f"{text[:kept]}...{tail}") > _BOX:
            kept -= 1
        return f"{text[:kept]}...{tail}"

    def _drawn(self, letter: str) -> str:
        """The letter; what the font lacks without its accents, or as a question mark."""
        if letter.isascii():
            return letter if letter.isprintable() else " "
        if letter not in self._known:
            plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?"
            has = bytes(self.font.getmask(letter)) != self._lacking
            self._known[letter] = letter if has else plain
        return self._known[letter]


def _write_html(stream: Any, title: str, tiles: Sequence[Tile], pictures: _Pictures) -> None:
    import base64
    from io import BytesIO

    head = f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1><main>"
    stream.write(f'<!doctype html><html lang="en"><meta charset="utf-8">{head}\n'.encode())
    for tile, picture in zip(tiles, pictures, strict=True):
        if isinstance(picture, str):
            body = f"<p>{escape(picture)}</p>"
        else:
            buffer = BytesIO()
            picture.save(buffer, "JPEG", quality=85)
            body = f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}">'
        name, *others = tile.lines or ("",)
        lines = escape(name) + "".join(f"<small>{escape(line)}</small>" for line in others)
        stream.write(f"<figure>{body}<figcaption>{lines}</figcaption></figure>\n".encode())
    stream.write(b"</main></html>\n")
