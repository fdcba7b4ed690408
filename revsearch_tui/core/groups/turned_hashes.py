"""Pairs of pictures of which one is the other turned or mirrored, by hashes that tell those of turned pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control, UsageError
from revsearch_tui.core.groups.near_hashes import Near, near_hashes
from revsearch_tui.core.methods.embedding import turned_rows, turns_rows

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.groups.sides import Side
    from revsearch_tui.core.search.opened import OpenedMethod

CHANGES = (
    "",
    "",
    "mirrored",
    "turned by 180 degrees",
    "mirrored, turned by 180 degrees",
    "mirrored, turned left by 90 degrees",
    "turned right by 90 degrees",
    "mirrored, turned right by 90 degrees",
    "turned left by 90 degrees",
)
"""What is done to a picture that is shown by an EXIF orientation, 1 to 8, in the words of `verifying`."""
_RIGHT, _LEFT = 6, 8
AS_IT_IS = 1
_ROWS = 100_000


def inverse(orientation: int) -> int:
    """The orientation that takes one back."""
    return {_RIGHT: _LEFT, _LEFT: _RIGHT}.get(orientation, orientation)


def check_some_turn(side: Side) -> None:
    """Raise `UsageError` where no method of the side knows the hashes of turned pictures."""
    if not any(turns_rows(opened.choice, opened.method) for opened in side.opened.values()):
        raise UsageError(
            "--any-orientation needs a hash that tells what it is of a turned picture: index by phash, with hash=phash "
            "or ahash"
        )


def turned_pairs(
    opened: OpenedMethod,
    rows: npt.NDArray[Any],
    others: npt.NDArray[Any] | None,
    radius: int,
    control: Control,
) -> Iterator[tuple[int, Near]]:
    """For each orientation but the first, the pairs of `rows` (n, words), packed bits, within so many bits of what
    `others` (m, words) are when they are shown so; without those, the pairs within the rows: each once, with `first`
    below `second`, but for quarter turns, which are told for one of both orientations.

    Nothing where the method does not tell.
    """
    if not turns_rows(opened.choice, opened.method):
        return
    within = others is None
    for orientation in range(AS_IT_IS + 1, len(CHANGES)):
        if within and orientation == _LEFT:
            continue  # of the same two the other is turned right
        turned = _packed(opened, rows if others is None else others, orientation)
        near = near_hashes(rows, opened.exact.journal.dim, radius, others=turned, control=control)
        if within:
            kept = near.first != near.second if orientation == _RIGHT else near.first < near.second
            near = Near(near.first[kept], near.second[kept], near.distance[kept], near.within)
        yield orientation, near


def _packed(opened: OpenedMethod, rows: npt.NDArray[Any], orientation: int) -> npt.NDArray[np.uint64]:
    """(n, words) of (n, words)."""
    journal = opened.exact.journal
    found = np.empty_like(rows, np.uint64)
    for start in range(0, len(rows), _ROWS):
        part = np.ascontiguousarray(rows[start : start + _ROWS])
        bits = np.unpackbits(part.view(np.uint8), axis=1)[:, : journal.dim]
        packed = journal.pack(turned_rows(opened.choice, opened.method, bits, orientation))
        found[start : start + _ROWS] = packed.view(np.uint64)
    return found
