"""Pictures side by side on one sheet, each with its name, score and tier below it: a PNG, or a page of HTML that needs
nothing else.
"""

from __future__ import annotations

import contextlib
import math
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, Findings, FoundPicture, PictureError, UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

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


def make_sheet() -> ContactSheet:
    """The action."""
    return ContactSheet()


class ContactSheet:
    """Draws what was found on a sheet of the kind that the file's suffix says."""

    def __call__(self, findings: Findings, control: Control) -> str:
        """Raises `UsageError` for more pictures than a PNG takes."""
        assert findings.target is not None and findings.output is not None
        found = list({hit.image_id: hit for answer in findings.answers for hit in answer.hits}.values())
        is_png = findings.target.suffix.lower() == ".png"
        if is_png and len(found) > MOST_ON_A_PNG:
            raise UsageError(f"a PNG takes at most {MOST_ON_A_PNG:,} pictures; write an .html file, or take fewer")
        pictures = _Pictures(found, findings, control)
        (_write_png if is_png else _write_html)(findings.output, _title(findings, len(found)), found, pictures)
        lacking = len(found) - pictures.shown
        return f"{_count(len(found))}{f', {lacking:,} of them without' if lacking else ''}"


def _count(pictures: int) -> str:
    return f"{pictures:,} picture{'' if pictures == 1 else 's'}"


def _title(findings: Findings, pictures: int) -> str:
    asked = [_plain(answer.asked) for answer in findings.answers if answer.asked]
    return f"{_count(pictures)} like {asked[0]}" if len(asked) == 1 else _count(pictures)


def _lines(found: FoundPicture) -> tuple[str, str]:
    measured = [f"{found.score:.3f}" if found.score is not None else "", found.tier]
    return _plain(found.path.name), " · ".join(part for part in measured if part)


def _plain(name: str) -> str:
    """A name without what is no letter: control characters, bytes that are no text."""
    return "".join(letter if letter.isprintable() else "�" for letter in name)


class _Pictures:
    """The picture of each, or why there is none."""

    def __init__(self, found: Sequence[FoundPicture], findings: Findings, control: Control) -> None:
        self._found, self._thumbnail, self._control = found, findings.thumbnail, control
        self.shown = 0

    def __iter__(self) -> Iterator[Image | str]:
        from PIL import Image

        for number, found in enumerate(self._found):
            self._control.check()
            self._control.progress(number, len(self._found), "drawing")
            try:
                image = Image.fromarray(self._thumbnail(found))
            except PictureError as error:
                yield error.reason
            else:
                image.thumbnail((_BOX, _BOX))
                self.shown += 1
                yield image


def _write_png(stream: Any, _title: str, found: Sequence[FoundPicture], pictures: _Pictures) -> None:
    from PIL import Image, ImageDraw

    columns = max(1, min(len(found), max(_FEWEST_COLUMNS, math.ceil(math.sqrt(len(found))))))
    rows = max(1, math.ceil(len(found) / columns))
    width, height = _BOX + _EDGE, _BOX + 2 * _LINE + 2 * _EDGE
    sheet = Image.new("RGB", (columns * width + _EDGE, rows * height + _EDGE), _PAPER)
    pen, letters = ImageDraw.Draw(sheet), _Letters()

    def write(x: int, y: int, text: str, ink: tuple[int, int, int]) -> None:
        pen.text((x, y), letters.fitting(text), ink, font=letters.font)

    for number, (each, picture) in enumerate(zip(found, pictures, strict=True)):
        left, top = _EDGE + number % columns * width, _EDGE + number // columns * height
        if isinstance(picture, str):
            write(left, top + _BOX // 2, picture, _FAINT)
        else:
            sheet.paste(picture, (left + (_BOX - picture.width) // 2, top + (_BOX - picture.height)))
        for line, text in enumerate(_lines(each)):
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


def _write_html(stream: Any, title: str, found: Sequence[FoundPicture], pictures: _Pictures) -> None:
    import base64
    from io import BytesIO

    head = f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1><main>"
    stream.write(f'<!doctype html><html lang="en"><meta charset="utf-8">{head}\n'.encode())
    for each, picture in zip(found, pictures, strict=True):
        if isinstance(picture, str):
            body = f"<p>{escape(picture)}</p>"
        else:
            buffer = BytesIO()
            picture.save(buffer, "JPEG", quality=85)
            body = f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}">'
        name, measured = _lines(each)
        lines = escape(name) + (f"<small>{escape(measured)}</small>" if measured else "")
        stream.write(f"<figure>{body}<figcaption>{lines}</figcaption></figure>\n".encode())
    stream.write(b"</main></html>\n")
