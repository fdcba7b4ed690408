"""Hits that are marked, and what is done with all of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image
from textual.widgets import OptionList

from revsearch_tui.tui.commands import RevsearchCommands
from revsearch_tui.tui.marks import MARK
from tests.support.site import install
from tests.tui.conftest import Driver


async def mark_two(driver: Driver, home: Path) -> list[Path]:
    """Mark the best hit of one query and the second of another; their paths."""
    await driver.ask(home / "Pictures" / "shapes-04.png")
    await driver.press("space")
    await driver.ask(home / "Pictures" / "shapes-07.png")
    await driver.press("right", "space")
    hit = driver.search.results.hit
    assert hit is not None
    return [home / "Pictures" / "shapes-04.png", hit.path]


async def write(driver: Driver, file: Path) -> None:
    """Fill in the form that asks for a file."""
    driver.app.screen.query_one("#form-file").value = str(file)  # type: ignore[attr-defined]
    await driver.press("enter")


async def test_marks_are_shown_by_shape_and_outlive_the_query(home: Path, opened) -> None:
    async with opened() as driver:
        paths = await mark_two(driver, home)
        assert [each.path for each in driver.search.session.marked.values()] == paths
        await driver.press("home")
        assert MARK in driver.screen_text and "╔" in driver.screen_text, "a frame of its own"
        assert "1 of 12 · 2 marked" in driver.screen_text
        await driver.press("v")
        assert driver.screen_text.count(MARK) == 2
        await driver.press("end", "home", "right", "space")
        assert "1 marked" in driver.screen_text, "space takes a mark back"


async def test_page_down_keeps_its_other_keys(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-04.png")
        await driver.press("space")
        assert driver.search.results.highlighted == 0
        await driver.press("pagedown")
        assert driver.search.results.highlighted > 0


@pytest.mark.drill
async def test_all_marks_go_at_once(home: Path, opened) -> None:
    async with opened() as driver:
        await mark_two(driver, home)
        await driver.press("A")
        assert not driver.search.session.marked
        assert MARK not in driver.screen_text and "marked" not in driver.screen_text


async def test_the_paths_of_all_marked_pictures_are_copied(home: Path, opened) -> None:
    async with opened() as driver:
        paths = await mark_two(driver, home)
        await driver.press("home", "y")
        assert driver.app.clipboard == "\n".join(map(str, paths))
        await driver.press("A", "y")
        assert driver.app.clipboard == str(home / "Pictures" / "shapes-07.png"), "without marks the highlighted hit"


@pytest.mark.drill
async def test_all_marked_pictures_are_opened(home: Path, tmp_path: Path, monkeypatch, opened) -> None:
    viewer = tmp_path / "viewer"
    viewer.write_text(f'#!/bin/sh\necho "$1" >> "{tmp_path}/opened"\n')
    viewer.chmod(0o755)
    monkeypatch.setenv("REVSEARCH_TUI_VIEWER", str(viewer))
    async with opened() as driver:
        paths = await mark_two(driver, home)
        await driver.press("o")
        await driver.until(lambda: (tmp_path / "opened").exists() and len(opened_paths(tmp_path)) == 2)
        assert sorted(opened_paths(tmp_path)) == sorted(map(str, paths))


def opened_paths(folder: Path) -> list[str]:
    return (folder / "opened").read_text().split()


@pytest.mark.drill
@pytest.mark.parametrize(("suffix", "end"), [("txt", "\n"), ("nul", "\0")])
async def test_paths_are_written_to_a_file(home: Path, tmp_path: Path, opened, suffix: str, end: str) -> None:
    async with opened() as driver:
        paths = await mark_two(driver, home)
        await driver.press("W")
        await write(driver, tmp_path / f"paths.{suffix}")
        assert (tmp_path / f"paths.{suffix}").read_text() == "".join(f"{path}{end}" for path in paths)
        assert any("2 paths written" in note for note in driver.notes)


@pytest.mark.drill
async def test_a_contact_sheet_is_a_picture_of_all(home: Path, tmp_path: Path, opened) -> None:
    async with opened() as driver:
        await mark_two(driver, home)
        await driver.press("s")
        await write(driver, tmp_path / "sheet.png")
        with Image.open(tmp_path / "sheet.png") as sheet:
            assert sheet.width > 2 * 240 and len(sheet.resize((40, 40)).getcolors(10_000) or ()) > 50
        assert any("2 pictures" in note for note in driver.notes)


@pytest.mark.drill
async def test_a_contact_sheet_of_html_names_pictures_scores_and_tiers(home: Path, tmp_path: Path, opened) -> None:
    async with opened() as driver:
        paths = await mark_two(driver, home)
        await driver.press("s")
        await write(driver, tmp_path / "sheet.html")
        page = (tmp_path / "sheet.html").read_text("utf-8")
        assert page.count("data:image/jpeg;base64,") == 2
        assert all(path.name in page for path in paths) and "1.000 · same file" in page


@pytest.mark.drill
async def test_a_file_that_cannot_be_written_is_one_sentence(home: Path, tmp_path: Path, opened) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    (tmp_path / "closed").mkdir(mode=0o500)
    async with opened() as driver:
        await mark_two(driver, home)
        await driver.press("W")
        await write(driver, tmp_path / "closed" / "paths.txt")
        assert any("cannot write" in note.lower() for note in driver.notes)


ACTIONS = """
from pathlib import Path

from revsearch_tui.api import ActionInfo, hookimpl

@hookimpl
def revsearch_result_actions():
    return [
        ActionInfo("count-all", "Count all", "Counts.", f"{__name__}:make_count"),
        ActionInfo("list-names", "List names", "Writes names.", f"{__name__}:make_list", target="folder"),
        ActionInfo("fail-badly", "Fail badly", "Fails.", f"{__name__}:make_failing"),
    ]

def make_count():
    return lambda findings, control: f"{len(findings.answers[0].hits)} counted, like {findings.answers[0].query}"

def make_list():
    def write(findings, control):
        names = [hit.path.name for answer in findings.answers for hit in answer.hits]
        (findings.target / "names.txt").write_text(" ".join(names))
        return f"{len(names)} names"
    return write

def make_failing():
    def fail(findings, control):
        raise SystemExit(3)
    return fail
"""


@pytest.fixture
def actions(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder, with a plugin that offers three actions."""
    install(tmp_path / "site", "more-actions", ACTIONS)
    monkeypatch.syspath_prepend(tmp_path / "site")
    return home


@pytest.mark.drill
async def test_an_action_of_a_plugin_is_chosen_and_done_with_what_is_marked(actions: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(actions / "Pictures" / "shapes-04.png")
        await driver.press("space", "right", "space", "e")
        assert "Do with 2 pictures" in driver.screen_text and "Count all" in driver.screen_text
        await driver.press(*["j"] * names_listed(driver).index("Count all"), "enter")
        assert f"2 counted, like {actions / 'Pictures' / 'shapes-04.png'}" in driver.notes


@pytest.mark.drill
async def test_marks_of_several_queries_have_no_query(actions: Path, opened) -> None:
    async with opened() as driver:
        await mark_two(driver, actions)
        await driver.press("slash")
        await driver.ask('"nothing by that name"')
        driver.search.action_do("count-all")
        await driver.until(lambda: any("counted" in note for note in driver.notes))
        assert "2 counted, like None" in driver.notes


@pytest.mark.drill
async def test_an_action_that_writes_into_a_folder_asks_for_one(actions: Path, tmp_path: Path, opened) -> None:
    async with opened() as driver:
        paths = await mark_two(driver, actions)
        driver.search.action_do("list-names")
        await driver.press()
        driver.app.screen.query_one("#form-folder").show(str(tmp_path / "made"))  # type: ignore[attr-defined]
        await driver.press("enter")
        assert (tmp_path / "made" / "names.txt").read_text() == " ".join(path.name for path in paths)


@pytest.mark.drill
async def test_an_action_that_fails_ends_nothing_but_itself(actions: Path, opened) -> None:
    async with opened() as driver:
        await mark_two(driver, actions)
        driver.search.action_do("fail-badly")
        await driver.press()
        assert any("the action 'fail-badly' failed: SystemExit: 3" in note for note in driver.notes)
        await driver.press("home")
        assert driver.names


@pytest.mark.drill
async def test_the_palette_offers_actions_that_have_no_key(actions: Path, opened) -> None:
    async with opened() as driver:
        await mark_two(driver, actions)
        commands = [command.name for command in RevsearchCommands(driver.search).commands()]
        assert commands.count("Contact sheet") == 1
        assert {"Count all", "List names", "Do with"} <= set(commands)
        await driver.press("A")
        driver.search.results.show_hits((), 0)
        assert "Count all" not in [command.name for command in RevsearchCommands(driver.search).commands()]


def names_listed(driver: Driver) -> list[str]:
    """The titles of the dialog's lines."""
    options = driver.app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(at).prompt).split("  ")[0] for at in range(options.option_count)]
