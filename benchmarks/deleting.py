"""What it takes to let go of half of a collection, and what the disk gets back."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.measure import Bench, Row, child, interleave

_PARTS = {"journal": "journal", "ChromaDB": "chroma", "catalog": "catalog.sqlite*"}


def run(bench: Bench) -> list[Row]:
    """Index small pictures by phash, delete every other one, index again."""
    pictures = bench.size(20_000, 400)
    sizes: dict[str, tuple[float, float]] = {}
    rounds = count()
    made: list[Path] = []

    def make() -> float:
        base = bench.folder / f"round{next(rounds)}"
        bench.say(f"drawing {pictures} pictures of 16x16")
        _draw(base / "pictures", pictures)
        made.append(base)
        seconds = float(child("index", str(base / "pictures"), "phash", home=base / "home")["seconds"])
        bench.say(f"  all made: {seconds:.1f} s")
        return seconds

    def delete() -> float:
        base = made[-1]
        before = _megabytes(base / "home")
        for path in sorted((base / "pictures").iterdir())[::2]:
            path.unlink()
        seconds = float(child("index", str(base / "pictures"), "phash", home=base / "home")["seconds"])
        bench.say(f"  half deleted: {seconds:.1f} s")
        after = _megabytes(base / "home")
        sizes.update({part: (before[part], after[part]) for part in _PARTS})
        return seconds

    found = interleave({"make": make, "delete": delete}, bench.size(2, 1))
    note = ", ".join(f"{part} {before:.1f} to {after:.1f} MB" for part, (before, after) in sizes.items())
    name = f"let go of every other one of {pictures} pictures"
    return [Row(name, found["delete"], "indexing all of them", found["make"], most_ratio=1.0, note=note)]


def _draw(folder: Path, pictures: int) -> None:
    folder.mkdir(parents=True)
    random = np.random.default_rng(7)
    for number in range(pictures):
        Image.fromarray(random.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(folder / f"{number:06d}.png")


def _megabytes(home: Path) -> dict[str, float]:
    """Part of the collection -> MB."""
    collection = home / "data" / "collections" / "bench"
    found = {}
    for part, pattern in _PARTS.items():
        files = [path for top in collection.glob(pattern) for path in (top, *top.rglob("*")) if path.is_file()]
        found[part] = sum(path.stat().st_size for path in files) / 1e6
    return found
