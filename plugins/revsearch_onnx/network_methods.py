"""The two methods that every trained network makes, by its embedding and by its classes, and which places of a picture
make it find another one.

Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014: cover a place and see what is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from revsearch_onnx.network import TrainedNetwork, acquire, release
from revsearch_onnx.pictures import prepare
from revsearch_tui.api import ClassBars, HeatMap, MethodUnavailableError, ModelError

if TYPE_CHECKING:
    from revsearch_tui.api import Control, ModelFile, Options
    from revsearch_tui.api.types import Embeddings, FloatArray, Picture

FIELDS = 7
"""Places across and down."""


class NetworkMethod:
    """Opens the network of its model, shared with other methods over it, and closes it. Options: `device`, `batch`.

    `dim` is the length of its embedding and `classes` their names in the order of its probabilities, once it is loaded.
    """

    dim: int = 0
    classes: Sequence[str] = ()

    def __init__(self, options: Options, model: ModelFile | None) -> None:
        if model is None:
            raise ModelError("this method needs a model: train one with 'revsearch train', or name one with --model")
        self._model = model
        self._device = str(options["device"])
        self._batch = int(options["batch"])
        self._network: TrainedNetwork | None = None

    def load(self, control: Control) -> None:
        """Open the session. Raises ModelError where the model is unusable."""
        control.check()
        if self._network is None:
            self._network = acquire(self._model, self._device)
            self.dim, self.classes = self._network.settings.dim, self._network.settings.classes

    def close(self) -> None:
        """Let the network go; the last method to do so closes it."""
        network, self._network = self._network, None
        if network is not None:
            release(network)

    @property
    def network(self) -> TrainedNetwork:
        """The open network. Raises MethodUnavailableError before `load` and after `close`."""
        if self._network is None:
            raise MethodUnavailableError(f"the model '{self._model.name}' is not loaded")
        return self._network


class NetworkEmbedding(NetworkMethod):
    """A vector method: pictures are alike as the cosine of their embeddings."""

    def embed(self, pictures: Sequence[Picture]) -> Embeddings:
        """(n, dim) float32 of length 1. Raises ModelError."""
        return self.network.run(pictures, self._batch)[0]

    def explain(self, query: Picture, candidate: Picture) -> HeatMap:
        """Where the candidate is like the query, by what covering that place costs."""
        return HeatMap(occlusion_map(self.network, query, candidate, self._batch))


class NetworkClasses(NetworkMethod):
    """A classifier: pictures are alike as their probabilities of classes are."""

    def predict(self, pictures: Sequence[Picture]) -> FloatArray:
        """(n, classes) float32, calibrated; rows sum to 1. Raises ModelError."""
        return self.network.run(pictures, self._batch)[1]

    def explain(self, query: Picture, candidate: Picture) -> ClassBars:
        """What both pictures are taken for."""
        probabilities = np.asarray(self.predict([query, candidate]), np.float32)
        return ClassBars(self.classes, probabilities[0], probabilities[1])


def occlusion_map(network: TrainedNetwork, query: Picture, candidate: Picture, batch: int) -> FloatArray:
    """(h, w) float32 in 0..1 over the candidate's square as the network sees it: how much of the cosine to the query is
    lost when a patch around that place becomes the picture's mean colour. All zeros where nothing is lost anywhere."""
    settings, batch = network.settings, batch or network.best_batch
    seen = [prepare(picture, settings.side, settings.resize, settings.crop) for picture in (query, candidate)]
    (wanted, whole), _ = network.forward(seen)
    covered = _covered(seen[1])
    parts = [network.forward(covered[start : start + batch])[0] for start in range(0, len(covered), batch)]
    lost = np.maximum(0, wanted @ whole - np.concatenate(parts) @ wanted).reshape(FIELDS, FIELDS)
    most = float(lost.max())
    return np.asarray(lost / most if most > 1e-6 else np.zeros_like(lost), np.float32)


def _covered(picture: Picture) -> list[Picture]:
    """The picture with a patch of twice a field's size covered, for each field, row by row."""
    side = len(picture)
    mean = picture.mean(axis=(0, 1)).astype(np.uint8)
    centres = (np.arange(FIELDS) + 0.5) * side / FIELDS
    reach = side / FIELDS
    found = []
    for y in centres:
        for x in centres:
            copy = picture.copy()
            top, left = max(0, int(y - reach)), max(0, int(x - reach))
            copy[top : int(np.ceil(y + reach)), left : int(np.ceil(x + reach))] = mean
            found.append(copy)
    return found
