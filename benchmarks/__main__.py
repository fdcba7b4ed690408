"""`python -m benchmarks`: run some or all benchmarks and print a table."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

# Before anything imports onnxruntime: see docs/benchmarks.md on what is kept the same for all.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

NAMES = {
    "startup": "from process start to the first frame of the Search screen, against other Textual apps",
    "responsiveness": "the app among 50,000 pictures while it indexes, against a bare list",
    "cli": "whole commands, against an empty Python program",
    "exact": "exact nearest neighbours, against numpy and faiss",
    "approximate": "ChromaDB's index, against exact search",
    "scale": "exact search among a million, and of a thousand queries at once, against numpy",
    "checking": "whether stored embeddings are as they were, against their bare checksums",
    "nearest": "the nearest rows of thousands of queries, against numpy",
    "duplicates": "all near pairs of many hashes, against faiss",
    "phash": "indexing large photographs by perceptual hash, against decoding alone and against scripts",
    "sift": "a query with 100 candidates verified, against bare OpenCV calls",
    "throughput": "indexing by heavier methods, against the method alone",
    "runtime": "trained networks in onnxruntime, against eager torch",
    "network": "a network inside indexing, against a bare loop over its session",
    "default_set": "the methods of a new collection: indexing and queries, against the same without the network",
    "growth": "how costs, memory and disk grow: 100,000 small pictures, 1,000,000 rows, against a tenth and less",
    "deleting": "letting go of half of a collection, against indexing all of it",
}


def main(arguments: list[str]) -> int:
    """0, or 1 where a target was missed (never with `--quick`), or 2 for bad arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Side-by-side measurements, each within one run.",
        epilog="\n".join(f"{name:12}{what}" for name, what in NAMES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; default: all")
    parser.add_argument("--quick", action="store_true", help="small data, few rounds: does it run, not how fast")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there as well")
    parser.add_argument("--folder", type=Path, help="where the data is made and removed again; needs about 5 GB")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark '{unknown[0]}'; there are: {', '.join(NAMES)}")

    from benchmarks.machine import describe, load
    from benchmarks.measure import Bench
    from benchmarks.table import document, render

    machine = describe()
    if given.folder is not None:
        given.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in given.names or list(NAMES):
        print(f"{name}: {NAMES[name]}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="revsearch-bench-", dir=given.folder) as folder:
            rows.extend(importlib.import_module(f"benchmarks.{name}").run(Bench(Path(folder), given.quick)))
    machine["load at the end"] = load()
    print("\n".join(f"{name}: {value}" for name, value in machine.items()))
    print(f"\n{render(rows)}")
    if given.json:
        given.json.write_text(json.dumps(document(rows, machine, given.quick), indent=2) + "\n", encoding="utf-8")
    return int(not given.quick and any(row.met is False for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
