"""Downloads from a server on this machine: whole, cut short, gone on with, wrong, refused, brought by hand."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from revsearch_tui.api import Cancelled, Download, ModelError, NullControl, UsageError
from revsearch_tui.core.base.download import fetched, matches, side_loaded

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT. `cut` is the byte at which it hangs up, `ranges` whether it knows parts."""

    cut: int | None = None
    ranges = True
    redirect = ""
    gone = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/weights.bin"

    def item(self, checksum: str = f"sha256:{SHA256}", size: int = len(CONTENT)) -> Download:
        return Download(self.url, "weights.bin", checksum, size)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append(wanted)
        if self.server.gone:
            self.send_error(404)
            return
        if self.server.redirect:
            self.send_response(302)
            self.send_header("Location", self.server.redirect)
            self.end_headers()
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        if start > len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start : self.server.cut])

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def fetch(item: Download, folder: Path) -> Path:
    return fetched(item, folder, NullControl(), error=ModelError, elsewhere="--file FILE", timeout_s=5)


@pytest.mark.parametrize(
    "checksum", [f"sha256:{SHA256}", f"sha256-prefix:{SHA256[:8]}", f"md5:{hashlib.md5(CONTENT).hexdigest().upper()}"]
)
def test_a_download_is_whole_and_leaves_no_part(server: Server, tmp_path: Path, checksum: str) -> None:
    file = fetch(server.item(checksum), tmp_path / "new" / "cache")
    assert file.read_bytes() == CONTENT
    assert [path.name for path in file.parent.iterdir()] == ["weights.bin"]


def test_a_file_that_is_there_is_not_downloaded_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(CONTENT)
    assert fetch(server.item(), tmp_path).read_bytes() == CONTENT
    assert server.asked == []


def test_a_damaged_file_that_is_there_is_replaced(server: Server, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(CONTENT[:-1] + b"!")
    assert fetch(server.item(), tmp_path).read_bytes() == CONTENT


def test_a_cut_download_is_kept_and_gone_on_with(server: Server, tmp_path: Path) -> None:
    server.cut = 300_000
    with pytest.raises(ModelError, match=r"broke off after 300,000 of 1,024,000 bytes.*run it again") as raised:
        fetch(server.item(), tmp_path)
    assert raised.value.exit_code == 4
    assert (tmp_path / "weights.bin.part").read_bytes() == CONTENT[:300_000]
    server.cut = None
    assert fetch(server.item(), tmp_path).read_bytes() == CONTENT
    assert server.asked == ["", "bytes=300000-"]


def test_a_server_that_knows_no_parts_sends_all_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "weights.bin.part").write_bytes(CONTENT[:1000])
    server.ranges = False
    assert fetch(server.item(), tmp_path).read_bytes() == CONTENT


def test_a_part_that_is_longer_than_the_file_is_started_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / "weights.bin.part").write_bytes(CONTENT + b"and more")
    assert fetch(server.item(size=0), tmp_path).read_bytes() == CONTENT
    assert server.asked == [f"bytes={len(CONTENT) + 8}-", ""]


def test_a_complete_part_needs_no_server(tmp_path: Path) -> None:
    (tmp_path / "weights.bin.part").write_bytes(CONTENT)
    item = Download("http://127.0.0.1:9/weights.bin", "weights.bin", f"sha256:{SHA256}", len(CONTENT))
    assert fetch(item, tmp_path).read_bytes() == CONTENT


def test_a_wrong_checksum_is_told_and_nothing_stays(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"not the file that was published \(its sha256 differs\) and was removed"):
        fetch(server.item(f"sha256-prefix:{'0' * 8}"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_part_of_another_file_does_not_stay_in_the_way(server: Server, tmp_path: Path) -> None:
    (tmp_path / "weights.bin.part").write_bytes(b"something else")
    with pytest.raises(ModelError, match="was removed"):
        fetch(server.item(), tmp_path)
    assert fetch(server.item(), tmp_path).read_bytes() == CONTENT


def test_a_server_that_sends_more_than_was_published_is_stopped(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="was removed"):
        fetch(server.item(size=1000), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_offline_the_sentence_tells_what_to_fetch_and_where_to_put_it(tmp_path: Path) -> None:
    item = Download("http://127.0.0.1:9/dir/weights.bin", "weights.bin", f"sha256:{SHA256}")
    with pytest.raises(ModelError) as raised:
        fetch(item, tmp_path)
    said = str(raised.value)
    assert "'http://127.0.0.1:9/dir/weights.bin' cannot be fetched: Connection refused" in said
    assert f"fetch weights.bin elsewhere and give it with --file FILE, or put it into {tmp_path}" in said
    assert "\n" not in said


def test_a_redirect_away_from_the_web_is_refused(server: Server, tmp_path: Path) -> None:
    server.redirect = "ftp://127.0.0.1/passwd"
    with pytest.raises(UsageError, match="redirects to 'ftp://127.0.0.1/passwd', which is not on the web"):
        fetched(server.item(), tmp_path, NullControl(), error=UsageError, elsewhere="--file FILE")


def test_a_refusal_of_the_server_is_the_kind_of_error_that_was_asked_for(server: Server, tmp_path: Path) -> None:
    server.gone = True
    with pytest.raises(UsageError, match="cannot be fetched: the server answers 404"):
        fetched(server.item(), tmp_path, NullControl(), error=UsageError, elsewhere="--file FILE")


def test_a_url_that_is_not_on_the_web_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(CONTENT)
    with pytest.raises(ModelError, match="no address of the web"):
        fetch(Download((tmp_path / "secret").as_uri(), "weights.bin", f"sha256:{SHA256}"), tmp_path / "cache")


def test_a_download_cannot_be_named_out_of_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no name for a downloaded file"):
        fetch(Download("http://127.0.0.1:9/", "../weights.bin", f"sha256:{SHA256}"), tmp_path)


def test_a_cancelled_download_keeps_what_has_arrived(server: Server, tmp_path: Path) -> None:
    class Impatient(NullControl):
        arrived = 0

        def progress(self, done: int, total: int | None, what: str = "") -> None:
            self.arrived = done

        def check(self) -> None:
            if self.arrived:
                raise Cancelled("enough")

    with pytest.raises(Cancelled):
        fetched(server.item(), tmp_path, Impatient(), error=ModelError, elsewhere="--file FILE")
    part = (tmp_path / "weights.bin.part").read_bytes()
    assert part and CONTENT.startswith(part)


def test_progress_is_told_in_bytes(server: Server, tmp_path: Path) -> None:
    told = []

    class Ear(NullControl):
        def progress(self, done: int, total: int | None, what: str = "") -> None:
            told.append((done, total, what))

    fetched(server.item(), tmp_path, Ear(), error=ModelError, elsewhere="--file FILE")
    assert (len(CONTENT), len(CONTENT), "downloading weights.bin") in told


def test_a_file_brought_by_hand_is_verified(server: Server, tmp_path: Path) -> None:
    good, short, other = tmp_path / "good", tmp_path / "short", tmp_path / "other"
    good.write_bytes(CONTENT)
    short.write_bytes(CONTENT[:10])
    other.write_bytes(CONTENT[::-1])
    assert side_loaded(server.item(), good, NullControl(), error=ModelError) == good
    with pytest.raises(ModelError, match=r"short is not weights\.bin from http.* it has 10 bytes instead of 1,024,000"):
        side_loaded(server.item(), short, NullControl(), error=ModelError)
    with pytest.raises(ModelError, match="it has another sha256"):
        side_loaded(server.item(), other, NullControl(), error=ModelError)
    with pytest.raises(ModelError, match=r"there is no file .*absent; it should be weights\.bin from"):
        side_loaded(server.item(), tmp_path / "absent", NullControl(), error=ModelError)


def test_an_unknown_kind_of_checksum_is_a_mistake_of_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(ValueError, match="crc32:00' is not a checksum"):
        matches(tmp_path / "file", "crc32:00", NullControl())
