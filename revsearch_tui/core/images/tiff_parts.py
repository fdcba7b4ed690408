"""The strips and tiles of a TIFF file, each decoded as a small file of its own. Imports Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from math import gcd

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from revsearch_tui.core.images.limits import PART_PIXELS

_WIDTH, _LENGTH, _STRIPS, _ROWS, _COUNTS = 256, 257, 273, 278, 279
_TILE_WIDTH, _TILE_LENGTH, _TILES, _TILE_COUNTS = 322, 323, 324, 325
_PLANAR, _COMPRESSION = 284, 259
# What says how samples are stored: bits, compression, photometric, fill order, samples, planes, options of faxes,
# predictor, colours, extra samples, sample format, JPEG tables, YCbCr.
_KEPT = (258, 259, 262, 266, 277, 284, 292, 293, 317, 320, 338, 339, 347, 529, 530, 531, 532)
_OLD_JPEG = 6
_LEAST_ROWS = 256


def tiff_bands(image: TiffImageFile, data: bytes, divisor: int) -> Iterator[Image.Image] | None:
    """A file's pixels as stored, from top to bottom, in bands of full width: all but the last of a number of rows that
    `divisor` divides. None where the file is not made of such parts, or of too large ones.
    """
    tags = image.tag_v2
    if tags.get(_PLANAR, 1) != 1 or tags.get(_COMPRESSION) == _OLD_JPEG:
        return None
    width, height = int(tags[_WIDTH]), int(tags[_LENGTH])
    tiled = _TILES in tags
    rows = int(tags[_TILE_LENGTH] if tiled else min(tags.get(_ROWS, height), height))
    if rows < 1:
        return None
    least = divisor // gcd(rows, divisor)
    together = least * max(1, _LEAST_ROWS // (least * rows))
    if together * rows * width > PART_PIXELS // 2:
        return None
    return _tiles(tags, data, width, height, rows, together) if tiled else _strips(tags, data, width, rows, together)


def _strips(tags: ImageFileDirectory_v2, data: bytes, width: int, rows: int, together: int) -> Iterator[Image.Image]:
    offsets, counts, height = _numbers(tags[_STRIPS]), _numbers(tags[_COUNTS]), int(tags[_LENGTH])
    for first in range(0, -(-height // rows), together):
        here = slice(first, first + together)
        parts = [data[start : start + length] for start, length in zip(offsets[here], counts[here], strict=True)]
        yield _decoded(tags, parts, width, min(together * rows, height - first * rows), rows)


def _tiles(
    tags: ImageFileDirectory_v2, data: bytes, width: int, height: int, rows: int, together: int
) -> Iterator[Image.Image]:
    offsets, counts, wide = _numbers(tags[_TILES]), _numbers(tags[_TILE_COUNTS]), int(tags[_TILE_WIDTH])
    across = -(-width // wide)
    for top in range(0, height, together * rows):
        band: Image.Image | None = None
        for number in range(across * (top // rows), min(across * (top // rows + together), len(offsets))):
            part = data[offsets[number] : offsets[number] + counts[number]]
            tile = _decoded(tags, [part], wide, rows, rows)
            if band is None:
                band = Image.new(tile.mode, (width, min(together * rows, height - top)))
                if tile.mode == "P":
                    band.putpalette(tile.palette or b"")
            band.paste(tile, (number % across * wide, number // across * rows - top))
        if band is None:
            raise EOFError("tiles are missing")
        yield band


def _decoded(tags: ImageFileDirectory_v2, parts: list[bytes], width: int, height: int, rows: int) -> Image.Image:
    """Strips that follow each other, as an image."""
    header = ImageFileDirectory_v2(b"MM\0*\0\0\0\x08" if tags.prefix == b"MM" else b"II*\0\x08\0\0\0")
    for tag in _KEPT:
        if tag in tags:
            header.tagtype[tag] = tags.tagtype[tag]
            header[tag] = tags[tag]
    starts = [sum(len(part) for part in parts[:number]) for number in range(len(parts))]
    for tag, values in (
        (_WIDTH, (width,)),
        (_LENGTH, (height,)),
        (_ROWS, (rows,)),
        (_STRIPS, tuple(starts)),
        (_COUNTS, tuple(len(part) for part in parts)),
    ):
        header.tagtype[tag] = 4
        header[tag] = values if len(values) > 1 else values[0]
    file = BytesIO()
    header.save(file)
    file.seek(0, 2)
    for part in parts:
        file.write(part)
    file.seek(0)
    image = Image.open(file, formats=["TIFF"])
    image.load()
    return image


def _numbers(value: object) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (int(value),)  # type: ignore[call-overload]
