"""Matrix products that stay in the calling thread."""

from __future__ import annotations

import threading
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_sift.opencv import cv2

Floats: TypeAlias = npt.NDArray[np.float32]

_LEAST_ROWS = 100
"""OpenCV multiplies anything smaller without BLAS, and ten times slower."""


_scratch = threading.local()


def times(left: Floats, right: Floats, *, passing: bool = False) -> Floats:
    """`left @ right.T` of (n, d) and (m, d) float32, in this thread. One that is `passing` is good until the thread
    makes the next: memory that is got and given back each time makes threads wait for one another.

    Pictures are compared from several threads at once. numpy's OpenBLAS would start its own threads for each product,
    which wait for one another and take up to thirty times as long on a busy machine; OpenCV's product, with its BLAS
    loaded as in `opencv`, does not.
    """
    if not len(left) or not len(right):
        return np.zeros((len(left), len(right)), np.float32)
    one, other = _filled(left), _filled(right)
    into = _room(len(one), len(other)) if passing else None
    product = cv2.gemm(one, other, 1.0, None, 0.0, dst=into, flags=cv2.GEMM_2_T)  # type: ignore[call-overload]  # None is fine
    return np.asarray(product, np.float32)[: len(left), : len(right)]


def _room(rows: int, columns: int) -> Floats:
    room: Floats | None = getattr(_scratch, "room", None)
    if room is None or room.size < rows * columns:
        _scratch.room = room = np.empty(rows * columns, np.float32)
    return room[: rows * columns].reshape(rows, columns)


def _filled(rows: Floats) -> Floats:
    """At least `_LEAST_ROWS` rows, zeros where there were none."""
    missing = _LEAST_ROWS - len(rows)
    return np.concatenate([rows, np.zeros((missing, rows.shape[1]), np.float32)]) if missing > 0 else rows
