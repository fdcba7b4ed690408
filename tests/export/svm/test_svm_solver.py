"""Machines made here decide as scikit-learn's do."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")

from revsearch_export.svm.machines import Fitter, Landmarks, Plan, solve
from revsearch_export.svm.rows import Rows
from revsearch_export.svm.trainer import calibrate
from revsearch_svm.machine import Kernel, Linear, rbf
from sklearn.kernel_approximation import Nystroem
from sklearn.svm import SVC, LinearSVC

from revsearch_tui.api import Cancelled, NullControl, UsageError


def clouds(count: int = 60, width: int = 5, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Clouds of points that overlap."""
    chance = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    centres = chance.normal(size=(classes, width))
    return (centres[labels] + chance.normal(size=(count, width))).astype(np.float32), labels


def plan(kernel: str, components: int = 10) -> Plan:
    return Plan(kernel, components, 3, 0)


@pytest.mark.parametrize("c", [0.1, 1.0, 10.0])
def test_the_linear_machine_is_that_of_liblinear(c: float) -> None:
    x, y = clouds()
    theirs = LinearSVC(C=c, loss="squared_hinge", dual=False, tol=1e-10, max_iter=10_000).fit(x, y)
    ours = solve(x.astype(np.float64), y, 3, c, NullControl(), tolerance=1e-14)
    np.testing.assert_allclose(x @ ours[:-1] + ours[-1], theirs.decision_function(x), atol=1e-4)


def test_a_start_changes_the_way_but_not_the_outcome() -> None:
    x, y = clouds()
    wide = x.astype(np.float64)
    near = solve(wide, y, 3, 0.5, NullControl())
    cold, warm = (solve(wide, y, 3, 1.0, NullControl(), start, 1e-14) for start in (None, near))
    np.testing.assert_allclose(cold, warm, atol=1e-4)


def test_our_kernel_decides_as_that_of_libsvm() -> None:
    x, y = clouds()
    theirs = [SVC(kernel="rbf", gamma=0.3, C=2).fit(x, y == label) for label in range(3)]
    expected = np.stack([machine.decision_function(x) for machine in theirs], axis=1)
    for label, machine in enumerate(theirs):
        ours = Kernel(
            machine.support_vectors_.astype(np.float32),
            machine.dual_coef_.astype(np.float32),
            machine.intercept_.astype(np.float32),
            0.3,
        )
        np.testing.assert_allclose(ours.values(x)[:, 0], expected[:, label], atol=1e-4)


def test_landmarks_are_the_nystroem_method_with_a_linear_machine_folded_together() -> None:
    x, y = clouds()
    theirs = Nystroem(gamma=0.3, n_components=10, random_state=0).fit(x)
    landmarks = Landmarks.of(x[theirs.component_indices_], 0.3)
    mapped = landmarks.coordinates(x, NullControl())
    np.testing.assert_allclose(mapped @ mapped.T, theirs.transform(x) @ theirs.transform(x).T, atol=1e-4)
    linear = LinearSVC(dual=False, tol=1e-10, max_iter=10_000).fit(mapped, y)
    machine = landmarks.machine(np.vstack([linear.coef_.T, linear.intercept_]))
    np.testing.assert_allclose(machine.values(x), linear.decision_function(mapped), atol=1e-4)


def test_the_exact_kernel_is_the_machine_of_the_whole_kernel_matrix() -> None:
    x, y = clouds(30)
    machine = Fitter(Rows(x, y), plan("rbf"), 0.5, NullControl()).fit(1.0)
    assert isinstance(machine, Kernel)
    kernel = rbf(x, x, 0.5).astype(np.float64)
    roots = np.linalg.cholesky(kernel + 1e-7 * np.eye(30))
    theirs = LinearSVC(C=1.0, dual=False, tol=1e-10, max_iter=10_000).fit(roots, y)
    np.testing.assert_allclose(machine.values(x), theirs.decision_function(roots), atol=0.01)


def test_mirror_images_are_learnt_from_and_judged_together() -> None:
    x, y = clouds()
    rows = Rows(np.concatenate([x, x + 0.1]), y)
    assert rows.mirrored
    machine = Fitter(rows, plan("linear"), 0.0, NullControl()).fit(1.0)
    assert isinstance(machine, Linear)
    values = machine.values(rows.matrix)
    np.testing.assert_allclose(rows.judged(values), (values[:60] + values[60:]) / 2)
    chosen = rows.of(np.array([3, 5]))
    np.testing.assert_allclose(chosen.matrix, [x[3], x[5], x[3] + 0.1, x[5] + 0.1], atol=1e-6)


def test_landmarks_come_from_every_class() -> None:
    x, _ = clouds()
    few = np.concatenate([np.zeros(57, np.int64), [1, 1, 2]])
    machine = Fitter(Rows(x, few), plan("nystroem", 3), 0.5, NullControl()).fit(1.0)
    assert isinstance(machine, Kernel)
    places = [int(np.flatnonzero((x == vector).all(axis=1))[0]) for vector in machine.vectors]
    assert sorted(few[places]) == [0, 1, 2]


def test_too_many_rows_for_an_exact_kernel_are_told() -> None:
    rows = Rows(np.zeros((8001, 1), np.float32), np.zeros(8001, np.int64))
    with pytest.raises(UsageError, match="take kernel nystroem"):
        Fitter(rows, plan("rbf"), 1.0, NullControl())


def test_solving_can_be_stopped() -> None:
    class Stop(NullControl):
        def check(self) -> None:
            raise Cancelled("stopped")

    x, y = clouds()
    with pytest.raises(Cancelled):
        solve(x, y, 3, 1.0, Stop())


def test_calibration_makes_confidence_what_comes_true() -> None:
    chance = np.random.default_rng(0)
    values = chance.normal(size=(4000, 3)).astype(np.float32)
    logits = 2.5 * values + np.array([0.5, 0, -0.5])
    truth = np.array([chance.choice(3, p=np.exp(row) / np.exp(row).sum()) for row in logits])
    found = calibrate(values, truth)
    assert found.temperature == pytest.approx(0.4, rel=0.1)
    assert found.bias[0] > found.bias[1] > found.bias[2]
    probabilities = found.probabilities(values)
    assert probabilities.max(axis=1).mean() == pytest.approx((probabilities.argmax(axis=1) == truth).mean(), abs=0.02)


def test_nothing_to_calibrate_by_leaves_values_as_they_are() -> None:
    found = calibrate(np.empty((0, 3), np.float32), np.empty(0, np.int64))
    assert (found.temperature, list(found.bias)) == (1.0, [0, 0, 0])
