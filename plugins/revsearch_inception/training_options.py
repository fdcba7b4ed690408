"""Options of training Inception-V3. Imports nothing heavy."""

from __future__ import annotations

from revsearch_onnx.training_options import COMMON_OPTIONS

from revsearch_tui.api import OptionSpec

TRAIN_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "preset",
        "scratch",
        "scratch: from chance weights; tune: from weights given with start, gently",
        choices=("scratch", "tune"),
    ),
    OptionSpec("stem", "full", "small keeps detail of pictures below 150 pixels, at a cost", choices=("full", "small")),
    OptionSpec("auxiliary", 0.3, "weight of the auxiliary head's loss, 0 for no such head", minimum=0, maximum=1),
    *COMMON_OPTIONS,
)
