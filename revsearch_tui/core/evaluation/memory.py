"""How much memory this process holds."""

from __future__ import annotations

import os
from pathlib import Path

_STATUS = Path("/proc/self/statm")


def resident_mb() -> float:
    """Resident memory in units of 1,000,000 bytes; 0 where the system does not tell."""
    try:
        return int(_STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
