"""Figures of trained models, against other people's code."""

from __future__ import annotations

import numpy as np
import pytest
from revsearch_export.figures import accuracy
from scipy.stats import binomtest


@pytest.mark.parametrize(("right", "n"), [(0, 7), (3, 7), (7, 7), (500, 1000), (4995, 5000)])
def test_the_interval_of_an_accuracy_is_wilsons(right: int, n: int) -> None:
    found = accuracy(np.arange(n) < right)
    expected = binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert (found["accuracy"], found["n"]) == (right / n, n)
    assert found["low"] == pytest.approx(expected.low, abs=1e-12)
    assert found["high"] == pytest.approx(expected.high, abs=1e-12)


def test_no_pictures_tell_nothing() -> None:
    found = accuracy(np.zeros(0, bool))
    assert np.isnan(found["accuracy"])
    assert (found["low"], found["high"], found["n"]) == (0.0, 1.0, 0)
