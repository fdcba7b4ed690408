"""Inception-V3 with the weights published for ImageNet, as a model that the program runs.

The publisher's file holds a state dict for 1000 classes. Its preset normalises pictures by ImageNet's mean and standard
deviation and then, by `transform_input`, turns that back into (v / 255 - 0.5) / 0.5, which is what the weights were
trained with; here a picture's values v in 0..255 are scaled so at once. The preset cuts 299 pixels out of a picture
whose shorter side is 342, 0.875 of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from revsearch_export.exporting.imagenet import imagenet_classes
from revsearch_export.exporting.onnx_file import REFERENCE, Scaling, check_parity, export_network
from revsearch_export.networks.inception import Inception, load_official
from revsearch_export.networks.weights import WEIGHTS_FILE, read_torch_file, save_weights
from revsearch_tui.api import TrainedModel

if TYPE_CHECKING:
    from pathlib import Path

    from revsearch_tui.api import Control

SIDE = 299
CROP = 0.875
_HALF = (127.5, 127.5, 127.5)


def convert(file: Path, folder: Path, control: Control) -> TrainedModel:
    """Write `network.onnx`, and `weights.npz` for training to start from, into the empty `folder`.

    Raises `ModelError` where `file` is no torch file or holds other names or shapes, or where the exported network
    does not compute what the one in torch computes.
    """
    control.progress(0, 4, "reading the weights")
    control.check()
    state = read_torch_file(file)
    network = _undrawn()
    load_official(network, state, str(file), strict_head=True)
    network.eval()
    control.progress(1, 4, "writing the weights")
    control.check()
    save_weights(network, folder / WEIGHTS_FILE)
    control.progress(2, 4, "exporting the network")
    control.check()
    scaling = Scaling(mean=_HALF, std=_HALF)
    classes = imagenet_classes()
    export_network(network, folder, side=SIDE, classes=classes, scaling=scaling, control=control)
    control.progress(3, 4, "comparing the exported network")
    control.check()
    difference = _compare(network, folder / REFERENCE)
    control.progress(4, 4, "comparing the exported network")
    return TrainedModel(
        main=REFERENCE,
        settings={
            "kind": "network",
            "side": SIDE,
            "resize": "crop",
            "crop": CROP,
            "dim": network.dim,
            "classes": list(classes),
            "files": {"reference": REFERENCE, "cpu": REFERENCE, "cuda": REFERENCE},
        },
        training={
            "data": {"name": "ImageNet-1k (ILSVRC 2012), 1000 classes, trained by the publisher of the weights"},
            "network": "inception",
            "options": {"stem": network.stem, "side": SIDE},
            "scaling": {"mean": list(_HALF), "std": list(_HALF)},
            "weights": WEIGHTS_FILE,
            "difference_to_torch": difference,
        },
    )


def _undrawn() -> Inception:
    """The network without starting weights, which take longer to draw than the published ones to read."""
    with torch.device("meta"):
        described = Inception(len(imagenet_classes()))
    network = described.to_empty(device="cpu")
    # Memory as it was found: only the counters of batches might stay so, where the file has none.
    for value in network.buffers():
        value.zero_()
    return network


def _compare(network: Inception, file: Path) -> float:
    """The largest difference between both on a ramp of colours and on noise. Raises `ModelError` where it is large."""
    ramp = np.linspace(0, 255, 3 * SIDE * SIDE).reshape(3, SIDE, SIDE).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, ramp.shape, dtype=np.uint8)
    pictures = np.stack([ramp, noise])
    with torch.inference_mode():
        vectors = network.features(torch.from_numpy(pictures) / _HALF[0] - 1)
        probabilities = network.classifier(vectors).softmax(1)
    return check_parity(file, pictures, torch.nn.functional.normalize(vectors).numpy(), probabilities.numpy())
