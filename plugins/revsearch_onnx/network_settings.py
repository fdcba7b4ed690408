"""What the manifest of a trained network says of it.

A network's folder holds one ONNX file or several that compute the same, each best on one kind of device. The manifest's
`settings`:

| key       | meaning                                                                                        |
|-----------|------------------------------------------------------------------------------------------------|
| `kind`    | `network`                                                                                      |
| `side`    | pixels of the square pictures it takes                                                         |
| `resize`  | `stretch`, or `crop`: cover the square and cut out the centre                                  |
| `crop`    | the fraction of width and height, 0..1, whose centre is cut out before that                    |
| `dim`     | length of its embedding                                                                        |
| `classes` | their names, in the order of its probabilities                                                 |
| `files`   | names of files in the folder: `reference` (float32), `cpu`, `cuda`; one of them is enough      |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from revsearch_tui.api import ModelError, ModelFile

_LARGEST_SIDE = 4096
_RESIZES = ("stretch", "crop")
_SECOND_CHOICE = {"cpu": ("cpu", "reference"), "cuda": ("cuda", "reference", "cpu")}


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Checked settings. `files` holds, by device, the path of the file to run there."""

    side: int
    resize: str
    crop: float
    dim: int
    classes: tuple[str, ...]
    files: Mapping[Literal["cpu", "cuda"], Path]


def read_network_settings(model: ModelFile) -> NetworkSettings:
    """The settings of a trained network. Raises ModelError, in a sentence, where they are not such settings."""
    raw = model.manifest.get("settings")
    if not isinstance(raw, Mapping) or raw.get("kind") != "network":
        raise ModelError(f"the model '{model.name}' is no trained network: its manifest does not say that it is one")
    resize, crop = raw.get("resize"), raw.get("crop", 1.0)
    if resize not in _RESIZES:
        raise _flaw(model, f"'resize' is {resize!r}, not stretch or crop")
    if isinstance(crop, bool) or not isinstance(crop, int | float) or not 0 < crop <= 1:
        raise _flaw(model, f"'crop' is {crop!r}, not a fraction above 0 and at most 1")
    return NetworkSettings(
        side=_whole(model, raw, "side", _LARGEST_SIDE),
        resize=resize,
        crop=float(crop),
        dim=_whole(model, raw, "dim", 1 << 20),
        classes=_classes(model, raw.get("classes")),
        files=_files(model, raw.get("files")),
    )


def _whole(model: ModelFile, raw: Mapping[str, Any], key: str, largest: int) -> int:
    value = raw.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= largest:
        raise _flaw(model, f"'{key}' is {value!r}, not a whole number from 1 to {largest}")
    return value


def _classes(model: ModelFile, value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list | tuple) else ()
    if not names or not all(isinstance(name, str) and name for name in names) or len(set(names)) != len(names):
        raise _flaw(model, "'classes' is not a list of different names")
    return tuple(names)


def _files(model: ModelFile, value: object) -> dict[Literal["cpu", "cuda"], Path]:
    named = value if isinstance(value, Mapping) else {}
    stored = {part["name"] for part in model.manifest.get("files", ())}
    for key, name in named.items():
        if name not in stored:  # only files whose checksums were verified are ever opened
            raise _flaw(model, f"its file '{key}' is {name!r}, which is not among the model's files")
    chosen: dict[Literal["cpu", "cuda"], Path] = {}
    devices: tuple[Literal["cpu", "cuda"], ...] = ("cpu", "cuda")
    for device in devices:
        name = next((named[key] for key in _SECOND_CHOICE[device] if key in named), None)
        if name is None:
            raise _flaw(model, f"'files' names no file to run on the {device}")
        chosen[device] = model.folder / name
    return chosen


def _flaw(model: ModelFile, what: str) -> ModelError:
    return ModelError(f"the manifest of the model '{model.name}' cannot be used: {what}")
