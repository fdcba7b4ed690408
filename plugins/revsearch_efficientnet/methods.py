"""The network's two methods, which also take words: the classes that a text means give a direction among embeddings.

A class's score is the product of its row of the last layer with what the embedding was before it got length 1. So the
row, less the mean of all rows, is the direction in which pictures of that class lie, and needs no further storage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from revsearch_onnx.last_layer import LastLayer, read_last_layer
from revsearch_onnx.network_methods import NetworkClasses, NetworkEmbedding

from revsearch_efficientnet.words import ClassWords

if TYPE_CHECKING:
    from revsearch_tui.api import Control
    from revsearch_tui.api.types import Embeddings, FloatArray

_LENGTH, _LENGTH_LOST = 19.3, 11.5
"""How long embeddings were before they got length 1, by the product with the likeliest class's row: fitted on half of
Corel-1k. It decides how sure a class is, hardly ever which one."""


class EfficientNetEmbedding(NetworkEmbedding):
    """By its embedding, and by words where the model's file holds its last layer."""

    takes_text = False
    knows_names = False

    def load(self, control: Control) -> None:
        super().load(control)
        self._words = ClassWords(self.classes)
        file = self.network.settings.files[self.network.device]
        self._layer: LastLayer | None = read_last_layer(file, len(self.classes), self.dim)
        self.takes_text = self.knows_names = self._layer is not None

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        """(n, dim) float32: the weighted sum of the directions of the classes that a text means, of length 1."""
        rows = np.zeros((len(texts), self.dim), np.float32)
        if self._layer is None:
            return rows
        directions = self._layer.weights - self._layer.weights.mean(axis=0)
        directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-9)
        for row, text in zip(rows, texts, strict=True):
            direction = self._words.weights(text) @ directions
            length = float(np.linalg.norm(direction))
            if length > 1e-6:
                row[:] = direction / length
        return rows

    def names(self, embeddings: Embeddings) -> list[tuple[str, float | None]]:
        """The likeliest class of each picture, and about how sure the network was."""
        assert self._layer is not None
        products = np.asarray(embeddings, np.float32) @ self._layer.weights.T
        length = np.maximum(1, _LENGTH - _LENGTH_LOST * products.max(axis=1, keepdims=True))
        scores = length * products + self._layer.bias
        best = scores.argmax(axis=1)
        sure = 1 / np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1)
        return [(self.classes[number], float(each)) for number, each in zip(best, sure, strict=True)]

    def names_of(self, text: str) -> list[str]:
        """The classes that a text means."""
        weights = self._words.weights(text)
        return [self.classes[number] for number in np.argsort(-weights, kind="stable") if weights[number] > 0]


class EfficientNetClasses(NetworkClasses):
    """By its classes, and by words."""

    def load(self, control: Control) -> None:
        super().load(control)
        self._words = ClassWords(self.classes)

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        """(n, classes) float32: how much a text means each class; a row of zeros where it means none."""
        return np.stack([self._words.weights(text) for text in texts])
