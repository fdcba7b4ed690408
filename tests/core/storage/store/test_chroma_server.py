"""ChromaDB as a server, named by a URL: the rows go there, searches go there, and its absence loses nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from revsearch_tui.api import ConfigError, StorageError
from revsearch_tui.core.base.child import environment
from revsearch_tui.core.storage.dropping import drop
from revsearch_tui.core.storage.store import served
from revsearch_tui.core.storage.store.server import TOKEN, Server, server_urls
from revsearch_tui.core.workspace import Workspace
from tests.support.chroma_servers import Answer, ChromaServer, Request, chroma_servers, needs_chroma, proxy
from tests.support.library import Library
from tests.support.program import revsearch
from tests.support.stored import collection_of, journals, keys_of
from tests.support.texture import draw, draw_many

pytestmark = needs_chroma
_PATIENCE_S = "30"
EXACTLY = "'phash' is searched exactly, in the journal"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChromaServer]:
    with chroma_servers(tmp_path) as (one,):
        yield one


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.delenv(TOKEN, raising=False)
    monkeypatch.setenv("REVSEARCH_NETWORK_TIMEOUT_S", _PATIENCE_S)
    return Library(tmp_path / "home")


def use(library: Library, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Have a library use the server at a URL, as a new start of the program would."""
    monkeypatch.setenv("REVSEARCH_STORE_CHROMA_URL", url)
    library.workspace = Workspace(library.workspace.folders)


def _key(home: Path) -> str:
    return keys_of(home)[0].key


def test_a_server_gets_the_rows_and_its_absence_loses_nothing(tmp_path: Path, server: ChromaServer) -> None:
    environment = {"REVSEARCH_STORE_CHROMA_URL": server.url}
    home, pictures = tmp_path / "home", tmp_path / "pictures"
    paths = draw_many(pictures, 12, side=16)
    done = revsearch(home, "index", pictures, "-m", "phash", "--quiet", environment=environment)
    assert done.returncode == 0, done.stderr
    assert server.rows(_key(home)) == set(journals(home)["phash"])
    assert not (collection_of(home).home / "chroma").exists()

    search = ("search", paths[4], "-m", "phash", "--approximate", "-k", "1", "--format", "csv")
    done = revsearch(home, *search, environment=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"approximate" in done.stdout
    assert str(paths[4]).encode() in done.stdout

    paths[0].unlink()
    done = revsearch(home, "index", "--quiet", environment=environment)
    assert done.returncode == 0, done.stderr
    assert len(server.rows(_key(home))) == 11

    assert f"{server.url} answers, version 1".encode() in revsearch(home, "doctor", environment=environment).stdout

    server.kill()
    assert b"does not answer" in revsearch(home, "doctor", "-f", "json", environment=environment).stdout
    done = revsearch(home, *search, environment=environment)
    assert done.returncode == 0
    assert str(paths[4]).encode() in done.stdout and b"approximate" not in done.stdout
    assert len(done.stderr.splitlines()) == 1
    assert server.url.encode() in done.stderr and EXACTLY.encode() in done.stderr
    late = draw(pictures / "late.png", 77, side=16)
    done = revsearch(home, "index", "--quiet", environment=environment)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert b"does not answer" in done.stderr and b"safe in the journal" in done.stderr
    # What was read is in the journal, and found exactly.
    done = revsearch(home, "search", late, "-m", "phash", "--exact", "-k", "1", "-q", "-f", "paths")
    assert done.stdout.decode().strip() == str(late)
    done = revsearch(home, "collections", "drop", "pictures", "--yes", environment=environment)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1 and b"cannot be deleted" in done.stderr

    server.start()
    done = revsearch(home, "index", "--quiet", environment=environment)
    assert done.returncode == 0, done.stderr
    assert len(server.rows(_key(home))) == 12


def test_a_renamed_collection_keeps_its_rows_on_the_server(tmp_path: Path, server: ChromaServer) -> None:
    environment = {"REVSEARCH_STORE_CHROMA_URL": server.url}
    home, pictures = tmp_path / "home", tmp_path / "pictures"
    paths = draw_many(pictures, 6, side=16)
    for command in (
        ("index", pictures, "-m", "phash", "--quiet"),
        ("collections", "rename", "pictures", "photos"),
        ("index", "-c", "photos", "--quiet"),
    ):
        done = revsearch(home, *command, environment=environment)
        assert done.returncode == 0, done.stderr
    search = ("search", paths[4], "-c", "photos", "-m", "phash", "--approximate", "-k", "1", "-f", "csv")
    done = revsearch(home, *search, environment=environment)
    assert b"approximate" in done.stdout and done.stderr == b""
    (collection_of(home, "photos").home).rename(collection_of(home, "photos").home.with_name("pictures"))
    assert len(server.rows(_key(home))) == 6, "in one collection on the server"


def test_a_password_in_the_address_is_refused_without_being_shown() -> None:
    assert server_urls(" http://a:8000/, https://b ,") == ["http://a:8000", "https://b"]
    with pytest.raises(ConfigError) as refused:
        server_urls("http://a, http://user:secret@b:8000")
    assert "secret" not in str(refused.value) and TOKEN in str(refused.value)


@pytest.mark.parametrize("token", ["two words", "schlüssel", "line\nbreak"])
def test_what_is_no_token_is_refused_without_being_shown(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, token)
    with pytest.raises(ConfigError) as refused:
        Server("http://a").headers()
    assert token not in str(refused.value)


def test_processes_of_plugins_and_decoders_do_not_have_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "s3cret")
    assert TOKEN not in environment() and environment(secrets=True)[TOKEN] == "s3cret"


def test_chromadb_cloud_gets_its_own_header_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "ck-1")
    assert Server("https://api.trychroma.com").headers() == {"X-Chroma-Token": "ck-1"}
    assert Server("https://chroma.example").headers() == {"X-Chroma-Token": "ck-1", "Authorization": "Bearer ck-1"}


def _html(status: int) -> Answer:
    return lambda request: request.send(status, b"<html><b>Welcome</b> to the portal</html>", "text/html")


def _late(request: Request) -> bool:
    time.sleep(3)
    return False


def _of_version(request: Request) -> bool:
    return request.path.endswith("/version") and request.send(200, b'"0.6.3"')


def _before_version_2_of_the_interface(request: Request) -> bool:
    return "/v2/" in request.path and request.send(404, b'{"detail":"Not Found"}')


def _asks_for_token(request: Request) -> bool:
    return request.headers.get("Authorization") != "Bearer s3cret-0123" and request.send(401, b'{"error":"no"}')


def _fails(request: Request) -> bool:
    return request.path.endswith(("/query", "/upsert")) and request.send(
        500, b'{"error":"InternalError","message":"Error loading hnsw index"}'
    )


WRONG = {
    "a web page": (_html(200), "is no ChromaDB server: it sends a web page (HTTP 200)"),
    "a web page that says no": (_html(404), "is no ChromaDB server of version 1 (HTTP 404)"),
    "a gateway without what is behind it": (_html(502), "cannot answer now (HTTP 502)"),
    "a portal": (lambda request: request.send(302, b"", ""), "sends elsewhere (HTTP 302)"),
    "nothing": (lambda request: request.send(200, b"", ""), "it sends nothing (HTTP 200)"),
    "half of an answer": (lambda request: request.send(200, b'{"na'), "cannot be understood"),
    "silence": (_late, "does not answer within 1 second"),
    "another version": (_of_version, "is of version 0.6.3, and this program works with version 1"),
    "an older interface": (_before_version_2_of_the_interface, "is no ChromaDB server of version 1 (HTTP 404)"),
    "no access": (_asks_for_token, "asks for a token, which goes into the variable REVSEARCH_CHROMA_TOKEN"),
    "errors": (_fails, "fails (Error loading hnsw index)"),
}  # fmt: skip


@pytest.mark.parametrize(
    "what", [what if what == "a web page" else pytest.param(what, marks=pytest.mark.drill) for what in WRONG]
)
def test_what_is_wrong_with_a_server_is_one_sentence_and_searches_go_on(
    what: str, tmp_path: Path, library: Library, server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = draw_many(tmp_path / "pictures", 4, side=16)
    wrong, sentence = WRONG[what]
    is_wrong = threading.Event()
    with proxy(server, lambda request: is_wrong.is_set() and wrong(request)) as url:
        use(library, monkeypatch, url)
        library.index(tmp_path / "pictures")
        assert not library.search(paths[2], approximate=True)[0].exact
        is_wrong.set()
        if what == "silence":
            monkeypatch.setenv("REVSEARCH_NETWORK_TIMEOUT_S", "1")
            use(library, monkeypatch, url)
        library.notes.clear()
        assert library.found(paths[2], approximate=True) == [paths[2]]
        (note,) = library.notes
        assert sentence in note and url in note and note.endswith(EXACTLY) and "<" not in note
        draw(tmp_path / "pictures" / "late.png", 77, side=16)
        with pytest.raises(StorageError) as failed:
            library.index()
        assert sentence in str(failed.value) and "safe in the journal" in str(failed.value)
        is_wrong.clear()
        monkeypatch.setenv("REVSEARCH_NETWORK_TIMEOUT_S", _PATIENCE_S)
        use(library, monkeypatch, url)
        library.index()
        assert server.rows(_key(library.home)) == set(journals(library.home)["phash"])
        assert len(journals(library.home)["phash"]) == 5


@pytest.mark.drill
def test_the_token_of_the_environment_opens_a_proxy_and_is_kept_nowhere(tmp_path: Path, server: ChromaServer) -> None:
    paths = draw_many(tmp_path / "pictures", 4, side=16)
    home = tmp_path / "home"
    with proxy(server, _asks_for_token) as url:
        right = {"REVSEARCH_STORE_CHROMA_URL": url, TOKEN: "s3cret-0123"}
        wrong = {"REVSEARCH_STORE_CHROMA_URL": url, TOKEN: "wr0ng-0123"}
        index = ("index", tmp_path / "pictures", "-m", "phash")
        search = ("search", paths[1], "-m", "phash", "--approximate", "-k", "1", "-f", "csv")
        outputs = []
        for environment, status, said in ((wrong, 3, "does not take the token"), (right, 0, "")):
            done = revsearch(home, *index, environment=environment)
            assert done.returncode == status and said in done.stderr.decode(), done.stderr
            outputs += [done.stdout, done.stderr]
        for environment, word in ((right, b"approximate"), (wrong, b"exact")):
            done = revsearch(home, *search, environment=environment)
            assert done.returncode == 0 and word in done.stdout, done.stderr
            outputs += [done.stdout, done.stderr]
        done = revsearch(home, "config", "show", environment=right)
        outputs += [done.stdout, done.stderr]
    assert b"does not take the token" in outputs[-3]
    written = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert not any(secret in text for secret in (b"s3cret", b"wr0ng") for text in (*outputs, *written))


@pytest.mark.drill
def test_batches_become_as_small_as_the_server_says_or_shows(
    tmp_path: Path, library: Library, server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_many(tmp_path / "pictures", 40, side=16)
    sizes: list[int] = []
    most = 7

    def limited(request: Request) -> bool:
        if request.path.endswith("/pre-flight-checks"):
            return request.send(200, json.dumps({"max_batch_size": 16}).encode())
        if request.path.endswith(("/upsert", "/get")) and request.body:
            asked = len(json.loads(request.body).get("ids") or ())
            sizes.append(asked)
            if asked > most:
                if asked > 12:
                    return request.send(413, b"", "")
                return request.send(400, b'{"error":"QuotaError","message":"Quota exceeded: records per write"}')
        return False

    with proxy(server, limited) as url:
        use(library, monkeypatch, url)
        library.index(tmp_path / "pictures")
        assert server.rows(_key(library.home)) == set(journals(library.home)["phash"])
        assert sizes[0] == 16 and sizes[1] == 8 and set(sizes[2:]) == {4}
        most = 0  # such as a collection that is full
        draw(tmp_path / "pictures" / "late.png", 77, side=16)
        with pytest.raises(StorageError, match="takes no more"):
            library.index()


@pytest.mark.drill
@pytest.mark.parametrize("comes_back", ["soon", "later", "empty"])
def test_a_server_that_is_started_anew_in_the_middle_of_a_run_has_everything_in_the_end(
    comes_back: str, tmp_path: Path, library: Library, server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = draw_many(tmp_path / "pictures", 60, side=16)
    upserts = 0
    if comes_back == "later":
        monkeypatch.setattr(served, "_WAITS_S", (0.1, 0.1))

    def again() -> None:
        time.sleep(1)
        server.start()

    def killing(request: Request) -> bool:
        nonlocal upserts
        if request.path.endswith("/pre-flight-checks"):
            return request.send(200, json.dumps({"max_batch_size": 5}).encode())
        if request.path.endswith("/upsert"):
            upserts += 1
            if upserts == 6:
                server.kill()
                if comes_back == "empty":
                    server.folder.rename(server.folder.with_name("lost"))
                if comes_back != "later":
                    threading.Thread(target=again).start()
        return False

    with proxy(server, killing) as url:
        use(library, monkeypatch, url)
        if comes_back == "soon":
            library.index(tmp_path / "pictures")
            assert upserts < 20, "it went on from there"
        else:
            with pytest.raises(StorageError, match="safe in the journal"):
                library.index(tmp_path / "pictures")
            if comes_back == "later":
                server.start()
            library.index()
        assert server.rows(_key(library.home)) == set(journals(library.home)["phash"])
        assert not library.search(paths[9], approximate=True)[0].exact


@pytest.mark.drill
def test_a_server_that_lost_its_rows_is_not_believed_and_gets_them_again(
    tmp_path: Path, library: Library, server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = draw_many(tmp_path / "pictures", 8, side=16)
    use(library, monkeypatch, server.url)
    library.index(tmp_path / "pictures")
    for loss in ("the collection", "a row"):
        client = server.client()
        (name,) = [found.name for found in client.list_collections()]
        if loss == "the collection":
            client.delete_collection(name)
            client.create_collection(name)
        else:
            rows = client.get_collection(name, embedding_function=None)
            rows.delete(ids=rows.get(include=[])["ids"][:1])
        library.notes.clear()
        assert [hit.exact for hit in library.search(paths[3], approximate=True)] == [True] * 8
        assert any("does not hold what it was given" in note and EXACTLY in note for note in library.notes)
        report = library.index()
        assert any("rebuilt from the journal" in note for note in report.notes), report.notes
        assert server.rows(_key(library.home)) == set(journals(library.home)["phash"])
        library.notes.clear()
        assert not library.search(paths[3], approximate=True)[0].exact and not library.notes


@pytest.mark.drill
def test_a_tenant_and_a_database_of_ones_own(
    tmp_path: Path, library: Library, server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chromadb

    paths = draw_many(tmp_path / "pictures", 4, side=16)
    monkeypatch.setenv("REVSEARCH_STORE_CHROMA_TENANT", "museum")
    monkeypatch.setenv("REVSEARCH_STORE_CHROMA_DATABASE", "photos")
    use(library, monkeypatch, server.url)
    with pytest.raises(StorageError, match=r"photos.*store\.chroma_database"):
        library.index(tmp_path / "pictures")
    admin = chromadb.AdminClient(server.client().get_settings())
    admin.create_tenant("museum")
    admin.create_database("photos", "museum")
    library.index()
    client = chromadb.HttpClient("127.0.0.1", server.port, tenant="museum", database="photos")
    assert len(client.list_collections()) == 1 and not server.client().list_collections()
    assert not library.search(paths[3], approximate=True)[0].exact
    collection = library.workspace.collection("pictures")
    drop(collection, keys_of(library.home), store=library.workspace.store_kind(collection))
    assert not client.list_collections()
