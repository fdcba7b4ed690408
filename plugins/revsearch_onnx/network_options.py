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
    OptionSpec(
        "batch",
        0,
        "pictures given to the model at once; 0 takes what is fastest",
        minimum=0,
        maximum=1024,
        stage="search",
    ),
)
