"""Servers that never come to an end, lead astray, or answer what cannot be used: queries and downloads alike."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from revsearch_tui.api import Cancelled, Download, ModelError, NullControl, UsageError
from revsearch_tui.core.base.download import fetched
from revsearch_tui.core.base.web import StepTookTooLong, Waiting
from revsearch_tui.core.search.sources import FetchLimits, fetch
from tests.support.served import answering

OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HURRIED = FetchLimits(max_bytes=200_000, timeout_s=20, total_s=0.5)


def trickle(head: bytes, endless: bytes = b"x") -> Callable[[socket.socket, str], None]:
    """Answer at once with `head`, then a byte now and then: each arrives in time, all of them never."""

    def answer(connection: socket.socket, path: str) -> None:
        connection.sendall(head)
        for number in range(200):
            connection.sendall(endless[number % len(endless) :][:1])
            time.sleep(0.05)

    return answer


def always(answer: bytes) -> Callable[[socket.socket, str], None]:
    return lambda connection, path: connection.sendall(answer)


def redirect(location: str, code: int = 302) -> bytes:
    return f"HTTP/1.1 {code} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def download(url: str, folder: Path, timeout_s: float = 0.5) -> Path:
    item = Download(f"{url}/weights.bin", "weights.bin", f"sha256:{hashlib.sha256(b'abc').hexdigest()}")
    return fetched(item, folder, NullControl(), error=ModelError, elsewhere="--file FILE", timeout_s=timeout_s)


NEVER = {
    "status line": trickle(b"HTTP/1.1 200 "),
    "header": trickle(OK + b"X-Long: "),
    "headers": trickle(OK, b"a: b\r\n"),
    "interim answers": trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "length of a chunk": trickle(CHUNKED + b"3;name="),
    "trailer": trickle(CHUNKED + b"1\r\nx\r\n0\r\n", b"a: b\r\n"),
}


@pytest.mark.parametrize("part", NEVER)
def test_whatever_part_of_an_answer_trickles_in_a_query_ends_after_the_whole_time(part: str) -> None:
    with answering(NEVER[part]) as url, pytest.raises(UsageError, match="takes longer than 0.5 s; download it"):
        fetch(f"{url}/slow.png", HURRIED)


@pytest.mark.parametrize("part", NEVER)
def test_whatever_part_of_an_answer_trickles_in_a_download_ends_after_its_wait(part: str, tmp_path: Path) -> None:
    with answering(NEVER[part]) as url, pytest.raises(ModelError, match="the server has not answered for 0.5 s"):
        download(url, tmp_path)


def test_redirects_share_the_whole_time() -> None:
    def slow(connection: socket.socket, path: str) -> None:
        time.sleep(0.2)
        connection.sendall(redirect(f"/{int(path[1:]) + 1}"))

    with answering(slow) as url, pytest.raises(UsageError, match="takes longer than 0.5 s"):
        fetch(f"{url}/1", HURRIED)


def test_a_picture_behind_redirects_is_fetched() -> None:
    hops = {"/a": redirect("b"), "/b": redirect("//HOST/%C3%A4 c", 301), "/%C3%A4%20c": redirect("/d?é", 308)}

    def answer(connection: socket.socket, path: str) -> None:
        host = ":".join(map(str, connection.getsockname()))
        connection.sendall(hops[path].replace(b"HOST", host.encode()) if path in hops else OK + b"\r\n" + path.encode())

    with answering(answer) as url:
        assert fetch(f"{url}/a", HURRIED) == b"/d?%C3%A9"


def test_an_address_may_hold_what_only_people_write() -> None:
    with answering(lambda connection, path: connection.sendall(OK + b"\r\n" + path.encode())) as url:
        assert fetch(f"{url}/ä b.png?ü=%20#top", HURRIED) == b"/%C3%A4%20b.png?%C3%BC=%20"


def test_a_circle_of_redirects_is_told_in_one_clean_line(tmp_path: Path) -> None:
    def answer(connection: socket.socket, path: str) -> None:
        connection.sendall(redirect({"/a": "/b", "/b": "/c"}.get(path, "/b")))

    with answering(answer) as url:
        with pytest.raises(UsageError) as raised:
            fetch(f"{url}/a", HURRIED)
        assert str(raised.value) == f"'{url}/a' cannot be fetched: it redirects in a circle"
        with pytest.raises(ModelError, match="cannot be fetched: it redirects in a circle"):
            download(url, tmp_path)


def test_redirects_without_end_are_not_followed_for_ever() -> None:
    def answer(connection: socket.socket, path: str) -> None:
        connection.sendall(redirect(path + "x"))

    with answering(answer) as url, pytest.raises(UsageError, match="it redirects more than 10 times"):
        fetch(f"{url}/a", FetchLimits())


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:image/png,x", "x:\x1b[31m"])
def test_a_redirect_away_from_the_web_is_refused(place: str) -> None:
    with answering(always(redirect(place))) as url, pytest.raises(UsageError) as raised:
        fetch(f"{url}/a", HURRIED)
    assert "which is not on the web" in str(raised.value) and str(raised.value).isprintable()


def test_a_redirect_to_nowhere_is_told() -> None:
    with answering(always(b"HTTP/1.1 302 Found\r\n\r\n")) as url, pytest.raises(UsageError, match="not say where to"):
        fetch(f"{url}/a", HURRIED)


def test_endless_headers_are_refused() -> None:
    def many(connection: socket.socket, path: str) -> None:
        connection.sendall(OK)
        while True:
            connection.sendall(b"Name: value\r\n" * 1000)

    def long(connection: socket.socket, path: str) -> None:
        connection.sendall(OK + b"Name: ")
        while True:
            connection.sendall(bytes(64) * 1000)

    for answer in (many, long):
        with answering(answer) as url, pytest.raises(UsageError, match="cannot be fetched: got more than"):
            fetch(f"{url}/a", FetchLimits())


def test_an_endless_answer_ends_at_the_largest_size() -> None:
    def answer(connection: socket.socket, path: str) -> None:
        connection.sendall(CHUNKED)
        while True:
            connection.sendall(b"1000\r\n" + bytes(0x1000) + b"\r\n")

    with answering(answer) as url, pytest.raises(UsageError, match="is larger than 1 MB"):
        fetch(f"{url}/a", FetchLimits(max_bytes=1_000_000))


def test_what_a_server_compressed_unasked_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    packed = always(OK + b"Content-Encoding: gzip\r\n\r\n" + bomb)
    with (
        answering(packed) as url,
        pytest.raises(UsageError, match=r"sends it compressed \(gzip\), although it was"),
    ):
        fetch(f"{url}/a", HURRIED)


def test_servers_are_asked_for_what_is_not_compressed(tmp_path: Path) -> None:
    seen = []
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def serve() -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            with connection:
                seen.append(connection.recv(4096).lower())
                connection.sendall(OK + b"\r\nabc")

    threading.Thread(target=serve, daemon=True).start()
    fetch(f"{url}/a", HURRIED)
    download(url, tmp_path)
    assert [each.count(b"accept-encoding: identity\r\n") for each in seen] == [1, 1]
    listener.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "the server hung up without an answer"),
        (b"\x1b[31mrubbish\r\n", "what answers there is no web server"),
        (b"HTTP/1.1 404 Not\x1b[31m Found\x85\r\n\r\n", "the server answers 404 Not [31m Found"),
        (b"HTTP/1.1 500\r\n\r\n", "the server answers 500"),
        (CHUNKED + b"zz\r\n", "the server hung up in the middle of its answer"),
        (CHUNKED + b"9\r\nabc", "the server hung up in the middle of its answer"),
    ],
)
def test_what_a_server_does_wrong_is_told_in_words(answer: bytes, said: str) -> None:
    with answering(always(answer)) as url, pytest.raises(UsageError) as raised:
        fetch(f"{url}/a", HURRIED)
    assert str(raised.value) == f"'{url}/a' cannot be fetched: {said}"


@pytest.mark.parametrize("url", ["http://", "http://[x/", "http://a b/", "http://127.0.0.1:x/", "http://" + "ä" * 70])
def test_what_is_no_address_is_told_in_words(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        fetch(url, HURRIED)
    assert "cannot be fetched: " in str(raised.value)
    assert "codec" not in str(raised.value) and "(found at least" not in str(raised.value)


class AfterAWhile(NullControl):
    """The user stops when it has been asked a few times whether to."""

    asked = 0

    def check(self) -> None:
        self.asked += 1
        if self.asked > 3:
            raise Cancelled("enough")


def test_the_user_can_stop_while_the_server_says_nothing(tmp_path: Path) -> None:
    quiet = threading.Event()
    with answering(lambda connection, path: [None, quiet.wait(20)][0]) as url:
        with pytest.raises(Cancelled):
            fetch(f"{url}/a", FetchLimits(timeout_s=20), AfterAWhile())
        item = Download(f"{url}/weights.bin", "weights.bin", "md5:00")
        with pytest.raises(Cancelled):
            fetched(item, tmp_path, AfterAWhile(), error=ModelError, elsewhere="--file FILE")
        quiet.set()


def test_a_call_that_does_not_come_back_is_left_behind() -> None:
    stuck = threading.Event()
    waiting = Waiting(0.2, 60, NullControl())
    with contextlib.closing(waiting), pytest.raises(StepTookTooLong):
        waiting.step(lambda: stuck.wait(20))
    stuck.set()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1, which this machine trusts for the length of a test."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not there to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate]
        + ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return context


def test_a_redirect_from_https_to_http_is_refused(tls: ssl.SSLContext) -> None:
    away = always(redirect("http://127.0.0.1:9/a"))
    with answering(away, tls) as url, pytest.raises(UsageError, match="redirects from https to 'http://127.0.0.1:9/a'"):
        fetch(f"{url}/a", HURRIED)


def test_a_redirect_from_http_to_https_is_followed(tls: ssl.SSLContext) -> None:
    with answering(always(OK + b"\r\nabc"), tls) as safe, answering(always(redirect(f"{safe}/a"))) as url:
        assert fetch(f"{url}/a", FetchLimits()) == b"abc"


def test_a_certificate_that_nobody_vouches_for_is_told(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with answering(always(OK + b"\r\nabc"), tls) as url, pytest.raises(UsageError) as raised:
        fetch(f"{url}/a", FetchLimits())
    assert "the server's certificate is not to be trusted (self" in str(raised.value)


def test_a_server_that_is_not_safe_where_it_should_be_is_told() -> None:
    with answering(always(OK + b"\r\nabc")) as url, pytest.raises(UsageError, match="no safe connection can be made"):
        fetch(url.replace("http", "https"), FetchLimits())
