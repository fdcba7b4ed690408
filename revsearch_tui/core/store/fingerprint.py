"""Notice without opening ChromaDB that its files are not as revsearch left them.

The state of a ChromaDB, as the catalog notes it, is one of: the fingerprint of its folder, when all was written;
`writing` with the fingerprint of the index files alone, while it is being written; `server` with a URL.
"""

from __future__ import annotations

import json
from pathlib import Path

_DATABASE = "chroma.sqlite3"
_WRITING = "writing "


def fingerprint(folder: Path) -> str:
    """Names, sizes and mtimes of the files in a ChromaDB folder. SQLite's own side files do not count."""
    return json.dumps(_files(folder), separators=(",", ":"))


def writing_state(folder: Path) -> str:
    """What to note before writing: the index files, which a kill can tear, unlike the database, as they are now."""
    return _WRITING + _index_fingerprint(_files(folder))


def is_settled(state: str | None) -> bool:
    """Whether nobody was writing when this state was noted."""
    return state is not None and not state.startswith(_WRITING)


def index_is_untouched(folder: Path, state: str | None) -> bool:
    """Whether ChromaDB's index files are as they were when this state was noted."""
    if state is None:
        return False
    try:
        noted = state[len(_WRITING) :] if state.startswith(_WRITING) else _index_fingerprint(json.loads(state))
    except (ValueError, AttributeError):
        return False
    return noted == _index_fingerprint(_files(folder))


def _index_fingerprint(files: dict[str, list[int]]) -> str:
    return json.dumps({name: seen for name, seen in files.items() if name != _DATABASE}, separators=(",", ":"))


def _files(folder: Path) -> dict[str, list[int]]:
    seen = {}
    for path in sorted(folder.rglob("*")):
        try:
            status = path.stat()
        except OSError:
            continue  # gone since it was listed: another process is writing
        if path.is_file() and not path.name.endswith(("-wal", "-shm", "-journal")):
            seen[path.relative_to(folder).as_posix()] = [status.st_size, status.st_mtime_ns]
    return seen
