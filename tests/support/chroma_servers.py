"""Real ChromaDB servers on this machine, and a real reverse proxy before one that does as a test likes."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CHROMA = Path(sys.executable).with_name("chroma.exe" if sys.platform == "win32" else "chroma")
needs_chroma = pytest.mark.skipif(not CHROMA.exists(), reason="chromadb's own program is not installed")


class ChromaServer:
    """`chroma run` with its data in a folder, on a port that stays the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [str(CHROMA), "run", "--path", str(self.folder), "--host", "127.0.0.1", "--port", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder.parent,
        )
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        self.kill()
        raise AssertionError("the ChromaDB server does not start")

    def kill(self) -> None:
        """End it as a power cut would, but for the disk."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def client(self) -> Any:
        """chromadb's own client of it."""
        import chromadb
        from chromadb.config import Settings

        return chromadb.HttpClient("127.0.0.1", self.port, settings=Settings(anonymized_telemetry=False))

    def rows(self, key: str, ending: str = "") -> set[bytes]:
        """The ids that the collection of an index key has there."""
        client = self.client()
        (name,) = [found.name for found in client.list_collections() if found.name.endswith(f".{key}{ending}")]
        found = client.get_collection(name, embedding_function=None).get(include=[])
        return {bytes.fromhex(value) for value in found["ids"]}


@contextlib.contextmanager
def chroma_servers(folder: Path, count: int = 1) -> Iterator[list[ChromaServer]]:
    """So many servers, each with a folder of its own; killed in the end."""
    servers: list[ChromaServer] = []
    try:
        # One by one: those that started are ended where another does not.
        servers.extend(ChromaServer(folder / f"served{number}") for number in range(count))
        yield servers
    finally:
        for server in servers:
            server.kill()


Answer = Callable[["Request"], bool]
"""Answers a request itself and gives back True, or lets it through."""


class Request(BaseHTTPRequestHandler):
    """One request to the proxy."""

    body: bytes
    protocol_version = "HTTP/1.1"

    def send(self, status: int, body: bytes = b"{}", kind: str = "application/json") -> bool:
        """Answer it."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return True

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def proxy(server: ChromaServer, answer: Answer) -> Iterator[str]:
    """The URL of a reverse proxy, which passes on to the server what `answer` does not answer itself."""

    class Handler(Request):
        def handle_one_request(self) -> None:
            with contextlib.suppress(OSError):
                super().handle_one_request()

        def _handle(self) -> None:
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if answer(self):
                return
            try:
                onward = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
                kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                onward.request(self.command, self.path, self.body, kept)
                found = onward.getresponse()
                self.send(found.status, found.read(), found.headers.get("Content-Type", ""))
                onward.close()
            except OSError:
                self.send(502, b"<html>Bad gateway</html>", "text/html")

        do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}"
    finally:
        listening.shutdown()
        listening.server_close()
