"""Which collection the app opens with where none is named and none has the default name."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.storage.collections import drop_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.memory import Keeper, last_opened
from revsearch_tui.tui.screens.pick import CollectionsDialog
from tests.tui.conftest import write_pictures
from tests.tui.pausing import PausingWorkspace


def remember_opened(folders: Folders, name: str) -> None:
    keeper = Keeper(folders)
    keeper.change(lambda memory: setattr(memory, "collection", name))
    keeper.write()


@pytest.fixture
def several(new_home: Path) -> Path:
    """A home folder with the collections `cats`, `dogs` and `fish`."""
    for name in ("cats", "dogs", "fish"):
        write_pictures(new_home / name, 3)
        index_collection(Workspace(), name, [new_home / name], ["phash"], control=NullControl())
    return new_home


async def test_where_nothing_says_which_the_user_chooses(several: Path, opened) -> None:
    async with opened() as driver:
        assert isinstance(driver.app.screen, CollectionsDialog)
        assert driver.notes == []
        await driver.press("j", "enter")
        assert driver.search.session.facts.name == "dogs"
        await driver.ask(several / "dogs" / "shapes-01.png")
        assert driver.names[0] == "shapes-01.png"


async def test_the_collection_used_last_is_opened(several: Path, opened) -> None:
    async with opened(collection="fish"):
        pass
    async with opened() as driver:
        assert driver.search.session.facts.name == "fish"
        driver.search.open_collection("cats")
        await driver.press()
    async with opened() as driver:
        assert driver.search.session.facts.name == "cats"
        assert driver.notes == []


async def test_one_used_last_that_is_gone_is_no_trouble(several: Path, opened) -> None:
    remember_opened(Workspace().folders, "fish")
    drop_collection(Workspace().collection("fish"))
    async with opened() as driver:
        assert isinstance(driver.app.screen, CollectionsDialog)
        assert driver.notes == []


@pytest.mark.parametrize("text", ["", "[]", '{"collection": 3}', '{"collection": "../fish"}', "\udcff"])
async def test_a_note_of_it_that_is_damaged_is_no_trouble(several: Path, opened, text: str) -> None:
    folder = Workspace().folders.state
    folder.mkdir()
    (folder / "app.json").write_text(text, "utf-8", "surrogateescape")
    async with opened() as driver:
        assert isinstance(driver.app.screen, CollectionsDialog)


async def test_where_it_cannot_be_kept_the_app_works(several: Path, opened) -> None:
    Workspace().folders.state.write_text("a file where the folder should be")
    async with opened(collection="cats") as driver:
        assert driver.search.session.facts.name == "cats"
    assert last_opened(Workspace().folders) is None


async def test_a_user_who_does_not_choose_is_told_how_to(several: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("escape")
        assert "No collection is open" in driver.screen_text
        await driver.ask(several / "cats" / "shapes-02.png")
        assert isinstance(driver.app.screen, CollectionsDialog), "the question cannot be asked otherwise"
        await driver.press("enter")
        assert driver.search.session.facts.name == "cats"
        assert driver.names[0] == "shapes-02.png"


async def test_the_choice_does_not_come_over_what_is_typed(several: Path, opened) -> None:
    workspace = PausingWorkspace()
    remember_opened(workspace.folders, "gone")
    async with opened(workspace=workspace) as driver:
        await driver.press("escape", "slash", "j")
        driver.search.open_collection(None)
        await driver.press("q")
        assert driver.search.query_line.input.value == "jq"
        assert driver.app.screen is driver.search


async def test_the_default_goes_before_the_one_used_last(several: Path, opened) -> None:
    write_pictures(several / "Pictures", 2)
    index_collection(Workspace(), "pictures", [several / "Pictures"], ["phash"], control=NullControl())
    remember_opened(Workspace().folders, "fish")
    async with opened() as driver:
        assert driver.search.session.facts.name == "pictures"


async def test_a_configured_collection_that_is_gone_is_told_and_another_opened(
    several: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVSEARCH_GENERAL_COLLECTION", "birds")
    async with opened() as driver:
        assert isinstance(driver.app.screen, CollectionsDialog)
        assert any("'birds'" in note for note in driver.notes)
        await driver.press("enter")
        assert driver.search.session.facts.name == "cats"
    async with opened() as driver:
        assert driver.search.session.facts.name == "cats"
        assert any("'birds'" in note and "'cats' is open instead" in note for note in driver.notes)
