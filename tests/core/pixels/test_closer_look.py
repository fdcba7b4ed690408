"""A copy that marks or a bad screen hide is told from another picture with the same points."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from revsearch_tui.core.groups.verifying import Verified
from revsearch_tui.core.pixels.closer_look import has_own_edge, is_marked_over
from revsearch_tui.core.pixels.pixel_agreement import Agreement, stretched
from revsearch_tui.core.pixels.tones import Tones
from tests.support.drawn import draw

WIDE, HIGH = 480, 360
FONT = ImageFont.load_default(30)


def tones(image: Image.Image) -> Tones:
    return Tones(np.asarray(image.convert("L"), np.float32))


def marked(picture: Image.Image, opaque: float) -> Image.Image:
    """A word in white all over a picture."""
    layer = Image.new("L", picture.size)
    pen = ImageDraw.Draw(layer)
    for row in range(9):
        for column in range(-1, 5):
            pen.text((120 * column + 30 * (row % 3), 40 * row), "SAMPLE", round(255 * opaque), FONT, stroke_width=1)
    return Image.composite(Image.new("RGB", picture.size, "white"), picture, layer)


def is_marked(first: Image.Image, second: Image.Image) -> bool:
    one, other = tones(first), tones(second)
    return is_marked_over(one, other, stretched(one.shape, other.shape))


@pytest.mark.parametrize("number", range(4))
def test_a_picture_below_marks_is_seen_and_another_below_the_same_marks_is_not(number: int) -> None:
    picture = draw(number, (WIDE, HIGH))
    assert is_marked(picture, marked(picture, 0.5))
    assert not is_marked(draw(number + 1, (WIDE, HIGH)), marked(picture, 0.5))


def test_what_moved_below_marks_is_no_copy() -> None:
    picture = draw(1, (WIDE, HIGH))
    other = picture.copy()
    other.paste(draw(5, (160, 120)), (200, 120))
    assert not is_marked(picture, marked(other, 0.5))


def test_marks_that_hide_all_below_them_and_those_of_one_part_alone_are_none() -> None:
    picture = draw(1, (WIDE, HIGH))
    assert not is_marked(picture, marked(picture, 1.0))
    part = picture.copy()
    part.paste(marked(picture, 0.5).crop((0, 0, WIDE // 2, HIGH)), (0, 0))
    assert not is_marked(picture, part)


def test_a_picture_in_a_frame_ends_where_the_frame_begins_and_one_cut_out_of_a_larger_one_does_not() -> None:
    picture = draw(1, (WIDE, HIGH))
    room = Image.new("RGB", (WIDE + 200, HIGH + 200), "#2a2622")
    room.paste(picture, (100, 100))
    there = np.array([[WIDE / 680, 0, 100 / 680], [0, WIDE / 680, 100 / 680], [0, 0, 1]])
    assert has_own_edge(tones(picture), tones(room), there)
    whole = draw(2, (WIDE + 200, HIGH + 200))
    part = whole.crop((100, 100, 100 + WIDE, 100 + HIGH))
    assert not has_own_edge(tones(part), tones(whole), there)


def test_a_picture_that_fills_the_other_has_no_edge_there() -> None:
    picture = draw(1, (WIDE, HIGH))
    assert not has_own_edge(tones(picture), tones(picture), np.eye(3))


def test_a_small_part_agrees_exactly_or_was_taken_with_another_lens() -> None:
    pixels = Agreement(0.81, 0.9, 0.94, 1.0, (0.82, 0.92, 0.94, 0.9))
    same = (np.eye(3), np.eye(3))
    assert Verified(63, 0.49, 0.15, (1.0, 0.15), "", same, pixels=pixels).is_copy
    assert not Verified(63, 0.49, 0.33, (1.0, 0.15), "", same, pixels=pixels).is_copy
    assert Verified(63, 0.49, 0.33, (1.0, 0.65), "", same, pixels=pixels).is_copy
