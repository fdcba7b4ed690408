"""Keys, help and the command palette."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.command import CommandList, CommandPalette
from textual.dom import DOMNode
from textual.widgets.option_list import Option

import revsearch_tui.tui
from revsearch_tui.core.config.check_names import KEY_NAMES
from revsearch_tui.tui import keymap
from revsearch_tui.tui.commands import RevsearchCommands
from revsearch_tui.tui.screens.help import HelpDialog, help_content
from revsearch_tui.tui.screens.plugins import PluginsScreen


def own_bindings() -> list[Binding]:
    """The bindings declared by every class of the app."""
    found = {}
    for module in pkgutil.walk_packages(revsearch_tui.tui.__path__, "revsearch_tui.tui."):
        if module.name.endswith("pictures.terminal"):  # asks the terminal when imported
            continue
        for thing in vars(importlib.import_module(module.name)).values():
            if isinstance(thing, type) and issubclass(thing, DOMNode) and thing.__module__.startswith("revsearch_tui"):
                for binding in vars(thing).get("BINDINGS", ()):
                    found[id(binding)] = binding
    return list(found.values())


def test_every_binding_has_id_description_and_tooltip() -> None:
    bindings = own_bindings()
    assert len(bindings) > 30
    for binding in bindings:
        assert isinstance(binding, Binding)
        assert binding.id and binding.description and binding.tooltip, binding
    ids = [binding.id for binding in bindings]
    assert len(ids) == len(set(ids))


async def test_the_help_lists_every_binding(home: Path, opened) -> None:
    async with opened() as driver:
        text = help_content(driver.app, {}, 200).plain
        for binding in own_bindings():
            assert binding.tooltip in text, f"{binding.id} is not in the help"
        await driver.press("question_mark")
        assert isinstance(driver.app.screen, HelpDialog)
        await driver.press("escape")
        assert driver.app.screen is driver.search


async def test_a_key_can_be_remapped_in_the_configuration(new_home: Path, opened) -> None:
    config = new_home.parent / "revsearch" / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[keys]\n"app.help" = "f5"\n"app.halp" = "f6"\n', "utf-8")
    async with opened() as driver:
        await driver.press("f5")
        assert isinstance(driver.app.screen, HelpDialog)
        assert "f5" in help_content(driver.app, driver.app.overrides).plain.lower()
        await driver.press("escape", "f1")
        assert driver.app.screen is driver.search, "the old key is free again"
        assert any("'app.halp'" in note and "app.help" in note for note in driver.notes)


def test_an_empty_key_is_refused_with_a_sentence() -> None:
    kept, problems = keymap.checked_keymap({"app.help": " "})
    assert kept == {}
    assert "app.help" in problems[0]


async def test_the_palette_offers_every_action_of_the_screen(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-04.png")
        provider = RevsearchCommands(driver.search)
        offered = {command.name: command.key for command in provider.commands()}
        idle = ("search.clear", "search.undo", "search.unmark")  # nothing was narrowed or marked
        for binding in keymap.SEARCH + keymap.RESULTS:
            if binding.id not in ("search.quit", "search.back", "search.leave", "search.stop", "search.pick", *idle):
                is_move = binding.action.startswith("move(")
                assert is_move != (binding.description in offered), binding.id
        assert offered["Methods"] == "m" and offered["Find like this"] == "⏎ n", "keys stand beside commands"
        assert "Compare by sift" in offered
        await driver.press("ctrl+p")
        assert isinstance(driver.app.screen, CommandPalette)


async def test_a_list_of_commands_without_lines_yet_is_not_moved_in(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("ctrl+p", "pagedown", "pageup")
        commands = driver.app.screen.query_one(CommandList)
        commands.styles.display = "none"
        await driver.press()
        commands.clear_options()
        commands.add_option(Option("one"))
        commands.highlighted = 0
        await driver.press("pageup", "pagedown", "shift+end")
        assert isinstance(driver.app.screen, CommandPalette)


async def test_the_last_line_names_only_keys_that_work(home: Path, opened) -> None:
    async with opened() as driver:
        last = driver.screen_text.splitlines()[-1]
        assert "Query" in last and "Find like this" not in last and "Stop" not in last
        await driver.ask(home / "Pictures" / "shapes-04.png")
        assert "Find like this" in driver.screen_text.splitlines()[-1]


@pytest.mark.drill
async def test_the_plugins_page_gives_each_state(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("p")
        assert isinstance(driver.app.screen, PluginsScreen)
        await driver.pilot.pause(0.1)
        assert "phash" in driver.screen_text and "available" in driver.screen_text


async def test_q_leaves_with_code_0(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.pilot.press("q")
        await driver.pilot.pause()
        assert driver.app.return_code == 0


def test_the_names_that_validate_knows_are_those_of_the_app() -> None:
    assert set(keymap.by_id()) == set(KEY_NAMES)
