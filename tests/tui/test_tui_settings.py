"""The page of settings: every one is there, and what is typed goes to config.toml and into force."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from revsearch_tui.core.config.settings import SETTINGS, load_config
from revsearch_tui.tui.screens.settings import SettingsScreen
from revsearch_tui.tui.settings_file import parse_text, sections, value_text, when
from revsearch_tui.tui.widgets.choices import ChoiceLine, SwitchLine
from revsearch_tui.tui.widgets.setting_line import SettingLine
from tests.tui.conftest import Driver

MINE = '# mine\n[search]\nk = 50  # many\n\n[keys]\n"app.help" = "f2"\n'


@pytest.fixture
def file(home: Path) -> Path:
    """A config.toml of the user's, which is gone afterwards."""
    file = home.parent / "revsearch" / "config" / "config.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(MINE, "utf-8")
    yield file
    file.unlink(missing_ok=True)


async def open_page(driver: Driver) -> SettingsScreen:
    await driver.press("f10")
    page = driver.app.screen
    assert isinstance(page, SettingsScreen)
    await driver.until(lambda: len(page.query(SettingLine)) == len(SETTINGS))
    await driver.press()
    return page


def line(driver: Driver, key: str) -> SettingLine:
    return next(line for line in driver.app.screen.query(SettingLine) if line.setting.key == key)


def about(driver: Driver, key: str) -> str:
    return str(line(driver, key)._about())


async def type_into(driver: Driver, key: str, text: str, end: str = "enter") -> None:
    """As a user does: go there, empty the field, type."""
    field = line(driver, key).field
    field.focus()
    await driver.press("home", "ctrl+k")
    field.insert_text_at_cursor(text)
    await driver.press(end)


async def test_every_setting_is_there_with_value_description_and_default(file: Path, opened) -> None:
    async with opened(size=(100, 40)) as driver:
        await open_page(driver)
        lines = {line.setting.key: line for line in driver.app.screen.query(SettingLine)}
        assert set(lines) == {setting.key for setting in SETTINGS}
        for setting in SETTINGS:
            assert setting.help in about(driver, setting.key) and "Default: " in about(driver, setting.key)
        assert lines["search.k"].field.value == "50" and "Default: 20." in about(driver, "search.k")
        assert isinstance(lines["index.follow_links"].field, SwitchLine)
        assert isinstance(lines["tui.pictures"].field, ChoiceLine)


async def test_keys_may_come_while_sections_are_being_added(file: Path, opened) -> None:
    async with opened(size=(100, 40)) as driver:
        page = SettingsScreen(driver.app.screen)
        await driver.app.push_screen(page)
        while len(page.query(SettingLine)) < len(SETTINGS):
            page.check_action("reset", ())
            page.action_step(1)
            page.action_section(1)
            await asyncio.sleep(0)
        await driver.until(lambda: page.line is not None and page.line.setting.section == list(sections())[-1])


async def test_what_is_typed_is_written_and_in_force_and_the_rest_of_the_file_stays(file: Path, opened) -> None:
    async with opened(size=(100, 40)) as driver:
        await open_page(driver)
        await type_into(driver, "search.k", "3")
        assert file.read_text("utf-8") == MINE.replace("k = 50", "k = 3")
        assert "✓ written, in force now" in about(driver, "search.k")
        await driver.press("escape")
        await driver.ask(Path.home() / "Pictures" / "shapes-01.png")
        assert len(driver.names) == 3


@pytest.mark.drill
async def test_keys_that_follow_one_another_fast_all_count(file: Path, opened) -> None:
    async with opened() as driver:
        page = await open_page(driver)
        page.action_section(1)
        page.action_section(1)
        page.action_step(1)
        assert page.line is not None and page.line.setting.key == "search.exact_limit"


@pytest.mark.drill
async def test_a_section_that_is_not_there_yet_is_gone_to_when_it_is(file: Path, opened) -> None:
    async with opened() as driver:
        driver.app.action_settings()
        await driver.until(lambda: isinstance(driver.app.screen, SettingsScreen) and driver.app.screen.line)
        page = driver.app.screen
        for _ in range(8):
            page.action_section(1)
        await driver.until(lambda: page.line and page.line.setting.key == "tui.theme")


@pytest.mark.drill
async def test_leaving_the_field_writes_too(file: Path, opened) -> None:
    async with opened() as driver:
        await open_page(driver)
        await type_into(driver, "search.candidates", "7", end="down")
        assert load_config(file, {}).number("search.candidates") == 7
        await type_into(driver, "network.max_mb", "9", end="tab")
        assert load_config(file, {}).number("network.max_mb") == 9


@pytest.mark.drill
@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("search.k", "0", "Is at least 1, not 0"),
        ("general.methods", "phahs", "Names no known method with 'phahs'; did you mean 'phash'"),
        *(
            pytest.param(*case, marks=pytest.mark.drill)
            for case in (
                ("search.k", "many", "Takes a whole number, not 'many'"),
                ("network.timeout_s", "601", "Is at most 600, not 601"),
                ("store.chroma_url", "localhost", "is not of the form http://host:port"),
                ("index.ignore", '["a", 1]', "Takes a list of texts"),
                ("index.ignore", '["a"', "a list such as"),
            )
        ),
    ],
)
async def test_a_bad_value_is_told_at_the_field_and_not_written(
    file: Path, opened, key: str, text: str, said: str
) -> None:
    async with opened(size=(100, 40)) as driver:
        await open_page(driver)
        before = line(driver, key).field.value
        await type_into(driver, key, text)
        assert said in about(driver, key)
        assert file.read_text("utf-8") == MINE
        await driver.press("escape")
        assert line(driver, key).field.value == before and not line(driver, key).problem
        assert isinstance(driver.app.screen, SettingsScreen), "the first escape puts back what was there"
        await driver.press("escape")
        assert driver.app.screen is driver.search


@pytest.mark.drill
async def test_a_bad_value_is_told_while_it_is_typed(file: Path, opened) -> None:
    async with opened(size=(100, 40)) as driver:
        await open_page(driver)
        line(driver, "network.max_mb").field.focus()
        await driver.press("end", "9", "9")
        assert "! Is at most 2048, not 5099." in driver.screen_text
        await driver.press("backspace", "backspace")
        assert "Is at most" not in driver.screen_text


@pytest.mark.drill
async def test_choices_and_switches_have_effect_at_once(file: Path, opened) -> None:
    async with opened(size=(100, 40)) as driver:
        await open_page(driver)
        line(driver, "index.follow_links").field.focus()
        await driver.press("space")
        line(driver, "tui.view").field.focus()
        await driver.press("right")
        assert driver.search.results.view == "list"
        line(driver, "tui.theme").field.focus()
        await driver.press("right")
        assert driver.app.theme == "revsearch-light"
        config = load_config(file, {})
        assert not config.flag("index.follow_links")
        assert (config.text("tui.theme"), config.text("tui.view")) == ("revsearch-light", "list")
        assert driver.app.workspace.config.text("tui.view") == "list"
        line(driver, "tui.pictures").field.focus()
        await driver.press("left")
        assert "from the next start on" in about(driver, "tui.pictures")


@pytest.mark.drill
async def test_the_last_of_quick_changes_is_what_is_written(file: Path, opened) -> None:
    async with opened() as driver:
        await open_page(driver)
        line(driver, "tui.pictures").field.focus()
        for _ in range(11):
            await driver.pilot.press("right")
        await driver.press()
        assert load_config(file, {}).text("tui.pictures") == line(driver, "tui.pictures").field.value == "kitty"


@pytest.mark.drill
async def test_the_default_comes_back_and_its_line_goes(file: Path, opened) -> None:
    async with opened() as driver:
        await open_page(driver)
        line(driver, "search.k").field.focus()
        await driver.press("ctrl+r")
        assert line(driver, "search.k").field.value == "20"
        assert "k = 50" not in file.read_text("utf-8") and '"app.help" = "f2"' in file.read_text("utf-8")


@pytest.mark.drill
async def test_what_the_environment_sets_cannot_be_changed_here(
    file: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as driver:
        await open_page(driver)
        assert line(driver, "index.workers").field.disabled is True, "the tests set it"
        assert "The variable REVSEARCH_INDEX_WORKERS sets it" in about(driver, "index.workers")


@pytest.mark.drill
async def test_a_file_broken_meanwhile_is_told_and_left(file: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await open_page(driver)
        file.write_text("[search\n", "utf-8")
        await type_into(driver, "search.k", "4")
        assert "is not TOML" in about(driver, "search.k")
        assert file.read_text("utf-8") == "[search\n"
        file.write_text(MINE, "utf-8")
        await driver.press("enter")
        assert load_config(file, {}).number("search.k") == 4


@pytest.mark.drill
async def test_a_new_user_has_a_file_from_the_first_change_on(new_home: Path, opened) -> None:
    file = new_home.parent / "revsearch" / "config" / "config.toml"
    async with opened() as driver:
        await open_page(driver)
        assert not file.exists()
        await type_into(driver, "general.collection", "photos")
        assert file.read_text("utf-8") == '[general]\ncollection = "photos"\n'


@pytest.mark.drill
@pytest.mark.parametrize("size", [pytest.param((40, 12), marks=pytest.mark.drill), (80, 24)])
async def test_every_field_comes_into_sight_by_the_arrow(file: Path, opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as driver:
        page = await open_page(driver)
        usable = [line for line in page.lines if not line.is_fixed]
        window = page.query_one("#settings")
        for at, each in enumerate(usable):
            assert page.line is each
            await driver.until(lambda each=each: window.region.contains_region(each.field.region))
            if at < len(usable) - 1:
                await driver.pilot.press("down")
                await driver.pilot.pause()
        await driver.press("pageup")
        assert page.line is not None and page.line.setting.section == "serve"


@pytest.mark.drill
@pytest.mark.parametrize("value", [["a", "b,c"], [], ["[x]"], ["plain", "*.jpg"], [" edge "], ""])
def test_lists_are_read_back_as_they_were(value: list[str] | str) -> None:
    setting = next(each for each in SETTINGS if each.key == ("index.ignore" if value != "" else "tui.viewer"))
    assert parse_text(setting, value_text(value)) == value


@pytest.mark.drill
def test_every_setting_says_when_it_has_effect() -> None:
    assert {when(setting.key).partition(" ")[0] for setting in SETTINGS} == {"in", "from", "for"}
