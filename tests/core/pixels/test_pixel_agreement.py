"""Two pictures laid upon each other agree where they show the same, whatever became of light and sharpness."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from revsearch_tui.core.pixels.pixel_agreement import Agreement, agreement, stretched
from revsearch_tui.core.pixels.tones import Tones
from tests.support.drawn import draw

WIDE, HIGH = 480, 360


def tones(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L"), np.float32)


def laid(first: Image.Image, second: Image.Image, transform: np.ndarray | None = None, **told: bool) -> Agreement:
    one, other = Tones(tones(first)), Tones(tones(second))
    return agreement(one, other, stretched(one.shape, other.shape) if transform is None else transform, **told)


@pytest.mark.parametrize("change", ["small", "blurred", "dark", "burnt out", "inverted"])
def test_a_changed_copy_agrees_everywhere(change: str) -> None:
    picture = draw(1, (WIDE, HIGH))
    copy = {
        "small": lambda: picture.resize((120, 90)),
        "blurred": lambda: picture.filter(ImageFilter.GaussianBlur(3)),
        "dark": lambda: picture.point(lambda value: value // 3),
        "burnt out": lambda: picture.point(lambda value: min(255, value * 2)),
        "inverted": lambda: picture.point(lambda value: 255 - value),
    }[change]()
    found = laid(picture, copy, inverted=change == "inverted")
    assert found.worst > 0.8 and found.middle > 0.95 and found.telling > 0.5


def test_a_part_agrees_with_the_place_that_it_was_cut_from_and_with_no_other() -> None:
    picture = draw(1, (WIDE, HIGH))
    part = picture.crop((120, 90, 240, 180))
    there = np.array([[0.25, 0, 120 / WIDE], [0, 0.25, 90 / WIDE], [0, 0, 1]])
    assert laid(part, picture, there).worst > 0.9
    elsewhere = there + [[0, 0, 0.3], [0, 0, 0.1], [0, 0, 0]]
    assert laid(part, picture, elsewhere).middle < 0.5


def test_what_moved_is_where_they_do_not_agree() -> None:
    picture = draw(1, (WIDE, HIGH))
    other = picture.copy()
    ImageDraw.Draw(other).ellipse((150, 100, 270, 220), fill="white", outline="black", width=20)
    found = laid(picture, other)
    assert found.worst < 0.5 and found.middle > 0.95


def test_different_pictures_do_not_agree_and_plain_ones_tell_nothing() -> None:
    assert laid(draw(1, (WIDE, HIGH)), draw(2, (WIDE, HIGH))).middle < 0.5
    assert laid(Image.new("L", (WIDE, HIGH), 90), Image.new("L", (320, 240), 90)).telling == 0


def test_what_one_writes_where_the_other_has_no_light_left_is_where_they_do_not_agree() -> None:
    picture = draw(1, (WIDE, HIGH))
    bright = picture.point(lambda value: min(255, value * 2))
    pen = ImageDraw.Draw(picture)
    for top in range(0, HIGH, 40):
        pen.rectangle((20, top, 200, top + 20), fill="black")
    assert laid(picture, bright).poor < 0.5


def test_only_places_that_show_something_clearly_are_asked_for_what_is_clear() -> None:
    picture = draw(1, (WIDE, HIGH)).convert("L")
    picture.paste(128, (0, 0, WIDE // 2, HIGH))
    noise = np.random.default_rng(0).normal(0, 9, (HIGH // 40, WIDE // 40))
    waves = np.asarray(Image.fromarray(noise.astype(np.float32)).resize((WIDE, HIGH), Image.Resampling.BICUBIC))
    found = laid(picture, Image.fromarray(np.clip(tones(picture) + waves, 0, 255).astype(np.uint8)))
    assert found.poor < 0.5 and found.clear[0] > 0.7 and 0.2 < found.clear[3] < 0.7
