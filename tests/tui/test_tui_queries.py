"""The query of the app: what the line and the column show of it, and what it may be."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input, Static

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.screens.accuracy.measuring import EvaluationForm
from revsearch_tui.tui.screens.pick import BrowseDialog, PictureTree
from revsearch_tui.tui.widgets.side import PicturePane
from tests.support.halting import HaltingSite, halting
from tests.support.served import served
from tests.tui.conftest import Driver, draw_picture, write_pictures

MEGABYTE = "<begin>" + "x" * 1_000_000 + "<end>"


def line(driver: Driver) -> str:
    return driver.search.query_line.input.value


def titles(driver: Driver) -> tuple[str, str]:
    results = driver.search.results
    return str(results.border_title), str(results.border_subtitle)


def query_pane(driver: Driver) -> str:
    """What is written in the query pane; empty where there is a picture."""
    pane = driver.search.query_one("#query-picture", PicturePane)
    key = pane._key()
    assert key is None or driver.search.loader.drawing(key) is None or not pane._problem
    return "" if key and driver.search.loader.drawing(key) else (pane._problem or pane._empty)


async def type_in_line(driver: Driver, text: str) -> None:
    await driver.pilot.press("slash")
    driver.search.query_line.input.value = text
    await driver.press()


# What is pasted or dropped


@pytest.mark.parametrize("written", ["{uri}", "'{path}'", '"{path}"', "{escaped}"])
async def test_a_path_is_understood_as_file_managers_and_terminals_write_it(
    home: Path, opened, tmp_path: Path, written: str
) -> None:
    picture = tmp_path / "our house.png"
    shutil.copy(home / "Pictures" / "shapes-03.png", picture)
    path = str(picture)
    async with opened() as driver:
        await driver.ask(written.format(uri=picture.as_uri(), path=path, escaped=path.replace(" ", "\\ ")))
        assert line(driver) == path and driver.names[0] == "shapes-03.png"


async def test_in_a_small_terminal_most_of_the_room_is_for_the_hits(home: Path, opened) -> None:
    async with opened(size=(40, 12)) as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        assert driver.search.results.size.width >= 20 and driver.names[0] == "shapes-03.png"


# What the line shows


@pytest.mark.parametrize("keys", [("escape", "escape"), ("up", "escape", "escape"), ("z", "z", "tab")])
async def test_text_that_was_abandoned_gives_way_to_the_query_that_is_answered(
    home: Path, opened, keys: tuple[str, ...]
) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        await type_in_line(driver, str(home / "Pictures") + "/")
        assert driver.search.query_line.list_is_open
        await driver.press(*keys)
        assert driver.app.focused is driver.search.results
        assert line(driver) == "~/Pictures/shapes-03.png"
        assert driver.search.query_line.source == str(home / "Pictures" / "shapes-03.png")
        assert not driver.search.query_line.list_is_open


async def test_text_abandoned_for_the_hits_by_a_click_goes_as_well(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        await type_in_line(driver, str(home / "Pictures") + "/")
        await driver.pilot.click("#results", offset=(8, 12))
        await driver.press()
        assert line(driver) == "~/Pictures/shapes-03.png" and not driver.search.query_line.list_is_open


async def test_text_abandoned_before_anything_was_asked_leaves_an_empty_line(home: Path, opened) -> None:
    async with opened() as driver:
        await type_in_line(driver, "abc")
        await driver.press("escape")
        assert line(driver) == ""


async def test_leaving_the_terminal_for_another_window_leaves_what_is_typed(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        await type_in_line(driver, "https://exam")
        driver.app.post_message(events.AppBlur())
        await driver.press()
        driver.app.post_message(events.AppFocus())
        await driver.press()
        assert line(driver) == "https://exam" and isinstance(driver.app.focused, Input)
        driver.app.action_help()
        await driver.press("escape")
        assert line(driver) == "https://exam"


async def test_an_answer_that_comes_while_the_next_query_is_typed_leaves_it_alone(home: Path, opened) -> None:
    from tests.tui.pausing import PausingWorkspace

    async with opened(workspace=PausingWorkspace()) as driver:
        pause = driver.search.workspace.searches
        pause.on()
        await driver.pilot.press("slash")
        driver.search.query_line.input.value = str(home / "Pictures" / "shapes-02.png")
        await driver.pilot.press("enter")
        await driver.until(pause.reached.is_set)
        await driver.pilot.press("slash")
        driver.search.query_line.input.value = "https://exam"
        pause.off()
        await driver.press()
        assert driver.names[0] == "shapes-02.png"
        assert line(driver) == "https://exam" and isinstance(driver.app.focused, Input)


@pytest.mark.drill
async def test_the_query_of_a_collection_goes_with_it(new_home: Path, opened) -> None:
    for name in ("one", "two"):
        write_pictures(new_home / name, 4)
        index_collection(Workspace(), name, [new_home / name], ["phash"], control=NullControl())
    async with opened(collection="one") as driver:
        await driver.ask(new_home / "one" / "shapes-02.png")
        driver.search.open_collection("two")
        await driver.press()
        assert line(driver) == "" and titles(driver) == ("Results", "")
        assert query_pane(driver) == "no picture"


# Failed searches


@pytest.mark.drill
@pytest.mark.parametrize("source", ["/no/such/picture.png", "NOTES", "http://127.0.0.1:9/x.png"])
async def test_a_failed_search_leaves_nothing_of_the_former_answer(
    home: Path, opened, tmp_path: Path, source: str
) -> None:
    notes = tmp_path / "notes.png"
    notes.write_text("no picture")
    async with opened(size=(140, 40)) as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        await driver.ask(str(notes) if source == "NOTES" else source)
        assert titles(driver) == ("Results", "")
        assert driver.search.results.hits == ()
        assert query_pane(driver) != ""
        assert "shapes-03" not in driver.screen_text and "inliers" not in driver.screen_text
        assert line(driver).endswith(("picture.png", "notes.png", "x.png"))


@pytest.mark.drill
async def test_back_after_a_failed_search_returns_to_the_former_answer(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        await driver.press("right")
        before = driver.names, titles(driver)
        await driver.ask("/no/such/picture.png")
        await driver.ask("/no/such/other.png")
        await driver.press("escape")
        assert (driver.names, titles(driver)) == before
        assert driver.search.results.highlighted == 1
        assert line(driver) == "~/Pictures/shapes-03.png" and query_pane(driver) == ""
        await driver.press("escape")
        assert driver.names == before[0], "there is nothing before it"


async def test_back_after_a_first_search_that_failed_returns_to_the_beginning(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask("/no/such/picture.png")
        await driver.press("backspace")
        assert line(driver) == "" and "Find pictures like one you have" in driver.screen_text


async def test_back_after_other_methods_failed_returns_to_those_that_answered(
    home: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from revsearch_sift.method import Sift

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        before = driver.names
        monkeypatch.setattr(Sift, "extract", broken)
        driver.search.use_methods(("sift",))
        await driver.press()
        assert titles(driver) == ("Results", "") and driver.names == []
        await driver.press("escape")
        assert driver.search.session.methods == ("phash", "sift") and driver.names == before


# Pictures that are gone


@pytest.fixture
def gone(new_home: Path) -> Path:
    """A folder of six pictures that were indexed; of the second and third there are no files any more."""
    folder = new_home / "Pictures"
    write_pictures(folder, 6)
    index_collection(Workspace(), "pictures", [folder], ["phash", "sift"], control=NullControl())
    for number in (1, 2):
        (folder / f"shapes-{number:02}.png").unlink()
    return folder


@pytest.mark.drill
async def test_a_hit_whose_files_are_gone_can_be_the_next_query(gone: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(gone / "shapes-00.png")
        await driver.press(*["right"] * driver.names.index("shapes-01.png"), "enter")
        assert driver.names[0] == "shapes-01.png" and len(driver.names) == 6
        assert any("not there any more; searched by what is stored of it" in note for note in driver.notes)
        assert query_pane(driver) == "the file is gone"
        driver.search.use_methods(("phash", "sift"))
        await driver.press()
        assert driver.names[0] == "shapes-01.png"


@pytest.mark.drill
async def test_the_thumbnail_that_is_kept_of_a_picture_that_is_gone_is_shown(gone: Path, opened) -> None:
    draw_picture(2).save(gone / "shapes-02.png")
    async with opened() as driver:
        await driver.ask(gone / "shapes-02.png")
        (gone / "shapes-02.png").unlink()
        await driver.ask(gone / "shapes-00.png")
    async with opened() as driver:
        await driver.ask(gone / "shapes-02.png")
        assert driver.names[0] == "shapes-02.png" and query_pane(driver) == ""


# Folders


@pytest.mark.drill
@pytest.mark.parametrize(
    "written", ["~/Pictures", *(pytest.param(written, marks=pytest.mark.drill) for written in ("{}", "{}/"))]
)
async def test_a_folder_as_the_query_is_browsed(home: Path, opened, written: str) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        await driver.ask(written.format(home / "Pictures"))
        assert isinstance(driver.app.screen, BrowseDialog)
        assert Path(driver.app.screen.query_one(PictureTree).path) == home / "Pictures"
        await driver.press("escape")
        assert line(driver) == "~/Pictures/shapes-03.png" and driver.names[0] == "shapes-03.png"
        await driver.ask(written.format(home / "Pictures"))
        await driver.press("j", "enter")
        assert driver.names[0] == line(driver).rpartition("/")[2] != "shapes-03.png"


# The web


@pytest.fixture
def site(home: Path) -> Iterator[HaltingSite]:
    """Serves the picture `shapes-04.png`."""
    with halting((home / "Pictures" / "shapes-04.png").read_bytes()) as made:
        yield made


async def begin(driver: Driver, url: str) -> None:
    """Ask for a URL; half of it is there when this returns."""
    await driver.pilot.press("slash")
    driver.search.query_line.input.value = url
    await driver.pilot.press("enter")
    await driver.until(lambda: " of " in titles(driver)[1])


@pytest.mark.drill
async def test_a_picture_from_the_web_is_shown_and_fetched_once(home: Path, opened, site: HaltingSite) -> None:
    site.go_on.set()
    async with opened() as driver:
        await driver.ask(site.url)
        assert driver.names[0] == "shapes-04.png" and query_pane(driver) == ""
        assert line(driver) == site.url
        driver.search.use_methods(("sift",))
        await driver.press()
        await driver.press("right", "enter")
        assert driver.names[0] != "shapes-04.png"
        await driver.press("escape")
        assert driver.names[0] == "shapes-04.png" and query_pane(driver) == ""
        driver.search.use_methods(("phash",))
        await driver.press()
        assert site.requests == 1
        await driver.ask(site.url)
        assert site.requests == 2, "who asks again wants it as it is now"


@pytest.mark.drill
async def test_a_picture_from_the_web_that_is_in_no_collection_is_shown(home: Path, opened, tmp_path: Path) -> None:
    draw_picture(99).save(tmp_path / "new.png")
    with served(tmp_path) as url:
        async with opened() as driver:
            await driver.ask(f"{url}/new.png")
            assert len(driver.names) == 12 and query_pane(driver) == ""
            await driver.ask(f"{url}/absent.png")
            assert query_pane(driver) == "not fetched"


async def test_fetching_tells_how_far_it_is_and_escape_stops_it(home: Path, opened, site: HaltingSite) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        before = driver.names, titles(driver)
        await begin(driver, site.url)
        assert titles(driver)[1] == f"fetching … 0.0 of {len(site.data) / 1e6:.1f} MB"
        await driver.pilot.press("escape")
        assert (driver.names, titles(driver)) == before
        assert line(driver) == "~/Pictures/shapes-03.png"
        await driver.press()
        assert (driver.names, titles(driver)) == before and not site.go_on.is_set()
        assert query_pane(driver) == ""


async def test_escape_stops_the_first_of_all_queries_too(home: Path, opened, site: HaltingSite) -> None:
    async with opened() as driver:
        await begin(driver, site.url)
        await driver.press("escape")
        assert line(driver) == "" and "Find pictures like one you have" in driver.screen_text
        assert titles(driver) == ("Results", "") and not site.go_on.is_set()


@pytest.mark.drill
async def test_a_newer_question_does_not_wait_for_what_is_fetched(home: Path, opened, site: HaltingSite) -> None:
    async with opened() as driver:
        await begin(driver, site.url)
        await driver.ask(home / "Pictures" / "shapes-07.png")
        assert driver.names[0] == "shapes-07.png" and not site.go_on.is_set()
        site.go_on.set()
        await driver.press()
        assert driver.names[0] == "shapes-07.png"


# Much input


@pytest.mark.drill
async def test_a_megabyte_is_not_pasted_and_told_in_short(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("slash")
        for text in (MEGABYTE, "世" * 1_000_000):
            driver.app.post_message(events.Paste(text))
            await driver.press()
        assert line(driver) == ""
        assert len(driver.notes) == 2
        assert all(len(note) < 300 and "characters in all" in note for note in driver.notes)
        assert "<begin>" in driver.notes[0] and "<end>" in driver.notes[0]
        driver.app.post_message(events.Paste("~/Pictures/shapes-05.png"))
        await driver.press("enter")
        assert driver.names[0] == "shapes-05.png"


@pytest.mark.drill
async def test_a_megabyte_as_the_query_is_told_in_short(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(MEGABYTE)
        assert len(line(driver)) < 20_000
        assert driver.search.query_line.source == MEGABYTE
        title, said = driver.search.results._empty
        text = " ".join(said)
        assert len(text) < 1_500 and "<begin>" in text and "<end>" in text and "characters in all" in text
        assert "File name too long" in text
        await driver.press("b")
        assert isinstance(driver.app.screen, BrowseDialog)


@pytest.mark.drill
@pytest.mark.parametrize("field", ["folder", "queries"])
async def test_a_megabyte_in_a_form_is_told_in_short(home: Path, opened, field: str) -> None:
    async with opened() as driver:
        if field == "folder":
            await driver.press("a")
            driver.app.screen.query(Input).first().value = MEGABYTE
        else:
            driver.app.push_screen(EvaluationForm(driver.search.loader, str(home), ()))
            await driver.press()
            driver.app.screen.query_one("#form-queries", Input).value = "9" * 1_000_000
        await driver.press("enter")
        told = str(driver.app.screen.query_one("#form-problem", Static).render())
        assert 0 < len(told) < 500 and "characters in all" in told
