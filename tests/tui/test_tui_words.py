"""Words in the query line of the app: typed, answered, remembered, explained."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.widgets.side import PicturePane
from tests.support.tiny_network import paint, store_network

SIZES = pytest.mark.parametrize("size", [(80, 24), pytest.param((160, 48), marks=pytest.mark.drill)])


@pytest.fixture
def pictures(new_home: Path) -> Path:
    """Six coloured pictures, indexed by a tiny network that knows colours, and by phash."""
    workspace, folder = Workspace(), new_home / "Pictures"
    folder.mkdir()
    for number, colour in enumerate(
        [(220, 20, 30), (200, 40, 30), (10, 200, 40), (30, 220, 9), (9, 9, 200), (1, 5, 255)]
    ):
        Image.fromarray(paint(*colour)).save(folder / f"{number}.png")
    store_network(workspace.folders.models, "colours", "efficientnet")
    index_collection(workspace, "pictures", [folder], ["efficientnet:colours", "phash"], control=NullControl())
    return folder


@SIZES
async def test_words_in_quotes_find_pictures_and_tell_what_they_are_taken_for(pictures: Path, opened, size) -> None:
    async with opened(size=size) as driver:
        await driver.ask('"something blue"')
        assert set(driver.names[:2]) == {"4.png", "5.png"}
        assert "as mostly-blue" in driver.screen_text
        assert driver.search.query_line.input.value == '"something blue"'


@SIZES
async def test_a_hit_for_words_says_why_and_what_it_is(pictures: Path, opened, size) -> None:
    async with opened(size=size) as driver:
        await driver.ask("text: green")
        hit = driver.search.results.hits[0]
        assert (hit.label, hit.why) == ("mostly-green", ("class mostly-green",))
        await driver.press("v")
        assert "mostly-green" in driver.screen_text
        if size[0] > 100:
            assert "class mostly-green" in driver.screen_text
            assert driver.search.query_one("#query-picture", PicturePane)._empty == "words"


async def test_a_picture_and_words_are_one_question(pictures: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await driver.ask(f'{pictures / "0.png"} - "red" + "green"')
        assert set(driver.names[:2]) == {"2.png", "3.png"}


async def test_a_pattern_is_asked_as_the_pictures_that_it_matches(
    pictures: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures)
    async with opened(size=(160, 48)) as driver:
        await driver.ask(f"{pictures}/[01].png")
        await driver.until(lambda: set(driver.names[:2]) == {"0.png", "1.png"})
        assert driver.search.session.current.source == f"{pictures}/0.png + {pictures}/1.png"
        await driver.ask("z*.png")
        await driver.until(lambda: "matches no file" in driver.screen_text)


async def test_a_folder_among_the_parts_is_told_in_a_sentence(pictures: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await driver.ask(f'{pictures} + "red"')
        assert "is a folder" in driver.screen_text


async def test_words_stand_in_the_history_of_queries(pictures: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.ask('"red"')
        first = driver.names
        await driver.ask('"blue"')
        await driver.press("backspace")
        assert (driver.names, driver.search.query_line.input.value) == (first, '"red"')


async def test_words_that_no_method_takes_are_told_in_a_sentence(home: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.ask('"an elephant"')
        assert "search for words" in " ".join(driver.screen_text.split())


async def test_a_word_without_quotes_is_told_how_to_be_searched_for(pictures: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await driver.ask("elephant")
        assert "'\"elephant\"'" in driver.screen_text


async def test_a_file_whose_name_looks_like_a_sum_is_a_picture(pictures: Path, opened) -> None:
    (pictures / "0.png").rename(pictures / "a + b - c.png")
    async with opened(size=(160, 48)) as driver:
        await driver.ask(str(pictures / "a + b - c.png"))
        assert driver.search.results.hits[0].score == 1


async def test_words_alone_are_no_picture_to_explain_a_hit_by(pictures: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask('"something blue"')
        await driver.press("w")
        assert driver.app.screen is driver.search
        assert any("Words alone are no picture" in note for note in driver.notes)
