"""A plugin's method in a process of its own: what stands for it here has the functions and attributes it has there.

What it does to its process, a crash in native code or memory without end, is a failure of that method; the next call
starts another process.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

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
from revsearch_tui.core.plugins.containment import BlockedError
from revsearch_tui.core.plugins.isolation import Limits
from revsearch_tui.core.plugins.talking import Talk
from revsearch_tui.core.plugins.wire import unpacked

MOST_DEATHS = 6
"""How often a method may end its process before it is not asked again. A picture that does it does it twice: among
others, and alone."""
_POLL_S = 0.1
_GRACE_S = 5.0
"""How long a call may go on after the user asked to stop, before its process is ended."""
_CLOSE_S = 10.0
_CHUNK = 32
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
        self._process: Talk | None = None
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

    def _ready(self) -> Talk:
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
            process = self._process = Talk(self._who, setup, self._made_of)
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
        process: Talk,
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
        self, process: Talk, number: int, samples: Iterator[Any], stoppable: bool, limit_s: float = 0.0
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

    def _mourned(self, process: Talk) -> MethodUnavailableError:
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
