"""The pages that are made from the program say what the program says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("page", ["reference", "keys"])
def test_the_page_is_what_the_program_would_write_today(page: str, tmp_path: Path) -> None:
    fresh = tmp_path / f"{page}.md"
    subprocess.run([sys.executable, str(DOCS / f"make_{page}.py"), str(fresh)], check=True)
    assert (DOCS / f"{page}.md").read_text("utf-8") == fresh.read_text("utf-8"), "run: make docs"
