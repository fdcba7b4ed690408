"""The pictures that are compared: those of one collection, or of one and another."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.api import Control, Features, IndexMissingError, PictureError
from revsearch_tui.core.base.files import unchanged
from revsearch_tui.core.groups.overlooked import may_overlook, with_overlooked
from revsearch_tui.core.images.decode import DecodedImage, decode_image
from revsearch_tui.core.images.decoded_picture import frozen
from revsearch_tui.core.pixels.shown_by import small_look
from revsearch_tui.core.pixels.tones import LUMA, Tones, reduced
from revsearch_tui.core.search.opened import OpenedMethod, check_keys
from revsearch_tui.core.storage.catalog.catalog import Catalog, ImageRow
from revsearch_tui.core.storage.catalog.restoring import check_before_reading
from revsearch_tui.core.storage.journal.features import unpack_features
from revsearch_tui.core.storage.judgements import Judgements

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL import Image

    from revsearch_tui.api import Picture
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.storage.collections import Collection
    from revsearch_tui.core.workspace import Workspace


_TONES_SIDE, _KEPT_TONES, _KEPT_LOOKS = 512, 1024, 32
_BATCH = 16
"""Pictures that are looked at together for what was overlooked."""
_MOST_OVERLOOKED = 4000
"""Pictures that are looked at for features that were overlooked; of more none are, for all of them are in memory."""


class Look(NamedTuple):
    """A picture as it is held against others: in colours, of as many pixels as pictures are compared at, and how far it
    is opaque there, of mode L; None where all of it is."""

    image: Image.Image
    opacity: Image.Image | None


class Side:
    """One collection, open to be compared; a context manager. `images` are its pictures, by number; `under` keeps only
    files below these folders."""

    def __init__(
        self,
        workspace: Workspace,
        collection: Collection,
        choices: Sequence[MethodChoice],
        control: Control,
        note: Callable[[str], None],
        under: Sequence[Path] = (),
    ) -> None:
        """Raises `IndexMissingError`, `StorageError`, `MethodUnavailableError`."""
        self.collection = collection
        homes = [each.home for each in workspace.collections()]
        self.judgements = Judgements([collection.home] if collection.home in homes else homes)
        """For folders, which are indexed in the cache, what was said in any collection."""
        if not collection.catalog_file.exists():
            raise IndexMissingError(
                f"the collection '{collection.name}' is not indexed yet; run: revsearch index -c {collection.name}"
            )
        check_before_reading(collection)
        self._catalog = Catalog(collection.catalog_file)
        self._readers, self._max_pixels = cache(workspace.registry.readers), workspace.max_pixels
        self._max_file_bytes = workspace.config.number("index.max_file_mb") * 1_000_000
        self._overlooked: dict[tuple[str, int], Features] = {}
        self.tones = lru_cache(_KEPT_TONES)(self._tones)
        self.look = lru_cache(_KEPT_LOOKS)(self._look)
        self.opened: dict[str, OpenedMethod] = {}
        try:
            check_keys(collection, self._catalog, choices)
            timeout_s = workspace.config.real("index.method_timeout_s")
            for choice in choices:
                opened = OpenedMethod(collection, self._catalog, choice, control, timeout_s=timeout_s)
                self.opened[choice.label] = opened
                if trouble := opened.trouble or opened.finish_checking():
                    note(trouble)
            self.images = _images(self._catalog, under)
        except BaseException:
            self.close()
            raise
        self.image_ids = [image.image_id for image in self.images]

    def __enter__(self) -> Side:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything."""
        for opened in self.opened.values():
            opened.close()
        self._catalog.close()

    def rows(self, label: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """What a method stored of the pictures, in their order, and of which there is anything that tells them
        apart."""
        stored, has = self.opened[label].exact.stored(self.image_ids)
        return stored, has & stored.any(axis=1)

    def features(self, label: str, number: int) -> Features | None:
        """The local features of a picture; None where there are none, or not as they were stored. With those that were
        overlooked, where these were looked for."""
        if (more := self._overlooked.get((label, number))) is not None:
            return more
        blobs = self.opened[label].blobs
        blob = blobs.get(self.image_ids[number]) if blobs is not None else None
        return None if blob is None else unpack_features(blob)

    def overlooked(self, label: str) -> set[int]:
        """The pictures of which `features` tells what was overlooked, too."""
        return {number for of, number in self._overlooked if of == label}

    def look_for_overlooked(self, label: str, numbers: Sequence[int], control: Control) -> None:
        """Have `features` tell also what parts of these pictures have that were overlooked, as far as they are not too
        many. Raises `MethodUnavailableError`, `Cancelled`."""
        if len(numbers) > _MOST_OVERLOOKED:
            return
        asked: list[tuple[int, Features, Picture]] = []
        for done, number in enumerate(numbers):
            control.check()
            control.progress(done, len(numbers), "looking for what was overlooked")
            features = self.features(label, number)
            if features is not None and may_overlook(features) and (picture := self._picture(number)) is not None:
                asked.append((number, features, picture))
            if asked and (len(asked) == _BATCH or done + 1 == len(numbers)):
                places, *known = zip(*asked, strict=True)
                found = with_overlooked(self.opened[label], *known)
                self._overlooked.update(
                    ((label, place), more) for place, more in zip(places, found, strict=True) if more is not None
                )
                asked.clear()

    def _tones(self, number: int) -> Tones | None:
        """Of a picture of 512 pixels or little less at the most, in whole tones; None where it cannot be read. The last
        ones are remembered."""
        picture = self._picture(number)
        if picture is None:
            return None
        grey = picture.astype(np.float32) @ np.array(LUMA, np.float32)
        return Tones(np.rint(reduced(grey, -(-max(picture.shape[:2]) // _TONES_SIDE))).astype(np.uint8))

    def _look(self, number: int) -> Look | None:
        found = self._decoded(number)
        if found is None:
            return None
        return Look(small_look(found.image), None if found.opacity is None else small_look(found.opacity))

    def _picture(self, number: int) -> Picture | None:
        """As methods get it; None where it cannot be read."""
        found = self._decoded(number)
        return None if found is None else frozen(np.asarray(found.image))

    def _decoded(self, number: int) -> DecodedImage | None:
        """Only bytes that were decoded when they were indexed are, so no process of its own is needed to be safe from
        what a decoder may do."""
        image = self.images[number]
        for path, data in unchanged(image.paths, image.image_id, self._max_file_bytes):
            with contextlib.suppress(PictureError):
                return decode_image(data, str(path), self._readers(), max_pixels=self._max_pixels)
        return None


def _images(catalog: Catalog, under: Sequence[Path]) -> list[ImageRow]:
    found = catalog.images(sorted(catalog.image_ids()))
    if not under:
        return list(found.values())
    folders = [Path(os.path.realpath(folder)) for folder in under]
    kept = []
    for image in found.values():
        paths = tuple(path for path in image.paths if any(path.is_relative_to(folder) for folder in folders))
        if paths:
            kept.append(ImageRow(image.image_id, image.width, image.height, image.format, paths))
    return kept
