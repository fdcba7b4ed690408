"""The colour layout descriptor of MPEG-7: the mean colours of 8 x 8 fields, their DCT, its first coefficients, quantised.

ISO/IEC 15938-3; Manjunath, Ohm, Vasudevan and Yamada, Color and texture descriptors, IEEE Transactions on Circuits and
Systems for Video Technology 11(6), 2001. It is imported when the method is used.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from revsearch_tui.api import BaseMethod, Control, Embeddings, FloatArray, Picture

# Y, Cb and Cr of R, G and B in 0..1, as in digital video: 16 to 235, and 16 to 240 about 128.
_TO_YCBCR = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]])
_OFFSETS = np.array([16.0, 128.0, 128.0])

_SCAN = sorted(
    ((down, across) for down in range(8) for across in range(8)),
    key=lambda at: (sum(at), at[0] if sum(at) % 2 else at[1]),
)
"""The zigzag of JPEG and MPEG: down one diagonal, up the next."""

_COSINES = np.array([[np.cos(np.pi * row * (2 * column + 1) / 16) / 2 for column in range(8)] for row in range(8)])
_COSINES[0] /= np.sqrt(2)

# The steps of the quantisers, finer where means are common, and for the rest finer the nearer they are to 0.
_MEAN_LUMA = ([0, 64, 96, 160, 192, 256], [0, 16, 32, 96, 112, 128])
_MEAN_CHROMA = ([64, 96, 112, 144, 160, 192], [0, 8, 16, 48, 56, 63])
_REST = ([0, 64, 128, 256], [0, 64, 96, 128])

_WEIGHTS = ((2, 2, 2), (2, 1, 1), (4, 2, 2))
"""Of the first three coefficients of Y, Cb and Cr, as in the standard's software; the others have 1."""


class ColourLayout(BaseMethod):
    def load(self, control: Control) -> None:
        self.kept = (int(self.options["luma"]), int(self.options["chroma"]), int(self.options["chroma"]))
        self.dim = sum(self.kept)

    def embed(self, pictures: Sequence[Picture]) -> Embeddings:
        """(n, dim) float32: the squared l2 distance of two rows is the sum of all weighted squares of the standard."""
        return np.array([self._scaled(coefficients(picture)) for picture in pictures], np.float32)

    def _scaled(self, levels: FloatArray) -> FloatArray:
        parts = []
        for channel, count, first in zip(levels, self.kept, _WEIGHTS, strict=True):
            weights = np.ones(count)
            weights[:3] = first[:count]
            parts.append(channel[:count] * np.sqrt(weights))
        return np.concatenate(parts).astype(np.float32)


def coefficients(picture: Picture) -> FloatArray:
    """(3, 64) all quantised coefficients of Y, Cb and Cr in the order of the zigzag: the mean in 0..63, others 0..31."""
    small = Image.fromarray(picture).resize((8, 8), Image.Resampling.BOX)
    fields = np.rint(np.asarray(small) / 255 @ _TO_YCBCR.T + _OFFSETS)
    levels = np.zeros((3, 64), np.float32)
    for channel, values in enumerate(np.moveaxis(fields, 2, 0)):
        spectrum = np.rint(_COSINES @ values @ _COSINES.T)
        rest = np.array([spectrum[at] for at in _SCAN]) / (2 if channel == 0 else 1)
        levels[channel] = np.floor((np.sign(rest) * np.floor(np.interp(np.abs(rest), *_REST)) + 128).clip(0, 255) / 8)
        steps = np.floor(np.interp(spectrum[0, 0] / 8, *(_MEAN_CHROMA if channel else _MEAN_LUMA)))
        levels[channel, 0] = steps if channel else min(steps, 127) // 2
    return levels
