"""The curves of a training run: one line of JSON an epoch (or step of a search), written by trainers, read by all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

CURVES = "curves.jsonl"
"""Name of the file in a run's folder. Every line has `epoch`, counted from 1, and numbers by name: `loss`, `accuracy`,
`validation_loss`, `validation_accuracy`, `seconds` since the start, `rate` as a share of the highest learning rate."""


def read_curves(run: Path) -> list[dict[str, Any]]:
    """The lines of a run's curves, none where there is no file; a line that was cut off ends them."""
    file = run / CURVES
    lines: list[dict[str, Any]] = []
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                break
    return lines
