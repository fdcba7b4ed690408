"""The catalog takes in and lets go of many files at once, and notes every picture whose paths changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow

MANY = 1_201


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """With many files of a picture each, and nothing that ChromaDB has still to follow."""
    with Catalog(tmp_path / "catalog.sqlite", create=True) as opened:
        opened.commit([_file(n) for n in range(MANY)], [(_id(n), 1, 1, "png") for n in range(MANY)])
        opened.clear_stale_metadata()
        yield opened


def _id(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def _file(number: int, picture: int | None = None) -> FileRow:
    return FileRow(b"/p/%05d.png" % number, 1, 1, _id(number if picture is None else picture), None, 2)


def test_only_pictures_that_gained_or_lost_a_path_are_noted(catalog: Catalog) -> None:
    catalog.commit([_file(n) for n in range(MANY)])
    assert catalog.stale_metadata() == []
    catalog.commit([*(_file(n) for n in range(MANY - 1)), _file(MANY - 1, picture=0)])
    assert set(catalog.stale_metadata()) == {_id(0), _id(MANY - 1)}


def test_a_path_given_twice_is_the_last_and_both_pictures_are_noted(catalog: Catalog) -> None:
    catalog.commit([_file(MANY, picture=3), _file(MANY, picture=4), _file(MANY, picture=4)])
    assert catalog.file(_file(MANY).path) == _file(MANY, picture=4)
    assert set(catalog.stale_metadata()) == {_id(3), _id(4)}


def test_pictures_without_a_file_are_let_go_and_others_stay(catalog: Catalog) -> None:
    catalog.commit([_file(MANY, picture=5)])
    catalog.clear_stale_metadata()
    gone = catalog.remove_files([_file(n).path for n in range(MANY - 1)])
    assert set(gone) == {_id(n) for n in range(MANY - 1)} - {_id(5)}
    assert catalog.image_ids() == {_id(5), _id(MANY - 1)}
    assert catalog.counts() == (2, 2, 0)
    assert set(catalog.stale_metadata()) == {_id(n) for n in range(MANY - 1)}


def test_a_picture_that_its_file_no_longer_holds_is_let_go_with_the_next_removal(catalog: Catalog) -> None:
    catalog.commit([_file(7, picture=8)])
    assert catalog.remove_files(()) == [_id(7)]


def test_descriptions_tell_the_first_path_and_how_many_there_are(catalog: Catalog) -> None:
    catalog.commit([_file(MANY, picture=1)])
    found = catalog.descriptions([_id(n) for n in range(-1, MANY)])
    assert len(found) == MANY
    assert found[_id(1)] == (1, 1, "png", _file(1).path, 2)
    assert found[_id(2)] == (1, 1, "png", _file(2).path, 1)
