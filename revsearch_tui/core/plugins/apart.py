"""A plugin's method in a process of its own: what stands for it here has the functions and attributes it has there.

What it does to its process, a crash in native code or memory without end, is a failure of that method; the next call
starts another process.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import queue
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, cast

from revsearch_tui.api import (
    Cancelled,
    Control,
    MethodUnavailableError,
    ModelError,
    ModelFile,
    RevsearchError,
    StorageError,
    UsageError,
)
from revsearch_tui.core.base.child import (
    ending,
    environment,
    own_group,
    speaks_of_memory,
    widen_pipes,
)
from revsearch_tui.core.base.messages import read_message, write_message
from revsearch_tui.core.plugins.containment import BlockedError
from revsearch_tui.core.plugins.isolation import Limits
from revsearch_tui.core.plugins.strays import say
from revsearch_tui.core.plugins.wire import packed, unpacked

MOST_DEATHS = 6
"""How often a method may end its process before it is not asked again. A picture that does it does it twice: among
others, and alone."""
_POLL_S = 0.1
_GRACE_S = 5.0
"""How long a call may go on after the user asked to stop, before its process is ended."""
_CLOSE_S = 10.0
_JOIN_S = 2.0
_CHUNK = 32
_LAST_LINES = 20
_LONGEST_LINE = 4096
_KINDS: Mapping[str, type[RevsearchError]] = {
    kind.__name__: kind for kind in (ModelError, UsageError, StorageError, Cancelled, RevsearchError)
}


class Apart:
    """Stands for the object that `factory(options, model)` makes in a process of its own.

    Functions raise what the object raises of the program's family of errors, `MethodUnavailableError` for all else and
    where the process ended, and `BlockedError` once it ended too often.
    """

    def __init__(
        self,
        who: str,
        factory: str,
        options: Mapping[str, object],
        model: ModelFile | None,
        control: Control,
        limits: Limits,
        *,
        load: bool = True,
    ) -> None:
        """Nothing is started yet. Without `load` the object is left as it was made, to be fitted."""
        self._who, self._factory, self._made_of = who, factory, (dict(options), model)
        self._control, self._limits, self._load = control, limits, load
        self._starting = threading.RLock()
        self._process: _Process | None = None
        self._known: dict[str, tuple[str, object]] = {}
        """What was asked for: `function`, `missing` or `value`, and the value. None of it changes after loading."""
        self._deaths, self._last = 0, "its process was ended"

    def start(self) -> Apart:
        """Have the object made and loaded; gives back this. Raises as functions do."""
        try:
            self._ready()
        except BaseException:
            self.end()
            raise
        return self

    @property
    def process_id(self) -> int:
        """Of the process that there is, a new one where there is none. Raises as functions do."""
        return self._ready().id

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._known:
            self._known[name] = self._ask({"get": name}, limit_s=self._limits.timeout_s)
        kind, value = self._known[name]
        if kind == "missing":
            raise AttributeError(name)
        if kind == "value":
            return value
        return lambda *arguments, **named: self._ask({"call": name}, arguments, named)[1]

    def close(self) -> None:
        """Close the object, and end its process."""
        try:
            if self._process is not None and self._process.is_alive:
                self._ask({"call": "close"}, stoppable=False, limit_s=_CLOSE_S)
        finally:
            self.end()

    def end(self) -> None:
        """End the process at once, from any thread; whoever waits for an answer meets a failure."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def _ready(self) -> _Process:
        """A process whose object is ready, a new one where there is none."""
        with self._starting:
            if self._process is not None and self._process.is_alive:
                return self._process
            self._refuse_after_too_many()
            setup = {
                "who": self._who,
                "factory": self._factory,
                "memory_mb": self._limits.most_mb,
                "timeout_s": self._limits.timeout_s,
            }
            process = self._process = _Process(self._who, setup, self._made_of)
            self._await(process, 0, iter(()), stoppable=True)
            if self._load:
                self._talk(process, {"call": "load"}, (self._control,), {})
            return process

    def _ask(
        self,
        header: dict[str, Any],
        arguments: tuple[Any, ...] = (),
        named: Mapping[str, Any] | None = None,
        *,
        stoppable: bool = True,
        limit_s: float = 0.0,
    ) -> tuple[str, Any]:
        return self._talk(self._ready(), header, arguments, named or {}, stoppable=stoppable, limit_s=limit_s)

    def _talk(
        self,
        process: _Process,
        header: dict[str, Any],
        arguments: tuple[Any, ...],
        named: Mapping[str, Any],
        *,
        stoppable: bool = True,
        limit_s: float = 0.0,
    ) -> tuple[str, Any]:
        """What a request comes to: the kind of answer and its value. Progress is told, and samples are brought, by the
        thread that called."""
        brought: list[Iterator[Any]] = []

        def given(value: object) -> str:
            if hasattr(value, "check") and hasattr(value, "progress"):
                return "control"
            if hasattr(value, "__next__"):
                brought.append(cast("Iterator[Any]", value))
                return "samples"
            return ""

        number = process.number()
        try:
            process.send({**header, "id": number}, (arguments, dict(named)), given)
            return self._await(process, number, brought[0] if brought else iter(()), stoppable, limit_s)
        finally:
            process.forget(number)

    def _await(
        self, process: _Process, number: int, samples: Iterator[Any], stoppable: bool, limit_s: float = 0.0
    ) -> tuple[str, Any]:
        stop: BaseException | None = None
        began = stopped_at = time.monotonic()
        while True:
            answer = process.answer(number, _POLL_S)
            try:
                if answer is None:
                    if stoppable and stop is None:
                        self._control.check()
                elif "progress" in answer[0]:
                    self._control.progress(*unpacked(answer[0]["value"], answer[1]))
                elif "next" in answer[0]:
                    process.send({"id": number, "more": True}, list(itertools.islice(samples, _CHUNK)))
                elif "ended" in answer[0]:
                    raise stop or self._mourned(process)
                elif "error" in answer[0]:
                    raise stop or self._error(*answer)
                else:
                    return answer[0].get("is", "value"), unpacked(answer[0]["value"], answer[1])
            except RevsearchError as error:
                if answer is not None and ("ended" in answer[0] or "error" in answer[0]):
                    raise
                if stop is None:  # of the control, or of the samples: the other side is told, and ends its work
                    stop, stopped_at = error, time.monotonic()
                    process.send({"id": number, "stop": True})
            except BaseException:  # of the samples, or a Ctrl-C: nobody will ask for what it is at
                self.end()
                raise
            now = time.monotonic()
            if stop is not None and now - stopped_at > _GRACE_S:
                self.end()
                raise stop
            if limit_s and now - began > limit_s:
                self.end()
                raise BlockedError(f"{self._who} has not answered for {limit_s:g} s (index.method_timeout_s)")

    def _error(self, header: Mapping[str, Any], payload: bytes) -> RevsearchError:
        text = str(unpacked(header["value"], payload))
        if header["of_memory"]:
            text += f"; it may take {self._limits.most_mb:,} MB (index.method_memory_mb)"
        return _KINDS.get(header["error"], MethodUnavailableError)(text)

    def _mourned(self, process: _Process) -> MethodUnavailableError:
        """That the process ended by itself. However many calls it had, it ended once."""
        with self._starting:
            if process is self._process:
                self._process = None
                self._deaths += 1
                self._last = f"its process ended with {process.ended()}"
                if process.ended() == "SIGKILL":
                    self._last += ", perhaps by the system, for want of memory"
                elif process.spoke_of_memory():
                    self._last += f", out of the {self._limits.most_mb:,} MB it may take (index.method_memory_mb)"
        try:
            self._refuse_after_too_many()
        except BlockedError as error:
            return error
        return MethodUnavailableError(f"{self._who} failed: {self._last}")

    def _refuse_after_too_many(self) -> None:
        if self._deaths >= MOST_DEATHS:
            raise BlockedError(f"{self._who} failed: {self._last}, for the {MOST_DEATHS}th time; it is not asked again")


_alive: weakref.WeakSet[_Process] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """At the interpreter's end, before it stops the threads that read from the processes."""
    for process in list(_alive):
        process.end()


class _Process:
    """One process and the conversation with it, which any number of threads may have."""

    def __init__(self, who: str, setup: Mapping[str, Any], made_of: object) -> None:
        self._who = who
        self._writing = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[tuple[dict[str, Any], bytes]]] = {0: queue.SimpleQueue()}
        self._gone = threading.Event()
        self._lines: deque[str] = deque(maxlen=_LAST_LINES)
        try:
            self._process = subprocess.Popen(
                # -P: a file named numpy.py among the user's files is not imported.
                [sys.executable, "-P", "-m", "revsearch_tui.core.plugins.method_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(),
                **own_group(),
            )
        except OSError as error:
            raise MethodUnavailableError(f"{who} failed: no process can be started for it: {error}") from error
        _alive.add(self)
        assert self._process.stdin is not None and self._process.stdout is not None
        assert self._process.stderr is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        widen_pipes(self._requests, self._answers)
        self._threads = [
            threading.Thread(target=target, args=arguments, name=f"{who} apart", daemon=True)
            for target, arguments in ((self._receive, ()), (self._listen, (self._process.stderr,)))
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

    def _listen(self, errors: IO[bytes]) -> None:
        """Show what was printed past Python, or to standard error."""
        with errors:
            while line := errors.readline(_LONGEST_LINE):
                text = line.decode("utf-8", "replace").rstrip()
                self._lines.append(text)
                say(self._who, text, "printed")
