"""Pairs of pictures that may be the same, by all methods: some surely, the others to be verified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.api import Control, UsageError
from revsearch_tui.core.groups.near_features import near_features
from revsearch_tui.core.groups.near_hashes import MOST_PAIRS, Near, near_hashes, seconds_to_compare
from revsearch_tui.core.groups.near_vectors import near_vectors
from revsearch_tui.core.groups.near_views import near_views
from revsearch_tui.core.groups.nearness import NEVER, Nearness, nearness
from revsearch_tui.core.groups.turned_hashes import AS_IT_IS, check_some_turn, inverse, turned_pairs

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.groups.sides import Side

_PATIENCE_S = 20.0
"""Hashes that are no sure copies are looked for only where that takes no longer."""
_NEAREST = 20
"""So many of each picture's nearest are verified, beside those it is among the nearest of."""
_ROUNDING = 1e-6
"""Of a distance that is 1 less a cosine."""
_LINKED = 6
"""Other groups, or pictures in none, that each is verified against."""
_FEW_PAIRS, _PAIRS_EACH = 200_000, 10
"""So many pairs are verified, and so many for each picture; each takes some milliseconds."""


class Proposal(NamedTuple):
    """Another picture, by number; `sure` or to be verified; the method, by its place, and the distance it found.
    `turn` is the EXIF orientation by which the first picture is shown as the other is; 1 where both are alike as they
    are."""

    other: int
    sure: bool
    method: int
    distance: float
    turn: int = AS_IT_IS


class Proposals:
    """The pairs, by their first picture's number."""

    def __init__(self, count: int, parts: list[tuple[Any, Any, Any, Any, int, int]]) -> None:
        """Each part: first and second (n,), distance (n,), sure (n,), the method's place, and the turn."""
        first, second, distance, sure = (
            np.concatenate([part[place] for part in parts] or [np.zeros(0, np.int64)]) for place in range(4)
        )
        method, turn = (
            np.concatenate([np.full(len(part[0]), part[place], np.int8) for part in parts] or [np.zeros(0, np.int8)])
            for place in (4, 5)
        )
        order = np.argsort(first, kind="stable")
        self._second, self._distance, self._sure, self._method, self._turn = (
            each[order] for each in (second, distance, sure, method, turn)
        )
        self._bounds = np.searchsorted(first[order], np.arange(count + 1))
        self.numbers = np.flatnonzero(np.diff(self._bounds)).tolist()
        """Pictures that there are proposals for."""

    @property
    def others(self) -> npt.NDArray[np.int64]:
        """(n,) with how many other pictures each one is in a pair."""
        first = np.repeat(np.arange(len(self._bounds) - 1), np.diff(self._bounds))
        pairs = np.unique(first * (1 + self._second.max(initial=0)) + self._second, return_index=True)[1]
        return np.bincount(first[pairs], minlength=len(self._bounds) - 1)

    def linked(self, about: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Pairs of different groups that pairs of their pictures link, each in both directions; `about` (n,) is the
        picture that each one's group is about, or itself. Of each those that most pairs link."""
        count = len(about)
        first = about[np.repeat(np.arange(count), np.diff(self._bounds))]
        second = about[self._second]
        other = first != second
        pairs, links = np.unique(first[other] * count + second[other], return_counts=True)
        first, second = pairs // count, pairs % count
        order = np.lexsort((-links, first))
        first, second = first[order], second[order]
        starts = np.flatnonzero(np.diff(first, prepend=-1))
        rank = np.arange(len(first)) - np.repeat(starts, np.diff(np.append(starts, len(first))))
        return first[rank < _LINKED], second[rank < _LINKED]

    def of(self, number: int) -> list[Proposal]:
        """Those for a picture, sure ones first, then the nearest by each method first."""
        part = slice(self._bounds[number], self._bounds[number + 1])
        columns = (self._second, self._sure, self._method, self._distance, self._turn)
        found = [Proposal(*row) for row in zip(*(column[part].tolist() for column in columns), strict=True)]
        return sorted(found, key=lambda each: (not each.sure, each.distance, each.other, each.turn))


def propose(
    first: Side,
    second: Side,
    radius: float | None,
    control: Control,
    note: Callable[[str], None],
    any_orientation: bool = False,
) -> Proposals:
    """Pairs within one side, where both are the same, each in both directions; else of one picture of each.

    Pictures that a method finds too plain to tell are in no pair by any method. `radius` replaces the distance up to
    which hashes and embeddings are surely those of copies; then one method has any. With `any_orientation` hashes also
    propose pictures that are turned or mirrored. Raises `UsageError`.
    """
    if any_orientation:
        check_some_turn(first)
    if radius is not None:
        _check_radius(first, radius)
    is_one = first is second
    verifies = any(opened.choice.info.shape == "local" for opened in first.opened.values())
    sides = [first] if is_one else [first, second]
    telling = [~_plain(side) for side in sides]
    parts: list[tuple[Any, Any, Any, Any, int, int]] = []
    for place, (label, opened) in enumerate(first.opened.items()):
        info, dim = opened.choice.info, opened.exact.journal.dim
        near = nearness(info, dim, radius)
        if near is None:
            note(f"left out: '{label}' tells what kind of thing a picture shows, not which are the same")
            continue
        if near.sure < 0 and not verifies:
            note(f"left out: '{label}' alone tells no copy from what looks alike; index by sift too, or say --radius")
            continue
        rows, numbers = [], []
        for side, tells in zip(sides, telling, strict=True):
            stored, has = side.rows(label)
            numbers.append(np.flatnonzero(has & tells))
            rows.append(stored[numbers[-1]])
        others = None if is_one else rows[1]
        if info.metric == "hamming":
            reach = _hash_reach(near, dim, len(rows[0]), len(rows[-1])) if verifies else near.sure
            found = near_hashes(rows[0], dim, int(reach), others=others, control=control)
            if any_orientation:
                for turn, near_turned in turned_pairs(opened, rows[0], others, int(reach), control):
                    parts += _both_ways(near_turned, numbers, near.sure, place, turn, is_one)
        else:
            reach, nearest = (near.reach, _NEAREST) if verifies else (near.sure, 0)
            most = max(_FEW_PAIRS, _PAIRS_EACH * len(rows[0])) if verifies else MOST_PAIRS
            found = near_vectors(rows[0], 1 - reach, others=others, nearest=nearest, most=most, control=control)
            if info.shape == "local":
                viewed = near_views(first, label, numbers[0], rows[-1], is_one, control)
                parts += _both_ways(viewed, numbers, near.sure, place, AS_IT_IS, is_one)
        # What is only proposed may be fewer.
        if found.within < (near.sure if radius is None else reach) - _ROUNDING:
            note(f"'{label}' finds so many pictures alike that only those within {found.within:g} are compared")
        parts += _both_ways(found, numbers, near.sure, place, AS_IT_IS, is_one)
    return Proposals(len(first.images), parts)


def propose_again(side: Side, about: npt.NDArray[np.int64], before: Proposals, control: Control) -> Proposals:
    """Pairs to be verified among the pictures that groups are about and those in none: those that have single local
    features in common, and those whose groups are linked by pairs that were proposed before. `about` as in
    `Proposals.linked`."""
    asked = np.flatnonzero((about == np.arange(len(about))) & ~_plain(side))
    first, second = before.linked(about)
    nothing = np.zeros(len(first), np.bool_)
    parts: list[tuple[Any, Any, Any, Any, int, int]] = [
        (first, second, np.ones(len(first), np.float32), nothing, 0, AS_IT_IS)
    ]
    for place, (label, opened) in enumerate(side.opened.items()):
        if opened.choice.info.shape == "local":
            side.look_for_overlooked(label, asked.tolist(), control)
            near = near_features([side], label, [asked], control)
            parts += _both_ways(near, [asked], NEVER, place, AS_IT_IS, True)
    return Proposals(len(side.images), parts)


def _both_ways(
    found: Near, numbers: list[Any], sure: float, place: int, turn: int, is_one: bool
) -> Iterator[tuple[Any, Any, Any, Any, int, int]]:
    """Parts of `Proposals`; `turn` is how the second picture is shown to be as the first."""
    one, other = numbers[0][found.first], numbers[-1][found.second]
    is_sure = found.distance <= sure
    yield one, other, found.distance, is_sure, place, inverse(turn)
    if is_one:
        yield other, one, found.distance, is_sure, place, turn


def _check_radius(side: Side, radius: float) -> None:
    infos = [opened.choice.info for opened in side.opened.values()]
    measured = [info for info in infos if info.shape == "vector"]
    if len(measured) != 1:
        raise UsageError("--radius is a distance by one method, a hash or an embedding; name it, and sift, with -m")
    if measured[0].metric == "cosine" and radius > 1:
        raise UsageError(f"--radius is 1 - cosine for '{measured[0].name}', 0 to 1, not {radius:g}")


def _plain(side: Side) -> npt.NDArray[np.bool_]:
    """(n,) true where a method says that a picture is too plain to tell."""
    found = np.zeros(len(side.images), np.bool_)
    for opened in side.opened.values():
        if opened.choice.info.plain_rows:
            stored, has = opened.exact.stored(side.image_ids)
            found |= has & ~stored.any(axis=1)
    return found


def _hash_reach(near: Nearness, bits: int, left: int, right: int) -> float:
    return near.reach if seconds_to_compare(bits, int(near.reach), left, right) <= _PATIENCE_S else near.sure
