"""Which reader opens a file, plugins first, then Pillow's own formats; and which frame of an animation stands for it.
Imports Pillow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from revsearch_tui.api import PictureError, ReaderInfo
from revsearch_tui.core.images.colour import eight_bit, over_ground
from revsearch_tui.core.images.limits import check_size, memory_limit
from revsearch_tui.core.images.reasons import frame_note, refusal
from revsearch_tui.core.plugins.loading import load_factory

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


_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF", "FLI")
_MOST_FRAMES = 64
_MOST_PIXELS = 100_000_000
_PLAIN = 8
"""Tones, of 256, that the channels of a frame that shows nothing may spread over: compression leaves traces."""


def telling_frame(image: Image.Image) -> tuple[Image.Image, str]:
    """A loaded file's first frame that is not of one colour, and a note where that is not the first of all.

    Looks at no more than 64 frames and 100 million pixels. Where none of these shows anything, it is the first.
    """
    if image.format not in _ANIMATED or not getattr(image, "is_animated", False) or not _is_plain(image):
        return image, ""
    first = image.copy()
    first.format = image.format
    count = int(getattr(image, "n_frames", 1))
    for number in range(1, min(count, _MOST_FRAMES, _MOST_PIXELS // (image.width * image.height))):
        try:
            image.seek(number)
            image.load()
        except Exception:  # a damaged frame; the first is sound
            break
        if not _is_plain(image):
            return image, frame_note(number + 1, count)
    return first, ""


def _is_plain(image: Image.Image) -> bool:
    extrema = over_ground(eight_bit(image)).convert("RGB").getextrema()
    return all(high - low <= _PLAIN for low, high in extrema)  # type: ignore[misc]
