"""A search that is led by hits which were judged, and narrowed: at once, told, remembered with the query, undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from revsearch_tui.tui.screens.narrowing import NarrowForm
from revsearch_tui.tui.widgets.choices import ChoiceLine
from revsearch_tui.tui.widgets.refined import RefinedLine
from tests.tui.conftest import Driver
from tests.tui.pausing import PausingWorkspace


def line(driver: Driver) -> str:
    """What is told above the hits; nothing where the line is hidden."""
    shown = driver.search.query_one(RefinedLine)
    return str(shown.content) if shown.display else ""


async def go_to(driver: Driver, name: str) -> None:
    driver.search.results.highlighted = driver.names.index(name)
    await driver.press()


async def narrow(driver: Driver, **fields: str) -> None:
    await driver.press("f")
    form = driver.app.screen
    assert isinstance(form, NarrowForm)
    for name, text in fields.items():
        entry = form.query_one(f"#form-{name}")
        (entry if isinstance(entry, Input | ChoiceLine) else entry.query_one(Input)).value = text  # type: ignore[attr-defined]
    await driver.press("enter")


@pytest.mark.parametrize("view", ["grid", "list"])
async def test_liked_and_unliked_hits_rank_anew_and_are_marked(colours: Path, opened, view: str) -> None:
    async with opened(size=(120, 44)) as driver:
        if view == "list":
            await driver.press("v")
        await driver.ask(colours / "0.png")
        before = driver.names
        assert before[:2] == ["0.png", "1.png"] and line(driver) == ""
        await go_to(driver, "2.png")
        await driver.press("plus")
        assert driver.search.results.hit.path.name == "2.png", "the hit that was judged stays highlighted"
        assert "1 liked, 0 not; 0 clears" in line(driver)
        await go_to(driver, "1.png")
        await driver.press("minus")
        assert driver.names[0] == "2.png" and driver.names.index("3.png") < driver.names.index("1.png")
        assert "1 liked, 1 not; 0 clears" in line(driver)
        places = {name: driver.names.index(name) + 1 for name in ("2.png", "1.png")}
        assert f"{places['2.png']}+ " in driver.screen_text and f"{places['1.png']}− " in driver.screen_text
        await driver.press("minus")
        assert "1 liked, 0 not" in line(driver) and "−" not in driver.screen_text, "the same key takes it back"
        await driver.press("0")
        assert driver.names == before and line(driver) == ""


@pytest.mark.drill
async def test_what_was_judged_stays_with_its_query(colours: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(colours / "0.png")
        await go_to(driver, "4.png")
        await driver.press("plus")
        led = driver.names
        await driver.press("n")
        assert line(driver) == "" and driver.names[0] == "4.png"
        await driver.press("backspace")
        assert driver.names == led and "1 liked" in line(driver)
        await driver.press("u")
        assert line(driver) == "" and driver.names[0] == "0.png"
        await driver.press("plus", "escape")
        assert line(driver) == "" and driver.search.query_line.source == str(colours / "0.png")
        await driver.press("u")
        assert "1 liked" in line(driver), "what was cleared by mistake comes back"


@pytest.mark.drill
async def test_words_are_led_by_hits_too(colours: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask('"red"')
        await go_to(driver, "2.png")
        await driver.press("plus", "plus")
        await driver.press("equals_sign")
        assert "1 liked" in line(driver) and driver.names.index("2.png") < driver.names.index("4.png")


@pytest.mark.drill
async def test_methods_that_cannot_be_led_leave_the_hits_as_they_were(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        before = driver.names
        await driver.press("down", "plus")
        assert driver.names == before and line(driver) == ""
        assert any("cannot search for several pictures" in note for note in driver.notes)
        await driver.press("u")
        assert driver.names == before, "there is nothing to undo"


async def test_a_search_is_narrowed_and_the_next_one_with_it(colours: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(colours / "0.png")
        everything = driver.names
        await narrow(driver, under=str(colours / "Blue"), glob="4*, 5*", hits="1")
        assert driver.names == ["4.png"]
        assert line(driver) == "below ~/Pictures/Blue · 4* · 5* · 1 hit; 0 clears"
        await driver.ask(colours / "Blue" / "5.png")
        assert driver.names == ["5.png"] and "below ~/Pictures/Blue" in line(driver)
        await driver.press("0")
        assert len(driver.names) == 6
        await driver.press("backspace")
        assert driver.names == ["4.png"] and "below ~/Pictures/Blue" in line(driver)
        await driver.press("escape")
        assert driver.names == everything and line(driver) == ""


async def test_escape_while_a_narrowed_search_runs_leaves_the_hits_as_they_were(colours: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await driver.ask(colours / "0.png")
        before = driver.names
        pause = driver.search.workspace.searches
        pause.on()
        await driver.pilot.press("plus", "minus")
        await driver.until(pause.reached.is_set)
        assert "0 liked, 1 not" in line(driver)
        await driver.pilot.press("escape")
        pause.off()
        await driver.press()
        assert driver.names == before and line(driver) == ""
        assert "−" not in driver.screen_text and driver.search.query_line.source == str(colours / "0.png")


async def test_only_copies_and_a_least_score_by_what_hits_are_worth(twins: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await driver.ask(twins / "scene-00.png")
        assert len(driver.names) > 2
        await narrow(driver, copies="yes")
        assert set(driver.names) == {"scene-00.png", "small.jpg"} and line(driver).startswith("copies only;")
        await narrow(driver, copies="no", score="1", turned="yes")
        assert driver.names == ["scene-00.png"] and line(driver).startswith("any orientation · score 1 or more;")
        await narrow(driver, score="", turned="no", glob="*.gif")
        assert "esc drops what it is narrowed to" in driver.screen_text
        await driver.press("escape")
        assert len(driver.names) > 2


async def test_copies_by_one_method_need_a_measured_threshold_and_say_so(twins: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(twins / "scene-00.png")
        driver.search.use_methods(("phash",))
        await driver.press()
        before = driver.names
        await narrow(driver, copies="yes")
        assert driver.names == before and line(driver) == ""
        assert any("no threshold for copies was measured" in note for note in driver.notes)


async def test_what_does_not_go_together_is_told(colours: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(colours / "0.png")
        await narrow(driver, turned="yes")
        await driver.press("plus")
        assert any("without liked hits" in note for note in driver.notes) and "liked" not in line(driver)
        await driver.ask('"red"')
        assert driver.names[0] in ("0.png", "1.png") and line(driver) == "", "words have no orientation"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"under": "/no/such/folder"}, "is not a folder"),
        ({"hits": "0"}, "1 to 10,000 hits"),
        ({"score": "high"}, "is no score"),
    ],
)
async def test_the_form_says_what_is_wrong(colours: Path, opened, fields: dict[str, str], said: str) -> None:
    async with opened() as driver:
        await driver.ask(colours / "0.png")
        await narrow(driver, **fields)
        assert isinstance(driver.app.screen, NarrowForm)
        assert said in " ".join(driver.screen_text.split())


async def test_other_methods_keep_to_what_is_narrowed(colours: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(colours / "0.png")
        await narrow(driver, glob="[0-3].png")
        driver.search.use_methods(("efficientnet:colours",))
        await driver.press()
        assert sorted(driver.names) == ["0.png", "1.png", "2.png", "3.png"] and "[0-3].png" in line(driver)
