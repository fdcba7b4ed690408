"""What holds for every test, and for every program that a test starts."""

from __future__ import annotations

import contextlib
import os
import signal

# Tests run beside each other, one process a core: libraries compute on one thread. Set before any of them is imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(_name, "1")

# Hundreds of programs are started: none is to compile the project's modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# As the program does by itself; set before any test does, so that commands can be forked (tests.support.forked).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# A shell has what it starts in the background ignore Ctrl-C, and so would the programs that tests send it to.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    with contextlib.suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """More processes than cores: a third of the time a test waits, for a program or for the app to come to rest."""
    cores = os.cpu_count() or 1
    return cores + (cores + 1) // 2
