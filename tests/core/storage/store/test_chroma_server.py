"""ChromaDB as a server, named by a URL: the rows go there, searches go there, and its absence loses nothing."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import revsearch
from tests.support.stored import collection_of, journals, keys_of
from tests.support.texture import draw, draw_many

CHROMA = Path(sys.executable).with_name("chroma.exe" if sys.platform == "win32" else "chroma")
pytestmark = pytest.mark.skipif(not CHROMA.exists(), reason="chromadb's own program is not installed")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    server = subprocess.Popen(
        [str(CHROMA), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder.parent,
    )
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    server.kill()
    raise AssertionError("the ChromaDB server does not start")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = _free_port()
    process = _serve(tmp_path / "served", port)
    yield f"http://127.0.0.1:{port}", process
    process.kill()
    process.wait()


def _rows_on(url: str, home: Path) -> set[bytes]:
    import chromadb
    from chromadb.config import Settings

    host, _, port = url.removeprefix("http://").partition(":")
    client = chromadb.HttpClient(host, int(port), settings=Settings(anonymized_telemetry=False))
    key = keys_of(home)[0].key
    (name,) = [found.name for found in client.list_collections() if found.name.endswith(key)]
    found = client.get_collection(name, embedding_function=None).get(include=[])
    return {bytes.fromhex(value) for value in found["ids"]}


def test_a_server_gets_the_rows_and_its_absence_loses_nothing(
    tmp_path: Path, server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    url, process = server
    environment = {"REVSEARCH_STORE_CHROMA_URL": url}
    home, pictures = tmp_path / "home", tmp_path / "pictures"
    paths = draw_many(pictures, 12, side=16)
    done = revsearch(home, "index", pictures, "-m", "phash", "--quiet", environment=environment)
    assert done.returncode == 0, done.stderr
    assert _rows_on(url, home) == set(journals(home)["phash"])
    assert not (collection_of(home).home / "chroma").exists()

    search = ("search", paths[4], "-m", "phash", "--approximate", "-k", "1", "--format", "csv")
    done = revsearch(home, *search, environment=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"approximate" in done.stdout
    assert str(paths[4]).encode() in done.stdout

    paths[0].unlink()
    done = revsearch(home, "index", "--quiet", environment=environment)
    assert done.returncode == 0, done.stderr
    assert len(_rows_on(url, home)) == 11

    process.kill()
    process.wait()
    done = revsearch(home, *search, environment=environment)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert url.encode() in done.stderr
    late = draw(pictures / "late.png", 77, side=16)
    done = revsearch(home, "index", "--quiet", environment=environment)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert b"does not answer" in done.stderr
    assert b"Traceback" not in done.stderr
    # What was read is in the journal, and found exactly.
    done = revsearch(home, "search", late, "-m", "phash", "--exact", "-k", "1", "-q", "-f", "paths")
    assert done.stdout.decode().strip() == str(late)

    again = _serve(tmp_path / "served", int(url.rpartition(":")[2]))
    try:
        done = revsearch(home, "index", "--quiet", environment=environment)
        assert done.returncode == 0, done.stderr
        assert len(_rows_on(url, home)) == 12
    finally:
        again.kill()
        again.wait()


def test_a_renamed_collection_keeps_its_rows_on_the_server(
    tmp_path: Path, server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    url, _ = server
    environment = {"REVSEARCH_STORE_CHROMA_URL": url}
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
    assert len(_rows_on(url, home)) == 6, "in one collection on the server"
