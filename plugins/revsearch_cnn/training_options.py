"""Options of training the small network. Imports nothing heavy."""

from __future__ import annotations

from revsearch_onnx.training_options import COMMON_OPTIONS

from revsearch_tui.api import OptionSpec

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
