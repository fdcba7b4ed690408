"""The manifest that a user writes beside a model file: JSON or TOML, read as it is; the method knows its keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from revsearch_tui.api import ModelError, UsageError

_SUFFIXES = (".json", ".toml")
_MAX_BYTES = 1_000_000


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
