"""What this package offers to revsearch: HEIC and HEIF decoded with pillow-heif (libheif). Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

from revsearch_tui.api import PictureError, ReaderInfo, hookimpl

if TYPE_CHECKING:
    from PIL import Image

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2")


@hookimpl
def revsearch_image_readers() -> list[ReaderInfo]:
    """The reader of HEIC and HEIF. AVIF files of the generic brand mif1 are left to the host, which reads AVIF."""
    return [
        ReaderInfo(
            name="heif",
            title="HEIC and HEIF",
            summary="Photos of phones in the High Efficiency Image File Format.",
            suffixes=(".heic", ".heics", ".heif", ".heifs", ".hif"),
            magic=tuple((4, b"ftyp" + brand) for brand in _BRANDS),
            factory="revsearch_heif.plugin:make_reader",
            requires=("pillow_heif",),
        )
    ]


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
