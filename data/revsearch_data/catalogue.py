"""What the sample collection holds: its families, and the place, size and format of every picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from revsearch_data.scenes import (
    balloons,
    botanics,
    flows,
    fractals,
    glass,
    landscapes,
    marbles,
    planets,
    posters,
    skylines,
    textiles,
    waves,
)

if TYPE_CHECKING:
    from revsearch_data.canvas import Array, Rng, Size


@dataclass(frozen=True)
class Family:
    """A subfolder of pictures of one kind; `singular` begins their names."""

    folder: str
    singular: str
    paint: Callable[[Rng, Size, int], Array]
    number: int
    portrait: bool = False
    flat: bool = False


FAMILIES = [
    Family("balloons", "balloon", balloons.paint, 1),
    Family("botanics", "botanic", botanics.paint, 2),
    Family("flows", "flow", flows.paint, 3),
    Family("fractals", "fractal", fractals.paint, 4),
    Family("landscapes", "landscape", landscapes.paint, 5),
    Family("marbles", "marble", marbles.paint, 6),
    Family("planets", "planet", planets.paint, 7),
    Family("posters", "poster", posters.paint, 8, portrait=True, flat=True),
    Family("skylines", "skyline", skylines.paint, 9),
    Family("stained-glass", "glass", glass.paint, 10),
    Family("textiles", "textile", textiles.paint, 11, flat=True),
    Family("waves", "wave", waves.paint, 12),
]
PER_FAMILY = 20

_WIDE: list[Size] = [(640, 480), (640, 480), (640, 427), (480, 640), (640, 480), (560, 560), (640, 480)]
_TALL: list[Size] = [(480, 640), (427, 640), (560, 560), (480, 640), (640, 480)]


@dataclass(frozen=True)
class Item:
    """One original; `path` is relative to the collection's folder, with forward slashes."""

    family: Family
    index: int
    path: str
    size: Size

    @property
    def stem(self) -> str:
        """The file name without its extension, such as "skyline-012"."""
        return f"{self.family.singular}-{self.index + 1:03d}"


def originals() -> list[Item]:
    """All originals in the order of their paths."""
    return [_item(family, index) for family in FAMILIES for index in range(PER_FAMILY)]


def _item(family: Family, index: int) -> Item:
    sizes = _TALL if family.portrait else _WIDE
    extension = "webp" if index % 10 == 6 else "png" if index % (4 if family.flat else 10) == 3 else "jpg"
    path = f"{family.folder}/{family.singular}-{index + 1:03d}.{extension}"
    return Item(family, index, path, sizes[(index + family.number) % len(sizes)])


def render(item: Item, seed: int) -> Array:
    """The pixels of one original: uint8, (height, width, 3), RGB; they depend on the item and the seed alone."""
    return item.family.paint(np.random.default_rng([seed, item.family.number, item.index]), item.size, item.index)
