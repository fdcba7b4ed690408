"""Notice without opening ChromaDB that its files are not as revsearch left them."""

from __future__ import annotations

import json
from pathlib import Path


def fingerprint(folder: Path) -> str:
    """Names, sizes and mtimes of the files in a ChromaDB folder. SQLite's own side files do not count."""
    seen = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith(("-wal", "-shm", "-journal")):
            status = path.stat()
            seen[path.relative_to(folder).as_posix()] = [status.st_size, status.st_mtime_ns]
    return json.dumps(seen, separators=(",", ":"))
