"""What the methods of a new collection cost: indexing photographs, and a query from its file to the paths found."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from itertools import count, cycle
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.measure import Bench, Row, child, command, interleave, revsearch, timed
from benchmarks.pictures import gallery_folder, near_copies, photo_folder
from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.base.scan import identity_of
from revsearch_tui.core.images.limits import READING_VERSION
from revsearch_tui.core.indexing.changes import changes_below
from revsearch_tui.core.indexing.start_index import index_collection, index_settings
from revsearch_tui.core.methods.sets import DEFAULT, SETS
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.results import SearchRequest
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal
from revsearch_tui.core.workspace import Workspace

_WITHOUT = ("phash", "sift")
"""The default set without its network."""


def run(bench: Bench) -> list[Row]:
    """The default set against the same without its network, and the quick set against it."""
    return [*_indexing(bench), *_queries(bench)]


def _indexing(bench: Bench) -> list[Row]:
    photos = bench.size(120, 6)
    width, height = (1000, 750) if bench.quick else (4000, 3000)
    bench.say(f"drawing {photos} photographs of {width}x{height}")
    folder = photo_folder(bench.folder / "photos", photos, bench.size(24, 3), width, height)
    fresh = (bench.folder / f"home{number}" for number in count())

    spent: dict[tuple[str, ...], list[float]] = {}

    def task(methods: tuple[str, ...]) -> Callable[[], float]:
        def action() -> float:
            answer = child("index", str(folder), ",".join(methods), home=next(fresh))
            if answer["pictures"] != photos:
                raise AssertionError(f"{methods} took {answer['pictures']} of {photos} pictures")
            spent.setdefault(methods, []).append(answer["processor_seconds"])
            bench.say(f"  index by {', '.join(methods)}: {answer['seconds']:.2f} s")
            return float(answer["seconds"])

        return action

    sets = {"default": DEFAULT, "without": _WITHOUT, "quick": SETS["quick"]}
    found = interleave({name: task(methods) for name, methods in sets.items()}, bench.size(3, 1))
    what = f"index {photos} photos of {width * height / 1e6:.0f} MP"
    busy = {name: 1000 * median(spent[methods]) / photos for name, methods in sets.items()}
    note = (
        f"{1000 * found['default'] / photos:.0f} ms a photo; processor time, which a busy machine changes least: "
        f"{busy['default']:.0f} ms, by phash and sift {busy['without']:.0f} ms, by the quick set {busy['quick']:.0f} ms"
    )
    return [
        Row(f"{what} by the default set", found["default"], "phash and sift", found["without"], note=note),
        Row(f"{what} by the quick set", found["quick"], "the default set", found["default"]),
    ]


def _queries(bench: Bench) -> list[Row]:
    pictures, more = bench.size(1_000, 24), bench.size(50, 3)
    engines: list[SearchEngine] = []
    actions: dict[str, Callable[[], float]] = {}
    for times in (1, more):
        place = bench.folder / f"times{times}"
        folder, kind = gallery_folder(place / "gallery", pictures)
        queries = near_copies(folder, place / "queries", bench.size(10, 2))
        bench.say(f"indexing {pictures} {kind} by the default set")
        workspace = Workspace(Folders(*(place / name for name in ("data", "cache", "config"))))
        index_collection(workspace, "bench", [folder], DEFAULT, control=NullControl())
        collection = workspace.collection("bench")
        if times > 1:
            bench.say(f"making {pictures * times:,} of them")
            _enlarge(collection, folder / "links", times)
        if changes := changes_below(collection, folder, index_settings(workspace)):
            raise AssertionError(f"the collection is not as the folder is: {changes}")
        engine = open_engine(workspace, collection, NullControl(), bench.say)
        engines.append(engine)
        for name, methods in (("default", DEFAULT), ("without", _WITHOUT)):
            request = search_request(workspace, workspace.choose(methods), named=False)
            _check(engine, queries[0], request, pictures * times)
            actions[f"{name} {times}"] = _each(queries, engine, request)
        words = (revsearch(), "search", str(queries[0]), "-f", "paths")
        actions[f"folder {times}"] = partial(command, *words, str(folder), home=place)
        actions[f"named {times}"] = partial(command, *words, "-c", "bench", home=place)
    commands = [name for name in actions if name.startswith(("folder", "named"))]
    found = interleave(actions, bench.size(30, 2), rare=dict.fromkeys(commands, bench.size(9, 1)))
    for engine in engines:
        engine.close()
    rows = []
    for times in (1, more):
        among = f"among {pictures * times:,}"
        name = f"query by the default set {among}"
        rows.append(Row(name, found[f"default {times}"], "phash and sift", found[f"without {times}"], note=kind))
        name = f"revsearch search PICTURE FOLDER {among}"
        rows.append(Row(name, found[f"folder {times}"], "the same with -c NAME", found[f"named {times}"]))
    name = f"query by the default set among {pictures * more:,}"
    return [*rows, Row(name, found[f"default {more}"], f"the same among {pictures:,}", found["default 1"])]


def _check(engine: SearchEngine, query: Path, request: SearchRequest, pictures: int) -> None:
    (result,) = engine.search([read_query(str(query))], request)
    if result.gallery != pictures or result.hits[0].tier not in ("copy", "same thing"):
        raise AssertionError(f"among {result.gallery} pictures the near-copy {query.name} was not found")


def _each(queries: list[Path], engine: SearchEngine, request: SearchRequest) -> Callable[[], float]:
    asked = cycle(queries)
    return timed(lambda: engine.search([read_query(str(next(asked)))], request)[0].hits)


def _enlarge(collection: Collection, links: Path, times: int) -> None:
    """Add `times` - 1 pictures for each there is: its local features, rows near its own, and a link to its file."""
    chance = np.random.default_rng(0)
    links.mkdir()
    with Catalog(collection.catalog_file) as catalog:
        originals = [row for row in catalog.files() if row.image_id]
        ids = [row.image_id for row in originals if row.image_id]
        known = catalog.images(ids)
        keys = catalog.index_keys()
        made = [[hashlib.sha256(image_id + bytes([turn])).digest() for image_id in ids] for turn in range(1, times)]
        for key in keys:
            journal = VectorJournal(collection.journal_folder(key.key))
            blobs = BlobJournal(collection.features_folder(key.key)) if key.shape == "local" else None
            stored = {
                bytes(image_id): row
                for rows, voids in journal.all_blocks()
                for row, image_id in zip(rows, voids.tolist(), strict=True)
            }
            rows = journal.unpack(np.stack([stored[image_id] for image_id in ids]))
            features = [] if blobs is None else [bytes(blobs.get(image_id) or b"") for image_id in ids]
            for copies in made:
                if blobs is not None:
                    blobs.append(copies, features)
                if journal.metric == "hamming":
                    journal.append(copies, (rows != (chance.random(rows.shape) < 0.4)).astype(np.uint8))
                else:
                    noise = chance.standard_normal(rows.shape, np.float32) * np.float32(0.7 / np.sqrt(journal.dim))
                    journal.append(copies, rows + noise)
        paths = {image_id: row.path for row, image_id in zip(originals, ids, strict=True)}
        for copies in made:
            for image_id, copy in zip(ids, copies, strict=True):
                link = links / f"{copy.hex()}.jpg"
                os.link(os.fsdecode(paths[image_id]), link)
                paths[copy] = os.fsencode(link)
        files = []
        for image_id, path in paths.items():  # when all links are made, for each changes its file's ctime
            status = os.stat(path)  # noqa: PTH116 - the path is bytes
            identity = identity_of(status)
            files.append(FileRow(path, status.st_size, status.st_mtime_ns, image_id, None, READING_VERSION, *identity))
        images = [
            (copy, known[image_id].width, known[image_id].height, known[image_id].format)
            for copies in made
            for image_id, copy in zip(ids, copies, strict=True)
        ]
        catalog.commit(files, images, {key.key: (copy for copies in made for copy in copies) for key in keys})
