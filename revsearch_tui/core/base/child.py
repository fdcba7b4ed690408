"""How processes of our own are started: they import from where this one does, and a Ctrl-C is not for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import revsearch_tui


def own_group() -> dict[str, Any]:
    """Arguments of `subprocess.Popen`: a Ctrl-C in the terminal is for the program, which ends what it started."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}


def environment() -> dict[str, str]:
    """That of this process; the child imports from where this one does, whatever its working folder is."""
    package_root = str(Path(revsearch_tui.__file__).resolve().parent.parent)
    folders = [package_root, *(str(Path(entry).absolute()) for entry in sys.path if entry)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(folders))}
