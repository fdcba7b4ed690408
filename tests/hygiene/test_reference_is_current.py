"""The reference page says what the program says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_reference_page_is_what_the_program_would_write_today(tmp_path: Path) -> None:
    fresh = tmp_path / "reference.md"
    subprocess.run([sys.executable, str(DOCS / "make_reference.py"), str(fresh)], check=True)
    assert (DOCS / "reference.md").read_text("utf-8") == fresh.read_text("utf-8"), "run: make docs"
