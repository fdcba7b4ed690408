"""What a piece of code does to the outside, seen through an audit hook."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def works(event: str, arguments: tuple[Any, ...]) -> str:
    """That a file is opened, a connection made or a process started; empty for other events."""
    does = event in ("open", "socket.connect", "subprocess.Popen", "os.fork", "os.posix_spawn")
    return f"{event} {arguments[0]!r}"[:200] if does else ""


def touches(event: str, arguments: tuple[Any, ...]) -> str:
    """That a socket is used or something changed on the disk, save temporary files; empty for other events."""
    if event == "open":
        path, _, flags = arguments
        writes = isinstance(path, str | bytes) and isinstance(flags, int) and flags & _WRITING
        return f"it writes {os.fsdecode(path)}" if writes and not _is_scratch(os.fsdecode(path)) else ""
    changes = ("socket.connect", "socket.bind", "os.remove", "os.rename", "os.mkdir", "os.rmdir")
    return f"{event} {arguments[-1]!r}"[:200] if event in changes and not _is_scratch(str(arguments[0])) else ""


def _is_scratch(path: str) -> bool:
    """What anybody may write: temporary files, devices, and what Python compiles."""
    places = (tempfile.gettempdir(), os.devnull, "/dev/")
    return path.startswith(places) or path.endswith(".pyc") or "__pycache__" in path


class _Hook:
    """Hooks stay for good, so there is one."""

    tell: Callable[[str, tuple[Any, ...]], str] | None = None
    seen: list[str]
    _is_installed = False

    @classmethod
    def install(cls) -> None:
        if not cls._is_installed:
            cls._is_installed = True
            sys.addaudithook(cls._hear)

    @classmethod
    def _hear(cls, event: str, arguments: tuple[Any, ...]) -> None:
        if cls.tell is not None and (told := cls.tell(event, arguments)):
            cls.seen.append(told)


@contextlib.contextmanager
def watched(tell: Callable[[str, tuple[Any, ...]], str]) -> Iterator[list[str]]:
    """A list that is filled with what `tell` makes of each event within."""
    _Hook.install()
    _Hook.seen = []
    _Hook.tell = tell
    try:
        yield _Hook.seen
    finally:
        _Hook.tell = None
