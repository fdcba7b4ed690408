"""Options of training. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import OptionSpec

TRAIN_OPTIONS: tuple[OptionSpec, ...] = ()
