"""Points of a grid, and the file that keeps them for a later sitting of the same training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from revsearch_export.stored_arrays import DAMAGE, read_arrays, write_arrays

if TYPE_CHECKING:
    from revsearch_svm.centre import Floats


@dataclass(frozen=True)
class Point:
    """One point of the grid: the share of pictures it got right, its decision values (n, classes) for them, and the
    seconds it took."""

    c: float
    gamma: float
    accuracy: float
    values: Floats
    seconds: float


def save_points(file: Path, identity: str, points: Sequence[Point]) -> None:
    """Replace the file in one step. `identity` tells what the points were tried on."""
    write_arrays(
        file,
        {
            "identity": np.array(identity),
            "points": np.array([(point.c, point.gamma, point.accuracy, point.seconds) for point in points]),
            "values": np.stack([point.values for point in points]),
        },
    )


def load_points(file: Path, identity: str) -> list[Point]:
    """The points in the file; none where it is missing, damaged, or of something else, for all that costs is time."""
    try:
        arrays = read_arrays(file)
        if str(arrays["identity"]) != identity:
            return []
        rows = zip(arrays["points"].tolist(), arrays["values"], strict=True)
        return [Point(c, gamma, accuracy, values, seconds) for (c, gamma, accuracy, seconds), values in rows]
    except DAMAGE:
        return []
