"""The methods `cnn` and `cnn-softmax`, with the options of training. Nothing heavy is imported here."""

from __future__ import annotations

from revsearch_onnx.network_infos import COMMON_OPTIONS, network_infos

from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl

TRAIN_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "preset",
        "best",
        "best: the most accurate for its cost; seed: the network of the original work; faces: best, for aligned faces",
        choices=("best", "seed", "faces"),
    ),
    OptionSpec("width", 1.0, "multiplies the number of channels", minimum=0.1, maximum=8),
    OptionSpec("grid", 0, "cells a side before the embedding; 0: the preset's", minimum=0, maximum=32),
    OptionSpec("dim", 512, "length of the embedding, for preset seed", minimum=8, maximum=8192),
    OptionSpec("normalisation", "batch", "of feature maps, for preset seed", choices=("batch", "group", "none")),
    OptionSpec(
        "head",
        "softmax",
        "how classes are told apart in training: arcface makes for tighter embeddings",
        choices=("softmax", "arcface"),
    ),
    *COMMON_OPTIONS,
)


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
