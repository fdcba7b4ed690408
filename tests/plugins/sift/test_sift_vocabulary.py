"""The vocabulary that ships, and the one fitted to a collection."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import revsearch_sift
from revsearch_sift.method import FILE_NAME, Sift
from revsearch_sift.plugin import revsearch_methods
from revsearch_sift.vocabulary import Vocabulary

from revsearch_tui.api import Cancelled, ModelError, ModelFile, NullControl, UsageError

SHIPPED = Path(revsearch_sift.__file__).with_name(FILE_NAME)


def noisy(seed: int) -> np.ndarray:
    """Blurred noise, full of keypoints."""
    noise = np.random.default_rng(seed).integers(0, 256, (160, 200, 3), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 1.5), None, 0, 255, cv2.NORM_MINMAX)


def unloaded(model: ModelFile | None = None) -> Sift:
    return Sift(revsearch_methods()[0].defaults(), model)


@pytest.fixture(scope="module")
def fitted() -> Sift:
    method = unloaded()
    method.fit(((noisy(seed), None) for seed in range(12)), NullControl())
    return method


def test_the_shipped_vocabulary_loads_and_is_small() -> None:
    vocabulary = Vocabulary.load(SHIPPED)
    assert SHIPPED.stat().st_size < 1_500_000
    assert vocabulary.dim == 768


def test_the_shipped_vocabulary_was_learned_not_drawn() -> None:
    vocabulary = Vocabulary.load(SHIPPED)
    assert vocabulary.basis.T @ vocabulary.basis == pytest.approx(np.eye(64), abs=1e-4)
    assert len(np.unique(vocabulary.words, axis=0)) == len(vocabulary.words) == 64


def test_loading_gives_the_length_of_the_vectors() -> None:
    method = unloaded()
    method.load(NullControl())
    assert method.dim == 768
    method.close()


def test_a_fit_reports_falling_distortion_and_growing_variance() -> None:
    report = unloaded().fit(((noisy(seed), "label") for seed in range(12)), NullControl())
    assert report.samples == 12
    assert report.curves["distortion"][0] > report.curves["distortion"][-1] > 0
    assert np.all(np.diff(report.curves["variance"]) >= 0)
    assert report.curves["variance"][-1] <= 1 + 1e-9


def test_a_fitted_vocabulary_gives_the_same_vectors_after_restoring(fitted: Sift, tmp_path: Path) -> None:
    features = fitted.extract([noisy(1), noisy(50)])
    expected = fitted.aggregate(features)
    fitted.save(tmp_path)
    again = unloaded(ModelFile("mine", tmp_path, ""))
    again.load(NullControl())
    assert again.dim == fitted.dim == expected.shape[1]
    assert np.array_equal(again.aggregate(features), expected)
    again.close()


def test_fitting_twice_gives_the_same_vocabulary(fitted: Sift, tmp_path: Path) -> None:
    again = unloaded()
    again.fit(((noisy(seed), None) for seed in range(12)), NullControl())
    features = fitted.extract([noisy(3)])
    assert np.array_equal(again.aggregate(features), fitted.aggregate(features))


def test_a_fitted_vocabulary_differs_from_the_shipped_one(fitted: Sift) -> None:
    assert fitted.dim < Vocabulary.load(SHIPPED).dim


def test_too_few_pictures_are_refused_in_a_sentence() -> None:
    with pytest.raises(UsageError, match="at least 10 pictures"):
        unloaded().fit([(noisy(1), None)] * 3, NullControl())


def test_no_pictures_are_refused_in_a_sentence() -> None:
    with pytest.raises(UsageError, match="at least 10 pictures"):
        unloaded().fit([], NullControl())


class Stopping(NullControl):
    """Cancels at the first check."""

    def check(self) -> None:
        raise Cancelled("stopped")


def test_a_fit_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        unloaded().fit(((noisy(seed), None) for seed in range(12)), Stopping())


def _missing(path: Path) -> None:
    path.unlink()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50_000])


def _text(path: Path) -> None:
    path.write_text("not a vocabulary")


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


def _other_shape(path: Path) -> None:
    with np.load(path) as stored:
        arrays = dict(stored)
    np.savez(path, **arrays | {"words": arrays["words"][:-1]})


def _newer(path: Path) -> None:
    with np.load(path) as stored:
        arrays = dict(stored)
    np.savez(path, **arrays | {"format": np.int64(99)})


def _pickled(path: Path) -> None:
    with np.load(path) as stored:
        arrays = dict(stored)
    np.savez(path, **arrays | {"words": np.array([{"a": 1}], dtype=object)})


def _not_finite(path: Path) -> None:
    with np.load(path) as stored:
        arrays = dict(stored)
    arrays["mean"][3] = np.nan
    np.savez(path, **arrays)


@pytest.mark.parametrize("damage", [_missing, _cut, _text, _flipped, _other_shape, _newer, _pickled, _not_finite])
def test_an_unusable_vocabulary_is_a_model_error(damage: object, tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(SHIPPED.read_bytes())
    damage(path)
    method = unloaded(ModelFile("mine", tmp_path, ""))
    with pytest.raises(ModelError, match=r"vocabulary\.npz"):
        method.load(NullControl())
