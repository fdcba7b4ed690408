"""Local features as bytes: what is read back is what was rounded, in either form, and old rows stay readable."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from revsearch_tui.api import Features, StorageError
from revsearch_tui.core.storage.journal.features import pack_features, unpack_features
from revsearch_tui.core.storage.journal.vectors import BlobJournal


def keypoints(count: int) -> np.ndarray:
    return (np.random.default_rng(count).uniform(0, 1, (count, 4)) * [1, 1, 1, 360]).astype(np.float32)


def in_the_first_form(features: Features) -> bytes:
    code = features.descriptors.dtype.str.lstrip("|<").encode().ljust(4)
    header = struct.pack("<IIf4s", len(features.keypoints), features.descriptors.shape[1], features.aspect, code)
    return header + features.keypoints.tobytes() + features.descriptors.tobytes()


@pytest.mark.parametrize("count", [0, 1, 5, 700])
@pytest.mark.parametrize("dtype", ["i1", "u1", "?", "<i2", ">i4", "<f2", "<f4", ">f8"])
def test_descriptors_of_any_type_come_back_as_they_were(count: int, dtype: str) -> None:
    descriptors = np.random.default_rng(1).normal(0, 9, (count, 17)).astype(dtype)
    given = Features(keypoints(count), descriptors, 1.5, np.ones(3))
    found = unpack_features(memoryview(pack_features(given)))
    np.testing.assert_array_equal(found.keypoints, given.rounded().keypoints)
    np.testing.assert_array_equal(found.descriptors, descriptors)
    assert found.descriptors.dtype == descriptors.dtype.newbyteorder("<")
    assert (found.aspect, found.whole) == (1.5, None)
    assert not found.keypoints.flags.writeable and not found.descriptors.flags.writeable


def test_rounding_moves_keypoints_by_next_to_nothing_and_once_only() -> None:
    given = Features(keypoints(3000), np.zeros((3000, 1), np.int8), 1.0)
    once = given.rounded()
    assert np.abs(once.keypoints - given.keypoints)[:, :3].max() < 0.51 / 65535
    turned = np.abs(once.keypoints - given.keypoints)[:, 3]
    assert np.minimum(turned, 360 - turned).max() < 0.51 * 360 / 65536
    np.testing.assert_array_equal(once.rounded().keypoints, once.keypoints)
    whole = Features(np.array([[0, 1, 1, 360]], np.float32), np.zeros((1, 1), np.int8), 1.0).rounded()
    np.testing.assert_array_equal(whole.keypoints, [[0, 1, 1, 0]])


@pytest.mark.parametrize("wrong", [(0, -0.004), (1, 1.004), (2, 1.5), (3, -1.0), (3, 361.0)])
def test_keypoints_out_of_their_range_are_kept_to_the_last_digit(wrong: tuple[int, float]) -> None:
    points = keypoints(9)
    points[4, wrong[0]] = wrong[1]
    given = Features(points, np.arange(27, dtype=np.uint8).reshape(9, 3), 0.75)
    for found in (given.rounded(), unpack_features(pack_features(given))):
        np.testing.assert_array_equal(found.keypoints, points)
        np.testing.assert_array_equal(found.descriptors, given.descriptors)


def test_small_numbers_take_less_than_a_byte_and_keypoints_half() -> None:
    random = np.random.default_rng(0)
    spread = np.geomspace(5, 0.6, 64)
    descriptors = np.rint(random.normal(0, 1, (500, 64)) * spread).astype(np.int8)
    stored = len(pack_features(Features(keypoints(500), descriptors, 1.0)))
    assert stored < 500 * (8.2 + 64 * 0.42)
    noise = random.integers(0, 256, (500, 64), dtype=np.uint8)
    assert len(pack_features(Features(keypoints(500), noise, 1.0))) < 500 * (8 + 64) * 1.02


@pytest.mark.parametrize("dtype", ["i1", "u1", "?", "<f4", ">f4"])
def test_rows_of_the_first_form_are_read_rounded(dtype: str) -> None:
    given = Features(keypoints(20), np.random.default_rng(2).normal(0, 1, (20, 8)).astype(dtype), 2.0)
    found = unpack_features(in_the_first_form(given))
    np.testing.assert_array_equal(found.keypoints, given.rounded().keypoints)
    np.testing.assert_array_equal(found.descriptors, given.descriptors)


def test_a_journal_of_the_first_form_is_read_and_becomes_one_of_this_where_it_is_written(tmp_path: Path) -> None:
    old, new = (Features(keypoints(count), np.full((count, 4), count, np.int8), 1.0) for count in (3, 4))
    journal = BlobJournal(tmp_path / "blobs", create=True)
    journal.append([b"a" * 32], [in_the_first_form(old)])
    meta = tmp_path / "blobs" / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text("utf-8")), "format": 1}), "utf-8")
    reader = BlobJournal(tmp_path / "blobs")
    assert reader.get(b"a" * 32) == in_the_first_form(old)
    assert json.loads(meta.read_text("utf-8"))["format"] == 1, "readers change nothing"
    journal = BlobJournal(tmp_path / "blobs", create=True)
    journal.append([b"b" * 32], [pack_features(new)])
    assert json.loads(meta.read_text("utf-8"))["format"] == 2
    for image_id, given in ((b"a" * 32, old), (b"b" * 32, new)):
        blob = BlobJournal(tmp_path / "blobs").get(image_id)
        assert blob is not None
        np.testing.assert_array_equal(unpack_features(blob).keypoints, given.rounded().keypoints)
        np.testing.assert_array_equal(unpack_features(blob).descriptors, given.descriptors)
    meta.write_text(json.dumps({**json.loads(meta.read_text("utf-8")), "format": 3}), "utf-8")
    with pytest.raises(StorageError, match="newer revsearch"):
        BlobJournal(tmp_path / "blobs")
