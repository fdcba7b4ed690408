"""The methods `inception` and `inception-softmax`. Nothing heavy is imported here."""

from __future__ import annotations

from revsearch_onnx.network_options import NETWORK_OPTIONS

from revsearch_inception.downloads import DOWNLOADS
from revsearch_inception.training_options import TRAIN_OPTIONS
from revsearch_tui.api import MethodInfo, hookimpl

_MODELS = "inception"
_REQUIRES = ("onnxruntime", "cv2")


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """Inception-V3, by its embedding and by its classes."""
    return [
        MethodInfo(
            name="inception",
            title="Inception-V3",
            summary="Finds pictures of the same kind of thing, by the embedding of a trained Inception-V3.",
            shape="vector",
            metric="cosine",
            dim=0,
            factory="revsearch_onnx.network_methods:NetworkEmbedding",
            models="required",
            models_of=_MODELS,
            options=NETWORK_OPTIONS,
            requires=_REQUIRES,
            extra="train",
            capabilities=frozenset({"explain"}),
            downloads=DOWNLOADS,
            trainer="revsearch_export.trainers.inception:InceptionTrainer",
            train_options=TRAIN_OPTIONS,
            train_requires=("torch", "onnx"),
        ),
        MethodInfo(
            name="inception-softmax",
            title="Inception-V3, classes",
            summary="Finds pictures that a trained Inception-V3 takes for the same class, and says which.",
            shape="classifier",
            metric="cosine",
            dim=0,
            factory="revsearch_onnx.network_methods:NetworkClasses",
            models="required",
            models_of=_MODELS,
            options=NETWORK_OPTIONS,
            requires=_REQUIRES,
            capabilities=frozenset({"explain"}),
        ),
    ]
