"""Where nothing is found that is the same, a query of many details is looked at smaller: a part of a page of text."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from revsearch_tui.core.search import one_query
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.results import SearchResult
from revsearch_tui.core.search.start_search import search_request
from revsearch_tui.core.storage.judgements import judge
from tests.support.drawn import draw_folder
from tests.support.library import Library

METHODS = ("phash", "sift")
PART = (120, 240, 640, 960)


def page(number: int) -> Image.Image:
    chance, sheet = random.Random(number), Image.new("RGB", (900, 1270), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    for y in range(80, 1200, 28):
        words = ("".join(chance.choices("aeioubdgklmnprst", k=chance.randint(2, 9))) for _ in range(14))
        pen.text((70, y), " ".join(words), "black", font)
    pen.rectangle((780, 0, 900, 1270), "white")
    return sheet


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    base = tmp_path_factory.mktemp("pages")
    draw_folder(base / "pictures", range(6))
    for number in range(4):
        page(number).save(base / "pictures" / f"page{number}.png")
    made = Library(base / "home", METHODS)
    made.index(base / "pictures")
    return made


def ask(
    library: Library, engine: SearchEngine, picture: Image.Image, place: Path, methods: tuple[str, ...] = METHODS
) -> SearchResult:
    picture.save(place / "query.png")
    request = replace(search_request(library.workspace, library.workspace.choose(methods)), k=5)
    return engine.search([engine.read(str(place / "query.png"))], request)[0]


@pytest.mark.parametrize("number", [0, 3])
def test_a_part_of_a_page_is_found_by_its_words(
    library: Library, engine: SearchEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    found = ask(library, engine, page(number).crop(PART), tmp_path)
    first = found.hits[0]
    assert (first.path.stem, first.tier, first.verified) == (f"page{number}", "same thing", True)
    assert first.why == ("at half its size",)
    assert [hit.tier for hit in found.hits[1:]] == ["alike"] * 4 and not any(hit.why for hit in found.hits[1:])
    monkeypatch.setattr(one_query, "_SMALLER", {})
    assert ask(library, engine, page(number).crop(PART), tmp_path).only_alike, "the letters alone find it"


def test_a_page_that_is_not_there_is_answered_as_it_was(
    library: Library, engine: SearchEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ask(library, engine, page(77).crop(PART), tmp_path)
    monkeypatch.setattr(one_query, "_SMALLER", {})
    assert found.only_alike
    assert found.hits == ask(library, engine, page(77).crop(PART), tmp_path).hits


def test_no_match_holds_and_one_method_is_asked_as_it_is(
    library: Library, engine: SearchEngine, tmp_path: Path
) -> None:
    alone = ask(library, engine, page(1).crop(PART), tmp_path, ("sift",))
    assert not any(hit.verified for hit in alone.hits)
    found = ask(library, engine, page(1).crop(PART), tmp_path)
    assert found.hits[0].path.stem == "page1"
    pair = (bytes.fromhex(found.image_id), bytes.fromhex(found.hits[0].image_id))
    judge(engine.collection.home, [pair], [("", "")], "no match")
    again = ask(library, engine, page(1).crop(PART), tmp_path)
    assert again.left_out == 1 and "page1" not in [hit.path.stem for hit in again.hits]
