"""Local features of one picture as bytes, few of them.

Descriptors are mostly small whole numbers, some columns of which vary less than others. Written column by column, with
a Huffman code for every few of them, they take little more than they tell; nothing is lost.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Features
from revsearch_tui.api.types import keypoint_numbers, keypoints_of

if TYPE_CHECKING:
    import numpy.typing as npt

_HEADER = struct.Struct("<IIf4s")
"""Count, numbers of a descriptor, aspect, dtype of descriptors; that begins with `_COMPACT` in the compact form."""
_COMPACT = "z"
_MEMORY = 6
"""zlib's level of memory: a Huffman code for every 4,096 bytes. With fewer the codes take room, with more they fit less
well."""
_SMALLEST_WINDOW, _ANY_WINDOW = -9, -15


def pack_features(features: Features) -> bytes:
    """Features as bytes.

    In the compact form the columns of keypoints, in 16 bits, and of descriptors are compressed together. Where
    keypoints are out of their range (see `Features.rounded`), they follow as float32, and the descriptors as they are.
    """
    descriptors = np.ascontiguousarray(features.descriptors)
    descriptors = descriptors.astype(descriptors.dtype.newbyteorder("<"), copy=False)
    code = descriptors.dtype.str.lstrip("|<")
    width = descriptors.shape[1] if descriptors.ndim == 2 else 0
    keypoints = np.ascontiguousarray(features.keypoints, np.float32).reshape(-1, 4)
    numbers = keypoint_numbers(keypoints)
    if numbers is None:
        header = _HEADER.pack(len(keypoints), width, features.aspect, code.encode().ljust(4))
        return header + keypoints.tobytes() + descriptors.tobytes()
    compressor = zlib.compressobj(6, zlib.DEFLATED, _SMALLEST_WINDOW, _MEMORY, zlib.Z_HUFFMAN_ONLY)
    body = [compressor.compress(_columns(each)) for each in (numbers.astype("<u2"), descriptors)]
    header = _HEADER.pack(len(keypoints), width, features.aspect, f"{_COMPACT}{code}".encode().ljust(4))
    return header + b"".join(body) + compressor.flush()


def unpack_features(data: bytes | memoryview) -> Features:
    """The inverse of `pack_features`: features as they are when `rounded`, without `whole`; arrays are read-only."""
    count, width, aspect, code = _HEADER.unpack_from(data)
    name = code.decode().strip()
    compact = name.startswith(_COMPACT)
    dtype = _dtype(name.removeprefix(_COMPACT))
    if compact:
        content = zlib.decompress(data[_HEADER.size :], _ANY_WINDOW, count * (8 + width * dtype.itemsize))
        keypoints = keypoints_of(_rows(content[: count * 8], np.dtype("<u2"), count, 4))
        descriptors = _rows(content[count * 8 :], dtype, count, width)
        for array in (keypoints, descriptors):
            array.flags.writeable = False
        return Features(keypoints, descriptors, aspect)
    keypoints = np.frombuffer(data, np.float32, count * 4, _HEADER.size).reshape(count, 4)
    start = _HEADER.size + keypoints.nbytes
    descriptors = np.frombuffer(data, dtype, count * width, start).reshape(count, width)
    return Features(keypoints, descriptors, aspect).rounded()


def _dtype(code: str) -> np.dtype[Any]:
    """Of numbers in the order of bytes that the code begins with; that is left out where it is the usual one."""
    return np.dtype(code if code.startswith(">") else f"<{code}")


def _columns(rows: npt.NDArray[Any]) -> bytes:
    """(k, d) numbers, byte by byte: the first byte of the first number of all rows, its second, and so on."""
    if not rows.size:
        return b""
    return np.ascontiguousarray(rows.view(np.uint8).reshape(len(rows), -1).T).tobytes()


def _rows(columns: bytes, dtype: np.dtype[Any], count: int, width: int) -> npt.NDArray[Any]:
    """The inverse of `_columns`."""
    if not count * width:
        return np.zeros((count, width), dtype)
    found = np.frombuffer(columns, np.uint8).reshape(-1, count).T
    return np.ascontiguousarray(found).view(dtype)
