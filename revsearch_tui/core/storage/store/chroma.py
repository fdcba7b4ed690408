"""The only importer of chromadb: one ChromaDB collection per index key, embedded on disk; how those on servers open.

Embedded, each index key has a folder of its own, so that damage stays in one place and dropping frees the disk.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

import chromadb
import chromadb.api.rust  # loaded with the rest, which an index run has done beside its work
import numpy as np
from chromadb.config import Settings
from chromadb.errors import InternalError

from revsearch_tui.core.storage.store.server import Server, check_answer

if TYPE_CHECKING:
    import numpy.typing as npt

_T = TypeVar("_T")
BATCH_ROWS = 4_000
SYNC_THRESHOLD = 1_000
"""Rows after which ChromaDB writes its index files. Rows beyond the last such write are replayed at every opening."""

SERVER_SYNC_THRESHOLD = 10_000
"""The same on a server, where it stays so, and every write is of the whole index."""

HNSW = {
    "hamming": {"ef_construction": 16, "ef_search": 400},
    "cosine": {"ef_construction": 32, "ef_search": 300},
    "l2": {"ef_construction": 32, "ef_search": 300},
}
"""How thoroughly ChromaDB's index is made, and searched. By its own 100 and 100, each of 40,000 hashes of 256 bits
takes 0.73 ms of a processor, and 0.815 of the 10 nearest are found; by these 0.20 ms and 0.858. Embeddings of 384
numbers take half as long as by its own, and all of the nearest are found either way."""

_LOCKED_S = (0.5, 2.0)
"""How long a database is waited for, each time, that another process has for an instant, as one that opens it has.
ChromaDB waits for it with rows, but not with settings."""

_REPLAY_ROWS = 200
"""Fewer rows than this beyond ChromaDB's last index write are left for it to replay."""
_WRITTEN_WITH_INDEX = "index_metadata.pickle"

SPACES = {"hamming": "l2", "cosine": "cosine", "l2": "l2"}
"""ChromaDB has no Hamming space; squared l2 of zeros and ones is exactly the Hamming distance."""

# While it is open, the SQLite in ChromaDB would else put parts of the index into files in /var/tmp.
_SQLITE_FOLDER = "SQLITE_TMPDIR"
_PLACE_TEMPORARY_FILES = _SQLITE_FOLDER not in os.environ


class ChromaIndex:
    """The ChromaDB collection of one index key. Errors of ChromaDB itself come out as they are."""

    _batch: int
    _collection: Any
    _written = 0
    _is_index_written = False
    """With the row that was written last."""
    _last: tuple[bytes, npt.NDArray[np.float32], Mapping[str, Any]] | None = None
    """The row that was written last."""

    def __init__(self, folder: Path, key: str, metric: str) -> None:
        """Open or make it, in `folder`."""
        self._folder, self._key, self._metric = folder, key, metric
        self._client = self._connect()
        self._collection = self._open_collection()
        self._batch = min(BATCH_ROWS, self._client.get_max_batch_size())

    def prepare_writing(self) -> None:
        """Put back the threshold that an interrupted `sync` may have left low, which would make adding rows crawl."""
        if self._collection.configuration_json["hnsw"]["sync_threshold"] != SYNC_THRESHOLD:
            self._set_threshold(SYNC_THRESHOLD)
            self._reopen()

    def write_index_every(self, rows: int) -> None:
        """Have ChromaDB write its index files whenever so many rows were added from now on. Where that falls on the
        last of them, `flush` finds it done. For fewer than may be left to be replayed, nothing is changed."""
        if rows >= _REPLAY_ROWS or not self._index_stamp():
            self._set_threshold(rows)
            self._reopen()

    def count(self) -> int:
        """Rows."""
        return int(self._reading(self._collection.count))

    def upsert(
        self, ids: Sequence[bytes], rows: npt.NDArray[np.float32], metadata: Sequence[Mapping[str, Any]]
    ) -> None:
        """Add or replace rows (n, dim), in batches."""

        def write(part: slice) -> None:
            before = self._index_stamp()
            self._collection.upsert(
                ids=[value.hex() for value in ids[part]],
                embeddings=rows[part],
                metadatas=cast("Any", list(metadata[part])),
            )
            self._is_index_written = self._index_stamp() != before

        self._in_parts(len(ids), write)
        if len(ids):
            self._written += len(ids)
            self._last = ids[-1], rows[-1], metadata[-1]

    def update_metadata(self, ids: Sequence[bytes], metadata: Sequence[Mapping[str, Any]]) -> None:
        """Replace the metadata of rows that exist."""
        self._in_parts(
            len(ids),
            lambda part: self._collection.update(
                ids=[value.hex() for value in ids[part]], metadatas=cast("Any", list(metadata[part]))
            ),
        )

    def delete(self, ids: Sequence[bytes]) -> None:
        """Remove rows; those that do not exist are passed over."""
        self._in_parts(len(ids), lambda part: self._collection.delete(ids=[value.hex() for value in ids[part]]))

    def present(self, ids: Sequence[bytes]) -> set[bytes]:
        """Those of the ids that have a row."""
        found: set[bytes] = set()

        def look_up(part: slice) -> None:
            there = self._collection.get(ids=[value.hex() for value in ids[part]], include=[])
            found.update(bytes.fromhex(value) for value in there["ids"])

        self._in_parts(len(ids), look_up)
        return found

    def query(self, embedding: npt.NDArray[np.float32], k: int) -> list[bytes]:
        """Image ids of about the k nearest rows, nearest first; fewer where there are fewer rows."""
        # Not bounded by `count()`, which reads all rows: ten times as long as the query itself at 100,000.
        found = self._collection.query(query_embeddings=[embedding], n_results=k, include=[])
        return [bytes.fromhex(value) for value in found["ids"][0]]

    def read(self, start: int, count: int) -> tuple[list[bytes], npt.NDArray[np.float32]]:
        """Some of the rows, in ChromaDB's own order: ids and embeddings (n, dim) float32."""
        found = self._reading(lambda: self._collection.get(limit=count, offset=start, include=["embeddings"]))
        ids = [bytes.fromhex(value) for value in found["ids"]]
        return ids, np.asarray(found["embeddings"], np.float32).reshape(len(ids), -1)

    def flush(self) -> None:
        """Have ChromaDB write its index files now, by giving it a row it has once more at a low threshold.

        Otherwise every process that opens it replays up to `SYNC_THRESHOLD` rows first: a few are left for that, but
        not a first time, as with no index written every opening makes the index files anew, a reader's too.
        """
        if self._last is None:
            return
        if not self._is_index_written and (self._written >= _REPLAY_ROWS or not self._index_stamp()):
            last_id, row, metadata = self._last
            self._set_threshold(2)
            self._reopen()
            self.upsert([last_id], row[None], [metadata])
        self._set_threshold(SYNC_THRESHOLD)

    def _set_threshold(self, rows: int) -> None:
        """After how many rows ChromaDB writes its index files, once it is opened anew; it takes no less than 2."""
        wanted = cast("Any", {"hnsw": {"sync_threshold": max(2, rows)}})
        for wait_s in (*_LOCKED_S, None):
            try:
                self._collection.modify(configuration=wanted)
            except InternalError as error:
                if wait_s is None or "database is locked" not in str(error):
                    raise
                time.sleep(wait_s)
            else:
                return

    def _index_stamp(self) -> list[tuple[int, int]]:
        """Another one whenever ChromaDB has written its index files; empty before the first time."""
        found = [path.stat() for path in self._folder.glob(f"*/{_WRITTEN_WITH_INDEX}")]
        return [(status.st_mtime_ns, status.st_ino) for status in found]

    def drop(self) -> None:
        """Delete the collection. Embedded, the folder may be removed after `close`."""
        self._client.delete_collection(self._key)

    def clear(self) -> None:
        """Delete all rows: begin anew."""
        self.drop()
        self._collection = self._open_collection()

    def close(self) -> None:
        """Let go of the files."""
        with contextlib.suppress(Exception):
            self._client.close()
        if _PLACE_TEMPORARY_FILES:
            os.environ.pop(_SQLITE_FOLDER, None)

    def _reading(self, call: Callable[[], _T]) -> _T:
        return call()

    def _in_parts(self, count: int, call: Callable[[slice], object]) -> None:
        """Have `count` of something read or written, in batches."""
        for start in range(0, count, self._batch):
            call(slice(start, min(start + self._batch, count)))

    def _open_collection(self) -> Any:
        return self._client.get_or_create_collection(
            self._key, embedding_function=None, **_as_made(self._key, self._metric, SYNC_THRESHOLD)
        )

    def _reopen(self) -> None:
        self.close()
        self._client = self._connect()
        self._collection = self._client.get_collection(self._key, embedding_function=None)

    def _connect(self) -> Any:
        self._folder.mkdir(parents=True, exist_ok=True)
        if _PLACE_TEMPORARY_FILES:
            os.environ[_SQLITE_FOLDER] = str(self._folder.parent)
        with _same_mtime(self._folder / "chroma.sqlite3"):
            return chromadb.PersistentClient(str(self._folder), settings=Settings(anonymized_telemetry=False))


def _as_made(key: str, metric: str, threshold: int) -> dict[str, Any]:
    """How the collection of an index key is made, that writes its index files after so many rows."""
    return {
        "configuration": {"hnsw": {"space": SPACES[metric], "sync_threshold": threshold, **HNSW[metric]}},
        "metadata": {"made_by": "revsearch", "index_key": key, "metric": metric},
    }


def connect_server(server: Server) -> Any:
    """ChromaDB's client of a server, which asks it nothing yet. Every request is bounded by `_session.timeout`.

    Not by `HttpClient`, which asks the server at once, and waits for ever where that is silent.
    """
    from chromadb.api import ServerAPI
    from chromadb.config import System

    parts = urlsplit(server.url)
    is_tls = parts.scheme == "https"
    wanted: dict[str, Any] = {
        "_env_file": None,  # the folder that the user stands in may hold a stranger's
        "chroma_api_impl": "chromadb.api.fastapi.FastAPI",
        "chroma_server_host": server.url,
        "chroma_server_http_port": parts.port or (443 if is_tls else 80),
        "chroma_server_ssl_enabled": is_tls,
        "chroma_server_headers": server.headers(),
        "chroma_client_auth_provider": None,
        "anonymized_telemetry": False,
    }
    client: Any = System(Settings(**wanted)).instance(cast("Any", ServerAPI))

    def check(response: Any) -> None:
        check_answer(
            server.url, response.status_code, response.headers.get("content-type", ""), response.request.url.path
        )

    client._session.timeout = server.timeout_s
    client._session.event_hooks = {"response": [check]}
    return client


def open_served(client: Any, server: Server, name: str, key: str, metric: str, *, make: bool) -> Any:
    """The collection of that name on a server; made where it is missing, if so wished. Raises what the client does."""
    from chromadb.api.models.Collection import Collection

    where = {"tenant": server.tenant, "database": server.database}
    if make:
        model = client.get_or_create_collection(name, **_as_made(key, metric, SERVER_SYNC_THRESHOLD), **where)
    else:
        model = client.get_collection(name, **where)
    return Collection(client=client, model=model, embedding_function=None)


@contextlib.contextmanager
def _same_mtime(database: Path) -> Iterator[None]:
    """Opening ChromaDB writes to its database and changes nothing; the mtime goes on telling of real changes."""
    try:
        before = database.stat()
    except OSError:
        yield
        return
    yield
    with contextlib.suppress(OSError):
        if database.stat().st_size == before.st_size:
            os.utime(database, ns=(before.st_atime_ns, before.st_mtime_ns))


def forget(folder: Path) -> None:
    """Before a folder is deleted: end what this process has open there, lest chromadb goes on with deleted files."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient._identifier_to_refcount.pop(str(folder), None)
    system = SharedSystemClient._identifier_to_system.pop(str(folder), None)
    if system is not None:
        with contextlib.suppress(Exception):
            system.stop()
