"""The pixels themselves, of a small copy: the plainest feature there is, to compare others with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_svm.centre import Floats, centres, fraction

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture


@dataclass(frozen=True)
class Pixels:
    """`crop` of the picture's middle (0..1] brought to `side` pixels."""

    crop: float = 1.0
    side: int = 32

    @classmethod
    def of(cls, description: Mapping[str, Any]) -> Pixels:
        """From what `describe` gave. Raises KeyError, TypeError and ValueError where it is something else."""
        found = cls(fraction(description["crop"]), int(description["side"]))
        if not 1 <= found.side <= 1024:
            raise ValueError("its pixels have a side out of range")
        return found

    def describe(self) -> dict[str, Any]:
        """All there is to it, as JSON values."""
        return asdict(self)

    @property
    def dim(self) -> int:
        """Length of a picture's vector."""
        return 3 * self.side**2

    def vectors(self, pictures: Sequence[Picture]) -> Floats:
        """(n, dim) float32 in 0..1."""
        squares = centres(pictures, self.crop, self.side).reshape(len(pictures), -1)
        return np.asarray(squares.astype(np.float32) / np.float32(255), np.float32)
