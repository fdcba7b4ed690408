"""Pictures that show nothing have no bit set, by every kind of hash; those that show a little have a hash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from revsearch_phash.method import PerceptualHash
from revsearch_phash.plain import LEAST_SPREAD, spread

from tests.support.drawn import draw
from tests.support.realdata import unpacked

KINDS = ("phash", "dhash", "ahash", "whash", "pdq")
WIDE, HIGH = 320, 240


def flat(colour: tuple[int, int, int]) -> Any:
    return np.full((HIGH, WIDE, 3), colour, np.uint8)


def dark() -> Any:
    """What a camera sees with its cap on."""
    return np.clip(np.random.default_rng(1).normal(4, 2, (HIGH, WIDE, 3)), 0, 255).astype(np.uint8)


def gradient() -> Any:
    return np.repeat(np.tile(np.linspace(20, 220, WIDE), (HIGH, 1)).astype(np.uint8)[..., None], 3, axis=2)


def white_drawing() -> Any:
    image = Image.new("RGB", (WIDE, HIGH), "white")
    ImageDraw.Draw(image).ellipse((60, 60, 200, 160), outline=(253, 253, 253), width=3)
    return np.asarray(image)


def page() -> Any:
    """Lines of text of different lengths."""
    image = Image.new("RGB", (WIDE, HIGH), "white")
    pen = ImageDraw.Draw(image)
    for line in range(12):
        pen.text((20, 15 + 18 * line), "the words of a page "[: 8 + line * 7 % 13] * 2, "black")
    return np.asarray(image)


def night() -> Any:
    """A picture a tenth as bright as it was."""
    return (np.asarray(draw(3)) * 0.1).astype(np.uint8)


def fog() -> Any:
    return (170 + np.asarray(draw(4)) * 0.1).astype(np.uint8)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_shows_nothing_has_no_bit_set(kind: str) -> None:
    plain = [flat((255,) * 3), flat((255, 0, 0)), flat((0,) * 3), flat((31, 90, 12)), dark(), gradient()]
    rows = PerceptualHash({"hash": kind, "size": 16}).embed([*plain, white_drawing()])
    assert not rows.any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [page, night, fog])
def test_a_page_of_text_and_photos_in_the_dark_and_in_fog_have_a_hash(kind: str, make: Callable[[], Any]) -> None:
    assert PerceptualHash({"hash": kind, "size": 16}).embed([make()]).any()


def test_the_measure_does_not_depend_on_how_far_a_picture_was_made_smaller() -> None:
    image = draw(5).convert("L")
    found = [spread(np.asarray(image.resize((side, side), Image.Resampling.LANCZOS))) for side in (32, 64, 128)]
    assert min(found) > LEAST_SPREAD and max(found) / min(found) < 1.1


@pytest.mark.realdata
def test_no_photograph_is_too_plain(tmp_path: Path) -> None:
    files = sorted(unpacked("bases-dev.tar.gz", tmp_path).rglob("*.jpg"))
    photos = [np.asarray(Image.open(file).convert("RGB")) for file in files]
    for kind in ("phash", "pdq"):
        assert len(photos) == 150 and PerceptualHash({"hash": kind, "size": 16}).embed(photos).any(axis=1).all()
