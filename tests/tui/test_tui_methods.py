"""By which methods the app searches."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import SelectionList

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.models.model_store import add_model, remove_model
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import fetch_limits, open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.support.tiny_onnx import write_tiny_onnx
from tests.tui.conftest import write_pictures


def as_on_the_command_line(collection: str, query: Path) -> list[tuple[str, float]]:
    """Name and score of what `search` finds where no method is named."""
    workspace = Workspace()
    home = workspace.collection(collection)
    engine = open_engine(workspace, home, NullControl(), print)
    try:
        choices = workspace.choose_to_search(home, note=print)
        request = search_request(workspace, choices, named=False)
        (result,) = engine.search([read_query(str(query), fetch_limits(workspace))], request)
    finally:
        engine.close()
    return [(hit.path.name, hit.score) for hit in result.hits]


async def test_all_methods_answer_as_on_the_command_line(home: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        query = home / "Pictures" / "shapes-05.png"
        await driver.ask(query)
        found = [(hit.path.name, hit.score) for hit in driver.search.results.hits]
        assert found == as_on_the_command_line("pictures", query)
        assert "by phash + sift" in driver.screen_text.splitlines()[0]
        assert "fused: phash + sift" in driver.screen_text
        await driver.press("m")
        assert driver.app.screen.query_one(SelectionList).selected == ["phash", "sift"]


@pytest.mark.drill
async def test_a_small_terminal_names_the_usual_methods_and_ranks_as_the_command_line(new_home: Path, opened) -> None:
    paths = write_pictures(new_home / "pictures", 4)
    index_collection(Workspace(), "pictures", [new_home / "pictures"], control=NullControl())
    async with opened(size=(80, 24)) as driver:
        await driver.ask(paths[2])
        found = [(hit.path.name, hit.score) for hit in driver.search.results.hits]
        assert found == as_on_the_command_line("pictures", paths[2])
        assert "by phash + sift + efficientnet " in driver.screen_text.splitlines()[0]
        await driver.press("m", "space", "enter")
        assert "by sift + efficientnet" in driver.screen_text.splitlines()[0]


@pytest.fixture
def two(new_home: Path) -> Path:
    """Collections `pictures` and `more`, by phash and sift."""
    for name in ("pictures", "more"):
        write_pictures(new_home / name, 4)
        index_collection(Workspace(), name, [new_home / name], ["phash", "sift"], control=NullControl())
    return new_home


@pytest.mark.drill
async def test_what_was_chosen_stays_chosen(two: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("m", "space", "enter")
        assert driver.search.session.methods == ("sift",)
        await driver.ask(two / "pictures" / "shapes-01.png")
        await driver.press("r")
        assert driver.search.session.methods == ("sift",)
        driver.search.open_collection("more")
        await driver.press()
        assert driver.search.session.methods == ("phash", "sift"), "it was not chosen for this one"
        driver.search.open_collection("pictures")
        await driver.press()
        assert driver.search.session.methods == ("sift",)
        await driver.ask(two / "pictures" / "shapes-01.png")
        assert {hit.method for hit in driver.search.results.hits} == {"sift"}
        await driver.press("m", "space", "enter")
        assert driver.search.session.methods == ("phash", "sift")


@pytest.mark.drill
async def test_the_answer_shown_on_going_back_is_by_the_methods_chosen(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-05.png")
        await driver.ask(home / "Pictures" / "shapes-03.png")
        driver.search.use_methods(("sift",))
        await driver.press()
        await driver.press("backspace")
        assert {hit.method for hit in driver.search.results.hits} == {"sift"}
        driver.search.use_methods(())
        await driver.press()
        assert {hit.method for hit in driver.search.results.hits} == {"fused"}


@pytest.mark.drill
async def test_a_method_that_cannot_run_is_named_and_left_out(new_home: Path, opened) -> None:
    paths = write_pictures(new_home / "pictures", 4)
    models = Workspace().folders.models
    add_model(models, write_tiny_onnx(new_home / "tiny.onnx"), check=lambda _model: {"dim": 12}, name="tiny")
    index_collection(
        Workspace(), "pictures", [new_home / "pictures"], ["phash", "sift", "onnx:tiny"], control=NullControl()
    )
    remove_model(models, "tiny")
    async with opened(size=(160, 48)) as driver:
        assert "by phash + sift" in driver.screen_text.splitlines()[0]
        await driver.ask(paths[1])
        await driver.ask(paths[2])
        assert driver.names[0] == paths[2].name
        told = [note for note in driver.notes if "'onnx'" in note]
        assert len(told) == 1 and told[0].startswith("left out"), "once, not with every search"
        await driver.press("m")
        assert "left out" in driver.screen_text
