"""Features, aggregates and verified matches of the sift method."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from revsearch_sift.descriptors import SCALE, root_sift
from revsearch_sift.method import Sift
from revsearch_sift.plugin import revsearch_methods

from revsearch_tui.api import Explainable, Features, Fittable, KeypointLines, LocalMethod, ModelError, NullControl


def textured(seed: int, width: int = 400, height: int = 300) -> np.ndarray:
    """Coloured discs, boxes and lines: plenty of keypoints, different for every seed."""
    random = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 200, np.uint8)
    for _ in range(140):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        size, kind = int(random.integers(4, 40)), int(random.integers(3))
        colour = tuple(int(value) for value in random.integers(0, 256, 3))
        if kind == 0:
            cv2.circle(picture, (x, y), size, colour, -1)
        elif kind == 1:
            cv2.rectangle(picture, (x, y), (x + size, y + int(random.integers(4, 40))), colour, -1)
        else:
            cv2.line(picture, (x, y), (x + size, y - size), colour, 3)
    return picture


def made(**options: object) -> Sift:
    info = revsearch_methods()[0]
    return Sift(info.defaults() | {name: info.option(name).parse(value) for name, value in options.items()}, None)


@pytest.fixture(scope="module")
def sift() -> Iterator[Sift]:
    method = made()
    method.load(NullControl())
    yield method
    method.close()


FLAT = np.full((120, 160, 3), 128, np.uint8)


def unit_points(features: Features, fractions: np.ndarray) -> np.ndarray:
    """Points in pixels of a picture whose longest side is 1."""
    aspect = features.aspect
    return fractions * ([1, 1 / aspect] if aspect >= 1 else [aspect, 1])


def test_the_method_follows_the_contract(sift: Sift) -> None:
    assert isinstance(sift, LocalMethod)
    assert isinstance(sift, Explainable)
    assert isinstance(sift, Fittable)
    assert sift.min_inliers == 7


def test_keypoints_are_fractions_and_descriptors_small_codes(sift: Sift) -> None:
    (found,) = sift.extract([textured(1)])
    count = len(found.keypoints)
    assert 100 < count <= 700
    assert found.keypoints.shape == (count, 4)
    assert found.keypoints.dtype == np.float32
    assert found.keypoints[:, :3].min() >= 0
    assert found.keypoints[:, :3].max() <= 1
    assert found.keypoints[:, 3].min() >= 0
    assert found.keypoints[:, 3].max() <= 360
    assert found.descriptors.shape == (count, 64)
    assert found.descriptors.dtype == np.int8
    assert found.aspect == pytest.approx(4 / 3)


def test_a_lone_disc_is_found_where_it_is(sift: Sift) -> None:
    picture = np.full((200, 400, 3), 255, np.uint8)
    cv2.circle(picture, (300, 50), 10, (0, 0, 0), -1)
    (found,) = sift.extract([picture])
    near = np.abs(found.keypoints[:, :2] - [300.5 / 400, 50.5 / 200]).max(axis=1)
    assert near.min() < 0.003


def test_stored_descriptors_lose_next_to_nothing() -> None:
    grey = cv2.cvtColor(textured(2), cv2.COLOR_RGB2GRAY)
    _, plain = cv2.SIFT.create().detectAndCompute(grey, None)
    exact = np.sqrt(plain / plain.sum(axis=1, keepdims=True))
    stored = root_sift(plain)
    assert stored.max() < 255
    assert np.linalg.norm(stored / SCALE - exact, axis=1).max() < 0.01


def test_the_number_of_features_is_bounded_and_the_strongest_stay() -> None:
    few, many = made(features=60), made(features=300)
    (short,), (long,) = few.extract([textured(3)]), many.extract([textured(3)])
    assert len(short.keypoints) == 60
    assert np.array_equal(short.descriptors, long.descriptors[:60])


def test_small_pictures_are_doubled_to_find_more() -> None:
    small = cv2.resize(textured(4), (64, 48), interpolation=cv2.INTER_AREA)
    (plain,), (doubled,) = made(upscale=False).extract([small]), made(upscale=True).extract([small])
    assert len(doubled.keypoints) > 1.5 * len(plain.keypoints)


def test_extraction_is_the_same_alone_in_a_batch_and_again(sift: Sift) -> None:
    pictures = [textured(seed) for seed in range(5)]
    alone = [sift.extract([each])[0] for each in pictures]
    for first, second in zip(alone, sift.extract(pictures), strict=True):
        assert np.array_equal(first.keypoints, second.keypoints)
        assert np.array_equal(first.descriptors, second.descriptors)


def test_aggregates_are_unit_rows(sift: Sift) -> None:
    rows = sift.aggregate(sift.extract([textured(1), textured(2), FLAT]))
    assert rows.shape == (3, sift.dim)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 0], abs=1e-5)


def test_the_aggregate_puts_a_slanted_copy_first(sift: Sift) -> None:
    pictures = [textured(seed) for seed in range(12)]
    matrix = cv2.getRotationMatrix2D((200, 150), 25, 0.8)
    copy = cv2.warpAffine(pictures[5], matrix, (400, 300), borderValue=(90, 90, 90))
    likeness = sift.aggregate(sift.extract(pictures)) @ sift.aggregate(sift.extract([copy]))[0]
    assert likeness.argmax() == 5


@pytest.mark.parametrize("shape", [(120, 160), (1, 1), (1, 400), (2, 3), (500, 2)])
def test_pictures_without_keypoints_go_through_everything(sift: Sift, shape: tuple[int, int]) -> None:
    bare, other = sift.extract([np.full((*shape, 3), 128, np.uint8), textured(1)])
    assert bare.keypoints.shape == (0, 4)
    assert bare.descriptors.shape == (0, 64)
    assert not sift.aggregate([bare]).any()
    for first, second in ((bare, other), (other, bare), (bare, bare)):
        found = sift.match(first, second)
        assert (found.inliers, found.transform, found.pairs.shape) == (0, None, (0, 4))


@pytest.mark.parametrize("kind", ["textured", "chequered"])
def test_a_picture_matches_itself_with_every_keypoint(sift: Sift, kind: str) -> None:
    picture = textured(6)
    if kind == "chequered":
        rows, columns = np.indices((300, 400))
        picture = np.repeat((((rows // 25 + columns // 25) % 2) * 255).astype(np.uint8)[..., None], 3, axis=2)
    first, second = sift.extract([picture, picture.copy()])
    found = sift.match(first, second)
    assert found.inliers == len(first.keypoints) == len(found.pairs) > 8
    assert np.array_equal(found.pairs[:, :2], found.pairs[:, 2:])
    assert found.transform == pytest.approx(np.eye(3))


def _warps() -> dict[str, np.ndarray]:
    turn = np.vstack([cv2.getRotationMatrix2D((200, 150), 40, 0.7), [0, 0, 1]])
    corners = np.array([[0, 0], [400, 0], [400, 300], [0, 300]], np.float32)
    slanted = np.array([[30, 40], [380, 10], [350, 290], [60, 240]], np.float32)
    return {
        "rotation": turn,
        "crop": np.array([[1.0, 0, -120], [0, 1, -90], [0, 0, 1]]),
        "half": np.diag([0.5, 0.5, 1]),
        "slant": cv2.getPerspectiveTransform(corners, slanted),
    }


@pytest.mark.parametrize("name", sorted(_warps()))
def test_a_transformed_copy_is_verified_with_the_right_transform(sift: Sift, name: str) -> None:
    warp = _warps()[name]
    original, copy = sift.extract(
        [textured(7), cv2.warpPerspective(textured(7), warp, (400, 300), borderValue=(60, 60, 60))]
    )
    found = sift.match(original, copy)
    assert found.inliers >= sift.min_inliers
    assert found.inliers == len(found.pairs)
    ours = np.column_stack([unit_points(original, found.pairs[:, :2]), np.ones(found.inliers)])
    landed = ours @ found.transform.T
    expected = ours @ (np.diag([1 / 400, 1 / 400, 1]) @ warp @ np.diag([400, 400, 1])).T
    reached = landed[:, :2] / landed[:, 2:]
    assert np.abs(reached - expected[:, :2] / expected[:, 2:]).max() < 0.01
    assert np.abs(reached - unit_points(copy, found.pairs[:, 2:])).max() < 0.02


def test_unrelated_pictures_are_not_verified(sift: Sift) -> None:
    found = sift.extract([textured(seed) for seed in range(20, 36)])
    inliers = [sift.match(one, two).inliers for index, one in enumerate(found) for two in found[index + 1 :]]
    assert max(inliers) < sift.min_inliers


def test_a_higher_minimum_leaves_a_weak_match_unverified() -> None:
    cut = np.ascontiguousarray(textured(9)[:90, :110])
    first, second = made().extract([textured(9), cut])
    found = made().match(first, second).inliers
    strict = made(min_inliers=found + 1)
    assert found >= 7
    assert strict.match(first, second).inliers < strict.min_inliers


def test_matches_are_the_same_from_many_threads(sift: Sift) -> None:
    first, second = sift.extract([textured(10), cv2.resize(textured(10), (260, 200), interpolation=cv2.INTER_AREA)])
    expected = sift.match(first, second)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: sift.match(first, second), range(24)):
            assert np.array_equal(found.pairs, expected.pairs)
            assert np.array_equal(found.transform, expected.transform)


def test_the_explanation_holds_the_lines_of_the_match(sift: Sift) -> None:
    one, two = textured(11), cv2.resize(textured(11), (200, 150), interpolation=cv2.INTER_AREA)
    shown = sift.explain(one, two)
    assert isinstance(shown, KeypointLines)
    assert len(shown.pairs) >= sift.min_inliers
    assert np.abs(shown.pairs[:, :2] - shown.pairs[:, 2:]).max() < 0.02
    assert shown.transform is not None and np.abs(shown.transform - np.eye(3)).max() < 0.02
    assert shown.tentative >= len(shown.pairs) and not shown.mirrored
    assert sift.explain(np.ascontiguousarray(one[:, ::-1]), two).mirrored


def test_aggregating_before_loading_is_refused_in_a_sentence() -> None:
    with pytest.raises(ModelError, match="load or fit"):
        made().aggregate([])
