"""Which reader opens a file: plugins first, then Pillow's own formats. Imports Pillow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from revsearch_tui.api import PictureError, ReaderInfo
from revsearch_tui.core.images.limits import check_size, memory_limit
from revsearch_tui.core.images.reasons import refusal
from revsearch_tui.core.plugins.factories import load_factory

# Pillow's readers but for those that start Ghostscript (EPS), ask the system to draw (WMF), or only know headers of
# files that something else must load (BUFR, GRIB, HDF5, MPEG, IPTC). The first six need no further import.
FORMATS = (
    *("BMP", "DIB", "GIF", "JPEG", "PPM", "PNG"),
    *("AVIF", "BLP", "CUR", "DCX", "DDS", "FITS", "FLI", "FTEX", "GBR", "ICNS", "ICO", "IM", "IMT", "JPEG2000"),
    *("MCIDAS", "MSP", "PCD", "PCX", "PIXAR", "PSD", "QOI", "SGI", "SPIDER", "SUN", "TGA", "TIFF", "WEBP", "XBM"),
    *("XPM", "XVTHUMB"),
)
_JPEG = b"\xff\xd8\xff"


def matching(readers: Sequence[ReaderInfo], data: bytes, name: str) -> Iterator[ReaderInfo]:
    """The plugins' readers that a file of this content and name is offered to, in their order."""
    lower = name.lower()
    for reader in readers:
        known = any(data[offset : offset + len(magic)] == magic for offset, magic in reader.magic)
        if known or lower.endswith(reader.suffixes):
            yield reader


def open_image(data: bytes, name: str, readers: Sequence[ReaderInfo], max_pixels: int) -> tuple[Image.Image, bool]:
    """An image, its size within the limit, its pixels perhaps not loaded yet; and whether it is upright already.

    Raises `PictureError`, or whatever Pillow raises on damaged files.
    """
    refused: PictureError | None = None
    for reader in matching(readers, data, name):
        try:
            image = _factory(reader.factory)(data)
            check_size(image.width, image.height, max_pixels, name)
            image.load()
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # a plugin may raise anything, or call sys.exit
            refused = refused or refusal(error, data, name, memory_limit(max_pixels))
        else:
            return image, True
    try:
        return _open_builtin(data, name, max_pixels), False
    except UnidentifiedImageError:
        # A reader that claims the file knows better what is wrong with it.
        if refused is not None:
            raise refused from None
        raise


def _open_builtin(data: bytes, name: str, max_pixels: int) -> Image.Image:
    if data.startswith(_JPEG):
        # Straight to the class: files of several pictures (MPO) give their first.
        jpeg = JpegImagePlugin.JpegImageFile(BytesIO(data))
        check_size(*jpeg.size, max_pixels, name)
        return jpeg
    image = Image.open(BytesIO(data), formats=FORMATS)
    check_size(*image.size, max_pixels, name)
    return image


@lru_cache(maxsize=64)
def _factory(reference: str) -> Callable[[bytes], Any]:
    reader: Callable[[bytes], Any] = load_factory(reference)()
    return reader
