"""Tell files that may be pictures from the rest of a folder without reading them whole."""

from __future__ import annotations

import os
from collections.abc import Sequence

from revsearch_tui.api import ReaderInfo

NOT_A_PICTURE = "not a picture, by its name and first bytes"

_SUFFIXES = """
apng avif avifs blp bmp bw cur dcx dds dib emf eps fit fits flc fli ftex ftu gbr gif grib heic heics heif heifs hif icb
icns ico im im1 imt j2c j2k jfif jp2 jpc jpe jpeg jpf jpg jpx mic mpo msp pbm pcd pcx pfm pgm png pnm ppm ps psd pxr
qoi ras rgb rgba sgi spider tga tif tiff vda vst webp wmf xbm xpm
"""
PICTURE_SUFFIXES = frozenset(f".{name}" for name in _SUFFIXES.split())

_HEAD_BYTES = 64
_MAGIC = (
    (0, b"\xff\xd8\xff"),
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"GIF8"),
    (0, b"BM"),
    (0, b"II*\x00"),
    (0, b"MM\x00*"),
    (8, b"WEBP"),
    (8, b"avif"),
    (8, b"avis"),
    (0, b"\x00\x00\x00\x0cjP  "),
    (0, b"\xff\x4f\xff\x51"),
    (0, b"8BPS"),
    (0, b"DDS "),
    (0, b"qoif"),
    (0, b"icns"),
    (0, b"\x00\x00\x01\x00"),
    (0, b"\x59\xa6\x6a\x95"),
    (0, b"P4\n"),
    (0, b"P5\n"),
    (0, b"P6\n"),
    (0, b"P7 332"),
)


def may_be_picture(path: bytes, readers: Sequence[ReaderInfo]) -> bool:
    """Whether a file's name says that it is a picture, or else its first bytes do. One that cannot be opened may."""
    suffix = os.fsdecode(os.path.splitext(path)[1]).lower()  # noqa: PTH122 - the path is bytes
    if suffix in PICTURE_SUFFIXES or any(suffix in reader.suffixes for reader in readers):
        return True
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            head = file.read(_HEAD_BYTES)
    except OSError:
        return True
    magic = [*_MAGIC, *(pair for reader in readers for pair in reader.magic if len(pair[1]) > 4)]
    return any(head[start : start + len(value)] == value for start, value in magic)
