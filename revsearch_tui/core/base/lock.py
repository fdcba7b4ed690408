"""One writer at a time per collection. The operating system drops the lock of a process that dies."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from revsearch_tui.api import IndexBusyError, StorageError
from revsearch_tui.core.base.files import write_quickly

_LOCK = "writer.lock"
_HOLDER = "writer.json"
_PATIENCE_S = 0.5


@contextlib.contextmanager
def writer_lock(folder: Path, purpose: str, *, of: str = "collection") -> Iterator[None]:
    """Hold the collection in `folder`, or what else `of` calls it, for writing.

    Raises `IndexBusyError`, naming the holder, where it is taken, `StorageError` where nothing can be written there.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / _LOCK)
    try:
        # A moment's patience: `is_writing` of another process holds the lock for an instant.
        lock.acquire(timeout=_PATIENCE_S, poll_interval=0.02)
    except Timeout:
        raise IndexBusyError(
            f"the {of} '{folder.name}' is being written by {_describe_holder(folder)}; "
            "wait until that is done, or stop it"
        ) from None
    except OSError as error:
        raise StorageError(
            f"cannot write to {folder}: {error.strerror or error}; make room or mend that, and try again"
        ) from error
    import socket

    holder = {"pid": os.getpid(), "host": socket.gethostname(), "purpose": purpose, "since": time.time()}
    try:
        with contextlib.suppress(OSError):  # the note is a courtesy; a full disk must not prevent dropping an index
            (folder / _HOLDER).write_text(json.dumps(holder), encoding="utf-8")
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / _HOLDER).unlink(missing_ok=True)
        lock.release()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is writing, what for, and since when (seconds since the epoch); `done` of `total` files, where it told."""

    purpose: str
    since: float
    done: int = 0
    total: int = 0


def holder_of(folder: Path) -> Holder | None:
    """Who holds the collection for writing now and told so; None where nobody does. Cheap where nobody ever did."""
    try:
        told = json.loads((folder / _HOLDER).read_text("utf-8"))
        holder = Holder(told["purpose"], float(told["since"]), int(told.get("done", 0)), int(told.get("total", 0)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return holder if is_writing(folder) else None


def tell_progress(folder: Path, done: int, total: int) -> None:
    """Add to what the holder, which is this process, tells others."""
    with contextlib.suppress(OSError, ValueError):
        told = json.loads((folder / _HOLDER).read_text("utf-8"))
        write_quickly(folder / _HOLDER, json.dumps({**told, "done": done, "total": total}))


def forget_holder(folder: Path) -> None:
    """Take back what the holder told, where `folder` has another name than when that was told."""
    with contextlib.suppress(OSError):
        (folder / _HOLDER).unlink(missing_ok=True)


def is_writing(folder: Path) -> bool:
    """Whether some process, this one included, holds the collection for writing now."""
    if sys.platform != "win32":
        return _is_held(folder / _LOCK)
    from filelock import FileLock, Timeout

    probe = FileLock(folder / _LOCK, timeout=0)
    try:
        probe.acquire()
    except Timeout:
        return True
    except OSError:  # nothing can be written there, not even the file that is locked
        return False
    probe.release()
    return False


def _is_held(file: Path) -> bool:
    """Whether a process holds the lock, asked without writing: it may be one of another user. And without the library,
    which takes longer to import than a short command may take."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        descriptor = os.open(file, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    finally:
        os.close(descriptor)
    return False


def _describe_holder(folder: Path) -> str:
    try:
        holder = json.loads((folder / _HOLDER).read_text("utf-8"))
        return f"process {holder['pid']} on {holder['host']} ({holder['purpose']})"
    except (OSError, ValueError, KeyError):
        return "another process"
