"""Views of a query propose candidates that it would not have found itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from revsearch_tui.api.testing import sample_pictures
from revsearch_tui.core.search.views import with_views
from tests.support.library import Library


def test_without_views_the_candidates_are_those_of_the_query() -> None:
    assert with_views([3, 1, 2, 5], [], 3) == [3, 1, 2]


def test_views_take_turns_after_what_the_query_has_for_itself() -> None:
    own, views = list(range(20)), [[100, 3, 101], [200, 100, 201]]
    assert with_views(own, views, 10) == [0, 1, 2, 3, 4, 5, 6, 7, 100, 200]
    assert with_views(own, views, 3) == [0, 1, 2]


def test_a_place_that_no_view_fills_goes_to_the_query_itself() -> None:
    assert with_views(list(range(20)), [[0, 1], []], 10) == list(range(10))


def test_there_are_never_more_candidates_than_asked_for_and_none_twice() -> None:
    own, views = [5, 4, 3], [[3, 9, 8], [9, 7, 5]]
    for count in range(1, 9):
        found = with_views(own, views, count)
        assert len(found) == len(set(found)) <= count


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    base = tmp_path_factory.mktemp("views")
    (base / "pictures").mkdir()
    for number, picture in enumerate(sample_pictures(40, 240, 320)):
        Image.fromarray(picture).save(base / "pictures" / f"{number:04d}.png")
    library = Library(base / "home", ["sift"])
    library.index(base / "pictures")
    return library


@pytest.mark.parametrize("change", ["mirrored", "inverted"])
def test_a_changed_copy_is_found_and_the_hit_says_how_it_differs(library: Library, tmp_path: Path, change: str) -> None:
    original = library.workspace.collection("pictures").roots[0] / "0017.png"
    picture = Image.open(original)
    changed = ImageOps.mirror(picture) if change == "mirrored" else ImageOps.invert(picture)
    changed.crop((20, 30, 220, 230)).save(tmp_path / "query.png")
    first, second = library.search(tmp_path / "query.png", k=2)
    assert first.path == original and first.verified
    assert first.orientation == change
    assert not second.verified and second.orientation == ""


def test_a_hit_of_the_query_as_it_is_says_nothing_of_the_kind(library: Library, tmp_path: Path) -> None:
    original = library.workspace.collection("pictures").roots[0] / "0017.png"
    pixels = np.asarray(Image.open(original))
    Image.fromarray(pixels[20:220, 20:220]).save(tmp_path / "query.png")
    (first,) = library.search(tmp_path / "query.png", k=1)
    assert first.path == original and first.verified and first.orientation == ""
