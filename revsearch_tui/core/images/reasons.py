"""Why a file is not a picture, in words for users: the one list of reasons, which what is skipped is grouped by.

What a decoder said of it goes with the reason as its detail.
"""

from __future__ import annotations

import os

from revsearch_tui.api import PictureError, RevsearchError

EMPTY = "empty file"
NOT_A_PICTURE = "not a picture, by its name and first bytes"
"""Of a file that is not looked into."""
UNKNOWN = "not a picture, whatever its name says: its contents are of no known format"
CUT_SHORT = "cut short: the file ends before the picture does"
DAMAGED = "damaged: its pixels cannot be decoded"
UNSUPPORTED = "damaged, or of a variant of its format that cannot be decoded here"
NO_PIXELS = "damaged: it has no pixels"
CRASHED = "the decoder crashed"
EPS = "EPS is a program for Ghostscript, and revsearch runs no programs found in files"
_TOO_MANY, _TOO_MUCH, _TOO_LONG = "too large: it has", "too large: decoding it takes", "took longer than"
_DETAIL_CHARACTERS = 200
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
)
# Pictures all the same, though Pillow reads none of them.
NEEDS_READER = (
    (4, b"ftyphei", "HEIF"),
    (4, b"ftyphev", "HEIF"),
    (4, b"ftypmif", "HEIF"),
    (4, b"ftypcrx", "Canon raw"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"II\xbc\x01", "JPEG XR"),
    (0, b"\x76\x2f\x31\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"#?RGBE", "Radiance HDR"),
    (0, b"FUJIFILM", "Fujifilm raw"),
    (0, b"FOVb", "Sigma raw"),
    (0, b"\0MRM", "Minolta raw"),
    (0, b"IIRO", "Olympus raw"),
    (0, b"IIRS", "Olympus raw"),
    (0, b"IIU\0", "Panasonic raw"),
    (0, b"\xd7\xcd\xc6\x9a", "Windows Metafile"),
    (40, b" EMF", "Windows Metafile"),
    (0, b"gimp xcf", "GIMP"),
)
_NEEDS_READER_BY_NAME = {".svg": "SVG", ".svgz": "SVG", ".emf": "Windows Metafile", ".wmf": "Windows Metafile"}
_EPS = (b"%!PS", b"\xc5\xd0\xd3\xc6")
_SHORT = ("truncated", "unexpected end", "end of file", "not enough image data")
_VARIANT = ("not available", "unsupported", "not supported", "unimplemented", "cannot handle", "unknown ")

_END = ", since the first shows nothing"


def needs_reader(kind: str) -> str:
    """The reason for a picture of a format that only a plugin could read."""
    return f"{kind} needs a reader, and no plugin that is installed brings one"


def too_many_pixels(limit: int) -> str:
    """The reason for a picture of more than that many pixels."""
    return f"{_TOO_MANY} more than {limit / 1e6:g} million pixels (index.max_megapixels)"


def too_much_memory(limit: int) -> str:
    """The reason for a picture that cannot be decoded in that many bytes."""
    return f"{_TOO_MUCH} more memory than allowed, {limit / 1e9:.1f} GB (index.max_megapixels)"


def took_too_long(seconds: float) -> str:
    """The reason for a file whose decoder was ended."""
    return f"{_TOO_LONG} {seconds:.3g} s to decode (index.decode_timeout_s)"


def is_of_a_limit(reason: str) -> bool:
    """Whether the file may be a picture where the limits, which the reason names, are others."""
    return reason.startswith((_TOO_MANY, _TOO_MUCH, _TOO_LONG))


def unidentified(data: bytes, name: str) -> str:
    """The reason for a file that no reader knows."""
    if data.startswith(_EPS):
        return EPS
    for offset, magic, kind in _SIGNATURES:
        if data[offset : offset + len(magic)] == magic:
            return f"damaged: it begins as {kind}, but cannot be read as such"
    for offset, magic, kind in NEEDS_READER:
        if data[offset : offset + len(magic)] == magic:
            return needs_reader(kind)
    kind = _NEEDS_READER_BY_NAME.get(os.path.splitext(name)[1].lower(), "")  # noqa: PTH122 - any text
    return needs_reader(kind) if kind else UNKNOWN


def refusal(error: BaseException, data: bytes, name: str, memory_bytes: int) -> PictureError:
    """What is told of a file whose decoding raised this, where it could have that much memory."""
    from PIL import UnidentifiedImageError

    if isinstance(error, PictureError):
        return PictureError(error.reason, name, error.detail)
    if isinstance(error, RevsearchError):
        return PictureError(str(error), name)
    if isinstance(error, UnidentifiedImageError):
        return PictureError(unidentified(data, name), name)
    if isinstance(error, MemoryError):
        return PictureError(too_much_memory(memory_bytes), name)
    text = " ".join(str(error).split())
    kind = type(error).__name__
    detail = f"{kind}: {text}"[:_DETAIL_CHARACTERS] if text else kind
    return PictureError(_reason(error, text.lower()), name, detail)


def _reason(error: BaseException, text: str) -> str:
    if isinstance(error, EOFError) or any(word in text for word in _SHORT):
        return CUT_SHORT
    if isinstance(error, NotImplementedError) or any(word in text for word in _VARIANT):
        return UNSUPPORTED
    return DAMAGED


def frame_note(number: int, count: int) -> str:
    """For frame `number`, counted from 1, of `count`."""
    return f"frame {number} of {count}{_END}"


def is_frame_note(note: str | None) -> bool:
    """Whether a file's note is such a one: it is of the picture, wherever its file lies."""
    return note is not None and note.endswith(_END)
