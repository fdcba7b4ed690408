"""A whole trained machine: from pictures to probabilities, and the file `svm.npz` that keeps it.

The file holds plain arrays and a description in JSON, as text: `features` (a list, each with its `kind`), `mirror`,
`kernel` (`linear` or `rbf`), `gamma`, `temperature`, `scale` and `power` (1 where missing), `classes`.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from revsearch_svm.centre import Floats
from revsearch_svm.features import Part, Scaling, kind_of, make_part, mirrored, raw_vectors
from revsearch_svm.machine import Calibration, Kernel, Linear
from revsearch_svm.patches import Patches
from revsearch_tui.api import ModelError

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

FILE_NAME = "svm.npz"
FORMAT = 1
_LARGEST_FILE = 2 * 1024**3
Machine: TypeAlias = Linear | Kernel


@dataclass(frozen=True)
class Svm:
    """`parts` make the features; with `mirror`, the decision is the mean over a picture and its mirror image."""

    classes: tuple[str, ...]
    parts: tuple[Part, ...]
    scaling: Scaling
    machine: Machine
    calibration: Calibration
    mirror: bool

    def values(self, pictures: Sequence[Picture]) -> Floats:
        """(n, classes) decision values, not calibrated."""
        values = self.machine.values(self.scaling.apply(raw_vectors(self.parts, pictures)))
        if self.mirror:
            other = self.machine.values(self.scaling.apply(raw_vectors(self.parts, mirrored(pictures))))
            values = (values + other) / np.float32(2)
        return values

    def probabilities(self, pictures: Sequence[Picture]) -> Floats:
        """(n, classes) float32, rows sum to 1."""
        return self.calibration.probabilities(self.values(pictures))

    def describe(self) -> dict[str, Any]:
        """What is no array, as JSON values."""
        kernel = {"kernel": "rbf", "gamma": self.machine.gamma} if isinstance(self.machine, Kernel) else {}
        return {
            "features": [{"kind": kind_of(part), **part.describe()} for part in self.parts],
            "mirror": self.mirror,
            "kernel": "linear",
            **kernel,
            "temperature": self.calibration.temperature,
            "scale": self.calibration.scale,
            "power": self.calibration.power,
            "classes": list(self.classes),
        }

    def save(self, folder: Path) -> None:
        """Write `svm.npz`. Its largest arrays are kept in half precision, which no decision notices."""
        machine, scaling = self.machine, self.scaling
        arrays: dict[str, Any] = {"scaling.mean": scaling.mean, "scaling.scale": scaling.scale}
        if scaling.projection is not None:
            arrays["scaling.projection"] = scaling.projection.astype(np.float16)
        if isinstance(machine, Kernel):
            arrays["machine.vectors"] = machine.vectors.astype(np.float16)
            arrays["machine.coefficients"] = machine.coefficients
        else:
            arrays["machine.weights"] = machine.weights
        arrays |= {"machine.bias": machine.bias, "calibration.bias": self.calibration.bias}
        for part in self.parts:
            if isinstance(part, Patches):
                arrays |= {f"patches.{name}": array for name, array in part.arrays().items()}
        description = np.array(json.dumps(self.describe()))
        with (folder / FILE_NAME).open("wb") as out:
            np.savez_compressed(out, format=np.array(FORMAT), description=description, **arrays)


def load_svm(folder: Path, model: str) -> Svm:
    """Read what `save` wrote. Raises ModelError, in a sentence, where it is missing, damaged or of another form."""
    path = folder / FILE_NAME
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST_FILE:
                raise ValueError("it is too large")
        with np.load(path, allow_pickle=False) as stored:
            arrays = Arrays({name: stored[name] for name in stored.files})
        version = arrays.number("format")
        if version != FORMAT:
            raise ValueError(f"its format {version} is not known to this version")
        description = json.loads(arrays.text("description"))
        return _assembled(description, arrays, folder, model)
    except KeyError as error:
        raise _unusable(model, path, f"it lacks {error}") from error
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile, RecursionError) as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError | NotADirectoryError) else str(error)
        raise _unusable(model, path, reason) from error


def _unusable(model: str, path: Path, reason: str) -> ModelError:
    return ModelError(f"the model '{model}' cannot be used, {path}: {reason}; train it, or add it, again")


def _assembled(description: Mapping[str, Any], arrays: Arrays, folder: Path, model: str) -> Svm:
    classes = description["classes"]
    if not isinstance(classes, list) or not all(isinstance(name, str) and name for name in classes):
        raise ValueError("its classes are not a list of names")
    if not classes or len(set(classes)) != len(classes):
        raise ValueError("its classes are not different names")
    count = len(classes)
    parts = tuple(make_part(each, arrays.plain, folder, model) for each in description["features"])
    raw = sum(part.dim for part in parts)
    projection = None
    if "scaling.projection" in arrays.plain:
        projection = arrays.floats("scaling.projection", (raw, None))
    scaling = Scaling(arrays.floats("scaling.mean", (raw,)), arrays.floats("scaling.scale", (raw,)), projection)
    dim = raw if projection is None else projection.shape[1]
    bias = arrays.floats("machine.bias", (count,))
    machine: Machine
    if description["kernel"] == "rbf":
        vectors = arrays.floats("machine.vectors", (None, dim))
        coefficients = arrays.floats("machine.coefficients", (count, len(vectors)))
        machine = Kernel(vectors, coefficients, bias, _positive(description, "gamma"))
    elif description["kernel"] == "linear":
        machine = Linear(arrays.floats("machine.weights", (count, dim)), bias)
    else:
        raise ValueError(f"its kernel {description['kernel']!r} is not known to this version")
    shape = {"scale": 1.0, "power": 1.0} | dict(description)
    calibration = Calibration(
        _positive(description, "temperature"),
        arrays.floats("calibration.bias", (count,)),
        _positive(shape, "scale"),
        _positive(shape, "power"),
    )
    return Svm(tuple(classes), parts, scaling, machine, calibration, bool(description["mirror"]))


def _positive(description: Mapping[str, Any], key: str) -> float:
    value = float(description[key])
    if not 0 < value < float("inf"):
        raise ValueError(f"its {key} is {value:g}")
    return value


@dataclass(frozen=True)
class Arrays:
    """`plain` holds the arrays by name. All functions raise KeyError where one is missing, ValueError for a bad one."""

    plain: Mapping[str, Any]

    def floats(self, name: str, shape: tuple[int | None, ...]) -> Floats:
        """The array as float32; None stands for any length but 0."""
        array = self.plain[name]
        fits = array.ndim == len(shape) and all(
            found == wanted if wanted is not None else found > 0
            for found, wanted in zip(array.shape, shape, strict=True)
        )
        if not fits or array.dtype not in (np.float16, np.float32):
            wanted = " x ".join("any" if side is None else str(side) for side in shape)
            raise ValueError(f"its array '{name}' is {array.dtype} of {array.shape}, not numbers of {wanted}")
        if not np.isfinite(array).all():
            raise ValueError(f"its array '{name}' holds NaN or infinity")
        return np.asarray(array, np.float32)

    def number(self, name: str) -> int:
        """A single whole number."""
        array = self.plain[name]
        if array.shape != () or array.dtype.kind != "i":
            raise ValueError(f"its '{name}' is no number")
        return int(array)

    def text(self, name: str) -> str:
        """A single text."""
        array = self.plain[name]
        if array.shape != () or array.dtype.kind != "U":
            raise ValueError(f"its '{name}' is no text")
        return str(array)
