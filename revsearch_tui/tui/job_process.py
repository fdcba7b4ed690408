"""A job in a process of its own: the side of the process. `apart` says how the two talk."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import IO

from revsearch_tui.api import Cancelled, RevsearchError

_TELL_EVERY_S = 0.05
_BEHIND = 15
"""How much nicer than the app the process is, whose screen comes first: by 5, it takes half of what the app wants. With
the system's policy for idle times, decoders would run out of time on a busy machine."""


class _Telling:
    """The control of the job."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe, self._lock = pipe, threading.Lock()
        self._last, self._what = float("-inf"), ""
        self._stop = threading.Event()

    def wait_for_the_end(self, orders: IO[bytes]) -> None:
        """Have the job stopped when a line comes, or nothing can come any more."""
        orders.readline()
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

    def followed(self, collection: str, text: str) -> None:
        self.tell("followed", collection, text)

    def tell(self, kind: str, *values: object) -> None:
        """Send this; to an app that is gone it is told no more."""
        with self._lock, contextlib.suppress(OSError):
            self._pipe.write(json.dumps([kind, *values], default=str).encode() + b"\n")
            self._pipe.flush()


def _main() -> None:
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what plugins print is not for the app
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_BEHIND)
    asked = json.loads(sys.stdin.buffer.readline())
    control = _Telling(told)
    threading.Thread(target=control.wait_for_the_end, args=(sys.stdin.buffer,), daemon=True).start()

    from revsearch_tui.core.base.paths import Folders
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.apart import outcome_values
    from revsearch_tui.tui.orders import read_order

    folders = Folders(**{name: Path(path) if path else None for name, path in asked["folders"].items()})  # type: ignore[arg-type]
    try:
        outcome = read_order(asked["order"]).run(Workspace(folders), control)
    except Cancelled:
        control.tell("stopped")
    except RevsearchError as error:
        control.tell("failed", error.title, str(error))
    except Exception as error:  # a plugin's bug
        control.tell("failed", "Unexpected error", f"{type(error).__name__}: {error}")
    else:
        control.tell("done", outcome_values(outcome))
    os._exit(0)  # threads of plugins are not waited for


if __name__ == "__main__":
    _main()
