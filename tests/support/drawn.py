"""Pictures drawn for tests: all different, the same ones every time."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont


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


_WORDS = ("the council said on", "monday that a new bridge", "over the river would open", "next year after long delay")


def drawn_page(*pictures: tuple[Image.Image, tuple[int, int]], size: tuple[int, int] = (2000, 2800)) -> Image.Image:
    """Small text from edge to edge, a heading on a bar, and these pictures, each with its place."""
    chance = random.Random(3)
    sheet = Image.new("RGB", size, (245, 243, 236))
    pen = ImageDraw.Draw(sheet)
    for y in range(200, size[1] - 20, 24):
        pen.text((30, y), " ".join(chance.choice(_WORDS) for _ in range(9)), (30, 30, 30), ImageFont.load_default(18))
    pen.rectangle((0, 0, size[0], 160), (200, 60, 50))
    pen.text((40, 30), "THE DAILY NEWS", "white", ImageFont.load_default(90))
    for picture, (x, y) in pictures:
        sheet.paste((245, 243, 236), (x - 15, y - 15, x + picture.width + 15, y + picture.height + 15))
        sheet.paste(picture, (x, y))
    return sheet


def shaded(seed: int, size: tuple[int, int]) -> Image.Image:
    """A drawn picture with the many shades of a photograph."""
    picture = np.asarray(draw(seed, size), np.float64)
    light = np.linspace(0.5, 1.2, size[0])[None, :, None] * np.linspace(1.1, 0.7, size[1])[:, None, None]
    return Image.fromarray(np.clip(picture * light, 0, 255).astype(np.uint8))
