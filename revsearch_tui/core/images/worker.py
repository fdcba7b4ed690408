"""A process that decodes one file after another: `python -m revsearch_tui.core.images.worker`.

Speaks `messages` on its standard input and output, and ends when its input does, so that it dies with its parent.
The first message tells the readers and the time limit; the answer is `ready`. Then each message is one file, or with
`files` several small ones, whose bytes follow each other and which are answered one by one.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import IO, Any

from revsearch_tui.api import PictureError, ReaderInfo, UsageError
from revsearch_tui.core.base.memory import keep_freed_memory
from revsearch_tui.core.base.messages import read_message, write_message
from revsearch_tui.core.images.crop import Crop
from revsearch_tui.core.images.limits import memory_limit, time_limit
from revsearch_tui.core.images.reasons import too_much_memory

_GRACE_S = 5.0
_BACKGROUND_NICENESS = 10
_BUFFER_BYTES = 256 * 1024


def main() -> int:
    """Serve until the input ends; the exit code."""
    with contextlib.suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = _private_streams()
    try:
        setup, _ = read_message(requests)
        readers = [_reader(entry) for entry in setup["readers"]]
        limit_s = float(setup["timeout_s"]) + _GRACE_S
        max_pixels = int(setup["max_pixels"])
        _limit_memory(memory_limit(max_pixels))
        keep_freed_memory()
        if setup["background"] and hasattr(os, "nice"):
            os.nice(max(0, _BACKGROUND_NICENESS - os.nice(0)))  # what is as nice already keeps its share
        import revsearch_tui.core.images.decode  # noqa: F401 - ready means that decoding can start at once

        write_message(answers, {"ready": True})
        while True:
            request, data = read_message(requests)
            files = list(_files(request, data))
            for number, (file, content) in enumerate(files, start=1):
                _end_after(time_limit(limit_s, len(content)))
                header, payload = _answer(file, content, readers, max_pixels)
                _end_after(0)
                write_message(answers, header, payload, flush=number == len(files))
    except (EOFError, OSError):
        return 0


def _files(request: dict[str, Any], data: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    if "files" not in request:
        yield request, data
        return
    start = 0
    for file in request["files"]:
        yield file, data[start : start + file["bytes"]]
        start += file["bytes"]


def _answer(
    request: dict[str, Any], data: bytes, readers: list[ReaderInfo], max_pixels: int
) -> tuple[dict[str, Any], bytes]:
    from revsearch_tui.core.images.decode import decode_image

    try:
        parts = request["crop"]
        crop = Crop(tuple(parts[0]), tuple(parts[1])) if parts else None
        result = decode_image(data, request["name"], readers, crop, max_pixels)
        pixels = result.image.tobytes()
    except PictureError as error:
        return {"problem": "picture", "text": error.reason, "detail": error.detail}, b""
    except UsageError as error:
        return {"problem": "usage", "text": str(error)}, b""
    except MemoryError:
        return {"problem": "picture", "text": too_much_memory(memory_limit(max_pixels))}, b""
    sizes = {"columns": result.image.width, "rows": result.image.height}
    known = {"width": result.width, "height": result.height, "format": result.format, "note": result.note}
    return {**sizes, **known}, pixels


def _reader(entry: dict[str, Any]) -> ReaderInfo:
    return ReaderInfo(
        name=entry["name"],
        title=entry["name"],
        summary="",
        suffixes=tuple(entry["suffixes"]),
        magic=tuple((offset, bytes.fromhex(magic)) for offset, magic in entry["magic"]),
        factory=entry["factory"],
    )


def _private_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to the parent, moved away from descriptors 0 and 1, where a stray print or read would meet them."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", _BUFFER_BYTES)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return requests, answers


def _end_after(seconds: float) -> None:
    """Have the system end this process after that time; 0 takes it back. Does nothing on Windows.

    For a decoder that hangs while the parent, which watches the time too, has been killed.
    """
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit_memory(most_bytes: int) -> None:
    """Let an allocation fail, as a reason for one file, before the machine swaps. Only where the system can."""
    if sys.platform != "linux":
        return
    import resource

    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    sys.exit(main())
