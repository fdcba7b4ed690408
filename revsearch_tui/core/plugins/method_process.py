"""A process that one plugin's method lives in: `python -m revsearch_tui.core.plugins.method_process`.

Speaks `messages` with `apart` on its standard input and output, and ends when its input does, so that it dies with its
parent. The first message says what to make; each further one asks for something and carries a number, under which its
answer goes back. The object's functions run in the main thread one after another; `match` and attributes are answered
beside them, by threads. What anybody prints to the descriptors 1 and 2 goes out by standard error.
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from revsearch_tui.api import Cancelled, MethodUnavailableError, ModelFile, RevsearchError
from revsearch_tui.core.base.memory import is_of_memory, keep_freed_memory, limit_memory
from revsearch_tui.core.base.messages import read_message, write_message
from revsearch_tui.core.plugins.containment import contained, one_line
from revsearch_tui.core.plugins.loading import load_factory
from revsearch_tui.core.plugins.wire import NotCarriedError, packed, unpacked

_GRACE_S = 5.0
_THREADS = 8


class _Line:
    """The other side, which any thread may write to."""

    def __init__(self, answers: IO[bytes]) -> None:
        self._answers, self._lock = answers, threading.Lock()

    def send(self, header: Mapping[str, Any], value: object = None) -> None:
        plain, blocks = packed(value)
        with self._lock:
            write_message(self._answers, {**header, "value": plain}, *blocks)


class _Said(io.TextIOBase):
    """A stand-in for `sys.stdout` that sends each line on, before the answer of the call that printed it."""

    def __init__(self, line: _Line) -> None:
        self._line, self._begun = line, ""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for each in lines:
            self._line.send({"said": "printed"}, each)
        return len(text)


class _Call:
    """One call of the other side's: what the plugin gets for its control and for its samples."""

    def __init__(self, line: _Line, number: int) -> None:
        self._line, self._number = line, number
        self._stopped = threading.Event()
        self._brought: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        self._line.send({"id": self._number, "progress": True}, [int(done), total, str(what)])

    def check(self) -> None:
        if self._stopped.is_set():
            raise Cancelled("stopped")

    def stop(self) -> None:
        self._stopped.set()
        self._brought.put([])

    def bring(self, samples: list[Any]) -> None:
        self._brought.put(samples)

    def __iter__(self) -> Iterator[Any]:
        while True:
            self.check()
            self._line.send({"id": self._number, "next": True})
            samples = self._brought.get()
            self.check()
            if not samples:
                return
            yield from samples


class _Method:
    """The plugin's object and the calls to it that are under way."""

    def __init__(self, line: _Line, who: str, timeout_s: float) -> None:
        self._line, self._who, self._timeout_s = line, who, timeout_s
        self._object: Any = None
        self._calls: dict[int, _Call] = {}

    def make(self, setup: Mapping[str, Any], payload: bytes) -> None:
        options, model = unpacked(setup["value"], payload)
        assert model is None or isinstance(model, ModelFile)
        with self._answering(0) as answer, contained(self._who, passing=(RevsearchError,)):
            self._object = load_factory(setup["factory"])(options, model)
            answer(None)

    def expect(self, number: int) -> None:
        """Know of a call before its turn: it may be stopped until then."""
        self._calls[number] = _Call(self._line, number)

    def pass_on(self, header: Mapping[str, Any], payload: bytes) -> None:
        """What belongs to a call that is under way."""
        call = self._calls.get(header["id"])
        if call is not None and "stop" in header:
            call.stop()
        elif call is not None:
            call.bring(unpacked(header["value"], payload))

    def attribute(self, number: int, name: str) -> None:
        with self._answering(number) as answer, contained(self._who):
            missing = object()
            found = getattr(self._object, name, missing)
            if found is missing or callable(found):
                self._line.send({"id": number, "is": "missing" if found is missing else "function"})
            else:
                answer(found)

    def call(self, header: Mapping[str, Any], payload: bytes) -> None:
        number, name = header["id"], header["call"]
        call = self._calls.get(number)
        given = {"control": call, "samples": call}
        # Errors of the family are the user's to read as they are where nothing is embedded yet.
        passing = (RevsearchError,) if name in ("load", "fit") else ()
        with (
            self._answering(number) as answer,
            self._ending_with_the_parent(name),
            contained(self._who, passing=passing),
        ):
            arguments, named = unpacked(header["value"], payload, given)
            answer(getattr(self._object, name)(*arguments, **named))
        self._calls.pop(number, None)

    @contextlib.contextmanager
    def _answering(self, number: int) -> Iterator[Callable[[object], None]]:
        """Send the answer, or what was raised within."""

        def answer(value: object) -> None:
            try:
                self._line.send({"id": number}, value)
            except NotCarriedError as error:
                raise MethodUnavailableError(f"{self._who} returned {error}") from None

        try:
            yield answer
        except BaseException as error:
            # One of the family carries its whole sentence. A KeyboardInterrupt is the plugin's own: none of the user's
            # comes here.
            text = str(error) if isinstance(error, RevsearchError) else f"{self._who} failed: {one_line(error)}"
            told = {"error": type(error).__name__, "of_memory": is_of_memory(error)}
            self._line.send({"id": number, **told}, text)

    @contextlib.contextmanager
    def _ending_with_the_parent(self, name: str) -> Iterator[None]:
        """Have the system end this process if a call takes far too long: whoever watched the time is gone, and what
        blocks may hold Python's lock."""
        if sys.platform == "win32" or threading.current_thread() is not threading.main_thread() or name == "fit":
            yield
            return
        signal.setitimer(signal.ITIMER_REAL, self._timeout_s + _GRACE_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> int:
    """Serve until the input ends; the exit code."""
    with contextlib.suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, line = _private_streams()
    try:
        setup, payload = read_message(requests)
        limit_memory(int(setup["memory_mb"]))
        keep_freed_memory()
        sys.stdout = _Said(line)
        warnings.showwarning = _sending(line)
        method = _Method(line, setup["who"], float(setup["timeout_s"]))
        method.make(setup, payload)
        turns: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=_read, args=(requests, method, turns), name="requests", daemon=True).start()
        while True:
            turns.get()()
    except (EOFError, OSError):
        return 0


def _read(requests: IO[bytes], method: _Method, turns: queue.SimpleQueue[Callable[[], None]]) -> None:
    """Give each request to whoever answers it, until the other side is gone; then end, whatever is at work."""
    beside = ThreadPoolExecutor(_THREADS, "beside")
    try:
        while True:
            header, payload = read_message(requests)
            if "get" in header:
                beside.submit(method.attribute, header["id"], header["get"])
            elif "call" in header:
                method.expect(header["id"])
                work = _bound(method, header, payload)
                if header["call"] == "match":
                    beside.submit(work)
                else:
                    turns.put(work)
            else:
                method.pass_on(header, payload)
    finally:
        os._exit(0)


def _bound(method: _Method, header: Mapping[str, Any], payload: bytes) -> Callable[[], None]:
    return lambda: method.call(header, payload)


def _private_streams() -> tuple[IO[bytes], _Line]:
    """The pipes to the parent, moved away from descriptors 0 and 1, where a stray print or read would meet them."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    return requests, _Line(answers)


def _sending(line: _Line) -> Callable[..., None]:
    def show(message: Warning | str, *_details: object, **_more: object) -> None:
        # Without the line of source, which says nothing to a user.
        line.send({"said": "warned"}, " ".join(str(message).split()))

    return show


if __name__ == "__main__":
    sys.exit(main())
