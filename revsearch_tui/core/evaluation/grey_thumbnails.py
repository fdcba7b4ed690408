"""Pictures as 16 x 16 grey values, by which near-duplicates are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from revsearch_tui.core.images.limits import DECODER_VERSION

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture

_SIDE = 16
THUMBNAIL_DIM = _SIDE * _SIDE
THUMBNAIL_KEY = f"thumbnails-1-{DECODER_VERSION}"


def thumbnail(picture: Picture) -> npt.NDArray[np.float32]:
    """(256,) mean grey values 0..255 of a picture's fields, row by row."""
    grey = Image.fromarray(picture).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    return np.asarray(grey, np.float32).ravel()
