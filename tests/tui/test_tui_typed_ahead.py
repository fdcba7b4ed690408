"""Keys that come faster than the app follows have the effect they would have had, had one waited."""

from __future__ import annotations

import random
import shutil
import string
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual import events
from textual.command import CommandList
from textual.keys import _character_to_key
from textual.widgets import Input

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.training import train
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.commands import Palette
from revsearch_tui.tui.pictures.loader import THREADS
from revsearch_tui.tui.screens.collections.collections_page import CollectionsScreen
from revsearch_tui.tui.screens.form import IndexForm
from revsearch_tui.tui.screens.help import HelpDialog
from revsearch_tui.tui.screens.jobs_page import JobsScreen
from revsearch_tui.tui.screens.plugins import PluginsScreen
from revsearch_tui.tui.screens.settings import SettingsScreen
from revsearch_tui.tui.screens.train_form import TrainForm
from revsearch_tui.tui.screens.training import TrainingScreen
from tests.tui.conftest import Driver, settle, write_pictures

PAGES = ("f1", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12")
DIALOGS = ("ctrl+p", "a", "b", "c", "m", "f", "R", "C", "ctrl+r", "ctrl+s", "e", "W", "w", "s")
LEAVING = ("app.quit", "search.quit")
ANY_KEYS = [
    *(set(string.ascii_letters + string.digits + "/?.,+-*=<>;'\"[]()#@!%&") - set("qQ")),
    *(f"f{number}" for number in range(1, 13)),
    *4 * ("up", "down", "left", "right", "enter", "escape"),
    *("tab", "shift+tab", "space", "backspace", "delete", "home", "end", "pageup", "pagedown"),
    *(f"ctrl+{letter}" for letter in "aekloruvwx"),
]
"""All but those that leave the app, or look for a command that does."""


def type_at_once(driver: Driver, *keys: str) -> None:
    """As a terminal does that has more than one key to give."""
    for key in keys:
        is_text = len(key) == 1
        driver.app.post_message(events.Key(_character_to_key(key) if is_text else key, key if is_text else None))


@contextmanager
def nothing_is_read(driver: Driver) -> Iterator[None]:
    """Hold up whatever pages read in the background."""
    go_on = threading.Event()
    try:
        for _ in range(THREADS):
            driver.search.loader.submit(lambda: go_on.wait(60) and None)
        yield
    finally:
        go_on.set()


@pytest.fixture
def two_collections(new_home: Path) -> Path:
    for name in ("one", "two"):
        write_pictures(new_home / name, 3)
        index_collection(Workspace(), name, [new_home / name], ["phash"], control=NullControl())
    return new_home


async def test_keys_wait_for_the_rows_of_a_page(two_collections: Path, opened) -> None:
    async with opened(collection="one") as driver:
        with nothing_is_read(driver):
            type_at_once(driver, "f9", "down", "enter")
            await driver.until(lambda: isinstance(driver.app.screen, CollectionsScreen))
            await driver.pilot.pause(0.1)
            assert not driver.app.typed.is_idle
        await settle(driver.pilot)
        assert driver.search.session.facts.name == "two"


async def test_a_key_that_leaves_the_page_waits_for_nothing_and_drops_what_waits(two_collections: Path, opened) -> None:
    async with opened(collection="one") as driver:
        with nothing_is_read(driver):
            type_at_once(driver, "f9", "down", "enter", "f8")
            await driver.until(lambda: isinstance(driver.app.screen, JobsScreen))
            type_at_once(driver, "f9", "down", "escape")
            await driver.until(lambda: driver.app.screen is driver.search and driver.app.typed.is_idle)
        await settle(driver.pilot)
        assert driver.search.session.facts.name == "one"


async def test_the_page_that_is_told_of_plugins_takes_keys_once_its_table_is_filled(home: Path, opened) -> None:
    async with opened() as driver:
        type_at_once(driver, "f11", "end")
        await driver.until(lambda: isinstance(driver.app.screen, PluginsScreen) and driver.app.typed.is_idle)
        page = driver.app.screen
        assert page.table.cursor_row == len(page.rows) - 1 > 0


async def test_what_is_typed_behind_the_key_of_a_form_stands_in_it(home: Path, opened) -> None:
    async with opened() as driver:
        type_at_once(driver, "a", *"/some")
        await settle(driver.pilot)
        assert isinstance(driver.app.screen, IndexForm)
        assert driver.app.screen.query(Input).first().value == "/some"
        type_at_once(driver, "escape", "slash", *"abc", "escape", "f1", "escape", "f10", "escape", "f10")
        await settle(driver.pilot)
        assert isinstance(driver.app.screen, SettingsScreen)


@pytest.mark.parametrize("page", ["f4", "f12"])
async def test_what_is_typed_behind_the_key_of_a_training_waits_until_it_is_known_what_can_be_trained(
    new_home: Path, opened, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    go_on, known = threading.Event(), train.trainable_methods
    monkeypatch.setattr(train, "trainable_methods", lambda workspace: go_on.wait(60) and known(workspace))
    async with opened() as driver:
        type_at_once(driver, page, "n", "down", "down", *"beetles")
        await driver.until(lambda: isinstance(driver.app.screen, TrainingScreen))
        await driver.pilot.pause(0.3)
        go_on.set()
        await settle(driver.pilot)
        assert isinstance(driver.app.screen, TrainForm)
        assert driver.app.screen.text("name") == "beetles"


async def test_a_training_page_that_cannot_tell_what_can_be_trained_says_so_and_asks_again(
    new_home: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as driver:
        with monkeypatch.context() as broken:
            broken.setattr(train, "trainable_methods", lambda workspace: 1 / 0)
            await driver.press("f4", "n")
            assert isinstance(driver.app.screen, TrainingScreen)
            assert any("ZeroDivisionError" in note for note in driver.notes)
        await driver.press("n")
        assert isinstance(driver.app.screen, TrainForm)


async def test_what_is_pasted_waits_as_keys_do(home: Path, opened) -> None:
    async with opened() as driver:
        type_at_once(driver, "a")
        driver.app.post_message(events.Paste("/some/folder"))
        await settle(driver.pilot)
        assert driver.app.screen.query(Input).first().value == "/some/folder"


async def test_keys_behind_that_of_the_folders_wait_until_each_is_read(two_collections: Path, opened) -> None:
    write_pictures(two_collections / "one" / "deep", 2)
    write_pictures(two_collections / "one" / ".hidden", 1)
    async with opened(collection="one") as driver:
        type_at_once(driver, "b", "left", "down", "up", "right", "full_stop", "down", "down", "right", "down", "down")
        type_at_once(driver, "enter", "f8")
        await settle(driver.pilot)
        assert isinstance(driver.app.screen, JobsScreen)
        assert driver.search.query_line.input.value == "~/one/deep/shapes-01.png"


@pytest.mark.parametrize(
    "typed",
    [
        (*"plugins", "enter", "down"),
        (*"xyzzy", "enter", *["backspace"] * 5, *"plugins", "enter", "j"),
        (*"help", "enter", "escape", "f11", "down"),
    ],
)
async def test_a_command_that_is_typed_at_once_is_the_one_that_is_run(
    home: Path, opened, typed: tuple[str, ...]
) -> None:
    async with opened() as driver:
        type_at_once(driver, "ctrl+p", *typed)
        await settle(driver.pilot)
        page = driver.app.screen
        assert isinstance(page, PluginsScreen) and page.table.cursor_row == 1


async def test_a_command_that_there_is_not_holds_nothing_up(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("ctrl+p")
        for value in ("x", "xy", "xyz", "xyzz", "xyzzy"):
            driver.app.screen.query_one(Input).value = value
        await driver.until(lambda: driver.app.screen.query_one(CommandList).option_count)
        await driver.press("up", "pagedown", "enter")
        palette = driver.app.screen
        assert isinstance(palette, Palette) and not palette.awaits_rows
        await driver.press("escape")
        assert driver.app.screen is driver.search


async def test_a_screen_is_left_once(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f8", "f1")
        dialog = driver.app.screen
        assert isinstance(dialog, HelpDialog)
        dialog.dismiss(None)
        dialog.dismiss(None)
        await driver.press()
        assert isinstance(driver.app.screen, JobsScreen)


async def lives(driver: Driver, opener: str, query: Path, skipped: tuple[str, ...] = LEAVING, every: int = 1) -> None:
    """Open a page or a dialog, and at once press a key of it, for each of its keys (or every so many)."""
    search = driver.search
    await driver.ask(query)
    await driver.press(opener)
    assert driver.app.screen is not search, opener
    keys = {key: active.binding.id or "" for key, active in driver.app.screen.active_bindings.items()}
    for key in [key for key, name in keys.items() if name not in skipped][::every]:
        while len(driver.app.screen_stack) > 1:
            driver.app.pop_screen()
        search.jobs.stop()
        search.results.focus()
        await settle(driver.pilot)
        again = () if key in ("q", "ctrl+c") else (key,)  # the second one leaves the app, as it should
        type_at_once(driver, opener, key, *again, "down", "enter")
        await settle(driver.pilot)
        assert driver.app.is_running, f"{opener} {key}"


async def test_a_page_and_some_of_its_keys_at_once(home: Path, opened) -> None:
    async with opened() as driver:
        await lives(driver, "f10", home / "Pictures" / "shapes-04.png", every=12)


@pytest.fixture
def own_home(indexed_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the indexed collection, to do anything with, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("home", "revsearch"):
        shutil.copytree(indexed_base / name, tmp_path / name)
        monkeypatch.setenv("HOME" if name == "home" else "REVSEARCH_HOME", str(tmp_path / name))
    return tmp_path / "home"


@pytest.mark.drill
@pytest.mark.parametrize("opener", [*PAGES, *DIALOGS])
async def test_every_page_and_each_of_its_keys_at_once(home: Path, own_home: Path, opened, opener: str) -> None:
    async with opened() as driver:
        await lives(driver, opener, own_home / "Pictures" / "shapes-04.png")


@pytest.mark.drill
@pytest.mark.parametrize("seed", range(5))
async def test_the_app_answers_after_any_keys(home: Path, own_home: Path, opened, seed: int) -> None:
    dice, keys = random.Random(seed), sorted(ANY_KEYS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVSEARCH_TUI_VIEWER", shutil.which("true") or "true")
        async with opened(size=dice.choice([(60, 20), (80, 24), (160, 48)]), text_only=seed == 4) as driver:
            await driver.ask(own_home / "Pictures" / "shapes-04.png")
            for _ in range(20):
                type_at_once(driver, *dice.choices(keys, k=20))
                await driver.until(lambda: driver.app.typed.is_idle)
                driver.search.jobs.stop()
                assert driver.app.is_running
            for _ in range(10):
                type_at_once(driver, "escape")
                await settle(driver.pilot)
            type_at_once(driver, "f1")
            await driver.until(lambda: isinstance(driver.app.screen, HelpDialog))
