"""Tell files that may be pictures from the rest of a folder without reading them whole."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from revsearch_tui.api import PictureError, ReaderInfo
from revsearch_tui.core.base.files import open_ordinary
from revsearch_tui.core.images.reasons import NEEDS_READER

# Every suffix that Pillow knows of a format that `images.readers` offers it, and those of formats that plugins read.
_SUFFIXES = """
apng avif avifs blp bmp bw cur dcx dds dib emf eps fit fits flc fli ftc ftex ftu gbr gif grib heic heics heif heifs hif
icb icns ico im im1 imt j2c j2k jfif jp2 jpc jpe jpeg jpf jpg jpx jxl mic mpo msp pbm pcd pcx pfm pgm png pnm ppm ps psd
pxr qoi ras rgb rgba sgi spider svg svgz tga tif tiff vda vst webp wmf xbm xpm
"""
PICTURE_SUFFIXES = frozenset(f".{name}" for name in _SUFFIXES.split())

_HEAD_BYTES = 64
_MAGIC = (
    (0, b"\xff\xd8\xff"),
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"GIF8"),
    (0, b"BM"),
    (8, b"WEBP"),
    (8, b"avif"),
    (8, b"avis"),
    (0, b"\x00\x00\x00\x0cjP  "),
    (0, b"\xff\x4f\xff\x51"),
    (0, b"8BPS"),
    (0, b"DDS "),
    (0, b"qoif"),
    (0, b"icns"),
    (0, b"BLP1"),
    (0, b"BLP2"),
    (0, b"FTEX"),
    (0, b"DanM"),
    (0, b"LinS"),
    (0, b"SIMPLE  ="),
    (0, b"/* XPM */"),
    (0, b"\xb1\x68\xde\x3a"),
    (0, b"\x80\xe8\0\0"),
    (0, b"\0\0\0\0\0\0\0\4"),
    (0, b"\x00\x00\x01\x00"),
    (0, b"\x00\x00\x02\x00"),
    (0, b"\x59\xa6\x6a\x95"),
    (20, b"GIMP"),
    *((offset, magic) for offset, magic, _ in NEEDS_READER),
)
_FORMS = re.compile(
    rb"""II[*+]\0 | MM\0[*+] | II\0\* | MM\*\0          # TIFF, BigTIFF, and TIFF by programs that mix up the order
    | P[1-6fF]\s+[\d#] | P7\ 332                   # the PNM formats, thumbnails of XV
    | \x01\xda[\0\x01][\x01\x02]                   # SGI
    | \n[\0\x02\x03\x05]\x01[\x01\x02\x04\x08]     # PCX
    | .{4}[\x11\x12]\xaf.{8}[\0\x03]\0              # FLI, FLC
    | \#define\s+\S*_width\s+\d                    # XBM
    | (?:Image\ type|Name|File\ size\ \(no\ of\ images\)):  # IM
    """,
    re.VERBOSE | re.DOTALL,
)


def may_be_picture(path: bytes, readers: Sequence[ReaderInfo]) -> bool:
    """Whether a file's name says that it is a picture, or else its first bytes do. One that cannot be opened may."""
    if named_as_picture(path, readers):
        return True
    try:
        with open_ordinary(path) as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, PictureError):
        return True
    magic = [*_MAGIC, *(pair for reader in readers for pair in reader.magic if len(pair[1]) > 4)]
    return any(head[start : start + len(value)] == value for start, value in magic) or bool(_FORMS.match(head))


def named_as_picture(path: bytes, readers: Sequence[ReaderInfo]) -> bool:
    """Whether a file's name says that it is a picture."""
    suffix = os.fsdecode(os.path.splitext(path)[1]).lower()  # noqa: PTH122 - the path is bytes
    return suffix in PICTURE_SUFFIXES or any(suffix in reader.suffixes for reader in readers)
