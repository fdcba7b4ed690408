"""The page of models: what it tells, and how models are added, downloaded, fitted and removed."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.models.model_store import list_models
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.commands import RevsearchCommands
from revsearch_tui.tui.model_orders import _InKilobytes
from revsearch_tui.tui.screens.models.models_page import ModelsScreen
from revsearch_tui.tui.screens.options_form import OptionsForm
from revsearch_tui.tui.screens.training import TrainingScreen
from revsearch_tui.tui.widgets.models.model_card import ModelCard
from tests.cli.test_cli_models_pull import PLUGIN, WEIGHTS
from tests.support.labelled import draw_classes
from tests.support.served import served
from tests.support.site import install, made
from tests.support.tiny_network import store_network
from tests.support.tiny_onnx import write_tiny_onnx
from tests.tui.conftest import Driver, write_pictures
from tests.tui.option_lines import fill, problem


@pytest.fixture
def models(new_home: Path) -> Path:
    """The folder of stored models, with one of the user's own."""
    folder = Workspace().folders.models
    store_network(folder, "colours", "efficientnet")
    return folder


async def enter(driver: Driver, *keys: str) -> ModelsScreen:
    """Open the page, and press keys on it."""
    await driver.press("f12")
    await driver.press(*keys)
    page = driver.app.screen_stack[1]
    assert isinstance(page, ModelsScreen)
    return page


def card(driver: Driver) -> str:
    return " ".join(str(driver.app.screen_stack[1].query_one(ModelCard).content).split())


async def test_models_of_the_user_and_of_plugins_are_listed(models: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        page = await enter(driver)
        rows = [[cell.text for cell in row.cells] for row in page.table.rows_shown]
        assert [(row[0], row[1], row[-1]) for row in rows] == [
            ("efficientnet", "colours", "yours"),
            ("cnn", "cifar10", "shipped"),
            ("efficientnet", "imagenet", "shipped"),
        ]
        assert rows[1][2:4] == ["10", "42,750 pictures"]


async def test_the_card_tells_what_the_record_says_and_that_the_files_are_sound(models: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await enter(driver, "j")
        for told in (
            "cnn:cifar10",
            "✓ its files are as they were stored",
            "test, 5,000 pictures softmax 0.9310 0.9236–0.9377",
            "10: airplane, automobile",
            "train 42,750 pictures",
            "teacher cifar10-teacher",
        ):
            assert told in card(driver), told


async def test_a_changed_file_is_told_of(models: Path, opened) -> None:
    (models / "colours" / "network.onnx").write_bytes(b"other")
    async with opened() as driver:
        await enter(driver)
        assert "✗ the file" in card(driver) and "was changed or is damaged" in card(driver)


async def test_a_model_whose_manifest_is_damaged_is_listed_with_why(models: Path, opened) -> None:
    (models / "colours" / "manifest.json").write_text("[", "utf-8")
    async with opened() as driver:
        await enter(driver)
        assert "✗ unusable" in driver.screen_text
        assert "is damaged" in card(driver)


@pytest.mark.drill
async def test_a_file_is_added_after_it_was_tried(models: Path, opened, tmp_path: Path) -> None:
    file = write_tiny_onnx(tmp_path / "tiny.onnx")
    async with opened() as driver:
        page = await enter(driver, "a")
        fill(driver, file=str(file), name="mine")
        await driver.press("enter")
        assert any("12 numbers a picture. It is the method onnx:mine now" in note for note in driver.notes)
        assert page.record is not None and page.record.name == "mine", "the cursor is on it"
        assert "dim 12" in card(driver)
    assert Workspace().choose(["onnx:mine"])[0].model is not None


@pytest.mark.drill
async def test_a_file_that_is_no_model_is_told_of_where_it_stays(models: Path, opened, tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    async with opened() as driver:
        await enter(driver, "a")
        fill(driver, file=str(tmp_path / "broken.onnx"))
        await driver.press("enter")
        assert "Adding the model broken.onnx" in driver.screen_text
        assert "broken.onnx" in driver.notes[-1]
    assert [record.name for record in list_models(models)] == ["colours"]


@pytest.mark.drill
async def test_what_cannot_be_added_is_said_in_the_form(models: Path, opened, tmp_path: Path) -> None:
    file = str(write_tiny_onnx(tmp_path / "tiny.onnx"))
    wrong = (
        ({"file": "", "name": "mine"}, "Name a model file"),
        ({"file": "/no/such.onnx"}, "There is no '/no/such.onnx'"),
        ({"file": file, "name": "colours"}, "There is a model 'colours' already"),
        ({"file": file, "name": "No Name"}, "No Name"),
    )
    async with opened() as driver:
        await enter(driver, "a")
        for values, told in wrong:
            form = fill(driver, **values)
            form._submit()
            await driver.pilot.pause()
            assert driver.app.screen is form and told in problem(driver), problem(driver)


@pytest.mark.drill
async def test_a_removed_model_is_gone_and_a_shipped_one_cannot_be(models: Path, opened) -> None:
    async with opened() as driver:
        page = await enter(driver, "D", "tab")
        assert "is gone for good" in driver.screen_text
        await driver.press("escape")
        assert (models / "colours").exists()
        await driver.press("D", "shift+tab", "enter")
        assert not (models / "colours").exists()
        assert [record.name for record in page.known.records] == ["cifar10", "imagenet"]
        assert not page.check_action("remove", ())


@pytest.mark.drill
async def test_removing_what_the_collection_is_indexed_by_says_so(photos: Path, opened) -> None:
    async with opened() as driver:
        await enter(driver, "D")
        assert "is indexed by it" in " ".join(driver.screen_text.split())
        await driver.press("escape")


@pytest.mark.drill
async def test_a_method_is_fitted_to_the_collection(new_home: Path, opened) -> None:
    pictures = write_pictures(new_home / "Pictures", 60)
    index_collection(Workspace(), "pictures", [pictures[0].parent], ["phash"], control=NullControl())
    async with opened() as driver:
        await enter(driver, "f")
        fill(driver, name="mine", pictures="60")
        await driver.press("enter")
        assert any("To 60 pictures. It is the method sift:mine now" in note for note in driver.notes), driver.notes
        assert "collection pictures" in card(driver)


@pytest.mark.drill
async def test_fitting_without_pictures_says_what_to_do(models: Path, opened) -> None:
    async with opened() as driver:
        await enter(driver, "f")
        assert any("press a to index a folder" in note for note in driver.notes)


# Downloads


@pytest.fixture
def offering(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Makes a plugin, whose models lie at an address, installed."""

    def offer(url: str) -> None:
        checksum = f"sha256-prefix:{hashlib.sha256(WEIGHTS).hexdigest()[:8]}"
        install(tmp_path / "site", "shadow", PLUGIN.format(url=url, checksum=checksum))
        monkeypatch.syspath_prepend(str(tmp_path / "site"))

    yield offer
    sys.modules.pop("shadow", None)


async def pull(driver: Driver, download: str, **values: str) -> None:
    await enter(driver, "d")
    fill(driver, download=download, **values)
    await driver.press("enter")


@pytest.mark.drill
async def test_a_published_model_is_downloaded_as_a_job(new_home: Path, offering, opened, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(WEIGHTS)
    with served(tmp_path) as url:
        offering(url)
        async with opened() as driver:
            await pull(driver, "grey-shades", name="grey")
            assert any("It is the method shades-base:grey now" in note for note in driver.notes)
            assert [job.title for job in driver.search.jobs.all] == ["Getting the model grey-shades"]
            assert "grey" in driver.screen_text
    manifest = json.loads((Workspace().folders.models / "grey" / "manifest.json").read_text("utf-8"))
    assert manifest["training"] == {"from": "weights.bin"}


@pytest.mark.drill
async def test_without_a_network_the_page_says_what_to_fetch_and_takes_the_file(
    new_home: Path, offering, opened, tmp_path: Path
) -> None:
    offering("http://127.0.0.1:9")
    brought = tmp_path / "brought.bin"
    brought.write_bytes(WEIGHTS)
    async with opened(size=(120, 40)) as driver:
        await pull(driver, "grey-shades")
        told = "fetch weights.bin elsewhere and give it with 'File' of the form"
        assert told in driver.notes[-1]
        assert "cannot be fetched" in driver.screen_text, "it stays on the page"
        await driver.press("escape")
        await pull(driver, "grey-shades", file=str(brought))
        assert (Workspace().folders.models / "grey-shades").exists()


@pytest.mark.drill
async def test_what_converting_needs_is_said_before_anything_is_downloaded(new_home: Path, offering, opened) -> None:
    offering("http://127.0.0.1:9")
    async with opened() as driver:
        await pull(driver, "rich-shades")
        assert "pip install 'revsearch-tui[colours]'" in problem(driver)
        assert driver.search.jobs.all == []


@pytest.mark.drill
def test_a_download_is_told_in_kilobytes() -> None:
    told: list[tuple[int, int | None, str]] = []

    class Told(NullControl):
        def progress(self, done: int, total: int | None, what: str = "") -> None:
            told.append((done, total, what))

    control = _InKilobytes(Told())  # type: ignore[arg-type]
    control.progress(1_999, 20_001, "downloading a.bin")
    control.progress(3, 4, "converting")
    assert told == [(1, 21, "downloading a.bin, kB"), (3, 4, "converting")]


@pytest.mark.drill
async def test_a_method_of_a_third_party_learns_from_labels(
    new_home: Path, monkeypatch: pytest.MonkeyPatch, opened
) -> None:
    monkeypatch.syspath_prepend(str(made(new_home, "classifier")))
    data = draw_classes(new_home / "data", each=6)
    async with opened() as driver:
        await driver.press("f12")
        await driver.press("f")
        fill(driver, method="sift", name="mine")
        await driver.press("enter")
        assert "a on the first page indexes a folder" in problem(driver)
        fill(driver, method="my-classifier")
        await driver.press("enter")
        assert "learns from labels" in problem(driver)
        fill(driver, data=str(data))
        await driver.press("enter")
        await driver.until(lambda: any("'mine' is fitted" in note.title for note in driver.app._notifications))
    model = Workspace().choose(["my-classifier:mine"])[0].model
    assert model is not None and model.manifest["training"]["data"]["classes"] == 3


# From here to other pages


@pytest.mark.drill
async def test_training_begins_on_the_page_that_shows_it(models: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f12")
        await driver.press("n")
        assert [type(screen) for screen in driver.app.screen_stack[1:2]] == [TrainingScreen]
        assert isinstance(driver.app.screen, OptionsForm)


@pytest.mark.drill
async def test_the_palette_names_the_commands_of_the_page(models: Path, opened) -> None:
    async with opened() as driver:
        await enter(driver)
        offered: Sequence[str] = [command.name for command in RevsearchCommands(driver.app.screen).commands()]
        assert {"Train", "Add", "Download", "Fit", "Remove"} <= set(offered)
        assert "Card down" not in offered


@pytest.mark.drill
async def test_the_card_scrolls(models: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await enter(driver, "j", "J", "J", "J")
        assert "cnn:cifar10" not in driver.screen_text
        await driver.press("K", "K", "K")
        assert "cnn:cifar10" in driver.screen_text


@pytest.mark.drill
async def test_hostile_records_are_data(models: Path, opened) -> None:
    manifest = models / "colours" / "manifest.json"
    told = json.loads(manifest.read_text("utf-8"))
    told["training"] = {"data": {"name": "[red]\x1b[31m" + "x" * 500}, "seconds": "soon", "metrics": []}
    told["settings"]["classes"] = ["[bold]a", 7, None]
    manifest.write_text(json.dumps(told), "utf-8")
    async with opened(size=(160, 48)) as driver:
        await enter(driver)
        assert "[red]\\x1b[31m" in driver.screen_text and "[bold]a" in driver.screen_text
