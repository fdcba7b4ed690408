"""Fetching a query from a server that takes its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from revsearch_tui.api import UsageError
from revsearch_tui.core.search.sources import FetchLimits, fetch


class _Drip(BaseHTTPRequestHandler):
    """A byte now and then: each arrives in time, all of them never."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass  # the reader gave up, as it should

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def dripping() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Drip)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/slow.png"
    server.shutdown()
    server.server_close()


def test_a_server_that_drips_is_given_up_after_the_whole_time(dripping: str) -> None:
    with pytest.raises(UsageError, match="takes longer than 0.4 s; download it"):
        fetch(dripping, FetchLimits(timeout_s=5, total_s=0.4))
