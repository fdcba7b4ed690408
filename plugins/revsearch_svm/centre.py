"""Pictures of any size to a square of their middle, and what all features of such squares share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

Bytes: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float32]


def fraction(value: object) -> float:
    """The value as a fraction above 0 and at most 1. Raises TypeError and ValueError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a fraction is a number")
    if not 0 < value <= 1:
        raise ValueError(f"{value:g} is no fraction above 0 and at most 1")
    return float(value)


def centre(picture: Picture, crop: float, side: int) -> Bytes:
    """The middle square of a picture, `crop` (0..1] of its shorter side, as (side, side, 3) uint8.

    Reduces by area, enlarges bilinearly.
    """
    height, width = picture.shape[:2]
    length = min(height, width)
    kept = max(1, round(crop * length))
    top, left = (height - kept) // 2, (width - kept) // 2
    part = picture[top : top + kept, left : left + kept]
    if kept == side:
        return np.ascontiguousarray(part)
    rule = cv2.INTER_AREA if kept > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(part), (side, side), interpolation=rule), np.uint8)


def centres(pictures: Sequence[Picture], crop: float, side: int) -> Bytes:
    """(n, side, side, 3) uint8."""
    squares = np.empty((len(pictures), side, side, 3), np.uint8)
    for index, picture in enumerate(pictures):
        squares[index] = centre(picture, crop, side)
    return squares


def shares(side: int, cells: int) -> Floats:
    """(cells, side): the mean over each of the cells along a side, which cover it without overlap."""
    owner = np.arange(side) * cells // side
    weights = (owner[None] == np.arange(cells)[:, None]).astype(np.float32)
    return np.asarray(weights / np.maximum(weights.sum(axis=1, keepdims=True), 1), np.float32)


@dataclass(frozen=True)
class OfSquares:
    """Features of `crop` of the picture's middle (0..1] brought to `side` pixels."""

    crop: float = 1.0
    side: int = 96

    @classmethod
    def of(cls, description: Mapping[str, Any]) -> Self:
        """From what `describe` gave. Raises KeyError, TypeError and ValueError where it is something else."""
        numbers = {field.name: int(description[field.name]) for field in fields(cls) if field.name != "crop"}
        found = cls(fraction(description["crop"]), **numbers)
        if not 1 <= found.side <= 1024 or not found.has_sizes_that_fit():
            raise ValueError(f"the sizes of its {cls.__name__.lower()} are out of range")
        return found

    def describe(self) -> dict[str, Any]:
        """All there is to it, as JSON values."""
        return asdict(self)

    def has_sizes_that_fit(self) -> bool:
        """Whether the numbers go together, given a side within 1..1024."""
        return True
