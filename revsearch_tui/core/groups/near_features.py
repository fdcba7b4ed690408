"""Pictures of which some local features are the same: so a small part of a picture is found, and a picture on a page.

Every feature is put into a cell of a product quantiser and gets a signature of bits; two of one cell whose signatures
hardly differ are a vote for their pictures, and votes count that agree on how far one picture is turned and scaled
(Jegou, Douze, Schmid: Hamming embedding and weak geometric consistency, ECCV 2008). All is learned from the pictures
themselves, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.api import Control
from revsearch_tui.core.groups.near_hashes import Near
from revsearch_tui.core.pixels.pair_geometry import extent

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api import Features
    from revsearch_tui.core.groups.sides import Side

    Floats = npt.NDArray[np.float32]

_MOST_FEATURES = 3_000_000
"""Of all pictures together; of more pictures fewer of each are asked, the strongest."""
_SAMPLE, _ROUNDS = 20_000, 8
_IN_A_CELL, _MOST_WORDS, _CROWDED = 3, 700, 1000
"""Features in a cell on average; words of either half; and in how full a cell features say nothing, as those of letters
on pages do."""
_BITS, _APART = 64, 14
"""Of a signature, and how many may differ. Two features that have nothing in common differ in 32."""
_TURNS, _SCALES, _PLACES, _ROOM = 12, 4, 8, 0.5
"""Bins of the angle from one picture to the other, of the scale, each a factor of 2, and of where the middle lies, each
so many of the longest side of the one on the other."""
_LEAST, _NEAREST = 4, 4
"""The least votes, and the pictures that are proposed for one."""
_BLOCK = 4_000_000


class _Gathered(NamedTuple):
    """Of all features: the picture they are of, by its number among all; angle in degrees, logarithm (base 2) of the
    size, place and how far that is from the middle, where the longest side is 1; and the descriptor."""

    owner: npt.NDArray[np.int32]
    angle: Floats
    size: Floats
    place: Floats
    from_middle: Floats
    descriptor: npt.NDArray[Any]


def near_features(sides: Sequence[Side], label: str, numbers: Sequence[npt.NDArray[Any]], control: Control) -> Near:
    """Pairs of pictures within one side, each once, or of one of each of two; `numbers` are the pictures that are asked
    of each side, and places in these are what is answered. Distances are 1 / (1 + votes)."""
    is_one = len(sides) == 1
    total = sum(map(len, numbers))
    most = max(1, _MOST_FEATURES // max(1, total))
    gathered = _gathered(sides, label, numbers, most, control)
    first = len(numbers[0])
    cells, signatures = _quantised(gathered.descriptor, control)
    order = np.argsort(cells, kind="stable")
    starts = np.flatnonzero(np.diff(cells[order], prepend=-1, append=-1))
    nothing = np.zeros(0, np.int64)
    keys, ours, theirs = [nothing], [nothing], [nothing]
    for one, other in _within_cells(order, starts, signatures, control):
        a, b = gathered.owner[one], gathered.owner[other]
        kept = a != b if is_one else (a < first) != (b < first)
        earlier = np.where(a < b, one, other)[kept]
        later = np.where(a < b, other, one)[kept]
        keys.append(_bins(gathered, earlier, later, total))
        ours.append(earlier)
        theirs.append(later)
    return _voted(np.concatenate(keys), np.concatenate(ours), np.concatenate(theirs), total, first, is_one)


def _bins(gathered: _Gathered, one: npt.NDArray[Any], other: npt.NDArray[Any], total: int) -> npt.NDArray[np.int64]:
    """(n,) the pair of pictures of two features each, and what they say of how one picture lies upon the other: scale,
    where the middle of the first is, turn."""
    degrees = (gathered.angle[other] - gathered.angle[one]) % 360
    turn = (degrees * (_TURNS / 360)).astype(np.int64) % _TURNS
    scale = np.rint((gathered.size[other] - gathered.size[one]).clip(-_SCALES, _SCALES)).astype(np.int64)
    size = np.exp2(gathered.size[other] - gathered.size[one])
    radians = np.radians(degrees)
    cosine, sine = np.cos(radians) * size, np.sin(radians) * size
    x, y = gathered.from_middle[one].T
    place = gathered.place[other] + np.column_stack([-cosine * x + sine * y, -sine * x - cosine * y])
    place = np.floor(place / (_ROOM * np.maximum(size, _ROOM))[:, None]).clip(-_PLACES, _PLACES - 1).astype(np.int64)
    pair = gathered.owner[one].astype(np.int64) * total + gathered.owner[other]
    spot = (place[:, 0] + _PLACES) * 2 * _PLACES + place[:, 1] + _PLACES
    found = ((pair * (2 * _SCALES + 1) + scale + _SCALES) * (2 * _PLACES) ** 2 + spot) * _TURNS + turn
    return np.asarray(found, np.int64)


def _voted(
    keys: npt.NDArray[np.int64], ours: npt.NDArray[Any], theirs: npt.NDArray[Any], total: int, first: int, is_one: bool
) -> Near:
    found, inverse = np.unique(keys, return_inverse=True)
    votes = np.full(len(found), np.iinfo(np.int64).max)
    for features in (ours, theirs):
        # A feature that is there many times, as a letter is, has one vote.
        width = 1 + features.max(initial=0)
        once = np.sort(inverse * width + features)  # np.unique, which would do, takes forty times as long
        once = once[np.flatnonzero(np.diff(once, prepend=-1))] // width
        votes = np.minimum(votes, np.bincount(once, minlength=len(found)))
    turn, rest = found % _TURNS, found // _TURNS
    # A turn near the edge of a bin has its votes in two.
    after = rest * _TURNS + (turn + 1) % _TURNS
    place = np.searchsorted(found, after)
    place[place == len(found)] = 0
    if len(found):
        votes = votes + np.where(found[place] == after, votes[place], 0)
    pair = rest // ((2 * _SCALES + 1) * (2 * _PLACES) ** 2)
    pairs, starts = np.unique(pair, return_index=True)
    best = np.maximum.reduceat(votes, starts) if len(starts) else votes
    kept = best >= _LEAST
    one, other, best = pairs[kept] // total, pairs[kept] % total, best[kept]
    kept = _among_nearest(one, best) | _among_nearest(other, best)
    one, other, best = one[kept], other[kept], best[kept]
    return Near(one, other - (0 if is_one else first), (1 / (1 + best)).astype(np.float32), 1 / (1 + _LEAST))


def _among_nearest(owner: npt.NDArray[Any], votes: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """(n,) which pairs have of their owner's the most votes."""
    order = np.lexsort((-votes, owner))
    starts = np.flatnonzero(np.diff(owner[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    found = np.zeros(len(owner), np.bool_)
    found[order[rank < _NEAREST]] = True
    return found


def _gathered(
    sides: Sequence[Side], label: str, numbers: Sequence[npt.NDArray[Any]], most: int, control: Control
) -> _Gathered:
    parts: list[Features] = []
    counts: list[int] = []
    for side, asked in zip(sides, numbers, strict=True):
        for number in asked.tolist():
            if not len(counts) % 64:
                control.check()
                control.progress(len(counts), sum(map(len, numbers)), "reading local features")
            features = side.features(label, number)
            counts.append(0 if features is None else min(most, len(features.keypoints)))
            if features is not None and counts[-1]:
                parts.append(features)
    keypoints = np.concatenate([np.zeros((0, 4), np.float32), *(each.keypoints[:most] for each in parts)])
    descriptors = np.concatenate([each.descriptors[:most] for each in parts]) if parts else np.zeros((0, 1), np.uint8)
    owner = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    extents = np.repeat(
        np.array([extent(each.aspect) for each in parts]).reshape(-1, 2), [n for n in counts if n], axis=0
    )
    size = np.log2(np.maximum(keypoints[:, 2], 1e-6))
    place = keypoints[:, :2] * extents
    return _Gathered(owner, keypoints[:, 3], size, place, place - extents / 2, descriptors)


def _quantised(descriptors: npt.NDArray[Any], control: Control) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """(n,) the cell of each of (n, d) descriptors, and (n,) its signature."""
    chance = np.random.default_rng(0)
    sample = descriptors[np.sort(chance.permutation(len(descriptors))[:_SAMPLE])].astype(np.float32)
    mean = sample.mean(axis=0) if len(sample) else np.zeros(descriptors.shape[1], np.float32)
    _, axes = np.linalg.eigh(np.cov((sample - mean).T) if len(sample) > 1 else np.eye(descriptors.shape[1]))
    wide = min(_BITS, descriptors.shape[1])
    axes = axes[:, ::-1][:, :wide].astype(np.float32)
    # Of the best axes every second is one half's, so that both tell as much; a turn makes every bit tell as much.
    turned = np.linalg.qr(chance.standard_normal((wide, wide)))[0].astype(np.float32)
    sample = (sample - mean) @ axes
    count = int(np.clip(np.sqrt(len(descriptors) / _IN_A_CELL), 1, _MOST_WORDS))
    halves = [slice(0, wide // 2, 2), slice(1, wide // 2, 2)]
    words = [_means(sample[:, half], count, chance) for half in halves]
    middle = np.median(sample @ turned, axis=0) if len(sample) else np.zeros(wide, np.float32)
    cells, signatures = np.zeros(len(descriptors), np.int64), np.zeros(len(descriptors), np.uint64)
    step = max(1, _BLOCK // max(count, wide))
    for start in range(0, len(descriptors), step):
        control.check()
        control.progress(start, len(descriptors), "comparing local features")
        rows = (descriptors[start : start + step].astype(np.float32) - mean) @ axes
        first, second = (_nearest(rows[:, half], each) for half, each in zip(halves, words, strict=True))
        cells[start : start + step] = first * count + second
        bits = np.zeros((len(rows), _BITS), np.uint8)
        bits[:, :wide] = rows @ turned > middle
        signatures[start : start + step] = np.packbits(bits, axis=1).view(np.uint64)[:, 0]
    return cells, signatures


def _means(rows: Floats, count: int, chance: np.random.Generator) -> Floats:
    """(count, d) by k-means."""
    found = rows[chance.permutation(len(rows))[:count]]
    for _ in range(_ROUNDS):
        nearest = _nearest(rows, found)
        sizes = np.bincount(nearest, minlength=len(found))
        order = np.argsort(nearest, kind="stable")
        held = np.flatnonzero(sizes)
        if len(held):
            starts = np.searchsorted(nearest[order], held)
            found = found.copy()
            found[held] = np.add.reduceat(rows[order], starts, axis=0) / sizes[held, None]
    return found


def _nearest(rows: Floats, words: Floats) -> npt.NDArray[np.int64]:
    if not len(words):
        return np.zeros(len(rows), np.int64)
    return np.asarray((rows @ words.T - 0.5 * np.einsum("ij,ij->i", words, words)).argmax(axis=1))


def _within_cells(
    order: npt.NDArray[Any], starts: npt.NDArray[Any], signatures: npt.NDArray[np.uint64], control: Control
) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Pairs of features of one cell whose signatures are near each other, each once, some at a time.

    Each feature is compared with those that follow it in its cell, at one distance after the other.
    """
    sizes = np.diff(starts)
    starts = starts[:-1]
    kept = sizes <= _CROWDED
    sizes, starts = sizes[kept], starts[kept]
    ends = np.repeat(starts + sizes, sizes)
    places = np.repeat(starts, sizes) + np.arange(sizes.sum()) - np.repeat(sizes.cumsum() - sizes, sizes)
    ordered = signatures[order]
    for far in range(1, int(sizes.max(initial=1))):
        if not far % 8:
            control.check()
        there = places + far < ends
        places, ends = places[there], ends[there]
        apart = np.bitwise_count(ordered[places] ^ ordered[places + far])
        near = places[apart <= _APART]
        if len(near):
            yield order[near], order[near + far]
