"""The process of one method and the conversation with it, which any number of threads may have."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import queue
import signal
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from typing import IO, Any

from revsearch_tui.api import MethodUnavailableError
from revsearch_tui.core.base.child import ending, start_module, widen_pipes
from revsearch_tui.core.base.memory import speaks_of_memory
from revsearch_tui.core.base.messages import read_message, write_message
from revsearch_tui.core.plugins.strays import say
from revsearch_tui.core.plugins.wire import packed, unpacked

_JOIN_S = 2.0
_LAST_LINES = 20
_LONGEST_LINE = 4096

_alive: weakref.WeakSet[Talk] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """At the interpreter's end, before it stops the threads that read from the processes."""
    for process in list(_alive):
        process.end()


class Talk:
    """One process and the conversation with it, which any number of threads may have."""

    def __init__(self, who: str, setup: Mapping[str, Any], made_of: object) -> None:
        self._who = who
        self._writing = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[tuple[dict[str, Any], bytes]]] = {0: queue.SimpleQueue()}
        self._gone = threading.Event()
        self._lines: deque[str] = deque(maxlen=_LAST_LINES)
        try:
            self._process = start_module("revsearch_tui.core.plugins.method_process", stderr=subprocess.PIPE)
        except OSError as error:
            raise MethodUnavailableError(f"{who} failed: no process can be started for it: {error}") from error
        _alive.add(self)
        assert self._process.stdin is not None and self._process.stdout is not None
        assert self._process.stderr is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        widen_pipes(self._requests, self._answers)
        self._threads = [
            threading.Thread(target=target, args=arguments, name=f"{who} apart", daemon=True)
            for target, arguments in (
                (self._receive, ()),
                (self._listen, (self._process.stderr,)),
                (self._clear_up, ()),
            )
        ]
        for thread in self._threads:
            thread.start()
        self.send(setup, made_of)

    @property
    def id(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return not self._gone.is_set()

    def number(self) -> int:
        """One under which a request will be answered."""
        number = next(self._numbers)
        self._waiting[number] = queue.SimpleQueue()
        return number

    def forget(self, number: int) -> None:
        """Whatever is still answered under that number is for nobody."""
        self._waiting.pop(number, None)

    def send(
        self, header: Mapping[str, Any], value: object = None, given: Callable[[object], str] | None = None
    ) -> None:
        """Ask for something. Where the other side is gone, whoever waits is told so."""
        plain, blocks = packed(value, given) if given is not None else packed(value)
        with self._writing, contextlib.suppress(OSError, ValueError):
            write_message(self._requests, {**header, "value": plain}, *blocks)

    def answer(self, number: int, wait_s: float) -> tuple[dict[str, Any], bytes] | None:
        """The next answer under that number; None where there is none yet, and a header `ended` where there will be
        none."""
        try:
            return self._waiting[number].get(timeout=wait_s)
        except queue.Empty:
            return ({"ended": True}, b"") if self._gone.is_set() else None

    def end(self) -> None:
        """End it, at once, and let go of its pipes."""
        with contextlib.suppress(OSError):
            self._process.kill()
        here = threading.current_thread()
        for thread in self._threads:
            if thread is not here:
                thread.join(_JOIN_S)
        for pipe in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                pipe.close()
        _alive.discard(self)

    def ended(self) -> str:
        """How it ended."""
        return ending(self._process.wait())

    def spoke_of_memory(self) -> bool:
        """Whether its last words were that it had not enough memory."""
        self._threads[1].join(_JOIN_S)
        return any(speaks_of_memory(line) for line in self._lines)

    def _receive(self) -> None:
        try:
            while True:
                header, payload = read_message(self._answers)
                if "said" in header:
                    say(self._who, str(unpacked(header["value"], payload)), header["said"])
                elif (waiting := self._waiting.get(header["id"])) is not None:
                    waiting.put((header, payload))
        except (EOFError, OSError, ValueError, KeyError, TypeError):
            pass
        finally:
            with contextlib.suppress(OSError):
                self._process.kill()  # one that talks nonsense; one that has ended does not mind
            self._process.wait()
            self._gone.set()
            for waiting in list(self._waiting.values()):
                waiting.put(({"ended": True}, b""))

    def _clear_up(self) -> None:
        """Once it has ended, end what it started too, which would keep its pipes open."""
        self._process.wait()
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _listen(self, errors: IO[bytes]) -> None:
        """Show what was printed past Python, or to standard error."""
        with errors:
            while line := errors.readline(_LONGEST_LINE):
                text = line.decode("utf-8", "replace").rstrip()
                self._lines.append(text)
                say(self._who, text, "printed")
