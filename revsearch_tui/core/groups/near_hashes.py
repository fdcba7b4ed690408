"""All pairs of hashes that differ in few bits, without comparing each with each.

Multi-index hashing (Norouzi, Punjani, Fleet: Fast exact search in Hamming space with multi-index hashing, 2012): of two
hashes that differ in at most r bits, cut into m parts alike, some part differs in at most r // m bits. So each part is
a table of its own, in which only what is that near is looked up, and what is found there is compared as a whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import comb
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.api import Control, NullControl

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]

MOST_PAIRS = 10_000_000
"""Pairs that are kept; 16 bytes each. Beyond it the nearest are."""
_BATCH = 1 << 20
"""Pairs that are compared at once."""
_WIDEST = 22
"""Bits of a part: a table has a place for each of its values."""
_LOOKUP_COST, _COMPARE_COST, _TABLE_COST = 10.0, 15.0, 2.0
"""Nanoseconds, as measured: to look for a value of a part, to compare a pair, to make a place of a table."""


class Near(NamedTuple):
    """Pairs that are near each other: rows `first` and `second` (n,), `distance` (n,) float32, each pair once.

    `within` is how far apart they may be: less than was asked for where there were too many.
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    distance: npt.NDArray[np.float32]
    within: float


def near_hashes(
    rows: Words,
    bits: int,
    radius: int,
    *,
    others: Words | None = None,
    most: int = MOST_PAIRS,
    control: Control | None = None,
) -> Near:
    """The pairs of `rows` (n, words), packed bits as journals have them, that differ in at most `radius` of `bits`.

    With `others` (m, words): the pairs of one of each. In memory there are the rows twice over, a table, a batch of
    pairs and what was found.
    """
    control = control or NullControl()
    left = _Distinct(rows)
    right = left if others is None else _Distinct(others)
    kept = _Kept(radius, most, left, right)
    if not len(left.rows) or not len(right.rows):
        return kept.result()
    if others is None:
        kept.add_same()
    parts = _parts(bits, radius, len(left.rows), len(right.rows))
    for number, (start, stop, within) in enumerate(parts):
        control.progress(number, len(parts), "comparing hashes")
        kept.add(_of_part(left.rows, right.rows, start, stop, within, kept, control))
    return kept.result()


class _Distinct:
    """The rows without those that others equal: `rows` of them, whose places in the whole are `members[bounds[i] :
    bounds[i + 1]]`."""

    def __init__(self, rows: Words) -> None:
        rows = np.ascontiguousarray(rows, np.uint64)
        self.members = np.lexsort(rows.T) if len(rows) else np.zeros(0, np.int64)
        ordered = rows[self.members]
        is_new = np.ones(len(rows), bool)
        is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
        firsts = np.flatnonzero(is_new)
        self.bounds = np.append(firsts, len(rows))
        self.rows = ordered[firsts]
        self.counts = np.diff(self.bounds)


class _Kept:
    """What was found so far, in places of distinct rows; less than asked for where it is too much."""

    def __init__(self, radius: int, most: int, left: _Distinct, right: _Distinct) -> None:
        self.radius, self._most, self._left, self._right = radius, most, left, right
        self._keys = np.zeros(0, np.int64)
        self._distances = np.zeros(0, np.uint16)
        self._same = 0

    def add_same(self) -> None:
        """Pairs within equal rows of one list."""
        counts = self._left.counts
        self._same = int((counts * (counts - 1) // 2).sum())

    def add(self, found: Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint16]]]) -> None:
        waiting: list[tuple[Any, Any]] = []
        size = 0
        for first, second, distance in found:
            is_one = self._right is self._left  # then (a, b) and (b, a) are one pair
            low, high = (np.minimum(first, second), np.maximum(first, second)) if is_one else (first, second)
            waiting.append((low * len(self._right.rows) + high, distance))
            size += len(first)
            if size > self._most:
                self._merge(waiting)
                waiting, size = [], 0
        self._merge(waiting)

    def _merge(self, waiting: list[tuple[Any, Any]]) -> None:
        keys = np.concatenate([self._keys, *(keys for keys, _ in waiting)])
        distances = np.concatenate([self._distances, *(distances for _, distances in waiting)])
        self._keys, places = np.unique(keys, return_index=True)
        self._distances = distances[places]
        width = len(self._right.rows)
        sizes = self._left.counts[self._keys // width] * self._right.counts[self._keys % width]
        while self.radius > 0 and self._same + int(sizes.sum()) > self._most:
            by_distance = np.cumsum(np.bincount(self._distances, sizes, self.radius + 1))
            fitting = int(np.searchsorted(by_distance, max(0, self._most // 2 - self._same), "right")) - 1
            self.radius = max(0, min(self.radius - 1, fitting))
            near = self._distances <= self.radius
            self._keys, self._distances, sizes = self._keys[near], self._distances[near], sizes[near]

    def result(self) -> Near:
        width = max(1, len(self._right.rows))
        first, second, distance = self._keys // width, self._keys % width, self._distances
        pairs = [_expanded(self._left, self._right, first, second, distance)]
        if self._right is self._left:
            pairs.append(_within(self._left, self._most))
        found = [np.concatenate(parts) for parts in zip(*pairs, strict=True)]
        if self._right is self._left:
            found[0], found[1] = np.minimum(found[0], found[1]), np.maximum(found[0], found[1])
        return Near(found[0], found[1], found[2].astype(np.float32), float(self.radius))


def _expanded(left: _Distinct, right: _Distinct, first: Any, second: Any, distance: Any) -> tuple[Any, Any, Any]:
    """Pairs of distinct rows as pairs of all rows that they stand for."""
    wide = right.counts[second]
    counts = left.counts[first] * wide
    owner = np.repeat(np.arange(len(first)), counts)
    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    one = left.members[left.bounds[first[owner]] + within // wide[owner]]
    other = right.members[right.bounds[second[owner]] + within % wide[owner]]
    return one, other, distance[owner]


def _within(rows: _Distinct, most: int) -> tuple[Any, Any, Any]:
    """Pairs of equal rows: each with each, or, where that is too much, each with the first."""
    several = np.flatnonzero(rows.counts > 1)
    whole = int((rows.counts * (rows.counts - 1) // 2).sum()) <= most
    firsts, seconds = [], []
    for place in several:
        members = np.sort(rows.members[rows.bounds[place] : rows.bounds[place + 1]])
        if whole:
            one, other = np.triu_indices(len(members), 1)
            firsts.append(members[one])
            seconds.append(members[other])
        else:
            firsts.append(np.full(len(members) - 1, members[0]))
            seconds.append(members[1:])
    nothing = np.zeros(0, np.int64)
    first, second = np.concatenate([nothing, *firsts]), np.concatenate([nothing, *seconds])
    return first, second, np.zeros(len(first), np.uint16)


def seconds_to_compare(bits: int, radius: int, left: int, right: int) -> float:
    """About how long `near_hashes` takes for so many rows, hashes of photographs being no more alike than by chance."""
    return _cost(_parts(bits, radius, left, right), left, right) / 1e9


def _parts(bits: int, radius: int, left: int, right: int) -> list[tuple[int, int, int]]:
    """(first bit, one past the last, bits that may differ) of the parts that are likely to take least time.

    One part of no bits, in which all are alike, has each compared with each.
    """

    def cut(count: int) -> list[tuple[int, int, int]]:
        bounds = [bits * number // count for number in range(count + 1)]
        # Were more than each bits different in the first rest + 1 parts, and more than each - 1 in the others, that
        # would be more than the radius.
        each, rest = divmod(radius, count)
        within = [each if number <= rest else each - 1 for number in range(count)]
        return [(a, b, most) for a, b, most in zip(bounds, bounds[1:], within, strict=False) if most >= 0]

    fewest = -(-bits // _WIDEST)
    cuts = [cut(count) for count in range(fewest, min(bits, max(radius + 1, fewest)) + 1)]
    return min([[(0, 0, 0)], *cuts], key=lambda parts: _cost(parts, left, right))


def _cost(parts: list[tuple[int, int, int]], left: int, right: int) -> float:
    """Nanoseconds."""
    total = 0.0
    for start, stop, within in parts:
        width = stop - start
        tried = sum(comb(width, differing) for differing in range(min(within, width) + 1))
        total += _LOOKUP_COST * tried * left + _COMPARE_COST * left * right * tried / 2.0**width
        total += _TABLE_COST * 2.0**width
    return total


def _of_part(
    left: Words, right: Words, start: int, stop: int, within: int, kept: _Kept, control: Control
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint16]]]:
    """Pairs whose bits from `start` to `stop` differ in at most `within`, and all in at most the radius."""
    is_one = left is right
    keys = _values(right, start, stop)
    order = np.argsort(keys, kind="stable")
    places = np.zeros((1 << (stop - start)) + 1, np.int32)
    np.cumsum(np.bincount(keys, minlength=1 << (stop - start)), out=places[1:])
    columns = [np.ascontiguousarray(right[order, word]) for word in range(right.shape[1])]
    if is_one:
        asked, asked_order, asked_columns = keys[order], order, columns
    else:
        values = _values(left, start, stop)
        asked_order = np.argsort(values, kind="stable")
        asked = values[asked_order]
        asked_columns = [np.ascontiguousarray(left[asked_order, word]) for word in range(left.shape[1])]
    everyone = np.arange(len(asked), dtype=np.int32)
    for differing in range(min(within, stop - start) + 1):
        for flipped in itertools.combinations(range(stop - start), differing):
            control.check()
            mask = sum(1 << bit for bit in flipped)
            who = everyone
            if is_one and mask:  # each pair of values once
                who = np.flatnonzero(asked & np.uint32(mask & -mask) == 0).astype(np.int32)
            value = asked[who] ^ np.uint32(mask)
            begin, end = places[value], places[value + np.uint32(1)]
            if is_one and not mask:
                begin = everyone + np.int32(1)
            some = np.flatnonzero(end > begin)
            for one, other, distance in _compared(
                who[some], begin[some], end[some] - begin[some], asked_columns, columns, kept.radius
            ):
                yield asked_order[one], order[other], distance


def _compared(
    who: npt.NDArray[np.int32],
    begin: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int32],
    left: list[npt.NDArray[np.uint64]],
    right: list[npt.NDArray[np.uint64]],
    radius: int,
) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.uint16]]]:
    """Those of the pairs `who` with the `counts` rows from `begin` on that differ in at most `radius` bits."""
    for mine, start, each in _batches(who, begin, counts):
        total = int(each.sum())
        shift = start - (np.cumsum(each, dtype=np.int32) - each)
        other = np.arange(total, dtype=np.int32) + np.repeat(shift, each)
        one: npt.NDArray[np.int32] | None = None
        distance = np.zeros(total, np.uint16)
        for word in range(len(left)):
            bits = np.repeat(left[word][mine], each) if one is None else left[word][one]
            distance += np.bitwise_count(bits ^ right[word][other])
            if one is None and (word == 1 or len(left) == 1):
                # Half of the bits are enough to tell most pairs apart.
                near = np.flatnonzero(distance <= radius)
                one = np.repeat(mine, each)[near]
                other, distance = other[near], distance[near]
        near = np.flatnonzero(distance <= radius)
        if one is not None and len(near):
            yield one[near], other[near], distance[near]


def _batches(who: Any, begin: Any, counts: Any) -> Iterator[tuple[Any, Any, Any]]:
    """The same in batches of about `_BATCH` pairs; a row with more is cut."""
    if counts.max(initial=0) > _BATCH:
        pieces = -(-counts // _BATCH)
        number = np.arange(int(pieces.sum())) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        who, end = np.repeat(who, pieces), np.repeat(begin + counts, pieces)
        begin = (np.repeat(begin, pieces) + number * _BATCH).astype(np.int32)
        counts = np.minimum(end - begin, _BATCH).astype(np.int32)
    done = np.cumsum(counts, dtype=np.int64)
    start = 0
    while start < len(counts):
        before = int(done[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(done, before + _BATCH, "right")))
        yield who[start:stop], begin[start:stop], counts[start:stop]
        start = stop


def _values(rows: Words, start: int, stop: int) -> npt.NDArray[np.uint32]:
    """(n,) the bits from `start` to `stop` of each row, as a number."""
    data = rows.view(np.uint8).reshape(len(rows), -1)
    first, last = start // 8, -(-stop // 8)
    value = np.zeros(len(rows), np.uint64)
    for column in range(first, last):
        value = (value << np.uint64(8)) | data[:, column]
    value >>= np.uint64(last * 8 - stop)
    return (value & np.uint64((1 << (stop - start)) - 1)).astype(np.uint32)
