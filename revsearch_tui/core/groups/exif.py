"""What EXIF data tells of a picture: when it was taken, and whether it is as a camera wrote it. It is read from the
first bytes of the file, and nothing is decoded.

EXIF is a TIFF directory: entries of 12 bytes with tag, type, count and value, or where the value is (CIPA DC-008, 4.6).
"""

from __future__ import annotations

import calendar
import struct
import time
from pathlib import Path

from revsearch_tui.api import PictureError
from revsearch_tui.core.base.files import open_ordinary

_HEAD_BYTES = 1 << 16
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_MARKS = (b"Exif\0\0", b"eXIf", b"EXIF")
"""What JPEG and HEIF, PNG, and WebP have before it; the latter two within 8 bytes of it."""
_MOST_ENTRIES = 1000
_EXIF, _TAKEN, _FRACTION = 0x8769, 0x9003, 0x9291
_MAKE, _MODEL, _ACROSS, _DOWN = 0x010F, 0x0110, 0xA002, 0xA003
_TEXT, _SHORT, _LONG, _ENTRY = 2, 3, 4, 12


_UNTOLD = (OSError, PictureError, struct.error, KeyError, ValueError, OverflowError)
"""What is raised where there is no such data, or something else in its place."""


def taken(path: Path) -> float | None:
    """Seconds of the camera's clock, in whatever time zone that was set to; None where nothing is known of it."""
    try:
        data, order, _, details = _directories(path)
        return _taken(data, order, details)
    except _UNTOLD:
        return None


def is_as_shot(path: Path, width: int, height: int) -> bool:
    """Whether the EXIF data names a camera, and says that the picture has so many pixels, this way or turned. Who makes
    a picture larger leaves what the data says of its size, or leaves out the data."""
    try:
        _, order, entries, details = _directories(path)
        sides = [_number(order, details[tag]) for tag in (_ACROSS, _DOWN)]
    except _UNTOLD:
        return False
    return (_MAKE in entries or _MODEL in entries) and sorted(sides) == sorted((width, height))


def _directories(path: Path) -> tuple[bytes, str, dict[int, bytes], dict[int, bytes]]:
    """The EXIF data of a file from its beginning on, the order of its bytes, and the entries of its first directory and
    of the one with details. Raises one of `_UNTOLD` where there are none."""
    with open_ordinary(path) as file:
        data = _data(file.read(_HEAD_BYTES))
    order = _ORDERS[data[:4]]
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    entries = _entries(data, order, first)
    (where,) = struct.unpack_from(f"{order}I", entries[_EXIF], 8)
    return data, order, entries, _entries(data, order, where)


def _data(head: bytes) -> bytes:
    """From the beginning of the EXIF data on. Raises ValueError where there is none."""
    if head[:4] in _ORDERS:
        return head
    for mark in _MARKS:
        at = head.find(mark)
        near = head[at : at + 16] if at >= 0 else b""
        for order in _ORDERS:
            if (within := near.find(order)) >= 0:
                return head[at + within :]
    raise ValueError("no EXIF")


def _taken(data: bytes, order: str, details: dict[int, bytes]) -> float | None:
    if _TAKEN not in details:
        return None
    moment = calendar.timegm(time.strptime(_text(data, order, details[_TAKEN])[:19], "%Y:%m:%d %H:%M:%S"))
    fraction = _text(data, order, details[_FRACTION]).strip() if _FRACTION in details else ""
    return moment + (float(f"0.{fraction}") if fraction.isascii() and fraction.isdigit() else 0.0)


def _entries(data: bytes, order: str, at: int) -> dict[int, bytes]:
    """Tag -> entry of a directory."""
    (count,) = struct.unpack_from(f"{order}H", data, at)
    found = {}
    for number in range(min(count, _MOST_ENTRIES)):
        entry = data[at + 2 + number * _ENTRY :][:_ENTRY]
        if len(entry) == _ENTRY:
            found[struct.unpack_from(f"{order}H", entry)[0]] = entry
    return found


def _text(data: bytes, order: str, entry: bytes) -> str:
    kind, count, where = struct.unpack_from(f"{order}HII", entry, 2)
    if kind != _TEXT:
        raise ValueError("no text")
    value = entry[8 : 8 + count] if count <= 4 else data[where : where + count]
    return value.split(b"\0")[0].decode("ascii")


def _number(order: str, entry: bytes) -> int:
    kind, count = struct.unpack_from(f"{order}HI", entry, 2)
    if kind not in (_SHORT, _LONG) or count != 1:
        raise ValueError("no number")
    return int(struct.unpack_from(f"{order}{'H' if kind == _SHORT else 'I'}", entry, 8)[0])
