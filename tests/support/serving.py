"""Start `revsearch serve` as a user would, and end it as one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx


class Serving(NamedTuple):
    """A server that runs, its address and its token."""

    process: subprocess.Popen[str]
    address: str
    token: str

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """A client with the server's token, or with another one."""
        sent = {"Authorization": f"Bearer {self.token if token is None else token}", **headers}
        return httpx.Client(base_url=self.address, headers=sent, timeout=60, trust_env=False)

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """The exit status and the rest of stderr after this signal."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err


@contextlib.contextmanager
def serving(home: Path, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Iterator[Serving]:
    """A server of this home at a free port; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "revsearch_tui", "serve", "--port", "0", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "REVSEARCH_HOME": str(home), **(environment or {})},
        text=True,
    )
    assert process.stderr is not None
    told: dict[str, str] = {}
    try:
        while "address" not in told:
            line = process.stderr.readline()
            assert line, "it has ended"
            name, _, value = line.strip().partition(": ")
            told[name] = value
        yield Serving(process, told["address"], told.get("token", ""))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)
