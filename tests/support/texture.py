"""Pictures drawn for tests: textured, all different, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def draw(path: Path, seed: int, side: int = 64) -> Path:
    """One square picture: coloured blotches under fine grain, enough for hashes and keypoints alike."""
    random = np.random.default_rng(seed)
    blotches = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    large = np.asarray(Image.fromarray(blotches).resize((side, side), Image.Resampling.BICUBIC), np.int16)
    grain = random.integers(-20, 21, (side, side, 3), dtype=np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((large + grain).clip(0, 255).astype(np.uint8)).save(path)
    return path


def draw_many(folder: Path, count: int, side: int = 64, first_seed: int = 0) -> list[Path]:
    """`count` pictures named 0000.png and so on."""
    return [draw(folder / f"{number:04d}.png", first_seed + number, side) for number in range(count)]
