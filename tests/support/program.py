"""Run the installed program as a user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def revsearch(
    home: Path, *arguments: str | bytes | Path, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """One command with its data below `home`; output as bytes."""
    return subprocess.run(
        [sys.executable, "-m", "revsearch_tui", *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, "REVSEARCH_HOME": str(home), **(environment or {})},
        timeout=240,
        check=False,
    )


def revsearch_json(home: Path, *arguments: str | bytes | Path) -> Any:
    """What a command with `--format json` prints; the command must succeed or find nothing."""
    done = revsearch(home, *arguments, "--format", "json")
    assert done.returncode in (0, 1), done.stderr.decode()
    return json.loads(done.stdout)
