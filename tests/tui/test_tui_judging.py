"""Hits judged a match of the query, or none: at once, remembered by the collection, taken back by one key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from revsearch_tui.core.storage.judgements import judgements_of
from revsearch_tui.core.workspace import Workspace
from tests.tui.pausing import PausingWorkspace
from tests.tui.test_tui_refining import go_to, line


@pytest.fixture
def forgetting(home: Path) -> Iterator[Path]:
    """The folder of pictures, of which nothing is said before and after."""
    yield home / "Pictures"
    (Workspace().collection("pictures").home / "judgements.jsonl").unlink(missing_ok=True)


def said() -> list[tuple[str, set[str]]]:
    """What the collection remembers, and of which files."""
    return [
        (each.verdict, {Path(name).name for name in each.names})
        for each in judgements_of(Workspace().collection("pictures").home)
    ]


async def test_no_match_goes_from_the_list_and_comes_back_by_one_key(forgetting: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(forgetting / "shapes-03.png")
        before = driver.names
        await driver.press("right", "N")
        assert driver.names == [before[0], *before[2:]] and driver.search.results.highlighted == 1
        assert said() == [("no match", {"shapes-03.png", before[1]})]
        assert "1 hit left out as no match" in line(driver)
        assert [note for note in driver.notes if "no match" in note] == [
            f"'{before[1]}' is judged no match; u undoes that."
        ]
        await driver.ask(forgetting / before[1])
        assert "shapes-03.png" not in driver.names, "it holds the other way round"
        await driver.press("backspace", "u")
        assert driver.names == before and said() == [] and line(driver) == ""


async def test_it_goes_however_long_the_next_search_takes(forgetting: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await driver.ask(forgetting / "shapes-03.png")
        before = driver.names
        pause = driver.search.workspace.searches
        pause.on()
        await driver.pilot.press("right", "N")
        await driver.until(pause.reached.is_set)
        await driver.until(lambda: before[1] not in driver.names)
        pause.off()
        await driver.press()
        assert driver.names == [before[0], *before[2:]]
        assert [hit.rank for hit in driver.search.results.hits] == list(range(1, len(before)))


@pytest.mark.drill
async def test_a_match_comes_first_with_a_sign_and_the_same_key_takes_it_back(forgetting: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await driver.ask(forgetting / "shapes-03.png")
        before = driver.names
        await go_to(driver, before[-1])
        await driver.press("M")
        assert driver.names[:2] == ["shapes-03.png", before[-1]] and driver.search.results.highlighted == 1
        assert said() == [("match", {"shapes-03.png", before[-1]})]
        assert "judged a match" in driver.screen_text and "○ = ┃" in driver.screen_text
        await driver.press("N")
        assert said() == [("no match", {"shapes-03.png", before[-1]})] and before[-1] not in driver.names
        await driver.press("u")
        assert said() == [("match", {"shapes-03.png", before[-1]})], "what was said before holds again"
        await go_to(driver, before[-1])
        await driver.press("M")
        assert said() == [] and driver.names == before


async def test_what_makes_no_pair_is_told(forgetting: Path, colours: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask('"red"')
        await driver.press("N")
        assert any("search with one picture first" in note for note in driver.notes)
        await driver.ask(colours / "0.png")
        await driver.press("M")
        assert any("the query picture itself" in note for note in driver.notes) and said() == []


async def test_a_hit_of_a_search_that_was_led_is_judged_beside_the_query(colours: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(colours / "0.png")
        await go_to(driver, "2.png")
        await driver.press("plus")
        await go_to(driver, "3.png")
        await driver.press("N")
        assert said() == [("no match", {"0.png", "3.png"})] and "3.png" not in driver.names
        assert "1 liked, 0 not · 1 hit left out as no match; 0 clears" in line(driver)
        await driver.press("u", "u")
        assert said() == [] and line(driver) == ""
