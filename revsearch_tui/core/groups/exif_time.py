"""When a picture was taken, by its EXIF data: read from the first bytes of the file, and nothing is decoded.

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
_TEXT, _ENTRY = 2, 12


def taken(path: Path) -> float | None:
    """Seconds of the camera's clock, in whatever time zone that was set to; None where nothing is known of it."""
    try:
        with open_ordinary(path) as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, PictureError):
        return None
    try:
        return _taken(_directories(head))
    except (struct.error, KeyError, ValueError, OverflowError):
        return None


def _directories(head: bytes) -> bytes:
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


def _taken(data: bytes) -> float | None:
    order = _ORDERS[data[:4]]
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    (where,) = struct.unpack_from(f"{order}I", _entries(data, order, first)[_EXIF], 8)
    entries = _entries(data, order, where)
    if _TAKEN not in entries:
        return None
    moment = calendar.timegm(time.strptime(_text(data, order, entries[_TAKEN])[:19], "%Y:%m:%d %H:%M:%S"))
    fraction = _text(data, order, entries[_FRACTION]).strip() if _FRACTION in entries else ""
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
