"""The journal of local features: one blob a picture."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import Features
from revsearch_tui.core.journal.rows import RowJournal, replace_folder

if TYPE_CHECKING:
    import numpy.typing as npt

_HEADER = struct.Struct("<IIf4s")


def pack_features(features: Features) -> bytes:
    """Features as bytes: count, descriptor length, aspect, descriptor dtype, keypoints as float32, descriptors."""
    descriptors = np.ascontiguousarray(features.descriptors)
    code = descriptors.dtype.str.lstrip("|<").encode().ljust(4)
    width = descriptors.shape[1] if descriptors.ndim == 2 else 0
    header = _HEADER.pack(len(features.keypoints), width, features.aspect, code)
    return header + np.ascontiguousarray(features.keypoints, np.float32).tobytes() + descriptors.tobytes()


def unpack_features(data: bytes | memoryview) -> Features:
    """The inverse of `pack_features`; the arrays are views of the data."""
    count, width, aspect, code = _HEADER.unpack_from(data)
    dtype = np.dtype(code.decode().strip())
    keypoints = np.frombuffer(data, np.float32, count * 4, _HEADER.size).reshape(count, 4)
    start = _HEADER.size + keypoints.nbytes
    descriptors = np.frombuffer(data, dtype, count * width, start).reshape(count, width)
    return Features(keypoints, descriptors, aspect)


class BlobJournal(RowJournal):
    """Features of one index key, by image id."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open; with `create`, make it where it is missing. Raises `StorageError`."""
        super().__init__(folder, "blobs", ("blob", "end"), {} if create else None)
        self._places: dict[bytes, tuple[int, int, int]] | None = None
        self._maps: dict[int, mmap.mmap] = {}

    def append(self, ids: Sequence[bytes], blobs: Sequence[bytes]) -> None:
        """Commit blobs. Raises `StorageError` where the disk does not take them."""
        if not ids:
            return
        start = 0 if self._rotates() else self.segments[-1].ends[1]
        ends: npt.NDArray[np.uint64] = start + np.cumsum([len(blob) for blob in blobs], dtype=np.uint64)
        self.append_rows(ids, {"blob": b"".join(blobs), "end": ends.tobytes()})
        self._places = None

    def get(self, image_id: bytes) -> memoryview | None:
        """The blob of a picture, or None where there is none."""
        if self._places is None:
            self._places = self._index()
        place = self._places.get(image_id)
        if place is None:
            return None
        number, start, end = place
        if number not in self._maps or len(self._maps[number]) < end:
            with self.segments[number].path("blob").open("rb") as file:
                self._maps[number] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return memoryview(self._maps[number])[start:end]

    def compact(self, keep: set[bytes]) -> None:
        """For the writer: rewrite without the blobs whose id is not in `keep`, in the order of first appearance."""
        import shutil

        replacement = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(replacement, ignore_errors=True)
        target = BlobJournal(replacement, create=True)
        chosen = [image_id for image_id in dict.fromkeys(self.ids()) if image_id in keep]
        for start in range(0, len(chosen), 256):
            part = chosen[start : start + 256]
            target.append(part, [bytes(self.get(image_id) or b"") for image_id in part])
        self._maps.clear()
        replace_folder(self.folder, replacement)
        self.segments = BlobJournal(self.folder).segments
        self._places = None

    def _rotates(self) -> bool:
        from revsearch_tui.core.journal.rows import SEGMENT_BYTES

        return max(self.segments[-1].ends) >= SEGMENT_BYTES

    def _index(self) -> dict[bytes, tuple[int, int, int]]:
        places: dict[bytes, tuple[int, int, int]] = {}
        for number, segment in enumerate(self.segments):
            if not segment.rows:
                continue
            ids = segment.path("ids").read_bytes()
            ends = np.fromfile(segment.path("end"), np.uint64, segment.rows).tolist()
            start = 0
            for row, end in enumerate(ends):
                places[ids[row * 32 : row * 32 + 32]] = (number, start, end)
                start = end
        return places
