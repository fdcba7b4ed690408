"""Indexing from within the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Button, Input

from revsearch_tui.api import Cancelled, NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.jobs import JobControl
from revsearch_tui.tui.messages import JobProgress
from revsearch_tui.tui.orders import IndexOrder
from revsearch_tui.tui.screens.form import IndexForm
from revsearch_tui.tui.widgets.query import PathLine
from revsearch_tui.tui.widgets.welcome import Welcome
from tests.tui.conftest import draw_picture, write_pictures
from tests.tui.pausing import paused_at


@pytest.fixture
def only_phash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVSEARCH_GENERAL_METHODS", "phash")


async def test_a_new_user_is_welcomed_and_indexes_a_folder(new_home: Path, opened, only_phash: None) -> None:
    write_pictures(new_home / "Pictures", 5)
    async with opened(size=(80, 24)) as driver:
        assert driver.app.query(Welcome)
        assert "stays on this computer" in driver.screen_text
        for key in ("tilde", "slash", "P", "tab"):
            await driver.press(key)
        await driver.press("enter")
        assert not driver.app.query(Welcome)
        assert driver.search.session.facts.pictures == 5
        assert driver.search.session.methods == ("phash",)
        await driver.ask(new_home / "Pictures" / "shapes-02.png")
        assert driver.names[0] == "shapes-02.png"


async def test_a_folder_that_is_not_there_is_told(new_home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("x", "y", "enter")
        assert any("is not a folder" in note for note in driver.notes)
        assert driver.app.query(Welcome)


async def test_the_welcome_offers_the_sample_pictures(new_home: Path, opened) -> None:
    async with opened() as driver:
        labels = [str(button.label) for button in driver.app.query(Button)]
        assert "Try the sample pictures" in labels


async def test_indexing_shows_progress_and_can_be_stopped(new_home: Path, opened) -> None:
    write_pictures(new_home / "Pictures", 12)
    workspace = paused_at()
    async with opened(workspace=workspace) as driver:
        driver.search.start_indexing(IndexOrder("pictures", (new_home / "Pictures",), ("phash",)))
        await driver.until(workspace.jobs.reached.is_set)
        await driver.until(lambda: "Indexing ~/Pictures" in driver.screen_text)
        await driver.until(lambda: "/12" in driver.screen_text)
        driver.search.action_stop_indexing()
        workspace.jobs.off()
        await driver.press()
        assert not driver.search.jobs.is_running
        assert any(notification.title.startswith("Stopped") for notification in driver.app._notifications)
        assert not driver.search.query_one("#job-bar").display


@pytest.mark.drill
async def test_search_goes_on_while_indexing_runs(new_home: Path, opened) -> None:
    paths = write_pictures(new_home / "Pictures", 6)
    index_collection(Workspace(), "pictures", [new_home / "Pictures"], ["phash"], control=NullControl())
    draw_picture(77).save(new_home / "Pictures" / "new.png")
    workspace = paused_at()
    async with opened(workspace=workspace) as driver:
        await driver.pilot.press("r")
        await driver.until(workspace.jobs.reached.is_set)
        await driver.pilot.press("slash")
        driver.search.query_line.input.value = str(paths[4])
        await driver.pilot.press("enter")
        await driver.until(lambda: driver.names)
        assert driver.names[0] == paths[4].name
        assert driver.search.jobs.is_running
        await driver.pilot.press("r")
        await driver.until(lambda: any("under way already" in note for note in driver.notes))
        workspace.jobs.off()
        await driver.press()
        assert driver.search.session.facts.pictures == 7


@pytest.mark.drill
async def test_refresh_finds_a_new_file(new_home: Path, opened, only_phash: None) -> None:
    paths = write_pictures(new_home / "Pictures", 4)
    paths[3].rename(new_home / "later.png")
    async with opened() as driver:
        driver.search.start_indexing(IndexOrder(None, (new_home / "Pictures",)))
        await driver.press()
        assert driver.search.session.facts.pictures == 3
        (new_home / "later.png").rename(paths[3])
        await driver.press("r")
        assert driver.search.session.facts.pictures == 4
        await driver.ask(paths[3])
        assert driver.names[0] == paths[3].name


@pytest.mark.drill
async def test_the_form_asks_for_a_folder_that_exists(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("a")
        assert isinstance(driver.app.screen, IndexForm)
        await driver.press("z", "enter")
        assert "is not a folder" in driver.screen_text
        await driver.press("escape")
        assert driver.app.screen is driver.search


@pytest.mark.drill
async def test_usual_methods_that_the_form_proposes_may_be_left_out_and_others_may_not(new_home: Path, opened) -> None:
    write_pictures(new_home / "Pictures", 2)
    async with opened() as driver:
        await driver.press("escape")
        await driver.press("a")
        form = driver.app.screen
        assert isinstance(form, IndexForm)
        form.query_one("#form-folder", PathLine).show(str(new_home / "Pictures"))
        methods = form.query_one("#form-methods", Input)
        assert methods.value == "phash, sift, efficientnet"
        assert form.answer().methods == ()
        methods.value = "phash, efficientnet"
        assert form.answer().methods == ("phash", "efficientnet")
        methods.value = "quick"
        await driver.press("enter")
        assert driver.search.session.methods == ("phash",)


def test_what_a_long_run_takes_is_in_the_job_line_for_a_while() -> None:
    posted: list[JobProgress] = []
    now = iter([0.0, 1.0, 2.0, 40.0])
    control = JobControl("title", posted.append, lambda: next(now))
    control.progress(0, 30_000, "indexing")
    control.remark("30,000 pictures take about 45 minutes")
    control.progress(50, 30_000, "indexing")
    control.progress(2_000, 30_000, "indexing")
    assert [bool(message.remark) for message in posted] == [False, True, False]


def test_progress_tells_rate_and_time_left() -> None:
    posted: list[JobProgress] = []
    now = iter([0.0, 1.0, 2.0])
    control = JobControl("title", posted.append, lambda: next(now))
    for done in (0, 50, 100):
        control.progress(done, 200, "indexing")
    assert [message.rate for message in posted] == [0.0, 50.0, 50.0]
    assert posted[-1].eta_s == 2.0


def test_a_stopped_job_raises_at_its_next_check() -> None:
    control = JobControl("title", lambda _: None, lambda: 0.0)
    control.check()
    control.stop()
    with pytest.raises(Cancelled):
        control.check()
