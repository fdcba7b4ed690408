"""Bring collections in step with files that were put into the trash, linked, or brought back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import Control, IndexBusyError, StorageError
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.base.scan import identity_of
from revsearch_tui.core.images.limits import READING_VERSION
from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow

if TYPE_CHECKING:
    from revsearch_tui.core.storage.collections import Collection
    from revsearch_tui.core.workspace import Workspace

Image = tuple[int, int, str]
"""Width, height and format of a picture, as catalogs have it."""


class Arrived(NamedTuple):
    """A file that is there now, and what it holds; `image` None where no catalog knew its picture."""

    path: Path
    image_id: bytes
    image: Image | None


def known_images(workspace: Workspace, image_ids: Sequence[bytes]) -> dict[bytes, Image]:
    """What catalogs say of these pictures, for the day they come back."""
    found: dict[bytes, Image] = {}
    for collection in _catalogued(workspace):
        with Catalog(collection.catalog_file) as catalog:
            for image_id, row in catalog.images(image_ids).items():
                found[image_id] = (row.width, row.height, row.format)
    return found


def follow(
    workspace: Workspace,
    gone: Iterable[Path],
    arrived: Sequence[Arrived],
    control: Control,
    note: Callable[[str], None],
) -> None:
    """Have every collection that knows a file that is gone forget it, and every one whose folders hold a file that
    arrived know it. One that cannot be written to now is told in a note, and follows at its next indexing run."""
    lost = [os.fsencode(path) for path in gone]
    for collection in _catalogued(workspace):
        with Catalog(collection.catalog_file) as catalog:
            known = [path for path in lost if catalog.file(path) is not None]
        mine = [each for each in arrived if any(each.path.is_relative_to(root) for root in collection.roots)]
        if not known and not mine:
            continue
        try:
            _bring_in_step(workspace, collection, known, mine, control, note)
        except (IndexBusyError, StorageError) as error:
            note(
                f"{error}; the collection '{collection.name}' follows at the next: revsearch index -c {collection.name}"
            )


def _bring_in_step(
    workspace: Workspace,
    collection: Collection,
    gone: Sequence[bytes],
    arrived: Sequence[Arrived],
    control: Control,
    note: Callable[[str], None],
) -> None:
    from revsearch_tui.core.storage.store.mending import mark_returned, update

    with writer_lock(collection.home, "following files"), Catalog(collection.catalog_file) as catalog:
        rows = list(_rows(arrived))
        images = {each.image_id: each.image for each in arrived if each.image is not None}
        fresh: Mapping[bytes, Image] = {key: image for key, image in images.items() if not catalog.has_image(key)}
        rows = [row for row in rows if row.image_id in fresh or (row.image_id and catalog.has_image(row.image_id))]
        catalog.commit(rows, [(key, *image) for key, image in fresh.items()])
        catalog.remove_files(gone)
        mark_returned(collection, catalog)
        update(collection, catalog, control, note, store=workspace.store_kind(collection))


def _rows(arrived: Iterable[Arrived]) -> Iterator[FileRow]:
    for path, image_id, _ in arrived:
        try:
            status = path.stat()
        except OSError:
            continue
        yield FileRow(
            os.fsencode(path),
            status.st_size,
            status.st_mtime_ns,
            image_id,
            None,
            READING_VERSION,
            *identity_of(status),
        )


def _catalogued(workspace: Workspace) -> list[Collection]:
    return [collection for collection in workspace.collections() if collection.catalog_file.exists()]
