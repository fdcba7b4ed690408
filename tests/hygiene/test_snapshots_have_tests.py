"""No picture of a screen is kept that no test compares."""

from __future__ import annotations

import ast
from pathlib import Path

SCREENS = Path(__file__).parents[1] / "tui"


def test_every_kept_screen_belongs_to_a_test() -> None:
    kept = sorted((SCREENS / "__snapshots__").glob("*/*"))
    assert len(kept) > 10
    for file in kept:
        tests = {
            node.name
            for node in ast.parse((SCREENS / f"{file.parent.name}.py").read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert file.stem.partition("[")[0] in tests, f"delete {file}"
