"""Colour sets shared by the scenes."""

from __future__ import annotations

from dataclasses import dataclass

from revsearch_data.canvas import Array, colours


@dataclass(frozen=True)
class Sky:
    """Air and light of an outdoor scene: the sky from top to horizon, the haze, the nearest ground, the sun."""

    stops: Array
    near: Array
    sun: Array
    night: bool = False

    @property
    def haze(self) -> Array:
        """The colour at the horizon."""
        row: Array = self.stops[-1]
        return row


def _sky(stops: str, near: str, sun: str, night: bool = False) -> Sky:
    return Sky(colours(stops), colours(near)[0], colours(sun)[0], night)


SKIES = [
    _sky("#2b2d5b #8a5a8c #f4a28c #ffd9a0", "#1b1b3a", "#fff1cf"),
    _sky("#2f7f9f #7fc4cf #d9efdf", "#0b3d3a", "#fffbe6"),
    _sky("#0b1030 #1c2b5a #41558f #8793bd", "#060a1c", "#eef2ff", True),
    _sky("#c8553d #f28f3b #ffd5a5", "#3a1420", "#fff3d6"),
    _sky("#3b8ad9 #8fc1ee #e8f3fb", "#1c4a2e", "#ffffff"),
    _sky("#41295a #a0426f #f2778b #ffd1b3", "#1f0f2e", "#ffe9d6"),
    _sky("#5f7f86 #a9bfbd #eceadf", "#243b3d", "#fffdf2"),
    _sky("#04101f #0c3b4a #1f8a7a #b8e6b0", "#020b12", "#eafff2", True),
    _sky("#f0b67f #f7d9b0 #fdf3dd", "#5f3b2d", "#fffaf0"),
    _sky("#1d3461 #376996 #829cbc #f5d9c3", "#14213d", "#ffe0c2"),
    _sky("#7b2d26 #d7263d #f46036 #ffc857", "#2b0f14", "#fff0b8"),
    _sky("#8fb8de #c5d8f0 #f8e1e7", "#4a4e7a", "#fff7f9"),
]

PALETTES = [
    colours("#0d3b66 #faf0ca #f4d35e #ee964b #f95738"),
    colours("#264653 #2a9d8f #e9c46a #f4a261 #e76f51"),
    colours("#22223b #4a4e69 #9a8c98 #c9ada7 #f2e9e4"),
    colours("#10002b #5a189a #c77dff #ff9e00 #ffe0b5"),
    colours("#03071e #6a040f #d00000 #f48c06 #ffd97d"),
    colours("#132a13 #31572c #4f772d #90a955 #ecf39e"),
    colours("#011627 #2ec4b6 #fdfffc #ff9f1c #e71d36"),
    colours("#2b2d42 #8d99ae #edf2f4 #ef233c #d90429"),
    colours("#1a535c #4ecdc4 #f7fff7 #ff6b6b #ffe66d"),
    colours("#3d0066 #b5179e #f72585 #4cc9f0 #f1faee"),
    colours("#283618 #606c38 #fefae0 #dda15e #bc6c25"),
    colours("#001219 #005f73 #94d2bd #e9d8a6 #ca6702"),
    colours("#1b1b2f #1f4068 #e43f5a #f3e6d5 #f0a500"),
    colours("#355070 #6d597a #b56576 #e56b6f #eaac8b"),
    colours("#003049 #d62828 #f77f00 #fcbf49 #eae2b7"),
    colours("#0b132b #1c2541 #3a506b #5bc0be #e8fffd"),
]
