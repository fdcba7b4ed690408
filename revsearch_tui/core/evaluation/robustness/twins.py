"""Pictures of the gallery that are copies of an original already: finding one is neither right nor wrong.

Two pictures are twins where their thumbnails (16 x 16 grey values) correlate by at least 0.95: in 1,150 photos three
pairs taken from the same negative had 0.985 and more, and no other pair above 0.854. Only pictures that some method
ranks high for the untouched original are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from revsearch_tui.core.evaluation.robustness.answering import Answered
from revsearch_tui.core.evaluation.robustness.gallery import Gallery, read

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.labelled.decoding import PictureReader

ALIKE = 0.95
_SIDE = 16
_PLAIN = 2.0
"""Grey levels of standard deviation under which a thumbnail is that of a picture of one colour."""
_SUSPECTS = 5


class TwinFinder:
    """Remembers the thumbnails it has made."""

    def __init__(self, reader: PictureReader, gallery: Gallery) -> None:
        self._reader, self._gallery = reader, gallery
        self._known: dict[int, npt.NDArray[np.float64] | None] = {}

    def twins(self, originals: Sequence[tuple[int, Picture]], answers: Iterable[Answered]) -> list[frozenset[int]]:
        """For each original the positions of its twins, out of what the methods answered to the originals as they
        are."""
        suspects: list[set[int]] = [set() for _ in originals]
        for answered in answers:
            for (position, _), rows, found in zip(originals, answered.rows, suspects, strict=True):
                found.update([int(row) for row in rows[: _SUSPECTS + 1] if row >= 0 and row != position][:_SUSPECTS])
        new = sorted(set().union(*suspects) - set(self._known))
        self._known.update(dict.fromkeys(new))
        self._known.update((position, _normal(picture)) for position, picture in read(self._reader, self._gallery, new))
        return [
            frozenset(other for other in found if _correlation(_normal(picture), self._known[other]) >= ALIKE)
            for (_, picture), found in zip(originals, suspects, strict=True)
        ]


def thumbnail(picture: Picture) -> npt.NDArray[np.float32]:
    """(256,) mean grey values 0..255 of a picture's fields, row by row."""
    grey = Image.fromarray(picture).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    return np.asarray(grey, np.float32).ravel()


def is_plain(picture: Picture) -> bool:
    """Whether a picture is of one colour, or too nearly so to tell it from others."""
    return bool(thumbnail(picture).std() < _PLAIN)


def _normal(picture: Picture) -> npt.NDArray[np.float64] | None:
    """(256,) grey values with mean 0 and length 1; None for a plain picture."""
    if is_plain(picture):
        return None
    values = thumbnail(picture).astype(np.float64)
    centred = values - values.mean()
    return np.asarray(centred / np.linalg.norm(centred))


def _correlation(one: npt.NDArray[np.float64] | None, other: npt.NDArray[np.float64] | None) -> float:
    return float(one @ other) if one is not None and other is not None else 0.0
