"""Run many commands fast: processes that are forked off one that has imported what the program needs.

A command is a process of its own, goes in by the program's own entry point and out by its exit status; all that it
shares with the others is that modules are imported already. POSIX only.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

_MODULES = (
    *("numpy", "cv2", "PIL.Image", "onnxruntime", "chromadb", "typer", "sqlite3", "filelock", "importlib.metadata"),
    *("revsearch_tui.cli.app", "revsearch_tui.cli.index", "revsearch_tui.cli.search", "revsearch_tui.cli.collections"),
    *(
        "revsearch_tui.core.search.engine",
        "revsearch_tui.core.indexing.indexer",
        "revsearch_tui.core.storage.store.mending",
    ),
    *(
        "revsearch_tui.core.indexing.intake",
        "revsearch_tui.core.indexing.target",
        "revsearch_tui.core.storage.store.chroma",
    ),
)

_BEFORE_TESTS = dict(os.environ)
"""The variables before any test has set one."""
_WITHOUT_EFFECT = ("REVSEARCH_", "PYTEST_", "TEXTUAL_SNAPSHOT_", "LD_LIBRARY_PATH", "QT_QPA_", "KMP_")
"""How variables begin that importing modules does not read: ours, those of the tests, and what cv2 and sklearn set."""


@functools.cache
def forks() -> Forks:
    """The one of this process, closed at its end."""
    found = Forks()
    atexit.register(found.close)
    return found


class Forks:
    """The process that others are forked off; close it."""

    def __init__(self) -> None:
        self.environment = _BEFORE_TESTS
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
            env=self.environment,
        )

    def run(
        self, home: Path, *arguments: str | Path, environment: Mapping[str, str] | None = None, timeout_s: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """One command with its data below `home`; 124 is the exit status of one that had to be ended."""
        words = [str(argument) for argument in arguments]
        done = self.run_in({**self.environment, "REVSEARCH_HOME": str(home), **(environment or {})}, words, timeout_s)
        out, err = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(words, done.returncode, out, err)

    def run_in(
        self, environment: Mapping[str, str], arguments: Sequence[str], timeout_s: float
    ) -> subprocess.CompletedProcess[bytes]:
        """One command in the folder of the caller, with these variables and no others; its output as bytes."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            request = {
                "arguments": arguments,
                "environment": dict(environment),
                "folder": folder,
                "working_folder": os.getcwd(),  # noqa: PTH109
                "timeout_s": timeout_s,
            }
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            out, err = (Path(folder, name).read_bytes() for name in ("out", "err"))
        return subprocess.CompletedProcess(arguments, code, out, err)

    def can_start_in(self, environment: Mapping[str, str]) -> bool:
        """Whether a process that has imported its modules behaves with these variables as one started with them."""
        differing = {name for name, _ in environment.items() ^ self.environment.items()}
        return all(name.startswith(_WITHOUT_EFFECT) for name in differing)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=30)

    def __enter__(self) -> Forks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _serve() -> None:
    from revsearch_tui.__main__ import main  # sets what must be set before other imports

    for module in _MODULES:
        __import__(module)
    gc.collect()
    gc.freeze()  # what is shared is not to be looked through, and so copied, by every child
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for line in requests:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            requests.close()
            answers.close()
            _become(request)
            return main()
        answers.write(f"{_wait(child, request['timeout_s'])}\n".encode())
        answers.flush()
    return None


def _become(request: dict[str, object]) -> None:
    os.setsid()
    for descriptor, name in ((1, "out"), (2, "err")):
        target = os.open(os.path.join(str(request["folder"]), name), os.O_WRONLY | os.O_CREAT, 0o600)  # noqa: PTH118
        os.dup2(target, descriptor)
        os.close(target)
    environment = request["environment"]
    arguments = request["arguments"]
    assert isinstance(environment, dict) and isinstance(arguments, list)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(request["working_folder"]))
    sys.argv = ["revsearch", *arguments]


def _wait(child: int, timeout_s: float) -> int:
    deadline = time.monotonic() + timeout_s
    pause_s = 0.002
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            with contextlib.suppress(OSError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return 124
        time.sleep(pause_s)


if __name__ == "__main__":
    _serve()
