"""Features, aggregates and verified matches of the xfeat method."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from revsearch_xfeat.keypoints import SCALE, from_maps, sampled, stored, unit_rows, working_size
from revsearch_xfeat.method import XFeat, believable
from revsearch_xfeat.plugin import revsearch_methods
from revsearch_xfeat.vocabulary import Vocabulary

from revsearch_tui.api import Explainable, Features, KeypointLines, LocalMethod, ModelError, NullControl
from tests.support.drawn import draw


def drawn(seed: int, width: int = 480, height: int = 360) -> np.ndarray:
    return np.asarray(draw(seed, (width, height)))


def made(**options: object) -> XFeat:
    info = revsearch_methods()[0]
    return XFeat(info.defaults() | {name: info.option(name).parse(value) for name, value in options.items()})


@pytest.fixture(scope="module")
def xfeat() -> Iterator[XFeat]:
    method = made()
    method.load(NullControl())
    yield method
    method.close()


def test_the_method_follows_the_contract(xfeat: XFeat) -> None:
    assert isinstance(xfeat, LocalMethod)
    assert isinstance(xfeat, Explainable)


def test_importing_the_plugin_pulls_in_nothing_heavy() -> None:
    probe = "import sys, revsearch_xfeat.plugin; print(sorted({'cv2', 'numpy', 'onnxruntime'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_only_options_that_change_the_features_are_part_of_the_index() -> None:
    stages = {option.name: option.stage for option in revsearch_methods()[0].options}
    assert {name for name, stage in stages.items() if stage == "index"} == {"features", "max_side", "upscale"}


def test_keypoints_are_fractions_and_descriptors_small_numbers(xfeat: XFeat) -> None:
    (found,) = xfeat.extract([drawn(1)])
    count = len(found.keypoints)
    assert 100 < count <= 1024
    assert found.keypoints.dtype == np.float32
    assert found.keypoints.min() >= 0
    assert found.keypoints.max() <= 1
    assert found.descriptors.shape == (count, 64)
    assert found.descriptors.dtype == np.int8
    assert found.aspect == pytest.approx(4 / 3)


def test_keypoints_move_with_the_picture(xfeat: XFeat) -> None:
    whole = drawn(1)
    first, second = (each.keypoints[:, :2] * [416, 352] for each in xfeat.extract([whole[:352, :416], whole[8:, 64:]]))
    apart = np.abs(first[:, None] - (second + [64, 8])[None]).max(axis=2).min(axis=1)
    inside = np.all(first > [84, 28], axis=1) & np.all(first < [396, 332], axis=1)
    assert np.median(apart[inside]) < 1


def test_a_picture_without_structure_has_neither_keypoints_nor_a_vector(xfeat: XFeat) -> None:
    found = xfeat.extract([np.full((120, 160, 3), 128, np.uint8)])
    assert len(found[0].keypoints) == 0
    assert not xfeat.aggregate(found).any()
    assert xfeat.match(found[0], found[0]).inliers == 0


def test_a_cut_out_blurred_copy_is_verified_with_the_transform_that_made_it(xfeat: XFeat) -> None:
    whole = drawn(2)
    part = cv2.GaussianBlur(whole[90:270, 120:360], (0, 0), 1.5)
    query, original, other = xfeat.extract([part, whole, drawn(3)])
    match = xfeat.match(query, original)
    assert match.inliers >= xfeat.min_inliers
    assert match.transform is not None
    # The middle of the part is the middle of the whole; lengths are in shares of the longest side.
    moved = match.transform @ [0.5, 0.375, 1]
    assert moved[:2] / moved[2] == pytest.approx([0.5, 0.375], abs=0.01)
    assert match.pairs.shape == (match.inliers, 4)
    assert xfeat.match(query, other).inliers < xfeat.min_inliers


def test_a_small_picture_is_verified_because_it_is_looked_at_enlarged_too(xfeat: XFeat) -> None:
    whole = drawn(4)
    small = cv2.resize(whole, (120, 90), interpolation=cv2.INTER_AREA)
    plain = made(upscale=False)
    plain.load(NullControl())
    few, many = (method.match(*method.extract([small, whole])).inliers for method in (plain, xfeat))
    plain.close()
    assert many >= xfeat.min_inliers
    assert many > 2 * few


def test_an_upside_down_copy_is_not_verified_and_one_turned_back_is(xfeat: XFeat) -> None:
    whole = drawn(5)
    turned = np.ascontiguousarray(whole[::-1, ::-1])
    upright, down, back = xfeat.extract([whole, turned, np.ascontiguousarray(turned[::-1, ::-1])])
    assert xfeat.match(down, upright).inliers < xfeat.min_inliers
    assert xfeat.match(back, upright).inliers > 100


def test_only_turns_and_slants_that_descriptors_survive_are_believed() -> None:
    def turned(degrees: float, across: float = 1.0) -> np.ndarray:
        cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        return np.array([[cosine * across, -sine, 5], [sine * across, cosine, 9], [0, 0, 1]])

    middle = np.array([100.0, 80.0])
    assert believable(turned(0) * 7, middle)
    assert believable(turned(-45, 2.5), middle)
    assert not believable(turned(90), middle)
    assert not believable(turned(180), middle)
    assert not believable(turned(0, 3.5), middle)


def test_the_nearest_aggregate_is_that_of_the_copy(xfeat: XFeat) -> None:
    pictures = [drawn(seed) for seed in range(6)]
    rows = xfeat.aggregate(xfeat.extract(pictures))
    copy = xfeat.aggregate(xfeat.extract([cv2.GaussianBlur(pictures[3], (0, 0), 2)]))[0]
    assert rows.shape == (6, xfeat.dim)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    assert (rows @ copy).argmax() == 3


def test_an_explanation_has_the_lines_of_the_match(xfeat: XFeat) -> None:
    whole = drawn(6)
    lines = xfeat.explain(whole[:, 100:], whole)
    assert isinstance(lines, KeypointLines)
    shift = lines.pairs[:, 2] * 480 - lines.pairs[:, 0] * 380
    assert len(lines.pairs) > 50
    assert np.median(shift) == pytest.approx(100, abs=2)
    assert lines.transform is not None and lines.tentative >= len(lines.pairs)


def test_a_method_that_was_not_loaded_says_so() -> None:
    with pytest.raises(ModelError, match="load it first"):
        made().extract([drawn(1)])
    with pytest.raises(ModelError, match="load it first"):
        made().aggregate([Features(np.zeros((0, 4), np.float32), np.zeros((0, 64), np.int8), 1.0)])


def test_sides_become_multiples_of_32_and_grey_is_the_mean_of_colours() -> None:
    picture = np.zeros((300, 479, 3), np.uint8)
    picture[..., 0] = 90
    grey = working_size(picture, 479)
    assert grey.shape == (288, 480)
    assert grey == pytest.approx(np.full(grey.shape, 30), abs=0.6)
    assert working_size(np.zeros((1, 900, 3), np.uint8), 640).shape == (32, 640)


def maps(*hot: tuple[int, int, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A noisy picture of 64 x 32 and its maps: these pixels are hot, and descriptors reliable on the right."""
    grey = np.random.default_rng(0).uniform(0, 255, (32, 64)).astype(np.float32)
    heat = np.zeros((32, 64), np.float32)
    for x, y, how in hot:
        heat[y, x] = how
    reliability = np.full((4, 8), 0.1, np.float32)
    reliability[:, 4:] = 0.9
    return grey, np.ones((64, 4, 8), np.float32), heat, reliability


def test_the_hottest_of_near_pixels_is_a_keypoint_and_the_reliable_come_first() -> None:
    said = maps((4, 4, 0.5), (5, 5, 0.4), (40, 20, 0.3), (50, 20, 0.04))
    found = from_maps(*said, 10, 2.0)
    assert found.keypoints[:, :2] * [64, 32] - 0.5 == pytest.approx(np.array([[40, 20], [4, 4]]))
    assert len(from_maps(*said, 1, 2.0).keypoints) == 1


def test_a_place_on_a_straight_edge_is_no_keypoint() -> None:
    grey, *rest = maps((20, 8, 0.5), (40, 16, 0.5))
    grey[:] = 0
    grey[16:] = 200
    grey[:16, 20:] = 90
    assert len(from_maps(grey, *rest, 10, 2.0).keypoints) == 0
    grey[:, 44:] = 130
    assert from_maps(grey, *rest, 10, 2.0).keypoints[:, :2] * [64, 32] - 0.5 == pytest.approx(np.array([[40, 16]]))


def test_maps_are_sampled_between_the_middles_of_cells() -> None:
    maps = np.arange(8, dtype=np.float32).reshape(1, 2, 4)
    places = np.array([[3.5, 3.5], [7.5, 3.5], [11.5, 7.5], [31, 15]], np.float32)
    assert sampled(maps, places)[:, 0] == pytest.approx([0, 0.5, 3, 7])


def test_stored_descriptors_keep_their_direction() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 64)).astype(np.float32) * 7
    small = stored(rows)
    assert np.linalg.norm(small.astype(np.float32), axis=1) == pytest.approx(np.full(50, SCALE), rel=0.01)
    kept = (unit_rows(small) * rows).sum(axis=1) / np.linalg.norm(rows, axis=1)
    assert kept.min() > 0.999


def test_a_damaged_vocabulary_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be used"):
        Vocabulary.load(tmp_path / "absent.npz")
    (tmp_path / "other.npz").write_bytes(b"PK")
    with pytest.raises(ModelError, match="cannot be used"):
        Vocabulary.load(tmp_path / "other.npz")
