"""Pictures that look the same and say different things are told, and bad copies of one are not."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from revsearch_tui.core.pixels.small_print import unexplained
from revsearch_tui.core.pixels.what_differs import difference
from tests.support.drawn import draw

WHOLE = np.eye(3)
LIMIT = 0.55


def bill(amounts: int, size: int = 20) -> Image.Image:
    """A form that is filled in with numbers."""
    picture = Image.new("RGB", (1000, 1400), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size)
    pen.rectangle((60, 60, 220, 140), fill=(20, 40, 110))
    names, numbers = random.Random(0), random.Random(amounts)
    for row in range(12):
        top = 260 + 44 * row
        pen.line((60, top, 940, top), fill="grey")
        pen.text((70, top + 8), "".join(names.choices("abcdefghij ", k=24)), fill="black", font=font)
        pen.text((780, top + 8), f"{numbers.randrange(100_000) / 100:.2f}", fill="black", font=font)
    for row in range(10):
        pen.text((60, 900 + 40 * row), "".join(names.choices("klmnopqrst ", k=60)), fill="black", font=font)
    return picture


def board(move: int) -> Image.Image:
    picture = Image.new("RGB", (640, 640))
    pen = ImageDraw.Draw(picture)
    for place in range(64):
        left, top = place % 8 * 80, place // 8 * 80
        pen.rectangle(
            (left, top, left + 79, top + 79), fill=((240, 217, 181), (181, 136, 99))[(place % 8 + place // 8) % 2]
        )
        if place * 7 % 5 == 0 or place == move:
            pen.ellipse((left + 20, top + 20, left + 60, top + 60), fill="black")
    return picture


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def smaller(picture: Image.Image, share: float) -> Image.Image:
    size = (round(picture.width * share), round(picture.height * share))
    return picture.resize(size, Image.Resampling.LANCZOS)


WORSE: dict[str, Callable[[Image.Image], Image.Image]] = {
    "nothing": lambda picture: picture,
    "a bad JPEG": lambda picture: jpeg(picture, 30),
    "half the size": lambda picture: jpeg(smaller(picture, 0.5), 80),
    "seven tenths of the size": lambda picture: jpeg(smaller(picture, 0.7), 70),
    "a third of the size": lambda picture: smaller(picture, 1 / 3),
    "blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(1.5)),
    "sharpened": lambda picture: picture.filter(ImageFilter.UnsharpMask(2, 120, 2)),
    "dark": lambda picture: ImageEnhance.Brightness(picture).enhance(0.5),
    "grey": lambda picture: picture.convert("L").convert("RGB"),
    "inverted": ImageOps.invert,
    "of few colours": lambda picture: picture.quantize(32).convert("RGB"),
}


@pytest.mark.parametrize("change", WORSE)
@pytest.mark.parametrize(
    "original", [bill(1), board(3), draw(3, (480, 360)).convert("RGB")], ids=["bill", "board", "photo"]
)
def test_what_was_only_made_worse_is_the_same(original: Image.Image, change: str) -> None:
    assert unexplained(original, WORSE[change](original), WHOLE) < LIMIT


@pytest.mark.parametrize("change", ["nothing", "a bad JPEG", "half the size", "dark", "inverted"])
def test_other_numbers_on_a_form_and_another_move_are_told(change: str) -> None:
    for kept, other in ((bill(1), bill(2)), (bill(1, 14), bill(2, 14)), (board(3), board(4))):
        assert unexplained(kept, WORSE[change](other), WHOLE) > LIMIT
        assert unexplained(WORSE[change](kept), other, WHOLE) > LIMIT


def test_they_are_told_by_nothing_else() -> None:
    found = difference(bill(1), bill(2), WHOLE)
    assert found is not None and found.most < 1.6


def test_a_copy_that_was_cut_a_little_is_the_same_where_it_lies() -> None:
    whole = bill(1)
    part = whole.crop((3, 2, 1000, 1400))
    # The longest sides of both are 1.
    way = np.array([[1398 / 1400, 0, 3 / 1400], [0, 1398 / 1400, 2 / 1400], [0, 0, 1]])
    assert unexplained(whole, part, way) < LIMIT < unexplained(bill(2), part, way)


def test_pictures_without_lines_and_ways_beyond_the_horizon_are_borne() -> None:
    plain = Image.new("RGB", (300, 200), (90, 90, 90))
    assert unexplained(plain, plain, WHOLE) == 0
    assert unexplained(plain, Image.new("RGB", (1, 1)), WHOLE) == 0
    assert unexplained(plain, bill(1), WHOLE) > LIMIT
    assert unexplained(plain, plain, np.array([[1, 0, 0], [0, 1, 0], [-2, 0, 1]])) == 1
