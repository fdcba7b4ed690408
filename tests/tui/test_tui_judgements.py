"""The page of judgements: what was said is listed, filtered, looked at, taken back and said again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from textual.widgets import Input

from revsearch_tui.core.storage.judgements import Verdict, judge, judgements_of
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.screens.judgements import JudgedTwoScreen, JudgementsScreen
from tests.tui.conftest import Driver
from tests.tui.test_tui_judging import forgetting, said

__all__ = ["forgetting"]
DAY = 86_400.0


def say(folder: Path, first: int, second: int, verdict: Verdict, when: float) -> None:
    """Have the collection remember what is said of two pictures, by their numbers."""
    paths = [folder / f"shapes-{number:02}.png" for number in (first, second)]
    one, other = (hashlib.sha256(path.read_bytes()).digest() for path in paths)
    home = Workspace().collection("pictures").home
    judge(home, [(one, other)], [(str(paths[0]), str(paths[1]))], verdict, when)


@pytest.fixture
def judged(forgetting: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of pictures; of three pairs something was said, on three days."""
    say(forgetting, 3, 9, "no match", 1_700_000_000)
    say(forgetting, 3, 4, "match", 1_700_000_000 + DAY)
    say(forgetting, 5, 6, "no match", 1_700_000_000 + 2 * DAY)
    return forgetting


def page(driver: Driver) -> JudgementsScreen:
    assert isinstance(driver.app.screen, JudgementsScreen)
    return driver.app.screen


def listed(driver: Driver) -> list[tuple[str, set[str]]]:
    return [(each.judgement.verdict, {Path(name).name for name in each.names}) for each in page(driver).listed]


NEWEST = ("no match", {"shapes-05.png", "shapes-06.png"})
MATCH = ("match", {"shapes-03.png", "shapes-04.png"})
OLDEST = ("no match", {"shapes-03.png", "shapes-09.png"})


@pytest.mark.parametrize("size", [(80, 24), pytest.param((160, 48), marks=pytest.mark.drill)])
async def test_the_newest_comes_first_with_both_pictures_their_paths_and_the_day(judged: Path, opened, size) -> None:
    async with opened(size=size) as driver:
        await driver.press("f7")
        assert listed(driver) == [NEWEST, MATCH, OLDEST]
        text = driver.screen_text
        for told in ("= match", "≠ no match", "2023-11-1", "3 pairs", "~/Pictures/shapes-05.png", "▀"):
            assert told in text, told
        await driver.press("j")
        assert "~/Pictures/shapes-04.png" in driver.screen_text
        await driver.press("escape")
        assert driver.app.screen is driver.search


async def test_one_is_taken_back_and_said_again_as_of_the_same_day(judged: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(judged / "shapes-03.png")
        assert driver.names[1] == "shapes-04.png" and "shapes-09.png" not in driver.names
        before = judgements_of(Workspace().collection("pictures").home)
        await driver.press("f7", "G", "d")
        assert listed(driver) == [NEWEST, MATCH] == said()
        assert "shapes-09.png" in driver.names, "the hits behind the page are others at once"
        await driver.press("d")
        assert listed(driver) == [NEWEST] and driver.names[1] != "shapes-04.png"
        await driver.press("u", "u")
        assert listed(driver) == [NEWEST, MATCH, OLDEST]
        assert judgements_of(Workspace().collection("pictures").home) == before
        await driver.press("d", "d", "d")
        assert "Nothing was judged in this collection" in driver.screen_text
        await driver.press("u", "q")
        assert len(said()) == 1


@pytest.mark.drill
async def test_pairs_are_filtered_by_what_is_typed(judged: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f7", "slash", *"No Match")
        assert listed(driver) == [NEWEST, OLDEST] and "2 of 3 pairs" in driver.screen_text
        entry = page(driver).query_one(Input)
        entry.value = "shapes-04"
        await driver.press("enter")
        assert listed(driver) == [MATCH] and driver.app.focused is page(driver).table
        entry.value = "no such thing"
        await driver.press()
        assert "No pair holds what you typed" in driver.screen_text
        await driver.press("escape")
        assert listed(driver) == [NEWEST, MATCH, OLDEST]
        await driver.press("escape")
        assert driver.app.screen is driver.search


async def test_a_pair_is_compared_in_full_size(judged: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f7", "j", "enter")
        assert isinstance(driver.app.screen, JudgedTwoScreen)
        text = driver.screen_text
        assert "side by side" in text and "= match, said 2023-11-1" in text and "2 of 3 pairs" in text
        assert "shapes-03.png" in text and "shapes-04.png" in text and "Keep" not in text.splitlines()[-1]
        await driver.press("n")
        assert "shapes-09.png" in driver.screen_text and "≠ no match" in driver.screen_text
        await driver.press("d")
        assert "of 255" in driver.screen_text
        await driver.press("escape")
        assert listed(driver) == [NEWEST, MATCH, OLDEST]


@pytest.mark.drill
async def test_where_nothing_was_said_the_page_says_how(home: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("f7")
        assert "Nothing was judged in this collection" in driver.screen_text
        assert "Filter" not in driver.screen_text.splitlines()[-1]


@pytest.mark.drill
async def test_without_a_collection_the_page_says_what_to_do(new_home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("escape", "f7")
        assert "No collection is open" in driver.screen_text


@pytest.mark.drill
async def test_names_are_shown_as_they_are_and_pictures_that_are_gone_as_gone(forgetting: Path, opened) -> None:
    home = Workspace().collection("pictures").home
    names = ("/gone/[bold]a.png", "/gone/b\x1b[31m.png")
    judge(home, [(b"\1" * 32, b"\2" * 32)], [names], "no match", 1_700_000_000)
    async with opened(size=(160, 48)) as driver:
        await driver.press("f7")
        text = driver.screen_text
        assert text.count("[bold]a.png") == 3 and "b\\x1b[31m.png" in text and "the file is gone" in text
        await driver.press("enter")
        assert "[bold]a.png" in driver.screen_text and "the file is gone" in driver.screen_text
