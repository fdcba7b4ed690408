"""The part of a picture that the user asks for: `x,y,w,h` in pixels or percent of the upright original."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    pass


_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(%?)")


_FORM = "write x,y,w,h in pixels, such as 10,20,300,200, or in percent, such as 10%,10%,50%,50%"


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the upright original: left, top, width, height, each in pixels or, where flagged, in percent."""

    values: tuple[float, float, float, float]
    percent: tuple[bool, bool, bool, bool]

    def __str__(self) -> str:
        return ",".join(
            f"{value:.10g}{'%' if percent else ''}" for value, percent in zip(self.values, self.percent, strict=True)
        )

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in whole pixels of a picture of this size, at least one pixel wide and high.

        Raises `UsageError` where the rectangle reaches beyond the picture.
        """
        left, top, wide, high = (
            value * side / 100 if percent else value
            for value, percent, side in zip(self.values, self.percent, (width, height, width, height), strict=True)
        )
        # A tolerance for percentages such as 33.3% + 66.7%, whose sum may pass 100 % by a rounding error.
        if left + wide > width + 1e-6 or top + high > height + 1e-6 or left >= width or top >= height:
            raise UsageError(f"The crop {self} reaches beyond the picture, which is {width} x {height} pixels.")
        x, y = min(round(left), width - 1), min(round(top), height - 1)
        return x, y, min(max(x + 1, round(left + wide)), width), min(max(y + 1, round(top + high)), height)


def parse_crop(text: str) -> Crop:
    """A crop from `x,y,w,h`, each number in pixels or with `%`. Raises `UsageError` where that cannot be a crop."""
    parts = [_PART.fullmatch(part.strip()) for part in text.split(",")]
    matches = [part for part in parts if part is not None]
    if len(parts) != 4 or len(matches) != 4:
        raise UsageError(f"The crop {text!r} cannot be understood: {_FORM}.")
    values = [float(match[1]) for match in matches]
    percent = [bool(match[2]) for match in matches]
    if not values[2] or not values[3]:
        raise UsageError(f"The crop {text!r} is empty: its width and height must be above 0.")
    for start, length in ((0, 2), (1, 3)):
        beyond = percent[start] and values[start] >= 100
        beyond |= percent[length] and values[length] > 100
        beyond |= percent[start] and percent[length] and values[start] + values[length] > 100 + 1e-6
        if beyond:
            raise UsageError(f"The crop {text!r} reaches beyond the picture: position plus size pass 100 %.")
    return Crop(
        (values[0], values[1], values[2], values[3]),
        (percent[0], percent[1], percent[2], percent[3]),
    )
