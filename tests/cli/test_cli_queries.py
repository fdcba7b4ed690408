"""Where queries come from: files, standard input, URLs, parts of pictures, turned pictures, several at once."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.drawn import draw, draw_folder
from tests.support.program import revsearch


def hits(home: Path, *arguments: str | Path, stdin: bytes = b"") -> list[dict[str, Any]]:
    done = revsearch(home, "search", *arguments, "-f", "jsonl", stdin=stdin)
    assert done.returncode in (0, 1), done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def refusal(home: Path, *arguments: str | Path, stdin: bytes = b"", environment: Any = None) -> str:
    """The one sentence of a search that cannot be done."""
    done = revsearch(home, "search", *arguments, stdin=stdin, environment=environment)
    assert done.returncode == 2, done.stderr.decode()
    assert done.stdout == b""
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("revsearch: ")
    return line.removeprefix("revsearch: ")


def png(picture: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, **({"format": "PNG"} | options))
    return buffer.getvalue()


# Files and standard input


def test_a_picture_that_is_in_no_collection_finds_its_like(home: Path, pictures: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jpg"
    draw(7).resize((150, 110)).save(copy, quality=60)
    for method in ("phash", "sift"):
        first = hits(home, copy, "-m", method, "-k", "3")[0]
        assert first["path"] == str(pictures / "a" / "p07.png")
        assert 0.1 < first["score"] <= 1


def test_standard_input_is_a_query(home: Path, pictures: Path) -> None:
    data = (pictures / "a" / "p09.png").read_bytes()
    first = hits(home, "-", "-m", "phash", "-k", "1", stdin=data)[0]
    assert (first["query"], first["path"], first["score"]) == ("-", str(pictures / "a" / "p09.png"), 1.0)


def test_empty_standard_input_is_refused(home: Path) -> None:
    assert "nothing came on standard input" in refusal(home, "-", "-m", "phash")


@pytest.mark.parametrize("host", ["", "localhost"])
def test_an_address_of_a_file_is_that_file(home: Path, pictures: Path, tmp_path: Path, host: str) -> None:
    copy = tmp_path / "größe 100% + b.png"
    copy.write_bytes((pictures / "a" / "p09.png").read_bytes())
    address = copy.as_uri().replace("file://", f"FILE://{host}")
    assert "%20" in address
    assert hits(home, address, "-m", "phash", "-k", "1")[0]["path"] == str(pictures / "a" / "p09.png")
    assert revsearch(home, "compare", address, copy, "-m", "phash", "-q").returncode == 0
    assert "'file://elsewhere/x.png' does not exist" in refusal(home, "file://elsewhere/x.png")


def test_standard_input_can_be_one_query_only(home: Path) -> None:
    assert "once" in refusal(home, "-", "-", stdin=b"x")


def test_several_queries_are_answered_in_their_order(home: Path, pictures: Path) -> None:
    queries = [pictures / "b" / "p31.png", pictures / "a" / "p02.png"]
    found = hits(home, *queries, "-m", "phash", "-k", "2")
    assert [(hit["query"], hit["rank"]) for hit in found] == [(str(q), rank) for q in queries for rank in (1, 2)]
    assert [hit["path"] for hit in found if hit["rank"] == 1] == [str(query) for query in queries]


@pytest.mark.parametrize(
    ("query", "said"),
    [("absent.png", "does not exist"), ("~nobody-of-this-name/x.png", "does not exist"), ("x" * 400, "cannot be read")],
)
def test_a_query_that_cannot_be_read_is_named_with_the_reason(query: str, said: str, home: Path) -> None:
    sentence = refusal(home, query)
    assert sentence.startswith(f"'{query}'") and said in sentence


def test_a_folder_is_no_query(home: Path, pictures: Path) -> None:
    assert "is a folder" in refusal(home, pictures)


def test_an_indexed_file_that_is_gone_is_answered_from_what_is_stored(tmp_path: Path) -> None:
    folder, home = draw_folder(tmp_path / "drawn", range(12)), tmp_path / "home"
    revsearch(home, "index", folder, "-m", "phash", "-m", "sift")
    query = folder / "p03.png"
    query.unlink()
    done = revsearch(home, "search", query, folder / "p04.png", "-k", "2", "-f", "jsonl")
    assert done.returncode == 0
    assert [json.loads(line)["query"] for line in done.stdout.splitlines()] == [str(query)] * 2 + [
        str(folder / "p04.png")
    ] * 2
    assert json.loads(done.stdout.splitlines()[0])["path"] == str(query)
    assert f"'{query}' is not there any more; searched by what is stored of it" in done.stderr.decode().splitlines()
    assert "cannot be searched without the file" in refusal(home, query, "--crop", "0,0,50%,50%")
    assert "cannot be searched without the file" in refusal(home, query, "--any-orientation")


@pytest.mark.parametrize(
    "data", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n and then nothing", b"\xff\xd8\xff\xe0 broken"]
)
def test_a_broken_query_file_is_refused_with_a_reason(data: bytes, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "broken.png"
    file.write_bytes(data)
    assert refusal(home, file, "-m", "phash").startswith(f"'{file}' cannot be used as a query: ")


def test_a_query_without_end_is_refused(home: Path) -> None:
    limit = {"REVSEARCH_INDEX_MAX_FILE_MB": "1"}
    if not Path("/dev/zero").exists():
        pytest.skip("there is no /dev/zero")
    assert "larger than 1 MB (index.max_file_mb)" in refusal(home, "/dev/zero", "-m", "phash", environment=limit)


# Parts of pictures


def test_a_crop_in_pixels_searches_that_part_only(home: Path, pictures: Path, tmp_path: Path) -> None:
    board = Image.new("RGB", (600, 500), "white")
    board.paste(draw(12), (300, 200))
    file = tmp_path / "board.png"
    board.save(file)
    first = hits(home, file, "-m", "phash", "-k", "1", "--crop", "300,200,220,160")[0]
    assert (first["path"], first["raw"]) == (str(pictures / "a" / "p12.png"), 0.0)
    assert hits(home, file, "-m", "phash", "-k", "1")[0]["raw"] > 0


def test_a_crop_in_percent_is_of_the_whole_picture(home: Path, pictures: Path, tmp_path: Path) -> None:
    board = Image.new("RGB", (440, 320), "black")
    board.paste(draw(13), (220, 0))
    file = tmp_path / "board.png"
    board.save(file)
    first = hits(home, file, "-m", "phash", "-k", "1", "--crop", "50%,0,50%,50%")[0]
    assert (first["path"], first["raw"]) == (str(pictures / "a" / "p13.png"), 0.0)


@pytest.mark.parametrize(
    ("crop", "said"),
    [
        ("1,2,3", "cannot be understood"),
        ("a,b,c,d", "cannot be understood"),
        ("-1,0,5,5", "cannot be understood"),
        ("0,0,0,5", "is empty"),
        ("60%,0,50%,50%", "beyond the picture"),
        ("200,100,100,100", "beyond the picture, which is 220 x 160 pixels"),
    ],
)
def test_an_impossible_crop_is_refused(crop: str, said: str, home: Path, pictures: Path) -> None:
    assert said in refusal(home, pictures / "a" / "p00.png", "-m", "phash", f"--crop={crop}")


# Turned pictures


def test_any_orientation_finds_the_original_of_all_eight(home: Path, pictures: Path, tmp_path: Path) -> None:
    ways = [None, *Image.Transpose]
    files = []
    for number, way in enumerate(ways):
        turned = draw(5) if way is None else draw(5).transpose(way)
        files.append(tmp_path / f"turned{number}.png")
        turned.save(files[-1])
    assert len(files) == 8
    found = hits(home, *files, "-m", "phash", "-k", "1", "--any-orientation")
    assert [hit["path"] for hit in found] == [str(pictures / "a" / "p05.png")] * 8
    assert all(hit["raw"] <= 2 for hit in found)
    assert found[0]["orientation"] == "" and len({hit["orientation"] for hit in found}) == 8
    plain = hits(home, *files, "-m", "phash", "-k", "1")
    assert sum(hit["path"] == str(pictures / "a" / "p05.png") and hit["raw"] <= 2 for hit in plain) == 1


# The web


class _Handler(BaseHTTPRequestHandler):
    picture = png(draw(15))
    port = 0

    def do_GET(self) -> None:
        path = self.path
        if path == "/picture.png":
            self._send(self.picture, "image/png")
        elif path == "/page":
            self._send(b"<html>", "text/html; charset=utf-8")
        elif path == "/lies.png":
            self._send(b"this is no picture", "image/png")
        elif path == "/untyped":
            self._send(self.picture, None)
        elif path in ("/large.png", "/large-untold.png"):
            self._send(b"\x89PNG" + bytes(1_500_000), "image/png", told=path == "/large.png")
        elif path == "/short.png":
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(self.picture) + 100))
            self.end_headers()
            self.wfile.write(self.picture)
        elif path == "/slow.png":
            time.sleep(3)
            self._send(self.picture, "image/png")
        elif path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", path.partition("?")[2])
            self.end_headers()
        elif path == "/garbage":
            self.wfile.write(b"what is this\r\n\r\n")
        else:
            self.send_error(404, "Not here")

    def _send(self, body: bytes, kind: str | None, told: bool = True) -> None:
        self.send_response(200)
        if kind:
            self.send_header("Content-Type", kind)
        if told:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # the reader had enough

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A web server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/picture.png", "/untyped", "/to?/picture.png"])
def test_a_url_is_a_query(path: str, home: Path, pictures: Path, site: str) -> None:
    first = hits(home, site + path, "-m", "phash", "-k", "1")[0]
    assert (first["query"], first["path"]) == (site + path, str(pictures / "a" / "p15.png"))


def test_the_scheme_of_a_url_may_be_in_capitals(home: Path, site: str) -> None:
    assert hits(home, site.replace("http", "HTTP") + "/picture.png", "-m", "phash", "-k", "1")[0]["raw"] == 0


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/absent.png", "the server answers 404"),
        ("/page", "is of type text/html, not a picture"),
        ("/lies.png", "cannot be used as a query"),
        ("/large.png", "is larger than 1 MB (network.max_mb)"),
        ("/large-untold.png", "is larger than 1 MB (network.max_mb)"),
        ("/short.png", "broke off after"),
        ("/slow.png", "cannot be fetched: the server has not answered for 0.5 s"),
        ("/to?file:///etc/passwd", "file:///etc/passwd"),
        ("/to?ftp://127.0.0.1/picture.png", "which is not on the web"),
        ("/garbage", "cannot be fetched: what answers there is no web server"),
    ],
)
def test_a_url_that_gives_no_picture_is_refused_with_the_reason(path: str, said: str, home: Path, site: str) -> None:
    patience = "0.5" if path == "/slow.png" else "10"  # others only wait where the machine is busy
    limits = {"REVSEARCH_NETWORK_MAX_MB": "1", "REVSEARCH_NETWORK_TIMEOUT_S": patience}
    sentence = refusal(home, site + path, "-m", "phash", environment=limits)
    assert sentence.startswith(f"'{site}{path}'") and said in sentence


def test_a_server_that_is_not_there_is_said_in_a_sentence(home: Path) -> None:
    assert "cannot be fetched" in refusal(home, "http://127.0.0.1:9/picture.png", "-m", "phash")
    assert "cannot be fetched" in refusal(home, "http://[broken/picture.png", "-m", "phash")


def test_one_broken_query_among_several_does_not_stop_the_others(home: Path, pictures: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture at all")
    good = sorted(path for path in pictures.rglob("*") if path.is_file())[0]
    done = revsearch(home, "search", good, broken, good, "-m", "phash", "-k", "1", "--format", "jsonl")
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr.decode().count("broken.jpg") == 1
