"""The smallest box that holds everything but plain borders. It is imported when boxes are asked for."""

from collections.abc import Callable

import numpy as np
from revsearch_tui.api import Box, Picture

_DIFFERS = 24
"""How far, of 255, a pixel is from the first one where it is no border."""


def make() -> Callable[[Picture], list[Box]]:
    """A provider; it may be called from several threads."""
    return propose


def propose(picture: Picture) -> list[Box]:
    """The best box first; none stands for the whole picture."""
    differs = np.abs(picture.astype(np.int16) - picture[0, 0].astype(np.int16)).max(axis=2) > _DIFFERS
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return []
    height, width = differs.shape
    return [
        Box(
            left=float(columns[0] / width),
            top=float(rows[0] / height),
            right=float((columns[-1] + 1) / width),
            bottom=float((rows[-1] + 1) / height),
        )
    ]
