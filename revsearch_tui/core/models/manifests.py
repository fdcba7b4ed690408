"""What `manifest.json` of a stored model says, read and written; and the manifest that a user writes beside a model
file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from revsearch_tui.api import ModelError, UsageError

FORMAT = 1
"""Version of the manifest's form; a higher one was written by a newer program and is refused."""
MANIFEST = "manifest.json"
ADD_AGAIN = "remove the model and add it again"
"""What to do about a stored model that is not as it was stored."""

_SUFFIXES = (".json", ".toml")
_MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ModelPart:
    """One file of a model: its path below the model's folder with '/' between the parts, its sha-256, its bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """One stored model as a listing shows it.

    `sha256` stands for everything that decides the embeddings: method, files and settings. `settings` are what the
    user's own manifest says about an added file, `facts` what the method found out when the model was checked,
    `training` how a fitted model came to be. `added` is the moment of storing, ISO 8601 in UTC. `problem` is a
    sentence where the manifest cannot be used; everything but `name` and `folder` is empty then. `origin` is `own` for
    what the user stored and `shipped` for what came with a plugin.
    """

    name: str
    folder: Path
    method: str = ""
    sha256: str = ""
    files: tuple[ModelPart, ...] = ()
    main: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    added: str = ""
    problem: str = ""
    origin: str = "own"

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(part.bytes for part in self.files)


def model_sha256(method: str, files: Sequence[ModelPart], settings: Mapping[str, Any]) -> str:
    """The identity of a model: sha-256, in hex, over its method, the sha-256 of its files and its settings."""
    import hashlib

    identity = {"method": method, "files": {part.name: part.sha256 for part in files}, "settings": settings}
    return hashlib.sha256(json.dumps(identity, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def to_manifest(record: ModelRecord) -> dict[str, Any]:
    """The record as it is written to `manifest.json`; `main` is the added file's name, empty for a fitted model."""
    return {
        "format": FORMAT,
        "name": record.name,
        "method": record.method,
        "sha256": record.sha256,
        "added": record.added,
        "main": record.main,
        "files": [{"name": part.name, "sha256": part.sha256, "bytes": part.bytes} for part in record.files],
        "settings": dict(record.settings),
        "facts": dict(record.facts),
        "training": dict(record.training),
    }


def read_record(folder: Path, cure: str = ADD_AGAIN) -> ModelRecord:
    """The record of the model in this folder.

    Raises ModelError where its manifest is missing, damaged or too new; `cure` says what to do about it.
    """
    name = folder.name
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ModelError(f"the model '{name}' has no {MANIFEST} in {folder}: {cure}") from None
    except (OSError, UnicodeError) as error:
        raise ModelError(f"the manifest of the model '{name}' in {folder} cannot be read: {error}") from error
    try:
        raw = json.loads(text)
        version = raw["format"]
        if isinstance(version, int) and version > FORMAT:
            raise ModelError(f"the model '{name}' was stored by a newer revsearch: update revsearch to use it")
        if version != FORMAT or raw["name"] != name:
            raise ValueError(f"format {version!r}, name {raw['name']!r}")
        return _record(folder, raw)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"the manifest of the model '{name}' in {folder} is damaged: {cure}") from error


def _record(folder: Path, raw: Mapping[str, Any]) -> ModelRecord:
    files = tuple(
        ModelPart(name=_inside(part["name"]), sha256=_text(part["sha256"]), bytes=int(part["bytes"]))
        for part in raw["files"]
    )
    main = _text(raw["main"])
    if main and main not in {part.name for part in files}:
        raise ValueError("the main file is not among the files")
    return ModelRecord(
        name=folder.name,
        folder=folder,
        method=_text(raw["method"]),
        sha256=_text(raw["sha256"]),
        files=files,
        main=main,
        settings=dict(raw["settings"]),
        facts=dict(raw["facts"]),
        training=dict(raw["training"]),
        added=_text(raw["added"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text was expected, not {value!r}")
    return value


def _inside(value: object) -> str:
    """A file name that cannot lead out of the model's folder, whoever wrote the manifest."""
    name = _text(value)
    path = PurePosixPath(name)
    if not name or "\\" in name or ":" in name or path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{name!r} is not a file name within the model's folder")
    return name


def find_user_manifest(file: Path) -> Path | None:
    """The `.json` or `.toml` of the same stem beside a model file.

    Raises UsageError where there are both, and ModelError for a link, which could lead to any file of the user's.
    """
    found = [path for suffix in _SUFFIXES if (path := file.with_suffix(suffix)).is_file() and path != file]
    if len(found) > 1:
        raise UsageError(f"both {found[0].name} and {found[1].name} lie beside {file}: say which is its manifest")
    if found and found[0].is_symlink():
        raise ModelError(f"{found[0]} is a symbolic link: put the file itself there, or name it with --manifest")
    return found[0] if found else None


def read_user_manifest(path: Path) -> dict[str, Any]:
    """What the manifest says. Raises ModelError where it is not a JSON object or a TOML table."""
    import tomllib

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ModelError(f"{path} is too large for a manifest ({path.stat().st_size:,} bytes)")
        text = path.read_text(encoding="utf-8-sig")
        raw = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
        # What JSON cannot hold (TOML's dates) could not be stored either; NaN and infinity mean nothing in a manifest.
        json.dumps(raw, allow_nan=False)
    except OSError as error:
        raise ModelError(f"the manifest {path} cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelError(f"the manifest {path} is not usable: {str(error).splitlines()[0]}") from error
    if not isinstance(raw, dict):
        raise ModelError(f"the manifest {path} must hold one object of named settings")
    return raw
