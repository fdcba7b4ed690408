"""A file's bytes to a picture: the one place where this is done, for index, query and thumbnail alike. Which reader
opens a file, and which frame of an animation stands for it.

The result depends on the bytes (and the crop) alone. Imports Pillow; numpy only where it returns arrays.
"""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from revsearch_tui.api import PictureError, ReaderInfo, UsageError
from revsearch_tui.core.images.colour import deep_tiles, deepened, eight_bit, opacity_of, over_ground, srgb
from revsearch_tui.core.images.decoded_picture import Decoded, exif_orientation, frozen, upright
from revsearch_tui.core.images.limits import PIXEL_LIMIT, WORKING_SIDE, check_size, memory_limit
from revsearch_tui.core.images.reasons import EMPTY, frame_note, refusal, too_many_pixels
from revsearch_tui.core.images.scaling import draft_jpeg, is_large, reduced, shrink, shrunk
from revsearch_tui.core.plugins.loading import load_factory

if TYPE_CHECKING:
    from revsearch_tui.core.images.crop import Crop

__all__ = ["Decoded", "DecodedImage", "decode_bytes", "decode_image"]
# The filters of `warnings` belong to the process; parallel decoding is the work of `pool.DecodePool`.
_LOCK = threading.Lock()

# Pillow's readers but for those that start Ghostscript (EPS), ask the system to draw (WMF), or only know headers of
# files that something else must load (BUFR, GRIB, HDF5, MPEG, IPTC). The first six need no further import.
FORMATS = (
    *("BMP", "DIB", "GIF", "JPEG", "PPM", "PNG"),
    *("AVIF", "BLP", "CUR", "DCX", "DDS", "FITS", "FLI", "FTEX", "GBR", "ICNS", "ICO", "IM", "IMT", "JPEG2000"),
    *("MCIDAS", "MSP", "PCD", "PCX", "PIXAR", "PSD", "QOI", "SGI", "SPIDER", "SUN", "TGA", "TIFF", "WEBP", "XBM"),
    *("XPM", "XVTHUMB"),
)
_JPEG = b"\xff\xd8\xff"

_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF", "FLI")
_MOST_FRAMES = 64
_MOST_PIXELS = 100_000_000
_PLAIN = 8
"""Tones, of 256, that the channels of a frame that shows nothing may spread over: compression leaves traces."""


class DecodedImage(NamedTuple):
    """As `Decoded`, with the pixels as an RGB image of Pillow, and how far they are opaque: of mode L, None where all
    are."""

    image: Image.Image
    width: int
    height: int
    format: str
    note: str = ""
    opacity: Image.Image | None = None


def decode_bytes(
    data: bytes,
    name: str,
    readers: Sequence[ReaderInfo] = (),
    crop: Crop | None = None,
    max_pixels: int = PIXEL_LIMIT,
) -> Decoded:
    """The picture in a file's bytes; see `Decoded`. `name` serves messages and the choice of a reader by suffix.

    Decodes of one process run one after another. Raises `PictureError` where there is no sound, whole picture, and
    `UsageError` where the crop reaches beyond it.
    """
    import numpy as np

    found = decode_image(data, name, readers, crop, max_pixels)
    pixels = frozen(np.array(found.image, dtype=np.uint8))
    return Decoded(pixels, found.width, found.height, found.format, found.note)


def decode_image(
    data: bytes,
    name: str,
    readers: Sequence[ReaderInfo] = (),
    crop: Crop | None = None,
    max_pixels: int = PIXEL_LIMIT,
) -> DecodedImage:
    """As `decode_bytes`, without numpy."""
    if not data:
        raise PictureError(EMPTY, name)
    with _LOCK, _pixels_limited(max_pixels):
        try:
            return _decode(data, name, readers, crop, max_pixels)
        except (PictureError, UsageError):
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise PictureError(too_many_pixels(max_pixels), name, str(error)) from error
        except (Exception, MemoryError) as error:  # damaged files raise anything that struct, zlib or Pillow knows
            raise refusal(error, data, name, memory_limit(max_pixels)) from error


@contextlib.contextmanager
def _pixels_limited(limit: int) -> Iterator[None]:
    """Has Pillow refuse larger pictures, also those within others, and say nothing of anything else."""
    before = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        Image.MAX_IMAGE_PIXELS = limit
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _decode(data: bytes, name: str, readers: Sequence[ReaderInfo], crop: Crop | None, max_pixels: int) -> DecodedImage:
    image, is_upright = open_image(data, name, readers, max_pixels)
    kind = (image.format or "unknown").lower()
    note = ""
    profile = image.info.get("icc_profile")
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        orientation = exif_orientation(image)
        width, height = _turned(image.size, orientation)
        box = crop.box(width, height) if crop else (0, 0, width, height)
        divisor = draft_jpeg(image, max(box[2] - box[0], box[3] - box[1]))
        image.load()
    elif not crop and not is_upright and is_large(image) and (small := reduced(image, data)):
        image, orientation, width, height = small
    else:
        tiles = [] if is_upright or is_large(image) else deep_tiles(image)
        image.load()
        if tiles:
            image = deepened(image, data, tiles)
        elif not is_upright:
            image, note = telling_frame(image)
        # Asked after loading: TIFF and AVIF files may turn themselves then, and say so.
        orientation = 1 if is_upright else exif_orientation(image)
        width, height = _turned(image.size, orientation)
        box = crop.box(width, height) if crop else (0, 0, width, height)
        divisor = 1
    profile = image.info.get("icc_profile", profile)
    if crop:
        image = _cropped(upright(image, orientation), box, divisor)
        orientation = 1
    if is_large(image):
        image = shrunk(image)
    image = upright(shrink(eight_bit(image), WORKING_SIDE), orientation)
    opacity = opacity_of(image)
    image = srgb(over_ground(image), profile if isinstance(profile, bytes) else None)
    return DecodedImage(image, width, height, kind, note, opacity)


def _turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation >= 5 else size


def _cropped(image: Image.Image, box: tuple[int, int, int, int], divisor: int) -> Image.Image:
    """The box, given in full-size pixels, of an upright image that was decoded at 1 / divisor."""
    left, top = min(box[0] // divisor, image.width - 1), min(box[1] // divisor, image.height - 1)
    right, bottom = min(-(-box[2] // divisor), image.width), min(-(-box[3] // divisor), image.height)
    return image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))


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
