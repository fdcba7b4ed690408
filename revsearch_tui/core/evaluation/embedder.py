"""Every picture decoded once, for all methods; what was made of it before is taken from the cache."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, MethodUnavailableError
from revsearch_tui.core.evaluation.cache import EmbeddingCache, cache_folder, held_rows
from revsearch_tui.core.evaluation.pictures import Item, Pictures
from revsearch_tui.core.indexing.reading_ahead import BATCH_PICTURES
from revsearch_tui.core.methods.embedding import embed_pictures
from revsearch_tui.core.methods.regions import Regions
from revsearch_tui.core.methods.resolving import MethodChoice, embedding_dim, make_method
from revsearch_tui.core.plugins.containment import BlockedError
from revsearch_tui.core.storage.collections import Collection

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

    _Batches = Generator[tuple[Sequence[Item], list[Picture | None]], None, None]

_HOPELESS = 50


class Embedder:
    """A loaded method, the cache of what it makes, and what making it cost in this run."""

    def __init__(self, choice: MethodChoice, cache: EmbeddingCache, method: Any) -> None:
        self.choice, self.cache, self.method = choice, cache, method
        self.failed: dict[bytes, str] = {}
        self.seconds = 0.0
        self.pictures = 0
        self.memory_mb = 0.0

    def lacks(self, item: Item) -> bool:
        """Whether the picture is yet to be embedded."""
        return item.key not in self.cache and item.key not in self.failed

    def take(self, keys: Sequence[bytes], pictures: Sequence[Picture], regions: Regions) -> None:
        """Embed new pictures; one that the method fails on is noted, a method that fails on all raises."""
        process = str(getattr(self.method, "process_id", "self"))
        before = resident_mb(process) if not self.pictures else 0.0
        started = time.perf_counter()
        try:
            self._take(keys, pictures, regions)
        except BlockedError:
            raise
        except MethodUnavailableError:
            for key, picture in zip(keys, pictures, strict=True):
                try:
                    self._take([key], [picture], regions)
                except BlockedError:
                    raise
                except MethodUnavailableError as error:
                    self.failed[key] = str(error)
            if len(self.failed) >= min(_HOPELESS, len(keys)) and not self.pictures:
                reason = next(iter(self.failed.values()))
                raise MethodUnavailableError(f"{reason}, as on every picture") from None
        if before:
            self.memory_mb = max(0.0, resident_mb(process) - before)
        self.seconds += time.perf_counter() - started

    def close(self) -> None:
        """Let the method go."""
        self.method.close()

    def _take(self, keys: Sequence[bytes], pictures: Sequence[Picture], regions: Regions) -> None:
        seen = regions.of(pictures, self.choice.region)
        rows, features = embed_pictures(self.choice, self.method, self.cache.dim, seen)
        self.cache.add(keys, rows, features)
        self.pictures += len(keys)


@contextlib.contextmanager
def open_embedders(
    choices: Sequence[MethodChoice], root: Path, *, keep: bool, control: Control
) -> Iterator[list[Embedder]]:
    """The methods with their caches below `root`. Raises `MethodUnavailableError`, `StorageError`."""
    with contextlib.ExitStack() as stack:
        opened = []
        for choice in choices:
            folder = stack.enter_context(cache_folder(root, choice.key, keep=keep))
            method = make_method(choice, control)
            local = choice.info.shape == "local"
            dim = embedding_dim(choice, method)
            opened.append(Embedder(choice, EmbeddingCache(folder, choice.info.metric, dim, features=local), method))
            stack.callback(opened[-1].close)
        yield opened


def borrow_all(
    wanted: Sequence[Item], embedders: Sequence[Embedder], collections: Sequence[Collection], control: Control
) -> None:
    """Have what any of the collections holds of the wanted ones read from there."""
    for each in embedders:
        for collection in collections:
            control.check()
            lacking = [item.key for item in wanted if each.lacks(item)]
            held = (
                held_rows(collection, each.choice.key, features=each.choice.info.shape == "local") if lacking else None
            )
            if held is not None:
                each.cache.borrow(lacking, held)


def embed_all(
    pictures: Pictures,
    wanted: Sequence[Item],
    embedders: Sequence[Embedder],
    hashes: Embedder | None,
    control: Control,
) -> dict[bytes, str]:
    """Have the wanted ones embedded by every method, and hashed; gives back why others were not embedded, by key.

    What was done before `Cancelled` is raised is kept.
    """
    everyone = [*embedders, *([hashes] if hashes is not None and hashes not in embedders else [])]
    items = [item for item in wanted if any(each.lacks(item) for each in everyone)]
    unreadable: dict[bytes, str] = {}
    regions = Regions()
    at_work = [each.choice.label for each in embedders if any(each.lacks(item) for item in items)]
    what = f"embedding: {', '.join(at_work)}" if at_work else "looking for near-duplicates"
    try:
        with contextlib.closing(_batches(pictures, items)) as batches:
            done = 0
            for part, decoded in batches:
                control.check()
                unreadable |= {
                    item.key: "cannot be read" for item, picture in zip(part, decoded, strict=True) if picture is None
                }
                known = [(item, picture) for item, picture in zip(part, decoded, strict=True) if picture is not None]
                _take(known, everyone, regions)
                done += len(part)
                control.progress(done, len(items), what)
    finally:
        regions.close()
        for each in everyone:
            each.cache.flush()
            if each.pictures:
                each.cache.add_cost(each.seconds, each.pictures, each.memory_mb)
    for each in embedders:
        unreadable |= each.failed
    return unreadable


def _take(known: Sequence[tuple[Item, Picture]], embedders: Sequence[Embedder], regions: Regions) -> None:
    """One batch. Methods over one network get the same arrays, by which they tell that it ran already."""
    for each in embedders:
        mine = [(item.key, picture) for item, picture in known if each.lacks(item)]
        if mine:
            each.take([key for key, _ in mine], [picture for _, picture in mine], regions)


def _batches(pictures: Pictures, items: Sequence[Item]) -> _Batches:
    """Pictures in the order of `items`, so many at once as methods are given in indexing."""
    stream = pictures.source.pictures([item.sample for item in items])
    try:
        for start in range(0, len(items), BATCH_PICTURES):
            part = items[start : start + BATCH_PICTURES]
            yield part, [next(stream) for _ in part]
    finally:
        stream.close()  # type: ignore[attr-defined]


def resident_mb(process: str = "self") -> float:
    """Resident memory of a process in units of 1,000,000 bytes; 0 where the system does not tell."""
    try:
        return int(Path("/proc", process, "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
