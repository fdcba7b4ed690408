"""Arrays of a file that is not trusted, each held against the form it should have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from revsearch_svm.centre import Floats


@dataclass(frozen=True)
class Arrays:
    """`plain` holds the arrays by name. All functions raise KeyError where one is missing, ValueError for a bad one."""

    plain: Mapping[str, Any]

    def floats(self, name: str, shape: tuple[int | None, ...]) -> Floats:
        """The array as float32; None stands for any length but 0."""
        array = self.plain[name]
        fits = array.ndim == len(shape) and all(
            found == wanted if wanted is not None else found > 0
            for found, wanted in zip(array.shape, shape, strict=True)
        )
        if not fits or array.dtype not in (np.float16, np.float32):
            wanted = " x ".join("any" if side is None else str(side) for side in shape)
            raise ValueError(f"its array '{name}' is {array.dtype} of {array.shape}, not numbers of {wanted}")
        if not np.isfinite(array).all():
            raise ValueError(f"its array '{name}' holds NaN or infinity")
        return np.asarray(array, np.float32)

    def number(self, name: str) -> int:
        """A single whole number."""
        array = self.plain[name]
        if array.shape != () or array.dtype.kind != "i":
            raise ValueError(f"its '{name}' is no number")
        return int(array)

    def text(self, name: str) -> str:
        """A single text."""
        array = self.plain[name]
        if array.shape != () or array.dtype.kind != "U":
            raise ValueError(f"its '{name}' is no text")
        return str(array)
