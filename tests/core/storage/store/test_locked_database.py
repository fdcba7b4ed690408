"""ChromaDB's database is another process's for an instant whenever one opens it: writing waits for that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from revsearch_tui.core.storage.store.chroma import ChromaIndex

IDS, ROWS = [bytes([number]) * 32 for number in range(3)], np.eye(3, dtype=np.float32)
NAMES = [{"path": f"/{number}.png"} for number in range(3)]
WRITES: dict[str, Callable[[ChromaIndex], object]] = {
    "rows": lambda index: index.upsert(IDS, ROWS, NAMES),
    "names": lambda index: index.update_metadata(IDS[:1], NAMES[1:2]),
    "deletion": lambda index: index.delete(IDS[:1]),
    "settings": lambda index: index.write_index_every(500),
}
_HOLDER = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(0.3)
database.execute("ROLLBACK")
"""


@pytest.mark.parametrize("name", WRITES)
def test_what_is_locked_for_an_instant_is_written_all_the_same(name: str, tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path / "rows", "some-key", "cosine")
    try:
        index.upsert(IDS, ROWS, NAMES)
        database = tmp_path / "rows" / "chroma.sqlite3"
        with subprocess.Popen([sys.executable, "-c", _HOLDER, database], stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None and holder.stdout.readline() == "locked\n"
            WRITES[name](index)
        assert holder.returncode == 0
        assert index.count() == (2 if name == "deletion" else 3)
    finally:
        index.close()
