"""What servers are made of: engines that wait their turn, jobs, tokens, and the sentence for a missing package."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from revsearch_tui.api import Cancelled, RevsearchError, UsageError
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.storage.collections import drop_collection, ensure_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.serve import extras
from revsearch_tui.serve.background import Job, Jobs
from revsearch_tui.serve.engines import Desk, Engines, Wanted
from revsearch_tui.serve.tokens import is_token, new_token
from tests.support.drawn import draw_folder
from tests.support.program import revsearch


@pytest.fixture
def workspace(home: Path) -> Workspace:
    return Workspace(Folders(home / "data", home / "cache", home / "config", home / "state"))


def test_work_of_a_collection_is_done_one_after_the_other_by_one_thread(workspace: Workspace) -> None:
    engines, busy, seen = Engines(workspace), threading.Lock(), set[str]()

    def work(desk: Desk) -> int:
        assert busy.acquire(blocking=False), "two at once"
        try:
            seen.add(threading.current_thread().name)
            return desk.engine().catalog.counts()[1]
        finally:
            busy.release()

    futures = [engines.run("pictures", work, Wanted()) for _ in range(8)]
    assert [future.result(60) for future in futures] == [30] * 8
    assert len(seen) == 1
    engines.close()


def test_who_went_away_is_passed_over_and_others_are_not_kept_waiting(workspace: Workspace, home: Path) -> None:
    engines, began = Engines(workspace), threading.Event()

    def endless(desk: Desk) -> None:
        began.set()
        while True:
            desk.control.check()

    leaving, waiting = Wanted(), Wanted()
    first = engines.run("pictures", endless, leaving)
    second = engines.run("pictures", endless, waiting)
    third = engines.run("pictures", lambda desk: desk.collection.name, Wanted())
    other = ensure_collection(workspace.folders.collections, "other", (home,)).name
    elsewhere = engines.run(other, lambda desk: desk.collection.name, Wanted())
    assert began.wait(60) and elsewhere.result(60) == "other", "another collection has a thread of its own"
    waiting.give_up()
    leaving.give_up()
    assert third.result(60) == "pictures"
    for future in (first, second):
        with pytest.raises(Cancelled, match="nobody waits"):
            future.result(60)
    engines.close()
    drop_collection(workspace.collection("other"))


def test_engines_that_end_have_all_work_end(workspace: Workspace) -> None:
    engines, began = Engines(workspace), threading.Event()

    def endless(desk: Desk) -> None:
        began.set()
        while True:
            desk.control.check()

    running = engines.run("pictures", endless, Wanted())
    assert began.wait(60)
    engines.close()
    with pytest.raises(Cancelled, match="the server is ending"):
        running.result(0)
    with pytest.raises(Cancelled, match="the server is ending"):
        engines.run("pictures", endless, Wanted())


def test_a_collection_that_has_other_folders_by_now_is_opened_anew(tmp_path: Path) -> None:
    engines = Engines(Workspace(Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "config")))
    found = []
    for name in ("a", "b"):
        done = revsearch(tmp_path, "index", draw_folder(tmp_path / name, range(3)), "-m", "phash")
        assert done.returncode == 0, done.stderr.decode()
        found.append(engines.run("pictures", lambda desk: (desk, desk.engine().collection.roots), Wanted()).result(60))
    assert [[root.name for root in roots] for _, roots in found] == [["a"], ["a", "b"]]
    with pytest.raises(RuntimeError, match="shutdown"):
        found[0][0].run(lambda desk: desk, Wanted())
    engines.close()


def test_jobs_tell_how_far_they_are_and_how_they_ended() -> None:
    jobs, go_on = Jobs(), threading.Event()

    def counting(job: Job) -> dict[str, int]:
        job.progress(1, 2, "counting")
        job.note("one so far")
        assert go_on.wait(60)
        return {"counted": 2}

    def failing(job: Job) -> dict[str, int]:
        raise RevsearchError("there is nothing to count")

    def endless(job: Job) -> dict[str, int]:
        while True:
            job.check()

    first, second, third, fourth = (
        *(jobs.start("dupes", work) for work in (counting, failing)),
        *(jobs.start("eval", endless) for _ in range(2)),
    )
    while first.values()["done"] == 0:
        pass
    assert (first.values()["state"], first.values()["total"], first.values()["what"]) == ("running", 2, "counting")
    assert [job.state for job in jobs.all()[1:]] == ["waiting"] * 3
    fourth.stop()
    go_on.set()
    second.future.result(60)
    third.stop()
    fourth.future.result(60)
    assert first.values()["result"] == {"counted": 2} and first.values()["notes"] == ["one so far"]
    assert (second.state, second.values()["error"]) == ("failed", "there is nothing to count")
    assert [job.state for job in jobs.all()] == ["done", "failed", "stopped", "stopped"]
    jobs.close()


def test_old_jobs_are_forgotten() -> None:
    jobs = Jobs()
    for _ in range(130):
        jobs.start("dupes", lambda job: {}).future.result(60)
    assert [job.id for job in jobs.all()] == [str(number) for number in range(31, 131)]
    jobs.close()


def test_a_token_is_long_new_each_time_and_known_exactly() -> None:
    token = new_token()
    assert len(token) >= 43 and token != new_token()
    assert is_token(token, token) and is_token(token.encode(), token)
    for wrong in ("", token[:-1], token + "x", "\udcff", "é"):
        assert not is_token(wrong, token)


def test_what_is_not_installed_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    extras.check_extra("serve", "serve")
    monkeypatch.setitem(extras.EXTRAS, "serve", ("starlette", "no_such_package"))
    with pytest.raises(UsageError, match=r"needs no_such_package, .*pip install 'revsearch-tui\[serve\]'"):
        extras.check_extra("serve", "serve")
