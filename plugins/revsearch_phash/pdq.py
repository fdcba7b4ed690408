"""PDQ: 256 bits of a picture's low frequencies.

As in "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm" (Meta, 2019): luminance, blurred and
thinned to 64 x 64 by two box filters each way, of its cosine transform the frequencies 1 to 16 each way, and of these
those above their median; what Meta's own program gives, bit for bit. Blurring and thinning are linear, so each way they
are one matrix.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_phash.plain import is_plain

Bits: TypeAlias = npt.NDArray[np.uint8]

SIDE = 16
"""Rows and columns of a hash."""
_BLOCK = 64
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_LEAST_SIDE = 5
_LENGTHS = 64


def pdq_bits(picture: Bits) -> npt.NDArray[np.bool_]:
    """(16, 16), row by row the vertical frequencies; `picture` is uint8 RGB, H x W x 3. No bit is set where it is too
    plain, or a side is below 5 pixels."""
    if min(picture.shape[:2]) < _LEAST_SIDE:
        return np.zeros((SIDE, SIDE), np.bool_)
    block = _block(picture)
    if is_plain(block):
        return np.zeros((SIDE, SIDE), np.bool_)
    waves = _waves()
    low = waves @ block @ waves.T
    return np.asarray(low > np.sort(low, axis=None)[low.size // 2 - 1])


def pdq_seen(picture: Bits) -> Bits:
    """(64, 64) grey: what the hash is made of, about the picture's mean."""
    block, waves = _block(picture), _waves()
    low = waves.T @ (waves @ block @ waves.T) @ waves
    return np.asarray(np.clip(np.rint(low + block.mean()), 0, 255), np.uint8)


def _block(picture: Bits) -> npt.NDArray[np.float64]:
    """(64, 64): the luminance, blurred and thinned."""
    height, width = picture.shape[:2]
    return np.asarray(_thinning(height) @ (picture @ _LUMINANCE) @ _thinning(width).T, np.float64)


@lru_cache(_LENGTHS)
def _thinning(length: int) -> npt.NDArray[np.float32]:
    """(64, length): the means of two passes of a box, taken at 64 places."""
    window = (length + 2 * _BLOCK - 1) // (2 * _BLOCK)
    ahead = window // 2
    behind = window - 1 - ahead
    places = np.arange(length)
    starts, ends = np.maximum(places - behind, 0), np.minimum(places + ahead + 1, length)
    centres = (((np.arange(_BLOCK) + 0.5) * length) / _BLOCK).astype(np.int64)
    shares = 1.0 / (ends - starts)
    once = ((places >= starts[centres, None]) & (places < ends[centres, None])) * shares[centres, None]
    # The second pass, of all places that have a place in their box, as a difference of sums.
    sums = np.pad(np.cumsum(once * shares, axis=1), ((0, 0), (1, 0)))
    holders = np.minimum(places + behind + 1, length), np.maximum(places - ahead, 0)
    return np.asarray(sums[:, holders[0]] - sums[:, holders[1]], np.float32)


@cache
def _waves() -> Any:
    """(16, 64): the cosine waves 1 to 16, each of length 1."""
    places = (2 * np.arange(_BLOCK) + 1) * (np.pi / (2 * _BLOCK))
    return np.sqrt(2 / _BLOCK) * np.cos(np.arange(1, SIDE + 1)[:, None] * places)
