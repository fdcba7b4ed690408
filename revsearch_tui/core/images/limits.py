"""The numbers that decide what a picture is. All of them are pixels unless said otherwise."""

from __future__ import annotations

from revsearch_tui.api import PictureError
from revsearch_tui.core.images.reasons import NO_PIXELS, too_many_pixels

DECODER_VERSION = 1
"""Part of every index key: raised whenever the same bytes of ordinary pictures give other pixels than before."""

READING_VERSION = 2
"""Raised whenever files that were refused before may be read now: those skipped by an older one are tried again."""

WORKING_SIDE = 960
"""The longest side of a picture; smaller files are never enlarged."""

THUMBNAIL_MAX_PX = 320
"""The longest side of a thumbnail."""

PIXEL_LIMIT = 200_000_000
"""The most pixels a file may hold where the configuration (`index.max_megapixels`) says nothing else."""

PART_PIXELS = 89_478_485
"""Files of more pixels are made small part by part."""

_MEMORY_BYTES = 512 * 1024 * 1024
_MEMORY_BYTES_A_PIXEL = 5


_BYTES_A_SECOND = 5_000_000


def time_limit(timeout_s: float, file_bytes: int) -> float:
    """Seconds that decoding a file may take: a large one, which may be a sound scan, takes its time."""
    return timeout_s + file_bytes / _BYTES_A_SECOND


def memory_limit(max_pixels: int) -> int:
    """Address space of a decoding process in bytes: Pillow holds 4 bytes a pixel where it has to decode a file whole.

    Never less than 1.5 GiB, which is what the default comes to.
    """
    return max(3 * _MEMORY_BYTES, _MEMORY_BYTES + _MEMORY_BYTES_A_PIXEL * max_pixels)


def check_size(width: int, height: int, limit: int, name: str) -> None:
    """Raise `PictureError` where a picture of this size is empty or holds more than `limit` pixels."""
    if width < 1 or height < 1:
        raise PictureError(NO_PIXELS, name)
    if width * height > limit:
        raise PictureError(too_many_pixels(limit), name, f"{width} x {height} pixels")
