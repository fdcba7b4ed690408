"""The conformance kit finds each kind of mistake that a vector store can make, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api import StoreInfo, StorePlace
from revsearch_tui.api.testing import ConformanceError, check_store
from revsearch_tui.api.testing.outcomes import attempt
from revsearch_tui.api.testing.stores import CHECKS
from tests.support.stores import FileStore


def info_of(store: type) -> StoreInfo:
    return StoreInfo("subject", "Subject", "A store under test.", f"{store.__module__}:{store.__name__}")


def failed_checks(store: type) -> dict[str, str]:
    """All but `killed`, which needs a process of its own."""
    results: list[Any] = []
    for check in CHECKS[:-1]:
        attempt(results, "subject", check.__name__, lambda check=check: check(info_of(store)))  # type: ignore[misc]
    return {result.check: result.reason for result in results if result.outcome == "failed"}


def test_a_sound_store_passes_every_check() -> None:
    assert {result.outcome for result in check_store(info_of(FileStore))} == {"passed"}


class Forgets(FileStore):
    """Keeps nothing."""

    def __init__(self, place: StorePlace) -> None:
        super().__init__(place)
        if not place.is_writing:
            self.rows = dict(list(self.rows.items())[:-1])


class KeepsTheFirst(FileStore):
    def upsert(self, ids: Any, rows: Any, metadata: Any) -> None:
        new = [place for place, image_id in enumerate(ids) if image_id not in self.rows]
        super().upsert([ids[place] for place in new], np.asarray(rows)[new], metadata)


class DeletesStrictly(FileStore):
    def delete(self, ids: Any) -> None:
        for image_id in ids:
            del self.rows[image_id]
        self.write()


class GivesFew(FileStore):
    def query(self, embedding: Any, k: int) -> list[bytes]:
        return super().query(embedding, min(k, 50))


class FarthestFirst(FileStore):
    def query(self, embedding: Any, k: int) -> list[bytes]:
        return super().query(embedding, k)[::-1]


class WritesOnReading(FileStore):
    def __init__(self, place: StorePlace) -> None:
        super().__init__(place)
        (place.folder / "opened").write_text(str(len(list(place.folder.iterdir()))) + str(place.is_writing))


class WritesBeside(FileStore):
    def flush(self) -> None:
        (self.place.folder.parent / "journal").write_text("written")


class Remembers(FileStore):
    known: dict[Path, dict[bytes, Any]] = {}

    def __init__(self, place: StorePlace) -> None:
        super().__init__(place)
        self.rows = self.known.setdefault(place.folder, self.rows)


@pytest.mark.parametrize(
    ("store", "checks"),
    [
        (Forgets, {"round_trip", "deleting", "reading"}),
        (KeepsTheFirst, {"replacing"}),
        (DeletesStrictly, {"deleting"}),
        (GivesFew, {"nearest"}),
        (FarthestFirst, {"nearest"}),
        (WritesOnReading, {"reading"}),
        (WritesBeside, {"stays_put"}),
        (Remembers, {"apart"}),
    ],
)
def test_each_check_finds_the_store_that_breaks_its_rule(store: type, checks: set[str]) -> None:
    assert set(failed_checks(store)) == checks


class WritesInPlace(FileStore):
    """A row, then its id: a kill between the two leaves rows under other ids."""

    def __init__(self, place: StorePlace) -> None:
        super().__init__(place)
        if (place.folder / "rows.raw").exists():
            rows = np.fromfile(place.folder / "rows.raw", np.float32).reshape(-1, place.dim)
            self.rows = {number.to_bytes(32, "big"): row for number, row in enumerate(rows)}

    def write(self) -> None:
        np.array(list(self.rows.values()), np.float32).tofile(self.place.folder / "rows.raw")


@pytest.mark.drill
def test_a_store_that_a_kill_leaves_with_strange_rows_is_found() -> None:
    with pytest.raises(ConformanceError, match="killed while it adds rows, it holds some that were not given"):
        check_store(info_of(WritesInPlace))


def chroma(place: StorePlace) -> Any:
    """ChromaDB as the host opens it."""
    from revsearch_tui.core.storage.store.chroma import ChromaIndex

    index = ChromaIndex(place.folder, place.key, place.metric)
    if place.is_writing:
        index.prepare_writing()
    return index


@pytest.mark.drill
def test_chromadb_is_a_store_like_others() -> None:
    """But that it writes to its database whenever it is opened."""
    info = StoreInfo("chroma", "ChromaDB", "The first store.", f"{__name__}:chroma")
    results = check_store(info, expected_failures={"reading": "the host puts the time of the file back"})
    assert {result.outcome for result in results} == {"passed", "expected failure"}
