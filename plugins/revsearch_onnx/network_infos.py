"""The methods that run trained networks, described. Imports nothing heavy."""

from __future__ import annotations

from typing import Any

from revsearch_onnx.network_options import NETWORK_OPTIONS
from revsearch_tui.api import MethodInfo, ModelDownload, OptionSpec


def network_infos(
    name: str,
    title: str,
    network: str,
    *,
    trainer: str,
    train_options: tuple[OptionSpec, ...],
    shipped: tuple[str, ...] = (),
    downloads: tuple[ModelDownload, ...] = (),
) -> list[MethodInfo]:
    """`name` by the embedding of a network's models, and `name`-softmax by their classes.

    `network` is what summaries call it, with its article.
    """
    both: dict[str, Any] = {
        "metric": "cosine",
        "dim": 0,
        "models": "required",
        "models_of": name,
        "shipped": shipped,
        "options": NETWORK_OPTIONS,
        "requires": ("onnxruntime", "cv2"),
        "capabilities": frozenset({"explain"}),
    }
    embedding = MethodInfo(
        name=name,
        title=title,
        summary=f"Finds pictures of the same kind of thing, by the embedding of {network}.",
        shape="vector",
        factory="revsearch_onnx.network_methods:NetworkEmbedding",
        extra="train",
        trainer=trainer,
        train_options=train_options,
        train_requires=("torch", "onnx"),
        downloads=downloads,
        **both,
    )
    classes = MethodInfo(
        name=f"{name}-softmax",
        title=f"{title}, classes",
        summary=f"Finds pictures that {network} takes for the same class, and says which.",
        shape="classifier",
        factory="revsearch_onnx.network_methods:NetworkClasses",
        **both,
    )
    return [embedding, classes]
