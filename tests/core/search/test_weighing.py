"""Several methods made one ranking: what one of them is sure of comes first, whatever the others say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from revsearch_tui.api import NullControl
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.results import Hit, SearchRequest
from revsearch_tui.core.search.start_search import open_engine, search_request
from tests.support.drawn import draw_folder
from tests.support.library import Library

PICTURES = 24


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    base = tmp_path_factory.mktemp("weighing")
    library = Library(base / "home", ("phash", "sift"))
    library.index(draw_folder(base / "pictures", range(PICTURES)))
    return library


@pytest.fixture(scope="module")
def engine(library: Library) -> Iterator[SearchEngine]:
    engine = open_engine(
        library.workspace, library.workspace.collection("pictures"), NullControl(), library.notes.append
    )
    yield engine
    engine.close()


@pytest.fixture
def request_(library: Library) -> SearchRequest:
    return search_request(library.workspace, library.workspace.choose(["phash", "sift"]), k=PICTURES)


def ask(engine: SearchEngine, request: SearchRequest, picture: Image.Image, place: Path) -> list[Hit]:
    picture.save(place / "query.png")
    (result,) = engine.search([engine.read(str(place / "query.png"))], request)
    return list(result.hits)


def original(library: Library, seed: int) -> Image.Image:
    with Image.open(library.home.parent / "pictures" / f"p{seed:02}.png") as picture:
        return picture.convert("RGB")


@pytest.mark.parametrize("seed", [1, 9, 17])
def test_a_part_that_only_geometry_finds_is_first(
    library: Library, engine: SearchEngine, request_: SearchRequest, tmp_path: Path, seed: int
) -> None:
    picture = original(library, seed)
    width, height = picture.size
    part = picture.crop((width // 3, height // 3, width, height))
    hits = ask(engine, request_, part, tmp_path)
    assert (hits[0].path.stem, hits[0].tier, hits[0].verified) == (f"p{seed:02}", "same thing", True)
    assert hits[0].score > 0.5 > hits[1].score, "and nothing else is said to be the same"


def test_a_small_copy_is_first_and_told_as_the_same(
    library: Library, engine: SearchEngine, request_: SearchRequest, tmp_path: Path
) -> None:
    hits = ask(engine, request_, original(library, 5).resize((160, 160)), tmp_path)
    assert hits[0].path.stem == "p05" and hits[0].tier in ("copy", "same thing")


def test_what_is_like_nothing_there_is_said_to_be_the_same_as_nothing(
    library: Library, engine: SearchEngine, request_: SearchRequest, tmp_path: Path
) -> None:
    draw_folder(tmp_path, range(99, 100))
    with Image.open(tmp_path / "p99.png") as other:
        hits = ask(engine, request_, ImageOps.flip(other.convert("RGB")), tmp_path)
    assert {hit.tier for hit in hits} == {"alike"} and all(hit.score < 0.5 for hit in hits)


def test_a_method_of_little_weight_has_little_to_say(
    library: Library, engine: SearchEngine, request_: SearchRequest, tmp_path: Path
) -> None:
    whole, little = (
        ask(engine, replace(request_, weights={"sift": weight}), original(library, 3), tmp_path)[0]
        for weight in (1, 0.1)
    )
    assert whole.path == little.path and whole.raw > little.raw


def test_the_very_file_is_first_with_score_one(library: Library, engine: SearchEngine, request_: SearchRequest) -> None:
    file = library.home.parent / "pictures" / "p07.png"
    (result,) = engine.search([engine.read(str(file))], request_)
    first = result.hits[0]
    assert (first.path, first.score, first.tier, first.verified) == (file, 1.0, "same file", True)
    assert [part.method for part in first.fused] == ["phash", "sift"]
