"""One decoding process and the conversation with it. Used by one thread at a time."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeAlias

from revsearch_tui.api import PictureError, ReaderInfo, RevsearchError, UsageError
from revsearch_tui.core.base.child import start_module, widen_pipes
from revsearch_tui.core.base.messages import read_message, write_message
from revsearch_tui.core.images.decoded_picture import Decoded
from revsearch_tui.core.images.limits import time_limit

if TYPE_CHECKING:
    from revsearch_tui.core.images.crop import Crop

_START_TIMEOUT_S = 60.0

_Answer: TypeAlias = "tuple[dict[str, Any], bytes]"


class SmallFile(NamedTuple):
    """One file of several that go to a process together."""

    data: bytes
    name: str
    crop: Crop | None = None


class Crashed(Exception):  # noqa: N818 - what happened to the process
    """The process ended while it had a file."""


class TimedOut(Exception):  # noqa: N818 - what happened to the process
    """The process was ended because it took too long."""


class Lane:
    """Starts its process on first use, and again after it was ended or ended by itself.

    Somebody has to call `check_deadline` now and then: a timer for each file, which is a thread, was measured to cost
    a tenth of a decode on a busy machine.
    """

    def __init__(self, readers: Sequence[ReaderInfo], timeout_s: float, background: bool, max_pixels: int) -> None:
        self._setup = {
            "readers": [_plain(reader) for reader in readers],
            "timeout_s": timeout_s,
            "background": background,
            "max_pixels": max_pixels,
        }
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._watch = threading.Lock()
        self._deadline: float | None = None
        self._expired = False
        self._stopped = False

    def start(self) -> None:
        """Start the process and do not wait until it is ready: the first file will. Raises `RevsearchError`."""
        if self._process is None:
            self._start()

    def decode(self, data: bytes, name: str, crop: Crop | None) -> Decoded:
        """The picture, or `PictureError`, `UsageError`, `Crashed`, `TimedOut`."""
        self._have_ready()
        (answer,) = self._exchange(_request(name, crop), data, time_limit(self._timeout_s, len(data)))
        result = _result(name, *answer)
        if isinstance(result, Decoded):
            return result
        raise result

    def decode_many(self, files: Sequence[SmallFile]) -> list[Decoded | PictureError | UsageError]:
        """The same for several small files with one exchange, and one time limit, for all; or `Crashed`, `TimedOut`."""
        self._have_ready()
        requests = [{**_request(file.name, file.crop), "bytes": len(file.data)} for file in files]
        data = b"".join(file.data for file in files)
        answers = self._exchange({"files": requests}, data, time_limit(self._timeout_s, len(data)), len(files))
        return [_result(file.name, *answer) for file, answer in zip(files, answers, strict=True)]

    @property
    def pid(self) -> int | None:
        """The process's id; None before its start and after its end."""
        return self._process.pid if self._process is not None else None

    def check_deadline(self) -> None:
        """End the process if it is past its time; from any thread."""
        with self._watch:
            if self._deadline is not None and time.monotonic() > self._deadline:
                self._deadline, self._expired = None, True
                self._kill()

    def stop(self) -> None:
        """End the process at once, and any that is being started; from any thread."""
        self._stopped = True
        self._kill()

    def _kill(self) -> None:
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()

    def close(self) -> None:
        """End the process and let go of its pipes."""
        process, self._process = self._process, None
        self._is_ready = False
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()

    def _have_ready(self) -> None:
        """A process that can take a file. Raises `RevsearchError`."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        if self._is_ready:
            return
        try:
            self._receive(_START_TIMEOUT_S)
        except (Crashed, TimedOut) as error:
            raise RevsearchError(
                f"The decoding process does not start; try '{sys.executable} -m revsearch_tui.core.images.worker'."
            ) from error
        self._is_ready = True

    def _start(self) -> None:
        self.close()
        try:
            self._process = start_module("revsearch_tui.core.images.worker")
        except OSError as error:
            raise RevsearchError(f"The decoding process cannot be started: {error}.") from error
        widen_pipes(self._process.stdin, self._process.stdout)
        if self._stopped:
            self._kill()
        with contextlib.suppress(OSError):  # one that has ended already gives no answer either
            assert self._process.stdin is not None
            write_message(self._process.stdin, self._setup, b"")

    def _exchange(self, header: dict[str, Any], payload: bytes, timeout_s: float, answers: int = 1) -> list[_Answer]:
        """Send one message and wait for its answers; the process is ended if that takes too long or goes wrong."""
        return self._receive(timeout_s, answers, lambda pipe: write_message(pipe, header, payload))

    def _receive(
        self, timeout_s: float, answers: int = 1, send: Callable[[IO[bytes]], object] = lambda _pipe: None
    ) -> list[_Answer]:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        with self._watch:
            self._deadline, self._expired = time.monotonic() + timeout_s, False
        try:
            send(process.stdin)
            return [read_message(process.stdout) for _ in range(answers)]
        except (OSError, EOFError, ValueError) as error:
            self.close()
            if self._expired:
                raise TimedOut from error
            raise Crashed from error
        finally:
            with self._watch:
                self._deadline = None


def _request(name: str, crop: Crop | None) -> dict[str, Any]:
    return {"name": name, "crop": [list(crop.values), list(crop.percent)] if crop else None}


def _result(name: str, header: dict[str, Any], payload: bytes) -> Decoded | PictureError | UsageError:
    if header.get("problem") == "usage":
        return UsageError(header["text"])
    if "problem" in header:
        return PictureError(header["text"], name, header.get("detail", ""))
    import numpy as np

    picture = np.frombuffer(payload, np.uint8).reshape(header["rows"], header["columns"], 3)
    return Decoded(picture, header["width"], header["height"], header["format"], header["note"])


def _plain(reader: ReaderInfo) -> dict[str, Any]:
    return {
        "name": reader.name,
        "suffixes": list(reader.suffixes),
        "magic": [[offset, magic.hex()] for offset, magic in reader.magic],
        "factory": reader.factory,
    }
