"""How costs grow with the collection: indexing, the runs that follow it, memory, disk, and opening what is stored.

Small pictures are really indexed, at a tenth of the size and whole. The largest collections are rows written through
the store alone, as an indexing run writes them: opening and searching them asks for no picture.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from benchmarks.measure import Bench, Row, child
from benchmarks.pictures import draw_photo

_TENTH = 10
_LINEAR = 1.1
"""The exponent that counts as linear: what is measured once may be a quarter off."""
_SIDE = 16
_PARTS = 10
_OPENED_S = 1.0


def run(bench: Bench) -> list[Row]:
    """Each figure is of processes of their own, which the processor seconds are of, too."""
    return [*_pictures(bench), *_rows(bench)]


def _pictures(bench: Bench) -> list[Row]:
    sizes = [bench.size(count, quick) for count, quick in ((10_000, 60), (100_000, 600))]
    found: list[dict[str, float]] = []
    memory: list[tuple[float, float]] = []
    for size in sizes:
        bench.say(f"drawing {size:,} pictures of {_SIDE}x{_SIDE}")
        folder = bench.folder / f"pictures{size}"
        draw(folder, size)
        home = bench.folder / f"home{size}"
        costs = {}
        for name, change in _CHANGES.items():
            change(folder)
            answer = child("index", str(folder), "phash", home=home)
            costs[name] = float(answer["processor_seconds"])
            bench.say(f"  {name}: {costs[name]:.1f} s of a processor, {answer['memory_mb']:.0f} MB")
            if name == "index":
                memory.append((float(answer["memory_mb"]), megabytes(home)))
        found.append(costs)
    few, many = sizes
    rows = [
        _grown(f"{name}, {many:,} small pictures", found[1][name], f"the same with {few:,}", found[0][name])
        for name in _CHANGES
    ]
    for number, what in enumerate(("memory of the index run", "disk after it")):
        bench.say(f"{what}: {memory[0][number]:.0f} MB at {few:,}, {memory[1][number]:.0f} MB at {many:,}")
    peak, disk = ([sample[number] for sample in memory] for number in (0, 1))
    each = 1000 * (peak[1] - peak[0]) / (many - few)
    spent = f"memory {peak[0]:.0f} and {peak[1]:.0f} MB, {each:.2f} KB a picture"
    kept = f"disk {disk[0]:.0f} and {disk[1]:.0f} MB, n^{exponent(disk[1], disk[0]):.2f}"
    rows[0] = replace(rows[0], note=f"{rows[0].note}; {spent}; {kept}")
    return rows


def _rows(bench: Bench) -> list[Row]:
    sizes = [bench.size(count, quick) for count, quick in ((10_000, 200), (100_000, 2_000), (1_000_000, 20_000))]
    opened: list[float] = []
    written: list[float] = []
    notes = []
    for size in sizes:
        home = bench.folder / f"rows{size}"
        bench.say(f"writing {size:,} rows through the store")
        written.append(float(child("write_rows", str(size), home=home)["processor_seconds"]))
        answers = [child("open_rows", home=home) for _ in range(bench.size(5, 1))]
        opened.append(median(float(answer["processor_seconds"]) for answer in answers))
        wall = median(float(answer["seconds"]) for answer in answers)
        notes.append(
            f"{size:,}: {opened[-1]:.2f} s of a processor, {wall:.2f} s on the wall, "
            f"{answers[-1]['memory_mb']:.0f} MB of memory, {megabytes(home):.0f} MB on the disk"
        )
        bench.say(f"  {notes[-1]}")
    few, _, many = sizes
    name = f"open a collection of {many:,} pictures and search it"
    row = _grown(name, opened[-1], f"the same of {few:,}", opened[0], times=many / few)
    opening = replace(row, most_seconds=_OPENED_S, note="; ".join([row.note, *notes]))
    name = f"write {many:,} rows into journal and catalog"
    return [opening, _grown(name, written[-1], f"the same of {few:,}", written[0], times=many / few)]


def exponent(large: float, small: float, times: float = _TENTH) -> float:
    """Of n in the cost, where `large` is that of `times` as many as `small`: 1 is linear."""
    return math.log(large / small) / math.log(times)


def _grown(name: str, large: float, peer: str, small: float, times: float = _TENTH) -> Row:
    slope = exponent(large, small, times)
    return Row(name, large, peer, small, most_ratio=times**_LINEAR, note=f"grows as n^{slope:.2f}")


def draw(folder: Path, count: int) -> None:
    """Small pictures by chance, in ten folders."""
    chance = np.random.default_rng(7)
    for part in range(_PARTS):
        (folder / f"part{part}").mkdir(parents=True)
    for number in range(count):
        pixels = chance.integers(0, 256, (_SIDE, _SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"part{number % _PARTS}" / f"{number:07d}.png", compress_level=1)


def _every_file(folder: Path) -> Iterator[Path]:
    return (path for part in sorted(folder.iterdir()) for path in sorted(part.iterdir()))


def _change_one(folder: Path) -> None:
    Image.new("RGB", (_SIDE, _SIDE), (200, 10, 90)).save(next(_every_file(folder)))


def _rename_all(folder: Path) -> None:
    for part in sorted(folder.iterdir()):
        part.rename(part.with_name(f"renamed-{part.name}"))


def _delete_half(folder: Path) -> None:
    for path in list(_every_file(folder))[::2]:
        path.unlink()


_CHANGES: dict[str, Callable[[Path], object]] = {
    "index": lambda folder: None,
    "second run": lambda folder: None,
    "one changed file": _change_one,
    "renamed folders": _rename_all,
    "half of them deleted": _delete_half,
}


def megabytes(folder: Path) -> float:
    """The sizes of all files below a folder, in MB."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def write_rows(count: int) -> None:
    """A collection of so many pictures that were never files, as indexing by phash writes it, without ChromaDB."""
    from revsearch_tui.api import NullControl
    from revsearch_tui.core.images.limits import READING_VERSION
    from revsearch_tui.core.indexing.start_index import index_collection
    from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
    from revsearch_tui.core.storage.catalog.restoring import remember_sound
    from revsearch_tui.core.storage.journal.vectors import VectorJournal
    from revsearch_tui.core.workspace import Workspace

    workspace = Workspace()
    folder = Path(os.environ["REVSEARCH_HOME"]) / "pictures"
    folder.mkdir(parents=True)
    draw_photo(0, 320, 240, shapes=30).save(folder / "query.png")
    index_collection(workspace, "bench", [folder], ["phash"], control=NullControl())
    collection = workspace.collection("bench")
    chance = np.random.default_rng(1)
    with Catalog(collection.catalog_file) as catalog:
        (key,) = catalog.index_keys()
        journal = VectorJournal(collection.journal_folder(key.key), metric=key.metric, dim=key.dim)
        journal.recover()
        for start in range(0, count, 4096):
            size = min(4096, count - start)
            ids = [chance.bytes(32) for _ in range(size)]
            journal.append(ids, chance.integers(0, 2, (size, key.dim), np.uint8))
            names = [os.fsencode(folder / f"gone{start + number:07d}.jpg") for number in range(size)]
            files = [
                FileRow(name, 1_000, 1, image_id, None, READING_VERSION)
                for name, image_id in zip(names, ids, strict=True)
            ]
            catalog.commit(files, [(image_id, 640, 480, "jpeg") for image_id in ids], {key.key: ids})
        job = catalog.start_job("index", "benchmark")
        catalog.finish_job(job, "done", "")
    remember_sound(collection, job)


def open_rows() -> int:
    """Open the collection of `write_rows` and search it by its one real picture; how many pictures were searched."""
    from revsearch_tui.api import NullControl
    from revsearch_tui.core.search.sources import read_query
    from revsearch_tui.core.search.start_search import open_engine, search_request
    from revsearch_tui.core.workspace import Workspace

    workspace = Workspace()
    query = Path(os.environ["REVSEARCH_HOME"]) / "pictures" / "query.png"
    engine = open_engine(workspace, workspace.collection("bench"), NullControl(), lambda _text: None)
    try:
        request = search_request(workspace, workspace.choose(["phash"]), named=True)
        (result,) = engine.search([read_query(str(query))], request)
    finally:
        engine.close()
    if result.hits[0].path != query:
        raise AssertionError(f"the picture itself was not found among {result.gallery}")
    return result.gallery
