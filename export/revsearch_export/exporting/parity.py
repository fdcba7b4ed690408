"""Does the exported file compute what the network computes?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from revsearch_onnx.session import open_session

from revsearch_export.exporting.onnx_file import EMBEDDING, INPUT, PROBABILITIES
from revsearch_tui.api import ModelError

if TYPE_CHECKING:
    import numpy.typing as npt

LARGEST_DIFFERENCE = 1e-4


class OnnxRunner:
    """Runs an exported file over arrays of pictures on the processor."""

    def __init__(self, file: Path) -> None:
        self._session: Any = open_session(file, "cpu")

    def run(
        self, pictures: npt.NDArray[np.uint8], batch: int = 64
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """`embeddings` (n, dim) and `probabilities` (n, classes) of pictures (n, 3, side, side)."""
        answers = [
            self._session.run([EMBEDDING, PROBABILITIES], {INPUT: pictures[start : start + batch].astype(np.float32)})
            for start in range(0, len(pictures), batch)
        ]
        return np.concatenate([answer[0] for answer in answers]), np.concatenate([answer[1] for answer in answers])


def check_parity(
    file: Path,
    pictures: npt.NDArray[np.uint8],
    embeddings: npt.NDArray[np.float32],
    probabilities: npt.NDArray[np.float32],
) -> float:
    """The largest difference between the file's outputs on these pictures and torch's.

    Raises ModelError where it is over 1e-4 or a picture gets another class.
    """
    found_embeddings, found_probabilities = OnnxRunner(file).run(pictures)
    difference = max(
        float(np.abs(found_embeddings - embeddings).max()), float(np.abs(found_probabilities - probabilities).max())
    )
    others = int((found_probabilities.argmax(1) != probabilities.argmax(1)).sum())
    if difference > LARGEST_DIFFERENCE or others:
        raise ModelError(
            f"the exported {file.name} differs from the trained network by {difference:.2g}, and gives {others} of "
            f"{len(pictures)} pictures another class: this file is not kept"
        )
    return difference
