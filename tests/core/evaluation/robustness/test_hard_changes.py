"""The hard changes: each does to a picture what it says."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageFilter

from revsearch_tui.core.evaluation.robustness.transformations import make_copy, parse_variants
from tests.support.drawn import draw

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def picture() -> Pixels:
    return np.array(draw(1, (200, 100)), np.uint8)


def changed(picture: Pixels, text: str, image_id: bytes = b"one", others: tuple[Pixels, ...] = ()) -> Pixels:
    (variant,) = parse_variants([text])
    return make_copy(picture, image_id, variant, 0, others)


def places(whole: Pixels, part: Pixels) -> list[tuple[int, int]]:
    """Where a picture lies in another, pixel by pixel."""
    corners = np.argwhere(
        (whole[: whole.shape[0] - part.shape[0] + 1, : whole.shape[1] - part.shape[1] + 1] == part[0, 0]).all(axis=2)
    )
    return [
        (int(y), int(x))
        for y, x in corners
        if np.array_equal(whole[y : y + part.shape[0], x : x + part.shape[1]], part)
    ]


def error(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(np.float64) - other).mean())


@pytest.mark.parametrize(("text", "kept"), [("crop=68.4", 0.1), ("crop=77.6", 0.05)])
def test_the_hard_crops_keep_a_tenth_and_a_twentieth_of_the_area(text: str, kept: float) -> None:
    made = changed(np.zeros((600, 900, 3), np.uint8), text)
    assert made.shape[0] * made.shape[1] / (600 * 900) == pytest.approx(kept, rel=0.01)


def test_inverted_twice_a_picture_is_itself(picture: Pixels) -> None:
    once = changed(picture, "invert")
    assert np.array_equal(picture.astype(int) + once, np.full(picture.shape, 255))
    assert np.array_equal(changed(once, "invert"), picture)


def test_turned_by_180_degrees_twice_a_picture_is_itself(picture: Pixels) -> None:
    once = changed(picture, "rotation=180")
    assert np.array_equal(once, picture[::-1, ::-1])


def test_a_mirrored_crop_is_a_part_of_the_mirrored_picture_with_two_fifths_of_its_area(picture: Pixels) -> None:
    made = changed(picture, "mirror-crop")
    assert made.shape[0] * made.shape[1] / (200 * 100) == pytest.approx(0.4, rel=0.02)
    assert len(places(np.ascontiguousarray(picture[:, ::-1]), made)) == 1


@pytest.mark.parametrize("degrees", [0, 5, 37, 45, 80, 90, 130, 180])
@pytest.mark.parametrize("size", [(200, 100), (100, 200), (90, 90)])
def test_a_turned_crop_is_all_picture(degrees: int, size: tuple[int, int]) -> None:
    white = np.full((*size, 3), 255, np.uint8)
    made = changed(white, f"turn-crop={degrees}")
    assert made.min() == 255, "no black corner"
    assert made.size > 0.2 * white.size


def test_a_crop_turned_back_is_the_middle_of_the_picture() -> None:
    smooth = np.array(draw(2, (200, 160)).filter(ImageFilter.GaussianBlur(3)), np.uint8)
    made = changed(smooth, "turn-crop=37")
    found = []
    for degrees in (37, -37):
        turned = np.array(Image.fromarray(made).rotate(degrees, Image.Resampling.BICUBIC))
        rows, columns = (slice(side // 2 - 15, side // 2 + 15) for side in made.shape[:2])
        found.append(error(turned[rows, columns], smooth[65:95, 85:115]))
    assert min(found) < 3 < max(found)


def test_a_thumbnail_is_the_square_in_the_middle(picture: Pixels) -> None:
    made = changed(picture, "thumbnail")
    assert made.shape == (64, 64, 3)
    middle = Image.fromarray(picture[:, 50:150]).resize((64, 64), Image.Resampling.LANCZOS)
    assert error(made, np.array(middle)) < 1
    assert changed(picture, "thumbnail=32").shape == (32, 32, 3)


def test_tiny_has_a_longest_side_of_160_pixels_and_the_blocks_of_a_poor_jpeg(picture: Pixels) -> None:
    made = changed(picture, "tiny")
    assert made.shape == (80, 160, 3)
    smaller = Image.fromarray(picture).resize((160, 80), Image.Resampling.LANCZOS)
    assert 1 < error(made, np.array(smaller)) < 30
    assert changed(picture, "tiny=640").shape == picture.shape, "it is never made larger"


def test_a_story_has_the_picture_whole_over_a_blur_of_itself(picture: Pixels) -> None:
    made = changed(picture, "story")
    height, width = made.shape[:2]
    assert width / height == pytest.approx(9 / 16, rel=0.01)
    assert places(made, picture) == [((height - 100) // 2, 0)]
    assert np.abs(np.diff(made[: height // 2 - 60].astype(int), axis=1)).max() < 20, "nothing sharp above it"
    upright = np.ascontiguousarray(picture.transpose(1, 0, 2))
    assert len(places(changed(upright, "story"), upright)) == 1


def test_a_caption_adds_a_band_with_letters_above_and_below(picture: Pixels) -> None:
    made = changed(picture, "caption")
    assert made.shape == (140, 200, 3)
    assert places(made, picture) == [(20, 0)]
    for band in (made[:20], made[120:]):
        assert (band == band[0, 0]).all(axis=2).mean() > 0.4 and band.min() < 60 and band.max() > 195


def test_a_page_of_text_holds_the_picture_whole_on_about_a_sixth_of_it(picture: Pixels) -> None:
    for form in (picture, np.ascontiguousarray(picture.transpose(1, 0, 2))):
        made = changed(form, "page")
        assert len(places(made, form)) == 1
        assert form.size / made.size == pytest.approx(1 / 6, rel=0.05)
        letters = (made.max(axis=2) < 160).sum() - (form.max(axis=2) < 160).sum()
        assert 0.02 < letters / (made.size // 3) < 0.4
        assert made[0, 0].min() == 255


@pytest.mark.parametrize(("size", "text"), [((400, 40), "page=50"), ((300, 6), "page"), ((6, 300), "page=90")])
def test_a_page_is_large_enough_for_a_panorama(size: tuple[int, int], text: str) -> None:
    wide = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    assert len(places(changed(wide, text), wide)) == 1


def test_a_watermark_lightens_a_part_everywhere_by_its_share() -> None:
    grey = np.full((200, 300, 3), 100, np.uint8)
    made = changed(grey, "watermark=50")
    assert (made.min(), made.max()) == (100, 177), "half way to white"
    quarters = [
        made[rows, columns] for rows in (slice(0, 100), slice(100, 200)) for columns in (slice(0, 150), slice(150, 300))
    ]
    assert all(0.05 < (quarter > 120).mean() < 0.6 for quarter in quarters)
    assert error(grey, changed(grey, "watermark=80")) > error(grey, made)


def test_more_emoji_cover_more_and_leave_the_rest_alone(picture: Pixels) -> None:
    covered = [(changed(picture, f"emoji={count}") != picture).any(axis=2).mean() for count in (1, 6, 60)]
    assert 0 < covered[0] < covered[1] < 0.7
    assert covered[1] < covered[2]


def test_a_collage_is_the_picture_whole_beside_others_of_its_size(picture: Pixels) -> None:
    others = tuple(np.full((50 + 10 * shade, 70, 3), shade, np.uint8) for shade in (10, 60, 110, 160))
    for count in (2, 3, 4):
        shapes, corners = set(), set()
        for number in range(12):
            made = changed(picture, f"collage={count}", bytes([number]), others)
            (corner,) = places(made, picture)
            corners.add(corner)
            shapes.add(made.shape)
            rest = made.astype(int)
            rest[corner[0] : corner[0] + 100, corner[1] : corner[1] + 200] = -1
            shades, areas = np.unique(rest[:, :, 0], return_counts=True)
            assert areas.tolist() == [100 * 200] * count and set(shades.tolist()) <= {-1, 10, 60, 110, 160}
        assert shapes == ({(200, 400, 3)} if count == 4 else {(100 * count, 200, 3), (100, 200 * count, 3)})
        assert len(corners) > 2, "where the picture lies is left to chance"


def test_a_collage_without_others_has_white_parts(picture: Pixels) -> None:
    made = changed(picture, "collage=4")
    assert (made == 255).all(axis=2).mean() >= 0.75


def test_a_worse_photo_of_a_screen_is_farther_from_the_picture(picture: Pixels) -> None:
    straight = changed(picture, "screen=0")
    assert straight.shape == (120, 240, 3)
    assert places(straight, picture) == [(10, 20)], "nothing disturbs"
    assert straight[:5].max() < 60, "dark around it"
    far = [error(straight, changed(picture, f"screen={percent}")) for percent in (10, 30, 60, 100)]
    assert far == sorted(far) and far[0] > 1
