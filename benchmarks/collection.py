"""The small collection that whole commands and the app are started with."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import Bench, child
from benchmarks.pictures import draw_photo


def small_collection(bench: Bench) -> tuple[Path, Path]:
    """100 drawn photos, indexed by phash: their folder, and the home of the index."""
    folder, home = bench.folder / "pictures", bench.folder / "home"
    folder.mkdir()
    for number in range(bench.size(100, 3)):
        draw_photo(number, 320, 240, shapes=30).save(folder / f"{number}.jpg", quality=85)
    child("index", str(folder), "phash", home=home)
    return folder, home
