"""Rows spread over several ChromaDB servers: they answer as one, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api import ConfigError, StorageError
from revsearch_tui.core.storage.store.served import ShardedRows, shard_of
from revsearch_tui.core.storage.store.server import Server, ServerError
from revsearch_tui.core.workspace import Workspace
from tests.support.chroma_servers import ChromaServer, chroma_servers, needs_chroma, proxy
from tests.support.library import Library
from tests.support.program import revsearch
from tests.support.stored import journals, keys_of
from tests.support.texture import draw, draw_many

pytestmark = needs_chroma


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[ChromaServer]]:
    with chroma_servers(tmp_path, 3) as three:
        yield three


def _sharded(urls: list[str], metric: str, **settings: Any) -> ShardedRows:
    places = [Server(url, urls[:at].count(url) + 1, timeout_s=30) for at, url in enumerate(urls)]
    return ShardedRows(places, "key", metric, "space", is_writing=settings.get("is_writing", True))


def _urls(servers: list[ChromaServer]) -> str:
    return ", ".join(server.url for server in servers)


def _use(library: Library, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REVSEARCH_STORE_CHROMA_URL", url)
    library.workspace = Workspace(library.workspace.folders)


def _split(home: Path, count: int) -> list[set[bytes]]:
    ids = set(journals(home)["phash"])
    return [{image_id for image_id in ids if shard_of(image_id, count) == shard} for shard in range(count)]


def test_where_a_row_belongs_is_told_by_its_id_alone() -> None:
    assert [shard_of(bytes([first]) + bytes(31), 2) for first in (0, 1, 255)] == [0, 0, 0]
    assert [shard_of(bytes(7) + bytes([last]) + bytes(24), 3) for last in (0, 1, 2, 3)] == [0, 1, 2, 0]
    assert shard_of(bytes.fromhex("00000000000000ff" + "ff" * 24), 7) == 255 % 7


def test_two_shards_answer_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chroma_servers(tmp_path, 2) as servers:
        _answer_as_one(servers, tmp_path, monkeypatch)


def _answer_as_one(servers: list[ChromaServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(tmp_path / "home")
    paths = draw_many(tmp_path / "pictures", 24, side=16)
    _use(library, monkeypatch, servers[0].url)
    library.index(tmp_path / "pictures")
    one = [library.search(paths[at], approximate=True) for at in (2, 9, 17)]
    _use(library, monkeypatch, _urls(servers[:2]))
    library.index()
    key = keys_of(library.home)[0].key
    assert [server.rows(key) for server in servers[:2]] == _split(library.home, 2)
    two = [library.search(paths[at], approximate=True) for at in (2, 9, 17)]
    assert two == one and not any(hit.exact for hits in two for hit in hits) and not library.notes


@pytest.mark.drill
@pytest.mark.parametrize("metric", ["cosine", "hamming"])
def test_what_shards_propose_is_what_one_server_does(metric: str, servers: list[ChromaServer]) -> None:
    random = np.random.default_rng(5)
    rows = random.standard_normal((3_000, 48)).astype(np.float32)
    if metric == "hamming":
        rows = (rows[:, :16] > 0).astype(np.float32)  # 16 bits: most distances are shared by many
    else:
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[1_500:1_600] = rows[:100]  # the same picture in another file
    ids = [random.bytes(32) for _ in rows]
    each = {}
    for name, urls in {
        "one": [servers[0].url],
        "two": [servers[1].url, servers[2].url],
        "two collections of one": [servers[2].url] * 2 + [servers[1].url],
    }.items():
        index = _sharded(urls, metric)
        index.clear()
        index.upsert(ids, rows, [{"path": "p"} for _ in ids])
        assert index.count() == 3_000 and index.present(ids[:50]) == set(ids[:50])
        read: dict[bytes, Any] = {}
        while len(read) < 3_000:
            some, embeddings = index.read(len(read), 700)
            read |= zip(some, embeddings, strict=True)
        assert all(np.allclose(read[image_id], row) for image_id, row in zip(ids, rows, strict=True))
        each[name] = [index.query(row, 400) for row in rows[:20]]
        index.delete(ids[:10])
        assert index.count() == 2_990 and not index.present(ids[:10])
        index.close()
    for at, row in enumerate(rows[:20]):
        distances = np.square(rows - row).sum(axis=1)
        known = dict(zip(ids, distances.tolist(), strict=True))
        best = sorted(distances.tolist())
        for name, found in each.items():
            got = [known[image_id] for image_id in found[at]]
            # ChromaDB's index is approximate: of what is nearest, shards find no less than one server does.
            share = np.mean([abs(a - b) < 1e-4 for a, b in zip(got[:20], best[:20], strict=True)])
            assert len(set(found[at])) == 400 and share > 0.9, name
        for shared in ("two", "two collections of one"):
            found = each[shared][at]
            assert (np.diff([known[image_id] for image_id in found]) > -1e-3).all()
            if metric == "hamming":
                assert found == sorted(found, key=lambda image_id: (known[image_id], image_id))


@pytest.mark.drill
def test_a_shard_that_is_gone_leaves_no_answer_incomplete(
    tmp_path: Path, servers: list[ChromaServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, pictures = tmp_path / "home", tmp_path / "pictures"
    paths = draw_many(pictures, 30, side=16)
    environment = {"REVSEARCH_STORE_CHROMA_URL": _urls(servers), "REVSEARCH_NETWORK_TIMEOUT_S": "30"}
    assert revsearch(home, "index", pictures, "-m", "phash", "-q", environment=environment).returncode == 0
    search = ("search", paths[4], "-m", "phash", "--approximate", "-k", "30", "-f", "csv")
    whole = revsearch(home, *search, environment=environment)
    assert whole.stderr == b"" and whole.stdout.count(b"approximate") == 30
    servers[1].kill()
    part = revsearch(home, *search, environment=environment)
    assert part.returncode == 0 and part.stdout.replace(b"exact", b"approximate") == whole.stdout
    (line,) = part.stderr.decode().splitlines()
    assert servers[1].url in line and servers[0].url not in line and "searched exactly" in line

    draw(pictures / "late.png", 77, side=16)
    paths[0].unlink()
    done = revsearch(home, "index", "-q", environment=environment)
    assert done.returncode == 3 and len(done.stderr.splitlines()) == 1 and servers[1].url.encode() in done.stderr
    servers[1].start()
    done = revsearch(home, "index", "-q", environment=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    key = keys_of(home)[0].key
    assert set().union(*(server.rows(key) for server in servers)) == set(journals(home)["phash"]) - _gone(home)
    assert [len(server.rows(key) & want) for server, want in zip(servers, _split(home, 3), strict=True)] == [
        len(server.rows(key)) for server in servers
    ]
    again = revsearch(home, *search, environment=environment)
    assert again.stderr == b"" and again.stdout.count(b"approximate") == 30


def _gone(home: Path) -> set[bytes]:
    from revsearch_tui.core.storage.catalog.catalog import Catalog
    from tests.support.stored import collection_of

    with Catalog(collection_of(home).catalog_file) as catalog:
        return set(journals(home)["phash"]) - catalog.image_ids()


@pytest.mark.drill
def test_another_number_of_shards_spreads_the_rows_anew(
    tmp_path: Path, servers: list[ChromaServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(tmp_path / "home")
    paths = draw_many(tmp_path / "pictures", 40, side=16)
    key = ""
    for count in (2, 3, 1, 2):
        _use(library, monkeypatch, _urls(servers[:count]))
        library.notes.clear()
        if key:  # until the next run, nothing is believed that lies elsewhere
            assert library.search(paths[7])[0].paths == (paths[7],)
        report = library.index(*([] if key else [tmp_path / "pictures"]))
        key = keys_of(library.home)[0].key
        assert not report.embedded["phash"] or count == 2
        assert [server.rows(key) for server in servers[:count]] == _split(library.home, count)
        hits = library.search(paths[7], approximate=True)
        assert hits[0].paths == (paths[7],) and not any(hit.exact for hit in hits) and not library.notes
    _use(library, monkeypatch, _urls(servers[:2][::-1]))  # in another order, they are other shards
    assert library.search(paths[7], approximate=True)[0].paths == (paths[7],)
    assert [server.rows(key) for server in servers[:2][::-1]] == _split(library.home, 2)
    _use(library, monkeypatch, "")
    library.index()
    assert set(library.in_chroma()) == set(journals(library.home)["phash"])


@pytest.mark.drill
def test_a_shard_that_finds_too_little_is_not_believed(servers: list[ChromaServer]) -> None:
    random = np.random.default_rng(1)
    ids, rows = [random.bytes(32) for _ in range(60)], random.standard_normal((60, 8)).astype(np.float32)
    is_torn = threading.Event()

    def tears(request: Any) -> bool:
        return is_torn.is_set() and request.path.endswith("/query") and request.send(
            200, b'{"ids":[[]],"distances":[[]],"embeddings":null,"documents":null,"uris":null,"metadatas":null,'
            b'"include":["distances"]}'
        )  # fmt: skip

    with proxy(servers[0], tears) as url:
        index = _sharded([url, servers[1].url], "l2")
        index.upsert(ids, rows, [{"path": "p"} for _ in ids])
        assert len(index.query(rows[0], 60)) == 60
        is_torn.set()
        with pytest.raises(ServerError, match=r"finds 0 rows where there are \d+"):
            index.query(rows[0], 5)
        index.close()


@pytest.mark.drill
def test_one_server_under_two_names_is_noticed(servers: list[ChromaServer]) -> None:
    with pytest.raises(ConfigError, match="are the same server"):
        _sharded([servers[0].url, servers[0].url.replace("127.0.0.1", "localhost")], "l2")
    with proxy(servers[0], lambda request: False) as url, pytest.raises(ConfigError, match="are the same server"):
        _sharded([servers[0].url, url], "l2")
    _sharded([servers[0].url] * 2, "l2").close()


@pytest.mark.drill
def test_no_half_of_a_number_of_servers_is_made(tmp_path: Path, servers: list[ChromaServer]) -> None:
    library = Library(tmp_path / "home")
    draw_many(tmp_path / "pictures", 6, side=16)
    with pytest.MonkeyPatch.context() as patch:
        _use(library, patch, f"{servers[0].url}, http://127.0.0.1:9")
        with pytest.raises(StorageError, match=r"http://127.0.0.1:9 does not answer"):
            library.index(tmp_path / "pictures")
        assert len(journals(library.home)["phash"]) == 6
