"""Web servers of this machine: one of a folder, and one that answers as a test likes."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The URL below which the folder's files are, while the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def answering(answer: Callable[[socket.socket, str], None], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The URL of a server that answers each request by `answer(connection, path)`, in any way; whoever asked may hang
    up meanwhile. With `tls`, over https."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):  # the reader gave up, as it may
                connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                asked = b""
                while b"\r\n\r\n" not in asked and (more := connection.recv(4096)):
                    asked += more
                    if not asked.startswith(b"GET "[: len(asked)]):  # such as the beginning of an encrypted connection
                        connection.sendall(b"HTTP/1.1 400 What?\r\n\r\n")
                        return
                answer(connection, asked.split()[1].decode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
