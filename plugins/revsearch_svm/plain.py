"""The plain features: pixels of a small copy, a coarse grid of colours, the embedding of a trained network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_svm.centre import Floats, OfSquares, centres, shares
from revsearch_tui.api import ModelFile

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

NETWORK_FILE = "network.onnx"


@dataclass(frozen=True)
class Pixels(OfSquares):
    """`crop` of the picture's middle (0..1] brought to `side` pixels."""

    side: int = 32

    @property
    def dim(self) -> int:
        """Length of a picture's vector."""
        return 3 * self.side**2

    def vectors(self, pictures: Sequence[Picture]) -> Floats:
        """(n, dim) float32 in 0..1."""
        squares = centres(pictures, self.crop, self.side).reshape(len(pictures), -1)
        return np.asarray(squares.astype(np.float32) / np.float32(255), np.float32)


@dataclass(frozen=True)
class Colours(OfSquares):
    """`crop` of the picture's middle (0..1] brought to `side` pixels, with `cells` x `cells` cells."""

    side: int = 32
    cells: int = 8

    def has_sizes_that_fit(self) -> bool:
        return 1 <= self.cells <= self.side

    @property
    def dim(self) -> int:
        """Length of a picture's vector."""
        return 6 * self.cells**2

    def vectors(self, pictures: Sequence[Picture]) -> Floats:
        """(n, dim) float32, within -1..1."""
        squares = centres(pictures, self.crop, self.side).astype(np.float32) / np.float32(255)
        red, green, blue = squares[..., 0], squares[..., 1], squares[..., 2]
        planes = np.stack([(red + green + blue) / 3, red - green, (red + green) / 2 - blue], axis=1)
        mean = self._pooling @ planes @ self._pooling.T
        spread = np.sqrt(np.maximum(self._pooling @ planes**2 @ self._pooling.T - mean**2, 0))
        return np.concatenate([mean, spread], axis=1).reshape(len(pictures), -1).astype(np.float32)

    @cached_property
    def _pooling(self) -> Floats:
        return shares(self.side, self.cells)


class Embedding:
    """What a network makes of a picture; its file is `network.onnx`, its settings are those of its own manifest."""

    def __init__(self, settings: Mapping[str, Any], folder: Path, model: str) -> None:
        """Open the network. Raises ModelError where file or settings are unusable."""
        self._settings = {**settings, "files": {"cpu": NETWORK_FILE}}
        manifest = {"settings": self._settings, "files": [{"name": NETWORK_FILE}]}
        from revsearch_onnx.network import TrainedNetwork

        # The processor: what the machine was trained on, and its decisions need not depend on the device.
        self._network = TrainedNetwork(ModelFile(model, folder, "", manifest), "cpu")
        self.dim = self._network.settings.dim

    def describe(self) -> dict[str, Any]:
        """The network's settings, as JSON values."""
        return {"settings": dict(self._settings)}

    def vectors(self, pictures: Sequence[Picture]) -> Floats:
        """(n, dim) float32 of length 1."""
        return self._network.run(pictures)[0]
