"""The numbers that decide what a picture is. All of them are pixels unless said otherwise."""

from __future__ import annotations

from revsearch_tui.api import PictureError

DECODER_VERSION = 1
"""Part of every index key: raised whenever the same bytes of ordinary pictures give other pixels than before."""

READING_VERSION = 2
"""Raised whenever files that were refused before may be read now: those skipped by an older one are tried again."""

WORKING_SIDE = 960
"""The longest side of a picture; smaller files are never enlarged."""

THUMBNAIL_MAX_PX = 320
"""The longest side of a thumbnail."""

PIXEL_LIMIT = 89_478_485
"""The most pixels a file may hold: Pillow's own limit, at which an RGBA file takes 0.34 GiB."""

JPEG_PIXEL_LIMIT = 200_000_000
"""The same for baseline JPEG files, which are decoded at a reduced scale and need little memory at any size."""

MEMORY_LIMIT_BYTES = 1536 * 1024 * 1024
"""Address space of a decoding process."""


def check_size(width: int, height: int, limit: int, name: str) -> None:
    """Raise `PictureError` where a picture of this size is empty or holds more than `limit` pixels."""
    if width < 1 or height < 1:
        raise PictureError("damaged: it has no pixels", name)
    if width * height > limit:
        raise PictureError(f"too large: {width} x {height} pixels; the limit is {limit // 1_000_000} million", name)
