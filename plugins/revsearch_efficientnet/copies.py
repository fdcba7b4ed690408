"""The method `copies`: the network's embedding, projected so that changed copies of one picture come together.

How the projection is learned: `revsearch_export.copy_projection`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from revsearch_onnx.network_methods import NetworkEmbedding

from revsearch_tui.api import ModelError

if TYPE_CHECKING:
    from revsearch_tui.api import Control, HeatMap
    from revsearch_tui.api.types import Embeddings, FloatArray, Picture

FILE = Path(__file__).parent / "copies.npz"


@dataclass(frozen=True, slots=True)
class CopyProjection:
    """`mean` (wide,) of the embeddings and `projection` (wide, dim), both float32; float16 in the file."""

    mean: FloatArray
    projection: FloatArray

    @classmethod
    def read(cls, file: Path) -> CopyProjection:
        """Raises `ModelError`."""
        try:
            with np.load(file, allow_pickle=False) as arrays:
                mean, projection = (arrays[name].astype(np.float32) for name in ("mean", "projection"))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(f"'{file}' cannot be read, or is damaged: install the program anew") from error
        return cls(mean, projection)

    def save(self, file: Path) -> None:
        """Write the file, the same bytes for the same numbers."""
        np.savez(file, mean=self.mean.astype(np.float16), projection=self.projection.astype(np.float16))

    def apply(self, embeddings: FloatArray) -> FloatArray:
        """(n, dim) float32 of length 1, from (n, wide) embeddings of length 1."""
        found = (embeddings - self.mean) @ self.projection
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.where(lengths > 0, lengths, 1), np.float32)


class CopyEmbedding(NetworkEmbedding):
    """A vector method over the network of `efficientnet`, which both run once for the same pictures."""

    _projection: CopyProjection

    def load(self, control: Control) -> None:
        """Open the network and read the projection. Raises ModelError where they do not fit."""
        super().load(control)
        try:
            self._projection = CopyProjection.read(FILE)
            wide, self.dim = self._projection.projection.shape
            if wide != self.network.settings.dim:
                raise ModelError(
                    f"the model '{self.network.name}' makes embeddings of {self.network.settings.dim} numbers, and "
                    f"'copies' takes those of {wide}: name another with --model"
                )
        except ModelError:
            self.close()
            raise

    def embed(self, pictures: Sequence[Picture]) -> Embeddings:
        """(n, dim) float32 of length 1. Raises ModelError."""
        return self._projection.apply(self.network.run(pictures, self._batch)[0])

    def explain(self, query: Picture, candidate: Picture) -> HeatMap:
        """Where the candidate is like the query; what they show says nothing of copies."""
        return replace(super().explain(query, candidate), classes=None)
