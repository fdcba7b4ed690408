"""Small pictures that the tests of decoding make for themselves."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

QUARTERS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 40, 210), "yellow": (230, 220, 40)}


@pytest.fixture
def quarters() -> Callable[[int, int], Image.Image]:
    """A picture of four colours: red and green above, blue and yellow below."""

    def make(width: int = 64, height: int = 48) -> Image.Image:
        image = Image.new("RGB", (width, height), QUARTERS["red"])
        for colour, left, top in (("green", 1, 0), ("blue", 0, 1), ("yellow", 1, 1)):
            box = (left * width // 2, top * height // 2, width * (left + 1) // 2, height * (top + 1) // 2)
            image.paste(QUARTERS[colour], box)
        return image

    return make


@pytest.fixture
def photo() -> Callable[..., Image.Image]:
    """A smooth picture with soft noise, deterministic, of any size."""

    def make(width: int, height: int, seed: int = 0) -> Image.Image:
        rng = np.random.default_rng(seed)
        small = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
        return small.resize((width, height), Image.Resampling.BICUBIC)

    return make


@pytest.fixture
def encode() -> Callable[..., bytes]:
    """An image as the bytes of a file."""

    def to_bytes(image: Image.Image, kind: str, **options: Any) -> bytes:
        buffer = BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    return to_bytes


@pytest.fixture
def corners() -> Callable[[npt.NDArray[np.uint8]], tuple[str, ...]]:
    """The names of the colours of `quarters` nearest to a picture's four quarters, row by row."""

    def name(picture: npt.NDArray[np.uint8]) -> tuple[str, ...]:
        height, width = picture.shape[:2]
        found = []
        for y, x in ((1, 1), (1, 3), (3, 1), (3, 3)):
            pixel = picture[y * height // 4, x * width // 4].astype(int)
            found.append(min(QUARTERS, key=lambda colour: abs(pixel - QUARTERS[colour]).sum()))
        return tuple(found)

    return name
