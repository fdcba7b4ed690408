"""Work that is timed in a process of its own: `python -m benchmarks.child TASK ARGUMENT ...`. Prints JSON.

What a task imports late counts as its time, as it does for a user; starting Python does not.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from revsearch_tui.core.indexing.start_index import index_collection

_BATCH = 32


def index(folder: str, methods: str) -> dict[str, Any]:
    """Index a folder by methods with commas between, with all that belongs to it: catalog, journal, ChromaDB."""
    from revsearch_tui.api import NullControl
    from revsearch_tui.core.workspace import Workspace

    workspace = Workspace()
    started = time.perf_counter()
    report = index_collection(workspace, "bench", [Path(folder)], methods.split(","), control=NullControl())
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "pictures": min(report.embedded.values())}


def decode(folder: str) -> dict[str, Any]:
    """Read and decode the same files as `index` does, with as many processes, and nothing else: no hash, no commit."""
    from revsearch_tui.core.images.pool import DecodePool

    lanes = os.cpu_count() or 1
    started = time.perf_counter()
    with DecodePool(lanes) as pool, ThreadPoolExecutor(lanes) as threads:
        paths = sorted(Path(folder).iterdir())
        count = sum(1 for _ in threads.map(lambda path: pool.decode(path.read_bytes(), path.name), paths))
    return {"seconds": time.perf_counter() - started, "pictures": count}


def usual(folder: str, processes: str) -> dict[str, Any]:
    """As scripts do it: decode the whole picture with Pillow, hash it with imagehash."""
    from benchmarks.peers.usual_phash import hash_folder

    started = time.perf_counter()
    hashes = hash_folder(Path(folder), int(processes))
    return {"seconds": time.perf_counter() - started, "pictures": len(hashes)}


def embed(folder: str, method: str) -> dict[str, Any]:
    """The method alone, loaded already, over pictures that are decoded already."""
    from revsearch_tui.api import NullControl
    from revsearch_tui.core.images.decode import decode_bytes
    from revsearch_tui.core.methods.resolving import make_method
    from revsearch_tui.core.workspace import Workspace

    (choice,) = Workspace().choose([method])
    loaded = make_method(choice, NullControl())
    pictures = [decode_bytes(path.read_bytes(), path.name).picture for path in sorted(Path(folder).iterdir())]
    started = time.perf_counter()
    for start in range(0, len(pictures), _BATCH):
        batch = pictures[start : start + _BATCH]
        if choice.info.shape == "local":
            loaded.aggregate(loaded.extract(batch))
        else:
            loaded.embed(batch)
    seconds = time.perf_counter() - started
    loaded.close()
    return {"seconds": seconds, "pictures": len(pictures)}


def index_watched(folder: str, method: str) -> dict[str, Any]:
    """As `index`, with the seconds that the model itself ran, and the pictures it was given."""
    from benchmarks.sessions import watch

    clock = watch()
    answer = index(folder, method)
    return {**answer, "model_seconds": clock.seconds, "model_pictures": clock.pictures}


def bare_model(method: str, pictures: str) -> dict[str, Any]:
    """The model in a bare loop over one batch of prepared pictures, in a session as the method opens it."""
    import numpy as np

    from benchmarks.sessions import watch
    from revsearch_tui.api import NullControl
    from revsearch_tui.core.methods.resolving import make_method
    from revsearch_tui.core.workspace import Workspace

    clock = watch()
    (choice,) = Workspace().choose([method])
    loaded = make_method(choice, NullControl())
    chance = np.random.default_rng(0)
    loaded.embed([chance.integers(0, 256, (256, 384, 3), np.uint8) for _ in range(_BATCH)])
    assert clock.last is not None
    session, outputs, inputs = clock.last
    batch = len(next(iter(inputs.values())))
    rounds = -(-int(pictures) // batch)
    started = time.perf_counter()
    for _ in range(rounds):
        session.run(outputs, inputs)
    seconds = time.perf_counter() - started
    loaded.close()
    return {"seconds": seconds, "pictures": rounds * batch}


def near_hashes(count: str) -> dict[str, Any]:
    """All pairs of so many hashes within 31 of 256 bits, planted groups of three among them; how many of those pairs
    are missing or invented, and the most memory the process took, in MB."""
    import resource

    from benchmarks.duplicates import RADIUS, hashes
    from revsearch_tui.core.groups.near_hashes import near_hashes as find

    rows, planted = hashes(int(count))
    started, before = time.perf_counter(), os.times()
    near = find(rows, 256, RADIUS)
    seconds, after = time.perf_counter() - started, os.times()
    found = set(zip(near.first.tolist(), near.second.tolist(), strict=True))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": seconds,
        "user": after.user - before.user,
        "system": after.system - before.system,
        "mb": memory,
        "missing": len(planted - found),
        "invented": len(found - planted),
        "pairs": len(planted),
    }


def faiss_hashes(count: str, asked: str) -> dict[str, Any]:
    """The same by faiss, sixteen tables of 16 bits looked up with one bit flipped, for the first so many hashes; the
    seconds are those that all would take."""
    import faiss
    import numpy as np

    from benchmarks.duplicates import RADIUS, hashes

    rows, _ = hashes(int(count))
    data = rows.view(np.uint8).reshape(len(rows), -1)
    started = time.perf_counter()
    index = faiss.IndexBinaryMultiHash(256, 16, 16)
    index.nflip = 1
    index.add(data)
    added = time.perf_counter()
    limits, _, _ = index.range_search(data[: int(asked)], RADIUS + 1)
    looked_up = (time.perf_counter() - added) * int(count) / int(asked)
    return {"seconds": added - started + looked_up, "pairs": int(limits[-1]) - int(asked)}


def write_rows(count: str) -> dict[str, Any]:
    """A collection of so many rows, written through the store."""
    from benchmarks.growth import write_rows as write

    started = time.perf_counter()
    write(int(count))
    return {"seconds": time.perf_counter() - started, "pictures": int(count)}


def open_rows() -> dict[str, Any]:
    """That collection opened, and searched once."""
    from benchmarks.growth import open_rows as search

    started = time.perf_counter()
    found = search()
    return {"seconds": time.perf_counter() - started, "pictures": found}


def memory_mb() -> float:
    """The most memory that this process had resident, in MB."""
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def scan(folder: str) -> dict[str, Any]:
    """Search a journal of embeddings exactly, and tell how much memory was resident at most, in 1,000,000 bytes; on
    Linux."""
    from benchmarks.scale import queries_of
    from revsearch_tui.core.storage.exact import ExactIndex
    from revsearch_tui.core.storage.journal.vectors import VectorJournal

    index = ExactIndex(VectorJournal(Path(folder)), unchecked=True)
    for query in [*queries_of(index)] * 3:
        index.nearest(query, 10)
    # What getrusage tells may be the parent's.
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return {"megabytes": next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "index": index,
    "decode": decode,
    "usual": usual,
    "embed": embed,
    "index_watched": index_watched,
    "bare_model": bare_model,
    "near_hashes": near_hashes,
    "faiss_hashes": faiss_hashes,
    "write_rows": write_rows,
    "open_rows": open_rows,
    "scan": scan,
}


def processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    before = processor_seconds()
    answer = TASKS[sys.argv[1]](*sys.argv[2:])
    more = {"processor_seconds": processor_seconds() - before, "memory_mb": memory_mb()}
    print(json.dumps({**answer, **more}))
