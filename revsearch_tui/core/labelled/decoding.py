"""Decode labelled pictures in order, a little ahead of who takes them, small files many at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias

from revsearch_tui.api import Box, PictureError, ReaderInfo, Sample, UsageError
from revsearch_tui.core.images.crop import Crop
from revsearch_tui.core.images.lane import SmallFile
from revsearch_tui.core.images.pool import DecodePool
from revsearch_tui.core.indexing.index_report import IndexSettings
from revsearch_tui.core.labelled.hashing import read_file

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.images.decoded_picture import Decoded

Cut: TypeAlias = "Callable[[Picture], Picture]"
"""Gives the part of a picture that is to be looked at."""

_FIRST_CHUNK, _LARGEST_CHUNK = 4, 32
_CHUNK_PIXEL_BYTES = 4 << 20
"""About as many bytes of decoded pixels are asked for at a time, so that memory is bounded whatever the files."""
_SMALL_FILE_BYTES = 256 * 1024
_AHEAD_PER_LANE = 2


class PictureReader:
    """Decoding processes for labelled pictures. Several iterations may run at once; close it after use."""

    def __init__(self, settings: IndexSettings, readers: Sequence[ReaderInfo]) -> None:
        self._lanes, self._max_file_bytes = settings.lanes, settings.max_file_bytes
        self._pool = DecodePool(
            self._lanes, readers, timeout_s=settings.decode_timeout_s, max_pixels=settings.max_pixels
        )

    def pictures(self, samples: Sequence[Sample], cut: Cut | None = None) -> Iterator[Picture | None]:
        """The samples' pictures in order, within their boxes and then cut; None for one that cannot be read.

        Raises `MethodUnavailableError` where `cut` fails on a picture.
        """
        pending: deque[Future[list[Picture | None]]] = deque()
        chunk, start = _FIRST_CHUNK, 0
        executor = ThreadPoolExecutor(self._lanes, thread_name_prefix="labelled")
        try:
            while start < len(samples) or pending:
                while start < len(samples) and len(pending) < self._lanes * _AHEAD_PER_LANE:
                    pending.append(executor.submit(self._decode, samples[start : start + chunk], cut))
                    start += chunk
                found = pending.popleft().result()
                chunk = _next_chunk(found)
                yield from found
        finally:
            executor.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """End the decoding processes."""
        self._pool.close()

    def _decode(self, samples: Sequence[Sample], cut: Cut | None) -> list[Picture | None]:
        results: list[Decoded | PictureError | UsageError | None] = [None] * len(samples)
        small: list[tuple[int, SmallFile]] = []
        for place, sample in enumerate(samples):
            try:
                data = read_file(sample.path, self._max_file_bytes)
                file = SmallFile(data, str(sample.path), box_crop(sample.box))
                if len(data) > _SMALL_FILE_BYTES:
                    results[place] = self._pool.decode(*file)
                else:
                    small.append((place, file))
            except (PictureError, UsageError):
                continue
        decoded = self._pool.decode_many([file for _, file in small])
        for (place, _), result in zip(small, decoded, strict=True):
            results[place] = result
        return [_picture(result, cut) for result in results]


def box_crop(box: Box | None) -> Crop | None:
    """The crop that the decoder takes for a box; None for the whole picture."""
    if box is None or (box.left, box.top, box.right, box.bottom) == (0, 0, 1, 1):
        return None
    values = (box.left * 100, box.top * 100, (box.right - box.left) * 100, (box.bottom - box.top) * 100)
    return Crop(values, (True, True, True, True))


def _next_chunk(pictures: Sequence[Picture | None]) -> int:
    sizes = [picture.nbytes for picture in pictures if picture is not None]
    if not sizes:
        return _FIRST_CHUNK
    return max(1, min(_LARGEST_CHUNK, _CHUNK_PIXEL_BYTES * len(sizes) // sum(sizes)))


def _picture(result: Decoded | PictureError | UsageError | None, cut: Cut | None) -> Picture | None:
    if result is None or isinstance(result, PictureError | UsageError):
        return None
    return result.picture if cut is None else cut(result.picture)
