"""The files of the pictures found: which were asked for, which are there, which are one file by several names, and the
pixels in them."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import PictureError, UsageError
from revsearch_tui.core.base.files import unchanged

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.images.pool import DecodePool
    from revsearch_tui.core.search.results import Hit
    from revsearch_tui.core.storage.catalog.catalog import Catalog


_LONGEST_PATH = 4_096
"""In characters; what is longer takes a long time to be looked at in vain."""

_MOST_BYTES = 64_000_000
"""What is larger takes too long to read."""


class PathFilter:
    """Keeps files below these folders, and of these those that match one of the shell patterns: by their name, or by
    their whole path where a pattern holds a slash. Without folders and patterns it keeps all."""

    def __init__(self, under: Sequence[Path] = (), glob: Sequence[str] = ()) -> None:
        """Raises `UsageError` for what is longer than any path."""
        for text in (*map(str, under), *glob):
            if len(text) > _LONGEST_PATH:
                raise UsageError(f"'{text}' is longer than any path; give a folder, or a pattern such as '*.png'")
        self._folders = tuple(
            os.fsencode(os.path.realpath(folder)).rstrip(b"/") + os.fsencode(os.sep) for folder in under
        )
        self._globs = tuple(os.path.normcase(one) for one in glob)
        self._by_path = [_pattern(one) for one in self._globs if "/" in one or os.sep in one]
        self._by_name = [_pattern(one) for one in self._globs if "/" not in one and os.sep not in one]

    @property
    def keeps_all(self) -> bool:
        return not self._folders and not self._globs

    def keeps(self, path: bytes) -> bool:
        """Whether a file passes."""
        if self._folders and not path.startswith(self._folders):
            return False
        if not self._globs:
            return True
        text = os.path.normcase(os.fsdecode(path))
        name = text.rpartition(os.sep)[2]
        return any(match(text) for match in self._by_path) or any(match(name) for match in self._by_name)

    def pictures(self, catalog: Catalog) -> set[bytes]:
        """The image ids of the files that pass. Below folders, only what is there is read."""
        globs = [one if "/" in one or os.sep in one else f"*{one}" for one in self._globs]
        found = catalog.pictures([folder[: -len(os.sep)] for folder in self._folders], globs)
        if not self._globs:
            return {image_id for _, image_id in found}
        return {image_id for path, image_id in found if self.keeps(path)}


class HitPictures:
    """The pictures of hits as methods get them, each read once."""

    def __init__(self, decoder: DecodePool) -> None:
        self._decoder = decoder
        self._read: dict[str, Picture | None] = {}

    def of(self, hit: Hit) -> Picture | None:
        """(h, w, 3) uint8, of the first of its files that still has the bytes it was indexed by; None where none has,
        or it is too large to be read in passing."""
        if hit.image_id not in self._read:
            self._read[hit.image_id] = self._of(hit.paths, bytes.fromhex(hit.image_id))
        return self._read[hit.image_id]

    def _of(self, paths: Sequence[Path], image_id: bytes) -> Picture | None:
        for path, data in unchanged(paths, image_id, _MOST_BYTES):
            with contextlib.suppress(PictureError):
                return self._decoder.decode(data, os.fspath(path)).picture
        return None


def with_files(hit: Hit, wanted: PathFilter) -> Hit:
    """The hit with the files that pass, those that are there first. Costs a stat or two for each file."""
    paths = [path for path in hit.paths if wanted.keeps(os.fsencode(path))] or list(hit.paths)
    found = {path: status for path in paths if (status := _status(path))}
    # A symbolic link is a further name of what it leads to, not the other way round.
    there = sorted(found, key=os.path.islink) if len(found) > 1 else list(found)
    missing = tuple(path for path in paths if path not in found)
    known: set[tuple[int, int]] = set()
    links = []
    for path in there:
        identity = found[path].st_dev, found[path].st_ino
        if identity in known and identity[1]:
            links.append(path)
        known.add(identity)
    ordered = (*there, *missing)
    return replace(hit, path=ordered[0], paths=ordered, missing=missing, links=tuple(links))


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - also for a path that no system call takes
    except (OSError, ValueError):
        return None


def _pattern(glob: str) -> Callable[[str], object]:
    return re.compile(fnmatch.translate(glob)).match
