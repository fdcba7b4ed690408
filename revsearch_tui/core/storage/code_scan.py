"""How near each row can be to a query at most, read off its codes.

With x = s c + e, where c are a row's numbers, and q = t p + f likewise, q x = s t (p c) + q e + f (s c), of which the
last two are no more than |q| |e| and |f| |s c|. p c is a sum of whole numbers. So no row is nearer than what is told
here, however the rows lie, and what cannot be among the nearest need not be read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.storage.journal.codes import Codes, coded

if TYPE_CHECKING:
    import numpy.typing as npt

_ROWS_AT_ONCE = 32_768
"""Their figures stay in the cache of a core."""
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
    step, length = float(asked.steps[0]), float(np.linalg.norm(query.astype(np.float64)))

    def bound(codes: Codes, least: npt.NDArray[np.float32]) -> None:
        sums = np.empty((len(least), 1), np.float32)
        multiply(codes.numbers, asked.numbers, metric="dot", out=sums)
        np.multiply(sums[:, 0], codes.steps, out=least)
        least *= np.float32(-step)
        least -= np.float32(length) * codes.errors
        rest = float(asked.errors[0]) * codes.longest + _ROUNDING * (1 + length * codes.longest)
        least += np.float32(1 - rest)

    jobs = [
        (codes.part(start, start + _ROWS_AT_ONCE), least[start : start + _ROWS_AT_ONCE])
        for codes, least in parts
        for start in range(0, len(least), _ROWS_AT_ONCE)
    ]
    threads = min(os.cpu_count() or 1, _MOST_THREADS, len(jobs))
    if threads < 2:
        for job in jobs:
            bound(*job)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="scan") as executor:
        for _ in executor.map(lambda job: bound(*job), jobs):
            pass
