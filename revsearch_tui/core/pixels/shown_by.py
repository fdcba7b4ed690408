"""Whether one picture shows all that another of the same does, told by light, colours and small things together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image

from revsearch_tui.core.pixels import ELSEWHERE, OTHER_COLOURS, SMALL_THINGS
from revsearch_tui.core.pixels.small_print import ACROSS, unexplained
from revsearch_tui.core.pixels.what_differs import difference

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture

WHOLE = 0.95
"""Of a picture that the kept one must show for nothing to be lost at its edges."""
_DIFFERS = 1.6
"""From where a picture is told to look different in places (see `Difference`). Of everyday changes the most have 1.2,
but for the worst JPEGs, heavy blur and light that burns, with up to 2.1; with text, stickers or marks, and other shots
of a scene, the least has 2.5."""
_UNEXPLAINED = 0.55
"""From where pictures are told to differ in small things (see `unexplained`). Of copies that were made worse in one of
18 ways 98 of a hundred have less; with other numbers, moves, notes or words the least has 0.65, and nearly all 0.8."""


def look_of(picture: Picture) -> Image.Image:
    """A picture, (h, w, 3) uint8, of no more pixels than pictures are compared at."""
    return small_look(Image.fromarray(picture))


def small_look(picture: Image.Image) -> Image.Image:
    """The same of one of Pillow's, which is made small itself."""
    picture.thumbnail((ACROSS, ACROSS), Image.Resampling.HAMMING)
    return picture


def not_shown(
    kept: Image.Image, other: Image.Image, transform: npt.NDArray[Any], *, most_unexplained: float = _UNEXPLAINED
) -> str:
    """What of `other` is not shown by `kept`, in words; empty where nothing is missing. Both RGB, as `look_of` gives
    them. `transform` (3, 3) leads from places of `other` to places of `kept`, both in pixels of a picture whose longest
    side is 1. `most_unexplained`, 0 to 1, is from where small things are told to differ."""
    found = difference(kept, other, transform)
    if found is None or found.shown < WHOLE or found.most >= _DIFFERS:
        return ELSEWHERE
    if found.recoloured:
        return OTHER_COLOURS
    return "" if unexplained(kept, other, transform) < most_unexplained else SMALL_THINGS
