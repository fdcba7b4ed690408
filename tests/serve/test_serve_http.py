"""`revsearch serve`: what other programs are answered over HTTP."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from PIL import Image

from tests.support.program import revsearch, revsearch_json
from tests.support.serving import Serving, serving


@pytest.fixture
def client(server: Serving) -> Iterator[httpx.Client]:
    with server.client() as made:
        yield made


def sentence(answer: httpx.Response, status: int) -> str:
    """The sentence of an error, which must have this status."""
    told = answer.json()
    assert answer.status_code == status, told
    assert set(told) == {"error", "title"} and "\n" not in told["error"]
    return str(told["error"])


def ended(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    """The job when it has ended."""
    deadline = time.monotonic() + 120
    while job["state"] in ("waiting", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        job = client.get(f"/jobs/{job['id']}").json()
    return job


# Searching


def test_hits_are_those_of_the_command_line(client: httpx.Client, home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p05.png"
    asked = {"path": str(query), "k": 3, "methods": ["phash", "sift"]}
    (expected,) = revsearch_json(home, "search", query, "-c", "pictures", "-k", "3", "-m", "phash", "-m", "sift")
    answer = client.post("/search", json=asked).json()
    assert answer.pop("notes") == []
    assert {**answer, "seconds": 0} == {**expected, "seconds": 0}


def test_a_picture_that_is_sent_is_searched_for(client: httpx.Client, pictures: Path) -> None:
    data = (pictures / "a" / "p05.png").read_bytes()
    form = {"picture": ("query.png", data, "image/png")}
    answer = client.post("/search", files=form, data={"request": json.dumps({"k": 1, "methods": ["phash"]})}).json()
    assert answer["query"] == "query.png"
    assert [hit["path"] for hit in answer["hits"]] == [str(pictures / "a" / "p05.png")]
    assert client.post("/search", files=form).json()["hits"][0]["tier"] == "same file"


def test_a_turned_picture_is_found_in_any_orientation(client: httpx.Client, pictures: Path) -> None:
    turned = io.BytesIO()
    Image.open(pictures / "b" / "p22.png").transpose(Image.Transpose.ROTATE_90).save(turned, "PNG")
    asked = {"k": 1, "methods": ["phash"], "any_orientation": True}
    form = {"picture": ("turned.png", turned.getvalue())}
    hit = client.post("/search", files=form, data={"request": json.dumps(asked)}).json()["hits"][0]
    assert hit["path"] == str(pictures / "b" / "p22.png") and hit["orientation"]


def test_words_are_searched_for(client: httpx.Client, words: str, pictures: Path) -> None:
    asked = {"text": "beach", "collection": words, "k": 30}
    named = [hit for hit in client.post("/search", json=asked).json()["hits"] if "name beach" in hit["why"]]
    assert [hit["path"] for hit in named] == [str(pictures / "a" / "beach.png")]


def test_a_search_is_narrowed(client: httpx.Client, pictures: Path) -> None:
    asked = {"path": str(pictures / "a" / "p03.png"), "methods": ["phash"]}
    below = client.post("/search", json={**asked, "under": [str(pictures / "b")]}).json()["hits"]
    assert below and all(hit["path"].startswith(str(pictures / "b")) for hit in below)
    named = client.post("/search", json={**asked, "glob": ["beach*"]}).json()["hits"]
    assert [hit["path"] for hit in named] == [str(pictures / "a" / "beach.png")]
    sure = client.post("/search", json={**asked, "min_score": 0.99}).json()["hits"]
    assert len(sure) == 1 and sure[0]["copies"]
    both = {**asked, "methods": [], "copies": True}
    assert [hit["tier"] for hit in client.post("/search", json=both).json()["hits"]] == ["same file"]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({}, 400, "give something to search for"),
        ({"path": "p03.png"}, 400, "'p03.png' is no absolute path"),
        ({"path": "http://127.0.0.1/x.png"}, 400, "is no absolute path"),
        ({"path": "-"}, 400, "is no absolute path"),
        ({"path": "/nowhere/p03.png"}, 404, "'/nowhere/p03.png' does not exist"),
        ({"path": "/"}, 400, "'/' is a folder"),
        ({"path": "/nowhere", "collection": "pictues"}, 404, "did you mean 'pictures'?"),
        ({"path": "/nowhere", "methods": ["phas"]}, 409, "phas"),
        ({"path": "/nowhere", "k": 0}, 400, "'k' in the request"),
        ({"pathh": "/nowhere"}, 400, "the request has no field 'pathh'; did you mean 'path'?"),
        ({"text": "beach"}, 409, "cannot search for words"),
        ({"text": "beach", "copies": True}, 400, "copies are looked for of one picture alone"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(
    asked: dict[str, Any], status: int, said: str, client: httpx.Client
) -> None:
    assert said in sentence(client.post("/search", json=asked), status)


def test_what_is_no_picture_is_a_sentence(client: httpx.Client) -> None:
    answer = client.post("/search", files={"picture": ("notes.png", b"no picture at all")})
    assert "'notes.png' cannot be used as a query" in sentence(answer, 400)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"path": "\\udcff"}'])
def test_a_body_that_is_no_request_is_a_sentence(body: bytes, client: httpx.Client) -> None:
    assert "the request" in sentence(client.post("/search", content=body), 400)


def test_a_form_with_other_fields_is_a_sentence(client: httpx.Client) -> None:
    assert "has a field 'photo'" in sentence(client.post("/search", files={"photo": ("a.png", b"x")}), 400)
    broken = client.post("/search", content=b"--x", headers={"Content-Type": "multipart/form-data"})
    assert "the form cannot be read" in sentence(broken, 400)


def test_two_clients_are_answered_each_its_own(server: Serving, pictures: Path) -> None:
    def ask(name: str) -> list[str]:
        with server.client() as mine:
            asked = {"path": str(pictures / name), "methods": ["phash"], "k": 1}
            return [mine.post("/search", json=asked).json()["hits"][0]["path"] for _ in range(5)]

    names = ["a/p01.png", "b/p21.png"]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, names)) == [[str(pictures / name)] * 5 for name in names]


def test_a_client_that_goes_away_is_in_nobodys_way(server: Serving, client: httpx.Client, pictures: Path) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    asked = json.dumps({"path": str(pictures / "a" / "p01.png"), "any_orientation": True}).encode()
    head = f"POST /search HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {server.token}\r\n"
    for sent in (asked, asked[:10]):
        with socket.create_connection((host, int(port))) as leaving:
            leaving.sendall(f"{head}Content-Length: {len(asked)}\r\n\r\n".encode() + sent)
    assert client.post("/search", json=json.loads(asked)).json()["hits"][0]["tier"] == "same file"


# Explaining


def test_why_two_pictures_match_is_told_as_the_command_line_tells_it(
    client: httpx.Client, home: Path, pictures: Path
) -> None:
    first, second = pictures / "a" / "p03.png", pictures / "a" / "beach.png"
    expected = revsearch_json(home, "explain", first, second, "-c", "pictures")
    answer = client.post("/explain", json={"first": str(first), "second": str(second)}).json()
    assert {name: answer.pop(name) for name in expected} == expected
    assert answer == {"verdict": "same file: the same bytes", "notes": [], "drawing": None}
    assert {each["explanation"]["kind"] for each in expected["methods"]} == {"lines", "bits"}


def test_a_picture_that_is_sent_is_explained_and_drawn(client: httpx.Client, pictures: Path) -> None:
    form = {"picture": ("sent.png", (pictures / "b" / "p21.png").read_bytes())}
    asked = {"second": str(pictures / "b" / "p21.png"), "methods": ["sift"], "draw": True}
    answer = client.post("/explain", files=form, data={"request": json.dumps(asked)}).json()
    assert answer["first"] == "sent.png" and [each["method"] for each in answer["methods"]] == ["sift"]
    assert Image.open(io.BytesIO(base64.b64decode(answer["drawing"]))).format == "PNG"


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({}, 400, "'second' in the request"),
        ({"second": "/nowhere"}, 400, "give the first of the two pictures"),
        ({"first": "/nowhere", "second": "p03.png"}, 404, "'/nowhere' does not exist"),
        ({"first": "p03.png", "second": "/nowhere"}, 400, "'p03.png' is no absolute path"),
        ({"first": "/nowhere", "second": "/nowhere", "methods": ["phas"]}, 409, "phas"),
        ({"first": "/nowhere", "second": "/nowhere", "collection": "other"}, 404, "no collection"),
    ],
)
def test_what_cannot_be_explained_is_a_sentence(
    asked: dict[str, Any], status: int, said: str, client: httpx.Client
) -> None:
    assert said in sentence(client.post("/explain", json=asked), status)


# Who may ask


@pytest.mark.parametrize("path", ["/openapi.json", "/collections", "/jobs", "/nothing"])
def test_nothing_is_told_without_the_token(path: str, server: Serving) -> None:
    for token in ("wrong", server.token[:-1], server.token + "x"):
        with server.client(token) as stranger:
            answer = stranger.get(path)
        assert "the token is missing or wrong" in sentence(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert httpx.get(server.address + path, trust_env=False).status_code == 401


def test_a_page_that_leads_its_own_name_here_is_refused(server: Serving) -> None:
    port = server.address.rpartition(":")[2]
    for name in (f"evil.example:{port}", "evil.example", "127.0.0.1", "127.0.0.1:1"):
        with server.client(Host=name) as stranger:
            assert "the header Host names" in sentence(stranger.get("/collections"), 421)
    with server.client(Host=f"localhost:{port}") as friend:
        assert friend.get("/collections").status_code == 200


def test_pages_of_others_may_not_read_answers(server: Serving) -> None:
    with server.client(Origin="http://evil.example") as page:
        for answer in (page.get("/collections"), page.options("/collections")):
            assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_huge_body_is_refused_whether_or_not_it_says_how_large_it_is(client: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(30):
            yield bytes(100_000)

    for answer in (
        client.post("/search", content=bytes(1_100_000)),
        client.post("/search", content=chunks()),
        client.post("/search", files={"picture": ("large.png", bytes(1_100_000))}),
        client.post("/dupes", content=bytes(5_000_000)),
    ):
        assert "larger than 1 MB (network.max_mb)" in sentence(answer, 413)
    assert client.get("/collections").status_code == 200


# What else there is


def test_collections_are_listed(client: httpx.Client, home: Path) -> None:
    assert client.get("/collections").json() == revsearch_json(home, "collections", "list")


def test_the_thumbnail_of_a_hit_is_a_small_picture(client: httpx.Client, pictures: Path) -> None:
    asked = {"path": str(pictures / "b" / "p25.png"), "methods": ["phash"], "k": 1}
    hit = client.post("/search", json=asked).json()["hits"][0]
    answer = client.get(f"/collections/pictures/pictures/{hit['image_id']}/thumbnail")
    assert answer.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.content)).size == (hit["width"], hit["height"])


def test_only_pictures_of_a_collection_are_shown(client: httpx.Client) -> None:
    strange = client.get(f"/collections/pictures/pictures/{'0' * 64}/thumbnail")
    assert "has no picture 0000" in sentence(strange, 404)
    assert "is no image id" in sentence(client.get("/collections/pictures/pictures/x.png/thumbnail"), 400)
    assert "there is no collection" in sentence(client.get(f"/collections/other/pictures/{'0' * 64}/thumbnail"), 404)


def test_duplicates_are_a_job_with_the_groups_of_the_command_line(
    client: httpx.Client, home: Path, pictures: Path
) -> None:
    started = client.post("/dupes", json={"methods": ["phash"]})
    assert started.status_code == 202
    job = ended(client, started.json())
    assert job["state"] == "done" and job["error"] is None, job
    assert job["result"]["groups"] == revsearch_json(home, "dupes", "-c", "pictures", "-m", "phash")
    paths = {file["path"] for group in job["result"]["groups"] for file in (group["keep"], *group["others"])}
    assert {str(pictures / "a" / "p03.png"), str(pictures / "a" / "beach.png")} <= paths
    listed = {each["id"]: each["result"] for each in client.get("/jobs").json()}
    assert listed[job["id"]] is None, "results are had one by one"


def test_a_folder_is_compared_with_another(client: httpx.Client, pictures: Path) -> None:
    asked = {"folders": [str(pictures / "b")], "against": [str(pictures / "a")], "methods": ["phash"]}
    job = ended(client, client.post("/dupes", json=asked).json())
    assert job["state"] == "done" and job["result"]["groups"] == [], job
    assert job["result"]["pictures"] == 15
    job = ended(client, client.post("/dupes", json={"folders": ["b"]}).json())
    assert job["state"] == "failed" and "'b' is no absolute path" in job["error"]


def test_an_evaluation_is_a_job_and_a_record(client: httpx.Client, home: Path, pictures: Path) -> None:
    asked = {"data": str(pictures), "methods": ["phash"], "name": "drawn"}
    job = ended(client, client.post("/eval", json=asked).json())
    assert job["state"] == "done", job
    made = job["result"]["listed"]
    assert client.get("/records").json() == [made] == revsearch_json(home, "eval", "list")
    assert client.get(f"/records/{made['id']}").json()["record"] == revsearch_json(home, "eval", "show", made["id"])
    assert "there is no evaluation 'none'" in sentence(client.get("/records/none"), 404)


def test_a_job_is_stopped(client: httpx.Client, pictures: Path) -> None:
    first = client.post("/eval", json={"data": str(pictures), "methods": ["sift"]}).json()
    second = client.post("/eval", json={"data": str(pictures), "methods": ["phash"]}).json()
    for job in (second, first):
        assert client.delete(f"/jobs/{job['id']}").status_code == 200
    assert ended(client, second)["state"] == "stopped"
    assert "there is no job '99'" in sentence(client.get("/jobs/99"), 404)


def test_the_description_says_what_there_is_and_what_is_answered(client: httpx.Client, pictures: Path) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1") and document["security"] == [{"token": []}]
    for path, methods in document["paths"].items():
        for method in methods:
            asked = client.request(method, path.translate(str.maketrans("", "", "{}")), content=b"{}")
            assert "is nothing that can be asked here" not in asked.text, (method, path)

    def check(answer: httpx.Response, method: str, path: str) -> None:
        content = document["paths"][path][method]["responses"][str(answer.status_code)]["content"]
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json())

    picture = str(pictures / "a" / "p03.png")
    check(client.get("/collections"), "get", "/collections")
    check(client.post("/search", json={"path": picture}), "post", "/search")
    check(client.post("/explain", json={"first": picture, "second": picture}), "post", "/explain")
    job = client.post("/dupes", json={})
    check(job, "post", "/dupes")
    ended(client, job.json())
    check(client.get(f"/jobs/{job.json()['id']}"), "get", "/jobs/{id}")


def test_what_is_not_there_is_a_sentence(client: httpx.Client) -> None:
    assert "GET /nothing is nothing that can be asked here" in sentence(client.get("/nothing"), 404)
    assert "PUT /search is nothing" in sentence(client.put("/search"), 405)


# Starting and ending


def test_ctrl_c_ends_a_server_in_order_also_during_a_job(home: Path, pictures: Path, tmp_path: Path) -> None:
    word = tmp_path / "token"
    word.write_text("a-token-of-my-own-making\n")
    with serving(home, "--token-file", word) as server:
        assert server.token == f"the first line of {word}"
        with server.client("a-token-of-my-own-making") as client:
            asked = {"data": str(pictures), "methods": ["sift"], "name": "interrupted"}
            assert client.post("/eval", json=asked).status_code == 202
            assert server.end() == (0, "")
    names = [row["name"] for row in json.loads(revsearch(home, "eval", "list", "-f", "json").stdout)]
    assert "interrupted" not in names


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_server_that_is_killed_during_a_job_leaves_nothing_half(home: Path, pictures: Path) -> None:
    with serving(home) as server, server.client() as client:
        job = client.post("/eval", json={"data": str(pictures), "methods": ["sift"], "name": "killed"}).json()
        while client.get(f"/jobs/{job['id']}").json()["state"] == "waiting":
            time.sleep(0.02)
        assert server.end(signal.SIGKILL)[0] == -signal.SIGKILL
    with serving(home) as server, server.client() as client:
        assert "killed" not in [row["name"] for row in client.get("/records").json()]
        assert client.get("/jobs").json() == []
        asked = {"path": str(pictures / "a" / "p03.png"), "methods": ["phash"], "collection": "pictures"}
        assert client.post("/search", json=asked).json()["hits"]
        assert server.end(signal.SIGTERM) == (0, "")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_others_than_this_machine_are_not_served(host: str, home: Path) -> None:
    done = revsearch(home, "serve", "--host", host)
    assert done.returncode == 2
    assert f"'{host}' is no loopback address" in done.stderr.decode()


def test_what_keeps_a_server_from_starting_is_a_sentence(server: Serving, home: Path, tmp_path: Path) -> None:
    port = server.address.rpartition(":")[2]
    (tmp_path / "short").write_text("short\n")
    for arguments, said in (
        (("--port", port), f"nothing can listen at port {port}: Address already in use"),
        (("--token-file", tmp_path / "none"), "cannot be read: No such file"),
        (("--token-file", tmp_path / "short"), "is no token"),
        (("-c", "pictues"), "did you mean 'pictures'?"),
        (("--mcp", "--browser"), "start one of them"),
    ):
        done = revsearch(home, "serve", *arguments)
        (line,) = [line for line in done.stderr.decode().splitlines() if not line.startswith("token: ")]
        assert said in line and done.returncode in (2, 3)


def test_the_token_of_the_configuration_counts(home: Path, tmp_path: Path) -> None:
    done = revsearch(home, "serve", environment={"REVSEARCH_SERVE_TOKEN_FILE": os.fspath(tmp_path / "none")})
    assert done.returncode == 2 and "the file of the token" in done.stderr.decode()
