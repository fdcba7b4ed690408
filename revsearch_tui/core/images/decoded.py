"""What decoding a file gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A picture and what is known of its file.

    `picture`: uint8 RGB H x W x 3, upright, sRGB, alpha over a plain ground, longest side at most `WORKING_SIDE`.
    `width` and `height`: the upright full size of the file in pixels, before any crop. `format`: lower case, as `jpeg`.
    `note`: what to know of the picture, such as which frame of an animation it is; mostly empty.
    """

    picture: Picture
    width: int
    height: int
    format: str
    note: str = ""


def frozen(picture: Picture) -> Picture:
    """The pixels as a contiguous array that nobody can write to: one picture is for all methods.

    A view of what was made read-only, so that a plugin cannot make it writable again either.
    """
    import numpy as np

    if picture.flags.c_contiguous and not picture.flags.writeable:
        return picture
    owner = np.ascontiguousarray(picture)
    owner.flags.writeable = False
    return owner.view()
