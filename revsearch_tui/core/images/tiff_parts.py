"""The strips and tiles of a TIFF file, each decoded as a small file of its own. Imports Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import accumulate
from math import gcd
from typing import NamedTuple

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from revsearch_tui.core.images.limits import PART_PIXELS

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _PLANAR = 256, 257, 258, 259, 262, 284
_STRIPS, _ROWS, _STRIP_COUNTS = 273, 278, 279
_TILE_WIDTH, _TILE_LENGTH, _TILES, _TILE_COUNTS = 322, 323, 324, 325
# What says how samples are stored: bits, compression, photometric, fill order, samples, planes, options of faxes,
# predictor, colours, extra samples, sample format, JPEG tables, YCbCr.
_KEPT = (258, 259, 262, 266, 277, 284, 292, 293, 317, 320, 338, 339, 347, 529, 530, 531, 532)
_BARE, _OLD_JPEG, _YCBCR = 1, 6, 6
_LONG = 4
_LEAST_ROWS = 256


class _Parts(NamedTuple):
    """Strips or tiles, each `wide` x `rows` pixels, and where they lie in the file."""

    tags: ImageFileDirectory_v2
    data: bytes
    wide: int
    rows: int
    offsets: tuple[int, ...]
    counts: tuple[int, ...]

    def image(self, first: int, stop: int, height: int) -> Image.Image:
        """Parts that follow each other, one below the other, decoded."""
        chosen = slice(first, stop)
        spans = zip(self.offsets[chosen], self.counts[chosen], strict=True)
        return _decoded(self, [self.data[start : start + count] for start, count in spans], height)


def tiff_bands(image: TiffImageFile, data: bytes, divisor: int) -> Iterator[Image.Image] | None:
    """A file's pixels as stored, from top to bottom, in bands of full width: all but the last of a number of rows that
    `divisor` divides. None where the file is not made of such parts, or of too large ones.
    """
    tags = image.tag_v2
    width, height = int(tags[_WIDTH]), int(tags[_LENGTH])
    tiled = _TILES in tags
    parts = _tiles_of(tags, data) if tiled else _strips_of(tags, data, width, height)
    if tags.get(_PLANAR, 1) != 1 or tags.get(_COMPRESSION) == _OLD_JPEG or min(parts.wide, parts.rows) < 1:
        return None
    if len(parts.offsets) != len(parts.counts) or len(parts.offsets) < -(-width // parts.wide) * -(
        -height // parts.rows
    ):
        return None
    least = divisor // gcd(parts.rows, divisor)
    together = least * max(1, _LEAST_ROWS // (least * parts.rows))
    if together * parts.rows * width > PART_PIXELS // 2:
        return None
    return _rows_of_tiles(parts, width, height, together) if tiled else _rows_of_strips(parts, height, together)


def _strips_of(tags: ImageFileDirectory_v2, data: bytes, width: int, height: int) -> _Parts:
    offsets, counts = _numbers(tags[_STRIPS]), _numbers(tags[_STRIP_COUNTS])
    rows = min(int(tags.get(_ROWS, height)), height)
    if len(offsets) == 1 and tags.get(_COMPRESSION, _BARE) == _BARE and tags.get(_PHOTOMETRIC) != _YCBCR:
        # One strip of bare pixels can be cut at every row.
        row_bytes = -(-width * sum(_numbers(tags.get(_BITS, 1))) // 8)
        tops, rows = range(0, height, _LEAST_ROWS), _LEAST_ROWS
        counts = tuple(min(rows, height - top) * row_bytes for top in tops)
        offsets = tuple(offsets[0] + top * row_bytes for top in tops)
    return _Parts(tags, data, width, rows, offsets, counts)


def _tiles_of(tags: ImageFileDirectory_v2, data: bytes) -> _Parts:
    wide, rows = int(tags[_TILE_WIDTH]), int(tags[_TILE_LENGTH])
    return _Parts(tags, data, wide, rows, _numbers(tags[_TILES]), _numbers(tags[_TILE_COUNTS]))


def _rows_of_strips(parts: _Parts, height: int, together: int) -> Iterator[Image.Image]:
    for first in range(0, -(-height // parts.rows), together):
        yield parts.image(first, first + together, min(together * parts.rows, height - first * parts.rows))


def _rows_of_tiles(parts: _Parts, width: int, height: int, together: int) -> Iterator[Image.Image]:
    across = -(-width // parts.wide)
    for top in range(0, height, together * parts.rows):
        rows = min(together * parts.rows, height - top)
        first = across * (top // parts.rows)
        band: Image.Image | None = None
        for number in range(first, first + across * -(-rows // parts.rows)):
            tile = parts.image(number, number + 1, parts.rows)
            if band is None:
                band = tile.resize((1, 1)).resize((width, rows))
            place = number - first
            band.paste(tile, (place % across * parts.wide, place // across * parts.rows))
        assert band is not None
        yield band


def _decoded(parts: _Parts, contents: list[bytes], height: int) -> Image.Image:
    tags = parts.tags
    header = ImageFileDirectory_v2(b"MM\0*\0\0\0\x08" if tags.prefix == b"MM" else b"II*\0\x08\0\0\0")
    for tag in _KEPT:
        if tag in tags:
            header.tagtype[tag] = tags.tagtype[tag]
            header[tag] = tags[tag]
    starts = accumulate([len(part) for part in contents[:-1]], initial=0)
    for tag, values in (
        (_WIDTH, (parts.wide,)),
        (_LENGTH, (height,)),
        (_ROWS, (parts.rows,)),
        (_STRIPS, tuple(starts)),
        (_STRIP_COUNTS, tuple(len(part) for part in contents)),
    ):
        header.tagtype[tag] = _LONG
        header[tag] = values if len(values) > 1 else values[0]
    file = BytesIO()
    header.save(file)
    file.seek(0, 2)
    file.writelines(contents)
    file.seek(0)
    with Image.open(file, formats=["TIFF"]) as image:  # closed at once: very many of them follow each other
        image.load()
        return image


def _numbers(value: object) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (int(value),)  # type: ignore[call-overload]
