"""Processes of our own: started so that they import from where this one does and a Ctrl-C is not for them, and told
how they ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import revsearch_tui

SECRETS = ("REVSEARCH_CHROMA_TOKEN",)
"""Variables that are nobody's but the program's own."""

_PIPE_BYTES = 1 << 20


def own_group() -> dict[str, Any]:
    """Arguments of `subprocess.Popen`: a Ctrl-C in the terminal is for the program, which ends what it started."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}


def environment(*, secrets: bool = False) -> dict[str, str]:
    """That of this process; the child imports from where this one does, whatever its working folder is.

    Without `secrets` it lacks `SECRETS`: plugins, and decoders of hostile pictures, need none.
    """
    package_root = str(Path(revsearch_tui.__file__).resolve().parent.parent)
    folders = [package_root, *(str(Path(entry).absolute()) for entry in sys.path if entry)]
    kept = {name: value for name, value in os.environ.items() if secrets or name not in SECRETS}
    return {**kept, "PYTHONPATH": os.pathsep.join(dict.fromkeys(folders))}


def start_module(module: str, *, stderr: int = subprocess.DEVNULL, secrets: bool = False) -> subprocess.Popen[bytes]:
    """A module of ours as a process of its own, with pipes for what it reads and writes. Raises OSError.

    `secrets`: see `environment`.
    """
    return subprocess.Popen(
        # -P: a file named numpy.py among the user's pictures is not imported.
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment(secrets=secrets),
        **own_group(),
    )


def widen_pipes(*pipes: IO[bytes] | None) -> None:
    """Let a whole picture pass in a few steps. Linux only; elsewhere pipes keep their size."""
    if sys.platform == "linux":
        import fcntl

        for pipe in pipes:
            if pipe is not None:
                with contextlib.suppress(OSError):
                    fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def ending(code: int) -> str:
    """How a process ended, by its return code: the name of the signal, or the exit status."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit status {code}"
