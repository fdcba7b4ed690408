"""Each example is importable as if it were installed, so that its tests run beside all others."""

import sys
from pathlib import Path

sys.path[:0] = [str(file.parent) for file in sorted(Path(__file__).parent.glob("*/pyproject.toml"))]
