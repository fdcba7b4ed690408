"""The methods `cnn` and `cnn-softmax`. Nothing heavy is imported here."""

from __future__ import annotations

from revsearch_onnx.network_infos import network_infos

from revsearch_cnn.training_options import TRAIN_OPTIONS
from revsearch_tui.api import MethodInfo, hookimpl


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """One small trained network, by its embedding and by its classes."""
    return network_infos(
        "cnn",
        "Small network",
        "a small trained network",
        trainer="revsearch_export.trainers.cnn:CnnTrainer",
        train_options=TRAIN_OPTIONS,
        shipped=("revsearch_data:models/cifar10",),
    )
