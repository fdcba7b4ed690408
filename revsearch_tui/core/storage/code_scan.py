"""How near each row can be to a query at most, read off its codes.

With x = s c + e, where c are a row's numbers, and q = t p + f likewise, q x = s t (p c) + q e + f (s c), of which the
last two are no more than |q| |e| and |f| |s c|. p c is a sum of whole numbers. So no row is nearer than what is told
here, however the rows lie, and what cannot be among the nearest need not be read. Of a few rows q c is told by floats:
then f does not count, and about a third of them is left.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.storage.distances import product_error
from revsearch_tui.core.storage.journal.codes import Codes, coded

if TYPE_CHECKING:
    import numpy.typing as npt

_ROWS_AT_ONCE = 16_384
"""Their figures stay in the cache of a core."""
_FEW_ROWS_AT_ONCE = 2_048
_MOST_THREADS = 4
_ROUNDING = 2.0**-20
"""More than a few operations in float32 are off by, as a share of the greatest number among them."""


@cache
def products() -> Callable[..., Any] | None:
    """What multiplies int8 vectors; None where numkong is not installed: numpy does that slower than it reads
    embeddings four times their size."""
    try:
        import numkong
    except ImportError:
        return None
    return numkong.cdist


def bound_distances(parts: Sequence[tuple[Codes, npt.NDArray[np.float32]]], query: npt.NDArray[np.float32]) -> None:
    """Put next to the codes of some rows (n,) numbers: the distance (1 - cosine) of each to a query (dim,) is that at
    least. Infinite for what is no finite vector."""
    multiply = products()
    assert multiply is not None
    asked = coded(query[None])
    step, length = np.float32(-asked.steps[0]), _length(query)

    def bound(codes: Codes, least: npt.NDArray[np.float32]) -> None:
        sums = np.empty((len(least), 1), np.float32)
        multiply(codes.numbers, asked.numbers, metric="dot", out=sums)
        np.multiply(sums[:, 0], codes.steps, out=least)
        least *= step
        least -= np.float32(length) * codes.errors
        rest = float(asked.errors[0]) * codes.longest + _ROUNDING * (1 + length * codes.longest)
        least += np.float32(1 - rest)

    _in_threads(
        bound,
        [
            (codes.part(start, start + _ROWS_AT_ONCE), least[start : start + _ROWS_AT_ONCE])
            for codes, least in parts
            for start in range(0, len(least), _ROWS_AT_ONCE)
        ],
    )


def bound_of_few(codes: Codes, rows: npt.NDArray[np.intp], query: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """As `bound_distances`, but greater, of some of the coded rows: (n,)."""
    length = _length(query)
    least = np.empty(len(rows), np.float32)
    rest = (1.001 * product_error(len(query)) + _ROUNDING) * (1 + length * codes.longest)
    for start in range(0, len(rows), _FEW_ROWS_AT_ONCE):
        some, into = rows[start : start + _FEW_ROWS_AT_ONCE], least[start : start + _FEW_ROWS_AT_ONCE]
        np.multiply(codes.numbers[some].astype(np.float32) @ query, -codes.steps[some], out=into)
        into -= np.float32(length) * codes.errors[some]
    least += np.float32(1 - rest)
    return least


def _length(query: npt.NDArray[np.float32]) -> float:
    return float(np.linalg.norm(query.astype(np.float64)))


@cache
def _helpers() -> tuple[ThreadPoolExecutor | None, int]:
    """Threads beside the one that asks, and how many; kept, for starting one takes as long as a small scan."""
    count = min(os.cpu_count() or 1, _MOST_THREADS) - 1
    return (ThreadPoolExecutor(count, thread_name_prefix="scan") if count else None), count


def _in_threads(action: Callable[..., None], jobs: Sequence[tuple[Any, ...]]) -> None:
    """Do all jobs, in this thread and in those that have nothing else to do."""
    left = deque(jobs)

    def work() -> None:
        while True:
            try:
                job = left.popleft()
            except IndexError:
                return
            action(*job)

    executor, count = _helpers()
    helping = [executor.submit(work) for _ in range(min(count, len(jobs) - 1))] if executor else []
    try:
        work()
    finally:
        left.clear()
        # Who has not begun is not waited for.
        for future in helping:
            if not future.cancel():
                future.result()
