"""Pictures drawn for tests: all different, the same ones every time."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image, ImageDraw


def draw(seed: int, size: tuple[int, int] = (220, 160)) -> Image.Image:
    """A picture of overlapping shapes, with enough corners for local features."""
    chance = random.Random(seed)
    wide, high = size

    def colour() -> tuple[int, int, int]:
        return chance.randrange(256), chance.randrange(256), chance.randrange(256)

    picture = Image.new("RGB", size, colour())
    pen = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y, r = chance.randrange(wide), chance.randrange(high), chance.randrange(5, 45)
        box = (x - r, y - r // 2, x + r, y + r // 2)
        if chance.random() < 0.5:
            pen.ellipse(box, fill=colour())
        else:
            pen.rectangle(box, fill=colour())
    return picture


def draw_folder(folder: Path, seeds: range) -> Path:
    """`p<seed>.png` for each seed."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        draw(seed).save(folder / f"p{seed:02d}.png")
    return folder
