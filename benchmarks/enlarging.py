"""A large collection made of a small one that was really indexed: rows near its own, and links to its files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

from revsearch_tui.core.base.scan import identity_of
from revsearch_tui.core.images.limits import READING_VERSION
from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal


def enlarge(collection: Collection, links: Path, times: int) -> None:
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
