"""Calibration, computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from revsearch_tui.core.evaluation.metrics import expected_calibration_error, reliability
from revsearch_tui.core.evaluation.record import ReliabilityBin

SURE = np.array([0.95, 0.85, 0.9, 0.3, 0.3, 0.6])
RIGHT = np.array([True, False, True, False, True, True])


def test_the_error_is_what_a_sheet_of_paper_gives() -> None:
    # Ranges of a fifth: (0.2, 0.4] has 2 queries, mean 0.3, half right; (0.4, 0.6] one, 0.6, right;
    # (0.8, 1] has 3, mean 0.9, two thirds right.
    expected = 2 / 6 * abs(0.5 - 0.3) + 1 / 6 * abs(1 - 0.6) + 3 / 6 * abs(2 / 3 - 0.9)
    assert expected_calibration_error(SURE, RIGHT, bins=5) == pytest.approx(expected, abs=1e-12)


def test_the_ranges_hold_the_queries_their_confidence_and_their_accuracy() -> None:
    found = reliability(SURE, RIGHT, bins=5)
    assert [(part.low, part.high) for part in found] == [(0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1)]
    assert [part.queries for part in found] == [0, 2, 1, 0, 3]
    assert [part.confidence for part in found] == pytest.approx([0, 0.3, 0.6, 0, 0.9])
    assert [part.accuracy for part in found] == pytest.approx([0, 0.5, 1, 0, 2 / 3])


def test_a_range_has_its_upper_end_and_the_first_has_zero() -> None:
    found = reliability(np.arange(16) / 15, np.ones(16, bool))
    assert [part.queries for part in found] == [2] + [1] * 14


def test_the_error_is_the_mean_distance_of_the_ranges() -> None:
    chance = np.random.default_rng(1)
    sure, right = chance.random(500).astype(np.float32), chance.random(500) < 0.5
    parts = reliability(sure, right)
    assert sum(part.queries for part in parts) == 500
    expected = sum(part.queries * abs(part.confidence - part.accuracy) for part in parts) / 500
    assert expected_calibration_error(sure, right) == pytest.approx(expected, abs=1e-12)


def test_who_is_right_as_often_as_sure_has_no_error_and_who_is_sure_and_wrong_has_all_of_it() -> None:
    half = np.tile([True, False], 50)
    assert expected_calibration_error(np.full(100, 0.5), half) == 0
    assert expected_calibration_error(np.ones(100), np.zeros(100, bool)) == 1


def test_no_queries_give_no_error_and_empty_ranges() -> None:
    assert expected_calibration_error(np.zeros(0), np.zeros(0, bool)) == 0
    assert reliability(np.zeros(0), np.zeros(0, bool), bins=1) == [ReliabilityBin(0, 1, 0, 0, 0)]
