"""How near each row can be to a query at most, read off its codes.

With x = s c + e, where c are a row's numbers, and q = t p + f likewise, q x = s t (p c) + q e + f (s c), of which the
last two are no more than |q| |e| and |f| |s c|. p c is a sum of whole numbers. So no row is nearer than what is told
here, however the rows lie, and what cannot be among the nearest need not be read. Of those that are left f is told by
numbers, too, in steps of t / 254: then about a third of them is left.

The same says how near each row is at least. So the k nearest of those that were looked at give a limit, and of what
comes then few can be within it: threads share it.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.core.storage.distances import FARTHEST, kth_at_most
from revsearch_tui.core.storage.journal.codes import GREATEST, Codes

if TYPE_CHECKING:
    import numpy.typing as npt

_MOST_AT_ONCE = 65_536
"""Their figures stay in the cache of a core."""
_FEWEST_AT_ONCE = 16_384
"""Of fewer rows, what is done about their products takes long beside these."""
_MANY_NEAR = 4
"""Of so many times k rows some are likely to be nearer than the limit tells."""
_MOST_THREADS = 4
_ROUNDING = 2.0**-20
"""More than a few operations in float32 are off by, as a share of the greatest number among them."""
_FINER = 254
"""So many times finer steps tell what is half a step at most by numbers up to 127."""


@cache
def products() -> Callable[..., Any] | None:
    """What multiplies int8 vectors; None where numkong is not installed: numpy does that slower than it reads
    embeddings four times their size."""
    try:
        import numkong
    except ImportError:
        return None
    return numkong.cdist


class CodeScan:
    """Looks for what is near to a query, by 1 - cosine, among coded rows that are numbered from the start of each part.

    What is no finite vector is near nothing.
    """

    def __init__(self, parts: Sequence[tuple[int, Codes]]) -> None:
        self._parts = parts
        self._longest = max(codes.longest for _, codes in parts)
        self._jobs = list(_jobs(parts, 1 + _helpers()[1]))

    def look(
        self, asked: CodedQuery, k: int, *, allowed: npt.NDArray[np.bool_] | None = None, limit: float = np.inf
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """The rows (n,) among which are the k nearest to a query that are within a limit, and what their distances are
        at least; `allowed` (rows,) restricts the rows."""
        search = _Search(asked, k, self._longest, allowed, limit)
        _in_threads(search.look, [(job,) for job in self._jobs])
        return search.rows()

    def look_closer(self, rows: npt.NDArray[np.int64], asked: CodedQuery) -> npt.NDArray[np.float32]:
        """What the distances of some rows (n,), in ascending order, to a query are at least, told more closely; minus
        infinity of those that are not coded."""
        least = np.full(len(rows), -np.inf, np.float32)
        for start, codes in self._parts:
            first, end = rows.searchsorted((start, start + len(codes.steps)))
            if first < end:
                least[first:end] = closer(codes, rows[first:end] - start, asked)
        return least


class _Job(NamedTuple):
    """Codes of rows that are numbered from `start`, and their greatest error; whether all are finite vectors."""

    start: int
    codes: Codes
    error: float
    is_finite: bool


def _jobs(parts: Sequence[tuple[int, Codes]], threads: int) -> Iterator[_Job]:
    """The first is small, for it gives a limit; then ever smaller ones, so that all threads end at once."""
    left, size = sum(len(codes.steps) for _, codes in parts), _FEWEST_AT_ONCE
    for first, codes in parts:
        start = 0
        while start < len(codes.steps):
            part = codes.part(start, start + size)
            if part.errors.max() >= 0:
                yield _Job(first + start, part, float(part.errors.max()), bool(part.errors.min() >= 0))
            start, left = start + len(part.steps), left - len(part.steps)
            size = min(max(left // (2 * threads), _FEWEST_AT_ONCE), _MOST_AT_ONCE)


class _Search:
    """What threads have found for a query so far."""

    def __init__(
        self, asked: CodedQuery, k: int, longest: float, allowed: npt.NDArray[np.bool_] | None, limit: float
    ) -> None:
        self._asked, self._k, self._allowed = asked, k, allowed
        self._limit = limit
        """k rows are within it, so what is farther is not among the nearest."""
        # A distance is 1 + step * rough, but for the error of its row times the query's length, and for this.
        self._rest = asked.error * longest + _rounding(asked, longest)
        self._found = [(np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.float32))]
        self._lock = Lock()

    def look(self, job: _Job) -> None:
        """At all rows of a job; each job once."""
        sums = multiplied(job.codes.numbers, self._asked.numbers)[:, 0]
        with self._lock:  # else each of the many short steps would wait for the interpreter's, which takes far longer
            self._add(job, sums)

    def _add(self, job: _Job, rough: npt.NDArray[np.float32]) -> None:
        asked, errors = self._asked, job.codes.errors
        rough *= job.codes.steps
        if not job.is_finite:
            np.copyto(rough, np.inf, where=errors < 0)
        if self._allowed is not None:
            np.copyto(rough, np.inf, where=~self._allowed[job.start : job.start + len(rough)])
        rest = self._rest + asked.length * job.error
        if self._limit == np.inf:  # not to keep all of them
            self._limit = max(1 + asked.step * float(kth_at_most(rough[None], self._k, -np.inf)[0]) + rest, 0)
        (places,) = (rough <= min((self._limit - 1 + rest) / asked.step, FARTHEST)).nonzero()
        if len(places):
            rough, errors = rough[places], errors[places]
            self._found.append((job.start + places, rough, errors))
        if len(places) > _MANY_NEAR * self._k:
            most = rough * np.float32(asked.step) + errors * np.float32(asked.length)
            # No distance is told as less than 0.
            self._limit = min(self._limit, max(1 + float(np.partition(most, self._k - 1)[self._k - 1]) + self._rest, 0))

    def rows(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Those (n,) that can be among the nearest, and what their distances are at least."""
        rows, rough, errors = (np.concatenate(parts) for parts in zip(*self._found, strict=True))
        rough *= np.float32(self._asked.step)
        errors *= np.float32(self._asked.length)
        rough -= errors
        rough += np.float32(1 - self._rest)
        return rows, rough


class CodedQuery(NamedTuple):
    """`numbers` (1, dim) times `step` are what is opposite to a query, but for a remainder of length `error`.

    `finer` (1, dim) times step / 254 are that remainder, but for one of length `finer_error`.
    """

    numbers: npt.NDArray[np.int8]
    step: float
    error: float
    finer: npt.NDArray[np.int8]
    finer_error: float
    length: float
    """That of the query."""


def coded_query(query: npt.NDArray[np.float32]) -> CodedQuery | None:
    """The codes of a query (dim,); None of zeros, and of what is no finite vector."""
    wide = -query.astype(np.float64)
    greatest = float(np.abs(wide).max(initial=0))
    if not 0 < greatest < np.inf:
        return None
    step = greatest / GREATEST
    numbers = np.rint(wide / step)
    left = wide - numbers * step
    finer = np.rint(left / (step / _FINER))
    rest = left - finer * (step / _FINER)
    error, finer_error, length = (1.001 * math.sqrt(part @ part) for part in (left, rest, wide))
    return CodedQuery(numbers.astype(np.int8)[None], step, error, finer.astype(np.int8)[None], finer_error, length)


def closer(codes: Codes, rows: npt.NDArray[np.intp], asked: CodedQuery) -> npt.NDArray[np.float32]:
    """What the distances of some of the coded rows (n,) to a query are at least, told more closely."""
    both = np.concatenate([asked.numbers, asked.finer])
    parts = [rows[start : start + _FEWEST_AT_ONCE] for start in range(0, len(rows), _FEWEST_AT_ONCE)]
    sums = np.concatenate([multiplied(codes.numbers[part], both) for part in parts])
    least = sums[:, 1] * np.float32(1 / _FINER)
    least += sums[:, 0]
    least *= codes.steps[rows]
    least *= np.float32(asked.step)
    least -= codes.errors[rows] * np.float32(asked.length)
    least += np.float32(1 - asked.finer_error * codes.longest - _rounding(asked, codes.longest))
    return least


def multiplied(rows: npt.NDArray[np.int8], queries: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
    """(n, m) the products of rows (n, dim) and queries (m, dim)."""
    multiply, found = products(), np.empty((len(rows), len(queries)), np.float32)
    assert multiply is not None
    multiply(rows, queries, metric="dot", out=found)
    return found


def _rounding(asked: CodedQuery, longest: float) -> float:
    return _ROUNDING * (1 + asked.length * longest)


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
