"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    *("revsearch-tui", "numpy", "pillow", "opencv-contrib-python", "onnxruntime-gpu", "onnxruntime", "chromadb"),
    *("textual", "imagehash", "faiss-cpu"),
)


def describe() -> dict[str, str]:
    """Names and values, for a table's head."""
    found = {
        "processor": _processor(),
        "processors": str(os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "load": load(),
    }
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    # These steer numpy's BLAS, and a wrong value makes it several times slower.
    found.update({name: value for name, value in sorted(os.environ.items()) if name.startswith("OPENBLAS_")})
    return found


def load() -> str:
    """The load averages over 1 and 5 minutes, where the system tells."""
    try:
        one, five, _ = os.getloadavg()
    except (AttributeError, OSError):
        return "unknown"
    return f"{one:.1f} / {five:.1f}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    flags = next((set(line.split()) for line in lines if line.startswith("flags")), set())
    wide = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    return f"{named[0]} ({wide})" if named else "unknown"


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return "unknown"
    return f"{size / 2**30:.0f} GiB"
