"""The pictures that copies are looked for in, indexed, and the originals drawn from among them."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import Control, Sample, StorageError, UsageError
from revsearch_tui.core.base.cache_use import in_use
from revsearch_tui.core.evaluation.robustness.robustness_request import LEAST_SAMPLE, RobustnessRequest
from revsearch_tui.core.evaluation.room import trim_cache
from revsearch_tui.core.indexing.cached_folders import bring_up_to_date, cached_collection
from revsearch_tui.core.methods.resolving import MethodChoice
from revsearch_tui.core.search.opened import OpenedMethod, check_keys
from revsearch_tui.core.search.ranking import check_indexed
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import Collection

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.labelled.decoding import PictureReader
    from revsearch_tui.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Gallery:
    """`image_ids`, in ascending order, are the pictures that every method has embedded; `paths` one file of each.

    `sampled` are positions of the originals among them, in the order they were drawn. `own` is whether this is the
    index of a collection of the user's, not one made for the run.
    """

    collection: Collection
    own: bool
    opened: Sequence[OpenedMethod]
    image_ids: Sequence[bytes]
    paths: Sequence[Path]
    sampled: Sequence[int]


@contextlib.contextmanager
def open_gallery(
    workspace: Workspace, request: RobustnessRequest, control: Control, note: Callable[[str], None]
) -> Iterator[Gallery]:
    """The gallery of a request, closed after use; folders are indexed first, as far as they are not yet.

    Raises `UsageError` (too few pictures), `IndexMissingError`, `MethodUnavailableError`, `StorageError`.
    """
    with contextlib.ExitStack() as stack:
        collection, choices, own = _indexed(workspace, request, stack, control, note)
        catalog = stack.enter_context(Catalog(collection.catalog_file))
        check_keys(collection, catalog, choices)
        opened = []
        for choice in choices:
            method = OpenedMethod(collection, catalog, choice, control)
            stack.callback(method.close)
            if method.trouble or method.finish_checking():
                raise StorageError(method.trouble)  # figures of a part would pass for those of the whole
            if own:
                check_indexed(method, collection.name)
            opened.append(method)
        live = catalog.image_ids().intersection(*(catalog.marked(method.key.key) for method in opened))
        # An indexing run that goes on meanwhile marks pictures whose rows were not there when the journals were opened.
        live = {one for one in live if all(method.exact.row_of(one) is not None for method in opened)}
        image_ids = sorted(live)
        paths = _paths(catalog, live)
        drawn = _drawn(image_ids, [paths[image_id] for image_id in image_ids], request)
        if len(drawn) < LEAST_SAMPLE:
            raise UsageError(f"there are {len(drawn)} pictures to make copies of; at least {LEAST_SAMPLE} are needed")
        first = [paths[image_id][0] for image_id in image_ids]
        for position in drawn:
            first[position] = next((path for path in paths[image_ids[position]] if path.exists()), first[position])
        yield Gallery(collection, own, opened, image_ids, first, drawn)


def read(reader: PictureReader, gallery: Gallery, positions: Sequence[int]) -> Iterator[tuple[int, Picture]]:
    """The pictures at these positions of a gallery; files that cannot be read any more are passed over."""
    samples = [Sample(gallery.paths[position], "") for position in positions]
    for position, picture in zip(positions, reader.pictures(samples), strict=True):
        if picture is not None:
            yield position, picture


def _indexed(
    workspace: Workspace,
    request: RobustnessRequest,
    stack: contextlib.ExitStack,
    control: Control,
    note: Callable[[str], None],
) -> tuple[Collection, list[MethodChoice], bool]:
    model = request.model or None
    if not request.data and not request.distractors:
        collection = workspace.collection(request.collection or None)
        return (
            collection,
            workspace.choose_to_search(collection, request.methods, model=model, options=request.options, note=note),
            True,
        )
    if request.data:
        originals = tuple(Path(os.path.realpath(folder)) for folder in request.data)
        choices = (
            workspace.choose(request.methods, model=model, options=request.options)
            if request.methods
            else workspace.choose_for_new(request.options, lambda _label, why: note(f"left out: {why}"))
        )
    else:
        collection = workspace.collection(request.collection or None)
        originals = collection.roots
        choices = workspace.choose_to_search(
            collection, request.methods, model=model, options=request.options, note=note
        )
    collection = _cached(workspace, originals, request)
    stack.enter_context(in_use(collection.home))
    stack.callback(trim_cache, workspace)
    bring_up_to_date(workspace, collection, choices, control, note)
    return collection, choices, False


def _cached(workspace: Workspace, roots: Sequence[Path], request: RobustnessRequest) -> Collection:
    """The folders as a collection of their own in the cache; a later run finds it there."""
    folders = [*roots, *(Path(os.path.realpath(folder)) for folder in request.distractors)]
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"'{folder}' is not a folder; give folders of pictures")
    collection = cached_collection(workspace, folders)
    try:
        collection.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write to {collection.home}: {error.strerror or error}") from None
    return collection


def _paths(catalog: Catalog, live: set[bytes]) -> dict[bytes, list[Path]]:
    found: dict[bytes, list[Path]] = {image_id: [] for image_id in live}
    for row in catalog.files():
        if row.image_id in live:
            found[row.image_id].append(Path(os.fsdecode(row.path)))
    return found


def _drawn(image_ids: Sequence[bytes], paths: Sequence[Sequence[Path]], request: RobustnessRequest) -> list[int]:
    """Positions of at most `sample` pictures, ordered by a hash of seed and image id: a smaller sample is the
    beginning of a larger one, and other pictures in the gallery do not change who is drawn first."""
    apart = [Path(os.path.realpath(folder)) for folder in request.distractors]

    def is_original(files: Sequence[Path]) -> bool:
        return any(not any(file.is_relative_to(folder) for folder in apart) for file in files)

    salt = str(request.seed).encode()
    order = sorted(
        (position for position in range(len(image_ids)) if is_original(paths[position])),
        key=lambda position: hashlib.sha256(salt + image_ids[position]).digest(),
    )
    return order[: request.sample]
