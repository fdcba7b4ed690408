"""Pictures of any size reach the model's size by the rule its manifest names."""

from __future__ import annotations

import numpy as np
import pytest
from revsearch_onnx.pictures import fit


def stripes(height: int, width: int) -> np.ndarray:
    """Left third red, middle third green, right third blue."""
    picture = np.zeros((height, width, 3), np.uint8)
    for channel in range(3):
        picture[:, width * channel // 3 : width * (channel + 1) // 3, channel] = 255
    return picture


@pytest.mark.parametrize("rule", ["crop", "stretch", "letterbox"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (7, 5), (8, 16), (300, 200)])
@pytest.mark.parametrize("size", [(8, 16), (16, 16), (9, 5)])
def test_every_picture_gets_the_size(rule: str, shape: tuple[int, int], size: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), 77, np.uint8)
    fitted = fit(picture, size, rule, None, 0)  # type: ignore[arg-type]
    assert fitted.shape == (*size, 3) and fitted.dtype == np.uint8
    if rule != "letterbox":
        assert (fitted == 77).all()


def test_a_crop_keeps_the_centre() -> None:
    fitted = fit(stripes(30, 90), (10, 10), "crop", None, 0)
    assert (fitted[:, 1:-1] == (0, 255, 0)).all()


def test_a_crop_after_a_larger_resize_shows_less() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[16:48, 16:48] = 255
    assert fit(picture, (32, 32), "crop", 64, 0).min() == 255
    assert fit(picture, (32, 32), "crop", None, 0).min() == 0


def test_a_crop_is_cut_from_the_resized_whole() -> None:
    import cv2

    rng = np.random.default_rng(3)
    picture = cv2.resize(rng.integers(0, 256, (12, 18, 3), dtype=np.uint8), (384, 256), interpolation=cv2.INTER_CUBIC)
    whole = cv2.resize(picture, (150, 100), interpolation=cv2.INTER_AREA)[10:90, 35:115]
    difference = np.abs(fit(picture, (80, 80), "crop", 100, 0).astype(int) - whole)
    assert difference.mean() < 1.5


def test_a_stretch_keeps_everything() -> None:
    fitted = fit(stripes(30, 90), (12, 12), "stretch", None, 0)
    assert [tuple(fitted[5, column]) for column in (1, 6, 10)] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]


def test_a_letterbox_keeps_everything_between_bars() -> None:
    fitted = fit(stripes(10, 30), (30, 30), "letterbox", None, 9)
    assert (fitted[:10] == 9).all() and (fitted[20:] == 9).all()
    assert [tuple(fitted[15, column]) for column in (2, 15, 27)] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]


def test_a_crop_of_a_long_strip_needs_little_memory() -> None:
    import tracemalloc

    tracemalloc.start()
    strip = np.full((2, 16_000, 3), 50, np.uint8)
    assert fit(strip, (224, 224), "crop", 256, 0).shape == (224, 224, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
