"""What the manifest in a trained network's folder says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from revsearch_tui.api import ModelError

_MANIFEST = "manifest.json"


def read_network_manifest(folder: Path) -> dict[str, Any]:
    """The whole manifest; `settings` is an object in it. Raises ModelError where it is not that of a network."""
    path = folder / _MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        kind = manifest["settings"]["kind"]
        if kind != "network":
            raise ValueError(f"it is of the kind {kind!r}")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            f"{path} is not the manifest of a trained network ({error}): name the folder of a model that "
            "'revsearch models' lists for cnn or inception"
        ) from error
    return manifest
