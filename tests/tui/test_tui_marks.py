"""Hits that are marked, and what is done with all of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.core.images.contact_sheet import MOST_ON_A_PNG, Tile, write_contact_sheet
from revsearch_tui.tui.marks import MARK
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


@pytest.mark.parametrize(("suffix", "end"), [("txt", "\n"), ("nul", "\0")])
async def test_paths_are_written_to_a_file(home: Path, tmp_path: Path, opened, suffix: str, end: str) -> None:
    async with opened() as driver:
        paths = await mark_two(driver, home)
        await driver.press("W")
        await write(driver, tmp_path / f"paths.{suffix}")
        assert (tmp_path / f"paths.{suffix}").read_text() == "".join(f"{path}{end}" for path in paths)
        assert any("2 paths written" in note for note in driver.notes)


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


class Unhurried:
    """A control that lets everything go on."""

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        """Nothing is told."""

    def check(self) -> None:
        """Nothing stops."""


@pytest.mark.drill
def test_a_picture_that_is_gone_leaves_a_reason_on_the_sheet(tmp_path: Path) -> None:
    tiles = [Tile(tmp_path / "gone.png", "", ("<gone>.png", "0.500"))]

    def missing(tile: Tile) -> Image.Image:
        raise FileNotFoundError(2, "No such file or directory")

    for name in ("sheet.html", "sheet.png"):
        assert write_contact_sheet(tmp_path / name, "Marked", tiles, missing, Unhurried()) == 0
    page = (tmp_path / "sheet.html").read_text("utf-8")
    assert "No such file" in page and "&lt;gone&gt;.png" in page and "<gone>" not in page


@pytest.mark.drill
def test_more_than_a_png_takes_is_refused(tmp_path: Path) -> None:
    tiles = [Tile(tmp_path / "a.png", "", ("a.png",))] * (MOST_ON_A_PNG + 1)
    with pytest.raises(Exception, match="1,000 pictures; write an .html file"):
        write_contact_sheet(tmp_path / "sheet.png", "Marked", tiles, lambda tile: Image.new("RGB", (1, 1)), Unhurried())
    assert not (tmp_path / "sheet.png").exists()


@pytest.mark.drill
def test_names_of_any_script_are_written(tmp_path: Path) -> None:
    tiles = [Tile(tmp_path / "a.png", "", ("größer – 写真 \x1b[31m" + "x" * 200 + ".png",))]
    for name in ("sheet.html", "sheet.png"):
        drawn = write_contact_sheet(tmp_path / name, "写真", tiles, lambda tile: Image.new("RGB", (9, 9)), Unhurried())
        assert drawn == 1
    assert "größer – 写真" in (tmp_path / "sheet.html").read_text("utf-8")
