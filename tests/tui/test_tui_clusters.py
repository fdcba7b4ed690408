"""Clusters in the app: found in the background, opened, and searched by."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from textual.widgets import Input

from revsearch_tui.tui.commands import RevsearchCommands
from revsearch_tui.tui.screens.clusters import ClustersScreen
from revsearch_tui.tui.screens.clusters.asking import SortForm
from revsearch_tui.tui.screens.clusters.cluster_page import ClusterScreen
from revsearch_tui.tui.widgets.clusters.words import cluster_name
from tests.tui.conftest import Driver
from tests.tui.pausing import paused_at

pytest.importorskip("sklearn")


def page(driver: Driver) -> ClustersScreen:
    assert isinstance(driver.app.screen, ClustersScreen)
    return driver.app.screen


def rows(driver: Driver) -> list[tuple[str, int]]:
    """The name of each cluster, and how many pictures it has."""
    return [(cluster_name(each), len(each.images)) for each in page(driver).view.clusters]


async def test_themes_are_found_in_the_background_and_named_with_what_is_in_none_last(photos: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f6")
        assert rows(driver) == [("mostly-green in Lawns", 12), ("mostly-red in Roses", 9), ("in no theme", 1)]
        text = driver.screen_text
        for told in ("1 · mostly-green in Lawns · 12 pictures", "[themes]", "1 of 2 themes · 1 picture in none"):
            assert told in text, told
        assert "mostly-green 100%" in text and "~/Pictures/Lawns 100%" in text
        assert any("2 themes, 1 burst among 22 pictures" in note for note in driver.notes)
        await driver.press("end")
        assert page(driver).view.picture(2, 0)[1] == photos / "odd.jpg"
        assert "2 themes · 1 picture in none" in driver.screen_text and "like too few others" in driver.screen_text
        await driver.press("escape", "f6")
        assert len([note for note in driver.notes if "among 22 pictures" in note]) == 1, "they are found once"


async def test_the_picture_that_stands_for_a_theme_comes_first(photos: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f6", "down")
        names = [image.paths[0].name for image in page(driver).view.clusters[1].images]
        assert names[0] in ("red3.jpg", "red4.jpg", "red5.jpg") and names[0] in driver.screen_text
        first = page(driver).view.entry
        await driver.press("right")
        assert (first, page(driver).view.entry) == (0, 1)


@pytest.mark.drill
async def test_a_key_changes_to_bursts_and_back(photos: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f6", "tab")
        assert rows(driver) == [("mostly-green in Lawns", 4)] and "[bursts]" in driver.screen_text
        assert "1 of 1 burst" in driver.screen_text and "in none" not in driver.screen_text
        await driver.press("tab")
        assert len(rows(driver)) == 3


@pytest.mark.drill
async def test_enter_opens_a_cluster_and_enter_on_a_picture_searches_by_it(photos: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f6", "down", "right", "enter")
        screen = driver.app.screen
        assert isinstance(screen, ClusterScreen)
        assert {hit.path.parent.name for hit in screen.grid.hits} == {"Roses"} and len(screen.grid.hits) == 9
        assert screen.grid.highlighted == 1, "the cursor is where it was in the row"
        wanted = screen.grid.hit
        assert wanted is not None and wanted.path.name in driver.screen_text
        await driver.press("enter")
        assert driver.app.screen is driver.search and driver.app.screen_stack == [driver.search]
        current = driver.search.session.current
        assert current is not None and (current.source, current.image_id) == (str(wanted.path), wanted.image_id)
        assert driver.names[0] == wanted.path.name


async def test_a_picture_of_a_row_is_searched_by_at_once(photos: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f6", "end", "f")
        assert driver.app.screen is driver.search and driver.names[0] == "odd.jpg"


@pytest.mark.drill
async def test_escape_leads_back_from_a_cluster_to_all(photos: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f6", "enter", "escape")
        assert len(rows(driver)) == 3
        await driver.press("escape")
        assert driver.app.screen is driver.search


@pytest.mark.drill
async def test_sorting_is_given_up_by_escape_and_begun_anew_by_a_form(photos: Path, opened) -> None:
    workspace = paused_at("opening the index")
    async with opened(size=(80, 24), workspace=workspace) as driver:
        await driver.pilot.press("f6")
        await driver.until(workspace.jobs.reached.is_set)
        await driver.until(lambda: "Finding clu" in driver.screen_text)
        assert "esc gives up" in driver.screen_text
        await driver.pilot.press("escape")
        workspace.jobs.off()
        await driver.press()
        assert "n sorts the pictures" in driver.screen_text and any("No clusters" in note for note in driver.notes)
        await driver.press("n")
        form = driver.app.screen
        assert isinstance(form, SortForm)
        form.query_one("#form-smallest", Input).value = "1"
        await driver.press("enter")
        assert "A theme has 2 to 10,000 pictures at least" in driver.screen_text
        form.query_one("#form-smallest", Input).value = "10"
        await driver.press("enter")
        assert rows(driver)[-1][0] == "in no theme" and len(rows(driver)[:-1]) < 2


@pytest.mark.drill
async def test_without_scikit_learn_one_sentence_says_what_to_install(
    photos: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    async with opened() as driver:
        await driver.press("f6")
        text = " ".join(driver.screen_text.split())
        assert "themes are found by scikit-learn, which is not installed" in text and "revsearch-tui[clusters]" in text


@pytest.mark.drill
async def test_a_collection_without_an_embedding_says_by_what_to_index_it(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f6")
        text = " ".join(driver.screen_text.split())
        assert "cannot tell what pictures show; index the collection by a method that does" in text


@pytest.mark.drill
async def test_a_collection_without_bursts_says_so(photos: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f6")
        found = driver.search.clusters.clusters["pictures"]
        found.found[:] = [each for each in found.found if each.kind != "burst"]
        await driver.press("tab")
        assert "There is no burst" in driver.screen_text


@pytest.mark.drill
async def test_many_clusters_and_pictures_cost_no_more_than_those_in_sight(photos: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("f6")
        view = page(driver).view
        view.show([*view.clusters] * 10_000)
        await driver.press("end")
        assert view.at == 29_999 and len(view._lines) <= 4


@pytest.mark.drill
async def test_the_palette_offers_clusters(photos: Path, opened) -> None:
    async with opened() as driver:
        assert "Clusters" in {command.name for command in RevsearchCommands(driver.search).commands()}
        await driver.press("f6")
        offered = {command.name for command in RevsearchCommands(page(driver)).commands()}
        assert {"Sort anew", "Find like this"} <= offered
