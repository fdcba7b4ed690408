"""Every state is told by a sign or a word: here the screen is read without any colour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.evaluation.record import Outcome, ReliabilityBin
from revsearch_tui.core.evaluation.records import write_record
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.app import RevsearchApp
from revsearch_tui.tui.pictures.drawing import HalfCells
from revsearch_tui.tui.screens.dialog import ConfirmDialog
from revsearch_tui.tui.widgets.accuracy.tables import calibration_table
from tests.support.evaluations import answers_about, record_about
from tests.support.runs import add_lines, epoch, make_run
from tests.tui.conftest import Driver, write_pictures

POINTER = "›"


@pytest.fixture(autouse=True)
def _no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def line_with(driver: Driver, text: str) -> str:
    """The one line of the screen that holds a text."""
    found = [line for line in driver.screen_text.splitlines() if text in line]
    assert len(found) == 1, found
    return found[0]


def pointed_at(driver: Driver) -> list[str]:
    """What stands behind the pointer, line by line; the first line of a page parts its names with the same sign."""
    lines = driver.screen_text.splitlines()[1:]
    return [line.split(POINTER, 1)[1].replace("[x]", "").replace("[ ]", "") for line in lines if POINTER in line]


# Marked and highlighted


async def test_marked_methods_are_told_from_unmarked_ones(home: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        driver.search.use_methods(("phash",))
        await driver.press("m")
        marked = {name: re.search(r"\[.\]", line_with(driver, f"] {name}")) for name in ("phash", "sift")}
        assert [match.group() for match in marked.values() if match] == ["[x]", "[ ]"]
        assert [line.split()[0] for line in pointed_at(driver)] == ["phash"]
        await driver.press("space", "down", "space")
        assert "[ ] phash" in driver.screen_text and f"{POINTER} [x] sift" in driver.screen_text


@pytest.mark.drill
async def test_the_highlighted_collection_is_pointed_at(new_home: Path, opened) -> None:
    folder = new_home / "Pictures"
    write_pictures(folder, 3)
    for name in ("first", "second"):
        index_collection(Workspace(), name, [folder], ["phash"], control=NullControl())
    async with opened(size=(80, 24), collection="first") as driver:
        await driver.press("c")
        assert [line.split()[0] for line in pointed_at(driver)] == ["first"]
        await driver.press("j")
        assert [line.split()[0] for line in pointed_at(driver)] == ["second"]


async def test_the_highlighted_name_is_pointed_at_while_a_path_is_typed(home: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("slash")
        driver.search.query_line.input.value = "~/Pictures/shapes-0"
        await driver.press()
        await driver.press("down", "down")
        assert [line.split()[0] for line in pointed_at(driver)] == ["shapes-01.png"]


async def test_the_highlighted_file_is_pointed_at_while_browsing(home: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("b", "down")
        assert [line.split()[0] for line in pointed_at(driver)] == ["shapes-01.png"]


@pytest.mark.drill
@pytest.mark.parametrize("size", [(80, 24), pytest.param((160, 48), marks=pytest.mark.drill)])
async def test_the_highlighted_hit_is_told_from_the_others(home: Path, opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as driver:
        await driver.ask("~/Pictures/shapes-03.png")
        assert driver.screen_text.count("┏━ 1 ") == 1 and "╭─ 2 " in driver.screen_text
        await driver.press("v", "down")
        assert [line.split()[0] for line in pointed_at(driver)] == ["2"]


# Pages


@pytest.mark.drill
async def test_the_highlighted_run_is_pointed_at_and_each_state_has_a_sign_and_a_word(new_home: Path, opened) -> None:
    states = {"running": "▶", "done": "✓", "stopped": "■", "interrupted": "!", "failed": "✗"}
    runs = Workspace().folders.runs
    for number, state in enumerate(states):
        run = make_run(runs, f"run-{number}", state, started=f"2026-03-0{9 - number}T12:00:00+00:00")
        add_lines(run, epoch(1, 0.5))
    async with opened(size=(110, 40)) as driver:
        await driver.press("f4")
        await driver.until(lambda: "run-0" in driver.screen_text)
        at = [line.split() for line in pointed_at(driver) if "run-" in line]
        assert len(at) == 1 and "run-0" in at[0]
        for state, sign in list(states.items())[1:]:  # nobody runs the first, which is found out
            assert f"{sign} {state}" in driver.screen_text
        await driver.press("down", "space")
        rows = [line for line in driver.screen_text.splitlines() if re.search(r"run-\d +cnn", line)]
        assert [("●" in row, POINTER in row) for row in rows] == [(False, False), (True, True), *[(False, False)] * 3]


@pytest.fixture
def record(new_home: Path) -> None:
    answers = answers_about(write_pictures(new_home / "Pictures"))
    write_record(Workspace().folders, record_about(answers), answers)


@pytest.mark.drill
async def test_cursor_view_winner_and_losers_of_a_table_have_signs(record: None, opened) -> None:
    async with opened(size=(120, 36)) as driver:
        await driver.press("f3", "enter")
        assert "[overview]" in driver.screen_text
        assert "★" in line_with(driver, " cnn ") and "▼" in line_with(driver, " phash ")
        assert f" cnn    {POINTER}" in driver.screen_text, "the cursor is in the second cell of the first row"
        await driver.press("down", "left")
        assert [line.split()[0] for line in pointed_at(driver)] == ["svm"]
        await driver.press("tab")
        assert "[classify]" in driver.screen_text and "[overview]" not in driver.screen_text


@pytest.mark.drill
async def test_the_cell_under_the_cursor_of_a_matrix_has_a_sign(record: None, opened) -> None:
    async with opened(size=(120, 36)) as driver:
        await driver.press("f3", "enter", "enter", "tab")
        assert "[confusion]" in driver.screen_text
        assert re.search(r"airplane +\d+‹", line_with(driver, "‹"))
        await driver.press("down")
        assert "automobile" in line_with(driver, "‹")


def test_a_gap_of_confidence_that_is_too_wide_has_a_sign() -> None:
    bins = [ReliabilityBin(0.5, 0.6, 9, 0.55, 0.56), ReliabilityBin(0.9, 1.0, 9, 0.95, 0.7)]
    _, rows = calibration_table(Outcome("m", "classify", "accuracy", {}, {}, [], bins, {}))
    assert [row.cells[-1].text for row in rows] == ["+1.0  ", "-25.0 !"]


# What went wrong


async def test_warnings_and_errors_are_told_from_notes(home: Path) -> None:
    app = RevsearchApp(Workspace(), HalfCells())
    try:
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            driver = Driver(app, pilot)
            app.notify("all is well", title="Done", timeout=60)
            app.notify("look here", severity="warning", timeout=60)
            app.notify("it broke", title="Not searched", severity="error", timeout=60)
            await driver.until(lambda: "it broke" in driver.screen_text)
            assert "! Warning" in driver.screen_text and "✗ Not searched" in driver.screen_text
            assert re.search(r"[^!✗] +Done", driver.screen_text)
    finally:
        app.search.close()


async def test_what_is_wrong_in_a_form_has_a_sign(home: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("a", *"nowhere", "enter")
        await driver.until(lambda: "is not a folder" in driver.screen_text)
        assert line_with(driver, "is not a folder").strip("│┃▀▌▐▖▗▘▝▚▞ ").startswith("! 'nowhere'")


async def test_the_button_that_enter_presses_is_pointed_at(home: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        driver.app.push_screen(ConfirmDialog("Delete the record?", "It is gone for good then.", "Delete"))
        await driver.press()
        assert [line.split()[0] for line in pointed_at(driver)] == ["Back"]
        await driver.press("tab")
        assert [line.split()[0] for line in pointed_at(driver)] == ["Delete"]


@pytest.mark.drill
async def test_copies_whose_file_is_gone_are_called_missing(new_home: Path, opened) -> None:
    folder = new_home / "Pictures"
    there, gone = write_pictures(folder, 3)[0], folder / "copy.png"
    gone.write_bytes(there.read_bytes())
    index_collection(Workspace(), "pictures", [folder], ["phash"], control=NullControl())
    gone.unlink()
    async with opened(size=(160, 48)) as driver:
        await driver.ask(there)
        assert "copy.png (missing)" in driver.screen_text
        assert driver.screen_text.count("(missing)") == 1
