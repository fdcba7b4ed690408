"""A job in a process of its own, so that it takes nothing from the screen: the side of the app.

The process gets one line on its standard input, and tells in lines how far it is and how it ended, all JSON. Whatever
else comes on its input, or the end of it, stops the job, which keeps what is done. So the job ends in order where the
app was killed.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from revsearch_tui.api import Cancelled, RevsearchError
from revsearch_tui.core.base.child import start_module
from revsearch_tui.tui.messages import JobDone, JobMessage, WorkDone

if TYPE_CHECKING:
    from revsearch_tui.core.base.paths import Folders


class JobProcessError(RevsearchError):
    """The process could not be started, or ended by itself."""

    title = "The job ended"


class Listener(Protocol):
    """What is told of the job, and told how to end it, from any thread."""

    def progress(self, done: int, total: int | None, what: str = "") -> None: ...

    def remark(self, text: str) -> None: ...

    def followed(self, collection: str, text: str) -> None: ...

    def ends_by(self, end: Callable[[], None]) -> None: ...


def run_apart(values: Mapping[str, Any], kept: str, folders: Folders, listener: Listener) -> JobMessage:
    """Do the order that has these values in a process; how it ended. `kept` is what becomes of it where it ends by
    itself. Raises `Cancelled`, `RevsearchError`."""
    try:
        process = start_module("revsearch_tui.tui.job_process", secrets=True)
    except OSError as error:
        raise JobProcessError(f"no process can be started for it: {error.strerror or error}") from error
    assert process.stdin is not None and process.stdout is not None
    orders = process.stdin

    def send(line: bytes) -> None:
        with contextlib.suppress(OSError, ValueError):  # what has ended tells so
            orders.write(line + b"\n")
            orders.flush()

    try:
        send(json.dumps({"order": values, "folders": asdict(folders)}, default=str).encode())
        listener.ends_by(lambda: send(b"stop"))
        return _listen(process.stdout, listener)
    except EOFError:
        raise JobProcessError(f"{_how(process.wait())}. {kept}") from None
    finally:
        with contextlib.suppress(OSError):
            orders.close()
        process.stdout.close()
        process.wait()


def outcome_values(outcome: JobMessage) -> dict[str, Any]:
    """How a job ended, as JSON values. Raises `TypeError` for what is no end."""
    if isinstance(outcome, JobDone):
        return {"report": asdict(outcome.report)}
    if isinstance(outcome, WorkDone):
        return {"title": outcome.title, "text": outcome.text, "made": outcome.made, "changed": outcome.changed}
    raise TypeError(type(outcome).__name__)


def _outcome(values: dict[str, Any]) -> JobMessage:
    if "report" not in values:
        return WorkDone(**values)
    from revsearch_tui.core.indexing.index_report import IndexReport

    report = IndexReport(**values["report"])
    report.skipped = [(Path(path), reason) for path, reason in report.skipped]
    return JobDone(report)


def _listen(told: IO[bytes], listener: Listener) -> JobMessage:
    for line in told:
        try:
            kind, *values = json.loads(line)
        except ValueError:
            break
        if kind == "progress":
            listener.progress(*values)
        elif kind == "remark":
            listener.remark(*values)
        elif kind == "followed":
            listener.followed(*values)
        elif kind == "stopped":
            raise Cancelled("stopped")
        elif kind == "failed":
            error = RevsearchError(values[1])
            error.title = values[0]
            raise error
        else:
            return _outcome(values[0])
    raise EOFError


def _how(code: int) -> str:
    if code < 0:
        import signal

        with contextlib.suppress(ValueError):
            return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with exit code {code}"
