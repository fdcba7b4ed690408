"""A web server of this machine that halts in the middle of what it sends."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HaltingSite:
    """Its one picture comes in two halves, the second of them when `go_on` is set. `requests` counts who asked."""

    def __init__(self, data: bytes) -> None:
        self.data, self.requests, self.go_on = data, 0, threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests += 1
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.send_header("Content-Length", str(len(site.data)))
                self.end_headers()
                middle = len(site.data) // 2
                with contextlib.suppress(OSError):
                    self.wfile.write(site.data[:middle])
                    site.go_on.wait(60)
                    self.wfile.write(site.data[middle:])

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/web.png"


@contextlib.contextmanager
def halting(data: bytes) -> Iterator[HaltingSite]:
    """A site that serves these bytes while the block lasts."""
    site = HaltingSite(data)
    threading.Thread(target=site.server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield site
    finally:
        site.go_on.set()
        site.server.shutdown()
        site.server.server_close()
