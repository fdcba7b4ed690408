"""Probabilities of a network, and of a support vector machine, that mean what they say."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from revsearch_export.exporting.heads import Calibrated, fit_calibration
from revsearch_export.figures import calibration_error, shape_for
from revsearch_svm.machine import Calibration

Logits = npt.NDArray[np.float32]


def _softmax(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)


def _drawn(count: int, seed: int, told: float = 1.0) -> tuple[Logits, npt.NDArray[np.int64]]:
    """Logits, and labels drawn from the softmax of -(-log p) ** told, p being the softmax of the logits."""
    chance = np.random.default_rng(seed)
    logits = 2.5 * chance.standard_normal((count, 5))
    true = _softmax(-((-np.log(_softmax(logits))) ** told))
    labels = (true.cumsum(axis=1) < chance.random((count, 1))).sum(axis=1).clip(0, 4)
    return logits.astype(np.float32), labels


@pytest.mark.parametrize("told", [0.6, 1.8])
def test_a_shape_makes_up_for_what_no_temperature_can(told: float) -> None:
    logits, labels = _drawn(4000, 0, told)
    others, answers = _drawn(4000, 1, told)
    fitted = fit_calibration(logits, labels)
    found = fitted(torch.from_numpy(others)).numpy()
    temperature = min(
        calibration_error(_softmax(others / t).astype(np.float32), answers) for t in np.linspace(0.3, 3, 28)
    )
    assert calibration_error(found, answers) < min(0.02, temperature)
    assert fitted.power == pytest.approx(told, rel=0.25)


def test_probabilities_that_are_right_are_left_as_they_are() -> None:
    logits, labels = _drawn(4000, 2)
    found = fit_calibration(logits, labels)(torch.from_numpy(logits)).numpy()
    assert float(np.abs(found - _softmax(logits)).max()) < 0.06


def test_a_few_pictures_change_little_and_none_change_nothing() -> None:
    logits, labels = _drawn(3, 3)
    assert shape_for(logits.astype(np.float64), labels) == pytest.approx((1, 1, 1), abs=0.8)
    assert shape_for(logits[:0].astype(np.float64), labels[:0]) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("scale", [0.3, 1.0, 20.0])
def test_classes_keep_their_order_and_extreme_logits_stay_numbers(scale: float) -> None:
    logits = torch.tensor([[3.0, 1.0, -2.0], [900.0, 0.0, -900.0], [0.0, 0.0, 0.0], [1e-6, 0.0, -1e-6]])
    found = Calibrated(0.5, scale, 2.5)(logits)
    assert bool(torch.isfinite(found).all())
    assert torch.allclose(found.sum(1), torch.ones(4))
    assert bool((found[:, 0] >= found[:, 1]).all() and (found[:, 1] >= found[:, 2]).all())


def test_a_network_and_a_machine_are_calibrated_alike() -> None:
    logits, _ = _drawn(20, 4)
    by_network = Calibrated(0.7, 0.4, 1.9)(torch.from_numpy(logits)).numpy()
    by_machine = Calibration(0.7, np.zeros(5, np.float32), 0.4, 1.9).probabilities(logits)
    assert np.allclose(by_network, by_machine, atol=1e-5)
    plain = Calibration(0.7, np.zeros(5, np.float32)).probabilities(logits)
    assert np.allclose(plain, _softmax(logits / 0.7), atol=1e-6)
