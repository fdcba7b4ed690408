"""What a classifier says of query and hits, on the screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from rich.style import Style

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.results import Hit, MethodRank, QueryClass, SearchResult
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.widgets.results.row import columns_for, heading, results_title, row_line
from tests.support.tiny_network import paint, store_network

HIT = Hit(1, "m", "0" * 64, Path("a.png"), (Path("a.png"),), 0.9, 0.9, "cosine", None, True, 40, 30)


def line(hit: Hit, hits: list[Hit], width: int) -> str:
    return "".join(part.text for part in row_line(hit, columns_for(hits, width), False, lambda _: Style()))


@pytest.fixture
def asked(new_home: Path) -> Path:
    """Six coloured pictures, indexed by the classes of a tiny network; one of them."""
    workspace, folder = Workspace(), new_home / "Pictures"
    folder.mkdir()
    for number, colour in enumerate(
        [(220, 20, 30), (200, 40, 30), (10, 200, 40), (30, 220, 9), (9, 9, 200), (1, 5, 255)]
    ):
        Image.fromarray(paint(*colour)).save(folder / f"colour-{number}.png")
    store_network(workspace.folders.models, "colours")
    index_collection(workspace, "pictures", [folder], ["cnn-softmax:colours"], control=NullControl())
    return folder / "colour-0.png"


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_the_querys_class_stands_above_and_a_hits_class_beside_it(asked: Path, opened, size) -> None:
    async with opened(size=size) as driver:
        await driver.ask(asked)
        (told,) = {hit.confidence for hit in driver.search.results.hits if hit.path.name == asked.name}
        assert f"query: mostly-red {told:.0%}" in driver.screen_text
        await driver.press("v")
        text = driver.screen_text
        assert "class" in text and f"mostly-red {told:.0%}" in text.split("query:")[1].split("\n", 1)[1]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_rows_are_as_wide_with_classes_as_without(width: int) -> None:
    labelled = replace(HIT, label="a class of a rather long name", confidence=0.25)
    for hits in ([HIT], [labelled], [HIT, labelled]):
        lengths = {len(line(hit, hits, width)) for hit in hits}
        lengths.add(len("".join(part.text for part in heading(columns_for(hits, width), lambda _: Style()))))
        assert len(lengths) == 1
    assert "25%" in line(replace(HIT, label="cat", confidence=0.25), [replace(HIT, label="cat", confidence=0.25)], 80)


def test_a_narrow_list_keeps_room_for_names_beside_classes_and_ranks() -> None:
    labelled = replace(HIT, label="a class of a rather long name", confidence=0.25)
    fused = replace(labelled, fused=tuple(MethodRank(name, 1, 1.0) for name in ("phash", "sift", "efficientnet")))
    for hit, tells_the_class in ((labelled, True), (fused, False)):
        columns = columns_for([hit], 48)
        assert columns.name >= 12 and bool(columns.label) is tells_the_class


def test_names_of_classes_are_data_in_the_title() -> None:
    classes = (QueryClass("m", "[red]\x1b[31mx", 0.5), QueryClass("n", "$accent", 0.25))
    title = results_title(SearchResult("q", "m", (), 0.0, 9, query_classes=classes))
    assert title.plain == "Results · 0 of 9 · query: [red]\\x1b[31mx 50%, $accent 25%"
    assert not title.spans
