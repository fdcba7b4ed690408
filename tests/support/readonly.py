"""Run the program where a folder is mounted to be read only, which binds the superuser too."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

_MOUNT = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd / && exec "$@"'


def run_read_only(
    folder: Path, *command: str | Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """A command in a place of its own in which nothing below `folder` can be written.

    Skips the test where the system does not let us.
    """
    if not _is_possible():
        pytest.skip("this system does not let us mount a folder to be read only (unshare --mount)")
    return subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", _MOUNT, folder, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **(environment or {})},
        timeout=240,
        check=False,
    )


def revsearch_read_only(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """One command with its data below a `home` that cannot be written to."""
    command = (sys.executable, "-m", "revsearch_tui", *arguments)
    return run_read_only(home, *command, environment={"REVSEARCH_HOME": str(home)})


@functools.cache
def _is_possible() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    probe = ["unshare", "--map-root-user", "--mount", "sh", "-c", _MOUNT, "/usr", "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0
