"""Models trained from the app: the form, the job, and the page that follows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.training.runs import Run, find_run
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.screens.jobs_page import JobsScreen
from revsearch_tui.tui.screens.options_form import OptionsForm
from revsearch_tui.tui.screens.train_form import TrainForm
from revsearch_tui.tui.screens.training import TrainingScreen
from revsearch_tui.tui.widgets.choices import ChoiceLine
from revsearch_tui.tui.widgets.training.run_detail import RunDetail
from revsearch_tui.tui.widgets.training.runs_list import RunsList
from tests.support.labelled import draw_classes
from tests.support.runs import make_run
from tests.tui.conftest import Driver
from tests.tui.option_lines import fill, problem
from tests.tui.pausing import PausingWorkspace, paused_at

SMALL_SVM = {"-features": "hog", "-components": "40", "-side": "32", "-mirror": "no"}
SMALL_CNN = {"-epochs": "2", "-batch": "16", "-width": "0.1", "-side": "16", "-threads": "1", "-dropout": "0.2"}


@pytest.fixture
def data(new_home: Path) -> Path:
    return draw_classes(new_home / "patterns")


@pytest.fixture(autouse=True)
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrainingScreen, "LOOK_EVERY_S", 0.2)


async def ask(driver: Driver, method: str, values: dict[str, str]) -> TrainForm:
    """Open the form and fill it in."""
    await driver.press("f4", "n")
    form = driver.app.screen
    assert isinstance(form, TrainForm)
    line = form.entry("method")
    assert isinstance(line, ChoiceLine)
    line._choose(method)
    await driver.press()
    fill(driver, **values)
    return form


def detail(driver: Driver) -> str:
    return " ".join(str(driver.app.screen.query_one(RunDetail).content).split())


async def test_without_runs_the_page_says_what_to_do_and_offers_the_key(data: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("f4")
        assert "n trains a model on your own pictures" in driver.screen_text
        assert "n Train" in driver.screen_text.splitlines()[-1]
        await driver.press("n")
        assert isinstance(driver.app.screen, TrainForm)


async def test_a_model_is_trained_followed_and_ready_to_use(data: Path, opened) -> None:
    pytest.importorskip("sklearn")
    async with opened(size=(160, 48)) as driver:
        await ask(driver, "svm", {"data": str(data), "name": "patterns", "test": "0.2", **SMALL_SVM})
        await driver.press("enter")
        await driver.until(lambda: "✓ done" in driver.screen_text)
        assert any("'patterns' is trained" in note.title for note in driver.app._notifications)
        assert any("It is the method svm:patterns now" in note for note in driver.notes)
        assert driver.app.screen.query_one(RunsList).highlighted.run.name == "patterns"
        assert "test 20 %" in detail(driver)
        assert "components 40" in detail(driver), "what differs from the defaults is told"
        await driver.until(lambda: "svm:patterns" in detail(driver))
    assert Workspace().choose(["svm:patterns"])[0].model is not None
    assert find_run(Workspace().folders.runs, "patterns").request.options["features"] == "hog"


@pytest.mark.drill
async def test_a_training_is_a_job_that_can_be_stopped(data: Path, opened) -> None:
    pytest.importorskip("sklearn")
    workspace: PausingWorkspace = paused_at("measuring")
    async with opened(workspace=workspace, size=(160, 48)) as driver:
        await ask(driver, "svm", {"data": str(data), "name": "patterns", **SMALL_SVM})
        await driver.pilot.press("enter")
        await driver.until(workspace.jobs.reached.is_set)
        await driver.until(lambda: "▶ running" in driver.screen_text)
        assert "Training patterns" in driver.screen_text
        await driver.pilot.press("x")
        workspace.jobs.off()
        await driver.press()
        await driver.until(lambda: "■ stopped" in driver.screen_text)
        assert any("where r goes on" in note for note in driver.notes)
        await driver.press("f8")
        assert isinstance(driver.app.screen, JobsScreen)
        assert "◼ stopped" in driver.screen_text and "Training patterns" in driver.screen_text
        await driver.press("f4", "r")
        await driver.until(lambda: "✓ done" in driver.screen_text)
    assert Workspace().choose(["svm:patterns"])[0].model is not None


@pytest.mark.drill
async def test_what_is_done_cannot_go_on_and_what_runs_is_not_begun_twice(data: Path, opened) -> None:
    runs = Workspace().folders.runs
    make_run(runs, "over", "done", started="2026-03-02T12:00:00+00:00")
    make_run(runs, "cut", "stopped")
    async with opened() as driver:
        await driver.press("f4")
        page = driver.app.screen
        assert isinstance(page, TrainingScreen)
        assert not page.check_action("go_on", ())
        await driver.press("j")
        assert page.check_action("go_on", ())


WRONG = (
    ({"data": ""}, "Name the labelled pictures"),
    ({"data": "/no/such"}, "There is no '/no/such'"),
    ({"name": ""}, "Give the model a name"),
    ({"name": "Not A Name"}, "Not A Name"),
    ({"name": "there"}, "There is a training run 'there' already"),
    ({"test": "2"}, "The share of the test part is 0 to 0.9, not 2"),
    ({"test": "half"}, "'half' is no share of the test part"),
    ({"-centroids": "1"}, "Option 'centroids' is at least 4, not 1"),
    ({"data-options": "people"}, "'people' is not of the form NAME=VALUE"),
)
"""What is filled in wrongly, and what the form says of it."""


@pytest.mark.drill
async def test_what_cannot_be_trained_is_said_in_the_form(data: Path, opened) -> None:
    pytest.importorskip("sklearn")
    make_run(Workspace().folders.runs, "there", "stopped")
    right = {"data": str(data), "name": "patterns", "test": "", "-centroids": "", "data-options": ""}
    async with opened() as driver:
        form = await ask(driver, "svm", right)
        for values, told in WRONG:
            fill(driver, **{**right, **values})
            form._submit()
            await driver.pilot.pause()
            assert driver.app.screen is form and told in problem(driver), problem(driver)
        assert driver.search.jobs.all == []


@pytest.mark.drill
async def test_why_a_training_failed_stands_beside_its_run(data: Path, opened) -> None:
    pytest.importorskip("sklearn")
    (data / "checks").rename(data.parent / "checks")
    (data / "rows").rename(data.parent / "rows")
    async with opened(size=(160, 48)) as driver:
        await ask(driver, "svm", {"data": str(data), "name": "patterns", **SMALL_SVM})
        await driver.press("enter")
        await driver.until(lambda: "✗ failed" in driver.screen_text)
        await driver.press()
        assert "it takes at least two classes" in detail(driver)


@pytest.mark.drill
async def test_a_run_is_deleted_after_a_question_and_one_under_way_is_not(data: Path, opened) -> None:
    runs = Workspace().folders.runs
    make_run(runs, "over", "done", started="2026-03-02T12:00:00+00:00")
    make_run(runs, "kept", "stopped")
    async with opened() as driver:
        await driver.press("f4", "D", "enter")
        assert (runs / "over").exists(), "Back is chosen at first"
        await driver.press("D", "shift+tab", "enter")
        await driver.until(lambda: "over" not in driver.app.screen.query_one(RunsList).runs)
        assert not (runs / "over").exists() and (runs / "kept").exists()
        with writer_lock(runs / "kept", "training"):
            make_run(runs, "kept", "running")
            await driver.until(lambda: "▶ running" in driver.screen_text)
            assert not driver.app.screen.check_action("delete", ())


@pytest.mark.drill
async def test_the_lines_are_those_of_the_method(data: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("f4", "n")
        form = driver.app.screen
        assert isinstance(form, OptionsForm)
        assert "epochs" in driver.screen_text and "features" not in form._entries
        await driver.press("right", "right")
        assert "-features" in form._entries and "-epochs" not in form._entries
        await driver.pilot.press(*["down"] * 14)
        await driver.press()
        assert "Method" not in driver.screen_text, "the lines follow the cursor"
        assert "Pixels a side that pictures are brought to" in driver.screen_text


@pytest.mark.drill
async def test_without_what_training_needs_one_sentence_says_how_to_install_it(
    data: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revsearch_tui.core.training.train.is_importable", lambda _module: False)
    async with opened() as driver:
        await driver.press("f4", "n")
        assert isinstance(driver.app.screen, TrainingScreen)
        assert driver.notes == ["Training 'cnn' needs torch, onnx: pip install 'revsearch-tui[train]'"]


@pytest.mark.drill
async def test_a_method_that_lacks_something_says_so_in_the_form(
    data: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revsearch_tui.core.training.train.is_importable", lambda module: module == "sklearn")
    async with opened() as driver:
        form = await ask(driver, "cnn", {"data": str(data), "name": "patterns"})
        assert "pip install 'revsearch-tui[train]'" in str(form.query_one("#options-help", Static).content)
        form._submit()
        await driver.press()
        assert "needs torch, onnx: pip install 'revsearch-tui[train]'" in problem(driver)


@pytest.mark.drill
async def test_a_network_is_trained_in_a_process_and_its_curves_grow(
    data: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr("revsearch_tui.tui.jobs.Jobs.is_apart", True)
    async with opened(size=(160, 48)) as driver:
        await ask(driver, "cnn", {"data": str(data), "name": "patterns", **SMALL_CNN})
        await driver.pilot.press("enter")
        await driver.until(lambda: "epoch" in detail(driver))
        await driver.press()
        await driver.until(lambda: "✓ done" in driver.screen_text)
        await driver.until(lambda: "cnn:patterns" in detail(driver))
    run: Run = find_run(Workspace().folders.runs, "patterns")
    assert [line["epoch"] for line in run.curves()] == [1, 2]
