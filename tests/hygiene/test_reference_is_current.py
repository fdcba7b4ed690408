"""The pages that are made from the program say what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from revsearch_tui import api

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("page", ["reference", "contract", "keys"])
def test_a_page_is_what_the_program_would_write_today(page: str, tmp_path: Path) -> None:
    fresh = tmp_path / f"{page}.md"
    subprocess.run([sys.executable, str(DOCS / f"make_{page}.py"), str(fresh)], check=True)
    assert (DOCS / f"{page}.md").read_text("utf-8") == fresh.read_text("utf-8"), "run: make docs"


def test_every_name_of_the_contract_is_on_its_page() -> None:
    text = (DOCS / "contract.md").read_text("utf-8")
    told = set(re.findall(r"^### (\w+)$", text, re.MULTILINE)) | set(re.findall(r"^- `(\w+)", text, re.MULTILINE))
    shared = {"HOOKS", "PROJECT", "API_VERSION", "hookimpl", "hookspec"}
    aliases = {"Info", "Options", "OptionValue", "Explanation", "NullControl", "Embeddings", "FloatArray", "Picture"}
    assert set(api.__all__) - shared - aliases <= told
