"""Put a model among those that ship: `python data/ship_model.py NAME`, after `revsearch train ... --out NAME` or
`revsearch models pull ... --name NAME`.

Only the file that processors run is taken along, and the record, without the paths of the machine it was trained on.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from revsearch_tui.api import ModelFile, RevsearchError, TrainedModel
from revsearch_tui.core.models.model_store import get_model, save_trained
from revsearch_tui.core.workspace import Workspace

_ROOT = Path(__file__).parents[1]
SHIPPED = _ROOT / "data" / "revsearch_data" / "models"
OF_OTHERS = {"efficientnet": _ROOT / "plugins" / "revsearch_efficientnet" / "models"}
"""Where the models of a method lie whose weights others published, beside their licence."""
LARGEST_BYTES = 6_000_000
_PATHS = ("start", "teacher")
"""Options that are stored as the path of a model."""


def ship(name: str) -> Path:
    """Copy a stored model to the shipped ones, and give its folder. Raises RevsearchError."""
    model = get_model(Workspace().folders.models, name)
    method = model.manifest["method"]
    place = OF_OTHERS.get(method, SHIPPED)
    record = save_trained(place, name, method, lambda folder: _reduced(model, folder), replace=True)
    if record.bytes > LARGEST_BYTES:
        shutil.rmtree(record.folder)
        raise SystemExit(f"the model '{name}' has {record.bytes:,} bytes, more than {LARGEST_BYTES:,}")
    return record.folder


def _reduced(model: ModelFile, folder: Path) -> TrainedModel:
    settings: dict[str, Any] = dict(model.manifest["settings"])
    main: str = model.manifest["main"]
    if settings.get("kind") == "network":
        settings["files"] = {"cpu": main, "cuda": main}
        shutil.copy(model.folder / main, folder / main)
    else:
        for part in model.manifest["files"]:
            shutil.copy(model.folder / part["name"], folder / part["name"])
    return TrainedModel(main, settings, _without_paths(model.manifest["training"]))


def _without_paths(training: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(training)
    told["data"] = {key: value for key, value in told["data"].items() if key != "root"}
    options: Mapping[str, Any] = told.get("options", {})
    told["options"] = {name: Path(value).name if name in _PATHS else value for name, value in options.items()}
    return told


if __name__ == "__main__":
    try:
        for given in sys.argv[1:]:
            print(ship(given))
    except RevsearchError as error:
        sys.exit(str(error))
