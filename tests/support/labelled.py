"""Labelled pictures drawn for tests: small, quick to learn, the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("checks", "rows", "stripes")


def draw_classes(root: Path, each: int = 20, side: int = 24) -> Path:
    """A folder for each of three patterns, with `each` noisy pictures of random colours, in PNG."""
    chance = np.random.default_rng(5)
    y, x = np.mgrid[0:side, 0:side] // 4
    patterns = {"checks": (x + y) % 2, "rows": y % 2, "stripes": x % 2}
    for label in CLASSES:
        folder = root / label
        folder.mkdir(parents=True)
        for index in range(each):
            dark, light = chance.integers(0, 110, 3), chance.integers(140, 256, 3)
            picture = np.where(patterns[label][:, :, None] == 1, light, dark) + chance.normal(0, 12, (side, side, 3))
            Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(folder / f"{index:03d}.png")
    return root
