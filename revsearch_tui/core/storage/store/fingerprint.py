"""Notice without opening ChromaDB that its files are not as revsearch left them.

The state of a ChromaDB, as the catalog notes it, is one of: the fingerprint of its folder, when all was written;
`writing` with the index files alone, while it is being written; `server` with a URL.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

_DATABASE = "chroma.sqlite3"
_WRITING = "writing "

_Files: TypeAlias = dict[str, list[Any]]
"""Name -> size in bytes, mtime in ns and, in a fingerprint, the sha-256 of the content; older ones lack that."""


def fingerprint(folder: Path, before: str | None = None) -> str:
    """Names, sizes, mtimes and contents of the files in a ChromaDB folder. SQLite's own side files do not count.

    `before` is the state noted last: files that have not changed since are not read.
    """
    known = _noted(before) or {}
    files = _files(folder)
    for name, seen in files.items():
        old = known.get(name, [])
        seen.append(old[2] if old[:2] == seen and len(old) > 2 else _digest(folder / name))
    return _text(files)


def writing_state(folder: Path) -> str:
    """What to note before writing: the index files, which a kill can tear, unlike the database, as they are now."""
    return _WRITING + _text(_index_files(_files(folder)))


def is_settled(state: str | None) -> bool:
    """Whether nobody was writing when this state was noted."""
    return state is not None and not state.startswith(_WRITING)


def as_left(folder: Path, state: str | None) -> str | None:
    """The state where the files are as they were when it was noted, else None.

    Costs a few stats. A copy has other times: then contents are compared, which reads the files, and the state that
    comes back is to be noted for the next time.
    """
    noted = _noted(state)
    if noted is None:
        return None
    files = _files(folder)
    if not _is_same(folder, files, noted):
        return None
    if all(noted[name][:2] == seen for name, seen in files.items()):
        return state
    return _text({name: [*seen, *noted[name][2:]] for name, seen in files.items()})


def index_is_untouched(folder: Path, state: str | None) -> bool:
    """Whether ChromaDB's index files are as they were when this state was noted."""
    if state is None:
        return False
    noted = _noted(state.removeprefix(_WRITING))
    return noted is not None and _is_same(folder, _index_files(_files(folder)), _index_files(noted))


def _is_same(folder: Path, files: Mapping[str, list[Any]], noted: Mapping[str, list[Any]]) -> bool:
    """Whether there are the same files: by size and time, or else by size and content where that is known."""
    if files.keys() != noted.keys():
        return False
    changed = [name for name, seen in files.items() if noted[name][:2] != seen]
    if any(len(noted[name]) < 3 or noted[name][0] != files[name][0] for name in changed):
        return False
    return all(_digest(folder / name) == noted[name][2] for name in changed)


def _noted(text: str | None) -> _Files | None:
    """The files that were noted; None where the text is about none."""
    try:
        return {str(name): list(seen) for name, seen in json.loads(text or "").items()}
    except (ValueError, AttributeError, TypeError):
        return None


def _index_files(files: Mapping[str, list[Any]]) -> _Files:
    return {name: seen for name, seen in files.items() if name != _DATABASE}


def _text(files: Mapping[str, list[Any]]) -> str:
    return json.dumps(files, separators=(",", ":"))


def _digest(path: Path) -> str:
    """sha-256 of a file; nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _files(folder: Path) -> _Files:
    seen: _Files = {}
    for path in sorted(folder.rglob("*")):
        try:
            status = path.stat()
        except OSError:
            continue  # gone since it was listed: another process is writing
        if path.is_file() and not path.name.endswith(("-wal", "-shm", "-journal")):
            seen[path.relative_to(folder).as_posix()] = [status.st_size, status.st_mtime_ns]
    return seen
