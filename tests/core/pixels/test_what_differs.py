"""What a picture shows that another of the same does not is told, however the light, and nothing else is."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from revsearch_tui.core.pixels.what_differs import difference
from tests.support.drawn import draw

WHOLE = np.eye(3)
SAME, DIFFERS = 1.6, 2.2


def most(kept: Image.Image, other: Image.Image, transform: np.ndarray = WHOLE) -> float:
    found = difference(kept, other, transform)
    assert found is not None
    return found.most


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return draw(3, (480, 360)).convert("RGB")


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "nothing": lambda picture: picture,
    "half the size": lambda picture: picture.resize((240, 180), Image.Resampling.LANCZOS),
    "a bad JPEG": lambda picture: jpeg(picture, 30),
    "blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(3)),
    "dark": lambda picture: ImageEnhance.Brightness(picture).enhance(0.5),
    "grey": lambda picture: picture.convert("L").convert("RGB"),
}
RECOLOURED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "inverted": ImageOps.invert,
    "in other colours": lambda picture: Image.merge("RGB", picture.split()[::-1]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_only_made_worse_shows_nothing_of_its_own(photo: Image.Image, change: str) -> None:
    found = difference(photo, CHANGES[change](photo), WHOLE)
    assert found is not None and found.most < SAME and not found.recoloured


@pytest.mark.parametrize("change", RECOLOURED)
def test_other_hues_are_told_apart_from_other_things(photo: Image.Image, change: str) -> None:
    for kept, other in ((photo, RECOLOURED[change](photo)), (RECOLOURED[change](photo), photo)):
        found = difference(kept, other, WHOLE)
        assert found is not None and found.most < SAME and found.recoloured


def test_a_thing_in_another_colour_on_white_is_told() -> None:
    pictures = []
    for colour in ((200, 30, 40), (40, 60, 200)):
        picture = Image.new("RGB", (400, 400), "white")
        ImageDraw.Draw(picture).rounded_rectangle((120, 90, 280, 320), 40, fill=colour)
        pictures.append(picture)
    for kept, other in (pictures, pictures[::-1]):
        found = difference(kept, other, WHOLE)
        assert found is not None and found.recoloured
    warm = ImageEnhance.Color(pictures[0]).enhance(0.7)
    found = difference(pictures[0], jpeg(warm, 40), WHOLE)
    assert found is not None and not found.recoloured


def test_what_was_written_on_a_picture_is_told_whichever_is_kept(photo: Image.Image) -> None:
    written = photo.copy()
    ImageDraw.Draw(written).text((60, 150), "SALE TODAY", fill=(255, 40, 200), font_size=48)
    assert most(photo, written) > DIFFERS and most(written, photo) > DIFFERS


def test_a_part_that_has_moved_is_told(photo: Image.Image) -> None:
    moved = photo.copy()
    moved.paste(photo.crop((40, 40, 110, 110)), (300, 200))
    assert most(photo, moved) > DIFFERS


def test_colours_are_told_where_the_kept_picture_is_grey(photo: Image.Image) -> None:
    assert most(photo.convert("L").convert("RGB"), photo) > DIFFERS


def test_colours_that_follow_from_tones_are_told_where_the_kept_picture_is_grey() -> None:
    tones = np.linspace(0, 1, 256)[None, :, None] * np.ones((192, 1, 1))
    sunset = Image.fromarray((tones * (250, 140, 30) + (1 - tones) * (10, 20, 60)).astype(np.uint8))
    ImageDraw.Draw(sunset).rectangle((20, 120, 120, 150), (40, 34, 50))
    grey = sunset.convert("L").convert("RGB")
    lost, spared = difference(grey, sunset, WHOLE), difference(sunset, grey, WHOLE)
    assert lost is not None and lost.recoloured
    assert spared is not None and spared.most < SAME and not spared.recoloured
    stamped, printed = Image.new("RGB", (256, 256), "white"), Image.new("RGB", (256, 256), "white")
    for picture, ink in ((stamped, (200, 60, 60)), (printed, (102, 102, 102))):
        ImageDraw.Draw(picture).ellipse((100, 100, 140, 140), ink)
        ImageDraw.Draw(picture).text((20, 20), "to whom it may concern", "black")
    lost = difference(printed, stamped, WHOLE)
    assert lost is not None and lost.recoloured


def test_a_part_is_looked_for_where_it_lies(photo: Image.Image) -> None:
    part = photo.crop((120, 90, 360, 270))
    # The longest sides of both are 1, so the part is half as large there.
    way = np.array([[0.5, 0, 120 / 480], [0, 0.5, 90 / 480], [0, 0, 1]])
    found = difference(photo, part, way)
    assert found is not None and found.shown == 1 and found.most < SAME
    back = difference(part, photo, np.linalg.inv(way))
    assert back is not None and back.shown == pytest.approx(0.25, abs=0.02) and back.most < SAME
    assert most(photo, part) > DIFFERS  # laid upon the wrong place


def test_pictures_of_hardly_any_pixels_and_ways_beyond_the_horizon_are_borne(photo: Image.Image) -> None:
    assert difference(photo, Image.new("RGB", (1, 1)), WHOLE) is not None
    assert difference(Image.new("RGB", (1, 700)), Image.new("RGB", (700, 1)), WHOLE) is not None
    assert difference(photo, photo, np.array([[1, 0, 0], [0, 1, 0], [-2, 0, 1]])) is None
    assert difference(photo, photo, np.array([[1e300, 0, 0], [0, 1e300, 0], [0, 0, 1e-300]])) is None
    strip = photo.resize((3000, 40))
    assert most(strip, jpeg(strip, 60)) < SAME and most(strip.rotate(90, expand=True), photo.resize((40, 3000))) > SAME
