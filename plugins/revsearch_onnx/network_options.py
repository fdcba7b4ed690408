"""Options of every method over a trained network. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import OptionSpec

NETWORK_OPTIONS = (
    OptionSpec(
        "device",
        "auto",
        "where the model runs: auto takes the GPU where one works",
        choices=("auto", "cpu", "cuda"),
        stage="search",
    ),
    OptionSpec("batch", 32, "pictures given to the model at once", minimum=1, maximum=1024, stage="search"),
)
