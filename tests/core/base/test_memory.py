"""What was freed is kept for what is allocated next."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

_PAGES = 6 * 4 * 256
_ROUNDS = """
import resource, sys
from revsearch_tui.core.base.memory import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()

def use():
    pieces = [bytearray(4 << 20) for _ in range(6)]

use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    use()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 4)
"""


def pages_made(way: str) -> int:
    """How many pages the system makes for 24 MB in six pieces, each time that they are allocated, written and freed."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(
        [sys.executable, "-c", _ROUNDS, way], env=variables, capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators have rules of their own")
def test_pages_that_were_freed_are_not_made_anew() -> None:
    given_back = pages_made("given back")
    if given_back < _PAGES // 2:
        pytest.skip("this system keeps them, or makes large ones, by itself")
    assert pages_made("kept") < given_back // 10
