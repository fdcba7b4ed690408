"""Read what ChromaDB holds with chromadb itself, in a process apart: it keeps state in the process that opens it."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path

_CONTEXT = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
if sys.platform != "win32":
    _CONTEXT.set_forkserver_preload(["chromadb", __name__])


def read_apart(folders: Sequence[tuple[str, str]], target: Path) -> None:
    """Write `ids0`, `rows0`, `paths0`, `ids1` and so on to an .npz, for each (ChromaDB's folder, name in it)."""
    process = _CONTEXT.Process(target=_read, args=(folders, str(target)))
    process.start()
    process.join()
    assert process.exitcode == 0, "what ChromaDB holds could not be read"


def _read(folders: Sequence[tuple[str, str]], target: str) -> None:
    import chromadb
    import numpy as np
    from chromadb.config import Settings

    arrays = {}
    for number, (folder, name) in enumerate(folders):
        client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
        found = client.get_collection(name, embedding_function=None).get(include=["embeddings", "metadatas"])
        assert len(set(found["ids"])) == len(found["ids"])
        arrays[f"ids{number}"] = np.array(found["ids"], dtype="U64")
        arrays[f"rows{number}"] = np.asarray(found["embeddings"], np.float32).reshape(len(found["ids"]), -1)
        arrays[f"paths{number}"] = np.array([entry["path"] for entry in found["metadatas"] or []], dtype="U")
        client.close()
    np.savez(target, **arrays)
