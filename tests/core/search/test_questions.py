"""Questions as users write them, and words in the names of files and folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from revsearch_tui.api import UsageError
from revsearch_tui.core.search.path_words import found_in_names, words_of
from revsearch_tui.core.search.question import (
    MOST_CHARACTERS,
    Part,
    feedback,
    parse_question,
    with_feedback,
    with_words,
    written,
)
from revsearch_tui.core.search.sources import GoneError, read_query
from revsearch_tui.core.storage.catalog.catalog import FileRow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.jpg", "b.jpg", "photo - copy.jpg", "sun + sea.jpg"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("a.jpg", (Part(source="a.jpg"),)),
        ('"red bus"', (Part(text="red bus"),)),
        ("“red bus”", (Part(text="red bus"),)),
        ('"red bus', (Part(text="red bus"),)),
        ("text: red bus", (Part(text="red bus"),)),
        ('a.jpg + "at night" - b.jpg', (Part(source="a.jpg"), Part(text="at night"), Part(source="b.jpg", sign=-1))),
        ('a.jpg + "red - or not" ', (Part(source="a.jpg"), Part(text="red - or not"))),
        ("a.jpg + b.jpg", (Part(source="a.jpg"), Part(source="b.jpg"))),
        ('"bus" -"red"', (Part(text="bus"), Part(text="red", sign=-1))),
        ('- "red" + "bus"', (Part(text="red", sign=-1), Part(text="bus"))),
        ('"red" "bus"', (Part(text="red"), Part(text="bus"))),
        ("https://x.org/a + b.jpg", (Part(source="https://x.org/a + b.jpg"),)),
        ("-", (Part(source="-"),)),
        # What is a file, and what names files that are not there, is one name.
        ("photo - copy.jpg", (Part(source="photo - copy.jpg"),)),
        ("sun + sea.jpg", (Part(source="sun + sea.jpg"),)),
        ("absent - copy.jpg", (Part(source="absent - copy.jpg"),)),
        ("elephant", (Part(source="elephant"),)),
    ],
)
def test_a_line_is_taken_apart(folder: Path, line: str, parts: tuple[Part, ...]) -> None:
    assert parse_question(line) == parts


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('""', "are empty"),
        ('a.jpg + " "', "are empty"),
        ("text:", "are empty"),
        ('- "red"', "nothing that is wanted"),
        ('"red" +', "ends with a sign"),
        (f'"{"x" * (MOST_CHARACTERS + 1)}"', "too long"),
        (" + ".join(['"x"'] * 21), "at most 20 parts"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_in_a_sentence(folder: Path, line: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as caught:
        parse_question(line)
    assert len(str(caught.value)) < 300


def test_a_pattern_is_all_pictures_that_it_matches_by_name(folder: Path) -> None:
    (folder / "notes.txt").touch()
    (folder / "[x].jpg").touch()
    (folder / "[x].jpg.d").mkdir()
    assert written(parse_question("?.jpg")) == "a.jpg + b.jpg"
    assert written(parse_question('"red" - *b.jpg')) == '"red" - b.jpg'
    assert parse_question("a*.jpg") == (Part(source="a.jpg"),)
    assert parse_question("[x].jpg") == (Part(source="[x].jpg"),)
    assert parse_question("z*.jpg") == (Part(source="z*.jpg"),)
    with pytest.raises(GoneError, match=r"'z\*\.jpg' matches no file"):
        read_query("z*.jpg")
    for number in range(21):
        (folder / f"many{number}.jpg").touch()
    with pytest.raises(UsageError, match=r"'many\*' matches 21 pictures; a query has at most 20 parts"):
        parse_question("many*")


def test_a_question_is_written_as_it_is_read(folder: Path) -> None:
    line = 'a.jpg + "at night" - b.jpg'
    assert written(parse_question(line)) == line
    assert written(with_words(parse_question("a.jpg"), " at night ")) == 'a.jpg + "at night"'
    assert parse_question(written((Part(text="x", sign=-1), Part(source="a.jpg")))) == parse_question('- "x" + a.jpg')


def rows(*paths: str) -> list[FileRow]:
    return [FileRow(os.fsencode(path), 1, 1, bytes([number]) * 32, None, 1) for number, path in enumerate(paths)]


def test_whole_words_of_names_below_the_collections_folder_are_found() -> None:
    files = rows(
        "/home/beach/Pictures/2019/Elephants/IMG_1.jpg",
        "/home/beach/Pictures/elephant-at-the-beach.png",
        "/home/beach/Pictures/elephantine.jpg",
        "/home/beach/Pictures/Beaches/x.beach",
    )
    found = found_in_names(files, [Path("/home/beach/Pictures")], words_of("the Elephant at a beach"))
    assert found == {bytes([0]) * 32: {"elephant"}, bytes([1]) * 32: {"elephant", "beach"}, bytes([3]) * 32: {"beach"}}


def test_the_collections_own_folder_counts_and_little_words_do_not() -> None:
    files = rows("/data/Elephants/the.jpg")
    assert words_of("the of a") == ()
    assert found_in_names(files, [Path("/data/Elephants")], words_of("elephant")) == {bytes(32): {"elephant"}}
    assert found_in_names(files, [Path("/data/Elephants")], ()) == {}


def test_judged_pictures_of_a_kind_count_together_as_much_as_the_query() -> None:
    question = with_feedback((Part(source="a.jpg"),), feedback(["b.jpg", "c.jpg"], ["d.jpg"]))
    assert [(part.source, part.sign * part.share) for part in question] == [
        ("a.jpg", 1.0),
        ("b.jpg", 0.5),
        ("c.jpg", 0.5),
        ("d.jpg", -1.0),
    ]
    assert with_feedback((Part(source="a.jpg"),), feedback([], [])) == (Part(source="a.jpg"),)
