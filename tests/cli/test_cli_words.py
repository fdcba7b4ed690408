"""`revsearch search` for words: what is found and why, and what cannot be searched for."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.support.program import revsearch
from tests.support.tiny_network import paint, store_network

COLOURS = {"0": (220, 20, 30), "1": (200, 40, 30), "2": (10, 200, 40), "3": (30, 220, 9), "4": (9, 9, 200)}
Search = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five coloured pictures, of which one lies in a folder called `Reds` though it is blue; by a network that knows
    colours and by phash."""
    base = tmp_path_factory.mktemp("words")
    for name, colour in COLOURS.items():
        file = base / "pictures" / ("Reds" if name == "4" else "") / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(paint(*colour)).save(file)
    home = base / "home"
    store_network(home / "data" / "models", "colours", "efficientnet")
    done = revsearch(home, "index", base / "pictures", "-m", "efficientnet:colours", "-m", "phash")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def search(home: Path) -> Search:
    return lambda *arguments: revsearch(home, "search", *arguments)


@pytest.fixture
def pictures(home: Path) -> Path:
    return home.parent / "pictures"


def found(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    assert done.returncode == 0, done.stderr
    return [hit["path"].rsplit("/", 1)[1] for answer in json.loads(done.stdout) for hit in answer["hits"]]


def refused(done: subprocess.CompletedProcess[bytes], code: int) -> str:
    assert (done.returncode, done.stdout) == (code, b"")
    (line,) = done.stderr.decode().splitlines()
    return line


def test_words_find_pictures_by_the_methods_that_take_them(search: Search) -> None:
    done = search("--text", "something green", "-f", "json")
    (answer,) = json.loads(done.stdout)
    assert (answer["query"], answer["method"]) == ('"something green"', "efficientnet:colours")
    assert answer["taken_for"] == ["mostly-green"]
    assert set(found(done)[:2]) == {"2.png", "3.png"}
    assert answer["hits"][0]["class"] == "mostly-green" and answer["hits"][0]["why"] == ["class mostly-green"]
    assert 0 < answer["hits"][0]["confidence"] <= 1


def test_a_table_says_what_the_words_were_looked_for_by_and_why_a_hit_is_one(search: Search) -> None:
    done = search("--text", "green", "-k", "2")
    assert done.stderr.decode().splitlines() == ['"green": looked for as mostly-green']
    head, first, _ = done.stdout.decode().splitlines()
    assert head.split() == ["rank", "score", "raw", "unit", "class", "confidence", "why", "path"]
    assert "class mostly-green" in first


def test_csv_names_the_query(search: Search) -> None:
    rows = list(csv.DictReader(search("--text", "green", "-f", "csv").stdout.decode().splitlines()))
    assert {row["query"] for row in rows} == {'"green"'}
    assert rows[0]["why"] == "class mostly-green"


def test_a_folders_name_lifts_a_picture_and_hides_no_other(search: Search) -> None:
    hits = {Path(hit["path"]).name: hit for hit in json.loads(search("--text", "red", "-f", "json").stdout)[0]["hits"]}
    assert hits["4.png"]["why"] == ["name red"]
    assert hits["4.png"]["score"] > hits["4.png"]["raw"]
    assert hits["0.png"]["rank"] < hits["4.png"]["rank"] and len(hits) == len(COLOURS)


def test_a_name_finds_a_picture_for_words_that_say_nothing_to_the_method(search: Search, pictures: Path) -> None:
    done = search("--text", "pictures", "-f", "json", "--under", pictures / "Reds")
    assert found(done) == ["4.png"]
    assert b'"pictures" says nothing to' in done.stderr


def test_pictures_and_words_are_one_query(search: Search, pictures: Path) -> None:
    line = f'{pictures / "0.png"} - "red" + "green"'
    done = search(line, "-f", "json")
    assert set(found(done)[:2]) == {"2.png", "3.png"}
    assert json.loads(done.stdout)[0]["query"] == line
    assert found(search(pictures / "0.png", "--text", "red", "-f", "json"))[0] == "0.png"


def test_words_are_added_to_every_picture_of_a_list(search: Search, pictures: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list"
    listed.write_text(f'{pictures / "0.png"}\n{pictures / "2.png"}\n"absent"\n')
    done = search("--from", listed, "--text", "blue", "-f", "json")
    assert done.returncode == 2
    assert [answer["query"] for answer in json.loads(done.stdout)] == [
        f'{pictures / name}.png + "blue"' for name in ("0", "2")
    ]
    assert done.stderr.decode().splitlines() == [
        "revsearch: '\"absent\"' does not exist; give a picture file, a URL or '-'"
    ]


def test_words_alone_need_no_method_that_was_not_named(search: Search) -> None:
    assert found(search('"blue"', "-m", "efficientnet:colours", "-f", "json"))[0] == "4.png"
    line = refused(search('"blue"', "-m", "phash"), 4)
    assert "'phash' does not search for words" in line and "-m efficientnet" in line


@pytest.mark.parametrize("words", ["of the", "xyzzy", "ein Elefant am Strand", "大象"])
def test_words_that_say_nothing_find_nothing_and_are_told(search: Search, words: str) -> None:
    done = search("--text", words)
    assert (done.returncode, done.stdout) == (1, b"")
    assert f'"{words}" says nothing to' in done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--text", ""), "the words to search for are empty"),
        (("--text", "x" * 2000), "is too long to search for"),
        (("--text", "red", "--crop", "1,1,5,5"), "a part of a picture can be searched for alone"),
        (("--text", "red", "--any-orientation"), "the orientations of a picture can be searched for alone"),
        (('"red" -',), "ends with a sign"),
        (("--text", "red", "--copies"), "which words cannot tell"),
        (('"red"', "--copies"), "which words cannot tell"),
        (("elephant",), "words to search for stand in quotes"),
        ((), "or words with --text"),
    ],
)
def test_what_cannot_be_searched_for_is_told_in_a_sentence(
    search: Search, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refused(search(*arguments), 2)


def test_the_classes_of_hits_are_told_for_pictures_too(search: Search, pictures: Path) -> None:
    done = search(pictures / "2.png", "-m", "efficientnet:colours", "-f", "json")
    (answer,) = json.loads(done.stdout)
    assert answer["query_classes"][0]["class"] == "mostly-green"
    assert answer["hits"][0]["class"] == "mostly-green" and answer["hits"][0]["why"] == []


@pytest.mark.parametrize("words", [("--text", "red"), ('"red"',)])
def test_a_folder_is_searched_for_words(home: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    folder = tmp_path / "colours"
    shutil.copytree(home.parent / "pictures", folder)
    done = revsearch(home, "search", *words, folder, "-m", "efficientnet:colours", "-f", "json")
    assert found(done)[0] in ("0.png", "1.png"), done.stderr


def test_judged_hits_rank_anew_for_every_query(search: Search, pictures: Path) -> None:
    judged = ("--like", pictures / "2.png", "--unlike", pictures / "0.png")
    done = search(pictures / "1.png", *judged, "-f", "json")
    assert found(done)[:2] == ["2.png", "3.png"] and found(done)[-1] == "0.png"
    assert json.loads(done.stdout)[0]["query"] == " ".join(
        (f"{pictures / '1.png'}", "+", f"{pictures / '2.png'}", "-", f"{pictures / '0.png'}")
    )
    several = search(pictures / "1.png", pictures / "3.png", *judged, "-f", "json")
    assert found(several)[0] == "2.png" and len(json.loads(several.stdout)) == 2


def test_likes_weigh_as_one_however_many_there_are(search: Search, pictures: Path) -> None:
    twice = ("--like", pictures / "2.png", "--like", pictures / "2.png")
    once = search(pictures / "0.png", "--like", pictures / "2.png", "-f", "json")
    hits = [json.loads(done.stdout)[0]["hits"] for done in (once, search(pictures / "0.png", *twice, "-f", "json"))]
    assert [hit["score"] for hit in hits[0]] == [hit["score"] for hit in hits[1]]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--copies",), 2, "--like and --unlike others of its kind"),
        (("-m", "phash"), 4, "'phash' does not search for several pictures"),
        (("--crop", "1,1,5,5"), 2, "a part of a picture can be searched for alone"),
        (("--like", "absent.png"), 2, "'absent.png' does not exist"),
        (("--like", "-", "--unlike", "-"), 2, "give '-' once"),
    ],
)
def test_what_does_not_go_with_judged_hits_is_told(
    search: Search, pictures: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert said in refused(search(pictures / "0.png", "--like", pictures / "2.png", *arguments), code)


def test_what_is_no_match_of_one_of_several_pictures_is_no_hit(search: Search, home: Path, pictures: Path) -> None:
    pair = (pictures / "0.png", pictures / "1.png")
    assert revsearch(home, "judge", *pair, "--no-match").returncode == 0
    try:
        for more in (("--text", "red"), ("--like", pictures / "2.png")):
            done = search(pictures / "0.png", *more, "-f", "json")
            assert "1.png" not in found(done) and len(found(done)) == len(COLOURS) - 1
            assert b"1 picture is left out as judged no match" in done.stderr
    finally:
        assert revsearch(home, "judge", *pair, "--forget").returncode == 0
    assert "1.png" in found(search(pictures / "0.png", "--text", "red", "-f", "json"))


def test_a_match_of_one_of_several_pictures_comes_after_the_first_but_not_beside_words(
    search: Search, home: Path, pictures: Path
) -> None:
    pair = (pictures / "0.png", pictures / "Reds" / "4.png")
    assert revsearch(home, "judge", *pair, "--match").returncode == 0
    try:
        done = search(pictures / "0.png", "--like", pictures / "2.png", "-k", "4", "-f", "json")
        match = json.loads(done.stdout)[0]["hits"][1]
        assert found(done)[:2] == ["0.png", "4.png"] and match["why"] == ["judged a match"] and match["rank"] == 2
        wordy = search(pictures / "0.png", "--text", "green", "-k", "5", "-f", "json")
        assert found(wordy)[0] != "4.png" and b"judged a match" not in wordy.stdout
    finally:
        assert revsearch(home, "judge", *pair, "--forget").returncode == 0
