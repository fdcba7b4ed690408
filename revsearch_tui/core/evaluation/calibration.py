"""Whether a confidence of 80 % is right 80 % of the time.

Source: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.evaluation.record import ReliabilityBin

if TYPE_CHECKING:
    import numpy.typing as npt


def reliability(confidence: npt.NDArray[Any], right: npt.NDArray[Any], bins: int = 15) -> list[ReliabilityBin]:
    """Equally wide ranges of confidence from 0 to 1, each with its upper end; empty ones are there, with zeros.

    `confidence` is (queries,) 0..1, `right` (queries,) bool.
    """
    queries, sure, good = _binned(confidence, right, bins)
    held = np.maximum(queries, 1)
    return [
        ReliabilityBin(n / bins, (n + 1) / bins, int(queries[n]), float(sure[n] / held[n]), float(good[n] / held[n]))
        for n in range(bins)
    ]


def expected_calibration_error(confidence: npt.NDArray[Any], right: npt.NDArray[Any], bins: int = 15) -> float:
    """0..1: how far mean confidence and accuracy lie apart within the ranges, weighted by queries; 0 without any."""
    _, sure, good = _binned(confidence, right, bins)
    return float(np.abs(sure - good).sum() / max(len(confidence), 1))


def _binned(confidence: npt.NDArray[Any], right: npt.NDArray[Any], bins: int) -> tuple[npt.NDArray[Any], ...]:
    """(bins,) each: queries, sum of confidences, number of right ones."""
    sure = np.asarray(confidence, np.float64)
    uppers = np.arange(1, bins) / bins
    place = np.searchsorted(uppers, sure, side="left")
    return (
        np.bincount(place, minlength=bins),
        np.bincount(place, weights=sure, minlength=bins),
        np.bincount(place, weights=np.asarray(right, np.float64), minlength=bins),
    )
