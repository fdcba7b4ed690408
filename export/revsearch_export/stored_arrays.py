"""What lies in the folder of a trained network: arrays by name in one `.npz` file that is whole at any instant, and its
manifest.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_tui.api import ModelError

Arrays: TypeAlias = Mapping[str, npt.NDArray[np.generic]]
DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    MemoryError,
    AttributeError,
    OSError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a file raises that is damaged or none of these."""

_MANIFEST = "manifest.json"


def write_arrays(file: Path, arrays: Arrays) -> None:
    """Replace the file in one step: a kill at any moment leaves the old one or the new one. Raises OSError.

    Nothing is compressed, for weights hardly get smaller.
    """
    unfinished = file.with_name(file.name + ".part")
    try:
        with unfinished.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def read_arrays(file: Path) -> dict[str, npt.NDArray[np.generic]]:
    """What `write_arrays` wrote. Raises what `DAMAGE` lists, FileNotFoundError among it."""
    with np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


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
