"""What a killed addition of a model leaves behind goes by with the next look at the models, a living one's does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from revsearch_tui.core.models.model_store import list_models
from tests.support.program import revsearch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be held there")

_FILL = """
import sys
from pathlib import Path
from revsearch_tui.core.models.model_store import save_fitted

def write(folder):
    (folder / "half.bin").write_bytes(b"half of it")
    print("filling", flush=True)
    sys.stdin.read()

save_fitted(Path(sys.argv[1]), "late", "onnx", write, {})
"""


def _filling(store: Path) -> subprocess.Popen[bytes]:
    """A process that is in the middle of storing a model, until its standard input ends."""
    process = subprocess.Popen([sys.executable, "-c", _FILL, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"filling\n"
    return process


def _end(process: subprocess.Popen[bytes]) -> int:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    return process.wait(timeout=60)


def _incoming(store: Path) -> list[str]:
    return [path.name for path in store.iterdir() if path.name.startswith(".")]


def test_what_a_killed_addition_left_is_gone_after_the_next_command(tmp_path: Path) -> None:
    store = tmp_path / "data" / "models"
    process = _filling(store)
    process.send_signal(signal.SIGKILL)
    _end(process)
    assert len(_incoming(store)) == 1
    assert revsearch(tmp_path, "models", "list").returncode in (0, 1)
    assert _incoming(store) == []


def test_what_a_living_process_is_filling_stays_and_becomes_a_model(tmp_path: Path) -> None:
    process = _filling(tmp_path)
    (folder,) = _incoming(tmp_path)
    os.utime(tmp_path / folder, (0, 0))  # however long it takes
    assert list_models(tmp_path) == []
    assert _incoming(tmp_path) == [folder]
    assert _end(process) == 0
    assert [(record.name, record.problem) for record in list_models(tmp_path)] == [("late", "")]
    assert _incoming(tmp_path) == []


def test_a_half_removed_model_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".removed-0123").mkdir(parents=True)
    (tmp_path / ".removed-0123" / "weights.bin").write_bytes(b"weights")
    assert list_models(tmp_path) == []
    assert _incoming(tmp_path) == []
