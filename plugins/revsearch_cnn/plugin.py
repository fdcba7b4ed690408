"""The methods `cnn` and `cnn-softmax`. Nothing heavy is imported here."""

from __future__ import annotations

from revsearch_onnx.network_options import NETWORK_OPTIONS

from revsearch_cnn.training_options import TRAIN_OPTIONS
from revsearch_tui.api import MethodInfo, hookimpl

_MODELS = "cnn"
_SHIPPED = ("revsearch_data:models/cifar10",)
_REQUIRES = ("onnxruntime", "cv2")


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """One small trained network, by its embedding and by its classes."""
    return [
        MethodInfo(
            name="cnn",
            title="Small network",
            summary="Finds pictures of the same kind of thing, by the embedding of a small trained network.",
            shape="vector",
            metric="cosine",
            dim=0,
            factory="revsearch_onnx.network_methods:NetworkEmbedding",
            models="required",
            models_of=_MODELS,
            shipped=_SHIPPED,
            options=NETWORK_OPTIONS,
            requires=_REQUIRES,
            extra="train",
            capabilities=frozenset({"explain"}),
            trainer="revsearch_export.trainers.cnn:CnnTrainer",
            train_options=TRAIN_OPTIONS,
            train_requires=("torch", "onnx"),
        ),
        MethodInfo(
            name="cnn-softmax",
            title="Small network, classes",
            summary="Finds pictures that a small trained network takes for the same class, and says which.",
            shape="classifier",
            metric="cosine",
            dim=0,
            factory="revsearch_onnx.network_methods:NetworkClasses",
            models="required",
            models_of=_MODELS,
            shipped=_SHIPPED,
            options=NETWORK_OPTIONS,
            requires=_REQUIRES,
            capabilities=frozenset({"explain"}),
        ),
    ]
