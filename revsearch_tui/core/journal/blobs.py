"""The journal of local features: one blob a picture."""

from __future__ import annotations

import mmap
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import Features
from revsearch_tui.core.journal.folders import new_folder, replace_folder
from revsearch_tui.core.journal.rows import RowJournal

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
        self._index: tuple[list[mmap.mmap | bytes], dict[bytes, tuple[int, int, int]]] | None = None

    def append(self, ids: Sequence[bytes], blobs: Sequence[bytes]) -> None:
        """Commit blobs. Raises `StorageError` where the disk does not take them."""
        if not ids:
            return
        start = 0 if self.is_full() else self.segments[-1].ends[1]
        ends: npt.NDArray[np.uint64] = start + np.cumsum([len(blob) for blob in blobs], dtype=np.uint64)
        self.append_rows(ids, {"blob": b"".join(blobs), "end": ends.tobytes()})
        self._index = None

    def get(self, image_id: bytes) -> memoryview | None:
        """The blob of a picture, or None where there is none."""
        if self._index is None:
            self._index = self.consistent(self._read_index)
        maps, places = self._index
        place = places.get(image_id)
        if place is None:
            return None
        number, start, end = place
        return memoryview(maps[number])[start:end]

    def truncate(self, rows: int) -> None:
        """For the writer: undo commits from the end until at most `rows` rows remain."""
        self._index = None
        super().truncate(rows)

    def compact(self, keep: set[bytes]) -> None:
        """For the writer: rewrite without the blobs whose id is not in `keep`, in the order of first appearance.

        Raises `StorageError` or OSError, and then the journal is as it was.
        """
        replacement = new_folder(self.folder)
        try:
            target = BlobJournal(replacement, create=True)
            chosen = [image_id for image_id in dict.fromkeys(self.ids()) if image_id in keep]
            for start in range(0, len(chosen), 256):
                part = chosen[start : start + 256]
                target.append(part, [bytes(self.get(image_id) or b"") for image_id in part])
            self._index = None
            replace_folder(self.folder, replacement)
        finally:
            shutil.rmtree(replacement, ignore_errors=True)
        self.reopen()

    def _read_index(self) -> tuple[list[mmap.mmap | bytes], dict[bytes, tuple[int, int, int]]]:
        """Every segment's blobs, memory-mapped, and the place of every blob: its segment, start and end.

        All files are opened here, so that blobs are those of their ids even if a compaction replaces the files later.
        """
        maps: list[mmap.mmap | bytes] = []
        places: dict[bytes, tuple[int, int, int]] = {}
        for number, segment in enumerate(self.segments):
            if not segment.rows:
                maps.append(b"")
                continue
            with segment.path("blob").open("rb") as file:
                maps.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            ids = segment.path("ids").read_bytes()
            ends = np.fromfile(segment.path("end"), np.uint64, segment.rows).tolist()
            start = 0
            for row, end in enumerate(ends):
                places[ids[row * 32 : row * 32 + 32]] = (number, start, end)
                start = end
        return maps, places
