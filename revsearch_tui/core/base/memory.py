"""The memory of this process: a limit to it, what was freed kept for what comes next, and errors that speak of it."""

from __future__ import annotations

import contextlib
import os
import sys

_MB = 1 << 20
_PIECE_BYTES = 31 * _MB
"""A little less than the largest piece of memory that glibc draws a lesson from."""
_MEMORY_WORDS = ("MemoryError", "bad_alloc", "allocate memory", "Unable to allocate", "out of memory")


def machine_memory_mb() -> int:
    """Megabytes of memory that the machine has; 0 where the system does not tell."""
    try:
        return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) // _MB
    except (AttributeError, ValueError, OSError):
        return 0


def limit_memory(wanted_mb: int) -> None:
    """Let an allocation of this process fail, as a reason, before the machine swaps. Only where the system can."""
    if sys.platform != "linux":
        return
    import resource

    with contextlib.suppress(ValueError, OSError):
        # Not the address space, of which the driver of a GPU reserves more than any machine has.
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limits = [wanted_mb * _MB, machine_memory_mb() * _MB, *([] if hard == resource.RLIM_INFINITY else [hard])]
        resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))


def keep_freed_memory() -> None:
    """Have glibc keep up to twice `_PIECE_BYTES` of what is freed, in each of its arenas, for what is allocated next.

    Pictures and what is made of them are megabytes that come and go. Given back to the system each time, their pages
    have to be made anew: a twentieth of the time of decoding photos of 12 megapixels, two fifths of that of finding
    keypoints. By mallopt(3), the sizes from which glibc asks the system for a piece, and gives memory back, rise with
    the largest piece that was freed; without this it depended on what else a process did. Nothing is written to the
    piece, so that it takes no room; other allocators do not care, nor does glibc where the user has set its variables.
    """
    with contextlib.suppress(MemoryError):  # a process held to very little goes on without
        bytes(_PIECE_BYTES)


def is_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or what it comes of, is that there was not enough memory."""
    while error is not None:
        if speaks_of_memory(repr(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def speaks_of_memory(text: str) -> bool:
    """Whether a library that says so had not enough memory; that of a GPU is another."""
    return any(words in text for words in _MEMORY_WORDS) and "CUDA" not in text
