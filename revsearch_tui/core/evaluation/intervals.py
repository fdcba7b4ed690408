"""How sure a figure is, and whether two methods differ by more than chance. Everything is seeded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.evaluation.record import Estimate

if TYPE_CHECKING:
    import numpy.typing as npt

_AT_ONCE = 1_000_000
"""Numbers drawn at a time, so that memory does not grow with the queries."""


def bootstrap_mean(values: npt.NDArray[Any], seed: int, resamples: int = 2000) -> Estimate:
    """The mean of (queries,) values with its 95 % interval over queries.

    Percentile bootstrap: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. Raises ValueError
    where there are no values.
    """
    given = np.asarray(values, np.float64)
    means = [given[drawn].mean(axis=1) for drawn in _resamples(len(given), seed, resamples)]
    return _estimate(float(given.mean()), np.concatenate(means))


def bootstrap_statistic(
    statistic: Callable[[npt.NDArray[np.int64]], float], n: int, seed: int, resamples: int = 2000
) -> Estimate:
    """Any statistic of n queries with its 95 % interval; it is called with the numbers of the queries drawn.

    Raises ValueError where n is 0.
    """
    found = [statistic(numbers) for drawn in _resamples(n, seed, resamples) for numbers in drawn]
    return _estimate(float(statistic(np.arange(n))), np.asarray(found, np.float64))


def paired_difference(first: npt.NDArray[Any], second: npt.NDArray[Any], seed: int, resamples: int = 2000) -> Estimate:
    """The mean of first - second, both (queries,), with its 95 % interval over queries."""
    return bootstrap_mean(np.subtract(first, second, dtype=np.float64), seed, resamples)


def paired_randomisation(first: npt.NDArray[Any], second: npt.NDArray[Any], seed: int, rounds: int = 10_000) -> float:
    """The two-sided p value of the mean difference between two methods over the same queries, both (queries,).

    Fisher's randomisation test: were the methods alike, the sign of each difference would be a coin's. All signs are
    tried where that takes no more than `rounds` sums, else `rounds` random ones, counting the one observed. Source:
    Smucker, Allan and Carterette, "A comparison of statistical significance tests for information retrieval
    evaluation", 2007.
    """
    difference = np.subtract(first, second, dtype=np.float64)
    difference = difference[difference != 0]  # a flipped zero changes nothing
    observed = abs(difference.sum()) - 1e-9 * np.abs(difference).sum()  # sums differ in their last digits
    exact = len(difference) < 63 and 2 ** len(difference) <= rounds
    signs = _all_signs(len(difference)) if exact else _random_signs(len(difference), seed, rounds)
    extreme = sum(int((np.abs(flipped @ difference) >= observed).sum()) for flipped in signs)
    return extreme / 2 ** len(difference) if exact else (extreme + 1) / (rounds + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values corrected for there being several, in the order given.

    Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return [float(value) for value in corrected]


def _estimate(value: float, found: npt.NDArray[np.float64]) -> Estimate:
    # Order statistics, not interpolated: some statistics are infinite.
    ranked = np.sort(found)
    outside = max(int(0.025 * (len(ranked) + 1)), 1)
    return Estimate(value, float(ranked[outside - 1]), float(ranked[-outside]))


def _resamples(n: int, seed: int, resamples: int) -> Iterator[npt.NDArray[np.int64]]:
    """(some, n) numbers below n, `resamples` rows in all."""
    if n == 0:
        raise ValueError("there are no values to draw from")
    chance = np.random.default_rng(seed)
    rows = max(_AT_ONCE // n, 1)
    for start in range(0, resamples, rows):
        yield chance.integers(n, size=(min(rows, resamples - start), n))


def _all_signs(n: int) -> Iterator[npt.NDArray[np.float64]]:
    bits = np.arange(2**n)[:, None] >> np.arange(n) & 1
    yield np.asarray(1 - 2 * bits, np.float64)


def _random_signs(n: int, seed: int, rounds: int) -> Iterator[npt.NDArray[np.float64]]:
    chance = np.random.default_rng(seed)
    rows = max(_AT_ONCE // max(n, 1), 1)
    for start in range(0, rounds, rows):
        size = (min(rows, rounds - start), -(-n // 8))
        bits = np.unpackbits(chance.integers(256, size=size, dtype=np.uint8), axis=1, count=n)
        yield 1 - 2 * bits.astype(np.float64)
