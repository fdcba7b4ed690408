"""Plugins' objects behind glass: whatever one raises is its own failure, and one that blocks is left behind."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from revsearch_tui.api import Cancelled, Control, MethodUnavailableError, ModelError, NullControl, RevsearchError
from revsearch_tui.core.plugins.strays import owned, say

METHOD_TIMEOUT_S = 600.0
"""How long one call of a method, of a batch of pictures that is, may take where nothing else is configured."""
_POLL_S = 0.1
_GRACE_S = 2.0
"""How long a call may go on after the user asked to stop, before it is left behind."""
_CLOSE_S = 10.0
_LONGEST = 300
_left_behind: list[threading.Event] = []
"""Calls that nobody waits for any more; each is set once it has ended after all."""


class BlockedError(MethodUnavailableError):
    """A plugin did not answer in time, or ended its process again and again; it is not asked any more."""


def one_line(error: BaseException) -> str:
    """The kind of an error and its text, in a line of bearable length."""
    text = " ".join(str(error).split())[:_LONGEST]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


@contextlib.contextmanager
def contained(who: str, *, passing: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
    """Whatever is raised within comes out as `MethodUnavailableError` that names `who`, as in "the method 'x'".

    That goes for SystemExit and its like too. Only what the user did passes as it is, and the kinds in `passing`;
    an error of the family that does not speak of `who` already is told as theirs.
    """
    try:
        with owned(who), _staying_here():
            yield
    except (KeyboardInterrupt, GeneratorExit, Cancelled):
        raise
    except passing:
        raise
    except RevsearchError as error:
        if isinstance(error, MethodUnavailableError) and who in str(error):
            raise
        kind = ModelError if isinstance(error, ModelError) else MethodUnavailableError
        raise kind(f"{who} failed: {' '.join(str(error).split())[:_LONGEST]}") from error
    except BaseException as error:
        raise MethodUnavailableError(f"{who} failed: {one_line(error)}") from error


@contextlib.contextmanager
def _staying_here() -> Iterator[None]:
    """Undo a change of the working directory: a relative path of the user's means the folder they started in."""
    try:
        here = os.getcwd()  # noqa: PTH109 - a call that every batch makes
    except OSError:  # it was deleted
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.chdir(here)


def some_are_left_behind() -> bool:
    """Whether some plugin is still busy in a thread that nobody waits for, and that would hold up a normal exit."""
    return not all(done.is_set() for done in _left_behind)


class Contained:
    """A plugin's object, each of whose functions runs in a thread of the object's own, under `contained`.

    The caller waits, but hardly longer than until `control` says stop: then `Cancelled` is raised, and a later call has
    its turn when the thread is free again. After `timeout_s` the thread is given up: this call and all later ones raise
    `BlockedError`. Attributes are handed through.
    """

    def __init__(
        self,
        who: str,
        make: Callable[[], Any],
        control: Control,
        timeout_s: float = METHOD_TIMEOUT_S,
        passing: tuple[type[BaseException], ...] = (),
        give_up: Callable[[], None] = lambda: None,
    ) -> None:
        """Make the object, in its thread. Errors of the kinds in `passing` come out of `make` as they are."""
        self._who, self._control, self._timeout_s, self._give_up = who, control, timeout_s, give_up
        self._asked: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._blocked = ""
        self._late = threading.Event()
        """The last call that was left behind; set once it has ended, and from the start."""
        self._late.set()
        threading.Thread(target=self._work, name=who, daemon=True).start()
        try:
            self._object = self.run(make, passing=passing)
        except BaseException:
            self._asked.put(None)
            raise

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_object":
            raise AttributeError(name)
        with contained(self._who, passing=(AttributeError,)):
            value = getattr(self._object, name)
        if not callable(value):
            return value
        # What several threads may do at once runs in theirs; who waits for them is inside `run` already.
        direct = name == "match"

        def call(*arguments: Any, **named: Any) -> Any:
            if direct:
                with contained(self._who):
                    return value(*arguments, **named)
            return self.run(lambda: value(*arguments, **named))

        return call

    def run(self, work: Callable[[], Any], *, passing: tuple[type[BaseException], ...] = ()) -> Any:
        """What `work` gives back, done in the object's thread. Raises as `contained` does, and `BlockedError`."""
        if self._blocked:
            raise BlockedError(self._blocked)
        done = threading.Event()
        outcome: list[tuple[Any, BaseException | None]] = []

        def perform() -> None:
            try:
                with contained(self._who, passing=passing):
                    outcome.append((work(), None))
            except BaseException as error:
                outcome.append((None, error))
            finally:
                done.set()

        self._asked.put(perform)
        self._wait(done)
        value, error = outcome[0]
        if error is not None:
            raise error
        return value

    def close(self) -> None:
        """Let the object go. What it raises meanwhile is told like a print of its own; nothing is raised.

        One that is still busy with a call that nobody waits for is not asked to close.
        """
        try:
            if not self._blocked and self._late.is_set():
                self._control, self._timeout_s = NullControl(), _CLOSE_S
                self.run(self._object.close)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            say(self._who, "while it was closed: " + str(error).removeprefix(f"{self._who} failed: "))
        finally:
            self._asked.put(None)

    def _work(self) -> None:
        while (perform := self._asked.get()) is not None:
            perform()

    def _wait(self, done: threading.Event) -> None:
        started = time.monotonic()
        stop: Cancelled | None = None
        while not done.wait(_POLL_S):
            now = time.monotonic()
            if stop is None:
                try:
                    self._control.check()
                except Cancelled as error:
                    stop, stopped_at = error, now
            elif now - stopped_at > _GRACE_S:
                self._leave_behind(done)
                raise stop
            if now - started > self._timeout_s:
                self._leave_behind(done)
                self._blocked = f"{self._who} has not answered for {self._timeout_s:g} s (index.method_timeout_s)"
                raise BlockedError(self._blocked)

    def _leave_behind(self, done: threading.Event) -> None:
        self._late = done
        _left_behind[:] = [*(call for call in _left_behind if not call.is_set()), done]
        self._give_up()
