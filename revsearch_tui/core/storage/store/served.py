"""An index key's rows on ChromaDB servers: each row on the one that a hash of its image id says.

The id is a sha-256 already, so its first 8 bytes are the hash: big-endian, modulo the number of servers. Any number of
them answers as one does; where one is gone, none is believed, for an answer may not lack what that one holds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from revsearch_tui.api import ConfigError, Control, NullControl
from revsearch_tui.core.storage.store.chroma import BATCH_ROWS, ChromaIndex, connect_server, open_served
from revsearch_tui.core.storage.store.server import WRITE_PATIENCE, Server, ServerError, check_version, trouble

if TYPE_CHECKING:
    import numpy.typing as npt

_T = TypeVar("_T")
_LOOK_S = 0.1
_WAITS_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Between the tries of a write that a server does not take just now, as while it is started anew."""


def shard_of(image_id: bytes, shards: int) -> int:
    """Which of so many shards holds a picture's row."""
    return int.from_bytes(image_id[:8], "big") % shards


def look_at(server: Server) -> str:
    """What a server says of itself, in a few words. Raises `ServerError`; `ConfigError` for a token that is none."""
    client = connect_server(server)
    try:
        version = client.get_version()
        check_version(server.url, version)
        client.get_database(server.database, server.tenant)
        return f"{server.url} answers, version {version}, {client.get_max_batch_size():,} rows at once"
    except Exception as error:
        raise trouble(server.url, error, server.timeout_s) from error
    finally:
        client._session.close()


class ServedRows(ChromaIndex):
    """The rows that one server holds. Raises `ServerError`."""

    def __init__(self, server: Server, key: str, metric: str, space: str, *, is_writing: bool) -> None:
        """Open the collection; made where there is none and somebody `is_writing`."""
        self.server, self._key, self._metric, self._is_writing = server, key, metric, is_writing
        self._name = f"{space}.{key}" + (f".{server.number}" if server.number > 1 else "")
        self.was_interrupted = False
        """Whether the server was gone for a while since this was opened, and may have lost what it was given."""
        self._rows: int | None = None
        self._client: Any = None
        self._client = connect_server(server)
        try:
            check_version(server.url, self._ask(self._client.get_version))
            most = int(self._ask(self._client.get_max_batch_size))
            self._collection = self._ask(self._open_collection)
        except ServerError:
            self.close()
            raise
        self._batch = min(BATCH_ROWS, most) if most > 0 else BATCH_ROWS

    @property
    def most(self) -> int:
        """Rows that are sent or fetched at once."""
        return self._batch

    @property
    def id(self) -> str:
        """The collection's, which another one of the same name has not."""
        return str(self._collection.id)

    def query(self, embedding: npt.NDArray[np.float32], k: int) -> list[bytes]:
        """As `ChromaIndex.query`."""
        return [image_id for image_id, _ in self.nearest(embedding, k)]

    def nearest(self, embedding: npt.NDArray[np.float32], k: int) -> list[tuple[bytes, float]]:
        """About the k nearest rows with the distances ChromaDB has for them, nearest first.

        Raises `ServerError` where there are more rows than it gives: an index that was torn loses some without a word.
        """
        if self._rows is None:
            self._rows = self.count()
        if self._rows == 0:
            return []
        found = self._ask(
            lambda: self._collection.query(query_embeddings=[embedding], n_results=k, include=["distances"])
        )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        nearest = [(bytes.fromhex(image_id), float(distance)) for image_id, distance in pairs]
        if len(nearest) < min(k, self._rows):
            raise ServerError(
                f"the ChromaDB server at {self.server.url} finds {len(nearest):,} rows where there are {self._rows:,}"
            )
        return nearest

    def drop(self) -> None:
        """Delete the collection."""
        self._ask(lambda: self._client.delete_collection(self._name, self.server.tenant, self.server.database))

    def clear(self) -> None:
        """Delete all rows: begin anew, in another collection of the same name."""
        self.drop()
        self._collection = self._ask(self._open_collection)

    def flush(self) -> None:
        """Nothing to do: when its index files are written is the server's business."""

    def close(self) -> None:
        """End the connections."""
        if self._client is not None:
            self._client._session.close()

    def _index_stamp(self) -> list[tuple[int, int]]:
        return []  # a server's files are not seen from here

    def _open_collection(self) -> Any:
        return open_served(self._client, self.server, self._name, self._key, self._metric, make=self._is_writing)

    def _reading(self, call: Callable[[], _T]) -> _T:
        return self._ask(call, WRITE_PATIENCE)

    def _in_parts(self, count: int, call: Callable[[slice], object]) -> None:
        """In batches, which become smaller where the server takes no more at once."""
        self._rows = None
        start = 0
        while start < count:
            part = slice(start, min(start + self._batch, count))
            try:
                self._insist(part, call)
            except ServerError as error:
                if not error.too_much or part.stop - start == 1:
                    raise
                self._batch = (part.stop - start) // 2
                continue
            start = part.stop

    def _insist(self, part: slice, call: Callable[[slice], object]) -> None:
        for wait_s in (*_WAITS_S, None):
            try:
                self._ask(lambda: call(part), WRITE_PATIENCE)
                return
            except ServerError as error:
                if wait_s is None or not error.may_pass:
                    raise
                self.was_interrupted = True
                time.sleep(wait_s)

    def _ask(self, call: Callable[[], _T], patience: float = 1) -> _T:
        timeout_s = self.server.timeout_s * patience
        self._client._session.timeout = (self.server.timeout_s, timeout_s, timeout_s, timeout_s)
        try:
            return call()
        except Exception as error:
            raise trouble(self.server.url, error, timeout_s) from error


class ShardedRows:
    """A `VectorStore` over servers. Whatever one of them fails at fails here: there are no answers of a part."""

    def __init__(
        self,
        servers: Sequence[Server],
        key: str,
        metric: str,
        space: str,
        *,
        is_writing: bool,
        control: Control | None = None,
    ) -> None:
        """Open all at once. Raises `ServerError` where one cannot be; `Cancelled`, as all that waits for servers."""
        self._control = control or NullControl()
        self.shards: list[ServedRows] = []
        opened: list[ServedRows] = []

        def open_one(server: Server) -> ServedRows:
            rows = ServedRows(server, key, metric, space, is_writing=is_writing)
            opened.append(rows)
            return rows

        try:
            self.shards = self._at_once([partial(open_one, server) for server in servers])
            if len({rows.id for rows in self.shards}) < len(self.shards):
                raise ConfigError("two addresses in store.chroma_url are the same server; name it in one way each time")
        except BaseException:
            for rows in opened:
                rows.close()
            raise

    @property
    def was_interrupted(self) -> bool:
        """Whether a server was gone for a while, and may have lost what it was given."""
        return any(shard.was_interrupted for shard in self.shards)

    def held(self, *, counted: bool = True) -> list[dict[str, Any]]:
        """What to note of each: its place, the collection's id, and its rows (0 where they are not `counted`)."""
        counts = self._at_once([shard.count for shard in self.shards]) if counted else [0] * len(self.shards)
        return [
            {"place": shard.server.place, "id": shard.id, "rows": rows}
            for shard, rows in zip(self.shards, counts, strict=True)
        ]

    def count(self) -> int:
        """Rows on all of them."""
        return sum(self._at_once([shard.count for shard in self.shards]))

    def upsert(
        self, ids: Sequence[bytes], rows: npt.NDArray[np.float32], metadata: Sequence[Mapping[str, Any]]
    ) -> None:
        """Add or replace rows (n, dim), each on its server."""
        self._each(ids, lambda shard, at: shard.upsert([ids[i] for i in at], rows[at], [metadata[i] for i in at]))

    def update_metadata(self, ids: Sequence[bytes], metadata: Sequence[Mapping[str, Any]]) -> None:
        """Replace the metadata of rows that exist."""
        self._each(ids, lambda shard, at: shard.update_metadata([ids[i] for i in at], [metadata[i] for i in at]))

    def delete(self, ids: Sequence[bytes]) -> None:
        """Remove rows; those that do not exist are passed over."""
        self._each(ids, lambda shard, at: shard.delete([ids[i] for i in at]))

    def present(self, ids: Sequence[bytes]) -> set[bytes]:
        """Those of the ids that have a row where it belongs."""
        return set().union(*self._each(ids, lambda shard, at: shard.present([ids[i] for i in at])))

    def query(self, embedding: npt.NDArray[np.float32], k: int) -> list[bytes]:
        """Image ids of about the k nearest rows, nearest first, ties by id; fewer where there are fewer rows."""
        each = self._at_once([partial(shard.nearest, embedding, k) for shard in self.shards])
        found = sorted((pair for nearest in each for pair in nearest), key=lambda pair: (pair[1], pair[0]))
        return [image_id for image_id, _ in found[:k]]

    def read(self, start: int, count: int) -> tuple[list[bytes], npt.NDArray[np.float32]]:
        """Some of the rows, server after server, each in its own order: ids and embeddings (n, dim) float32."""
        for shard, rows in zip(self.shards, self._at_once([shard.count for shard in self.shards]), strict=True):
            if start < rows:
                most = min(count, rows - start, shard.most)
                return self._at_once([partial(shard.read, start, most)])[0]
            start -= rows
        return [], np.zeros((0, 0), np.float32)

    def flush(self) -> None:
        """Nothing to do."""

    def drop(self) -> None:
        """Delete the collections."""
        self._at_once([shard.drop for shard in self.shards])

    def clear(self) -> None:
        """Delete all rows."""
        self._at_once([shard.clear for shard in self.shards])

    def close(self) -> None:
        """End the connections."""
        for shard in self.shards:
            shard.close()

    def _at_once(self, calls: Iterable[Callable[[], _T]]) -> list[_T]:
        return _at_once(calls, self._control)

    def _each(self, ids: Sequence[bytes], call: Callable[[ServedRows, list[int]], _T]) -> list[_T]:
        """Have each server do what belongs to it; `call` gets the places of its ids."""
        places: list[list[int]] = [[] for _ in self.shards]
        for at, image_id in enumerate(ids):
            places[shard_of(image_id, len(self.shards))].append(at)
        wanted = [(shard, at) for shard, at in zip(self.shards, places, strict=True) if at]
        return self._at_once([partial(call, shard, at) for shard, at in wanted])


def _at_once(calls: Iterable[Callable[[], _T]], control: Control) -> list[_T]:
    """What each gives, in their order; raises what the first of them that failed raised, after all have ended.

    Raises `Cancelled` at once, whatever a server is waited for: threads of a pool would keep the program from ending.
    """
    work = list(calls)
    results: list[Any] = [None] * len(work)
    errors: list[BaseException | None] = [None] * len(work)

    def run(at: int) -> None:
        try:
            results[at] = work[at]()
        except BaseException as error:  # raised where it is waited for
            errors[at] = error

    threads = [threading.Thread(target=run, args=(at,), name="shard", daemon=True) for at in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(_LOOK_S)
            control.check()
    for error in errors:
        if error is not None:
            raise error
    return results
