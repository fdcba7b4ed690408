"""What plugins do with pictures that were found: asked for by name, checked before the search, kept behind glass."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import (
    ActionInfo,
    Control,
    Findings,
    FoundPicture,
    MethodUnavailableError,
    PictureError,
    QueryHits,
    RevsearchError,
    UsageError,
)
from revsearch_tui.core.base.files import new_file
from revsearch_tui.core.plugins.containment import Contained
from revsearch_tui.core.plugins.loading import load_factory

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.images.pool import DecodePool
    from revsearch_tui.core.plugins.registry import Registry
    from revsearch_tui.core.search.results import Hit, SearchResult
    from revsearch_tui.core.workspace import Workspace

Thumbnail = Callable[[FoundPicture], "Picture"]
_LONGEST = 500


class Asked(NamedTuple):
    """An action with the file or folder it is to write."""

    info: ActionInfo
    target: Path | None


def asked_action(registry: Registry, text: str) -> Asked:
    """What `NAME` or `NAME=TARGET` asks for. Raises `MethodUnavailableError`, `UsageError`."""
    name, _, target = text.partition("=")
    info = registry.action(name)
    return Asked(info, checked_target(info, target))


def checked_target(info: ActionInfo, target: str) -> Path | None:
    """The file or folder that an action is to write. Raises `UsageError` where it is lacking, or is not what it asks
    for."""
    if info.target == "none":
        if target:
            raise UsageError(f"the action '{info.name}' writes nothing; name it alone: {info.name}")
        return None
    example = f"{info.name}={'FILE' + info.suffixes[0] if info.target == 'file' else 'FOLDER'}"
    if not target:
        raise UsageError(f"the action '{info.name}' wants to know where to write: {example}")
    path = Path(os.path.abspath(os.path.expanduser(target)))  # noqa: PTH100, PTH111
    if info.target == "folder":
        if path.exists() and not path.is_dir():
            raise UsageError(f"'{target}' is no folder; the action '{info.name}' wants one: {example}")
        return path
    if path.suffix.lower() not in info.suffixes:
        raise UsageError(f"the action '{info.name}' writes {' or '.join(info.suffixes)} files, not '{path.name}'")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write '{target}': there is no folder '{path.parent}'")
    return path


def found_picture(hit: Hit) -> FoundPicture:
    """What an action is told of a hit."""
    return FoundPicture(hit.path, hit.image_id, None if math.isnan(hit.score) else hit.score, hit.tier or "")


def query_hits(result: SearchResult) -> QueryHits:
    """What an action is told of an answer."""
    is_file = os.path.isfile(result.query)  # noqa: PTH113 - of a name that no path can have, too
    query = Path(os.path.abspath(result.query)) if is_file else None  # noqa: PTH100
    return QueryHits(tuple(map(found_picture, result.hits)), result.query, query)


def do_action(
    workspace: Workspace, asked: Asked, answers: Sequence[QueryHits], thumbnail: Thumbnail, control: Control
) -> str:
    """Have it done; what was done, in a sentence.

    A file appears whole or not at all. Raises `RevsearchError`; whatever else the action raises, or that it does not
    come back in `index.method_timeout_s`, is told as its own failure.
    """
    info, target = asked
    who = f"the action '{info.name}'"
    told = [answer for answer in answers if answer.hits]
    with ExitStack() as stack:
        output = None
        if target is not None and info.target == "folder":
            _make_folder(target)
        elif target is not None:
            output = stack.enter_context(new_file(target))
        findings = Findings(told, thumbnail, target, output)
        held = Contained(who, _Nothing, control, workspace.config.real("index.method_timeout_s"))
        stack.callback(held.close)
        said = held.run(lambda: load_factory(info.factory)()(findings, control), passing=(RevsearchError,))
        if not isinstance(said, str) or not said.strip():
            raise MethodUnavailableError(f"{who} did not say what it did: it gave {type(said).__name__}, no sentence")
    return " ".join(said.split())[:_LONGEST]


class _Nothing:
    """What is behind glass while an action is not at work."""

    def close(self) -> None:
        """There is nothing to let go of."""


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder '{folder}': {error.strerror or error}") from None


class FoundThumbnails:
    """Thumbnails for actions where no app keeps any; for any number of threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._decoder: DecodePool | None = None
        self._lock = threading.Lock()

    def __call__(self, found: FoundPicture) -> Picture:
        """(height, width, 3) uint8. Raises `PictureError`."""
        from revsearch_tui.core.images.thumbnails import picture_bytes, thumbnail_image

        return as_thumbnail(
            lambda: thumbnail_image(
                self._workspace.folders.thumbnails,
                found.image_id,
                lambda: picture_bytes(found.path),
                lambda data: self._pool().decode(data, str(found.path)).picture,
            )
        )

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            if self._decoder is not None:
                self._decoder.close()

    def _pool(self) -> DecodePool:
        """Decoding is done in a process, which a hostile file may crash."""
        from revsearch_tui.core.images.pool import DecodePool

        with self._lock:
            if self._decoder is None:
                self._decoder = DecodePool(1, self._workspace.registry.readers(), max_pixels=self._workspace.max_pixels)
            return self._decoder


def as_thumbnail(image_of: Callable[[], object]) -> Picture:
    """The pixels of what `image_of` gives, a PIL image; its trouble with a file as `PictureError`."""
    import numpy as np

    try:
        return np.asarray(image_of().convert("RGB"))  # type: ignore[attr-defined]
    except OSError as error:
        raise PictureError(error.strerror or "cannot be read") from None


def all_asked(registry: Registry, texts: Iterable[str]) -> list[Asked]:
    """As `asked_action`, for several. Raises `UsageError` where two would write one file."""
    found = [asked_action(registry, text) for text in texts]
    files = [asked.target for asked in found if asked.info.target == "file"]
    twice = next((file for file in files if files.count(file) > 1), None)
    if twice is not None:
        raise UsageError(f"two actions would write '{twice}'; give each a file of its own")
    return found
