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

from revsearch_tui.core.storage.distances import kth_at_most
from revsearch_tui.core.storage.journal.codes import GREATEST, Codes

if TYPE_CHECKING:
    import numpy.typing as npt

_MOST_AT_ONCE = 32_768
"""Their figures stay in the cache of a core."""
_FEWEST_AT_ONCE = 4_096
"""Of fewer rows, what is done about them would take as long as their products."""
_MOST_THREADS = 4
_ROUNDING = 2.0**-20
"""More than a few operations in float32 are off by, as a share of the greatest number among them."""
_FINER = 254
"""So many times finer steps tell what is half a step at most by numbers up to 127."""
_GREATEST = float(np.finfo(np.float32).max)


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
        self._jobs = list(_jobs(parts, 1 + _helpers()[1]))

    def look(
        self,
        query: npt.NDArray[np.float32],
        k: int,
        *,
        allowed: npt.NDArray[np.bool_] | None = None,
        limit: float = np.inf,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """The rows (n,) among which are the k nearest to a query (dim,) that are within a limit, and what their
        distances are at least; `allowed` (rows,) restricts the rows."""
        asked = coded_query(query)
        if asked is None:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        search = _Search(asked, k, allowed, limit)
        _in_threads(search.look, [(job,) for job in self._jobs])
        return search.rows()


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

    def __init__(self, asked: CodedQuery, k: int, allowed: npt.NDArray[np.bool_] | None, limit: float) -> None:
        self._asked, self._k, self._allowed = asked, k, allowed
        self._limit = limit
        """k rows are within it, so what is farther is not among the nearest."""
        self._most = np.full(k, np.inf, np.float32)
        """The least of what distances of so many rows are at most."""
        self._found = [(np.zeros(0, np.int64), np.zeros(0, np.float32))]
        self._lock = Lock()

    def look(self, job: _Job) -> None:
        """At all rows of a job; each job once."""
        sums = multiplied(job.codes.numbers, self._asked.numbers)
        with self._lock:  # else each of the many short steps would wait for the interpreter's, which takes far longer
            self._add(job, sums)

    def _add(self, job: _Job, rough: npt.NDArray[np.float32]) -> None:
        codes, asked = job.codes, self._asked
        rough *= codes.steps
        if not job.is_finite:
            np.copyto(rough, np.inf, where=codes.errors < 0)
        if self._allowed is not None:
            np.copyto(rough, np.inf, where=~self._allowed[job.start : job.start + len(rough)])
        # A distance is 1 + step * rough, but for this at most.
        rest = asked.error * codes.longest + asked.length * job.error + _rounding(codes, asked)
        if self._limit == np.inf:  # not to keep all of them
            self._limit = max(1 + asked.step * float(kth_at_most(rough[None], self._k, -np.inf)[0]) + rest, 0)
        (places,) = (rough <= min((self._limit - 1 + rest) / asked.step, _GREATEST)).nonzero()
        if len(places):
            least, most = bounds(codes, places, rough[places], asked)
            self._found.append((job.start + places, least))
            self._most = np.partition(np.concatenate([self._most, most]), self._k - 1)[: self._k]
            # No distance is told as less than 0.
            self._limit = min(self._limit, max(float(self._most.max()), 0))

    def rows(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Those (n,) that can be among the nearest, and what their distances are at least."""
        rows, least = (np.concatenate(parts) for parts in zip(*self._found, strict=True))
        near = least <= self._limit
        return rows[near], least[near]


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


def bounds(
    codes: Codes, rows: npt.NDArray[np.intp], rough: npt.NDArray[np.float32], asked: CodedQuery
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """What the distances of some of the coded rows (n,) to a query are at least, and at most.

    `rough` (n,) tells the products of their numbers with those of the query, times their steps.
    """
    found = multiplied(codes.numbers[rows], asked.finer)
    found *= codes.steps[rows]
    found *= np.float32(1 / _FINER)
    found += rough
    found *= np.float32(asked.step)
    found += np.float32(1)
    errors = codes.errors[rows] * np.float32(asked.length)
    errors += np.float32(asked.finer_error * codes.longest + _rounding(codes, asked))
    return found - errors, found + errors


def multiplied(rows: npt.NDArray[np.int8], query: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
    """(n,) the products of rows (n, dim) and a query (1, dim)."""
    multiply, found = products(), np.empty((len(rows), 1), np.float32)
    assert multiply is not None
    multiply(rows, query, metric="dot", out=found)
    return found[:, 0]


def _rounding(codes: Codes, asked: CodedQuery) -> float:
    return _ROUNDING * (1 + asked.length * codes.longest)


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
