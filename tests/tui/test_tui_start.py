"""The first frame comes before anything heavy is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.app import RevsearchApp
from revsearch_tui.tui.pictures.drawing import HalfCells

class Watched(RevsearchApp):
    def on_mount(self):
        self.call_after_refresh(self.painted)

    def painted(self):
        self.seen = sorted(name for name in sys.modules if "." not in name)
        self.cells = "".join(strip.text for strip in self.screen._compositor.render_strips())
        self.exit(0)

app = Watched(Workspace(), HalfCells())
app.run(headless=True, size=(80, 24))
app.search.close()
print(json.dumps({"modules": app.seen, "cells": app.cells}))
"""

HEAVY = {"chromadb", "cv2", "onnxruntime", "sklearn", "scipy", "numpy", "PIL", "textual_image", "imagehash"}


@pytest.mark.parametrize("known", ["indexed", "new"])
def test_the_app_paints_before_anything_heavy_is_imported(indexed_base: Path, tmp_path: Path, known: str) -> None:
    base = indexed_base if known == "indexed" else tmp_path
    environment = {**os.environ, "HOME": str(base / "home"), "REVSEARCH_HOME": str(base / "revsearch")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert "revsearch" in answer["cells"], "nothing was painted"
    assert not HEAVY & set(answer["modules"])
