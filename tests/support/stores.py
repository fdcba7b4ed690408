"""A vector store that does no more than it has to, for tests: all rows in one file, written anew each time."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from revsearch_tui.api import StorePlace


class FileStore:
    """Sound; faulty ones differ from it in one thing."""

    def __init__(self, place: StorePlace) -> None:
        self.place, self.file = place, place.folder / "rows.npz"
        self.rows: dict[bytes, Any] = {}
        if self.file.exists():
            with np.load(self.file) as kept:
                self.rows = dict(zip(map(bytes, kept["ids"]), kept["rows"], strict=True))

    def count(self) -> int:
        return len(self.rows)

    def upsert(self, ids: Any, rows: Any, metadata: Any) -> None:
        self.rows.update(zip(ids, np.array(rows), strict=True))
        self.write()

    def update_metadata(self, ids: Any, metadata: Any) -> None:
        pass

    def delete(self, ids: Any) -> None:
        for image_id in ids:
            self.rows.pop(image_id, None)
        self.write()

    def present(self, ids: Any) -> set[bytes]:
        return set(ids) & self.rows.keys()

    def query(self, embedding: Any, k: int) -> list[bytes]:
        if not self.rows:
            return []
        ids, rows = list(self.rows), np.array(list(self.rows.values()))
        return [ids[place] for place in np.argsort(np.square(rows - embedding).sum(axis=1), kind="stable")[:k]]

    def read(self, start: int, count: int) -> Any:
        some = list(self.rows)[start : start + count]
        return some, np.array([self.rows[each] for each in some], np.float32).reshape(len(some), self.place.dim)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def write(self) -> None:
        ids = np.frombuffer(b"".join(self.rows), np.uint8).reshape(-1, 32)
        temporary = self.file.with_suffix(".tmp")
        with temporary.open("wb") as file:
            np.savez(file, ids=ids, rows=np.array(list(self.rows.values()), np.float32).reshape(len(ids), -1))
        os.replace(temporary, self.file)  # noqa: PTH105
