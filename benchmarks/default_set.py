"""What the methods of a new collection cost: indexing photographs, and a query from its file to the paths found."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from itertools import count, cycle
from pathlib import Path

import numpy as np

from benchmarks.measure import Bench, Row, child, interleave, timed
from benchmarks.pictures import gallery_folder, near_copies, photo_folder
from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.start_index import index_collection
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

    def task(methods: tuple[str, ...]) -> Callable[[], float]:
        def action() -> float:
            answer = child("index", str(folder), ",".join(methods), home=next(fresh))
            if answer["pictures"] != photos:
                raise AssertionError(f"{methods} took {answer['pictures']} of {photos} pictures")
            bench.say(f"  index by {', '.join(methods)}: {answer['seconds']:.2f} s")
            return float(answer["seconds"])

        return action

    sets = {"default": DEFAULT, "without": _WITHOUT, "quick": SETS["quick"]}
    found = interleave({name: task(methods) for name, methods in sets.items()}, bench.size(3, 1))
    what = f"index {photos} photos of {width * height / 1e6:.0f} MP"
    note = f"{1000 * found['default'] / photos:.0f} ms a photo"
    return [
        Row(f"{what} by the default set", found["default"], "phash and sift", found["without"], note=note),
        Row(f"{what} by the quick set", found["quick"], "the default set", found["default"]),
    ]


def _queries(bench: Bench) -> list[Row]:
    pictures, more = bench.size(1_000, 24), bench.size(50, 3)
    folder, kind = gallery_folder(bench.folder / "gallery", pictures)
    queries = near_copies(folder, bench.folder / "queries", bench.size(10, 2))
    bench.say(f"indexing {pictures} {kind} by the default set")
    engines: list[SearchEngine] = []
    actions: dict[str, Callable[[], float]] = {}
    for times in (1, more):
        place = bench.folder / f"times{times}"
        workspace = Workspace(Folders(*(place / name for name in ("data", "cache", "config"))))
        index_collection(workspace, "bench", [folder], DEFAULT, control=NullControl())
        collection = workspace.collection("bench")
        if times > 1:
            bench.say(f"making {pictures * times:,} of them")
            _enlarge(collection, bench.folder / "links", times)
        engine = open_engine(workspace, collection, NullControl(), bench.say)
        engines.append(engine)
        for name, methods in (("default", DEFAULT), ("without", _WITHOUT)):
            request = search_request(workspace, workspace.choose(methods), named=False)
            _check(engine, queries[0], request, pictures * times)
            actions[f"{name} {times}"] = _each(queries, engine, request)
    found = interleave(actions, bench.size(30, 2))
    for engine in engines:
        engine.close()
    few, many = (f"query by the default set among {pictures * times:,}" for times in (1, more))
    default, without = (tuple(found[f"{name} {times}"] for times in (1, more)) for name in ("default", "without"))
    return [
        Row(few, default[0], "phash and sift", without[0], note=f"{kind}; from the query's file to paths"),
        Row(many, default[1], "phash and sift", without[1], note="rows beyond the first thousand are made of them"),
        Row(many, default[1], f"the same among {pictures:,}", default[0]),
    ]


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
        first = [(row, image) for row in catalog.files() if row.image_id and (image := catalog.image(row.image_id))]
        keys = catalog.index_keys()
        journals = {key.key: VectorJournal(collection.journal_folder(key.key)) for key in keys}
        blobs = {key.key: BlobJournal(collection.features_folder(key.key)) for key in keys if key.shape == "local"}
        stored = {
            name: {
                bytes(i): row for rows, ids in journal.all_blocks() for row, i in zip(rows, ids.tolist(), strict=True)
            }
            for name, journal in journals.items()
        }
        ids = [image.image_id for _, image in first]
        for turn in range(1, times):
            made = [hashlib.sha256(image_id + bytes([turn])).digest() for image_id in ids]
            files = []
            for (row, _), image_id in zip(first, made, strict=True):
                link = links / f"{image_id.hex()}.jpg"
                os.link(os.fsdecode(row.path), link)
                files.append(FileRow(os.fsencode(link), row.size, row.mtime_ns, image_id, None, row.decoder))
            for name, journal in journals.items():
                rows = journal.unpack(np.stack([stored[name][image_id] for image_id in ids]))
                if name in blobs:
                    features = [bytes(blob) for image_id in ids if (blob := blobs[name].get(image_id)) is not None]
                    blobs[name].append(made, features)
                if journal.metric == "hamming":
                    journal.append(made, (rows != (chance.random(rows.shape) < 0.4)).astype(np.uint8))
                else:
                    spread = 0.7 / np.sqrt(journal.dim)
                    noise = chance.standard_normal(rows.shape, np.float32) * np.float32(spread)
                    journal.append(made, rows + noise)
            images = [
                (image_id, image.width, image.height, image.format)
                for (_, image), image_id in zip(first, made, strict=True)
            ]
            catalog.commit(files, images, dict.fromkeys(journals, made))
