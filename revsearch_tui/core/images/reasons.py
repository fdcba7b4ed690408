"""Why a file is not a picture, in a few words."""

from __future__ import annotations

from revsearch_tui.api import PictureError, RevsearchError

_SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (8, b"WEBP", "WebP"),
    (4, b"jP  ", "JPEG 2000"),
    (4, b"ftypavi", "AVIF"),
    (4, b"ftyphei", "HEIF"),
    (4, b"ftypmif", "HEIF"),
)
_EPS = (b"%!PS", b"\xc5\xd0\xd3\xc6")


def unidentified(data: bytes) -> str:
    """The reason for a file that no reader knows."""
    if data.startswith(_EPS):
        return "EPS is a program for Ghostscript, and revsearch runs no programs found in files"
    for offset, magic, kind in _SIGNATURES:
        if data[offset : offset + len(magic)] == magic:
            return f"damaged: it begins as {kind}, but cannot be read as such"
    return "not a picture"


def reason_of(error: BaseException, data: bytes) -> str:
    """The reason for a file whose decoding raised this."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, PictureError):
        return error.reason
    if isinstance(error, RevsearchError):
        return str(error)
    if isinstance(error, UnidentifiedImageError):
        return unidentified(data)
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        pixels = next((word.strip("(") for word in str(error).split() if word.strip("(").isdigit()), "too many")
        return f"too large: {pixels} pixels"
    if isinstance(error, MemoryError):
        return "too large: decoding it takes more memory than allowed"
    text = " ".join(str(error).split())
    if isinstance(error, EOFError) or "truncated" in text.lower() or "unexpected end" in text.lower():
        return "truncated"
    return f"damaged: {text[:120]}" if text else f"damaged: {type(error).__name__}"
