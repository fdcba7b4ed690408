"""How a command has to end."""

from __future__ import annotations

import subprocess

_BROKEN = (70, 124)
"""A bug; a command that had to be ended."""


def trouble_of_ending(done: subprocess.CompletedProcess[str]) -> str:
    """Why a command did not end as commands must: by itself, and where it fails, in one sentence."""
    said = done.stderr.strip()
    if "Traceback" in said or "Traceback" in done.stdout:
        return f"a traceback: {said[-300:]}"
    if done.returncode < 0 or done.returncode in _BROKEN:
        return f"ended with {done.returncode}: {said[-300:]}"
    sentences = [line for line in said.splitlines() if line.startswith("revsearch: ")]
    left_out = any(line.startswith("left out: ") for line in said.splitlines())
    if done.returncode not in (0, 1) and len(sentences) != 1 and not left_out:
        return f"ended with {done.returncode}, and {len(sentences)} sentences: {said[-300:]}"
    return ""
