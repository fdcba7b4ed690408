"""Matrix products that stay in the calling thread."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_sift.opencv import cv2

Floats: TypeAlias = npt.NDArray[np.float32]

_LEAST_ROWS = 100
"""OpenCV multiplies anything smaller without BLAS, and ten times slower."""


def times(left: Floats, right: Floats) -> Floats:
    """`left @ right.T` of (n, d) and (m, d) float32, in this thread.

    Pictures are compared from several threads at once. numpy's OpenBLAS would start its own threads for each product,
    which wait for one another and take up to thirty times as long on a busy machine; OpenCV's product, with its BLAS
    loaded as in `opencv`, does not.
    """
    if not len(left) or not len(right):
        return np.zeros((len(left), len(right)), np.float32)
    product = cv2.gemm(_filled(left), _filled(right), 1.0, None, 0.0, flags=cv2.GEMM_2_T)  # type: ignore[call-overload]  # None is fine
    return np.asarray(product, np.float32)[: len(left), : len(right)]


def _filled(rows: Floats) -> Floats:
    """At least `_LEAST_ROWS` rows, zeros where there were none."""
    missing = _LEAST_ROWS - len(rows)
    return np.concatenate([rows, np.zeros((missing, rows.shape[1]), np.float32)]) if missing > 0 else rows
