"""A job in a process of its own, so that it takes nothing from the screen.

The app gives it an order on standard input and reads what it tells from its standard output, both pickled: the two are
one program. What the process waits for on its input besides is the end of it, or a line: either stops the job, which
keeps what is done. So the job ends in order where the app was killed.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from revsearch_tui.api import Cancelled, RevsearchError

if TYPE_CHECKING:
    from revsearch_tui.core.base.paths import Folders
    from revsearch_tui.tui.jobs import JobControl, Order
    from revsearch_tui.tui.messages import JobMessage

_TELL_EVERY_S = 0.05
_BEHIND = 5
"""How much nicer than the app the process is, whose screen comes first."""


class JobProcessError(RevsearchError):
    """The process could not be started, or ended by itself."""

    title = "The job ended"


def run_apart(
    order: Order, folders: Folders, control: JobControl, on_start: Callable[[Callable[[], None]], None]
) -> JobMessage:
    """Do the order in a process and tell `control` of it; how it ended. `on_start` gets what stops it, from any
    thread. Raises `Cancelled`, `RevsearchError`."""
    options: dict[str, Any] = {}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["process_group"] = 0
    try:
        process = subprocess.Popen(
            # -P: a file named numpy.py among the user's pictures is not imported.
            [sys.executable, "-P", "-m", "revsearch_tui.tui.job_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
            **options,
        )
    except OSError as error:
        raise JobProcessError(f"no process can be started for it: {error.strerror or error}") from error
    assert process.stdin is not None and process.stdout is not None
    orders = process.stdin

    def stop() -> None:
        with contextlib.suppress(OSError, ValueError):  # it has ended
            orders.write(b"\n")
            orders.flush()

    try:
        with contextlib.suppress(OSError):  # one that ended at once tells nothing, which is said below
            pickle.dump((folders, order), orders)
            orders.flush()
        on_start(stop)
        return _listen(process.stdout, control)
    except EOFError:
        process.wait()
        raise JobProcessError(f"{_how(process.returncode)}. {order.kept}") from None
    finally:
        with contextlib.suppress(OSError):
            orders.close()
        process.stdout.close()
        process.wait()


def _listen(told: IO[bytes], control: JobControl) -> JobMessage:
    while True:
        try:
            kind, *values = pickle.load(told)  # noqa: S301 (from our own process)
        except pickle.UnpicklingError:
            raise EOFError from None
        if kind == "progress":
            control.progress(*values)
        elif kind == "remark":
            control.remark(*values)
        elif kind == "stopped":
            raise Cancelled("stopped")
        elif kind == "failed":
            title, text = values
            error = RevsearchError(text)
            error.title = title
            raise error
        else:
            outcome: JobMessage = values[0]
            return outcome


def _how(code: int) -> str:
    if code < 0:
        import signal

        with contextlib.suppress(ValueError):
            return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with exit code {code}"


class _Telling:
    """The control of the job, within its process."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe, self._lock = pipe, threading.Lock()
        self._last, self._what = float("-inf"), ""
        self._stop = threading.Event()

    def wait_for_the_end(self, orders: IO[bytes]) -> None:
        """Have the job stopped when a line comes, or nothing can come any more."""
        orders.read(1)
        self._stop.set()

    def check(self) -> None:
        if self._stop.is_set():
            raise Cancelled("stopped")

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        now = time.monotonic()
        if now - self._last >= _TELL_EVERY_S or done == total or what != self._what:
            self._last, self._what = now, what
            self.tell("progress", done, total, what)

    def remark(self, text: str) -> None:
        self.tell("remark", text)

    def tell(self, kind: str, *values: object) -> None:
        """Send this; to an app that is gone it is told no more."""
        with self._lock, contextlib.suppress(OSError):
            pickle.dump((kind, *values), self._pipe)
            self._pipe.flush()


def _main() -> None:
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what plugins print is not for the app
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_BEHIND)
    folders, order = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own program)
    control = _Telling(told)
    threading.Thread(target=control.wait_for_the_end, args=(sys.stdin.buffer,), daemon=True).start()

    from revsearch_tui.core.workspace import Workspace

    try:
        outcome = order.run(Workspace(folders), control)
    except Cancelled:
        control.tell("stopped")
    except RevsearchError as error:
        control.tell("failed", error.title, str(error))
    except Exception as error:  # a plugin's bug
        control.tell("failed", "Unexpected error", f"{type(error).__name__}: {error}")
    else:
        control.tell("done", outcome)
    os._exit(0)  # threads of plugins are not waited for


if __name__ == "__main__":
    _main()
