"""Pictures to check methods with, made on the spot."""

from __future__ import annotations

from typing import Any


def sample_pictures(count: int = 6, height: int = 120, width: int = 160) -> list[Any]:
    """Pictures to test with, all different: uint8 RGB, height x width x 3, the same ones every time."""
    import numpy as np

    pictures = []
    for seed in range(count):
        chance = np.random.default_rng(seed)
        rows, columns = np.mgrid[0:height, 0:width]
        ramp = (rows * chance.uniform(-1, 1) + columns * chance.uniform(-1, 1))[..., None] * chance.uniform(0.3, 1, 3)
        picture = 128 + ramp
        for _ in range(40):
            top, left = int(chance.integers(0, height)), int(chance.integers(0, width))
            high, wide = int(chance.integers(4, max(5, height // 3))), int(chance.integers(4, max(5, width // 3)))
            picture[top : top + high, left : left + wide] = chance.integers(0, 256, 3)
        pictures.append(_frozen(np.clip(picture, 0, 255).astype(np.uint8)))
    return pictures


def labelled_pictures(count: int = 24, height: int = 180, width: int = 240) -> list[tuple[Any, str]]:
    """Pictures of two classes in turn, which anything that looks at colours, brightness or edges can tell apart:
    `across` is light, warm and striped from side to side, `down` dark, cold and striped from top to bottom."""
    import numpy as np

    rows, columns = np.mgrid[0:height, 0:width]
    found = []
    for seed in range(count):
        chance = np.random.default_rng(seed)
        label, along, colour = (("across", rows, (230, 170, 90)), ("down", columns, (30, 60, 130)))[seed % 2]
        waves = np.sin(along * (2 * np.pi / chance.uniform(12, 24)) + chance.uniform(0, 6))
        noise = chance.normal(0, 12, (height, width, 3))
        picture = (np.array(colour) + chance.uniform(-15, 15, 3)) * (0.75 + 0.25 * waves[..., None]) + noise
        found.append((_frozen(np.clip(picture, 0, 255).astype(np.uint8)), label))
    return found


def odd_pictures() -> dict[str, Any]:
    """Pictures at the edge of what a collection holds, by what is odd about them."""
    import numpy as np

    noise = np.random.default_rng(0)
    sizes = {"1x1": (1, 1), "1x500": (1, 500), "500x1": (500, 1), "960x5": (960, 5), "3x3": (3, 3)}
    odd = {name: noise.integers(0, 256, (*size, 3), dtype=np.uint8) for name, size in sizes.items()}
    odd |= {f"uniform {grey}": np.full((64, 64, 3), grey, np.uint8) for grey in (0, 128, 255)}
    return {name: _frozen(picture) for name, picture in odd.items()}


def _frozen(picture: Any) -> Any:
    picture.flags.writeable = False
    return picture
