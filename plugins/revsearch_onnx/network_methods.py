"""The two methods that every trained network makes, by its embedding and by its classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from revsearch_onnx.network import TrainedNetwork, acquire, release
from revsearch_onnx.occlusion import occlusion_map
from revsearch_tui.api import ClassBars, MethodUnavailableError, ModelError

if TYPE_CHECKING:
    from revsearch_tui.api import Control, HeatMap, ModelFile, Options
    from revsearch_tui.api.types import Embeddings, FloatArray, Picture


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

    def bars(self, query: Picture, candidate: Picture) -> ClassBars:
        """What the network takes both pictures for, calibrated."""
        first, second = np.asarray(self.network.run([query, candidate], self._batch)[1], np.float32)
        return ClassBars(self.classes, first, second)


class NetworkEmbedding(NetworkMethod):
    """A vector method: pictures are alike as the cosine of their embeddings."""

    def embed(self, pictures: Sequence[Picture]) -> Embeddings:
        """(n, dim) float32 of length 1. Raises ModelError."""
        return self.network.run(pictures, self._batch)[0]

    def explain(self, query: Picture, candidate: Picture) -> HeatMap:
        """Where the candidate is like the query, by what covering that place costs; and what both are taken for."""
        bars = self.bars(query, candidate)
        return occlusion_map(self.embed, query, candidate, self._batch or self.network.best_batch, bars)


class NetworkClasses(NetworkMethod):
    """A classifier: pictures are alike as their probabilities of classes are."""

    def predict(self, pictures: Sequence[Picture]) -> FloatArray:
        """(n, classes) float32, calibrated; rows sum to 1. Raises ModelError."""
        return self.network.run(pictures, self._batch)[1]

    def explain(self, query: Picture, candidate: Picture) -> ClassBars:
        """What both pictures are taken for."""
        return self.bars(query, candidate)
