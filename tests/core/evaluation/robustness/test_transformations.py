"""Changed copies: what each change does to a picture, and that chance is always alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.record import change_label
from revsearch_tui.core.evaluation.robustness.transformations import (
    TRANSFORMATIONS,
    Transformation,
    Variant,
    make_copy,
    parse_variants,
)
from tests.support.drawn import draw

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def picture() -> Pixels:
    return np.array(draw(1, (200, 100)), np.uint8)


def changed(picture: Pixels, text: str, image_id: bytes = b"one", seed: int = 0) -> Pixels:
    (variant,) = parse_variants([text])
    return make_copy(picture, image_id, variant, seed)


def error(picture: Pixels, other: Pixels) -> float:
    return float(np.abs(picture.astype(np.float64) - other).mean())


@pytest.mark.parametrize("variant", parse_variants(["all"]), ids=lambda variant: variant.label)
def test_a_copy_is_a_picture_the_same_each_time_and_not_the_original(variant: Variant, picture: Pixels) -> None:
    before = picture.copy()
    made = make_copy(picture, b"one", variant, 0)
    assert made.dtype == np.uint8 and made.ndim == 3 and made.shape[2] == 3 and made.flags.c_contiguous
    assert np.array_equal(made, make_copy(picture, b"one", variant, 0))
    assert not np.array_equal(made, picture)
    assert np.array_equal(before, picture), "the original stays as it was"


@pytest.mark.parametrize("transformation", TRANSFORMATIONS, ids=lambda transformation: transformation.name)
def test_the_smallest_picture_can_be_changed_too(transformation: object) -> None:
    tiny = np.full((1, 1, 3), 90, np.uint8)
    for variant in parse_variants([transformation.name]):  # type: ignore[attr-defined]
        assert min(make_copy(tiny, b"one", variant, 0).shape) >= 1


def test_crop_cuts_off_its_percentage_of_each_side_and_keeps_a_window(picture: Pixels) -> None:
    cut = changed(picture, "crop=20")
    assert cut.shape == (80, 160, 3)
    windows = np.lib.stride_tricks.sliding_window_view(picture, cut.shape)[:, :, 0]
    assert (windows == cut).all(axis=(2, 3, 4)).sum() == 1


def test_chance_hangs_on_the_picture_and_on_the_seed(picture: Pixels) -> None:
    ways = {changed(picture, "crop=50", name, seed).tobytes() for name in (b"one", b"two") for seed in range(3)}
    assert len(ways) == 6


def test_a_quarter_turn_is_exact_one_way_or_the_other(picture: Pixels) -> None:
    turned = {changed(picture, "rotation=90", bytes([number])).tobytes() for number in range(20)}
    assert turned == {np.rot90(picture).tobytes(), np.rot90(picture, -1).tobytes()}


def test_a_small_turn_keeps_the_frame_and_has_black_corners(picture: Pixels) -> None:
    turned = changed(picture, "rotation=25")
    assert turned.shape == picture.shape
    assert not turned[0, 0].any() and not turned[-1, -1].any()


def test_mirrored_and_flipped_twice_a_picture_is_itself(picture: Pixels) -> None:
    for name in ("mirror", "flip"):
        once = changed(picture, name)
        assert not np.array_equal(once, picture)
        assert np.array_equal(changed(once, name), picture)


def test_a_border_adds_its_percentage_at_either_end_and_holds_the_picture(picture: Pixels) -> None:
    framed = changed(picture, "border=15")
    assert framed.shape == (130, 260, 3)
    assert np.array_equal(framed[15:115, 30:230], picture)
    assert len(np.unique(framed[:15])) == 1


def test_a_screenshot_holds_the_picture_whole(picture: Pixels) -> None:
    framed = changed(picture, "screenshot=5")
    windows = np.lib.stride_tricks.sliding_window_view(framed, picture.shape)[:, :, 0]
    assert (windows == picture).all(axis=(2, 3, 4)).any()


def test_scale_changes_each_side_and_stays_within_the_working_size(picture: Pixels) -> None:
    assert changed(picture, "scale=0.5").shape == (50, 100, 3)
    assert changed(picture, "scale=2").shape == (200, 400, 3)
    assert changed(np.zeros((300, 900, 3), np.uint8), "scale=2").shape == (320, 960, 3)


def test_stronger_changes_change_more(picture: Pixels) -> None:
    for weak, strong in (
        ("jpeg=90", "jpeg=10"),
        ("blur=1", "blur=5"),
        ("noise=5", "noise=30"),
        ("brightness=1.5", "brightness=2"),
        ("hue=15", "hue=90"),
        ("perspective=2", "perspective=20"),
    ):
        assert error(picture, changed(picture, weak)) < error(picture, changed(picture, strong)), strong


def test_light_changes_do_what_they_say() -> None:
    plain = np.full((4, 4, 3), 100, np.uint8)
    plain[0, 0] = 140
    assert changed(plain, "brightness=1.5")[0, 0, 0] == 210
    mean = plain.mean()
    assert changed(plain, "contrast=0.5")[0, 0, 0] == round((140 - mean) / 2 + mean)
    assert changed(plain, "brightness=10").max() == 255


def test_grey_has_no_colour_and_a_turned_hue_keeps_what_has_none(picture: Pixels) -> None:
    grey = changed(picture, "grey")
    assert np.array_equal(grey[:, :, 0], grey[:, :, 1]) and np.array_equal(grey[:, :, 0], grey[:, :, 2])
    assert error(grey, changed(grey, "hue=90")) == 0


def test_overlays_leave_most_of_the_picture_alone(picture: Pixels) -> None:
    for name in ("text=10", "sticker=20"):
        same = (changed(picture, name) == picture).all(axis=2).mean()
        assert 0.5 < same < 1, name


@pytest.mark.parametrize("transformation", TRANSFORMATIONS, ids=lambda transformation: transformation.name)
def test_only_what_has_a_strength_is_named_with_one(transformation: Transformation) -> None:
    strength = (*transformation.strengths, *transformation.hard)[0]
    assert (change_label(transformation.name, strength) == transformation.name) == (not transformation.unit)


def test_strengths_can_be_given_and_a_change_comes_once() -> None:
    assert parse_variants(["crop=5,15", "mirror", "crop=15"]) == [
        Variant("crop", 5),
        Variant("crop", 15),
        Variant("mirror", 1),
    ]
    assert [variant.label for variant in parse_variants(["scale=0.5", "grey"])] == ["scale 0.5", "grey"]


def test_hard_changes_are_made_when_asked_for_and_all_is_both() -> None:
    everyday, hard, every = (parse_variants(texts) for texts in ([], ["hard"], ["all"]))
    assert len(everyday) == 47 and not set(everyday) & set(hard)
    assert set(every) == {*everyday, *hard}
    assert {variant.transformation for variant in hard} - {variant.transformation for variant in everyday} == {
        "screen",
        "collage",
        "page",
        "story",
        "caption",
        "watermark",
        "emoji",
        "invert",
        "mirror-crop",
        "turn-crop",
        "thumbnail",
        "tiny",
    }
    assert parse_variants(["rotation"])[-1] == Variant("rotation", 180), "a name stands for all its strengths"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("corp", "did you mean 'crop'"),
        ("crop=much", "a number from 0 to 95"),
        ("crop=99", "not '99'"),
        ("crop=nan", "not 'nan'"),
        ("mirror=2", "no strength"),
        ("hard=2", "there is no transformation 'hard'"),
        ("collage=5", "a number from 2 to 4"),
    ],
)
def test_what_cannot_be_done_is_said(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_variants([text])
