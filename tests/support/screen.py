"""Run something in a terminal that keeps all that was written to it."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence

PATIENCE_S = 60.0


def in_a_terminal(command: Sequence[str], environment: Mapping[str, str]) -> tuple[str, int]:
    """All that a command writes to its terminal, with codes and without line ends of its own, and its exit status."""
    import pty

    upper, lower = pty.openpty()
    with subprocess.Popen(command, stdin=lower, stdout=lower, stderr=lower, env=dict(environment)) as program:
        os.close(lower)
        written, deadline = b"", time.monotonic() + PATIENCE_S
        try:
            while time.monotonic() < deadline:
                if not select.select([upper], [], [], 0.1)[0]:
                    continue
                piece = b""
                with contextlib.suppress(OSError):  # how Linux says that nobody holds the other end any more
                    piece = os.read(upper, 1 << 16)
                if not piece:
                    break
                written += piece
            status = program.wait(max(0.1, deadline - time.monotonic()))
        finally:
            program.kill()
            os.close(upper)
    return written.decode("utf-8", "replace").replace("\r\n", "\n"), status
