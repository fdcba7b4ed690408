"""The smallest DNG files there are: an uncompressed Bayer mosaic, with a preview in JPEG if one is wanted.

Adobe, Digital Negative Specification 1.4.0.0, 2012.
"""

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_SIZES = {"B": 1, "H": 2, "I": 4, "r": 8, "i": 8}
_TYPES = {"B": 1, "s": 2, "H": 3, "I": 4, "r": 5, "i": 10}


def dng(
    colours: npt.NDArray[np.uint8], orientation: int = 1, preview: bytes = b"", preview_size: Sequence[int] = ()
) -> bytes:
    """A file that shows linear RGB (h, w, 3), seen through a mosaic of red, green, green, blue."""
    height, width = colours.shape[:2]
    mosaic = np.empty((height, width), np.uint16)
    for down, across, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[down::2, across::2] = colours[down::2, across::2, channel].astype(np.uint16) * 257
    pixels = mosaic.astype("<u2").tobytes()
    # Linear sRGB of XYZ, so that the camera sees as a screen shows.
    matrix = [3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570]
    pictured = [
        (254, "I", [0]),
        (256, "I", [width]),
        (257, "I", [height]),
        (258, "H", [16]),
        (259, "H", [1]),
        (262, "H", [32803]),
        (273, "I", [0]),
        (277, "H", [1]),
        (278, "I", [height]),
        (279, "I", [len(pixels)]),
        (284, "H", [1]),
        (33421, "H", [2, 2]),
        (33422, "B", [0, 1, 1, 2]),
        (50714, "H", [0]),
        (50717, "H", [65535]),
    ]
    told = [
        (271, "s", b"Example\0"),
        (272, "s", b"Mosaic\0"),
        (274, "H", [orientation]),
        (50706, "B", [1, 4, 0, 0]),
        (50707, "B", [1, 1, 0, 0]),
        (50708, "s", b"Example Mosaic\0"),
        (50721, "i", [(round(each * 10000), 10000) for each in matrix]),
        (50728, "r", [(1, 1), (1, 1), (1, 1)]),
        (50778, "H", [21]),
    ]
    if not preview:
        return _file([pictured + told], [pixels])
    wide, high = preview_size
    shown = [
        (254, "I", [1]),
        (256, "I", [wide]),
        (257, "I", [high]),
        (258, "H", [8, 8, 8]),
        (259, "H", [7]),
        (262, "H", [6]),
        (273, "I", [0]),
        (277, "H", [3]),
        (278, "I", [high]),
        (279, "I", [len(preview)]),
        (284, "H", [1]),
        (330, "I", [0]),
    ]
    return _file([shown + told, pictured], [preview, pixels])


def _file(folders: list[list[tuple[int, str, Sequence[object] | bytes]]], parts: list[bytes]) -> bytes:
    """Folders of a TIFF file, each with its pixels; the second is named by the first, not chained to it."""
    sizes = [2 + 12 * len(entries) + 4 + sum(_room(entry) for entry in entries) for entries in folders]
    starts = [8 + sum(sizes[:number]) for number in range(len(folders))]
    places = [8 + sum(sizes) + sum(map(len, parts[:number])) for number in range(len(parts))]
    data = struct.pack("<2sHI", b"II", 42, 8)
    for start, entries, place in zip(starts, folders, places, strict=True):
        head, tail = struct.pack("<H", len(entries)), b""
        for tag, kind, values in sorted(entries, key=lambda entry: entry[0]):
            values = [place] if tag == 273 else [starts[-1]] if tag == 330 else values
            packed = _packed(kind, values)
            count = len(values)
            if len(packed) > 4:
                at = start + 2 + 12 * len(entries) + 4 + len(tail)
                tail += packed + b"\0" * (len(packed) % 2)
                packed = struct.pack("<I", at)
            head += struct.pack("<HHI", tag, _TYPES[kind], count) + packed.ljust(4, b"\0")
        data += head + struct.pack("<I", 0) + tail
    return data + b"".join(parts)


def _packed(kind: str, values: Sequence[object] | bytes) -> bytes:
    if isinstance(values, bytes):
        return values
    if kind in "ri":
        return b"".join(struct.pack("<II" if kind == "r" else "<ii", *each) for each in values)  # type: ignore[misc]
    return struct.pack(f"<{len(values)}{kind}", *values)


def _room(entry: tuple[int, str, Sequence[object] | bytes]) -> int:
    length = len(_packed(entry[1], entry[2]))
    return length + length % 2 if length > 4 else 0
