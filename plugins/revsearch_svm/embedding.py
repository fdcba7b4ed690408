"""The embedding of a trained network, whose ONNX file lies in the model's own folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_onnx.network import TrainedNetwork

from revsearch_tui.api import ModelFile

if TYPE_CHECKING:
    from revsearch_svm.centre import Floats
    from revsearch_tui.api.types import Picture

NETWORK_FILE = "network.onnx"


class Embedding:
    """What a network makes of a picture; its file is `network.onnx`, its settings are those of its own manifest."""

    def __init__(self, settings: Mapping[str, Any], folder: Path, model: str) -> None:
        """Open the network. Raises ModelError where file or settings are unusable."""
        self._settings = {**settings, "files": {"cpu": NETWORK_FILE}}
        manifest = {"settings": self._settings, "files": [{"name": NETWORK_FILE}]}
        # The processor: what the machine was trained on, and its decisions need not depend on the device.
        self._network = TrainedNetwork(ModelFile(model, folder, "", manifest), "cpu")
        self.dim = self._network.settings.dim

    def describe(self) -> dict[str, Any]:
        """The network's settings, as JSON values."""
        return {"settings": dict(self._settings)}

    def vectors(self, pictures: Sequence[Picture]) -> Floats:
        """(n, dim) float32 of length 1."""
        return self._network.run(pictures)[0]
