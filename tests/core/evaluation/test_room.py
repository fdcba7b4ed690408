"""The room that evaluations take in the cache is bounded: what was used longest ago goes, what is in use never."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.base.cache_use import in_use
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.core.evaluation.robustness.robustness_run import run_robustness
from revsearch_tui.core.evaluation.room import trim
from revsearch_tui.core.evaluation.run import run_evaluation
from revsearch_tui.core.workspace import Workspace


def entry(folder: Path, name: str, used: int, size: int = 1000) -> Path:
    made = folder / name / "vectors"
    made.mkdir(parents=True)
    (made / "segment-0000.vec").write_bytes(bytes(size))
    os.utime(folder / name, (used, used))
    return folder / name


def names(*folders: Path) -> list[str]:
    return sorted(each.name for folder in folders for each in folder.iterdir())


def evaluate(workspace: Workspace, data: Path, method: str, **more) -> None:
    run_evaluation(
        workspace, EvalRequest(str(data), [method], protocols=["copies"], parts="all", **more), NullControl()
    )


def test_what_was_used_longest_ago_goes_first_over_all_folders(tmp_path: Path) -> None:
    first, second = tmp_path / "evaluation", tmp_path / "robustness"
    for folder, name, used in ((first, "old", 100), (second, "older", 50), (first, "new", 300), (second, "newer", 400)):
        entry(folder, name, used)
    trim([first, second], 3500)
    assert names(first, second) == ["new", "newer", "old"]
    trim([first, second], 2000)
    assert names(first, second) == ["new", "newer"]
    trim([first, second, tmp_path / "absent"], 2000)
    assert names(first, second) == ["new", "newer"]


def test_what_is_in_use_stays_and_the_next_goes(tmp_path: Path) -> None:
    entry(tmp_path, "middle", 200), entry(tmp_path, "new", 300)
    with writer_lock(entry(tmp_path, "written", 100), "evaluating"), in_use(entry(tmp_path, "read", 150)):
        trim([tmp_path], 3500)
        assert names(tmp_path) == ["new", "read", "written"]
        trim([tmp_path], 0)
        assert names(tmp_path) == ["read", "written"]
    trim([tmp_path], 0)
    assert names(tmp_path) == []


def test_a_deletion_that_was_interrupted_is_finished(tmp_path: Path) -> None:
    entry(tmp_path, ".gone-phash", 100), entry(tmp_path, "phash", 100)
    trim([tmp_path], 5000)
    assert names(tmp_path) == ["phash"]


def test_an_evaluation_keeps_what_it_used_and_lets_older_things_go(
    workspace: Workspace, patterns: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = workspace.folders.embeddings
    entry(cached, "sift-forgotten", 100)
    evaluate(workspace, patterns, "phash")
    assert [name.partition("-")[0] for name in names(cached)] == ["phash", "sift"], "there is room"
    monkeypatch.setenv("REVSEARCH_EVAL_CACHE_MB", "0")
    del workspace.config
    evaluate(workspace, patterns, "phash")
    assert [name.partition("-")[0] for name in names(cached)] == ["phash"]
    evaluate(workspace, patterns, "phash", options={"size": 8})
    (kept,) = names(cached)
    assert kept == workspace.choose(["phash"], options={"size": 8})[0].key


@pytest.mark.drill
def test_an_index_that_a_robustness_run_made_is_bounded_too(
    workspace: Workspace, patterns: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(folder: Path) -> None:
        request = RobustnessRequest(
            data=[str(folder)], methods=["phash"], transformations=["flip"], sample=8, wrong_rate=0.1
        )
        run_robustness(workspace, request, NullControl(), lambda _line: None)

    run(patterns / "cat")
    (first,) = names(workspace.folders.robustness)
    monkeypatch.setenv("REVSEARCH_EVAL_CACHE_MB", "0")
    del workspace.config
    run(patterns / "dog")
    (second,) = names(workspace.folders.robustness)
    assert second != first
