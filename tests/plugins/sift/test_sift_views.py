"""Mirrored and inverted copies: found by permuted descriptors, and verified as what they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from revsearch_sift.codes import STEP
from revsearch_sift.method import STRONGEST, Sift
from revsearch_sift.plugin import revsearch_methods
from revsearch_sift.views import PLACES, inverted, mirrored, parts, strongest_of_places

from revsearch_tui.api import Features, NullControl, QueryViewing
from tests.plugins.sift.test_sift_method import textured, unit_points


@pytest.fixture(scope="module")
def sift() -> Iterator[Sift]:
    method = Sift(revsearch_methods()[0].defaults(), None)
    method.load(NullControl())
    yield method
    method.close()


def turned_over(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture[:, ::-1])


def cut(picture: np.ndarray) -> np.ndarray:
    """About 40 % of the area."""
    return np.ascontiguousarray(picture[60:250, 80:330])


CHANGES = {"mirrored": turned_over, "inverted": lambda picture: 255 - picture}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_and_a_part_of_it_are_verified_as_what_they_are(sift: Sift, change: str) -> None:
    copy = CHANGES[change](textured(8))
    original, whole, part = sift.extract([textured(8), copy, cut(copy)])
    for query, candidate in ((original, whole), (whole, original), (part, original), (original, part)):
        found = sift.match(query, candidate)
        assert found.inliers == len(found.pairs) > 40
        assert (found.mirrored, found.inverted) == (change == "mirrored", change == "inverted")


def captioned(picture: np.ndarray) -> np.ndarray:
    """Above a white band with letters, whose keypoints are stronger than the picture's."""
    band = Image.new("RGB", (picture.shape[1], picture.shape[0] // 2), "white")
    for line in range(3):
        words = ("WHEN YOU FINALLY", "FIND THE ORIGINAL", "OF THAT PICTURE")[line]
        ImageDraw.Draw(band).text((10, 5 + line * 45), words, "black", ImageFont.load_default(36))
    return np.concatenate([picture, np.asarray(band)])


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_verified_where_letters_are_stronger_than_all_of_it(sift: Sift, change: str) -> None:
    faint = (textured(8) // 3 + 80).astype(np.uint8)
    original, copy = sift.extract([faint, captioned(CHANGES[change](faint))])
    strongest = copy.keypoints[:STRONGEST, 1]
    assert (strongest > 2 / 3).mean() > 0.9, "the letters are not the strongest"
    found = sift.match(copy, original)
    assert found.inliers > 40 and (found.mirrored, found.inverted) == (change == "mirrored", change == "inverted")


def test_the_strongest_of_each_place_come_before_the_second_ones(sift: Sift) -> None:
    (found,) = sift.extract([textured(8)])
    rows = strongest_of_places(found, 20)
    cells = (found.keypoints[rows, :2] * PLACES).astype(int) @ [1, PLACES]
    assert sorted(cells[:16]) == list(range(16)) and len(set(rows.tolist())) == 20
    assert rows[0] == 0 and list(rows[:16]) == sorted(rows[:16])
    nothing = Features(np.zeros((0, 4), np.float32), np.zeros((0, found.descriptors.shape[1]), np.int8), 1.0)
    assert not len(strongest_of_places(nothing, 20))


def test_what_is_as_the_query_is_called_neither(sift: Sift) -> None:
    original, part = sift.extract([textured(8), cut(textured(8))])
    found = sift.match(original, part)
    assert found.inliers >= sift.min_inliers
    assert not found.mirrored and not found.inverted


def test_a_mirrored_match_tells_places_of_the_query_as_it_is(sift: Sift) -> None:
    original, copy = sift.extract([textured(8), turned_over(textured(8))])
    found = sift.match(original, copy)
    assert np.abs(found.pairs[:, 0] + found.pairs[:, 2] - 1).max() < 0.02
    assert np.abs(found.pairs[:, 1] - found.pairs[:, 3]).max() < 0.02
    ours = np.column_stack([unit_points(original, found.pairs[:, :2]), np.ones(found.inliers)])
    landed = ours @ found.transform.T
    assert np.abs(landed[:, :2] / landed[:, 2:] - unit_points(copy, found.pairs[:, 2:])).max() < 0.02
    assert np.linalg.det(found.transform[:2, :2]) < 0


def test_a_symmetrical_picture_is_no_mirrored_copy_of_a_changed_one(sift: Sift) -> None:
    half = textured(9, width=200)
    whole = np.concatenate([half, turned_over(half)], axis=1)
    noisy = np.clip(whole + np.random.default_rng(0).normal(0, 4, whole.shape), 0, 255).astype(np.uint8)
    found = sift.match(*sift.extract([whole, noisy]))
    assert found.inliers >= sift.min_inliers and not found.mirrored


def test_pictures_without_a_common_thing_are_verified_in_no_form(sift: Sift) -> None:
    found = sift.extract([textured(seed) for seed in range(40, 56)])
    inliers = [sift.match(one, two).inliers for index, one in enumerate(found) for two in found[index + 1 :]]
    assert max(inliers) < sift.min_inliers


@pytest.mark.parametrize(("change", "view"), [("mirrored", mirrored), ("inverted", inverted)])
def test_the_features_of_a_changed_picture_are_those_of_the_picture_rearranged(
    sift: Sift, change: str, view: object
) -> None:
    original, changed = sift.extract([textured(8), CHANGES[change](textured(8))])
    made = view(original)  # type: ignore[operator]
    places = np.abs(made.keypoints[:, None, :2] - changed.keypoints[None, :, :2]).max(axis=2)
    turns = np.abs((made.keypoints[:, None, 3] - changed.keypoints[None, :, 3] + 180) % 360 - 180)
    sizes = np.abs(made.keypoints[:, None, 2] - changed.keypoints[None, :, 2])
    nearest = (places + sizes + turns / 360).argmin(axis=1)
    apart = np.linalg.norm(made.descriptors - changed.descriptors[nearest].astype(float), axis=1)
    assert np.median(apart) * STEP < 90, "of lengths of 512; rounding both alone makes 65"


@pytest.mark.parametrize("change", CHANGES)
def test_a_view_of_the_query_puts_its_changed_copy_first(sift: Sift, change: str) -> None:
    assert isinstance(sift, QueryViewing)
    features = sift.extract([textured(seed) for seed in range(12)])
    (query,) = sift.extract([cut(CHANGES[change](textured(5)))])
    likeness = sift.aggregate(sift.query_views(query)) @ sift.aggregate(features).T
    assert 5 in likeness.argmax(axis=1)


def test_a_page_is_looked_at_in_parts_and_a_picture_of_few_keypoints_is_not() -> None:
    spread = np.random.default_rng(0).uniform(0, 1, (600, 4)).astype(np.float32)
    page = Features(spread, np.zeros((600, 64), np.int8), 0.7)
    small = replace(page, keypoints=page.keypoints[:300], descriptors=page.descriptors[:300])
    found = parts(page)
    for group, side in ((found[:4], 2), (found[4:], 3)):
        assert len(group) == side * side
        assert sum(len(part.keypoints) for part in group) == 600
        for part in group:
            extent = np.ptp(part.keypoints[:, :2], axis=0)
            assert (extent <= 1 / side + 1e-6).all()
    assert parts(small) == []
