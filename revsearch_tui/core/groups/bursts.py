"""Bursts: pictures taken within seconds of each other that show nearly the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from revsearch_tui.api import Control
from revsearch_tui.core.groups.exif import taken

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.groups.sides import Side

GAP_S = 5.0
"""Between one picture of a burst and the next."""
LEAST_COSINE = 0.8
"""Of a picture of a burst and its first. Two shots that are shifted by 8 % and turned a little have 0.83 or more in 99
of 100 cases by `efficientnet`; of 499,500 pairs of Corel-1k 539 have 0.8, before time is asked."""


class _Open(NamedTuple):
    """A burst that may go on: its first picture's embedding, its pictures by number, when the last was taken."""

    first: npt.NDArray[Any]
    numbers: list[int]
    last: list[float]


def find_bursts(side: Side, label: str, control: Control) -> list[list[int]]:
    """Pictures by number, each burst in the order of time. Reads the head of every file; the rest is by the embeddings
    of one method. Every picture is like the first of its burst, so that a long pan is several."""
    moments = []
    for number, image in enumerate(side.images):
        if not number % 256:
            control.check()
            control.progress(number, len(side.images), "reading when pictures were taken")
        moment = next((found for path in image.paths if (found := taken(path)) is not None), None)
        if moment is not None:
            moments.append((moment, number))
    moments.sort()
    return [burst for run in _runs(moments) for burst in _within(side, label, run)]


def _runs(moments: Sequence[tuple[float, int]]) -> list[list[tuple[float, int]]]:
    """Those that follow each other without a longer gap; at least two."""
    runs: list[list[tuple[float, int]]] = []
    for each in moments:
        if runs and each[0] - runs[-1][-1][0] <= GAP_S:
            runs[-1].append(each)
        else:
            runs.append([each])
    return [run for run in runs if len(run) > 1]


def _within(side: Side, label: str, run: Sequence[tuple[float, int]]) -> list[list[int]]:
    """The bursts among pictures of one run: several cameras, or a turn of one, make more than one."""
    exact = side.opened[label].exact
    bursts: list[list[int]] = []
    going: list[_Open] = []
    for moment, number in run:
        row = exact.embedding(side.image_ids[number])
        if row is None or not row.any():
            continue
        going = [burst for burst in going if moment - burst.last[0] <= GAP_S]
        fitting = next((burst for burst in reversed(going) if float(burst.first @ row) >= LEAST_COSINE), None)
        if fitting is None:
            going.append(_Open(row, [number], [moment]))
            bursts.append(going[-1].numbers)
        else:
            fitting.numbers.append(number)
            fitting.last[0] = moment
    return [burst for burst in bursts if len(burst) > 1]
