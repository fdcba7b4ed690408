"""The methods `inception` and `inception-softmax`. Nothing heavy is imported here."""

from __future__ import annotations

from revsearch_onnx.network_infos import network_infos

from revsearch_inception.downloads import DOWNLOADS
from revsearch_inception.training_options import TRAIN_OPTIONS
from revsearch_tui.api import MethodInfo, hookimpl


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """Inception-V3, by its embedding and by its classes."""
    return network_infos(
        "inception",
        "Inception-V3",
        "a trained Inception-V3",
        trainer="revsearch_export.trainers.inception:InceptionTrainer",
        train_options=TRAIN_OPTIONS,
        downloads=DOWNLOADS,
    )
