"""Following training runs that other processes write."""

from __future__ import annotations

from pathlib import Path

from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.training.runs import RUN_FILE
from revsearch_tui.core.training.watch import INTERRUPTED, RunsWatch
from tests.support.runs import add_lines, epoch, make_run


def test_no_folder_means_no_runs(tmp_path: Path) -> None:
    assert RunsWatch(tmp_path / "runs").look().runs == ()


def test_runs_come_newest_first_with_their_curves(tmp_path: Path) -> None:
    add_lines(make_run(tmp_path, "old", started="2026-03-01T12:00:00+00:00"), epoch(1, 0.5))
    make_run(tmp_path, "new", started="2026-03-02T12:00:00+00:00")
    seen = RunsWatch(tmp_path).look()
    assert [(run.run.name, len(run.curves)) for run in seen.runs] == [("new", 0), ("old", 1)]


def test_a_new_epoch_is_seen(tmp_path: Path) -> None:
    run = make_run(tmp_path, "first", "stopped")
    add_lines(run, epoch(1, 0.5))
    watch = RunsWatch(tmp_path)
    before = watch.look()
    assert watch.look() == before
    add_lines(run, epoch(2, 0.6))
    assert [line["epoch"] for line in watch.look().runs[0].curves] == [1, 2]


def test_what_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    make_run(tmp_path, "first")
    watch = RunsWatch(tmp_path)
    before = watch.look().runs[0]
    assert watch.look().runs[0] is before


def test_a_run_is_running_as_long_as_its_lock_is_held(tmp_path: Path) -> None:
    run = make_run(tmp_path, "first", "running")
    watch = RunsWatch(tmp_path)
    with writer_lock(run.folder, "training"):
        assert watch.look().runs[0].state == "running"
    assert watch.look().runs[0].state == INTERRUPTED
    with writer_lock(run.folder, "training"):
        assert watch.look().runs[0].state == "running"


def test_a_run_that_ended_says_how(tmp_path: Path) -> None:
    make_run(tmp_path, "first", "running")
    watch = RunsWatch(tmp_path)
    watch.look()
    make_run(tmp_path, "first", "failed")
    assert watch.look().runs[0].state == "failed"


def test_a_damaged_run_costs_only_itself(tmp_path: Path) -> None:
    make_run(tmp_path, "sound")
    (make_run(tmp_path, "torn").folder / RUN_FILE).write_text("{", "utf-8")
    (make_run(tmp_path, "binary").folder / "curves.jsonl").write_bytes(b"\xff\xfe\n")
    seen = RunsWatch(tmp_path).look()
    assert [run.run.name for run in seen.runs] == ["sound"]
    assert len(seen.problems) == 2
    assert "torn" in " ".join(seen.problems) and "binary" in " ".join(seen.problems)


def test_a_removed_run_is_gone(tmp_path: Path) -> None:
    run = make_run(tmp_path, "first")
    watch = RunsWatch(tmp_path)
    watch.look()
    (run.folder / RUN_FILE).unlink()
    assert watch.look().runs == ()
