"""The page of plugins: states with reasons, and options of methods, which the configuration holds afterwards."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.commands import RevsearchCommands
from revsearch_tui.tui.screens.plugins import MethodOptionsForm, PluginsScreen
from revsearch_tui.tui.widgets.choices import ChoiceLine
from tests.support.site import install
from tests.tui.conftest import Driver

BROKEN = "raise OSError('no such library: libgone.so')\n"
STRANGE = """
from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl

@hookimpl
def revsearch_methods():
    return [MethodInfo(
        name="strange", title="[bold]Strange", summary="S.", shape="vector", metric="l2", dim=3,
        factory="strange_one:Method", requires=("no_such_package",), extra="gone",
        options=(OptionSpec("a b", "x", "odd\\x1b[31m name"), OptionSpec("method", 3, "as of the form")),
    )]
"""


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """One plugin that cannot be loaded, and one that lacks a package."""
    install(tmp_path / "site", "broken-one", BROKEN)
    install(tmp_path / "site", "strange-one", STRANGE)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield
    for name in ("broken_one", "strange_one"):
        sys.modules.pop(name, None)


async def enter(driver: Driver, name: str = "") -> PluginsScreen:
    """Open the page, with the cursor on the row of that name."""
    await driver.press("f11")
    page = driver.app.screen
    assert isinstance(page, PluginsScreen)
    if name:
        page.table.go_to(next(row.key for row in page.table.rows_shown if row.cells[0].text == name))
        await driver.press()
    return page


def card(driver: Driver) -> str:
    return " ".join(str(driver.app.screen_stack[1].query_one("#plugin-card-text", Static).content).split())


def configured() -> dict[str, dict[str, object]]:
    return {name: dict(options) for name, options in Workspace().config.methods.items()}


async def test_every_row_has_its_state_and_where_it_is_from(new_home: Path, strangers: None, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        page = await enter(driver)
        rows = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in page.table.rows_shown}
        assert rows["phash"][:2] == ["method", "✓ available"]
        assert rows["svm"][1] == "! needs-model"
        assert rows["broken-one"] == ["plugin", "✗ broken", "broken-one", "1.2"]
        assert rows["strange"][:3] == ["method", "✗ unavailable", "strange-one"]
        assert page.table.rows_shown[0].cells[0].text == "broken-one", "what is broken comes first"


@pytest.mark.drill
async def test_the_card_gives_reason_capabilities_and_options(new_home: Path, strangers: None, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await enter(driver, "broken-one")
        assert "loading it raised OSError: no such library: libgone.so" in card(driver)
        await driver.press("escape")
        await enter(driver, "strange")
        assert "[bold]Strange" in card(driver)
        assert "needs the package no_such_package" in card(driver) and "pip install 'strange-one[gone]'" in card(driver)
        await driver.press("escape")
        await enter(driver, "sift")
        for told in ("can also explain", "fit", "compares by cosine", "gives points", "features = 700 by default"):
            assert told in card(driver), told


@pytest.mark.drill
async def test_options_are_set_in_a_form_and_stand_in_the_configuration(new_home: Path, opened) -> None:
    async with opened(size=(120, 40)) as driver:
        await enter(driver, "sift")
        await driver.press("enter")
        form = driver.app.screen
        assert isinstance(form, MethodOptionsForm)
        features, upscale = form.entry("-features"), form.entry("-upscale")
        assert isinstance(features, Input) and isinstance(upscale, ChoiceLine)
        features.value = "500"
        upscale._choose("no")
        await driver.press("enter")
        assert configured() == {"sift": {"features": 500, "upscale": False}}
        assert "features = 500 set by you" in card(driver)
        assert driver.search.workspace.choose(["sift"])[0].options["features"] == 500, "the app takes it over at once"
        await driver.press("enter")
        features = driver.app.screen.entry("-features")
        assert isinstance(features, Input) and features.value == "500"
        features.value = ""
        await driver.press("enter")
        assert configured() == {"sift": {"upscale": False}}, "empty is the default"


@pytest.mark.drill
async def test_a_value_that_does_not_fit_is_said_and_escape_changes_nothing(new_home: Path, opened) -> None:
    async with opened() as driver:
        await enter(driver, "sift")
        await driver.press("enter")
        form = driver.app.screen
        form.entry("-features").value = "many"
        await driver.press("enter")
        assert driver.app.screen is form
        assert "Option 'features' takes a whole number, not 'many'" in str(form.query_one("#form-problem").content)
        await driver.press("escape")
        assert not Workspace().folders.config_file.exists()


@pytest.mark.drill
async def test_a_part_that_a_plugin_proposes_is_one_of_the_options(new_home: Path, opened) -> None:
    async with opened() as driver:
        await enter(driver, "phash")
        await driver.press("enter")
        region = driver.app.screen.entry("-region")
        region._choose("sift-salient")
        await driver.press("enter")
        assert configured() == {"phash": {"region": "sift-salient"}}
        Workspace().check_config()


@pytest.mark.drill
async def test_what_the_cursor_is_on_is_switched_off_and_on_again(new_home: Path, opened) -> None:
    async with opened(size=(120, 40)) as driver:
        for name, left in (("cnn-softmax", {"cnn"}), ("cnn", set())):
            page = await enter(driver, name)
            await driver.press("e")
            states = {row.name: row.state for row in page.rows}
            assert states[name] == "disabled" and {row.name for row in page.rows if row.plugin == "cnn"} == {
                name,
                *left,
            }
            assert f"revsearch plugins enable {name}" in card(driver), "the cursor is on it still"
            assert Workspace().config.plugins[name] == {"enabled": False}
            await driver.press("e")
            assert [row.state for row in page.rows if row.plugin == "cnn"] == ["available", "available"]
            assert Workspace().config.plugins[name] == {}
            await driver.press("escape")


@pytest.mark.drill
async def test_the_options_of_a_search_hold_from_the_next_one_on(home: Path, opened) -> None:
    config = Workspace().folders.config_file
    try:
        async with opened() as driver:
            await driver.ask(home / "Pictures" / "shapes-03.png")
            before = driver.names
            await enter(driver, "sift")
            await driver.press("enter")
            driver.app.screen.entry("-min_inliers").value = "9"
            await driver.press("enter", "escape")
            assert driver.names == before, "the answer on the screen is still there"
            await driver.ask(home / "Pictures" / "shapes-04.png")
            assert driver.names[0] == "shapes-04.png"
    finally:
        config.unlink(missing_ok=True)


@pytest.mark.drill
async def test_what_has_no_options_offers_none(new_home: Path, strangers: None, opened) -> None:
    async with opened() as driver:
        page = await enter(driver, "heif")
        assert not page.check_action("options", ())
        await driver.press("enter")
        assert driver.app.screen is page


@pytest.mark.drill
async def test_options_of_any_name_can_be_set(new_home: Path, strangers: None, opened) -> None:
    async with opened() as driver:
        await enter(driver, "strange")
        await driver.press("enter")
        driver.app.screen.entry("-a b").value = "y"
        await driver.press("enter")
        assert configured() == {"strange": {"a b": "y"}}


@pytest.mark.drill
async def test_a_file_that_cannot_be_written_is_told_of(new_home: Path, opened) -> None:
    config = Workspace().folders.config_file
    async with opened() as driver:
        await enter(driver, "sift")
        await driver.press("enter")
        config.parent.mkdir(parents=True)
        config.write_text("no toml", "utf-8")
        driver.app.screen.entry("-features").value = "500"
        await driver.press("enter")
        assert any("is not TOML" in note for note in driver.notes)
        assert config.read_text("utf-8") == "no toml"


@pytest.mark.drill
async def test_the_palette_names_options(new_home: Path, opened) -> None:
    async with opened() as driver:
        await enter(driver, "sift")
        commands = {command.name: command.key for command in RevsearchCommands(driver.app.screen).commands()}
        assert "Options" in commands and "Models" in commands
