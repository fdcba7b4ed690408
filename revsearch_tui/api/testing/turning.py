"""Checks that a method knows the rows of turned pictures from those of pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from revsearch_tui.api.errors import RevsearchError
from revsearch_tui.api.protocols import RowTurning
from revsearch_tui.api.testing.outcomes import NotApplicable
from revsearch_tui.api.testing.pictures import sample_pictures

if TYPE_CHECKING:
    from revsearch_tui.api.infos import OptionValue
    from revsearch_tui.api.testing.bench import Bench
    from revsearch_tui.api.types import Picture


def _turned(picture: Picture) -> Picture:
    return picture.transpose(1, 0, 2)


_SHOWN: tuple[Callable[[Picture], Picture], ...] = (
    lambda picture: picture,
    lambda picture: picture[:, ::-1],
    lambda picture: picture[::-1, ::-1],
    lambda picture: picture[::-1],
    _turned,
    lambda picture: _turned(picture)[:, ::-1],
    lambda picture: _turned(picture)[::-1, ::-1],
    lambda picture: _turned(picture)[::-1],
)
"""What a viewer does by EXIF orientations 1 to 8."""


def turning(bench: Bench) -> None:
    """The capability `turned-rows` and the function `turned_rows` come together; with each choice of an option it gives
    bits of the same shape that turn back to what they were, and are nearest to those of the same picture turned."""
    import numpy as np

    method = bench.make()
    assert bench.info.turns_rows == isinstance(method, RowTurning), (
        "the capability 'turned-rows' and turned_rows disagree"
    )
    if not bench.info.turns_rows:
        raise NotApplicable("it does not know the rows of turned pictures")
    pictures = sample_pictures()
    tried: list[dict[str, OptionValue]] = [{}]
    tried += [{option.name: choice} for option in bench.info.options for choice in option.choices]
    for chosen in tried:
        try:
            method = bench.loaded(**chosen)
        except RevsearchError:
            continue  # a choice that does not go with the other options' defaults
        if getattr(method, "turns_rows", True):
            rows = bench.vectors(method, pictures)
            for orientation, shown in enumerate(_SHOWN, 1):
                told = np.asarray(method.turned_rows(rows, orientation))
                assert told.shape == rows.shape and np.isin(told, (0, 1)).all(), "turned rows are no rows of bits"
                back = {6: 8, 8: 6}.get(orientation, orientation)
                assert np.array_equal(method.turned_rows(told, back), rows), "rows that are turned back are others"
                made = bench.vectors(method, [np.ascontiguousarray(shown(picture)) for picture in pictures])
                differing = (told[:, None] != made[None]).sum(axis=2)
                assert (differing.argmin(axis=1) == np.arange(len(rows))).all(), (
                    f"rows turned to orientation {orientation} are nearer to those of another picture"
                )
        method.close()
