"""Decoding HEIC and HEIF with pillow-heif (libheif)."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

from revsearch_tui.api import PictureError

if TYPE_CHECKING:
    from PIL import Image


def make_reader() -> Callable[[bytes], Image.Image]:
    """A callable from a file's bytes to its primary image, upright, whose pixels are loaded on first use."""
    from pillow_heif import HeifImageFile

    def read(data: bytes) -> Image.Image:
        try:
            image: Image.Image = HeifImageFile(BytesIO(data))  # type: ignore[no-untyped-call]
        except (SyntaxError, ValueError, OSError, RuntimeError) as error:
            detail = " ".join(str(error).split())[:200]
            raise PictureError("damaged: it cannot be read as HEIF", detail=detail) from error
        return image

    return read
