"""Decisions and probabilities of machines with known numbers."""

from __future__ import annotations

import numpy as np
from revsearch_svm.machine import Calibration, Kernel, Linear, rbf


def rows(count: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def test_a_linear_machine_is_a_product_and_a_bias() -> None:
    machine = Linear(np.float32([[1, 2], [0, -1]]), np.float32([0.5, 0]))
    np.testing.assert_allclose(machine.values(np.float32([[3, 4]])), [[11.5, -4]])


def test_a_kernel_machine_sums_gaussians_around_its_vectors() -> None:
    machine = Kernel(rows(4, 3), rows(2, 4, 1), np.float32([0.1, 0.2]), 0.7)
    x = rows(5, 3, 2)
    expected = np.empty((5, 2))
    for n in range(5):
        gauss = [np.exp(-0.7 * ((x[n] - vector) ** 2).sum()) for vector in machine.vectors]
        expected[n] = machine.coefficients @ gauss + machine.bias
    np.testing.assert_allclose(machine.values(x), expected, atol=1e-5)


def test_a_row_is_no_nearer_than_itself() -> None:
    x = rows(6, 400) * 30
    kernel = rbf(x, x, 0.01)
    assert kernel.max() <= 1
    np.testing.assert_allclose(kernel.diagonal(), 1, atol=0.02)


def test_probabilities_sum_to_one_and_keep_the_order_of_equal_biases() -> None:
    values = rows(20, 5) * 100
    probabilities = Calibration(0.3, np.zeros(5, np.float32)).probabilities(values)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert (probabilities.argmax(axis=1) == values.argmax(axis=1)).all()


def test_a_higher_temperature_makes_less_sure() -> None:
    values = rows(20, 5)
    bias = np.zeros(5, np.float32)
    cold, warm = (Calibration(t, bias).probabilities(values).max(axis=1) for t in (0.5, 2.0))
    assert (cold > warm).all()
