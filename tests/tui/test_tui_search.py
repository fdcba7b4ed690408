"""Searching in the app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from revsearch_tui.tui.messages import Question, SearchDone
from revsearch_tui.tui.screens.pick import BrowseDialog, PictureTree
from revsearch_tui.tui.screens.search import SearchScreen


async def test_a_query_finds_itself_first(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        assert driver.names[0] == "shapes-03.png"
        assert driver.search.results.hits[0].score == 1.0
        assert len(driver.names) == len(set(driver.names)) == 12
        assert "1.000" in driver.screen_text
        assert "~/Pictures" in driver.screen_text


async def test_the_highlighted_hit_becomes_the_next_query_and_back_returns(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        first = driver.names
        await driver.press("right", "enter")
        assert driver.names[0] == first[1]
        assert driver.search.query_line.input.value == f"~/Pictures/{first[1]}"
        await driver.press("backspace")
        assert driver.names == first
        assert driver.search.results.highlighted == 1, "the highlight is where it was left"
        assert driver.search.query_line.input.value == "~/Pictures/shapes-03.png"


async def test_escape_goes_back_and_at_the_first_query_does_nothing(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-01.png")
        await driver.press("right", "n", "escape", "escape", "escape")
        assert driver.names[0] == "shapes-01.png"
        assert driver.app.is_running


async def test_another_method_answers_the_same_query(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-05.png")
        await driver.press("m", "down", "space", "enter")
        assert driver.search.results.hits[0].method == "phash"
        await driver.press("m", "space", "down", "space", "enter")
        hit = driver.search.results.hits[0]
        assert (hit.method, hit.verified) == ("sift", True)
        assert "inliers" in driver.screen_text and "✓" in driver.screen_text


async def test_several_methods_are_fused_and_the_detail_tells_each_rank(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-05.png")
        assert driver.search.session.methods == ("phash", "sift")
        assert {part.method for part in driver.search.results.hits[0].fused} == {"phash", "sift"}
        assert "by method" in driver.screen_text


async def test_the_view_toggles_between_cards_and_lines(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-05.png")
        assert "╭" in driver.screen_text and "name  " not in driver.screen_text.split("Details")[0]
        await driver.press("v")
        assert driver.search.results.view == "list"
        assert "score" in driver.screen_text and "pixels" in driver.screen_text
        await driver.press("j", "j")
        assert driver.search.results.highlighted == 2


@pytest.mark.parametrize("view", ["grid", "list"])
async def test_movement_stays_within_the_hits(home: Path, opened, view: str) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.ask(home / "Pictures" / "shapes-00.png")
        driver.search.results.view = view
        await driver.press("G", "down", "right", "pagedown")
        assert driver.search.results.highlighted == 11
        await driver.press("g", "up", "left", "pageup")
        assert driver.search.results.highlighted == 0


async def test_a_missing_file_is_told_in_a_sentence(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask("/no/such/picture.png")
        assert "does not exist" in driver.screen_text
        assert driver.search.results.hits == ()


async def test_a_file_that_is_no_picture_is_told_in_a_sentence(home: Path, opened, tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("not a picture")
    async with opened() as driver:
        await driver.ask(text)
        told = " ".join(driver.screen_text.split())
        assert "cannot be used as a query" in told, told


async def test_a_lone_dash_is_a_file_name_and_does_not_read_the_keyboard(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask("-")
        assert "does not exist" in driver.screen_text


@pytest.mark.drill
async def test_an_answer_to_an_earlier_question_is_dropped(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-02.png")
        before = driver.names
        result = driver.search.session.current.result
        stale = replace(result, hits=result.hits[5:6])
        question = Question(0, str(home / "Pictures" / "shapes-05.png"), "pictures", ("phash",))
        driver.search.post_message(SearchDone(question, stale))
        await driver.pilot.pause()
        assert driver.names == before


@pytest.mark.drill
async def test_typing_offers_names_and_tab_takes_one(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("slash", "tilde", "slash", "P")
        listed = driver.search.query_line.query_one(OptionList)
        assert listed.display and listed.option_count == 1
        await driver.press("tab")
        assert driver.search.query_line.input.value == "~/Pictures/"
        assert listed.option_count == 12
        await driver.press("down", "down", "enter")
        assert driver.names[0] == "shapes-01.png"
        assert not listed.display


async def test_escape_closes_the_names_first_and_then_leaves_the_line(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("slash", "tilde", "slash", "escape")
        assert isinstance(driver.app.focused, Input) and not driver.search.query_line.list_is_open
        await driver.press("escape")
        assert driver.app.focused is driver.search.results


@pytest.mark.drill
async def test_browsing_takes_a_picture(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("b")
        assert isinstance(driver.app.screen, BrowseDialog)
        await driver.press("j", "j")
        tree = driver.app.screen.query_one(PictureTree)
        chosen = tree.cursor_node.data.path.name
        await driver.press("enter")
        assert isinstance(driver.app.screen, SearchScreen)
        assert driver.names[0] == chosen


@pytest.mark.drill
async def test_the_path_of_a_hit_is_copied(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-04.png")
        await driver.press("y")
        assert driver.app.clipboard == str(home / "Pictures" / "shapes-04.png")


async def test_the_configured_viewer_is_started_with_the_path(
    home: Path, opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    script = tmp_path / "viewer.sh"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > {seen}.part && mv {seen}.part {seen}\n')
    script.chmod(0o755)
    monkeypatch.setenv("REVSEARCH_TUI_VIEWER", str(script))
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-04.png")
        await driver.press("o")
        for _ in range(500):
            if seen.exists():
                break
            await driver.pilot.pause(0.01)
        assert seen.read_text() == str(home / "Pictures" / "shapes-04.png")


async def test_a_viewer_that_does_not_exist_is_a_notification(
    home: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVSEARCH_TUI_VIEWER", "no-such-viewer-here")
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-04.png")
        await driver.press("o")
        assert any("no-such-viewer-here" in note for note in driver.notes)


async def test_the_detail_shows_size_format_and_copies(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-04.png")
        assert "192×128 · PNG ·" in driver.screen_text
        driver.search.use_methods(("phash",))
        await driver.press()
        assert "0 bits" in driver.screen_text


async def test_only_cards_in_sight_have_their_pictures_made(home: Path, opened) -> None:
    async with opened(size=(60, 20)) as driver:
        await driver.press("d")
        await driver.ask(home / "Pictures" / "shapes-04.png")
        results, loader = driver.search.results, driver.search.loader
        drawn = [loader.drawing(results._key(hit)) is not None for hit in results.hits]
        assert drawn[0] and not drawn[-1]
        await driver.press("G")
        assert loader.drawing(results._key(results.hits[-1])) is not None
