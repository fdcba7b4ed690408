"""The benchmarks run, and say what they should. How fast anything is, is not looked at here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("faiss", reason="the bench extra is not installed")
ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_quick_run_prints_a_table_and_writes_the_same_as_json(tmp_path: Path) -> None:
    done = run("--quick", "exact", "nearest", "phash", "--folder", str(tmp_path), "--json", str(tmp_path / "rows.json"))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "rows.json").read_text("utf-8"))
    assert {"numpy", "faiss-cpu", "python", "processor"} <= set(found["machine"])
    assert found["quick"] is True
    assert len(found["rows"]) == 8
    for row in found["rows"]:
        assert row["ours_s"] > 0
        assert row["ratio"] == pytest.approx(row["ours_s"] / row["peer_s"])
        assert row["name"] in done.stdout
        assert row["peer"] in done.stdout
    assert list(tmp_path.iterdir()) == [tmp_path / "rows.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_search_screen_and_its_peers_are_seen_in_a_terminal(tmp_path: Path) -> None:
    done = run("--quick", "startup", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("first frame of the Search screen") == 2


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    done = run("nosuch")
    assert done.returncode == 2
    assert "startup, responsiveness, cli, exact, nearest, phash, sift, throughput, runtime, network" in done.stderr


def test_a_text_that_is_never_shown_is_told_with_what_was_shown() -> None:
    if sys.platform == "win32":
        pytest.skip("needs a pseudo-terminal")
    from benchmarks.terminal import started_until

    with pytest.raises(RuntimeError, match="was not shown; the screen has: something else"):
        started_until("wanted", [sys.executable, "-c", "print('\\x1b[1msomething \\x1b[0melse')"], {"PATH": ""}, 10.0)
