"""Start the program, watch it and end it as the system would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_OFTEN = """
import sys
from revsearch_tui.__main__ import main
import revsearch_tui.core.indexing.indexer as indexer
indexer.COMMIT_PICTURES = {commit}
sys.argv = ["revsearch", *sys.argv[1:]]
main()
"""


def start(
    home: Path, *arguments: str | Path, commit: int = 0, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """The program in a process group of its own. With `commit`, it commits after that many files, not 256."""
    program = ["-c", _OFTEN.format(commit=commit)] if commit else ["-m", "revsearch_tui"]
    return subprocess.Popen(
        [sys.executable, *program, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "REVSEARCH_HOME": str(home), **(environment or {})},
        start_new_session=True,
    )


def finish(process: subprocess.Popen[bytes], timeout_s: float = 120) -> tuple[int, str, str]:
    """Wait for the end: exit status, stdout, stderr."""
    out, err = process.communicate(timeout=timeout_s)
    return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def kill_group(process: subprocess.Popen[bytes]) -> bool:
    """SIGKILL to the whole process group; whether it had not ended by itself before."""
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    return running


def wait_until(condition: Callable[[], bool], timeout_s: float = 30, step_s: float = 0.01) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(step_s)
    return True


def processes_of(home: Path) -> list[int]:
    """Ids of the processes that work on a home. Linux only; elsewhere empty."""
    wanted = b"REVSEARCH_HOME=" + os.fsencode(home)
    found = []
    for entry in Path("/proc").glob("[0-9]*") if sys.platform == "linux" else ():
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found
