"""Run the installed program as a user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.forked import forks

_TIMEOUT_S = 240
_started: set[str] = set()
"""Commands that were started from nothing once."""


def revsearch(
    home: Path, *arguments: str | bytes | Path, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """One command with its data below `home`; output as bytes. Each command starts from nothing the first time, and
    later where what it is given or its variables ask for that; the others are forked, see `tests.support.forked`."""
    words = [os.fsdecode(argument) for argument in arguments]
    variables = {**os.environ, "REVSEARCH_HOME": str(home), **(environment or {})}
    if words[:1] and words[0] in _started and not stdin and forks().can_start_in(variables):
        return forks().run_in(variables, words, timeout_s=_TIMEOUT_S)
    done = subprocess.run(
        [sys.executable, "-m", "revsearch_tui", *words],
        input=stdin,
        capture_output=True,
        env=variables,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if sys.platform != "win32":
        _started.update(words[:1])
    return done


def revsearch_json(home: Path, *arguments: str | bytes | Path) -> Any:
    """What a command with `--format json` prints; the command must succeed or find nothing."""
    done = revsearch(home, *arguments, "--format", "json")
    assert done.returncode in (0, 1), done.stderr.decode()
    return json.loads(done.stdout)
