"""Perceptual hashes: those of imagehash, bit for bit what `imagehash` itself gives for the same pixels (`phash` without
SciPy, which takes longer to import than a search takes), and PDQ. A picture too plain to tell by them has no bit set.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from revsearch_phash import pdq
from revsearch_phash.plain import (
    LEAST_SPREAD,
    WAVES,
    is_plain,
    lowest_frequencies,
    lowest_of_many,
    medians,
    of_frequencies,
    spreads,
)
from revsearch_phash.turning import TURNED, turned
from revsearch_tui.api import BitDiff, Control, ModelFile, Options, UsageError

Bits: TypeAlias = npt.NDArray[np.uint8]
_FUNCTIONS = {"phash": "phash", "dhash": "dhash", "ahash": "average_hash", "whash": "whash"}
_WORKERS = min(4, os.cpu_count() or 1)

_FACTOR = 4
_SIDE = 32
_SMALL_VALUES = 3 * 128 * 128
_CERTAIN = 1e-4
"""No rounding adds up to this: sums of pixels reach 2e7, in numbers with 16 digits."""


class PerceptualHash:
    """Vectors of `dim` = size * size bits, row by row; the distance of two pictures is the number of differing bits.

    A vector of zeros alone means that the picture is too plain: see `is_plain`. `dhash` gives it also where a picture
    is nowhere brighter than to the left of there. Raises `UsageError` when made with `hash=whash` and a size that is no
    power of two, which wavelets need, or with `hash=pdq` and another size than 16.
    """

    def __init__(self, options: Options, model: ModelFile | None = None) -> None:
        self._name = str(options["hash"])
        self._size = int(options["size"])
        if self._name == "whash" and self._size & (self._size - 1):
            raise UsageError(f"whash needs a size of 8, 16 or 32, not {self._size}: choose one of them or another hash")
        if self._name == "pdq" and self._size != pdq.SIDE:
            raise UsageError(f"pdq has a size of {pdq.SIDE}, not {self._size}: leave it out or choose another hash")
        self.dim = self._size**2
        self.turns_rows = self._name in TURNED
        self._pool: ThreadPoolExecutor | None = None

    def load(self, control: Control) -> None:
        """Bring in imagehash, and what that imports late (PyWavelets), by hashing one grey picture."""
        if self._name not in ("phash", "pdq"):
            self._imagehash(Image.new("L", (8, 8), 128))
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="phash")

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def embed(self, pictures: Sequence[Bits]) -> Bits:
        """(n, dim) uint8 zeros and ones. `pictures` are uint8 RGB, H x W x 3."""
        make = self._grey if self._name == "phash" else self._grid
        # Pillow resizes without the interpreter lock, so threads do help here, but for pictures as small as icons.
        parallel = self._pool is not None and len(pictures) > 1
        parallel = parallel and sum(picture.size for picture in pictures) > len(pictures) * _SMALL_VALUES
        made = list(self._pool.map(make, pictures) if self._pool and parallel else map(make, pictures))
        bits = np.zeros((len(pictures), self.dim), np.uint8)
        if self._name != "phash":
            for row, grid in zip(bits, made, strict=True):
                row[:] = grid.ravel()
        elif made:
            greys = np.stack(made)
            plain, sure, found = phash_rows(greys, self._size)
            bits[:] = found
            bits[plain] = 0
            for number in np.flatnonzero(~sure & ~plain).tolist():
                bits[number] = self._grid(pictures[number]).ravel()
        return bits

    def explain(self, query: Bits, candidate: Bits) -> BitDiff:
        """Both hashes as (size, size) grids, and what the hash sees of the pictures."""
        return BitDiff(self._grid(query), self._grid(candidate), self._seen(query), self._seen(candidate))

    def _seen(self, picture: Bits) -> Bits:
        """(h, w) grey: the lowest frequencies alone, or the few pixels that are compared."""
        if self._name == "pdq":
            return pdq.pdq_seen(picture)
        image = Image.fromarray(picture).convert("L")
        if self._name == "phash":
            grey = np.asarray(image.resize((self._size * _FACTOR,) * 2, Image.Resampling.LANCZOS))
            return of_frequencies(lowest_frequencies(grey, self._size), self._size * _FACTOR)
        across = self._size + 1 if self._name == "dhash" else self._size
        return np.asarray(image.resize((across, self._size), Image.Resampling.LANCZOS))

    def turned_rows(self, rows: Bits, orientation: int) -> Bits:
        """(n, dim) the hashes of turned or mirrored pictures, told from those of the pictures; see `turning`. Raises
        `UsageError` for a hash that does not tell."""
        if not self.turns_rows:
            raise UsageError(f"of {self._name} the hash of a turned picture cannot be told: take {' or '.join(TURNED)}")
        grids = np.asarray(rows, np.uint8).reshape(-1, self._size, self._size)
        found = turned(grids, self._name, orientation).reshape(len(rows), self.dim)
        tells = np.any(rows, axis=1, keepdims=True)
        return np.ascontiguousarray(found * tells)

    def _grid(self, picture: Bits) -> Bits:
        if self._name == "pdq":
            return np.asarray(pdq.pdq_bits(picture), np.uint8)
        image = Image.fromarray(picture).convert("L")
        side = self._size * _FACTOR if self._name == "phash" else _SIDE
        grey: npt.NDArray[Any] = np.asarray(image.resize((side, side), Image.Resampling.LANCZOS))
        if is_plain(grey):
            return np.zeros((self._size, self._size), np.uint8)
        bits = phash_bits(grey, self._size) if self._name == "phash" else None
        return np.asarray(self._imagehash(image) if bits is None else bits, np.uint8)

    def _grey(self, picture: Bits) -> Bits:
        """(n, n) grey, small: what `phash` is made of."""
        side = self._size * _FACTOR
        return np.asarray(Image.fromarray(picture).convert("L").resize((side, side), Image.Resampling.LANCZOS))

    def _imagehash(self, image: Image.Image) -> Any:
        import imagehash  # not at the top: phash itself can mostly do without, and then starts sooner

        return getattr(imagehash, _FUNCTIONS[self._name])(image, hash_size=self._size).hash


def phash_rows(
    greys: npt.NDArray[Any], size: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Of (n, side, side) grey pictures: which are too plain (n,), whose bits are certain (n,), and the bits (n, size *
    size). As `is_plain` and `phash_bits` say it of one, for many at a fraction of the cost."""
    low = lowest_of_many(greys, max(size, WAVES))
    plain = spreads(low[:, :WAVES, :WAVES], greys.shape[1]) < LEAST_SPREAD
    low = low[:, :size, :size].reshape(len(low), -1)
    away = low - medians(low)[:, None]
    return plain, np.abs(away).min(axis=1) >= _CERTAIN, away > 0


def phash_bits(grey: npt.NDArray[Any], size: int) -> npt.NDArray[np.bool_] | None:
    """(size, size), or None where a coefficient is so near the median that its bit may hang on the rounding.

    As imagehash: of the picture grey and resized to 4 * size pixels square, which is `grey`, the type-2 cosine
    transform of columns and rows, and of its lowest frequencies those above their median.
    """
    low = lowest_frequencies(grey, size)
    ordered = np.sort(low, axis=None)
    median = (ordered[(low.size - 1) // 2] + ordered[low.size // 2]) / 2  # np.median would import all of numpy.ma
    return None if np.abs(low - median).min() < _CERTAIN else low > median
